#include "search/named.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "base/interrupt.h"
#include "model/fqn.h"
#include "search/analyzer.h"
#include "search/fields.h"
#include "search/slots.h"
#include "search/term_set.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

using store::RefRow;
using Types = std::vector<const model::EntityType*>;

Error too_many(std::string_view what) {
  return invalid_argument(std::string(what.substr(0, 200)) + " stands for more than " + std::to_string(kMostNamed) +
                          " entities: make it narrower");
}

bool has_type(const Types& types, const RefRow& ref) {
  return std::any_of(types.begin(), types.end(), [&](const auto* type) { return type->name == ref.type; });
}

bool is_wanted(const Wanted& folded, const std::string& text) {
  if (folded.is_pattern()) return matches_pattern(text, folded.pattern);
  return std::find(folded.values.begin(), folded.values.end(), text) != folded.values.end();
}

/// Case and accents are taken off; wildcards and what makes them plain stay.
Wanted folded(const Wanted& wanted) {
  Wanted result;
  for (const auto& value : wanted.values) result.values.push_back(fold(value));
  if (wanted.is_pattern()) result.pattern = fold(wanted.pattern);
  return result;
}

std::string text_of(const RefRow& ref, std::string_view member) {
  if (member == "displayName") return ref.display_name.empty() ? ref.name : ref.display_name;
  if (member == "fullyQualifiedName") return model::fqn_of_key(ref.fqn_key);
  return ref.name;
}

/// Where the last part of an FQN begins: after the last dot that is not within quotes.
std::size_t last_part(std::string_view fqn) {
  std::size_t at = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < fqn.size(); ++i) {
    if (fqn[i] == '"') quoted = !quoted;
    if (fqn[i] == '.' && !quoted) at = i + 1;
  }
  return at;
}

std::string unquoted(std::string_view part) {
  if (part.size() >= 2 && part.front() == '"' && part.back() == '"') part = part.substr(1, part.size() - 2);
  return std::string(part);
}

Result<std::vector<RefRow>> refs_of(Planning& planning, const std::vector<EntityId>& ids) {
  if (ids.empty()) return std::vector<RefRow>();
  return planning.reader.refs_by_id(ids);
}

/// What the store has under these FQNs exactly as they are written.
Result<std::vector<RefRow>> by_key(Planning& planning, const Types& types, const std::vector<std::string>& fqns) {
  std::vector<store::TypedKey> keys;
  for (const auto* type : types) {
    for (const std::string& fqn : fqns) {
      auto key = model::key_of_fqn(*type, fqn);
      if (key.ok()) keys.push_back({type->name, *std::move(key)});
    }
  }
  if (keys.empty()) return std::vector<RefRow>();
  return planning.reader.refs_by_key(keys);
}

void add_new(std::vector<RefRow>& into, std::vector<RefRow> more) {
  for (RefRow& ref : more) {
    const bool known = std::any_of(into.begin(), into.end(), [&](const RefRow& one) { return one.id == ref.id; });
    if (!known) into.push_back(std::move(ref));
  }
}

/// Entities that have one of these names, or display names, as the index knows them.
Result<std::vector<RefRow>> by_name(Planning& planning, const Types& types, const Wanted& wanted) {
  MD_LET(terms, wanted_terms(planning, std::string(1, terms::kExactName), wanted));
  if (terms.empty()) return std::vector<RefRow>();
  const Xapian::Query query(Xapian::Query::OP_FILTER, any_of(terms), of_types(types));
  MD_LET(ids, ids_of(planning, query, wanted.is_pattern() ? wanted.pattern : wanted.values.front()));
  return refs_of(planning, ids);
}

Result<std::vector<RefRow>> by_id(Planning& planning, const Types& types, const Wanted& wanted) {
  std::vector<EntityId> ids;
  for (const auto& value : wanted.values) {
    if (const auto id = EntityId::parse(value)) ids.push_back(*id);
  }
  MD_LET(refs, refs_of(planning, ids));
  std::erase_if(refs, [&](const RefRow& ref) { return !has_type(types, ref); });
  return refs;
}

/// The containers that a pattern says all its matches lie under: "svc.db" of "svc.db.s*"; nothing when it says none.
std::optional<std::string> container_of(std::string_view pattern) {
  const std::string literal = literal_prefix(pattern);
  const std::size_t end = last_part(literal);
  if (end < 2 || std::count(literal.begin(), literal.end(), '"') % 2 != 0) return std::nullopt;
  return literal.substr(0, end - 1);
}

