#ifndef METADATA_LIB_BULK_WORK_H
#define METADATA_LIB_BULK_WORK_H

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bulk/file.h"
#include "entity/step.h"

namespace metadata::bulk {

/// One row of a file on its way in, and what became of it.
struct Row {
  enum class Done { Nothing, Created, Updated };
  std::vector<std::string> cells;
  std::string failure;  ///< why it failed; empty: it did not
  Done done = Done::Nothing;
};

/// What is written at once: an entity that a row is about, or one of which several rows are items.
struct Work {
  const RowKind* kind = nullptr;
  std::string fqn, key;  ///< of the entity
  std::size_t first = 0, count = 0;
  bool creates = false;         ///< it was not there when it was prepared last
  bool waits = false;           ///< some of it can only be set once the entity is there
  bool may_pass_later = false;  ///< it failed, and may be in order after rows before it
};

/// Which cell of a row belongs to which column of the file.
class Heading {
 public:
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

  /// InvalidArgument: an unknown or a repeated header, or a required one that is missing.
  static Result<Heading> read(const File& file, const std::vector<std::string>& header);

  std::size_t size() const noexcept { return size_; }
  /// The place of a column's cell in a row, or kAbsent.
  std::size_t place(std::size_t column) const { return places_[column]; }
  /// "#INVALID_FIELD: Field 3 error - …" of a column that is there.
  std::string wrong(std::size_t column, std::string_view what) const;
  /// "#FIELD_REQUIRED: Field 3 is required".
  std::string required(std::size_t column) const;

 private:
  std::vector<std::size_t> places_;
  std::size_t size_ = 0;
};

/// Finds what rows are about, and prepares what they say. The referred must outlive it. Not thread-safe.
class RowWriter {
 public:
  RowWriter(const entity::Context& context, const File& file, const Heading& heading, const WriteOptions& options);

  /// What the row is about; nothing, and Row::failure says why, when that cannot be told.
  std::optional<Work> locate(Row& row) const;

  /// Prepares the write; rows that are items get their own failures. An error is of all rows of the work.
  Result<entity::Step> prepare(store::Reader& reader, Work& work, std::vector<Row>& rows) const;

 private:
  struct Planned;
  struct Reading {
    store::Reader& reader;
    Work& work;
    std::vector<Row>& rows;
  };

  Error check_cells(const Row& row) const;
  Result<const RowKind*> kind_of(const Row& row) const;
  Result<std::string> entity_key(const Row& row, const RowKind& kind) const;
  Result<std::string> container_key(const Row& row, const RowKind& kind) const;
  Result<std::string> owner_key(const Row& row) const;
  Error check_scope(std::string_view key, std::size_t column) const;
  /// The text of the cell of the first such column; empty when the file has none.
  std::string_view cell(const Row& row, BoundColumn::Kind kind) const;
  std::size_t column(const RowKind& row_kind, BoundColumn::Kind kind) const;

  /// What the row changes of what is there; nothing is there of what is new.
  Result<std::vector<Change>> plan_row(const Reading& reading, const RowKind& kind, const Row& row,
                                       const std::vector<Entries>* there) const;
  Error check_group(const Reading& reading, const Row& row) const;
  Result<entity::Step> prepare_entity(const Reading& reading) const;
  Result<entity::Step> prepare_new(const Reading& reading) const;
  Result<entity::Step> prepare_items(const Reading& reading) const;
  Result<std::vector<Planned>> plan_items(const Reading& reading, const json::Value& tree) const;
  Result<entity::Step> write_items(const Reading& reading, const std::vector<Planned>& planned) const;
  Result<entity::Step> edit(const Reading& reading, const std::vector<const Planned*>& planned) const;
  Error told(const RowKind& kind, const Error& error) const;
  entity::Step unchanged(const Work& work) const;

  const entity::Context& context_;
  const File& file_;
  const Heading& heading_;
  const WriteOptions& options_;
};

}  // namespace metadata::bulk

#endif  // METADATA_LIB_BULK_WORK_H
