#include "view/cursor.h"

#include "base/base64.h"

namespace metadata::view {
namespace {

// A first byte tells this format from later ones.
constexpr char kFormat = '1';
constexpr std::size_t kMaxBytes = 8192;

}  // namespace

Result<Cursor> Cursor::from_text(std::string_view text) {
  const auto refuse = [] {
    return invalid_argument("the cursor is not one that a page of this listing gave out", "cursor");
  };
  if (text.size() > kMaxBytes) return refuse();
  auto bytes = base::decode_base64_tolerant(text);
  if (!bytes.ok() || bytes->size() < 2 || bytes->front() != kFormat) return refuse();
  // A key is text without control bytes but the separator, so nothing else can reach a query.
  for (const char byte : *bytes) {
    if (static_cast<unsigned char>(byte) < 0x1f || byte == 0x7f) return refuse();
  }
  return Cursor(bytes->substr(1));
}

std::string Cursor::to_text() const { return base::encode_base64url(kFormat + key_); }

}  // namespace metadata::view
