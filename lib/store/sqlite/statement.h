#ifndef METADATA_LIB_STORE_SQLITE_STATEMENT_H
#define METADATA_LIB_STORE_SQLITE_STATEMENT_H

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "metadata/error.h"
#include "metadata/ids.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/numbers.h"

namespace metadata::store::sqlite {

/// Bytes to be bound as a BLOB.
struct Blob {
  std::string_view bytes;
};

/// One use of a prepared statement: made with its parameters, stepped, and reset when it goes. Values are copied in.
/// Whatever fails before the first step is told by the first step. One use of a text at a time. Not thread-safe.
class Statement {
 public:
  template <class... Values>
  Statement(Connection& connection, std::string_view sql, const Values&... values)
      : Statement(connection, sql, Prepare{}) {
    (bind(values), ...);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  template <std::integral Number>
  void bind(Number value) {
    bind_integer(static_cast<std::int64_t>(value));
  }
  void bind(std::string_view text);
  void bind(const std::string& text) { bind(std::string_view(text)); }
  void bind(const char* text) { bind(std::string_view(text)); }
  void bind(Blob blob);
  void bind(const EntityId& id);
  void bind(std::nullptr_t);
  void bind(const Numbers& list);  ///< for `numbers(?)`; one a statement. What it refers to must outlive the statement

  /// Goes to the next row; false past the last.
  Result<bool> step();
  /// Steps to the end, for statements without rows.
  Error run();
  /// Calls `visit(statement)` for each row; a visit that returns an Error ends the walk with it.
  template <class Visit>
  Error each(Visit visit) {
    for (;;) {
      const Result<bool> row = step();
      if (!row.ok()) return row.error();
      if (!*row) return {};
      if constexpr (std::is_void_v<decltype(visit(*this))>) {
        visit(*this);
      } else {
        MD_OK(visit(*this));
      }
    }
  }

  // Columns of the row in hand; texts live until the next step.
  std::int64_t integer(int column) const;
  bool boolean(int column) const { return integer(column) != 0; }
  std::string text(int column) const { return std::string(view(column)); }
  std::string_view view(int column) const;
  bool is_null(int column) const;
  EntityId id(int column) const;  ///< empty when the value is not 16 bytes

 private:
  struct Prepare {};
  Statement(Connection& connection, std::string_view sql, Prepare);
  void bind_integer(std::int64_t value);
  void keep(int code);

  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
  std::optional<Numbers> list_;
  int next_parameter_ = 1;
  int failed_ = 0;  // SQLite's code of the first failure before the first step
  bool started_ = false;
};

/// All rows, each read by `read`.
template <class Read>
auto rows_of(Statement& statement, Read read) -> Result<std::vector<decltype(read(statement))>> {
  std::vector<decltype(read(statement))> rows;
  MD_OK(statement.each([&](const Statement& row) { rows.push_back(read(row)); }));
  return rows;
}

/// The first row, or nothing.
template <class Read>
auto row_of(Statement& statement, Read read) -> Result<std::optional<decltype(read(statement))>> {
  MD_LET(found, statement.step());
  if (!found) return std::optional<decltype(read(statement))>();
  return std::optional<decltype(read(statement))>(read(statement));
}

/// The first column of a query that always answers one row.
Result<std::int64_t> number_of(Statement& statement);

// Lists travel into a statement as one JSON parameter, so that its text and its number of runs do not depend on their
// length.
std::string json_list(std::span<const std::int64_t> numbers);
std::string json_list(std::span<const std::string> texts);
/// A JSON string.
std::string json_text(std::string_view text);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_STATEMENT_H
