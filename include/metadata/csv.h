#ifndef METADATA_CSV_H
#define METADATA_CSV_H

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "metadata/bulk.h"
#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/options.h"

namespace metadata {

/// What became of an import.
struct CsvResult {
  enum class Status {
    Success,  ///< all rows passed
    Partial,
    Failure,  ///< no row passed
    Aborted,  ///< the text is no CSV file, or its header is another type's: nothing was written
  } status = Status::Success;
  std::string abort_reason;                           ///< of Aborted
  std::size_t processed = 0, passed = 0, failed = 0;  ///< rows, the header among them
  /// CSV: the rows as they came, each behind a status (`success`, `failure`) and what there is to say of it.
  std::string rows;
  Seq seq = 0;  ///< as Written::seq, of the last row that wrote something
};

/// What a CSV call works on, beyond the entity whose file it is.
struct CsvOptions {
  bool recursive = false;  ///< rows of everything below, where the type has such files; else as without
  /// Told from time to time how many rows are done; from the caller's thread.
  std::function<void(std::size_t rows)> progress = {};
};

/// CSV files of entities: the terms of a glossary, the columns of a table (docs/csv.md). Which types have them, with
/// which columns, stands in their descriptions; TypeInfo::csv tells. Safe for use from many threads. Owned by the
/// Catalog, whose errors its calls share.
class METADATA_API Csv {
 public:
  /// The file of an entity as the caller sees it. `scope` is an entity of the type, or of TypeInfo::csv_group.
  /// TooLarge: it would be larger than Limits::max_csv_rows or max_csv_bytes. NotFound: the type has no such files.
  Result<std::string> write(std::string_view type, const EntityRef& scope, const ReadOptions& options,
                            const CsvOptions& csv = {}) const;

  /// Creates and changes what the rows of a file say, each row under the caller's own rights and with a result of its
  /// own. An empty cell takes the value away; a column that the file lacks leaves it. A row that says what is so
  /// already makes no version. Rows are written in groups, one transaction each; with BulkMode::Trial nothing is.
  /// Needs EditAll on `scope`. InvalidArgument: the text is not UTF-8. TooLarge: more rows than Limits::max_csv_rows,
  /// or Limits::max_csv_trial_rows of a trial. When a transaction fails as a whole, the rows before it are in, and the
  /// others say so; when it is the first, the call fails.
  Result<CsvResult> read(std::string_view type, const EntityRef& scope, std::string_view text,
                         const WriteOptions& options, BulkMode mode, const CsvOptions& csv = {});

  struct Parts;  // for the library itself
  explicit Csv(std::unique_ptr<Parts> parts);
  ~Csv();
  Csv(const Csv&) = delete;
  Csv& operator=(const Csv&) = delete;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_CSV_H
