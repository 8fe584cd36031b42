#ifndef METADATA_SERVER_HTTP_CHUNKED_H
#define METADATA_SERVER_HTTP_CHUNKED_H

#include <cstddef>
#include <string>
#include <string_view>

namespace metadata::server {

/// Takes a chunked request body apart, in bytes that come piece by piece. Not thread-safe.
///
/// Holds no bytes of its own: memory is what the caller's body has, which stays within the bound. Extensions and
/// trailers are skipped; both are bounded, and so is the framing as a whole, so that work follows the body's size.
class ChunkDecoder {
 public:
  enum class Step { More, Done, Bad, TooLarge };

  explicit ChunkDecoder(std::size_t max_body = 0) : max_body_(max_body) {}

  /// Takes bytes from the front of `bytes` and appends what is body to `body`. More: all were taken. Done: those behind
  /// the body are left. Bad: no chunked body. TooLarge: the body is beyond the bound.
  Step feed(std::string_view& bytes, std::string& body);

 private:
  enum class At { Size, Extension, SizeEnd, Data, DataCr, DataLf, LineStart, Trailer, TrailerEnd, LastLf };

  Step on_size(char c);
  Step on_byte(char c);

  At at_ = At::Size;
  std::size_t max_body_;
  std::size_t left_ = 0;     // of the chunk
  std::size_t digits_ = 0;   // of the chunk's size
  std::size_t framing_ = 0;  // bytes that were not body
  bool last_ = false;        // the chunk of size 0 has come
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_CHUNKED_H
