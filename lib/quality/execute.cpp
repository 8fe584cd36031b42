#include <algorithm>
#include <chrono>

#include "entity/allowed.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/splice.h"
#include "json/write.h"
#include "model/entity_link.h"
#include "quality/parts.h"
#include "quality/sql.h"

namespace metadata {
namespace quality {
namespace {

constexpr std::size_t kMaxSample = 50;

/// A test case with its table, as the host sees them.
struct Case {
  TestTarget target;
  Subject subject;
};

Result<json::Document> read(const entity::Context& context, const EntityRef& target, const Interrupt& interrupt) {
  ReadOptions options;
  options.interrupt = interrupt;
  MD_LET(found, entity::get(context, target, options));
  json::Document document;
  MD_OK(json::parse_trusted(found.text(), document));
  return document;
}

std::string reference_name(const json::Value& entity, const char* field, const char* member = "name") {
  const json::Value* ref = json::find(entity, field);
  return ref == nullptr ? std::string() : std::string(json::string_or(*ref, member));
}

Result<Case> read_case(const entity::Context& context, const EntityRef& test_case, const Interrupt& interrupt) {
  Case found;
  MD_LET(entity, read(context, test_case, interrupt));
  MD_LET(link, model::parse_entity_link(json::string_or(entity, "entityLink")));
  MD_LET(table, read(context, EntityRef::by_fqn(link.type, link.fqn), interrupt));
  TestTarget& target = found.target;
  target.definition = reference_name(entity, "testDefinition");
  target.service = EntityRef::by_fqn(reference_name(table, "service", "type"),
                                     reference_name(table, "service", "fullyQualifiedName"));
  target.service_type = json::string_or(table, "serviceType");
  target.database = reference_name(table, "database");
  target.schema = reference_name(table, "databaseSchema");
  target.table = json::string_or(table, "name");
  if (!link.item.empty()) {
    MD_LET(parts, fqn::split(link.item));
    if (parts.size() > 1)
      return unimplemented("tests of a column inside of another one (" + link.item + ") cannot be run");
    target.column = parts.front();
  }
  if (const json::Value* columns = json::find(table, "columns"); columns != nullptr && columns->IsArray()) {
    for (const json::Value& column : columns->GetArray()) {
      if (fqn::unquote(json::string_or(column, "name")) == target.column)
        found.subject.column_type = json::string_or(column, "dataType");
    }
  }
  if (const json::Value* values = json::find(entity, "parameterValues"); values != nullptr && values->IsArray()) {
    for (const json::Value& value : values->GetArray())
      found.subject.parameters[std::string(json::string_or(value, "name"))] = json::string_or(value, "value");
  }
  return found;
}

void place(const TestTarget& target, SqlDialect dialect, Subject& subject) {
  subject.dialect = dialect;
  const std::string schema = dialect == SqlDialect::Sqlite ? "main" : target.schema;
  subject.table = quoted_name(schema) + "." + quoted_name(target.table);
  if (!target.column.empty()) subject.column = quoted_name(target.column);
}

std::string_view word(Outcome::Status status) {
  switch (status) {
    case Outcome::Status::Success:
      return "Success";
    case Outcome::Status::Failed:
      return "Failed";
    case Outcome::Status::Aborted:
      return "Aborted";
  }
  return "Aborted";
}

std::string result_text(const Outcome& outcome, std::int64_t began_ms, std::int64_t took_ms) {
  json::ObjectText text;
  text.add_int("timestamp", began_ms).add_string("testCaseStatus", word(outcome.status));
  text.add_string("result", outcome.said);
  std::string values = "[";
  for (const auto& [name, value] : outcome.values) {
    json::ObjectText one;
    one.add_string("name", name).add_string("value", value);
    values.append(values.size() > 1 ? "," : "").append(one.take());
  }
  text.add_raw("testResultValue", values + "]");
  if (outcome.least) text.add_raw("minBound", number_text(*outcome.least));
  if (outcome.most) text.add_raw("maxBound", number_text(*outcome.most));
  if (outcome.passed_rows && outcome.failed_rows) {
    const auto all = static_cast<double>(*outcome.passed_rows + *outcome.failed_rows);
    text.add_int("passedRows", *outcome.passed_rows).add_int("failedRows", *outcome.failed_rows);
    if (all > 0) {
      text.add_raw("passedRowsPercentage", number_text(100.0 * static_cast<double>(*outcome.passed_rows) / all));
      text.add_raw("failedRowsPercentage", number_text(100.0 * static_cast<double>(*outcome.failed_rows) / all));
    }
  }
  text.add_int("durationMs", took_ms);
  return text.take();
}

std::string cell_text(const DataCell& cell) {
  if (cell.kind == DataCell::Kind::Null) return "null";
  if (cell.kind == DataCell::Kind::Integer) return cell.text;
  std::string text;
  json::append_quoted(text, cell.text);
  return text;
}

std::string sample_text(const DataRows& found) {
  std::string columns, rows;
  for (const std::string& column : found.columns)
    json::append_quoted(columns.append(columns.empty() ? "" : ","), column);
  for (const auto& row : found.rows) {
    rows.append(rows.empty() ? "[" : ",[");
    for (std::size_t i = 0; i < row.size(); ++i) rows.append(i > 0 ? "," : "").append(cell_text(row[i]));
    rows += ']';
  }
  return R"([{"op":"add","path":"/failedRowsSample","value":{"columns":[)" + columns + R"(],"rows":[)" + rows + "]}}]";
}

Error keep_sample(const entity::Context& context, const EntityRef& test_case, const std::string& patch_text,
                  const WriteOptions& options) {
  MD_LET(patch, Patch::parse(patch_text));
  MD_LET(layout, context.layout(kTestCase));
  MD_LET(written, entity::run(context, options.as, options.interrupt, [&](store::Reader& reader) {
           return entity::patch(context, reader, *layout, test_case, patch, options);
         }));
  return {};
}

}  // namespace
}  // namespace quality

Error Quality::can_run(std::string_view definition) {
  if (quality::knows(definition)) return {};
  return unimplemented("tests of the definition " + std::string(definition.substr(0, 256)) +
                       " cannot be run by this server; their results can be posted");
}

Result<TestTarget> Quality::target(const EntityRef& test_case, const Interrupt& interrupt) const {
  MD_LET(found, quality::read_case(parts_->entities, test_case, interrupt));
  return std::move(found.target);
}

Result<Json> Quality::execute(const EntityRef& test_case, Runner& runner, const ExecuteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_OK(entity::check_allowed(context, options.as, {"EditTests"}, test_case, options.interrupt));
  MD_LET(found, quality::read_case(context, test_case, options.interrupt));
  MD_OK(can_run(found.target.definition));
  quality::place(found.target, runner.dialect(), found.subject);
  const std::int64_t began = context.clock.now_ms(), began_steady = context.clock.steady_ms();
  found.subject.now_ms = began;
  auto outcome = quality::run_test(found.target.definition, found.subject, runner, options.interrupt);
  if (!outcome.ok() && outcome.error().code() != Code::InvalidArgument) return outcome.error();
  quality::Outcome came;
  if (outcome.ok()) {
    came = *std::move(outcome);
  } else {
    came.status = quality::Outcome::Status::Aborted;
    came.said = outcome.error().message();
  }
  if (options.sample_rows > 0 && came.status == quality::Outcome::Status::Failed && !came.failing.empty()) {
    const std::size_t rows = std::min(options.sample_rows, quality::kMaxSample);
    MD_LET(sample, runner.query("SELECT * FROM " + found.subject.table + " WHERE " + came.failing + " LIMIT " +
                                    std::to_string(rows),
                                rows, options.interrupt));
    MD_OK(quality::keep_sample(context, test_case, quality::sample_text(sample), options));
  }
  return add_result(test_case, quality::result_text(came, began, context.clock.steady_ms() - began_steady), options);
}

}  // namespace metadata
