#include "search/facets.h"

#include <algorithm>
#include <cmath>

#include "json/parse.h"
#include "json/value.h"
#include "model/fqn.h"
#include "search/fields.h"
#include "search/source.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

using model::Place;
using store::RefRow;
using Counts = std::map<std::string, std::int64_t>;
using Kind = FacetField::Kind;

std::string shown(const RefRow& ref, std::string_view member) {
  if (member == "displayName") return ref.display_name.empty() ? ref.name : ref.display_name;
  if (member == "fullyQualifiedName" || member == "tagFQN") return model::fqn_of_key(ref.fqn_key);
  if (member == "id") return ref.id.text();
  return ref.name;
}

bool is_shown(std::string_view member) {
  for (const std::string_view known : {"name", "displayName", "fullyQualifiedName", "tagFQN", "id"}) {
    if (member == known) return true;
  }
  return false;
}

/// Those of the rows' references that the caller may not see: they are no labels of a facet. Costs nothing for whoever
/// sees everything.
template <class Rows, class RefOf>
Result<std::unordered_set<store::Rid>> hidden_among(Planning& planning, const Rows& rows, RefOf ref_of) {
  std::unordered_set<store::Rid> hidden;
  const access::Seeing seeing = seeing_of(planning.reader, planning.layouts, planning.as);
  if (seeing.everything()) return hidden;
  std::vector<RefRow> refs;
  for (const auto& row : rows) refs.push_back(ref_of(row));
  MD_LET(seen, seeing.of(refs));
  for (const RefRow& ref : refs) {
    if (!seen.contains(ref.rid)) hidden.insert(ref.rid);
  }
  return hidden;
}

Result<std::unordered_map<EntityId, RefRow, IdHash>> refs_of(Planning& planning, const IdCounts& counts) {
  std::vector<EntityId> ids;
  for (const auto& [id, count] : counts) ids.push_back(id);
  std::unordered_map<EntityId, RefRow, IdHash> refs;
  if (ids.empty()) return refs;
  MD_LET(rows, planning.reader.refs_by_id(ids));
  for (RefRow& row : rows) refs.emplace(row.id, std::move(row));
  return refs;
}

Result<std::unordered_map<EntityId, RefRow, IdHash>> seen_refs_of(Planning& planning, const IdCounts& counts) {
  MD_LET(refs, refs_of(planning, counts));
  MD_LET(hidden, hidden_among(planning, refs, [](const auto& entry) -> const RefRow& { return entry.second; }));
  std::erase_if(refs, [&](const auto& entry) { return hidden.contains(entry.second.rid); });
  return refs;
}

/// The containers above some entities, the entities themselves with them, nearest first for each.
class Lines {
 public:
  static Result<Lines> fetch(Planning& planning, const IdCounts& of) {
    Lines lines;
    MD_LET(refs, refs_of(planning, of));
    std::vector<store::TypedKey> keys;
    for (const auto& [id, ref] : refs) {
      const model::EntityType* type = planning.layouts.registry().type(ref.type);
      if (type == nullptr) continue;
      for (std::string_view key = model::parent_key(ref.fqn_key); !key.empty(); key = model::parent_key(key)) {
        for (const std::string& above : type->above) keys.push_back({above, std::string(key)});
      }
    }
    std::map<std::string, std::vector<RefRow>> by_key;
    if (!keys.empty()) {
      MD_LET(rows, planning.reader.refs_by_key(keys));
      for (RefRow& row : rows) by_key[row.fqn_key].push_back(std::move(row));
    }
    for (const auto& [id, ref] : refs) {
      std::vector<RefRow>& line = lines.of_[id];
      line.push_back(ref);
      for (std::string_view key = model::parent_key(ref.fqn_key); !key.empty(); key = model::parent_key(key)) {
        const auto at = by_key.find(std::string(key));
        if (at != by_key.end()) line.insert(line.end(), at->second.begin(), at->second.end());
      }
    }
    return lines;
  }

