#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "entity/delta.h"
#include "entity/save.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"
#include "view/items.h"

namespace metadata::entity {
namespace {

constexpr std::size_t kPage = 200;

constexpr Version kFirst{1};  // 0.1

bool before(const store::Attribute& a, const store::Attribute& b) {
  return std::pair(a.name, a.value) < std::pair(b.name, b.value);
}
bool same(const store::Attribute& a, const store::Attribute& b) { return a.name == b.name && a.value == b.value; }

std::string text_of(const std::vector<store::Attribute>& attributes) {
  std::string text;
  for (const auto& attribute : attributes)
    text.append(text.empty() ? "" : ", ").append(attribute.name).append("=").append(attribute.value);
  return text.empty() ? "none" : text;
}

/// The version that came before one, as that one tells; nothing for the first. What a mark made has no description of
/// its own: the row may still have that of the version before.
std::optional<Version> told_before(Version version, store::Mark mark, const std::string& change) {
  if (mark != store::Mark::None) return Version{version.tenths - 1};
  json::Document document;
  if (change.empty() || !json::parse_trusted(change, document).ok() || !document.IsObject()) return std::nullopt;
  const json::Value* before = json::find(document, "previousVersion");
  return before == nullptr ? std::nullopt : Version::parse(json::write(*before));
}

/// What a row repeats of its document, as the document says it.
struct Mirrors {
  std::string display_name;
  std::vector<store::Attribute> attributes;
};

/// Brings what follows from the documents in line with them, in one transaction.
class Mender {
 public:
  explicit Mender(store::Transaction& transaction) : transaction_(transaction) {}

  Error apply(store::Operation operation) {
    store::WriteSet set;
    set.operations.push_back(std::move(operation));
    return transaction_.apply(set).error();
  }

 private:
  store::Transaction& transaction_;
};

/// Looks at the entities of one type, page by page. What follows from the documents goes to the mender when there is
/// one, else it is reported.
class TypeCheck {
 public:
  TypeCheck(const Context& context, store::Reader& reader, const view::TypeLayout& layout, Mender* mender,
            std::vector<store::Problem>& problems)
      : context_(context), reader_(reader), layout_(layout), mender_(mender), problems_(problems) {}

  Error run() {
    store::ListQuery query;
    query.type = layout_.type->name;
    query.rows = store::Rows::All;
    query.limit = kPage;
    while (true) {
      const auto page = reader_.list(query);
      if (!page.ok()) return unlisted(page.error());
      MD_OK(fetch_attributes(*page));
      for (const auto& stored : *page) MD_OK(look_at(stored));
      if (page->size() < kPage) return {};
      query.lower = page->back().row.fqn_key;
    }
  }

 private:
  void report(const char* rule, const store::EntityRow& row, const std::string& what) {
    problems_.push_back({rule, row.type + " " + row.id.text() + " (" + model::fqn_of_key(row.fqn_key) + "): " + what});
  }

  /// Damage that keeps a page from being read is a finding; the rest of the type stays unseen until it is mended.
  Error unlisted(const Error& error) {
    if (error.code() != Code::Corrupt) return error;
    if (mender_ == nullptr)
      problems_.push_back({"not-listed", layout_.type->name + ": " + std::string(error.message())});
    return {};
  }

  Error fetch_attributes(const std::vector<store::StoredEntity>& page) {
    attributes_.clear();
    std::vector<store::Rid> rids;
    for (const auto& stored : page) rids.push_back(stored.row.rid);
    MD_LET(rows, reader_.attributes(rids));
    for (auto& [rid, attribute] : rows) attributes_[rid].push_back(std::move(attribute));
    return {};
  }

  Error look_at(const store::StoredEntity& stored) {
    auto loaded = load(context_, reader_, layout_, stored);
    if (!loaded.ok()) {
      if (mender_ == nullptr) report("document-unreadable", stored.row, std::string(loaded.error().message()));
      return {};
    }
    MD_OK(check_mirrors(*loaded));
    MD_OK(check_labels(*loaded));
    if (mender_ != nullptr) return {};  // what follows now is derived from nothing
    check_container(*loaded);
    check_references(*loaded);
    return check_history(*loaded);
  }

