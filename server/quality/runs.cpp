#include "quality/runs.h"

#include <algorithm>
#include <cstdint>

#include "metadata/json.h"
#include "metadata/quality.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxResult = std::size_t{2} << 20;  // a larger one is where all results are: with its test cases

std::size_t number(const Json& state, std::string_view name) {
  return static_cast<std::size_t>(std::max<std::int64_t>(state[name].as_int().value_or(0), 0));
}

}  // namespace

Error note_run(Catalog& catalog, const Jobs::State& state) {
  JsonWriter out;
  out.begin_object().key("owner").string(state.owner).key("status").string(state.status);
  out.key("done").integer(static_cast<std::int64_t>(state.done));
  out.key("total").integer(static_cast<std::int64_t>(state.total));
  if (state.result_bytes() > 0 && state.result_bytes() <= kMaxResult) out.key("result").raw(*state.result);
  if (!state.message.empty()) out.key("message").string(state.message);
  out.end_object();
  return catalog.quality().note_run(state.id, std::move(out).text());
}

Result<std::optional<Jobs::State>> find_run(Catalog& catalog, const std::string& id, const Interrupt& interrupt) {
  MD_LET(kept, catalog.quality().run(id, interrupt));
  if (!kept) return std::optional<Jobs::State>();
  Jobs::State state;
  state.id = id;
  state.owner = (*kept)["owner"].as_string().value_or("");
  state.status = (*kept)["status"].as_string().value_or("");
  state.done = number(*kept, "done");
  state.total = number(*kept, "total");
  if (kept->contains("result")) state.result = std::make_shared<const std::string>((*kept)["result"].text());
  state.message = (*kept)["message"].as_string().value_or("");
  if (state.status == "queued" || state.status == "running") {
    state.status = "interrupted";
    state.message = "the server ended before the run did; results that it had are with their test cases";
  }
  return std::optional<Jobs::State>(std::move(state));
}

}  // namespace metadata::server
