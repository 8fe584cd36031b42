#include "base/tar.h"

#include <algorithm>

namespace metadata::base {
namespace {

struct Place {
  std::size_t at;
  std::size_t length;
};

constexpr Place kName{0, 100}, kMode{100, 8}, kOwner{108, 8}, kGroup{116, 8}, kSize{124, 12}, kTime{136, 12},
    kSum{148, 8}, kType{156, 1}, kMagic{257, 8};

/// Octal digits with zeros in front and a NUL behind; a number that does not fit stands there in binary, marked by the
/// highest bit.
void put_number(std::string& block, Place place, std::uint64_t number) {
  const std::uint64_t fits = std::uint64_t{1} << (3 * (place.length - 1));
  if (number >= fits) {
    for (std::size_t i = 0; i < 8; ++i) {
      block[place.at + place.length - 1 - i] = static_cast<char>((number >> (8 * i)) & 0xff);
    }
    block[place.at] = static_cast<char>(0x80);
    return;
  }
  for (std::size_t i = 0; i + 1 < place.length; ++i) {
    block[place.at + place.length - 2 - i] = static_cast<char>('0' + ((number >> (3 * i)) & 7));
  }
}

void put_text(std::string& block, Place place, std::string_view text) {
  std::ranges::copy(text.substr(0, place.length), block.begin() + static_cast<std::ptrdiff_t>(place.at));
}

Result<std::uint64_t> number_at(std::string_view block, Place place) {
  if (block.size() != kTarBlock) return corrupt("a tar header has another length");
  const std::string_view digits = block.substr(place.at, place.length);
  std::uint64_t number = 0;
  if (digits.front() == static_cast<char>(0x80)) {
    for (const char c : digits.substr(digits.size() - 8)) number = (number << 8) | static_cast<unsigned char>(c);
    return number;
  }
  for (const char c : digits.substr(0, digits.size() - 1)) {
    if (c < '0' || c > '7') return corrupt("a tar header holds something else than a number");
    number = (number << 3) | static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace

std::string tar_header(const TarEntry& entry) {
  std::string block(kTarBlock, '\0');
  put_text(block, kName, entry.name);
  put_number(block, kMode, 0600);
  put_number(block, kOwner, 0);
  put_number(block, kGroup, 0);
  put_number(block, kSize, entry.size);
  put_number(block, kTime, static_cast<std::uint64_t>(std::max<std::int64_t>(entry.time_s, 0)));
  put_text(block, kType, "0");
  put_text(block, kMagic, std::string_view("ustar\00000", 8));
  // The sum is taken as if its own place held spaces.
  put_text(block, kSum, "        ");
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put_number(block, Place{kSum.at, kSum.length - 1}, sum);
  block[kSum.at + kSum.length - 2] = '\0';
  return block;
}

Result<std::uint64_t> tar_size(std::string_view header) { return number_at(header, kSize); }

Result<std::int64_t> tar_time(std::string_view header) {
  MD_LET(time, number_at(header, kTime));
  return static_cast<std::int64_t>(time);
}

}  // namespace metadata::base
