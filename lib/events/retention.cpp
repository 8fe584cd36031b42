#include "events/retention.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace metadata::events {
namespace {

constexpr char kFloorSetting[] = "events.floor";
constexpr Seq kPiece = 2000;  // records that one commit takes out
constexpr std::chrono::milliseconds kSoonest{100};
constexpr std::chrono::milliseconds kLatest{600'000};
constexpr std::chrono::milliseconds kCounting{10'000};

}  // namespace

Retention::Retention(store::Store& store, Clock& clock, const EventRetention& wanted)
    : store_(store), clock_(clock), wanted_(wanted) {}

Error Retention::load() {
  MD_LET(reader, store_.snapshot());
  MD_LET(kept, reader->setting(kFloorSetting));
  if (!kept) return {};
  Floor floor;
  const char* end = kept->data() + kept->size();
  const auto seq = std::from_chars(kept->data(), end, floor.seq);
  if (seq.ec == std::errc() && seq.ptr != end) std::from_chars(seq.ptr + 1, end, floor.at);
  const std::lock_guard lock(mutex_);
  floor_ = floor;
  return {};
}

Retention::Floor Retention::floor() const {
  const std::lock_guard lock(mutex_);
  return floor_;
}

Error Retention::start(base::Log log) {
  if (wanted_.age.count() <= 0 && wanted_.count == 0) return {};
  auto period = wanted_.age.count() > 0 ? std::clamp(wanted_.age / 10, kSoonest, kLatest) : kLatest;
  if (wanted_.count > 0) period = std::min(period, kCounting);
  MD_LET(worker, base::Worker::start("retention", [this, log, period](base::Worker& self) {
           do {
             const auto swept = sweep();
             if (!swept.ok()) log.warning("old events cannot be forgotten: " + swept.error().text());
           } while (self.wait_for(period));
         }));
  worker_ = std::move(worker);
  return {};
}

/// The last record, from `low` to `high`, that was written before the moment. By halving: of a log whose clock was set
/// back it finds a place where older ones are followed by younger ones.
Result<Seq> Retention::older_than(store::Reader& reader, std::int64_t moment, Seq low, Seq high) const {
  while (low < high) {
    const Seq middle = low + (high - low) / 2;
    MD_LET(records, reader.log(middle, 1));
    if (records.empty() || records.front().at >= moment) {
      high = middle;
    } else {
      low = std::max(records.front().seq, middle + 1);
    }
  }
  return std::min(low, high);
}

Error Retention::move_to(Seq seq) {
  const Floor moved{seq, clock_.now_ms()};
  {
    const std::lock_guard lock(mutex_);
    if (seq <= floor_.seq) return {};
    floor_ = moved;
  }
  const auto kept = store_.commit(
      {{}, {store::PutSetting{kFloorSetting, std::to_string(moved.seq) + " " + std::to_string(moved.at)}}});
  return kept.ok() ? Error() : kept.error();
}

Result<std::int64_t> Retention::sweep() {
  const std::lock_guard turn(sweeping_);
  MD_LET(reader, store_.snapshot());
  MD_LET(end, reader->last_seq());
  MD_LET(oldest, reader->log(0, 1));
  if (oldest.empty()) return std::int64_t{0};
  const Seq before = oldest.front().seq - 1;  // what has left already
  const std::int64_t now = clock_.now_ms();
  Seq told = before, kept = before;  // from behind these
  if (wanted_.age.count() > 0) {
    MD_LET(old, older_than(*reader, now - wanted_.age.count(), before, end));
    told = old;
    if (wanted_.keep <= wanted_.age) {
      kept = told;
    } else if (wanted_.keep < std::chrono::milliseconds::max()) {
      MD_LET(older, older_than(*reader, now - wanted_.keep.count(), before, told));
      kept = older;
    }
  }
  if (wanted_.count > 0 && end > static_cast<Seq>(wanted_.count)) {
    told = std::max(told, end - static_cast<Seq>(wanted_.count));
    kept = std::max(kept, end - static_cast<Seq>(wanted_.count));
  }
  reader.reset();
  kept = std::min(kept, end - 1);  // the newest stays
  MD_OK(move_to(told));
  // In pieces, so that no writer waits long for one.
  for (Seq up_to = before; up_to < kept;) {
    up_to = std::min(up_to + kPiece, kept);
    const auto trimmed = store_.commit({{}, {store::TrimLog{up_to}}});
    if (!trimmed.ok()) return trimmed.error();
  }
  return std::max<std::int64_t>(kept - before, 0);
}

}  // namespace metadata::events
