#include <algorithm>
#include <cmath>

#include "quality/sql.h"

namespace metadata::quality {
namespace {

constexpr std::size_t kMaxNamed = 20;  // names in a sentence

/// One test under way.
struct Task {
  const Subject& subject;
  Runner& runner;
  const Interrupt& interrupt;

  Result<std::vector<DataCell>> row(const std::string& sql) const {
    MD_LET(found, runner.query(sql, 1, interrupt));
    if (found.rows.empty()) return invalid_argument("the query found no row");
    return std::move(found.rows.front());
  }
  Result<std::optional<double>> number(const std::string& sql) const {
    MD_LET(cells, row(sql));
    return read_number(cells.front().text);
  }
  Result<std::int64_t> count(const std::string& what, const std::string& where = {}) const {
    MD_LET(found, number("SELECT " + what + " FROM " + subject.table + (where.empty() ? "" : " WHERE " + where)));
    return static_cast<std::int64_t>(found.value_or(0));
  }
  Result<std::vector<std::string>> columns() const {
    MD_LET(found, runner.query("SELECT * FROM " + subject.table + " LIMIT 0", 1, interrupt));
    return std::move(found.columns);
  }
};

void judge(Outcome& outcome, bool good) { outcome.status = good ? Outcome::Status::Success : Outcome::Status::Failed; }

/// A measured number against the bounds that two parameters give; a missing one binds nothing.
Outcome between(const Task& task, const std::string& name, std::optional<double> value, const char* least,
                const char* most) {
  Outcome outcome;
  outcome.least = task.subject.number(least);
  outcome.most = task.subject.number(most);
  if (!value) {
    outcome.status = Outcome::Status::Aborted;
    outcome.said = "There are no values to take the " + name + " of.";
    return outcome;
  }
  judge(outcome, (!outcome.least || *value >= *outcome.least) && (!outcome.most || *value <= *outcome.most));
  outcome.values.emplace_back(name, number_text(*value));
  outcome.said = "Found " + name + "=" + number_text(*value) +
                 " vs. the expected min=" + (outcome.least ? number_text(*outcome.least) : "none") +
                 ", max=" + (outcome.most ? number_text(*outcome.most) : "none") + ".";
  return outcome;
}

Outcome equal(const Task& task, const std::string& name, std::int64_t value, const char* parameter) {
  Outcome outcome;
  const double expected = task.subject.number(parameter).value_or(0);
  judge(outcome, static_cast<double>(value) == expected);
  outcome.values.emplace_back(name, std::to_string(value));
  outcome.said =
      "Found " + name + "=" + std::to_string(value) + " vs. the expected value=" + number_text(expected) + ".";
  return outcome;
}

/// Counts the rows that fulfil a condition as failed, all others as passed.
Error count_rows(const Task& task, const std::string& failing, Outcome& outcome) {
  MD_LET(failed, task.count("COUNT(*)", failing));
  MD_LET(all, task.count("COUNT(*)"));
  outcome.failed_rows = failed;
  outcome.passed_rows = all - failed;
  outcome.failing = failing;
  return {};
}

// ---- tables

Result<Outcome> row_count_equal(const Task& task) {
  MD_LET(count, task.count("COUNT(*)"));
  return equal(task, "rowCount", count, "value");
}

Result<Outcome> row_count_between(const Task& task) {
  MD_LET(count, task.count("COUNT(*)"));
  return between(task, "rowCount", static_cast<double>(count), "minValue", "maxValue");
}

Result<Outcome> rows_inserted(const Task& task) {
  const std::string unit = task.subject.parameter("rangeType");
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"HOUR", 3.6e6}, {"DAY", 8.64e7}, {"MONTH", 30 * 8.64e7}, {"YEAR", 365 * 8.64e7}};
  const auto known = std::find_if(std::begin(kUnits), std::end(kUnits), [&](auto& one) { return one.first == unit; });
  if (known == std::end(kUnits)) return invalid_argument("rangeType must be HOUR, DAY, MONTH or YEAR, not " + unit);
  const double since =
      static_cast<double>(task.subject.now_ms) - task.subject.number("rangeInterval").value_or(1) * known->second;
  const std::string column = quoted_name(task.subject.parameter("columnName"));
  MD_LET(count, task.count("COUNT(*)", task.subject.moment(column) + " >= " + number_text(std::floor(since))));
  return between(task, "insertedRows", static_cast<double>(count), "min", "max");
}

