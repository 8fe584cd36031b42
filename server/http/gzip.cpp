#include "http/gzip.h"

#include <zlib.h>

#include "http/head.h"

namespace metadata::server {
namespace {

constexpr int kLevel = 1;
constexpr int kGzipForm = 15 + 16;  // zlib: the largest window, with gzip's header
constexpr int kMemory = 8;

// ";q=0", ";q=0.000" and what is no number at all are a refusal.
bool is_wanted(std::string_view parameters) {
  const auto q = parameters.find("q=") != std::string_view::npos ? parameters.find("q=") : parameters.find("Q=");
  if (q == std::string_view::npos) return true;
  const std::string_view value = trimmed(parameters.substr(q + 2));
  if (value.empty() || (value.front() != '0' && value.front() != '1')) return false;
  return value.find_first_of("123456789") != std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view list) {
  bool any = false;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    const auto semicolon = item.find(';');
    const std::string_view coding = trimmed(item.substr(0, semicolon));
    const bool wanted = semicolon == std::string_view::npos || is_wanted(item.substr(semicolon + 1));
    if (same_header_name(coding, "gzip") || same_header_name(coding, "x-gzip")) return wanted;
    if (coding == "*") any = wanted;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return any;
}

std::optional<std::string> gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipForm, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) return std::nullopt;
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib does not write to its input, it only lacks the word.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (!done) return std::nullopt;
  return out;
}

std::optional<std::string> gunzip(std::string_view packed, std::size_t most) {
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipForm) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= most) {
    const std::size_t had = out.size();
    out.resize(had + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(kPiece);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END || out.size() > most) return std::nullopt;
  return out;
}

}  // namespace metadata::server
