#ifndef METADATA_LIB_CHANGE_RECORD_H
#define METADATA_LIB_CHANGE_RECORD_H

#include <string>
#include <string_view>
#include <unordered_set>

#include "change/describe.h"
#include "json/value.h"

namespace metadata::change {

/// A value as a change description shows it: a scalar as itself, a list or an object as a string that holds its JSON
/// text.
std::string shown(const json::Value& value);
/// JSON text as such a string.
std::string as_string(std::string_view json_text);

/// What a recorded change counts for.
enum class Weight {
  Unversioned,  ///< is stored, makes no version
  Versioned,
};

/// Gathers single changes into a change description. Values are given as JSON text. Not thread-safe.
class Record {
 public:
  void added(const std::string& name, std::string_view new_value, Weight weight);
  void updated(const std::string& name, std::string_view old_value, std::string_view new_value, Weight weight);
  void deleted(const std::string& name, std::string_view old_value, Weight weight);
  void make_major() { change_.major = true; }
  /// Puts a name among the changed fields, without an entry in the description.
  void mention(const std::string& name);

  bool empty() const { return change_.empty(); }
  /// The whole of it; the record is used up.
  Change take(Version previous);

 private:
  void note(const std::string& name, Weight weight);

  Change change_;  // its description is made by take()
  std::unordered_set<std::string> names_;
  std::string added_, updated_, deleted_;  // entries, joined by commas
};

}  // namespace metadata::change

#endif  // METADATA_LIB_CHANGE_RECORD_H
