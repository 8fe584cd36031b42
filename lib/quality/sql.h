#ifndef METADATA_LIB_QUALITY_SQL_H
#define METADATA_LIB_QUALITY_SQL_H

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/quality.h"

namespace metadata::quality {

/// A name as SQL takes it whatever is in it: in double quotes.
std::string quoted_name(std::string_view name);
/// A text as a literal of standard SQL.
std::string quoted_text(std::string_view text);
/// A number read from a parameter, or nothing.
std::optional<double> read_number(std::string_view text);
/// A number as people write it: an integer without a point.
std::string number_text(double number);
/// The items of a list as clients write it: JSON, Python's form, or words apart by commas.
std::vector<std::string> list_items(std::string_view text);

/// What a test is about, in words of SQL.
struct Subject {
  SqlDialect dialect = SqlDialect::Sqlite;
  std::string table;        ///< quoted, with its schema where the dialect has one
  std::string column;       ///< quoted, or empty
  std::string column_type;  ///< "VARCHAR", as the catalog has it
  std::map<std::string, std::string, std::less<>> parameters;
  std::int64_t now_ms = 0;

  std::string parameter(std::string_view name) const;
  std::optional<double> number(std::string_view name) const;
  bool flag(std::string_view name) const;

  /// The column as a text.
  std::string text() const { return "CAST(" + column + " AS TEXT)"; }
  /// The column as a number: moments are milliseconds since 1970.
  std::string value() const;
  /// A moment in the named column, as milliseconds since 1970.
  std::string moment(const std::string& quoted) const;
  /// Is the column's text matched somewhere by the pattern?
  std::string matches(const std::string& pattern) const;
};

/// What a test came to.
struct Outcome {
  enum class Status { Success, Failed, Aborted } status = Status::Success;
  std::string said;                                         ///< one sentence
  std::vector<std::pair<std::string, std::string>> values;  ///< what was measured, by name
  std::optional<double> least, most;                        ///< the bounds it was held against
  std::optional<std::int64_t> passed_rows, failed_rows;
  std::string failing;  ///< condition that the failed rows fulfil; empty: rows are not told apart
};

/// Measures, and compares with the parameters. Unimplemented for a definition that nobody knows how to run.
Result<Outcome> run_test(std::string_view definition, const Subject& subject, Runner& runner,
                         const Interrupt& interrupt);
bool knows(std::string_view definition);

}  // namespace metadata::quality

#endif  // METADATA_LIB_QUALITY_SQL_H
