#include <chrono>
#include <utility>

#include "metadata/json.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMostExported = 50'000;  // an answer is made whole in memory

void write_record(JsonWriter& out, const AuditRecord& record) {
  out.begin_object();
  out.key("id").string(record.id);
  out.key("timestamp").integer(record.at);
  out.key("userName").string(record.actor);
  out.key("action").string(record.action);
  out.key("target").string(record.target);
  out.key("outcome").string(record.outcome);
  if (record.seq == 0) out.key("from").string(record.from).key("requestId").string(record.request);
  if (record.seq != 0) out.key("seq").integer(record.seq);
  out.end_object();
}

Result<AuditQuery> query_of(const Call& call, long long most, long long otherwise) {
  AuditQuery query;
  query.actor = call.query.text("userName");
  query.action = call.query.text("action");
  query.outcome = call.query.text("outcome");
  query.target = call.query.text("target");
  query.after = call.query.text("after");
  MD_LET(from, call.query.number("startTs", 0));
  MD_LET(to, call.query.number("endTs", 0));
  MD_LET(limit, call.query.number("limit", otherwise));
  if (from < 0 || to < 0) return invalid_argument("query params startTs and endTs must not be negative");
  if (limit < 1 || limit > most)
    return invalid_argument("[query param limit must be from 1 to " + std::to_string(most) + "]");
  query.from_ms = from;
  query.to_ms = to;
  query.limit = static_cast<std::size_t>(limit);
  return query;
}

Reply list(const Call& call) {
  MD_LET(query, query_of(call, static_cast<long long>(kPage), 50));
  MD_LET(page, call.server.catalog.access().audit(query, call.who));
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const AuditRecord& record : page.records) write_record(out, record);
  out.end_array();
  out.key("paging").begin_object();
  if (!page.after.empty()) out.key("after").string(page.after);
  out.end_object().end_object();
  return render::json(std::move(out).text());
}

/// One record a line. What is left, when the answer is full or time is up, begins at the cursor in the header.
Reply export_lines(const Call& call) {
  MD_LET(query, query_of(call, static_cast<long long>(kMostExported), static_cast<long long>(kMostExported)));
  std::size_t left = query.limit;
  std::string lines;
  do {
    query.limit = std::min(left, kPage);
    MD_LET(page, call.server.catalog.access().audit(query, call.who));
    for (const AuditRecord& record : page.records) {
      JsonWriter out;
      write_record(out, record);
      lines.append(out.text()).append("\n");
    }
    left -= page.records.size();
    query.after = std::move(page.after);
  } while (left > 0 && !query.after.empty() && std::chrono::steady_clock::now() < call.interrupt.deadline);
  Response response = render::json(std::move(lines));
  response.content_type = "application/x-ndjson";
  if (!query.after.empty()) response.set("X-Audit-After", query.after);
  return response;
}

}  // namespace

std::vector<Route> audit_routes() {
  return {
      {"GET", "/api/v1/audit/logs", list, needs("ViewAll")},
      {"GET", "/api/v1/audit/logs/export", export_lines, needs("ViewAll")},
  };
}

}  // namespace metadata::server
