#ifndef METADATA_LIB_ENTITY_RESOLVE_H
#define METADATA_LIB_ENTITY_RESOLVE_H

#include "entity/context.h"

namespace metadata::entity {

/// Turns the references of a validated body (ids, FQN strings, objects) into the working form's, in place, and puts
/// what they name into `around` under `rid`. Unknown or soft-deleted ones, and those that the author may not see, are
/// NotFound in the same words, unless `before` has them already. Ownership rules (users, or one team of type Group) are
/// checked here.
Error resolve_references(const Context& context, store::Reader& reader, const Principal& as,
                         const view::TypeLayout& layout, json::Document& body, store::Rid rid, const Loaded* before,
                         view::Surroundings& around);

/// What relations ask of each other, once they are all resolved. A data product lies in a domain: with a domain that
/// was taken away its data products go, and data products without a domain, of its own or its container's, are
/// InvalidArgument.
Error settle_products(store::Reader& reader, const view::TypeLayout& layout, json::Document& working,
                      const store::EntityRow& row, const Loaded* before, view::Surroundings& around);

/// Turns the labels of a validated body, nested items' too, into the working form's: sorted by FQN, without repeats.
/// Fills `tags` and around.tags[rid]. Unknown tags, and those that the author may not see, are NotFound; disabled ones,
/// and mutually exclusive ones together, are InvalidArgument.
Error resolve_labels(const Context& context, store::Reader& reader, const Principal& as, const view::TypeLayout& layout,
                     json::Document& body, store::Rid rid, const Loaded* before, view::LabelIndex& tags,
                     view::Surroundings& around);

/// The same for a list of labels that nothing has yet.
Error check_labels(const Context& context, store::Reader& reader, const Principal& as, const json::Value& labels);

/// Adds a label to a list of the working form, unless it has it; labels that may not stand beside it go.
Error add_label(const Context& context, store::Reader& reader, const json::Value& label, json::Value& labels,
                json::Allocator& allocator);

/// The container that a body names, with its document.
struct Container {
  store::StoredEntity stored;
  std::string item;  ///< key parts below it of the item that a link names (a column), joined; or empty
  Error absent;      ///< what whoever may not see it is told

  /// The key below which the new entity lies.
  std::string key() const;
};

/// Finds the container by the type's parent fields. Nothing when the type has none or the body names none and need not.
/// A field further up that is also given (`database` beside `databaseSchema`) must be an ancestor of it.
Result<std::optional<Container>> resolve_container(const Context& context, store::Reader& reader,
                                                   const view::TypeLayout& layout, const json::Value& body);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_RESOLVE_H
