#include "store/sqlite/numbers.h"

#include <cstddef>
#include <new>

#include <sqlite3.h>

// A table-valued function, as SQLite's own carray() is one, which distributions do not build in. Nothing of it throws.
namespace metadata::store::sqlite {
namespace {

static_assert(sizeof(LineagePair) == 2 * sizeof(std::int64_t) && offsetof(LineagePair, to) == sizeof(std::int64_t),
              "a list of pairs is read as a list of numbers");

enum Column { kValue, kOther, kList };

struct Cursor {
  sqlite3_vtab_cursor base{};
  const Numbers* list = nullptr;
  std::size_t at = 0;
};

Cursor* own(sqlite3_vtab_cursor* cursor) { return reinterpret_cast<Cursor*>(cursor); }

int connect(sqlite3* connection, void*, int, const char* const*, sqlite3_vtab** table, char**) {
  const int code = sqlite3_declare_vtab(connection, "CREATE TABLE x(value INTEGER, other INTEGER, list HIDDEN)");
  if (code != SQLITE_OK) return code;
  *table = new (std::nothrow) sqlite3_vtab{};
  if (*table == nullptr) return SQLITE_NOMEM;
  return sqlite3_vtab_config(connection, SQLITE_VTAB_DIRECTONLY);
}

int disconnect(sqlite3_vtab* table) {
  delete table;
  return SQLITE_OK;
}

/// The list must be given; there is one way to read it.
int best_index(sqlite3_vtab*, sqlite3_index_info* info) {
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.iColumn != kList || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (constraint.usable == 0) return SQLITE_CONSTRAINT;
    info->aConstraintUsage[i].argvIndex = 1;
    info->aConstraintUsage[i].omit = 1;
    info->estimatedCost = 1;
    info->estimatedRows = 64;
    return SQLITE_OK;
  }
  return SQLITE_CONSTRAINT;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
  auto* made = new (std::nothrow) Cursor;
  if (made == nullptr) return SQLITE_NOMEM;
  *cursor = &made->base;
  return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
  delete own(cursor);
  return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int, const char*, int count, sqlite3_value** values) {
  own(cursor)->list =
      count == 1 ? static_cast<const Numbers*>(sqlite3_value_pointer(values[0], kNumbersPointer)) : nullptr;
  own(cursor)->at = 0;
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
  ++own(cursor)->at;
  return SQLITE_OK;
}

int eof(sqlite3_vtab_cursor* cursor) {
  const Cursor* self = own(cursor);
  return self->list == nullptr || self->at >= self->list->count ? 1 : 0;
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* out, int which) {
  const Cursor* self = own(cursor);
  const auto index = static_cast<std::size_t>(which);
  if (index < self->list->width) sqlite3_result_int64(out, self->list->first[self->at * self->list->width + index]);
  return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
  *out = static_cast<sqlite3_int64>(own(cursor)->at);
  return SQLITE_OK;
}

sqlite3_module numbers_module() {
  sqlite3_module module{};  // no xCreate: the table is there without being made
  module.xConnect = connect;
  module.xBestIndex = best_index;
  module.xDisconnect = disconnect;
  module.xOpen = open;
  module.xClose = close;
  module.xFilter = filter;
  module.xNext = next;
  module.xEof = eof;
  module.xColumn = column;
  module.xRowid = rowid;
  return module;
}

}  // namespace

int add_numbers_table(sqlite3* connection) {
  static const sqlite3_module module = numbers_module();
  return sqlite3_create_module_v2(connection, "numbers", &module, nullptr, nullptr);
}

}  // namespace metadata::store::sqlite