  /// The entity and what contains it; empty when it is gone.
  const std::vector<RefRow>& of(const EntityId& id) const {
    static const std::vector<RefRow> kGone;
    const auto at = of_.find(id);
    return at == of_.end() ? kGone : at->second;
  }
  std::vector<store::Rid> all() const {
    std::set<store::Rid> rids;
    for (const auto& [id, line] : of_) {
      for (const RefRow& ref : line) rids.insert(ref.rid);
    }
    return {rids.begin(), rids.end()};
  }

 private:
  std::unordered_map<EntityId, std::vector<RefRow>, IdHash> of_;
};

/// Adds to own ones what containers lend.
Error add_lent(Planning& planning, const model::Field& field, const IdCounts& lent, std::string_view member,
               Counts& into) {
  if (lent.empty()) return {};
  MD_LET(lines, Lines::fetch(planning, lent));
  const std::vector<store::Rid> rids = lines.all();
  const std::vector<std::string> kinds = {field.relation.kind};
  const auto direction = field.relation.outgoing ? store::Direction::From : store::Direction::To;
  MD_LET(rows, planning.reader.relations(rids, direction, kinds));
  MD_LET(hidden, hidden_among(planning, rows, [](const auto& row) -> const RefRow& { return row.other; }));
  std::unordered_map<store::Rid, std::vector<const RefRow*>> edges;
  const auto& types = field.relation.types;
  for (const auto& row : rows) {
    const bool fits = types.empty() || std::find(types.begin(), types.end(), row.other.type) != types.end();
    if (!fits) continue;
    std::vector<const RefRow*>& of_holder = edges[row.self];  // also when none of them is seen: it lends nothing else
    if (!hidden.contains(row.other.rid)) of_holder.push_back(&row.other);
  }
  for (const auto& [id, count] : lent) {
    for (const RefRow& holder : lines.of(id)) {
      const auto own = edges.find(holder.rid);
      if (own == edges.end()) continue;
      for (const RefRow* other : own->second) into[shown(*other, member)] += count;
      break;
    }
  }
  return {};
}

/// A member of the documents of some entities, as text.
Result<std::unordered_map<EntityId, std::string, IdHash>> members_of(Planning& planning,
                                                                     const std::vector<EntityId>& ids,
                                                                     const std::string& member) {
  std::unordered_map<EntityId, std::string, IdHash> texts;
  MD_LET(entities, planning.reader.find_all(ids));
  for (const auto& entity : entities) {
    json::Document document;
    MD_OK(json::parse_trusted(entity.body.document, document));
    texts.emplace(entity.row.id, std::string(json::string_or(document, member)));
  }
  return texts;
}

/// Counts of a container further up, or of one of its members, from counts of direct containers.
Result<Counts> count_containers(Planning& planning, const FacetField& facet, const IdCounts& parents) {
  const model::Field* container = facet.field;
  std::string member = facet.member;
  std::string inner;
  if (facet.kind == Kind::Computed) {
    inner = std::string(rest_of(facet.field->from));
    container = nullptr;
    for (const auto* type : planning.types) {
      const model::Field* found = type->find(head_of(facet.field->from));
      if (found != nullptr && type->find(facet.name) == facet.field) container = found;
    }
    if (container == nullptr) return Counts();
  }
  MD_LET(lines, Lines::fetch(planning, parents));
  std::unordered_map<EntityId, std::int64_t, IdHash> counts;
  std::unordered_map<EntityId, RefRow, IdHash> refs;
  for (const auto& [id, count] : parents) {
    for (const RefRow& ref : lines.of(id)) {
      if (std::find(container->types.begin(), container->types.end(), ref.type) == container->types.end()) continue;
      counts[ref.id] += count;
      refs.emplace(ref.id, ref);
      break;
    }
  }
  Counts labelled;
  if (inner.empty()) {
    for (const auto& [id, count] : counts) labelled[shown(refs.at(id), member)] += count;
    return labelled;
  }
  std::vector<EntityId> ids;
  for (const auto& [id, count] : counts) ids.push_back(id);
  MD_LET(texts, members_of(planning, ids, inner));
  for (const auto& [id, text] : texts) {
    if (!text.empty()) labelled[text] += counts[id];
  }
  return labelled;
}

