#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "search/analyzer.h"
#include "search/fields.h"
#include "search/plan.h"
#include "search/utf8.h"

namespace metadata::search {
namespace {

using Kind = Clause::Kind;

constexpr std::size_t kPartsOfATerm = 4;  // an identifier of up to so many parts counts as one term
constexpr double kMaxBoost = 100;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

Error refused(std::string message) { return invalid_argument(std::move(message), "q"); }

bool is_field_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

// A backslash makes the next character plain.
std::string made_plain(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain.push_back(text[i]);
  }
  return plain;
}

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// What stands within one pair of parentheses, or the whole text.
///
/// Alternatives are chains of what AND joins; what + and - mark stands beside them.
struct Group {
  std::vector<std::string> fields;  ///< that its words are looked for in
  std::vector<Clause> should, must, must_not;
  std::vector<Clause> chain, chain_not;
  bool conjunction = false;                ///< AND stands before the next operand
  bool negated = false, required = false;  ///< NOT or -, + stands before it
  bool any = false;                        ///< it has an operand
  bool negated_whole = false, required_whole = false, conjunction_whole = false;  ///< the same, before its parenthesis
};

bool may_join(const Clause& left, const Clause& right) {
  return left.kind == Kind::Words && right.kind == Kind::Words && left.fields == right.fields &&
         left.fuzzy == right.fuzzy;
}

// Words side by side are one clause, so that together they can be a whole name.
void push(std::vector<Clause>& list, Clause clause) {
  if (!list.empty() && may_join(list.back(), clause)) {
    list.back().text.append(" ").append(clause.text);
  } else {
    list.push_back(std::move(clause));
  }
}

void end_chain(Group& group) {
  if (group.chain.size() == 1 && group.chain_not.empty()) {
    push(group.should, std::move(group.chain.front()));
  } else if (!group.chain.empty()) {
    Clause all;
    all.kind = Kind::Bool;
    all.must = std::move(group.chain);
    all.must_not = std::move(group.chain_not);
    group.should.push_back(std::move(all));
  }
  group.chain.clear();
  group.chain_not.clear();
}

Clause clause_of(Group& group) {
  end_chain(group);
  if (group.must.empty() && group.must_not.empty() && group.should.size() == 1) return std::move(group.should.front());
  Clause clause;
  if (group.must.empty() && group.must_not.empty() && group.should.empty()) return clause;  // nothing said: all
  clause.kind = Kind::Bool;
  clause.should = std::move(group.should);
  clause.must = std::move(group.must);
  clause.must_not = std::move(group.must_not);
  if (clause.should.empty() && clause.must.empty()) clause.must.emplace_back();
  return clause;
}

/// Reads a query text from left to right. People type anything, so what is not an operation is a word.
class TextParser {
 public:
  TextParser(std::string_view text, const SearchLimits& limits, std::vector<std::string> fields, bool all_words)
      : text_(text), limits_(limits), all_words_(all_words) {
    groups_.emplace_back();
    groups_.back().fields = std::move(fields);
  }

  Result<Clause> parse() {
    if (text_.size() > limits_.text_bytes)
      return refused("at most " + std::to_string(limits_.text_bytes) + " bytes of text, not " +
                     std::to_string(text_.size()));
    while (true) {
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      MD_OK(step());
    }
    while (groups_.size() > 1) close_group();
    return clause_of(groups_.back());
  }

 private:
  Group& group() { return groups_.back(); }

  Error step() {
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      return open_group(group().fields);
    }
    if (c == ')') {
      ++at_;
      if (groups_.size() > 1) close_group();
      return {};
    }
    if ((c == '+' || c == '-' || c == '!') && at_ + 1 < text_.size() && !is_blank(text_[at_ + 1]) &&
        text_[at_ + 1] != ')') {
      ++at_;
      (c == '+' ? group().required : group().negated) = true;
      return {};
    }
    if (c == '"') return phrase(group().fields);
    return word();
  }

