#include <algorithm>

#include "base/interrupt.h"
#include "events/event.h"
#include "events/filter.h"
#include "events/parts.h"

namespace metadata::events {
namespace {

constexpr std::size_t kPiece = 500;           // records read at once
constexpr std::size_t kLooked = 10'000;       // records that one page looks at
constexpr std::size_t kLookedBack = 200'000;  // records that one look back at a time looks at

Retention::Floor floor_of(const Context& context) {
  return context.retention == nullptr ? Retention::Floor{} : context.retention->floor();
}

}  // namespace

Error check(const Context& context, const EventQuery& query) {
  return Matcher::check(context.layouts.registry(), query.any);
}

Result<EventPage> read(const Context& context, Seq after, const EventQuery& query) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, context.limits.max_page);
  MD_LET(reader, context.store.snapshot(query.interrupt));
  MD_LET(matcher, Matcher::make(*reader, context.layouts.registry(), query));
  EventPage page;
  page.position = std::max<Seq>(after, 0);
  // The snapshot comes first: what has left it is known to be gone.
  const Retention::Floor floor = floor_of(context);
  if (page.position < floor.seq) {
    page.events.push_back(gap_of(context.store.id(), page.position + 1, floor.seq, floor.at));
    page.position = floor.seq;
    if (limit == 1) return page;
  }
  for (std::size_t looked = 0; looked < kLooked;) {
    const std::size_t piece = std::min(kPiece, std::max<std::size_t>(limit - page.events.size(), 50));
    MD_LET(records, reader->log(page.position, piece));
    std::vector<ChangeEvent> found;
    for (const store::LogRecord& record : records) {
      ChangeEvent event = event_of(record);
      if (matcher.matches(event)) found.push_back(std::move(event));
    }
    MD_OK(matcher.leave_seen(*reader, context.layouts, found));
    for (ChangeEvent& event : found) {
      page.position = event.seq;
      page.events.push_back(std::move(event));
      if (page.events.size() == limit) return page;
    }
    if (!records.empty()) page.position = records.back().seq;
    if (records.size() < piece) {
      page.at_end = true;
      return page;
    }
    looked += records.size();
    MD_OK(base::check(query.interrupt));
  }
  return page;
}

Result<RecentEvents> recent(const Context& context, std::int64_t since_ms, const EventQuery& query) {
  const std::size_t limit = std::min<std::size_t>(query.limit, context.limits.max_page);
  MD_LET(reader, context.store.snapshot(query.interrupt));
  MD_LET(matcher, Matcher::make(*reader, context.layouts.registry(), query));
  RecentEvents found;
  // The log is read in pieces from its end. A piece that is older as a whole ends it: a clock that was set back puts
  // some records out of order, seldom so many.
  MD_LET(end, reader->last_seq());
  const Seq first = floor_of(context).seq;
  for (std::size_t looked = 0; end > first; looked += kPiece) {
    if (looked >= kLookedBack) {
      found.whole = false;
      break;
    }
    const Seq begin = std::max<Seq>(end - static_cast<Seq>(kPiece), first);
    MD_LET(records, reader->log(begin, static_cast<std::size_t>(end - begin)));
    bool all_older = true;
    std::vector<ChangeEvent> of_piece;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if (record->seq > end || record->at < since_ms) continue;
      all_older = false;
      ChangeEvent event = event_of(*record);
      if (matcher.matches(event)) of_piece.push_back(std::move(event));
    }
    MD_OK(matcher.leave_seen(*reader, context.layouts, of_piece));
    for (ChangeEvent& event : of_piece) {
      ++found.total;
      if (found.events.size() < limit) found.events.push_back(std::move(event));
    }
    if (all_older && !records.empty()) break;
    end = begin;
    MD_OK(base::check(query.interrupt));
  }
  return found;
}

}  // namespace metadata::events
