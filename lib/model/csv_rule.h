#ifndef METADATA_LIB_MODEL_CSV_RULE_H
#define METADATA_LIB_MODEL_CSV_RULE_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace metadata::model {

/// A column of a CSV file: what its cells say of the row's entity.
struct CsvColumn {
  enum class As {
    Field,   ///< a field, or a member of one
    Name,    ///< its name; of an item of a list: the path of names from the entity down
    Parent,  ///< the FQN of its container, where that is of the row's own type; else nothing
    Type,    ///< its type, or what the items of a list are called
    Fqn,
  };
  std::string header;
  bool required = false;  ///< a cell must not be empty; its header ends with a star
  As as = As::Field;
  std::string field;                 ///< "displayName", "style.color"
  std::string source;                ///< of labels: "Classification" or "Glossary"
  std::string prefix, except;        ///< of labels: only those, or not those, whose FQN begins so
  std::vector<std::string> members;  ///< of a list of objects: what of each stands in the cell, one after the other
};

/// One kind of file: its header, and of which types it has rows, containers before what they contain.
struct CsvFile {
  std::vector<CsvColumn> columns;
  std::vector<std::string> rows;  ///< entity types; none: the items of the entity itself
};

/// What CSV files of an entity type have: its description's "csv" member.
struct CsvRule {
  std::optional<CsvFile> file;       ///< of an entity of this type; nothing: it has none
  std::optional<CsvFile> recursive;  ///< with all that lies below, and the items of all that has some
  /// Rows are found by a relation, not by where they lie: those that name an entity of `group` in `group_field`, and
  /// those of the groups below it.
  std::string group, group_field;
  bool alone = false;     ///< the file of an entity has its own row; only that of a group has others'
  std::string items;      ///< a list whose items have rows ("columns"), or empty
  std::string item_type;  ///< what such an item is called in a column of As::Type ("column")

  explicit operator bool() const { return file.has_value(); }
};

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_CSV_RULE_H
