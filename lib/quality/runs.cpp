#include "base/interrupt.h"
#include "json/write.h"
#include "quality/parts.h"

namespace metadata {
namespace {

constexpr char kRun[] = "testRun";
constexpr std::int64_t kKeptMs = std::int64_t{30} * 24 * 3600 * 1000;
constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

}  // namespace

Error Quality::note_run(const std::string& id, std::string_view state) {
  const entity::Context& context = parts_->entities;
  if (id.empty() || id.size() > 100) return invalid_argument("a run has an id of 1 to 100 bytes");
  if (state.size() > kMaxBytes) return too_large("the state of a run has at most 4 MiB");
  store::SideRow row;
  row.kind = kRun;
  row.key = id;
  row.expires_at = context.clock.now_ms() + kKeptMs;
  row.body = std::string(state);
  const auto kept = context.store.commit({{}, {store::PutSide{std::move(row)}}});
  return kept.ok() ? Error() : kept.error();
}

Result<std::optional<Json>> Quality::run(const std::string& id, const Interrupt& interrupt) const {
  const entity::Context& context = parts_->entities;
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(row, reader->side(kRun, id));
  if (!row || row->expires_at <= context.clock.now_ms()) return std::optional<Json>();
  MD_LET(state, Json::parse(row->body));
  return std::optional<Json>(std::move(state));
}

}  // namespace metadata
