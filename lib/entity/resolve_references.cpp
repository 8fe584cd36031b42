#include <algorithm>
#include <map>
#include <set>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/resolve.h"
#include "json/parse.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

using json::Value;

constexpr std::string_view kInDomain = "inDomain";
constexpr std::string_view kInDataProduct = "inDataProduct";

/// One reference as a body gives it.
struct Given {
  const model::Field* field = nullptr;
  std::string path;  ///< for errors: "owners[1]"
  EntityId id;
  std::vector<store::TypedKey> keys;  ///< candidates, tried in order
  std::string type;                   ///< as given; may be empty
  std::string text;                   ///< what the body said, for errors
};

using RefsById = std::map<EntityId, store::RefRow>;
using RefsByKey = std::map<std::pair<std::string, std::string>, store::RefRow>;

std::string shown_type(const Given& given) {
  if (!given.type.empty()) return given.type;
  return given.field->relation.types.empty() ? "entity" : given.field->relation.types.front();
}

/// The types a name may be of, with the key it would have there.
void add_candidates(const Context& context, Given& given, std::string_view name) {
  std::vector<std::string> types = given.field->relation.types;
  if (!given.type.empty()) types = {given.type};
  for (const std::string& type : types) {
    const model::EntityType* known = context.registry().type(type);
    if (known == nullptr) continue;
    auto key = model::key_of_fqn(*known, name);
    if (key.ok()) given.keys.push_back({type, *std::move(key)});
  }
}

Result<Given> read_one(const Context& context, const model::Field& field, const Value& value, std::string path) {
  Given given;
  given.field = &field;
  given.path = std::move(path);
  if (value.IsString()) {
    given.text = json::view(value);
    if (const auto id = EntityId::parse(given.text)) given.id = *id;
    add_candidates(context, given, given.text);
    return given;
  }
  if (!value.IsObject())
    return invalid_argument("a reference is an object with id and type, an id or a name", given.path);
  given.type = json::string_or(value, "type");
  if (!given.type.empty()) {
    if (const auto* known = context.registry().type_any_case(given.type)) given.type = known->name;
    const auto& allowed = field.relation.types;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), given.type) == allowed.end()) {
      std::string list;
      for (const auto& type : allowed) list.append(list.empty() ? "" : " or ").append(type);
      return invalid_argument(
          "Entity of type " + given.type + " can't be in " + field.name + ". Only " + list + " can.", given.path);
    }
  }
  const std::string_view id = json::string_or(value, "id");
  std::string_view name = json::string_or(value, "fullyQualifiedName");
  if (name.empty()) name = json::string_or(value, "name");
  given.text = id.empty() ? name : id;
  if (!id.empty()) {
    const auto parsed = EntityId::parse(id);
    if (!parsed) return invalid_argument("'" + std::string(id.substr(0, 100)) + "' is not a UUID", given.path + ".id");
    given.id = *parsed;
  } else if (!name.empty()) {
    add_candidates(context, given, name);
  } else {
    return invalid_argument("a reference needs an id or a fullyQualifiedName", given.path);
  }
  return given;
}

Result<std::vector<Given>> read_all(const Context& context, const view::TypeLayout& layout, const Value& body) {
  std::vector<Given> all;
  for (const model::Field* field : layout.relations) {
    const Value* value = json::find(body, field->name);
    if (value == nullptr || !view::is_own_relation(*field)) continue;
    if (!value->IsArray()) {
      MD_LET(given, read_one(context, *field, *value, field->name));
      all.push_back(std::move(given));
      continue;
    }
    if (value->Size() > context.limits.max_reference_list) {
      return too_large(
          "at most " + std::to_string(context.limits.max_reference_list) + " references are allowed in " + field->name,
          field->name);
    }
    for (json::SizeType i = 0; i < value->Size(); ++i) {
      MD_LET(given, read_one(context, *field, (*value)[i], field->name + "[" + std::to_string(i) + "]"));
      all.push_back(std::move(given));
    }
  }
  return all;
}

