#include "store/sqlite/statement.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <sqlite3.h>

namespace metadata::store::sqlite {

Statement::Statement(Connection& connection, std::string_view sql, Prepare) : connection_(connection) {
  int code = SQLITE_OK;
  statement_ = connection.prepared(sql, code);
  ++connection_.open_;
  keep(code);
  assert((statement_ == nullptr || sqlite3_stmt_busy(statement_) == 0) && "a statement is used once at a time");
}

Statement::~Statement() {
  --connection_.open_;
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);  // frees the copies of large documents
}

void Statement::keep(int code) {
  if (failed_ == SQLITE_OK) failed_ = code;
}

void Statement::bind_integer(std::int64_t value) {
  if (statement_ != nullptr) keep(sqlite3_bind_int64(statement_, next_parameter_++, value));
}

void Statement::bind(std::string_view text) {
  if (statement_ == nullptr) return;
  const char* data = text.data() == nullptr ? "" : text.data();  // a null pointer would bind NULL
  keep(sqlite3_bind_text64(statement_, next_parameter_++, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(Blob blob) {
  if (statement_ == nullptr) return;
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  keep(sqlite3_bind_blob64(statement_, next_parameter_++, data, blob.bytes.size(), SQLITE_TRANSIENT));
}

void Statement::bind(const EntityId& id) {
  bind(Blob{std::string_view(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size())});
}

void Statement::bind(std::nullptr_t) {
  if (statement_ != nullptr) keep(sqlite3_bind_null(statement_, next_parameter_++));
}

void Statement::bind(const Numbers& list) {
  assert(!list_ && "one list a statement");
  list_ = list;
  if (statement_ != nullptr) {
    keep(sqlite3_bind_pointer(statement_, next_parameter_++, &*list_, kNumbersPointer, nullptr));
  }
}

Result<bool> Statement::step() {
  if (failed_ != SQLITE_OK) return connection_.error(failed_, "database statement could not be prepared");
  if (!started_) {
    started_ = true;
    if (connection_.reading_ended()) return connection_.error(SQLITE_INTERRUPT, "reading was ended");
    connection_.count_statement();
  }
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.error(code, "database statement failed");
}

Error Statement::run() {
  return each([](const Statement&) {});
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::view(int column) const {
  // As a blob: the same bytes, without SQLite's wish to end them with a zero.
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

EntityId Statement::id(int column) const {
  EntityId id;
  const std::string_view bytes = view(column);
  if (bytes.size() == id.bytes.size()) std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return id;
}

Result<std::int64_t> number_of(Statement& statement) {
  MD_LET(found, statement.step());
  if (!found) return internal_error("a query that always has an answer had none");
  return statement.integer(0);
}

std::string json_list(std::span<const std::int64_t> numbers) {
  std::string out = "[";
  for (const std::int64_t number : numbers) {
    if (out.size() > 1) out += ',';
    out += std::to_string(number);
  }
  return out + "]";
}

std::string json_list(std::span<const std::string> texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    out += json_text(text);
  }
  return out + "]";
}

std::string json_text(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace metadata::store::sqlite
