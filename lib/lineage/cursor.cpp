#include "lineage/cursor.h"

#include <charconv>
#include <vector>

#include "base/base64.h"

namespace metadata::lineage {
namespace {

constexpr std::size_t kNumbers = 1 + 2 * 4;

Error refused() { return invalid_argument("the cursor is not one that an earlier answer gave", "cursor"); }

}  // namespace

std::string Cursor::to_text() const {
  std::string text = std::to_string(root);
  for (const At& one : at) {
    for (const std::int64_t number :
         {std::int64_t{one.done}, std::int64_t{one.last.depth}, one.last.tail, one.last.head})
      text.append(1, ',').append(std::to_string(number));
  }
  return base::encode_base64url(text);
}

Result<Cursor> Cursor::from_text(std::string_view said, store::Rid root) {
  if (said.size() > 1000) return refused();
  const auto text = base::decode_base64url(said);
  if (!text.ok()) return refused();
  std::vector<std::int64_t> numbers;
  const char* at = text->data();
  const char* const end = at + text->size();
  while (at < end && numbers.size() < kNumbers) {
    std::int64_t number = 0;
    const auto [next, failed] = std::from_chars(at, end, number);
    if (failed != std::errc{}) return refused();
    numbers.push_back(number);
    at = next;
    if (at < end && *at++ != ',') return refused();
  }
  if (at != end || numbers.size() != kNumbers || numbers[0] != root) return refused();
  Cursor cursor;
  cursor.root = root;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto* one = &numbers[1 + i * 4];
    if (one[1] < 0 || one[1] > kAnyDepth) return refused();
    cursor.at[i] = {one[0] != 0, {one[2], one[3], static_cast<int>(one[1]), false}};
  }
  return cursor;
}

}  // namespace metadata::lineage
