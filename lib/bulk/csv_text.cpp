#include "bulk/csv_text.h"

#include <algorithm>

#include "base/text.h"

namespace metadata::bulk {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";

void append_in_quotes(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

/// The entry in quotes that begins at `at`, and where it ends: behind its quote, when a separator or the end follows.
/// A quote that does not enclose the whole entry ("a.b".c is a name like any other) is no such beginning.
std::size_t read_enclosed(std::string_view field, std::size_t at, char separator, std::string& entry) {
  for (std::size_t i = at + 1; i < field.size(); ++i) {
    if (field[i] != '"') {
      entry.push_back(field[i]);
    } else if (i + 1 < field.size() && field[i + 1] == '"') {
      entry.push_back('"');
      ++i;
    } else {
      const std::size_t next = field.find_first_not_of(kBlanks, i + 1);
      const bool ends = next == std::string_view::npos || field[next] == separator;
      return ends ? std::min(next, field.size()) : std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

/// Does the text begin with a quote that what follows it might close?
bool is_open(std::string_view text) {
  if (!text.starts_with('"')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    if (i + 1 == text.size() || text[i + 1] != '"') return false;
    ++i;
  }
  return true;
}

}  // namespace

CsvReader::CsvReader(std::string_view text, const CsvLimits& limits) : text_(text), limits_(limits) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

Result<bool> CsvReader::next(std::vector<std::string>& row) {
  while (at_ < text_.size() && at_line_end()) skip_line_end();
  line_ = next_line_;
  if (at_ >= text_.size()) return false;
  if (rows_ == limits_.max_rows)
    return too_large("a CSV file has at most " + std::to_string(limits_.max_rows) + " rows, its header among them");
  Error failed = read_row(row);
  if (!failed.ok()) {
    at_ = text_.size();
    return failed;
  }
  ++rows_;
  return true;
}

Error CsvReader::read_row(std::vector<std::string>& row) {
  row.clear();
  while (true) {
    if (row.size() == limits_.max_fields)
      return wrong("a row has at most " + std::to_string(limits_.max_fields) + " fields");
    MD_OK(read_field(row.emplace_back()));
    if (at_ >= text_.size()) return {};
    if (at_line_end()) {
      skip_line_end();
      return {};
    }
    ++at_;  // a comma
  }
}

Error CsvReader::read_field(std::string& field) {
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted(field);
  const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
  MD_OK(append(field, at_, end));
  at_ = end;
  return {};
}

Error CsvReader::read_quoted(std::string& field) {
  ++at_;
  while (true) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == std::string_view::npos) return wrong("a quote is not closed");
    MD_OK(append(field, at_, quote));
    const std::string_view part = text_.substr(at_, quote - at_);
    next_line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
    at_ = quote + 1;
    if (at_ >= text_.size() || text_[at_] != '"') break;
    MD_OK(append(field, at_, at_ + 1));
    ++at_;
  }
  if (at_ >= text_.size() || text_[at_] == ',' || at_line_end()) return {};
  return wrong("behind a closing quote stands something else than a comma or the end of the line");
}

Error CsvReader::append(std::string& field, std::size_t from, std::size_t to) const {
  if (to - from > limits_.max_field_bytes || field.size() + (to - from) > limits_.max_field_bytes)
    return wrong("a field has at most " + std::to_string(limits_.max_field_bytes) + " bytes");
  const std::string_view part = text_.substr(from, to - from);
  if (part.find('\0') != std::string_view::npos) return wrong("there is a NUL byte");
  field.append(part);
  return {};
}

bool CsvReader::at_line_end() const noexcept { return text_[at_] == '\r' || text_[at_] == '\n'; }

void CsvReader::skip_line_end() noexcept {
  at_ += text_.substr(at_).starts_with("\r\n") ? 2 : 1;
  ++next_line_;
}

Error CsvReader::wrong(std::string_view what) const {
  return invalid_argument("line " + std::to_string(line_) + ": " + std::string(what));
}

void append_row(std::string& out, const std::vector<std::string>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out.push_back(',');
    // A line without any field in quotes would be an empty one, which is skipped. Blanks at the ends are kept by
    // programs that trim what is not in quotes.
    const bool bare =
        row[i].find_first_of(",\"\r\n") == std::string::npos && base::trimmed(row[i]).size() == row[i].size();
    if (bare && (row.size() > 1 || !row[i].empty())) {
      out.append(row[i]);
    } else {
      append_in_quotes(out, row[i]);
    }
  }
  out.append("\r\n");
}

std::vector<std::string> split_entries(std::string_view field, char separator) {
  std::vector<std::string> entries;
  std::size_t at = 0;
  while (at < field.size()) {
    at = std::min(field.find_first_not_of(kBlanks, at), field.size());
    std::string entry;
    std::size_t end = std::string_view::npos;
    if (at < field.size() && field[at] == '"') end = read_enclosed(field, at, separator, entry);
    const bool enclosed = end != std::string_view::npos;
    if (!enclosed) {
      end = std::min(field.find(separator, at), field.size());
      entry = base::trimmed(field.substr(at, end - at));
    }
    if (enclosed || !entry.empty()) entries.push_back(std::move(entry));
    at = end + 1;
  }
  return entries;
}

std::string join_entries(const std::vector<std::string>& entries, char separator) {
  std::string field;
  for (const std::string& entry : entries) {
    if (!field.empty()) field.push_back(separator);
    const std::vector<std::string> bare = split_entries(entry, separator);
    if (bare.size() == 1 && bare.front() == entry && !is_open(entry)) {
      field.append(entry);
    } else {
      append_in_quotes(field, entry);
    }
  }
  return field;
}

}  // namespace metadata::bulk
