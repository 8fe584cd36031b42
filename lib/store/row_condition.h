#ifndef METADATA_LIB_STORE_ROW_CONDITION_H
#define METADATA_LIB_STORE_ROW_CONDITION_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "store/rows.h"

namespace metadata::store {

/// Something about one row that a statement can ask.
struct RowFact {
  /// A container from which the row may have it: of this type, the first `depth` parts of the row's key. Those of depth
  /// 1 are the row's tree.
  struct Holder {
    std::string type;
    std::size_t depth = 0;
  };
  enum class Kind : std::uint8_t {
    Edge,    ///< an edge of kind `name` to one of `others` (empty: to anything)
    Label,   ///< one of the labels `others` is on the entity itself, or brought along by a glossary term that is
    Member,  ///< the document's member at the JSON path `name` is one of `texts`
    Self,    ///< it is one of `others`
  };
  Kind kind = Kind::Self;
  std::string name = {};
  bool outgoing = false;  ///< Edge: it runs from the row
  std::vector<Holder> holders =
      {};  ///< Edge: a row without any has those of the nearest of these that has some, nearest first
  std::vector<Rid> others = {};
  std::vector<std::string> texts = {};
};

/// A boolean expression over facts of a row. It is part of the statement, so that pages are full and totals are right.
struct RowCondition {
  struct Step {
    enum class Kind : std::uint8_t { Fact, Constant, Not, And, Or } kind = Kind::Constant;
    std::size_t fact = 0;   ///< of Fact
    bool constant = false;  ///< of Constant
  };
  std::vector<RowFact> facts;
  std::vector<Step> steps;  ///< operands first
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_ROW_CONDITION_H
