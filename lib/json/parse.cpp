#include "json/parse.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "json/numbers.h"
#include "json/write.h"

namespace metadata::json {
namespace {

// Objects up to this size are searched for duplicate names pair by pair, larger ones by sorting.
constexpr std::size_t kFewNames = 12;

struct Rules {
  JsonLimits limits;
  bool check_names = true;
};

Error invalid_at(std::size_t offset, std::string_view why) {
  return invalid_argument("invalid JSON at byte " + std::to_string(offset) + ": " + std::string(why));
}

std::string more_than(std::size_t limit, std::string_view what) {
  return "more than " + std::to_string(limit) + " " + std::string(what);
}

// An escape such as \udc00 alone: RapidJSON lets it pass and encodes it as if it were a character.
bool has_surrogate(std::string_view text) noexcept {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

// Stands between RapidJSON's reader and the document: counts against the limits, watches names, puts the numbers back
// that take_doubles() took. A false return stops the reader.
class Filter {
 public:
  using Ch = char;

  Filter(Document& document, const Rules& rules, std::string_view buffer, const std::vector<double>& doubles)
      : document_(document), rules_(rules), buffer_(buffer), doubles_(doubles) {}

  bool Null() { return value() && document_.Null(); }
  bool Bool(bool b) { return value() && document_.Bool(b); }
  bool Int(int i) { return value() && document_.Int(i); }
  bool Uint(unsigned i) { return value() && document_.Uint(i); }
  bool Int64(std::int64_t i) { return value() && document_.Int64(i); }
  bool Uint64(std::uint64_t i) { return value() && document_.Uint64(i); }
  bool RawNumber(const Ch*, SizeType, bool) { return fail("unexpected number"); }
  bool Double(double) {
    if (next_double_ == doubles_.size()) return fail("unexpected number");
    return value() && document_.Double(doubles_[next_double_++]);
  }

  bool String(const Ch* text, SizeType length, bool) {
    // The text lies in the buffer, which goes away: it is copied. (RapidJSON's own copies would share it too.)
    return value() && string({text, length}) && document_.String(text, length, true);
  }
  bool Key(const Ch* text, SizeType length, bool) {
    const std::string_view name(text, length);
    if (!string(name)) return false;
    if (rules_.check_names) {
      if (names_.size() - open_.back() == rules_.limits.max_members) {
        return fail(more_than(rules_.limits.max_members, "members in one object"), name);
      }
      names_.push_back(name);
    }
    return document_.Key(text, length, true);
  }

  bool StartObject() { return value() && enter() && document_.StartObject(); }
  bool EndObject(SizeType count) { return leave_object() && document_.EndObject(count); }
  bool StartArray() { return value() && enter() && document_.StartArray(); }
  bool EndArray(SizeType count) {
    open_.pop_back();
    return document_.EndArray(count);
  }

  /// Why the filter stopped the reader; empty when it did not.
  const std::string& failure() const noexcept { return failure_; }
  /// Where, when the filter knows better than the reader.
  std::size_t offset_or(std::size_t fallback) const noexcept { return offset_ == npos ? fallback : offset_; }

 private:
  static constexpr std::size_t npos = std::string_view::npos;

  bool fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }
  // At the opening quote of a name or string in the buffer.
  bool fail(std::string why, std::string_view at) {
    offset_ = static_cast<std::size_t>(at.data() - buffer_.data()) - 1;
    return fail(std::move(why));
  }

  bool value() {
    if (values_++ < rules_.limits.max_values) return true;
    return fail(more_than(rules_.limits.max_values, "values"));
  }

  bool string(std::string_view text) {
    if (text.size() > rules_.limits.max_string_bytes) {
      return fail(more_than(rules_.limits.max_string_bytes, "bytes in one string"), text);
    }
    return has_surrogate(text) ? fail("a surrogate without its pair in a string", text) : true;
  }

  bool enter() {
    if (open_.size() == rules_.limits.max_depth) return fail(more_than(rules_.limits.max_depth, "levels of nesting"));
    open_.push_back(names_.size());
    return true;
  }

  bool leave_object() {
    const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(open_.back());
    if (const std::string_view* twice = duplicate(begin)) {
      return fail("the member " + quoted_excerpt(*twice) + " is there twice", *twice);
    }
    names_.erase(begin, names_.end());
    open_.pop_back();
    return true;
  }

  // The later one of two equal names since `begin`, if there are.
  const std::string_view* duplicate(std::vector<std::string_view>::iterator begin) {
    const auto end = names_.end();
    if (static_cast<std::size_t>(end - begin) <= kFewNames) {
      for (auto name = begin; name != end; ++name) {
        if (std::find(begin, name, *name) != name) return &*name;
      }
      return nullptr;
    }
    std::sort(begin, end, [](std::string_view a, std::string_view b) { return a == b ? a.data() < b.data() : a < b; });
    const auto pair = std::adjacent_find(begin, end);
    return pair == end ? nullptr : &*(pair + 1);
  }

  Document& document_;
  const Rules& rules_;
  std::string_view buffer_;
  const std::vector<double>& doubles_;
  std::size_t next_double_ = 0;
  std::size_t values_ = 0;
  std::vector<std::size_t> open_;        // per open array or object: where its names begin
  std::vector<std::string_view> names_;  // of the open objects, in the buffer
  std::string failure_;
  std::size_t offset_ = npos;
};

std::string words_of(rapid::ParseErrorCode code) {
  if (code == rapid::kParseErrorDocumentEmpty) return "the text is empty";
  std::string words = rapid::GetParseError_En(code);
  if (words.ends_with('.')) words.pop_back();
  if (!words.empty() && words.front() >= 'A' && words.front() <= 'Z') words.front() += 'a' - 'A';
  return words;
}

Error parse_by(const Rules& rules, std::string_view text, Document& out) {
  if (text.size() > rules.limits.max_bytes) {
    return too_large("the JSON text has " + std::to_string(text.size()) + " bytes, more than " +
                     std::to_string(rules.limits.max_bytes));
  }
  // RapidJSON takes a NUL for the end of the text.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) return invalid_at(nul, "a NUL character");

  std::string buffer(text);
  MD_LET(doubles, take_doubles(buffer, rules.limits.max_values));
  Document fresh;
  Filter filter(fresh, rules, buffer, doubles);
  rapid::Reader reader;
  auto read = [&](Document&) {
    rapid::InsituStringStream stream(buffer.data());
    constexpr unsigned kFlags =
        rapid::kParseInsituFlag | rapid::kParseIterativeFlag | rapid::kParseValidateEncodingFlag;
    return !reader.Parse<kFlags>(stream, filter).IsError();
  };
  fresh.Populate(read);
  if (!filter.failure().empty()) return invalid_at(filter.offset_or(reader.GetErrorOffset()), filter.failure());
  if (reader.HasParseError()) return invalid_at(reader.GetErrorOffset(), words_of(reader.GetParseErrorCode()));
  out = std::move(fresh);
  return {};
}

Error parse_guarded(const Rules& rules, std::string_view text, Document& out) {
  try {
    return parse_by(rules, text, out);
  } catch (const Misuse& misuse) {
    return internal_error(std::string("the JSON reader broke a promise: ") + misuse.what());
  }
}

}  // namespace

Error parse(std::string_view text, Document& out, const JsonLimits& limits) {
  out = Document();
  Rules rules{limits, true};
  rules.limits.max_depth = std::min(limits.max_depth, kMaxTreeDepth);
  rules.limits.max_bytes = std::min<std::size_t>(limits.max_bytes, std::numeric_limits<std::int32_t>::max());
  return parse_guarded(rules, text, out);
}

Error parse_trusted(std::string_view text, Document& out) {
  out = Document();
  constexpr std::size_t kAny = std::numeric_limits<std::int32_t>::max();
  const Rules rules{{kAny, kMaxTreeDepth, kAny, kAny, kAny}, false};
  const Error error = parse_guarded(rules, text, out);
  return error.ok() ? error : corrupt("stored " + std::string(error.message()));
}

}  // namespace metadata::json
