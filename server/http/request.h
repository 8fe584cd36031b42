#ifndef METADATA_SERVER_HTTP_REQUEST_H
#define METADATA_SERVER_HTTP_REQUEST_H

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace metadata::server {

/// Are two header names the same? Header names are ASCII and have no case.
inline bool same_header_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// Header fields in the order and spelling in which they came: the dialect looks at the spelling.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

  /// The first field of that name, or null.
  const Field* field(std::string_view name) const {
    for (const Field& f : fields_) {
      if (same_header_name(f.first, name)) return &f;
    }
    return nullptr;
  }
  /// Its value, or nothing at all.
  std::string_view value(std::string_view name) const {
    const Field* found = field(name);
    return found == nullptr ? std::string_view{} : std::string_view{found->second};
  }
  std::size_t count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(fields_.begin(), fields_.end(), [&](const Field& f) { return same_header_name(f.first, name); }));
  }
  const std::vector<Field>& all() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// One HTTP request with its whole body, as the transport read it; nothing is decoded.
struct Request {
  std::string method;
  std::string target;  ///< path and query as they stood in the request line
  Headers headers;
  std::string body;
  std::string peer;        ///< address of the other end
  bool is_secure = false;  ///< came over TLS
  /// Becomes true when the client has gone and nobody waits for the answer. Not owned, good for the handler's time;
  /// null where the transport cannot tell.
  const std::atomic<bool>* gone = nullptr;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_REQUEST_H
