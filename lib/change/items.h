#ifndef METADATA_LIB_CHANGE_ITEMS_H
#define METADATA_LIB_CHANGE_ITEMS_H

#include <string>
#include <vector>

#include "json/value.h"
#include "model/field.h"

namespace metadata::change {

/// Does a name's case count?
enum class NameCase {
  Exact,
  Ignored,  ///< of the letters A to Z
};

/// How the items of a list are told apart and shown. Refers to the field it was made from, which must outlive it.
///
/// A label is its tagFQN and source; a reference its id, or its fullyQualifiedName when it has none; other items are
/// the members that their list's description names, and without such a description their whole value.
class ItemKind {
 public:
  ItemKind(const model::ValueType& item, const std::vector<std::string>& match);

  /// Equal for two items that are the same thing. NameCase concerns the member `name` only.
  std::string key(const json::Value& item, NameCase name_case) const;
  /// Are two items the same thing? As their exact keys being equal, without making them.
  bool same(const json::Value& a, const json::Value& b) const;
  /// For two items that are the same thing: does nothing else differ either?
  bool unchanged(const json::Value& before, const json::Value& after) const;
  /// Appends the item's JSON text as change descriptions show it: labels and references without what is only looked up.
  void write(const json::Value& item, std::string& out) const;

  bool is_label() const { return kind_ == Kind::Label; }
  bool has_name() const;

 private:
  enum class Kind { Label, Reference, Members, Whole };

  Kind kind_;
  const std::vector<std::string>& match_;
};

/// An item that stands in both lists, by its positions.
struct Pair {
  json::SizeType before;
  json::SizeType after;
};

/// Two lists laid beside each other. Items that appear twice pair one by one.
struct Pairing {
  std::vector<Pair> pairs;  ///< in the order of the later list
  std::vector<json::SizeType> removed;
  std::vector<json::SizeType> added;

  /// Do the pairs stand in another order than before?
  bool reordered() const;
};

/// Pairs items of the same key, and what is left by the key without the case of names. Null is an empty list.
/// Takes time in proportion to the lists.
Pairing pair_up(const ItemKind& kind, const json::Value* before, const json::Value* after);

}  // namespace metadata::change

#endif  // METADATA_LIB_CHANGE_ITEMS_H