/// The last name that a pattern says all its matches have; nothing when it leaves that open.
std::optional<std::string> name_of(std::string_view pattern) {
  const std::size_t at = last_part(pattern);
  if (at == 0 || has_wildcard(pattern.substr(at))) return std::nullopt;
  return unquoted(literal_prefix(pattern.substr(at)));
}

Types containing_types(const Planning& planning, const Types& types) {
  std::set<const model::EntityType*> found;
  for (const auto* type : types) {
    for (const std::string& name : type->above) {
      if (const auto* above = planning.layouts.registry().type(name)) found.insert(above);
    }
  }
  return {found.begin(), found.end()};
}

Result<std::vector<RefRow>> exact_fqns(Planning& planning, const Types& types, const std::vector<std::string>& values) {
  MD_LET(refs, by_key(planning, types, values));
  Wanted names;
  for (const auto& value : values) names.values.push_back(unquoted(value.substr(last_part(value))));
  MD_LET(others, by_name(planning, types, names));
  const Wanted wanted = folded({values, {}});
  std::erase_if(others, [&](const RefRow& ref) { return !is_wanted(wanted, fold(model::fqn_of_key(ref.fqn_key))); });
  add_new(refs, std::move(others));
  return refs;
}

/// Everything that a pattern of FQNs may match, as the index knows it; what it leaves open is compared afterwards.
Result<Xapian::Query> candidates(Planning& planning, const Types& types, std::string_view pattern) {
  Xapian::Query query = of_types(types);
  if (const auto container = container_of(pattern)) {
    MD_LET(holders, exact_fqns(planning, containing_types(planning, types), {*container}));
    std::vector<std::string> under;
    for (const RefRow& holder : holders) under.push_back(terms::of_id(terms::kUnder, holder.id));
    query = Xapian::Query(Xapian::Query::OP_FILTER, query, any_of(under));
  }
  if (const auto name = name_of(pattern))
    query =
        Xapian::Query(Xapian::Query::OP_FILTER, Xapian::Query(terms::of_text(terms::kExactName, fold(*name))), query);
  return query;
}

Result<std::vector<RefRow>> fqns_like(Planning& planning, const Types& types, const std::string& pattern) {
  MD_LET(query, candidates(planning, types, pattern));
  // Looked at in pieces: what a pattern leaves open may be the whole catalog.
  constexpr Xapian::doccount kPiece = 2000;
  const std::string wanted = fold(pattern);
  std::vector<RefRow> found;
  Xapian::Enquire enquire(planning.database);
  enquire.set_query(query);
  enquire.set_weighting_scheme(Xapian::BoolWeight());
  enquire.set_docid_order(Xapian::Enquire::ASCENDING);
  const Xapian::MSet all = enquire.get_mset(0, planning.database.get_doccount());
  std::vector<EntityId> ids;
  Xapian::ValueIterator value = planning.database.valuestream_begin(terms::kSlotId);
  for (Xapian::doccount i = 0; i < all.size(); ++i) {
    value.skip_to(*all[i]);
    if (const auto id = id_of_slot(*value)) ids.push_back(*id);
    if (ids.size() < kPiece && i + 1 < all.size()) continue;
    MD_OK(base::check(planning.interrupt));
    MD_LET(refs, planning.reader.refs_by_id(ids));
    ids.clear();
    for (RefRow& ref : refs) {
      if (has_type(types, ref) && matches_pattern(fold(model::fqn_of_key(ref.fqn_key)), wanted))
        found.push_back(std::move(ref));
    }
    if (found.size() > kMostNamed) return too_many(pattern);
  }
  return found;
}

}  // namespace

Xapian::Query any_of(const std::vector<std::string>& terms) {
  // So few that it matters little how Xapian joins them.
  constexpr std::size_t kFew = 32;
  if (terms.size() > kFew) {
    auto shared = std::make_shared<const std::vector<std::string>>(terms);
    return Xapian::Query((new TermSetSource(std::move(shared)))->release());
  }
  return Xapian::Query(Xapian::Query::OP_OR, terms.begin(), terms.end());
}

Xapian::Query of_types(const Types& types) {
  std::vector<std::string> terms;
  for (const auto* type : types) terms.push_back(terms::of_text(terms::kType, type->name));
  return any_of(terms);
}