Result<Outcome> column_count_equal(const Task& task) {
  MD_LET(columns, task.columns());
  return equal(task, "columnCount", static_cast<std::int64_t>(columns.size()), "columnCount");
}

Result<Outcome> column_count_between(const Task& task) {
  MD_LET(columns, task.columns());
  return between(task, "columnCount", static_cast<double>(columns.size()), "minColValue", "maxColValue");
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < kMaxNamed; ++i) text.append(i > 0 ? ", " : "").append(words[i]);
  return words.size() > kMaxNamed ? text + ", …" : text;
}

Result<Outcome> column_exists(const Task& task) {
  MD_LET(columns, task.columns());
  const std::string wanted = task.subject.parameter("columnName");
  Outcome outcome;
  const bool there = std::find(columns.begin(), columns.end(), wanted) != columns.end();
  judge(outcome, there);
  outcome.values.emplace_back("columnNameExists", there ? "True" : "False");
  outcome.said = wanted + " column expected vs. " + joined(columns) + ".";
  return outcome;
}

Result<Outcome> columns_match(const Task& task) {
  MD_LET(columns, task.columns());
  std::vector<std::string> wanted = list_items(task.subject.parameter("columnNames"));
  Outcome outcome;
  outcome.values = {{"columnNames", joined(columns)}, {"expectedColumnNames", joined(wanted)}};
  outcome.said = "Found " + joined(columns) + " columns vs. the expected " + joined(wanted) + ".";
  if (!task.subject.flag("ordered")) {
    std::sort(columns.begin(), columns.end());
    std::sort(wanted.begin(), wanted.end());
  }
  judge(outcome, columns == wanted);
  return outcome;
}

bool compare(double left, std::string_view word, double right) {
  if (word == "==" || word == "=") return left == right;
  if (word == "!=") return left != right;
  if (word == ">") return left > right;
  if (word == ">=") return left >= right;
  if (word == "<") return left < right;
  return left <= right;
}

/// The query stands inside of one of ours, so that it can be nothing but a query.
Result<Outcome> custom_sql(const Task& task) {
  std::string sql = task.subject.parameter("sqlExpression");
  while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ' || sql.back() == '\n' || sql.back() == '\t'))
    sql.pop_back();
  const std::string inside = " FROM (\n" + sql + "\n) AS asked";
  const std::string strategy = task.subject.parameter("strategy");
  const std::string given = task.subject.parameter("operator");
  const std::string word = given.empty() ? "<=" : given;
  constexpr std::string_view kWords[] = {"==", "=", "!=", ">", ">=", "<", "<="};
  if (std::find(std::begin(kWords), std::end(kWords), word) == std::end(kWords))
    return invalid_argument("operator must be ==, !=, >, >=, < or <=, not " + word);
  const bool rows = strategy != "COUNT";
  MD_LET(found, task.number("SELECT " + std::string(rows ? "COUNT(*)" : "*") + inside + (rows ? "" : " LIMIT 1")));
  Outcome outcome;
  if (!found) {
    outcome.status = Outcome::Status::Aborted;
    outcome.said = "The query answers no number.";
    return outcome;
  }
  const double threshold = task.subject.number("threshold").value_or(0);
  judge(outcome, compare(*found, word, threshold));
  outcome.values.emplace_back("resultRowCount", number_text(*found));
  outcome.said = "Found " + number_text(*found) + (rows ? " row(s)" : "") + ". Test query is expected to return " +
                 word + " " + number_text(threshold) + (rows ? " row(s)." : ".");
  return outcome;
}