  Error open_group(std::vector<std::string> fields) {
    if (groups_.size() > limits_.filter_depth)
      return refused("at most " + std::to_string(limits_.filter_depth) + " parentheses within each other");
    Group inner;
    inner.fields = std::move(fields);
    inner.negated_whole = std::exchange(group().negated, false);
    inner.required_whole = std::exchange(group().required, false);
    inner.conjunction_whole = std::exchange(group().conjunction, false);
    groups_.push_back(std::move(inner));
    return {};
  }

  void close_group() {
    Group inner = std::move(groups_.back());
    groups_.pop_back();
    if (!inner.any) return;
    group().negated = inner.negated_whole;
    group().required = inner.required_whole;
    group().conjunction = inner.conjunction_whole;
    add(clause_of(inner));
  }

  // Takes an operand where the operations before it say.
  void add(Clause clause) {
    Group& here = group();
    const bool joined = std::exchange(here.conjunction, false) || (all_words_ && here.any);
    const bool negated = std::exchange(here.negated, false);
    const bool required = std::exchange(here.required, false);
    here.any = true;
    if (negated && joined && !here.chain.empty()) {
      here.chain_not.push_back(std::move(clause));
    } else if (negated) {
      here.must_not.push_back(std::move(clause));
    } else if (required) {
      here.must.push_back(std::move(clause));
    } else if (joined) {
      if (all_words_) {
        push(here.chain, std::move(clause));
      } else {
        here.chain.push_back(std::move(clause));
      }
    } else {
      end_chain(here);
      here.chain.push_back(std::move(clause));
    }
  }

  Error count_term(std::size_t parts) {
    ++terms_;
    parts_ += parts;
    if (terms_ > limits_.terms) return refused("at most " + std::to_string(limits_.terms) + " words and phrases");
    if (parts_ > limits_.terms * kPartsOfATerm)
      return refused("at most " + std::to_string(limits_.terms * kPartsOfATerm) + " parts of words");
    return {};
  }

  // "…": the words one after the other. A quote that nothing closes is no quote.
  Error phrase(const std::vector<std::string>& fields) {
    const std::size_t end = closing_quote(at_ + 1);
    if (end == std::string_view::npos) {
      ++at_;
      return {};
    }
    Clause clause;
    clause.kind = Kind::Phrase;
    clause.fields = fields;
    clause.text = made_plain(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    while (at_ < text_.size() && (text_[at_] == '~' || text_[at_] == '^' || (text_[at_] >= '0' && text_[at_] <= '9')))
      ++at_;
    const std::size_t words = words_of(clause.text, limits_.phrase_words + 1).size();
    if (words > limits_.phrase_words)
      return refused("at most " + std::to_string(limits_.phrase_words) + " words of a phrase");
    if (words == 0 && clause.text.find_first_not_of(" \t\r\n") == std::string::npos) return {};
    MD_OK(count_term(1));
    add(std::move(clause));
    return {};
  }

  std::size_t closing_quote(std::size_t from) const {
    for (std::size_t i = from; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '"') {
        return i;
      }
    }
    return std::string_view::npos;
  }

