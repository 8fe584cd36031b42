#ifndef METADATA_LIB_ENTITY_DELTA_H
#define METADATA_LIB_ENTITY_DELTA_H

#include "json/value.h"
#include "metadata/error.h"
#include "store/rows.h"
#include "view/layout.h"
#include "view/working.h"

namespace metadata::entity {

// References and labels vanish from an entity when what they name is removed for good, and that makes no version. So a
// delta never counts on them: it gives each list of them that differs whole, in a way that works whatever is there.

/// The patch that turns the versioned form of a version into that of the one before it.
json::Document delta(const view::TypeLayout& layout, const json::Document& newer, const json::Document& older);

/// A working form, and the tags that its labels name.
struct Labelled {
  const json::Document& working;
  const view::LabelIndex& tags;
};

/// The same from working forms. While no item of theirs has labels, as in most wide tables, it copies neither.
json::Document delta(const view::TypeLayout& layout, const Labelled& newer, const Labelled& older);

/// Turns the versioned form of a version into that of the past version before it.
Error past_form(const view::TypeLayout& layout, const store::HistoryRow& row, json::Document& form);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_DELTA_H
