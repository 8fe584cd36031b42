// Values of one field among what a query matches: from facet records, from the index's terms, or from the store's
// names.
#include <algorithm>
#include <map>

#include "base/interrupt.h"
#include "model/fqn.h"
#include "search/analyzer.h"
#include "search/fields.h"
#include "search/named.h"
#include "search/run.h"
#include "search/slots.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

using Counts = std::map<std::string, std::int64_t>;

constexpr std::size_t kMostValues = 2000;  // of a field that is counted term by term

bool contains(const std::string& value, const std::string& folded) {
  return folded.empty() || fold(value).find(folded) != std::string::npos;
}

/// Names and the like of the first matches, as the store has them.
Result<Counts> count_names(Planning& planning, const Xapian::Query& query, const std::string& field) {
  Xapian::Enquire enquire(planning.database);
  enquire.set_query(query);
  enquire.set_weighting_scheme(Xapian::BoolWeight());
  enquire.set_docid_order(Xapian::Enquire::ASCENDING);
  const Xapian::MSet matches = enquire.get_mset(0, static_cast<Xapian::doccount>(planning.limits.exact_matches));
  std::vector<EntityId> ids;
  Xapian::ValueIterator value = planning.database.valuestream_begin(terms::kSlotId);
  for (auto match = matches.begin(); match != matches.end(); ++match) {
    value.skip_to(*match);
    if (const auto id = id_of_slot(*value)) ids.push_back(*id);
  }
  Counts counts;
  MD_LET(refs, planning.reader.refs_by_id(ids));
  for (const auto& ref : refs) {
    if (field == "fullyQualifiedName") {
      ++counts[model::fqn_of_key(ref.fqn_key)];
    } else {
      ++counts[field == "displayName" && !ref.display_name.empty() ? ref.display_name : ref.name];
    }
  }
  return counts;
}

/// Whole values that the index has as terms (folded, then): each is a question of its own.
Result<Counts> count_terms(Planning& planning, const Xapian::Query& query, const std::string& prefix,
                           std::string_view field, const std::string& containing) {
  Counts counts;
  std::size_t values = 0;
  for (auto term = planning.database.allterms_begin(prefix); term != planning.database.allterms_end(prefix); ++term) {
    const std::string value = (*term).substr(prefix.size());
    if (!contains(value, containing)) continue;
    if (++values > kMostValues) {
      return invalid_argument("the field \"" + std::string(field.substr(0, 100)) + "\" has more than " +
                                  std::to_string(kMostValues) + " values: say which ones with `value`",
                              "field");
    }
    MD_OK(base::check(planning.interrupt));
    Xapian::Enquire enquire(planning.database);
    enquire.set_query(Xapian::Query(Xapian::Query::OP_FILTER, Xapian::Query(*term), query));
    enquire.set_weighting_scheme(Xapian::BoolWeight());
    const auto count = enquire.get_mset(0, 0, planning.database.get_doccount()).get_matches_estimated();
    if (count > 0) counts[value] = count;
  }
  return counts;
}

/// The terms that hold the field's whole values, or nothing.
std::string prefix_of(const Planning& planning, const std::string& field) {
  for (const auto* type : planning.types) {
    const model::SearchText* text = type->search.text(field);
    const bool item_name =
        text != nullptr && text->kind == model::SearchClass::Item && text->path.members.back() == "name";
    if (item_name) return std::string(1, terms::kExactItem);
    const bool custom = type->search.custom_properties && field.starts_with("extension.");
    if (custom || type->search.keyword(field) != nullptr)
      return std::string(1, terms::kKeyword).append(field).append("\x1f");
  }
  return {};
}

}  // namespace

Result<Facet> Run::aggregate(std::string_view asked, std::string_view containing) {
  const std::string field = canonical_field(asked);
  const std::string wanted = fold(containing);
  Facet facet;
  MD_OK(with_index([&](Planning& planning, const Xapian::Query& query) -> Error {
    facet = {std::string(asked), {}, true};
    Counts counts;
    const std::string prefix = prefix_of(planning, field);
    if (field == "name" || field == "displayName" || field == "fullyQualifiedName") {
      MD_LET(names, count_names(planning, query, field));
      counts = std::move(names);
      facet.exact = planning.database.get_doccount() <= planning.limits.exact_matches ||
                    counts.size() < planning.limits.exact_matches;
    } else if (auto one = facet_field(planning, asked); one.ok()) {
      const std::vector<FacetField> fields = {*std::move(one)};
      FacetSpy spy(planning, fields, planning.limits.exact_matches);
      const Deadline deadline(planning.interrupt);
      Xapian::Enquire enquire(planning.database);
      enquire.set_query(query);
      enquire.set_weighting_scheme(Xapian::BoolWeight());
      enquire.set_docid_order(Xapian::Enquire::DONT_CARE);
      enquire.add_matchspy(&spy);
      const auto most = static_cast<Xapian::doccount>(planning.limits.exact_matches) + 1;
      const Xapian::MSet matches = enquire.get_mset(0, 0, most, nullptr, &deadline);
      MD_LET(counted,
             spy.facets(planning, kMostValues, std::max<std::int64_t>(spy.counted(), matches.get_matches_estimated())));
      facet.exact = counted.front().exact;
      for (const FacetCount& count : counted.front().counts) counts[count.value] = count.count;
    } else if (!prefix.empty()) {
      MD_LET(counted, count_terms(planning, query, prefix, field, wanted));
      counts = std::move(counted);
    } else {
      return one.error();
    }
    for (const auto& [value, count] : counts) {
      if (contains(value, wanted)) facet.counts.push_back({value, count});
    }
    std::stable_sort(facet.counts.begin(), facet.counts.end(),
                     [](const FacetCount& a, const FacetCount& b) { return a.count > b.count; });
    if (facet.counts.size() > query_.facet_size) facet.counts.resize(query_.facet_size);
    return {};
  }));
  return facet;
}

}  // namespace metadata::search