// ---- columns

Result<Outcome> unique(const Task& task) {
  const std::string& column = task.subject.column;
  const std::string& table = task.subject.table;
  MD_LET(values, task.count("COUNT(" + column + ")"));
  MD_LET(once, task.number("SELECT COUNT(*) FROM (SELECT " + column + " FROM " + table + " WHERE " + column +
                           " IS NOT NULL GROUP BY " + column + " HAVING COUNT(*) = 1) AS once"));
  Outcome outcome;
  const auto single = static_cast<std::int64_t>(once.value_or(0));
  judge(outcome, values == single);
  outcome.values = {{"valuesCount", std::to_string(values)}, {"uniqueCount", std::to_string(single)}};
  outcome.said = "Found valuesCount=" + std::to_string(values) + " vs. uniqueCount=" + std::to_string(single) +
                 ". Both counts should be equal for column values to be unique.";
  MD_OK(count_rows(
      task, column + " IN (SELECT " + column + " FROM " + table + " GROUP BY " + column + " HAVING COUNT(*) > 1)",
      outcome));
  return outcome;
}

Result<Outcome> not_null(const Task& task) {
  Outcome outcome;
  MD_OK(count_rows(task, task.subject.column + " IS NULL", outcome));
  judge(outcome, *outcome.failed_rows == 0);
  outcome.values.emplace_back("nullCount", std::to_string(*outcome.failed_rows));
  outcome.said = "Found nullCount=" + std::to_string(*outcome.failed_rows) + ". It should be 0.";
  return outcome;
}

/// The column among values, as numbers when all of them are some and the column holds numbers.
std::string among(const Subject& subject, const std::vector<std::string>& items) {
  constexpr std::string_view kNumbers[] = {"NUMBER",   "INT",    "FLOAT",   "DOUBLE",  "DECIMAL", "TINYINT",
                                           "SMALLINT", "BIGINT", "BYTEINT", "NUMERIC", "MONEY"};
  const bool numeric =
      std::find(std::begin(kNumbers), std::end(kNumbers), subject.column_type) != std::end(kNumbers) &&
      std::all_of(items.begin(), items.end(), [](const std::string& item) { return read_number(item).has_value(); });
  std::string list;
  for (const std::string& item : items)
    list.append(list.empty() ? "" : ", ").append(numeric ? number_text(*read_number(item)) : quoted_text(item));
  return (numeric ? subject.column : subject.text()) + " IN (" + (list.empty() ? "NULL" : list) + ")";
}

Result<Outcome> missing_count(const Task& task) {
  std::string missing = task.subject.column + " IS NULL";
  if (const auto words = list_items(task.subject.parameter("missingValueMatch")); !words.empty())
    missing += " OR " + among(task.subject, words);
  MD_LET(count, task.count("COUNT(*)", missing));
  return equal(task, "missingCount", count, "missingCountValue");
}

Result<Outcome> in_set(const Task& task) {
  const std::string allowed = among(task.subject, list_items(task.subject.parameter("allowedValues")));
  const std::string& column = task.subject.column;
  Outcome outcome;
  MD_LET(found, task.count("COUNT(*)", allowed));
  MD_OK(count_rows(task, column + " IS NOT NULL AND NOT " + allowed, outcome));
  judge(outcome, task.subject.flag("matchEnum") ? *outcome.failed_rows == 0 : found > 0);
  outcome.values.emplace_back("allowedValueCount", std::to_string(found));
  outcome.said = "Found countInSet=" + std::to_string(found) + ", and " + std::to_string(*outcome.failed_rows) +
                 " values outside of the set.";
  return outcome;
}

