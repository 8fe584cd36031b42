#include "search/terms.h"

#include "base/hash.h"

namespace metadata::search::terms {
namespace {

constexpr std::size_t kHashDigits = 32;

/// Not longer than a term may be. Two long texts that begin alike still differ.
std::string bounded(std::string term) {
  if (term.size() <= kMaxTermBytes) return term;
  const std::string hash = base::sha256_hex(term).substr(0, kHashDigits);
  term.resize(kMaxTermBytes - kHashDigits);
  return term + hash;
}

}  // namespace

std::string of_id(char kind, const EntityId& id) {
  std::string term(1, kind);
  term.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  return term;
}

std::string of_text(char kind, std::string_view text) { return bounded(std::string(1, kind).append(text)); }

std::string of_field(char kind, std::string_view field, std::string_view value) {
  return bounded(std::string(1, kind).append(field).append(1, '\x1f').append(value));
}

std::string of_word(std::string_view prefix, std::string_view word) {
  return bounded(std::string(prefix).append(word));
}

std::string of_container(std::string_view stem, std::string_view type) {
  return bounded(std::string(kContainerStem).append(stem).append(1, '\x1f').append(type));
}

}  // namespace metadata::search::terms