bool is_tier(const RefRow& label) { return label.type == "tag" && model::parent_key(label.fqn_key) == kTier; }

bool counts_label(Kind kind, const RefRow& label) {
  switch (kind) {
    case Kind::Label:
      return !is_tier(label);
    case Kind::Tier:
      return is_tier(label);
    case Kind::Classification:
      return label.type == "tag" && !is_tier(label);
    case Kind::Glossary:
      return label.type != "tag";
    case Kind::Type:
    case Kind::Related:
    case Kind::Container:
    case Kind::Computed:
    case Kind::Value:
      break;
  }
  return false;
}

Error cannot_count(std::string_view asked) {
  return invalid_argument("no facet can be made of the field \"" + std::string(asked.substr(0, 100)) + "\"", "facets");
}

FacetField of_kind(Kind kind, std::string_view asked, std::string_view name, std::string member) {
  return {kind, std::string(asked), std::string(name), std::move(member), nullptr};
}

}  // namespace

Result<FacetField> facet_field(const Planning& planning, std::string_view asked) {
  const std::string name = canonical_field(asked);
  const std::string_view head = head_of(name);
  std::string member(rest_of(name));
  if (name == "entityType") return of_kind(Kind::Type, asked, name, "");
  if (name == "classificationTags") return of_kind(Kind::Classification, asked, name, "tagFQN");
  if (name == "glossaryTags") return of_kind(Kind::Glossary, asked, name, "tagFQN");
  if (head == "tags" || head == "tier") {
    if (member.empty()) member = "tagFQN";
    if (!is_shown(member)) return cannot_count(asked);
    return of_kind(head == "tags" ? Kind::Label : Kind::Tier, asked, head, std::move(member));
  }
  if (member.empty()) member = "name";
  for (const auto* type : planning.types) {
    const auto& values = type->search.values;
    if (std::find(values.begin(), values.end(), name) != values.end()) return of_kind(Kind::Value, asked, name, "");
    const model::Field* field = type->find(head);
    if (field == nullptr) continue;
    FacetField facet = of_kind(Kind::Related, asked, head, member);
    facet.field = field;
    if (field->place == Place::Relation && field->relation.inherited && is_shown(member)) return facet;
    facet.kind = Kind::Container;
    if ((field->place == Place::Container || field->place == Place::Ancestor) && is_shown(member)) return facet;
    facet.kind = Kind::Computed;
    if (field->place == Place::Computed && field->from.find('.') != std::string::npos) {
      const model::Field* container = type->find(head_of(field->from));
      const bool fits =
          container != nullptr && (container->place == Place::Container || container->place == Place::Ancestor);
      if (fits) return facet;
    }
  }
  return cannot_count(asked);
}

FacetSpy::FacetSpy(const Planning& planning, const std::vector<FacetField>& fields, std::size_t most)
    : fields_(fields), most_(most) {
  for (const FacetField& field : fields) {
    wants_containers_ = wants_containers_ || field.kind == Kind::Container || field.kind == Kind::Computed;
    wants_tags_ = wants_tags_ || counts_label(field.kind, RefRow{}) || field.kind == Kind::Label ||
                  field.kind == Kind::Tier || field.kind == Kind::Classification || field.kind == Kind::Glossary;
    if (field.kind == Kind::Value) value_names_.insert(field.name);
    if (field.kind != Kind::Related) continue;
    const auto has = field.name == "owners" ? &OfType::has_owners : &OfType::has_domains;
    for (const auto* type : planning.types) types_[type->name].*has = type->has(field.name);
  }
}