Result<Outcome> not_in_set(const Task& task) {
  Outcome outcome;
  MD_OK(count_rows(task, among(task.subject, list_items(task.subject.parameter("forbiddenValues"))), outcome));
  judge(outcome, *outcome.failed_rows == 0);
  outcome.values.emplace_back("forbiddenValueCount", std::to_string(*outcome.failed_rows));
  outcome.said = "Found countForbiddenValues=" + std::to_string(*outcome.failed_rows) + ". It should be 0.";
  return outcome;
}

Result<Outcome> regex(const Task& task, const char* parameter, bool wanted) {
  const std::string matches = task.subject.matches(task.subject.parameter(parameter));
  Outcome outcome;
  MD_OK(count_rows(task, task.subject.column + " IS NOT NULL AND " + (wanted ? "NOT " : "") + matches, outcome));
  judge(outcome, *outcome.failed_rows == 0);
  outcome.values.emplace_back(wanted ? "notMatchingCount" : "notLikeCount", std::to_string(*outcome.failed_rows));
  outcome.said = "Found " + std::to_string(*outcome.failed_rows) +
                 (wanted ? " values that do not match" : " values that match") +
                 " the regular expression. It should be 0.";
  return outcome;
}
Result<Outcome> matches_regex(const Task& task) { return regex(task, "regex", true); }
Result<Outcome> matches_no_regex(const Task& task) { return regex(task, "forbiddenRegex", false); }

/// The least and the greatest of an expression against two bounds; rows beyond them failed.
Result<Outcome> all_between(const Task& task, const std::string& value, const std::string& what, const char* least,
                            const char* most) {
  MD_LET(cells, task.row("SELECT MIN(" + value + "), MAX(" + value + ") FROM " + task.subject.table));
  const auto min = read_number(cells[0].text), max = read_number(cells[1].text);
  Outcome outcome = between(task, "min" + what, min, least, most);
  if (!min || !max) return outcome;
  judge(outcome, (!outcome.least || *min >= *outcome.least) && (!outcome.most || *max <= *outcome.most));
  outcome.values = {{"min" + what, number_text(*min)}, {"max" + what, number_text(*max)}};
  outcome.said = "Found min" + what + "=" + number_text(*min) + ", max" + what + "=" + number_text(*max) +
                 " vs. the expected min=" + (outcome.least ? number_text(*outcome.least) : "none") +
                 ", max=" + (outcome.most ? number_text(*outcome.most) : "none") + ".";
  std::string failing;
  if (outcome.least) failing = value + " < " + number_text(*outcome.least);
  if (outcome.most) failing.append(failing.empty() ? "" : " OR ").append(value + " > " + number_text(*outcome.most));
  if (!failing.empty()) MD_OK(count_rows(task, failing, outcome));
  return outcome;
}
Result<Outcome> values_between(const Task& task) {
  return all_between(task, task.subject.value(), "", "minValue", "maxValue");
}
Result<Outcome> lengths_between(const Task& task) {
  return all_between(task, "LENGTH(" + task.subject.text() + ")", "Length", "minLength", "maxLength");
}

Result<Outcome> measured(const Task& task, const std::string& sql, const std::string& name, const char* least,
                         const char* most) {
  MD_LET(value, task.number(sql));
  return between(task, name, value, least, most);
}

Result<Outcome> aggregate(const Task& task, const char* function, const std::string& name, const char* least,
                          const char* most) {
  return measured(task, std::string("SELECT ") + function + "(" + task.subject.column + ") FROM " + task.subject.table,
                  name, least, most);
}
Result<Outcome> max_between(const Task& task) {
  return aggregate(task, "MAX", "max", "minValueForMaxInCol", "maxValueForMaxInCol");
}
Result<Outcome> min_between(const Task& task) {
  return aggregate(task, "MIN", "min", "minValueForMinInCol", "maxValueForMinInCol");
}
Result<Outcome> mean_between(const Task& task) {
  return aggregate(task, "AVG", "mean", "minValueForMeanInCol", "maxValueForMeanInCol");
}
Result<Outcome> sum_between(const Task& task) {
  return aggregate(task, "SUM", "sum", "minValueForColSum", "maxValueForColSum");
}

