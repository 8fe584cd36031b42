#include "http/chunked.h"

#include <algorithm>

namespace metadata::server {
namespace {

// Eight digits are more than any bound of a body, and cannot overflow.
constexpr std::size_t kMaxDigits = 8;
// Chunks of one byte need five bytes of framing each; extensions and trailers come out of the same allowance.
constexpr std::size_t kFramingFree = 16384;
constexpr std::size_t kFramingPerByte = 8;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f); }

}  // namespace

ChunkDecoder::Step ChunkDecoder::feed(std::string_view& bytes, std::string& body) {
  while (!bytes.empty()) {
    if (at_ == At::Data) {
      const std::size_t take = std::min(left_, bytes.size());
      body.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      left_ -= take;
      if (left_ == 0) at_ = At::DataCr;
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (++framing_ > kFramingFree + kFramingPerByte * body.size()) return Step::Bad;
    const Step step = on_byte(c);
    if (step != Step::More) return step;
    if (at_ == At::Data && left_ > max_body_ - std::min(max_body_, body.size())) return Step::TooLarge;
  }
  return Step::More;
}

ChunkDecoder::Step ChunkDecoder::on_size(char c) {
  if (const int value = hex_value(c); value >= 0) {
    if (++digits_ > kMaxDigits) return Step::TooLarge;
    left_ = left_ * 16 + static_cast<std::size_t>(value);
    return Step::More;
  }
  if (digits_ == 0) return Step::Bad;
  if (c == ';') {
    at_ = At::Extension;
  } else if (c == '\r') {
    at_ = At::SizeEnd;
  } else {
    return Step::Bad;
  }
  return Step::More;
}

ChunkDecoder::Step ChunkDecoder::on_byte(char c) {
  switch (at_) {
    case At::Size:
      return on_size(c);
    case At::Extension:
      if (c == '\r') at_ = At::SizeEnd;
      return c == '\r' || is_text(c) ? Step::More : Step::Bad;
    case At::SizeEnd:
      last_ = left_ == 0;
      digits_ = 0;
      at_ = last_ ? At::LineStart : At::Data;
      return c == '\n' ? Step::More : Step::Bad;
    case At::DataCr:
      at_ = At::DataLf;
      return c == '\r' ? Step::More : Step::Bad;
    case At::DataLf:
      at_ = At::Size;
      return c == '\n' ? Step::More : Step::Bad;
    case At::LineStart:
      at_ = c == '\r' ? At::LastLf : At::Trailer;
      return c == '\r' || (is_text(c) && c != ' ' && c != '\t') ? Step::More : Step::Bad;
    case At::Trailer:
      if (c == '\r') at_ = At::TrailerEnd;
      return c == '\r' || is_text(c) ? Step::More : Step::Bad;
    case At::TrailerEnd:
      at_ = At::LineStart;
      return c == '\n' ? Step::More : Step::Bad;
    case At::LastLf:
      return c == '\n' ? Step::Done : Step::Bad;
    case At::Data:
      break;  // feed() takes those
  }
  return Step::Bad;
}

}  // namespace metadata::server