  Error check_mirrors(const Loaded& loaded) {
    const store::EntityRow& row = loaded.stored.row;
    Mirrors right{std::string(json::string_or(loaded.working, "displayName")), attributes_of(layout_, loaded.working)};
    std::sort(right.attributes.begin(), right.attributes.end(), before);
    const auto& stored = attributes_[row.rid];
    const bool name_differs = row.display_name != right.display_name;
    const bool attributes_differ =
        !std::equal(stored.begin(), stored.end(), right.attributes.begin(), right.attributes.end(), same);
    if (name_differs) {
      report("display-name-differs", row,
             "the row has '" + row.display_name + "', the document '" + right.display_name + "'");
    }
    if (attributes_differ) {
      report("attribute-wrong", row,
             "lists find it by " + text_of(stored) + ", its document says " + text_of(right.attributes));
    }
    if (mender_ == nullptr || (!name_differs && !attributes_differ)) return {};
    return mender_->apply(store::MirrorEntity{row.id, std::move(right.display_name), std::move(right.attributes)});
  }

  /// Labels hang on items that are there, and their source is that of the tag.
  Error check_labels(const Loaded& loaded) {
    const auto rows = loaded.around.tags.find(loaded.stored.row.rid);
    if (rows == loaded.around.tags.end()) return {};
    std::unordered_set<std::string> places{std::string()};
    const auto add_place = [&](const view::ItemPath& path, const json::Value&, const std::string&) {
      places.insert(path.text());
    };
    view::for_each_tagged_item(layout_, loaded.working, add_place);
    std::vector<store::TagUsage> kept;
    for (const auto& row : rows->second) {
      const bool nowhere = !places.contains(row.usage.path);
      if (!nowhere) kept.push_back(row.usage);
      const std::string tag = model::fqn_of_key(row.tag.fqn_key);
      if (nowhere) report("label-nowhere", loaded.stored.row, "label " + tag + " hangs on " + shown(row.usage.path));
      const std::string_view right = row.tag.type == "glossaryTerm" ? "Glossary" : "Classification";
      if (mender_ == nullptr && row.usage.source != right)
        report("label-source-differs", loaded.stored.row, "label " + tag + " is said to be of " + row.usage.source);
    }
    if (mender_ == nullptr || kept.size() == rows->second.size()) return {};
    return mender_->apply(store::ReplaceTags{loaded.stored.row.id, std::move(kept)});
  }

  static std::string shown(std::string path) {
    std::replace(path.begin(), path.end(), model::kKeySeparator, '.');
    return path;
  }

  void check_container(const Loaded& loaded) {
    const store::EntityRow& row = loaded.stored.row;
    const std::string_view parent = model::parent_key(row.fqn_key);
    bool found = parent.empty() && !layout_.type->parent_required;
    const auto& named = layout_.type->parent_fields;
    for (const auto& field : layout_.containers) {
      if (std::find(named.begin(), named.end(), field.field->name) == named.end()) continue;
      const store::RefRow* ref = loaded.around.container(row, field);
      const bool direct = layout_.type->fqn_literal.empty() && layout_.type->parent_link.empty();
      if (ref != nullptr && (ref->fqn_key == parent || !direct)) found = true;
    }
    if (!found) report("container-missing", row, "nothing contains it");
  }

  /// References that a create body must have are there for as long as the entity is; single ones are not several.
  void check_references(const Loaded& loaded) {
    for (const model::Field* field : layout_.relations) {
      if (field->relation.many) continue;
      const std::size_t count = loaded.around.edges(loaded.stored.row.rid, *field).size();
      if (field->required && count == 0)
        report("reference-missing", loaded.stored.row, "the required " + field->name + " is gone");
      if (count > 1) {
        report("reference-twice", loaded.stored.row,
               field->name + " can be one, and there are " + std::to_string(count));
      }
    }
  }