Error look_up(store::Reader& reader, const std::vector<Given>& all, RefsById& by_id, RefsByKey& by_key) {
  std::vector<EntityId> ids;
  std::vector<store::TypedKey> keys;
  for (const Given& given : all) {
    if (!given.id.empty()) ids.push_back(given.id);
    keys.insert(keys.end(), given.keys.begin(), given.keys.end());
  }
  if (!ids.empty()) {
    MD_LET(refs, reader.refs_by_id(ids));
    for (auto& ref : refs) by_id.emplace(ref.id, ref);
  }
  if (!keys.empty()) {
    MD_LET(refs, reader.refs_by_key(keys));
    for (auto& ref : refs) by_key.emplace(std::make_pair(ref.type, ref.fqn_key), ref);
  }
  return {};
}

/// Of what was looked up, that which the author may not see.
Result<std::set<store::Rid>> hidden_among(const Context& context, store::Reader& reader, const Principal& as,
                                          const RefsById& by_id, const RefsByKey& by_key) {
  std::set<store::Rid> hidden;
  if (access::sees_everything(as)) return hidden;
  std::vector<store::RefRow> rows;
  for (const auto& [id, ref] : by_id) rows.push_back(ref);
  for (const auto& [key, ref] : by_key) rows.push_back(ref);
  MD_LET(seen, seeing_of(context.layouts, reader, as).of(rows));
  for (const auto& row : rows) {
    if (!seen.contains(row.rid)) hidden.insert(row.rid);
  }
  return hidden;
}

/// The first that `is_there` says is there.
template <class IsThere>
const store::RefRow* match(const Given& given, const RefsById& by_id, const RefsByKey& by_key, IsThere is_there) {
  if (!given.id.empty()) {
    const auto place = by_id.find(given.id);
    if (place != by_id.end()) {
      const auto& allowed = given.field->relation.types;
      const bool fits =
          allowed.empty() || std::find(allowed.begin(), allowed.end(), place->second.type) != allowed.end();
      const bool same = given.type.empty() || given.type == place->second.type;
      if (fits && same && is_there(place->second)) return &place->second;
    }
  }
  for (const auto& key : given.keys) {
    const auto place = by_key.find({key.type, key.fqn_key});
    if (place != by_key.end() && is_there(place->second)) return &place->second;
  }
  return nullptr;
}

bool had(const Loaded* before, const model::Field& field, const EntityId& id) {
  if (before == nullptr) return false;
  const auto& refs = before->around.edges(before->stored.row.rid, field);
  return std::any_of(refs.begin(), refs.end(), [&](const auto& ref) { return ref.id == id; });
}

/// Several users, or exactly one team of type Group.
Error check_owners(store::Reader& reader, const model::Field& field, const std::vector<store::RefRow>& refs,
                   const Loaded* before) {
  const auto teams = std::count_if(refs.begin(), refs.end(), [](const auto& ref) { return ref.type == "team"; });
  if (teams == 0) return {};
  if (teams > 1) return invalid_argument("Only One Team is allowed to own Data Assets.", field.name);
  if (refs.size() > 1) {
    return invalid_argument("Data Assets can have up to 5 users or a Team but not both as owners.", field.name);
  }
  if (had(before, field, refs.front().id)) return {};
  MD_LET(team, reader.find(refs.front().id));
  json::Document document;
  if (!team) return {};
  MD_OK(json::parse_trusted(team->body.document, document));
  const std::string type(json::string_or(document, "teamType", "Group"));
  if (type == "Group") return {};
  return invalid_argument("Team of type " + type + " can't own entities. Only Team of type Group can own entities.",
                          field.name);
}

/// Users, or exactly one team.
Error check_reviewers(const model::Field& field, const std::vector<store::RefRow>& refs) {
  const auto teams = std::count_if(refs.begin(), refs.end(), [](const auto& ref) { return ref.type == "team"; });
  if (teams > 1) return invalid_argument("Only one team can be assigned as reviewer.", field.name);
  if (teams == 1 && refs.size() > 1) {
    return invalid_argument("Invalid Reviewer Type. Only one team or multiple users can be assigned as reviewer.",
                            field.name);
  }
  return {};
}