  // What stands up to a blank, a parenthesis or a quote; a quote within a name (svc."my.db".t) belongs to it.
  std::string_view read_token() {
    const std::size_t begin = at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (is_blank(c) || c == '(' || c == ')') break;
      if (c == '\\' && at_ + 1 < text_.size()) ++at_;
      if (c != '"') continue;
      const std::size_t end = closing_quote(at_ + 1);
      if (end == std::string_view::npos || at_ == begin || text_[at_ - 1] != '.') break;
      at_ = end;
    }
    at_ = std::min(at_, text_.size());
    return text_.substr(begin, at_ - begin);
  }

  Error word() {
    if (std::string field = read_field(); !field.empty()) return of_field(field);
    const std::size_t begin = at_;
    const std::string_view token = read_token();
    if (at_ == begin) {  // a quote that nothing closes
      ++at_;
      return {};
    }
    if (is_operation(token)) return {};
    return operand(token, group().fields);
  }

  // The name before a colon that something follows at once; else nothing is read.
  std::string read_field() {
    std::size_t end = at_;
    while (end < text_.size() && is_field_character(text_[end])) ++end;
    if (end == at_ || end + 1 >= text_.size() || text_[end] != ':') return {};
    const char next = text_[end + 1];
    if (is_blank(next) || next == ')' || next == ':' || text_.substr(end + 1).starts_with("//")) return {};
    std::string field(text_.substr(at_, end - at_));
    at_ = end + 1;
    return field;
  }

  Error of_field(const std::string& written) {
    const std::vector<std::string> fields{canonical_field(written)};
    const bool whole = fields.front() != written && written.starts_with(fields.front());  // name.keyword
    if (text_[at_] == '(') {
      ++at_;
      return open_group(fields);
    }
    if (text_[at_] == '"' && !whole && closing_quote(at_ + 1) != std::string_view::npos) return phrase(fields);
    if (text_[at_] == '"' && closing_quote(at_ + 1) != std::string_view::npos) {
      const std::size_t end = closing_quote(at_ + 1);
      const std::string value = made_plain(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return whole_value(fields, value);
    }
    if (text_[at_] == '[' || text_[at_] == '{') return range(fields);
    const std::string_view token = read_token();
    if (token.empty()) {
      ++at_;
      return {};
    }
    if (token.front() == '>' || token.front() == '<') return open_range(fields, token);
    if (written == "_exists_" || token == "*") {
      Clause clause;
      clause.kind = Kind::Exists;
      clause.fields = written == "_exists_" ? std::vector<std::string>{canonical_field(token)} : fields;
      MD_OK(count_term(1));
      add(std::move(clause));
      return {};
    }
    if (whole && !has_wildcard(token)) return whole_value(fields, made_plain(token));
    if (whole) return wildcard(token, fields, false);
    return operand(token, fields);
  }

  Error whole_value(const std::vector<std::string>& fields, std::string value) {
    Clause clause;
    clause.kind = Kind::Value;
    clause.fields = fields;
    clause.values.push_back(std::move(value));
    MD_OK(count_term(1));
    add(std::move(clause));
    return {};
  }

  Error add_range(const std::vector<std::string>& fields, std::optional<std::int64_t> low,
                  std::optional<std::int64_t> high) {
    Clause clause;
    clause.kind = Kind::Range;
    clause.fields = fields;
    if (low) clause.low = *low;
    if (high) clause.high = *high;
    MD_OK(count_term(1));
    add(std::move(clause));
    return {};
  }

  // field:[1 TO 9], {1 TO 9} without the ends, * for no end
  Error range(const std::vector<std::string>& fields) {
    const bool open_low = text_[at_] == '{';
    const std::size_t end = text_.find_first_of("]}", at_);
    if (end == std::string_view::npos) return refused("a range is written " + fields.front() + ":[low TO high]");
    const bool open_high = text_[end] == '}';
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    const std::size_t to = inside.find(" TO ");
    if (to == std::string_view::npos) return refused("a range is written " + fields.front() + ":[low TO high]");
    const std::string_view low = inside.substr(0, to), high = inside.substr(to + 4);
    std::optional<std::int64_t> from = integer(low), until = integer(high);
    if ((!from && low != "*") || (!until && high != "*"))
      return refused("the ends of a range are whole numbers or *, not [" + std::string(inside) + "]");
    if (from && open_low && *from < std::numeric_limits<std::int64_t>::max()) ++*from;
    if (until && open_high && *until > std::numeric_limits<std::int64_t>::min()) --*until;
    return add_range(fields, from, until);
  }

  // field:>=5
  Error open_range(const std::vector<std::string>& fields, std::string_view token) {
    const bool equal = token.size() > 1 && token[1] == '=';
    std::optional<std::int64_t> bound = integer(token.substr(equal ? 2 : 1));
    if (!bound) return refused("the ends of a range are whole numbers, not " + std::string(token));
    if (token.front() == '>') {
      if (!equal && *bound < std::numeric_limits<std::int64_t>::max()) ++*bound;
      return add_range(fields, bound, std::nullopt);
    }
    if (!equal && *bound > std::numeric_limits<std::int64_t>::min()) --*bound;
    return add_range(fields, std::nullopt, bound);
  }

  // Does another operand follow in this group?
  bool operand_follows() const {
    std::size_t at = at_;
    while (at < text_.size() && is_blank(text_[at])) ++at;
    return at < text_.size() && text_[at] != ')';
  }

  // AND, OR, NOT where they join something; anywhere else they are words.
  bool is_operation(std::string_view token) {
    const bool follows = operand_follows();
    const bool pending = group().conjunction || group().negated || group().required;
    if (token == "NOT" && follows) return group().negated = true;
    if (!group().any || pending || !follows) return false;
    if (token == "AND" || token == "&&") return group().conjunction = true;
    return token == "OR" || token == "||";
  }

  Error operand(std::string_view token, const std::vector<std::string>& fields) {
    const double boost = take_boost(token);
    bool fuzzy = false;
    if (const std::size_t tilde = token.rfind('~');
        tilde != std::string_view::npos && tilde > 0 && token.size() - tilde <= 2) {
      fuzzy = true;
      token = token.substr(0, tilde);
    }
    if (token == "*" || token == "*:*") {
      add(Clause{});
      return {};
    }
    if (has_wildcard(token) && has_word(token)) return wildcard(token, fields, true);
    Clause clause;
    clause.kind = Kind::Words;
    clause.fields = fields;
    clause.text = made_plain(token);
    clause.fuzzy = fuzzy;
    clause.all_words = all_words_;
    if (clause.text.empty()) return {};
    if (std::ranges::any_of(clause.text, is_blank)) clause.kind = Kind::Phrase;
    MD_OK(count_term(words_of(clause.text, limits_.terms * kPartsOfATerm + 1).size()));
    add(boost == 1 ? std::move(clause) : scored(std::move(clause), boost));
    return {};
  }

  static Clause scored(Clause clause, double boost) {
    Clause outer;
    outer.kind = Kind::Scored;
    outer.boost = boost;
    outer.must.push_back(std::move(clause));
    return outer;
  }

  static bool has_word(std::string_view token) { return !words_of(token, 1).empty(); }

  // word^2
  static double take_boost(std::string_view& token) {
    const std::size_t caret = token.rfind('^');
    if (caret == std::string_view::npos || caret == 0) return 1;
    const std::optional<std::int64_t> boost = integer(token.substr(caret + 1));
    if (!boost || *boost < 0) return 1;
    token = token.substr(0, caret);
    return std::min(kMaxBoost, static_cast<double>(*boost));
  }

  Error wildcard(std::string_view token, const std::vector<std::string>& fields, bool text) {
    if (++wildcards_ > limits_.wildcards)
      return refused("at most " + std::to_string(limits_.wildcards) + " words with * or ?");
    const std::string before = literal_prefix(token);
    std::size_t letters = 0;
    for (std::size_t at = 0; at < before.size(); ++letters) next_character(before, at);
    if (letters < limits_.prefix_bytes)
      return refused("at least " + std::to_string(limits_.prefix_bytes) +
                     " letters must stand before the first * or ? of \"" + std::string(token.substr(0, 64)) + "\"");
    MD_OK(count_term(1));
    Clause clause;
    clause.fields = fields;
    const bool prefix = text && token.back() == '*' && before.size() + 1 >= token.size() && has_word(before);
    clause.kind = prefix ? Kind::Prefix : Kind::Wildcard;
    clause.text = prefix ? before : std::string(token);
    add(std::move(clause));
    return {};
  }

  const std::string_view text_;
  const SearchLimits& limits_;
  const bool all_words_;
  std::vector<Group> groups_;
  std::size_t at_ = 0;
  std::size_t terms_ = 0, parts_ = 0, wildcards_ = 0;
};

}  // namespace

Result<Clause> parse_text(std::string_view text, const SearchLimits& limits,
                          const std::vector<std::string>& default_fields, bool all_words) {
  return TextParser(text, limits, default_fields, all_words).parse();
}

}  // namespace metadata::search
