#include <algorithm>
#include <optional>
#include <set>

#include "entity/allowed.h"
#include "feed/finding.h"
#include "feed/parts.h"
#include "view/cursor.h"

namespace metadata {
namespace feed {
namespace {

// Of a list over all entities: how many of the newest are looked at to count them, and for a page.
constexpr std::size_t kWindow = 10'000;
constexpr char kLowest = '0', kHighest = 'g';  // of the characters of orders, and beyond them

struct Wanted {
  std::vector<Status> statuses = {Status::Open, Status::Accepted, Status::Rejected};
  std::vector<What> whats = {What::Description, What::Labels};
  std::optional<std::string> before, after;  ///< orders

  bool fits(const Place& place) const {
    return std::ranges::find(statuses, place.status) != statuses.end() &&
           std::ranges::find(whats, place.what) != whats.end();
  }
};

Result<std::optional<std::string>> read_cursor(const std::string& text, const char* name) {
  if (text.empty()) return std::optional<std::string>();
  MD_LET(cursor, view::Cursor::from_text(text));
  if (is_order(cursor.key())) return std::optional(cursor.key());
  return invalid_argument(std::string(name) + " is not a cursor of a list of suggestions", name);
}

Result<Wanted> read_query(const SuggestionQuery& query) {
  Wanted wanted;
  if (query.limit < 0) return invalid_argument("limit must be greater than or equal to 0", "limit");
  if (!query.status.empty()) {
    MD_LET(status, read_status(query.status));
    wanted.statuses = {status};
  }
  if (!query.type.empty()) {
    MD_LET(what, read_what(query.type));
    wanted.whats = {what};
  }
  if (!query.before.empty() && !query.after.empty())
    return invalid_argument("Only one of before or after query parameter allowed", "before");
  MD_LET(before, read_cursor(query.before, "before"));
  MD_LET(after, read_cursor(query.after, "after"));
  wanted.before = std::move(before);
  wanted.after = std::move(after);
  return wanted;
}

/// Those of all entities, or of one author, whose order is below `below`: the newest of them.
Result<std::vector<Place>> newest(store::Reader& reader, const Wanted& wanted, const EntityId& author,
                                  const std::string& below) {
  std::vector<Place> places;
  const char* kind = author.empty() ? kByTime : kByAuthor;
  for (const Status status : wanted.statuses) {
    for (const What what : wanted.whats) {
      const std::string prefix = prefix_of(author, status, what);
      MD_LET(rows, reader.sides_down(kind, prefix + kLowest, prefix + below, kWindow));
      for (const auto& row : rows) {
        MD_LET(place, read_place(row));
        places.push_back(std::move(place));
      }
    }
  }
  std::ranges::sort(places, std::ranges::greater{}, &Place::order);
  if (places.size() > kWindow) places.resize(kWindow);
  return places;
}

/// Takes out those of entities that are not there for the principal.
Error leave_seen(const entity::Context& context, store::Reader& reader, const Principal& as,
                 std::vector<Place>& places) {
  std::set<EntityId> ids;
  for (const Place& place : places) ids.insert(place.about);
  MD_LET(refs, reader.refs_by_id(std::vector<EntityId>(ids.begin(), ids.end())));
  std::erase_if(refs, [](const store::RefRow& ref) { return ref.deleted; });
  MD_LET(seen, entity::seeing_of(context.layouts, reader, as).of(refs));
  std::set<EntityId> there;
  for (const store::RefRow& ref : refs) {
    if (seen.contains(ref.rid)) there.insert(ref.id);
  }
  std::erase_if(places, [&](const Place& place) { return !there.contains(place.about); });
  return {};
}

/// All that fit of the entities of the FQN, newest first.
Result<std::vector<Place>> of_entity(const entity::Context& context, store::Reader& reader, const Wanted& wanted,
                                     const SuggestionQuery& query) {
  MD_LET(refs, entities_of(context, reader, query.as, query.entity_fqn));
  std::vector<Place> all;
  for (const store::RefRow& ref : refs) {
    MD_LET(places, places_of(reader, ref.id));
    std::ranges::copy_if(places, std::back_inserter(all), [&](const Place& place) {
      return wanted.fits(place) && (query.author.empty() || place.author == query.author);
    });
  }
  std::ranges::sort(all, std::ranges::greater{}, &Place::order);
  return all;
}

/// The places of the page, from all there are, newest first.
struct Cut {
  std::vector<Place> places;
  bool newer = false, older = false;  ///< are there others on either side?
};
Cut cut(const std::vector<Place>& all, const Wanted& wanted, std::size_t limit) {
  // [first, last) of all, which fall.
  auto first = all.begin(), last = all.end();
  if (wanted.after) first = std::ranges::upper_bound(all, *wanted.after, std::ranges::greater{}, &Place::order);
  if (wanted.before) {
    last = std::ranges::lower_bound(all, *wanted.before, std::ranges::greater{}, &Place::order);
    if (static_cast<std::size_t>(last - first) > limit) first = last - static_cast<std::ptrdiff_t>(limit);
  } else if (static_cast<std::size_t>(last - first) > limit) {
    last = first + static_cast<std::ptrdiff_t>(limit);
  }
  return {std::vector<Place>(first, last), first != all.begin(), last != all.end()};
}

}  // namespace
}  // namespace feed

Result<SuggestionPage> Suggestions::list(const SuggestionQuery& query) const {
  const entity::Context& context = parts_->entities;
  MD_LET(wanted, feed::read_query(query));
  MD_LET(reader, context.store.snapshot(query.interrupt));
  std::vector<feed::Place> all;
  bool whole = true;
  if (!query.entity_fqn.empty()) {
    auto found = feed::of_entity(context, *reader, wanted, query);
    // As every list that is narrowed to what is not there: an empty page.
    if (!found.ok() && found.error().code() == Code::NotFound) return SuggestionPage{};
    MD_LET(places, std::move(found));
    all = std::move(places);
  } else {
    MD_LET(places, feed::newest(*reader, wanted, query.author, std::string(1, feed::kHighest)));
    whole = places.size() < feed::kWindow;
    all = std::move(places);
  }
  const std::string oldest = all.empty() ? std::string() : all.back().order;
  if (query.entity_fqn.empty()) MD_OK(feed::leave_seen(context, *reader, query.as, all));
  SuggestionPage page;
  page.total = static_cast<std::int64_t>(all.size());
  const std::size_t limit = std::min(static_cast<std::size_t>(query.limit), context.limits.max_page);
  if (limit == 0) return page;
  if (!whole && wanted.before && *wanted.before < oldest)
    return invalid_argument("before reaches back over the newest 10,000 only: page on with after, or narrow the list",
                            "before");
  const bool beyond = !whole && wanted.after && *wanted.after <= oldest;
  if (beyond) {
    MD_LET(places, feed::newest(*reader, wanted, query.author, *wanted.after));
    whole = places.size() < feed::kWindow;
    all = std::move(places);
    MD_OK(feed::leave_seen(context, *reader, query.as, all));
  }
  const feed::Cut cut = feed::cut(all, wanted, limit);
  MD_LET(found, feed::read_all(*reader, cut.places));
  MD_LET(texts, feed::shown(context, *reader, query.as, found));
  page.suggestions = std::move(texts);
  if (cut.places.empty()) return page;
  if (cut.newer || beyond) page.before = view::Cursor(cut.places.front().order).to_text();
  if (cut.older || !whole) page.after = view::Cursor(cut.places.back().order).to_text();
  return page;
}

}  // namespace metadata