Result<std::vector<EntityId>> ids_of(Planning& planning, const Xapian::Query& query, std::string_view what) {
  Xapian::Enquire enquire(planning.database);
  enquire.set_query(query);
  enquire.set_weighting_scheme(Xapian::BoolWeight());
  enquire.set_docid_order(Xapian::Enquire::ASCENDING);
  const Xapian::MSet found = enquire.get_mset(0, kMostNamed + 1);
  if (found.size() > kMostNamed) return too_many(what);
  std::vector<EntityId> ids;
  ids.reserve(found.size());
  Xapian::ValueIterator value = planning.database.valuestream_begin(terms::kSlotId);
  for (auto it = found.begin(); it != found.end(); ++it) {
    value.skip_to(*it);
    if (const auto id = id_of_slot(*value)) ids.push_back(*id);
  }
  return ids;
}

Result<std::vector<std::string>> wanted_terms(Planning& planning, const std::string& prefix, const Wanted& wanted) {
  std::vector<std::string> found;
  if (!wanted.is_pattern()) {
    for (const auto& value : wanted.values) {
      // The same cut as the index makes of what is too long.
      std::string term = terms::of_text(prefix.front(), prefix.substr(1) + fold(value));
      if (planning.database.term_exists(term)) found.push_back(std::move(term));
    }
    return found;
  }
  const std::string pattern = fold(wanted.pattern);
  const std::string begin = prefix + literal_prefix(pattern);
  std::size_t seen = 0;
  for (auto it = planning.database.allterms_begin(begin); it != planning.database.allterms_end(begin); ++it) {
    if (++seen % 1024 == 0) MD_OK(base::check(planning.interrupt));
    const std::string term = *it;
    if (!matches_pattern(std::string_view(term).substr(prefix.size()), pattern)) continue;
    if (found.size() == kMostNamed) return too_many(wanted.pattern);
    found.push_back(term);
  }
  return found;
}

Result<std::vector<RefRow>> find_named(Planning& planning, const Types& types, std::string_view member,
                                       const Wanted& wanted) {
  if (types.empty()) return std::vector<RefRow>();
  if (member == "id") return by_id(planning, types, wanted);
  if (member == "fullyQualifiedName") {
    if (wanted.is_pattern()) return fqns_like(planning, types, wanted.pattern);
    return exact_fqns(planning, types, wanted.values);
  }
  MD_LET(refs, by_name(planning, types, wanted));
  const Wanted names = folded(wanted);
  std::erase_if(refs, [&](const RefRow& ref) { return !is_wanted(names, fold(text_of(ref, member))); });
  if (wanted.is_pattern()) return refs;
  // Types without documents in the index are found by their keys; those at the root have their name for one.
  MD_LET(rooted, by_key(planning, types, wanted.values));
  if (!member.empty())
    std::erase_if(rooted, [&](const RefRow& ref) { return !is_wanted(names, fold(text_of(ref, member))); });
  add_new(refs, std::move(rooted));
  if (member.empty()) {
    MD_LET(named_by_id, by_id(planning, types, wanted));
    add_new(refs, std::move(named_by_id));
  }
  return refs;
}

Result<Xapian::Query> plan_fqn(Planning& planning, const Wanted& wanted) {
  // "svc.db.*" is whatever lies under it, and needs no look at each.
  if (wanted.is_pattern() && wanted.pattern.ends_with(".*")) {
    const std::string_view rest = std::string_view(wanted.pattern).substr(0, wanted.pattern.size() - 2);
    if (!has_wildcard(rest) && !rest.ends_with('\\')) return candidates(planning, planning.types, wanted.pattern);
  }
  MD_LET(refs, find_named(planning, planning.types, "fullyQualifiedName", wanted));
  std::vector<std::string> terms;
  for (const RefRow& ref : refs) terms.push_back(terms::of_id(terms::kId, ref.id));
  return any_of(terms);
}

Error add_bringing_terms(Planning& planning, std::vector<store::RefRow>& labels) {
  if (labels.empty()) return {};
  std::vector<store::Rid> rids;
  for (const auto& label : labels) rids.push_back(label.rid);
  MD_LET(terms, planning.reader.terms_with(rids, kMostNamed + 1));
  if (terms.size() > kMostNamed) return too_many("a label that glossary terms bring along");
  labels.insert(labels.end(), std::make_move_iterator(terms.begin()), std::make_move_iterator(terms.end()));
  return {};
}

}  // namespace metadata::search
