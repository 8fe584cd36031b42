#include "bulk/csv_text.h"

#include <doctest/doctest.h>

#include <random>

using namespace metadata;
using bulk::append_row;
using bulk::CsvLimits;
using bulk::CsvReader;
using bulk::join_entries;
using bulk::split_entries;

namespace {

using Row = std::vector<std::string>;
using Rows = std::vector<Row>;

Rows rows_of(std::string_view text, const CsvLimits& limits = {}) {
  CsvReader reader(text, limits);
  Rows rows;
  Row row;
  while (true) {
    const auto more = reader.next(row);
    REQUIRE_MESSAGE(more.ok(), more.error().text());
    if (!*more) return rows;
    rows.push_back(row);
  }
}

Error error_of(std::string_view text, const CsvLimits& limits = {}) {
  CsvReader reader(text, limits);
  Row row;
  for (int i = 0; i < 1000; ++i) {
    const auto more = reader.next(row);
    if (!more.ok()) return more.error();
    if (!*more) break;
  }
  return {};
}

std::string text_of(const Rows& rows) {
  std::string text;
  for (const Row& row : rows) append_row(text, row);
  return text;
}

}  // namespace

TEST_CASE("rows end with CRLF, LF or CR, and the last one need not end") {
  CHECK(rows_of("a,b\r\nc,d\ne,f\rg,h") == Rows{{"a", "b"}, {"c", "d"}, {"e", "f"}, {"g", "h"}});
  CHECK(rows_of("a\n") == Rows{{"a"}});
  CHECK(rows_of("").empty());
}

TEST_CASE("empty lines and a byte order mark are no rows") {
  CHECK(rows_of("\xEF\xBB\xBF\r\n\r\na,b\r\n\n\nc\r\n") == Rows{{"a", "b"}, {"c"}});
  CHECK(rows_of("\xEF\xBB\xBF").empty());
}

TEST_CASE("empty fields are there, at the end of a line and of the text, too") {
  CHECK(rows_of(",\n,,") == Rows{{"", ""}, {"", "", ""}});
  CHECK(rows_of("\"\"") == Rows{{""}});
  CHECK(rows_of("a,\n") == Rows{{"a", ""}});
}

TEST_CASE("a field in quotes holds commas, line ends and quotes") {
  CHECK(rows_of("\"a,b\",\"c\r\nd\",\"e \"\"f\"\"\"\nx") == Rows{{"a,b", "c\r\nd", "e \"f\""}, {"x"}});
}

TEST_CASE("a quote within a field without quotes stands for itself") {
  CHECK(rows_of("a\"b,c\"") == Rows{{"a\"b", "c\""}});
}

TEST_CASE("what is no CSV is refused, and the error names the line") {
  CHECK(error_of("a\n\"b").message() == "line 2: a quote is not closed");
  CHECK(error_of("\"a\"b").code() == Code::InvalidArgument);
  CHECK(std::string(error_of("\"x\ny\"\n\"a\" ,b").message()).starts_with("line 3: behind a closing quote"));
  CHECK(std::string(error_of(std::string_view("a\0b", 3)).message()).find("NUL") != std::string::npos);
  CHECK(std::string(error_of(std::string_view("\"a\0b\"", 5)).message()).find("NUL") != std::string::npos);
}

TEST_CASE("there is no next row after an error") {
  CsvReader reader("\"a\"b\nc");
  Row row;
  CHECK_FALSE(reader.next(row).ok());
  const auto more = reader.next(row);
  CHECK(more.ok());
  CHECK_FALSE(*more);
}

TEST_CASE("rows, fields and their lengths are bounded") {
  CsvLimits limits;
  limits.max_rows = 2;
  limits.max_fields = 3;
  limits.max_field_bytes = 4;
  CHECK(error_of("a\nb\n\n", limits).ok());
  CHECK(error_of("a\nb\nc", limits).code() == Code::TooLarge);
  CHECK(error_of("a,b,c", limits).ok());
  CHECK(error_of("a,b,c,d", limits).code() == Code::InvalidArgument);
  CHECK(error_of("1234", limits).ok());
  CHECK(error_of("12345", limits).code() == Code::InvalidArgument);
  CHECK(error_of("\"12\"\"45\"", limits).code() == Code::InvalidArgument);
}

TEST_CASE("a long text of quotes and commas takes linear time") {
  std::string text(1 << 20, ',');
  CHECK(error_of(text).code() == Code::InvalidArgument);
  text.assign(1 << 20, '"');
  CHECK(error_of(text).ok());  // half as many quotes, in one field
  CHECK(error_of(text + "\"").code() == Code::InvalidArgument);
}

TEST_CASE("a field is put into quotes only where it must be") {
  CHECK(text_of({{"a", "b c", "", "d\"e", "f,g", "h\ni", " j"}}) == "a,b c,,\"d\"\"e\",\"f,g\",\"h\ni\",\" j\"\r\n");
  CHECK(text_of({{""}}) == "\"\"\r\n");
}

TEST_CASE("what was written is read back, whatever it is") {
  std::mt19937 random(7);
  const std::string letters = "ab,;\"'\r\n \t|=+-@\xC3\xA9";
  for (int round = 0; round < 2000; ++round) {
    Rows rows(1 + random() % 4);
    for (Row& row : rows) {
      row.resize(1 + random() % 4);
      for (std::string& field : row) {
        for (std::size_t i = random() % 6; i > 0; --i) field.push_back(letters[random() % letters.size()]);
      }
    }
    CHECK(rows_of(text_of(rows)) == rows);
    const Row& entries = rows.front();
    CHECK(split_entries(join_entries(entries)) == entries);
    CHECK(split_entries(join_entries(entries, '|'), '|') == entries);
  }
}

TEST_CASE("entries stand apart by semicolons, without the blanks around them") {
  CHECK(split_entries("a; b ;;c;") == Row{"a", "b", "c"});
  CHECK(split_entries("").empty());
  CHECK(split_entries(" ; ").empty());
  CHECK(split_entries("\"a;b\";\"c \"\"d\"\"\"; \"e\" ;f") == Row{"a;b", "c \"d\"", "e", "f"});
}

TEST_CASE("an FQN that begins with a quoted name is an entry as it stands") {
  CHECK(split_entries("\"my.svc\".db;b") == Row{"\"my.svc\".db", "b"});
  CHECK(join_entries({"\"my.svc\".db", "b"}) == "\"my.svc\".db;b");
  CHECK(split_entries(join_entries({"\"a.b\""})) == Row{"\"a.b\""});
}

TEST_CASE("an entry whose quote is not closed is what is there up to the next semicolon") {
  CHECK(split_entries("\"a;b") == Row{"\"a", "b"});
}