/// The middle value, or the mean of the two in the middle.
Result<Outcome> median_between(const Task& task) {
  const std::string& column = task.subject.column;
  const std::string count = "(SELECT COUNT(" + column + ") FROM " + task.subject.table + ")";
  return measured(task,
                  "SELECT AVG(" + column + ") FROM (SELECT " + column + " FROM " + task.subject.table + " WHERE " +
                      column + " IS NOT NULL ORDER BY " + column + " LIMIT 2 - " + count + " % 2 OFFSET (" + count +
                      " - 1) / 2) AS middle",
                  "median", "minValueForMedianInCol", "maxValueForMedianInCol");
}

/// Of the population. In two passes, so that it holds for large values that differ little.
Result<Outcome> deviation_between(const Task& task) {
  const std::string& column = task.subject.column;
  const std::string& table = task.subject.table;
  const std::string off = "(" + column + " - (SELECT AVG(" + column + ") FROM " + table + "))";
  MD_LET(variance, task.number("SELECT AVG(" + off + " * " + off + ") FROM " + table));
  return between(task, "stddev", variance ? std::optional(std::sqrt(*variance)) : std::nullopt,
                 "minValueForStdDevInCol", "maxValueForStdDevInCol");
}

struct Definition {
  std::string_view name;
  Result<Outcome> (*run)(const Task& task);
  bool of_column;
};
constexpr Definition kDefinitions[] = {
    {"tableRowCountToEqual", row_count_equal, false},
    {"tableRowCountToBeBetween", row_count_between, false},
    {"tableRowInsertedCountToBeBetween", rows_inserted, false},
    {"tableColumnCountToEqual", column_count_equal, false},
    {"tableColumnCountToBeBetween", column_count_between, false},
    {"tableColumnNameToExist", column_exists, false},
    {"tableColumnToMatchSet", columns_match, false},
    {"tableCustomSQLQuery", custom_sql, false},
    {"columnValuesToBeUnique", unique, true},
    {"columnValuesToBeNotNull", not_null, true},
    {"columnValuesMissingCount", missing_count, true},
    {"columnValuesToBeInSet", in_set, true},
    {"columnValuesToBeNotInSet", not_in_set, true},
    {"columnValuesToMatchRegex", matches_regex, true},
    {"columnValuesToNotMatchRegex", matches_no_regex, true},
    {"columnValuesToBeBetween", values_between, true},
    {"columnValueLengthsToBeBetween", lengths_between, true},
    {"columnValueMaxToBeBetween", max_between, true},
    {"columnValueMinToBeBetween", min_between, true},
    {"columnValueMeanToBeBetween", mean_between, true},
    {"columnValueMedianToBeBetween", median_between, true},
    {"columnValueStdDevToBeBetween", deviation_between, true},
    {"columnValuesSumToBeBetween", sum_between, true},
};

const Definition* find(std::string_view name) {
  const auto at = std::find_if(std::begin(kDefinitions), std::end(kDefinitions),
                               [&](const Definition& one) { return one.name == name; });
  return at == std::end(kDefinitions) ? nullptr : at;
}

}  // namespace

bool knows(std::string_view definition) { return find(definition) != nullptr; }

Result<Outcome> run_test(std::string_view definition, const Subject& subject, Runner& runner,
                         const Interrupt& interrupt) {
  const Definition* known = find(definition);
  if (known == nullptr) return Quality::can_run(definition);
  if (known->of_column && subject.column.empty())
    return invalid_argument("the test " + std::string(definition) + " needs a column");
  return known->run(Task{subject, runner, interrupt});
}

}  // namespace metadata::quality
