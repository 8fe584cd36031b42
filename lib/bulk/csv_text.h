#ifndef METADATA_LIB_BULK_CSV_TEXT_H
#define METADATA_LIB_BULK_CSV_TEXT_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"

namespace metadata::bulk {

/// What bounds a CSV text on its way in, beside the length of the whole, which its owner bounds.
struct CsvLimits {
  std::size_t max_rows = 100'000;                      ///< rows with something in them, the header too
  std::size_t max_fields = 256;                        ///< of one row
  std::size_t max_field_bytes = std::size_t{1} << 20;  ///< of one field, without its quotes
};

/// Reads the rows of a CSV text (RFC 4180) one after the other; nothing but the row in hand is kept.
///
/// Lines end with CRLF, LF or CR, the last one need not. A field in quotes may hold commas, line ends and doubled
/// quotes; elsewhere a quote stands for itself. A byte order mark at the beginning and empty lines are skipped. The
/// text must outlive the reader. Not thread-safe.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text, const CsvLimits& limits = {});

  /// The next row; false at the end. InvalidArgument names the line: a quote that is not closed, text behind a closing
  /// quote, a NUL byte, a row or a field beyond the limits. TooLarge: too many rows. After an error there is no next
  /// row.
  Result<bool> next(std::vector<std::string>& row);

  std::size_t rows() const noexcept { return rows_; }  ///< read so far
  std::size_t line() const noexcept { return line_; }  ///< on which the row in hand began; the first is 1

 private:
  Error read_row(std::vector<std::string>& row);
  Error read_field(std::string& field);
  Error read_quoted(std::string& field);
  Error append(std::string& field, std::size_t from, std::size_t to) const;
  bool at_line_end() const noexcept;
  void skip_line_end() noexcept;
  Error wrong(std::string_view what) const;

  const std::string_view text_;
  const CsvLimits limits_;
  std::size_t at_ = 0;
  std::size_t rows_ = 0;
  std::size_t line_ = 1, next_line_ = 1;
};

/// Appends a row in the form that CsvReader reads, ended by CRLF. A field is put into quotes only where it must be.
void append_row(std::string& out, const std::vector<std::string>& row);

/// The entries of one field that holds several, apart by `;`. An entry with a `;` in it stands in quotes, as a field of
/// a row does; blanks around an entry are not part of it. Empty entries are left out, unless they stand in quotes.
std::vector<std::string> split_entries(std::string_view field, char separator = ';');
/// The field that split_entries() takes apart into these again.
std::string join_entries(const std::vector<std::string>& entries, char separator = ';');

}  // namespace metadata::bulk

#endif  // METADATA_LIB_BULK_CSV_TEXT_H