void FacetSpy::operator()(const Xapian::Document& document, double) {
  if (static_cast<std::size_t>(counted_) == most_) return;
  if (!unpack(document.get_value(terms::kSlotFacets), record_, !value_names_.empty())) return;
  ++counted_;
  if (type_ == types_.end() || type_->first != record_.type) type_ = types_.try_emplace(record_.type).first;
  ++type_->second.count;
  const auto add_related = [&](bool has, const std::vector<EntityId>& own, Related& into) {
    if (!has) return;
    for (const EntityId& id : own) ++into.own[id];
    if (own.empty() && !record_.parent.empty()) ++into.lent[record_.parent];
  };
  add_related(type_->second.has_owners, record_.owners, owners_);
  add_related(type_->second.has_domains, record_.domains, domains_);
  if (wants_tags_) {
    for (const EntityId& id : record_.tags) ++tags_[id];
  }
  if (wants_containers_ && !record_.parent.empty()) ++parents_[record_.parent];
  for (const auto& pair : record_.values) {
    if (value_names_.count(pair.first) != 0) ++values_[pair];
  }
}

Result<Counts> FacetSpy::count(Planning& planning, const FacetField& facet) const {
  Counts counts;
  switch (facet.kind) {
    case Kind::Type:
      for (const auto& [type, of] : types_) {
        if (of.count > 0) counts.emplace(type, of.count);
      }
      return counts;
    case Kind::Value:
      for (const auto& [pair, count] : values_) {
        if (pair.first == facet.name) counts[pair.second] += count;
      }
      return counts;
    case Kind::Container:
    case Kind::Computed:
      return count_containers(planning, facet, parents_);
    case Kind::Related: {
      const Related& related = facet.name == "owners" ? owners_ : domains_;
      MD_LET(refs, seen_refs_of(planning, related.own));
      for (const auto& [id, count] : related.own) {
        if (const auto ref = refs.find(id); ref != refs.end()) counts[shown(ref->second, facet.member)] += count;
      }
      MD_OK(add_lent(planning, *facet.field, related.lent, facet.member, counts));
      return counts;
    }
    case Kind::Label:
    case Kind::Tier:
    case Kind::Classification:
    case Kind::Glossary: {
      MD_LET(refs, seen_refs_of(planning, tags_));
      for (const auto& [id, count] : tags_) {
        const auto ref = refs.find(id);
        if (ref != refs.end() && counts_label(facet.kind, ref->second))
          counts[shown(ref->second, facet.member)] += count;
      }
      return counts;
    }
  }
  return counts;
}

Result<std::vector<Facet>> FacetSpy::facets(Planning& planning, std::size_t size, std::int64_t total) const {
  std::vector<Facet> facets;
  const bool exact = total <= counted_;
  const double scale = exact || counted_ == 0 ? 1.0 : static_cast<double>(total) / static_cast<double>(counted_);
  for (const FacetField& field : fields_) {
    MD_LET(counts, count(planning, field));
    Facet facet{field.asked, {}, exact};
    for (const auto& [value, count] : counts)
      facet.counts.push_back({value, std::llround(static_cast<double>(count) * scale)});
    std::stable_sort(facet.counts.begin(), facet.counts.end(),
                     [](const FacetCount& a, const FacetCount& b) { return a.count > b.count; });
    if (facet.counts.size() > size) facet.counts.resize(size);
    facets.push_back(std::move(facet));
  }
  return facets;
}

void EveryNth::init(const Xapian::Database& database) {
  at_ = 0;
  last_ = database.get_lastdocid();
}

void EveryNth::next(double) { at_ = at_ == 0 ? 1 : at_ + step_; }

void EveryNth::skip_to(Xapian::docid id, double) {
  if (at_ == 0) at_ = 1;
  if (at_ < id) at_ += (id - at_ + step_ - 1) / step_ * step_;
}

}  // namespace metadata::search