  Error check_history(const Loaded& loaded) {
    MD_LET(rows, reader_.history(loaded.stored.row.rid, static_cast<std::size_t>(-1) >> 1, 0));
    json::Document form = view::versioned_form(layout_, loaded.working, loaded.tags);
    Version newer = loaded.stored.row.version;
    std::optional<Version> told = told_before(newer, loaded.stored.row.mark, loaded.stored.body.change);
    for (const auto& row : rows) {
      if (told && *told != row.version) report_gap(loaded.stored.row, newer, told->text(), row.version.text());
      told = told_before(row.version, row.mark, row.change);
      if (!(row.version < newer))
        report("history-order", loaded.stored.row, "version " + row.version.text() + " is not below " + newer.text());
      newer = row.version;
      if (const Error broken = past_form(layout_, row, form); !broken.ok()) {
        report("history-broken", loaded.stored.row,
               "version " + row.version.text() + ": " + std::string(broken.message()));
        return {};
      }
    }
    if (newer != kFirst) report_gap(loaded.stored.row, newer, told.value_or(kFirst).text(), "nothing");
    return {};
  }

  void report_gap(const store::EntityRow& row, Version version, const std::string& expected, const std::string& found) {
    report("history-gap", row, "before version " + version.text() + " there should be " + expected + ", not " + found);
  }

  const Context& context_;
  store::Reader& reader_;
  const view::TypeLayout& layout_;
  Mender* mender_;
  std::unordered_map<store::Rid, std::vector<store::Attribute>> attributes_;  // of the page
  std::vector<store::Problem>& problems_;
};

Error check_types(const Context& context, store::Reader& reader, std::vector<store::Problem>& problems) {
  MD_LET(types, reader.types());
  for (const std::string& type : types) {
    if (context.registry().type(type) == nullptr)
      problems.push_back({"type-unknown", "there are entities of type " + type + ", which nothing describes"});
  }
  return {};
}

/// Does some field of the type lead over such edges to entities of the other type?
bool leads(const model::EntityType* type, bool outgoing, std::string_view kind, const std::string& other) {
  if (type == nullptr) return false;
  return std::any_of(type->fields.begin(), type->fields.end(), [&](const model::Field& field) {
    const auto& types = field.relation.types;
    return field.place == model::Place::Relation && field.relation.outgoing == outgoing &&
           field.relation.kind == kind &&
           (types.empty() || std::find(types.begin(), types.end(), other) != types.end());
  });
}

/// Edges of a kind that fields have run between types that some field names. Other kinds are not ours to judge.
Error check_edges(const Context& context, store::Reader& reader, std::vector<store::Problem>& problems) {
  std::unordered_set<std::string> kinds;
  for (const auto& type : context.registry().types()) {
    for (const model::Field& field : type->fields) kinds.insert(field.relation.kind);
  }
  MD_LET(shapes, reader.edge_shapes());
  for (const store::EdgeShape& shape : shapes) {
    if (!kinds.contains(shape.kind) ||
        leads(context.registry().type(shape.from_type), true, shape.kind, shape.to_type) ||
        leads(context.registry().type(shape.to_type), false, shape.kind, shape.from_type)) {
      continue;
    }
    problems.push_back({"edge-between-wrong-types", std::to_string(shape.count) + " edges " + shape.kind + " from " +
                                                        shape.from_type + " to " + shape.to_type + ", such as from " +
                                                        shape.from.text() + " to " + shape.to.text()});
  }
  return {};
}

}  // namespace

Error check(const Context& context, std::vector<store::Problem>& problems) {
  MD_LET(reader, context.store.snapshot());
  MD_OK(check_types(context, *reader, problems));
  MD_OK(check_edges(context, *reader, problems));
  for (const auto& type : context.registry().types()) {
    MD_OK(TypeCheck(context, *reader, context.layouts.of(*type), nullptr, problems).run());
  }
  return {};
}

Error repair(const Context& context, std::vector<store::Problem>& mended) {
  MD_LET(transaction, context.store.exclusive());
  Mender mender(*transaction);
  std::vector<store::Problem> problems;
  for (const auto& type : context.registry().types()) {
    MD_OK(TypeCheck(context, *transaction, context.layouts.of(*type), &mender, problems).run());
  }
  if (problems.empty()) return {};
  MD_OK(transaction->commit());
  mended.insert(mended.end(), std::make_move_iterator(problems.begin()), std::make_move_iterator(problems.end()));
  return {};
}

}  // namespace metadata::entity
