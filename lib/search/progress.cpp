#include "search/progress.h"

#include <charconv>

namespace metadata::search {
namespace {

void put(std::string& out, std::string_view text) {
  out.append(std::to_string(text.size())).append(1, ':').append(text);
}
void put(std::string& out, std::int64_t number) { put(out, std::to_string(number)); }

/// Reads what put() wrote; after a mistake ok is false, for good.
class Reading {
 public:
  explicit Reading(std::string_view text) : rest_(text) {}

  std::string text() {
    std::size_t size = 0;
    const auto [end, failure] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
    const auto digits = static_cast<std::size_t>(end - rest_.data());
    if (failure != std::errc() || digits >= rest_.size() || *end != ':' || size > rest_.size() - digits - 1) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    std::string value(rest_.substr(digits + 1, size));
    rest_.remove_prefix(digits + 1 + size);
    return value;
  }
  std::int64_t number() {
    const std::string digits = text();
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failure != std::errc() || end != digits.data() + digits.size()) ok_ = false;
    return value;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::string Progress::text() const {
  std::string out;
  put(out, seq);
  put(out, record);
  put(out, filling ? 1 : 0);
  put(out, type);
  put(out, key);
  put(out, filled);
  for (const Task& task : tasks) {
    put(out, static_cast<std::int64_t>(task.kind));
    put(out, task.term);
    put(out, static_cast<std::int64_t>(task.shard));
    put(out, static_cast<std::int64_t>(task.document));
  }
  return out;
}

std::optional<Progress> Progress::parse(std::string_view text) {
  Reading reading(text);
  Progress progress;
  progress.seq = reading.number();
  progress.record = reading.text();
  progress.filling = reading.number() != 0;
  progress.type = reading.text();
  progress.key = reading.text();
  progress.filled = reading.number();
  while (reading.ok() && !reading.at_end()) {
    Task task;
    const std::int64_t kind = reading.number();
    if (kind != static_cast<std::int64_t>(Task::Kind::Refresh) && kind != static_cast<std::int64_t>(Task::Kind::Remove))
      return {};
    task.kind = static_cast<Task::Kind>(kind);
    task.term = reading.text();
    task.shard = static_cast<std::size_t>(reading.number());
    task.document = static_cast<std::uint32_t>(reading.number());
    progress.tasks.push_back(std::move(task));
  }
  if (!reading.ok()) return {};
  return progress;
}

}  // namespace metadata::search
