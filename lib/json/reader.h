#ifndef METADATA_LIB_JSON_READER_H
#define METADATA_LIB_JSON_READER_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"
#include "metadata/json.h"

namespace metadata::json {

/// How strictly a text is read. `max_depth` must not exceed kMaxTreeDepth.
struct ReadRules {
  JsonLimits limits;
  bool check_names = true;  // look for duplicate members
};

/// Reads one JSON text (RFC 8259) in one pass and hands its values to a Document: `document.Populate(reader)`.
///
/// Ours and not RapidJSON's, whose reader of 1.1.0 overflows on some exponents (CVE-2024-38517), rounds some decimals
/// wrongly, takes lone surrogates and knows no limits; mending all that around it cost more time than reading.
/// Does not recurse: what is open stands in an array of a fixed size. Not thread-safe; good for one text.
class Reader {
 public:
  /// All three must outlive the reader.
  Reader(std::string_view text, const ReadRules& rules, Document& document)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()), rules_(rules), document_(document) {}

  /// What Populate() calls: true when the whole text was one value within the limits.
  bool operator()(Document&);

  /// Why not.
  const Error& failure() const noexcept { return failure_; }

 private:
  // An open array or object.
  struct Open {
    bool is_object;
    std::uint32_t count;       // members or elements begun
    std::uint32_t first_name;  // where its names begin in names_
    std::uint64_t names_seen;  // a bit for each name read, by its hash
  };
  struct Name {
    std::string_view text;
    std::size_t offset;  // of its opening quote
  };

  bool value();
  bool word(std::string_view expected);
  bool number();
  bool long_number(const char* begin);
  bool open(bool is_object);
  bool step();
  bool element(Open& array);
  bool member(Open& object);
  bool close_object();
  bool name(Open& object);

  bool string(std::string_view& out);
  bool escaped_string(const char* begin, std::string_view& out);
  bool escape();
  bool unicode_escape();
  bool hex(unsigned& unit);
  std::string_view kept(std::string_view text);

  const Name* earlier_duplicate(const Open& object) const noexcept;
  bool check_sorted_names(const Open& object);

  void skip_space() noexcept;
  bool fail(std::string_view why) { return fail_at(static_cast<std::size_t>(at_ - begin_), why); }
  bool fail_at(std::size_t offset, std::string_view why);
  bool exceeds(std::size_t limit, std::string_view what);
  std::string place() const;

  const char* const begin_;
  const char* at_;
  const char* const end_;
  const ReadRules& rules_;
  Document& document_;
  Error failure_;
  std::size_t values_ = 0;
  std::size_t depth_ = 0;                 // of open_ that are in use
  bool in_name_ = false;                  // the innermost object's next name is being read
  std::vector<Name> names_;               // of the objects that are open, when they are checked
  std::string decoded_;                   // the string in hand, when it has escapes
  std::array<Open, kMaxTreeDepth> open_;  // not initialised: 12 KB that few texts need
};

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_READER_H