const model::Field* find_relation(const view::TypeLayout& layout, std::string_view kind) {
  for (const model::Field* field : layout.relations) {
    if (field->relation.kind == kind && field->relation.outgoing && view::is_own_relation(*field)) return field;
  }
  return nullptr;
}

/// Those of the products that lie in one of the domains.
Result<std::set<store::Rid>> products_in(store::Reader& reader, const std::vector<store::RefRow>& products,
                                         const std::vector<store::RefRow>& domains) {
  std::vector<store::Rid> rids;
  for (const auto& product : products) rids.push_back(product.rid);
  const std::vector<std::string> kinds{std::string(kInDomain)};
  MD_LET(edges, reader.relations(rids, store::Direction::From, kinds));
  std::set<store::Rid> inside;
  for (const auto& edge : edges) {
    const bool there = std::ranges::any_of(domains, [&](const auto& domain) { return domain.rid == edge.other.rid; });
    if (there) inside.insert(edge.self);
  }
  return inside;
}

}  // namespace

Error settle_products(store::Reader& reader, const view::TypeLayout& layout, json::Document& working,
                      const store::EntityRow& row, const Loaded* before, view::Surroundings& around) {
  const model::Field* products = find_relation(layout, kInDataProduct);
  const model::Field* domains = find_relation(layout, kInDomain);
  if (products == nullptr || domains == nullptr || around.edges(row.rid, *products).empty()) return {};
  if (before != nullptr) {
    std::vector<store::RefRow> lost = before->around.edges(row.rid, *domains);
    for (const auto& kept : around.edges(row.rid, *domains))
      std::erase_if(lost, [&](const auto& domain) { return domain.rid == kept.rid; });
    std::vector<store::RefRow> left = around.edges(row.rid, *products);
    if (!lost.empty()) {
      MD_LET(gone, products_in(reader, left, lost));
      std::erase_if(
          left, [&](const auto& product) { return gone.contains(product.rid) && had(before, *products, product.id); });
      around.set_edges(row.rid, *products, std::move(left));
      for (const model::Field* field : layout.relations) {
        if (view::is_own_relation(*field)) json::erase(working, field->name);
      }
      view::add_references(layout, around, row.rid, working);
    }
  }
  if (around.edges(row.rid, *products).empty() || !around.edges(row.rid, *domains).empty()) return {};
  if (!around.inherited_edges(row, layout, *domains).empty()) return {};
  return invalid_argument("Domain cannot be empty when data products are provided.", products->name);
}

Error resolve_references(const Context& context, store::Reader& reader, const Principal& as,
                         const view::TypeLayout& layout, json::Document& body, store::Rid rid, const Loaded* before,
                         view::Surroundings& around) {
  auto all = read_all(context, layout, body);
  if (!all.ok()) return all.error();
  RefsById by_id;
  RefsByKey by_key;
  MD_OK(look_up(reader, *all, by_id, by_key));
  MD_LET(hidden, hidden_among(context, reader, as, by_id, by_key));

  std::map<const model::Field*, std::map<std::string, store::RefRow>> found;  // by FQN key: sorted, and each once
  for (const Given& given : *all) {
    const store::RefRow* ref = match(given, by_id, by_key, [&](const store::RefRow& one) {
      return (!one.deleted && !hidden.contains(one.rid)) || had(before, *given.field, one.id);
    });
    if (ref == nullptr) return no_instance(shown_type(given), given.text);
    found[given.field].emplace(ref->fqn_key + '\n' + ref->type, *ref);
  }
  for (const model::Field* field : layout.relations) {
    if (!view::is_own_relation(*field)) continue;
    std::vector<store::RefRow> refs;
    for (auto& [key, ref] : found[field]) refs.push_back(ref);
    if (field->relation.kind == "owns") MD_OK(check_owners(reader, *field, refs, before));
    if (field->relation.kind == "reviews" && !field->relation.outgoing) MD_OK(check_reviewers(*field, refs));
    around.set_edges(rid, *field, std::move(refs));
    json::erase(body, field->name);
  }
  view::add_references(layout, around, rid, body);
  return {};
}

}  // namespace metadata::entity
