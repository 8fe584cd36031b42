#ifndef METADATA_LIB_MODEL_SEARCH_RULE_H
#define METADATA_LIB_MODEL_SEARCH_RULE_H

#include <string>
#include <string_view>
#include <vector>

namespace metadata::model {

/// What a text is to the entity that is searched for; a class has its own terms in the index.
enum class SearchClass {
  Name,      ///< its name and display name
  Item,      ///< the names of its nested items (columns, tasks)
  Text,      ///< its description
  ItemText,  ///< the descriptions of its nested items
  Extra,     ///< whatever else its description names
};

/// Where in the entity's own JSON values lie: "columns.name" goes through all items of the list, and their children.
struct SearchPath {
  std::string name;                   ///< as fields are called in queries: "columns.name"
  std::vector<std::string> members;   ///< {"columns", "name"}
  std::vector<std::string> children;  ///< for each member: the one that holds further items of the same kind, or empty
};

struct SearchText {
  SearchPath path;
  SearchClass kind = SearchClass::Extra;
  double weight = 1;
};

/// The names of entities that this one refers to: who looks for a chart finds the dashboards that show it.
struct SearchRelated {
  std::string field;               ///< of Place::Relation
  std::vector<std::string> types;  ///< of the other end; empty: any
  double weight = 1;
};

/// What the search room makes of an entity type: its description's "search" member with the defaults filled in.
struct SearchRule {
  std::string index;                 ///< "table_search_index"; empty: the type is not searched
  std::vector<std::string> aliases;  ///< further names of indexes that it is part of
  std::vector<SearchText> texts;
  std::vector<SearchRelated> related_texts;
  std::vector<SearchPath> keywords;  ///< matched whole: enumerations, booleans and what the description names
  std::vector<std::string> facets;   ///< in addition to those that every type has
  std::vector<std::string> values;   ///< the facets that are values of the document, not ids: a part of the keywords
  std::vector<std::string> related;  ///< relation fields whose ids are indexed: those that only this end's bodies set
  std::vector<std::string> exists;   ///< fields that can be asked for being there
  bool custom_properties = false;    ///< has an `extension`, whose values are keywords and texts

  explicit operator bool() const { return !index.empty(); }
  const SearchText* text(std::string_view name) const;
  const SearchPath* keyword(std::string_view name) const;
  bool has_exists(std::string_view name) const;
  bool is_related(std::string_view name) const;
};

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_SEARCH_RULE_H
