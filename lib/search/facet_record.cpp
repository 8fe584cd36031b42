#include "search/facet_record.h"

#include <algorithm>
#include <limits>

namespace metadata::search {
namespace {

// A record is: type, parent, root, three lists of ids, and pairs of texts. Numbers are in bytes of seven bits.
void put_number(std::string& out, std::size_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(0x80 | (number & 0x7f)));
  out.push_back(static_cast<char>(number));
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out.append(text);
}

void put_id(std::string& out, const EntityId& id) {
  out.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

void put_ids(std::string& out, const std::vector<EntityId>& ids) {
  put_number(out, ids.size());
  for (const EntityId& id : ids) put_id(out, id);
}

/// Reads what the functions above wrote; once something does not fit, everything after it fails.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}

  std::size_t number() {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 56; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    good_ = false;
    return 0;
  }

  std::string_view text() { return take(number()); }

  EntityId id() {
    EntityId id;
    const std::string_view bytes = take(id.bytes.size());
    std::ranges::transform(bytes, id.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return id;
  }

  void ids(std::vector<EntityId>& into) {
    const std::size_t count = number();
    if (count > bytes_.size() / sizeof(EntityId)) good_ = false;
    into.clear();
    for (std::size_t i = 0; good_ && i < count; ++i) into.push_back(id());
  }

  bool good() const { return good_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) good_ = false;
    if (!good_) return {};
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
  bool good_ = true;
};

}  // namespace

std::string pack(const FacetRecord& record) {
  std::string out;
  put_text(out, record.type);
  put_id(out, record.parent);
  put_id(out, record.root);
  put_ids(out, record.owners);
  put_ids(out, record.domains);
  put_ids(out, record.tags);
  put_number(out, record.values.size());
  for (const auto& [field, value] : record.values) {
    put_text(out, field);
    put_text(out, value);
  }
  return out;
}

bool unpack(std::string_view bytes, FacetRecord& record, bool with_values) {
  Unpacker in(bytes);
  record.type = in.text();
  record.parent = in.id();
  record.root = in.id();
  in.ids(record.owners);
  in.ids(record.domains);
  in.ids(record.tags);
  record.values.clear();
  if (!with_values) return in.good();
  const std::size_t count = in.number();
  for (std::size_t i = 0; in.good() && i < count; ++i) {
    const std::string_view field = in.text();
    record.values.emplace_back(field, in.text());
  }
  return in.good() && in.at_end();
}

}  // namespace metadata::search
