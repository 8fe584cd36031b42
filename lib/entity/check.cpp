#include <set>
#include <string>

#include "entity/delta.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/patch.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

constexpr std::size_t kPage = 200;

/// Looks at the entities of one type, page by page.
class TypeCheck {
 public:
  TypeCheck(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
            std::vector<store::Problem>& problems)
      : context_(context), reader_(reader), layout_(layout), problems_(problems) {}

  Error run() {
    store::ListQuery query;
    query.type = layout_.type->name;
    query.rows = store::Rows::All;
    query.limit = kPage;
    while (true) {
      const auto page = reader_.list(query);
      if (!page.ok()) return unlisted(page.error());
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
    problems_.push_back({"not-listed", layout_.type->name + ": " + std::string(error.message())});
    return {};
  }

  Error look_at(const store::StoredEntity& stored) {
    auto loaded = load(context_, reader_, layout_, stored);
    if (!loaded.ok()) {
      report("document-unreadable", stored.row, std::string(loaded.error().message()));
      return {};
    }
    check_container(*loaded);
    check_required_edges(*loaded);
    return check_history(*loaded);
  }

  void check_container(const Loaded& loaded) {
    const store::EntityRow& row = loaded.stored.row;
    const std::string_view parent = model::parent_key(row.fqn_key);
    bool found = parent.empty() && !layout_.type->parent_required;
    for (const auto& field : layout_.containers) {
      const store::RefRow* ref = loaded.around.container(row, field);
      if (ref != nullptr && (ref->fqn_key == parent || !layout_.type->fqn_literal.empty())) found = true;
    }
    if (!found) report("container-missing", row, "nothing contains it");
  }

  /// References that a create body must have are there for as long as the entity is.
  void check_required_edges(const Loaded& loaded) {
    for (const model::Field* field : layout_.relations) {
      if (!field->required || field->relation.many) continue;
      if (loaded.around.edges(loaded.stored.row.rid, *field).empty()) {
        report("reference-missing", loaded.stored.row, "the required " + field->name + " is gone");
      }
    }
  }

  Error check_history(const Loaded& loaded) {
    MD_LET(rows, reader_.history(loaded.stored.row.rid, static_cast<std::size_t>(-1) >> 1, 0));
    json::Document form = view::versioned_form(layout_, loaded.working, loaded.tags);
    Version newer = loaded.stored.row.version;
    for (const auto& row : rows) {
      if (!(row.version < newer))
        report("history-order", loaded.stored.row, "version " + row.version.text() + " is not below " + newer.text());
      newer = row.version;
      if (const Error broken = past_form(layout_, row, form); !broken.ok()) {
        report("history-broken", loaded.stored.row,
               "version " + row.version.text() + ": " + std::string(broken.message()));
        return {};
      }
    }
    return {};
  }

  const Context& context_;
  store::Reader& reader_;
  const view::TypeLayout& layout_;
  std::vector<store::Problem>& problems_;
};

}  // namespace

Error check(const Context& context, std::vector<store::Problem>& problems) {
  MD_LET(reader, context.store.snapshot());
  for (const auto& type : context.registry().types()) {
    MD_OK(TypeCheck(context, *reader, context.layouts.of(*type), problems).run());
  }
  return {};
}

}  // namespace metadata::entity
