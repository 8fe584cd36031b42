#include "guard/window_table.h"

#include <bit>
#include <new>
#include <random>

namespace metadata::server {
namespace {

std::uint64_t random_word() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

/// SipHash-2-4 (Aumasson, Bernstein 2012) of three words: without the secret nobody can look for keys of one set.
std::uint64_t sip_hash(const WindowTable::Key& key, const std::array<std::uint64_t, 2>& secret) {
  std::uint64_t a = secret[0] ^ 0x736f6d6570736575U;
  std::uint64_t b = secret[1] ^ 0x646f72616e646f6dU;
  std::uint64_t c = secret[0] ^ 0x6c7967656e657261U;
  std::uint64_t d = secret[1] ^ 0x7465646279746573U;
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      a += b;
      b = std::rotl(b, 13) ^ a;
      a = std::rotl(a, 32);
      c += d;
      d = std::rotl(d, 16) ^ c;
      a += d;
      d = std::rotl(d, 21) ^ a;
      c += b;
      b = std::rotl(b, 17) ^ c;
      c = std::rotl(c, 32);
    }
  };
  const auto word = [&](std::uint64_t value) {
    d ^= value;
    rounds(2);
    a ^= value;
  };
  for (const std::uint64_t value : key) word(value);
  word(std::uint64_t{sizeof(WindowTable::Key)} << 56);
  c ^= 0xff;
  rounds(4);
  return a ^ b ^ c ^ d;
}

}  // namespace

WindowTable::WindowTable(std::size_t places, Ticks window)
    : window_(window), mask_(places / std::tuple_size_v<Set> - 1), secret_{random_word(), random_word()} {
  // From calloc, so that pages which no key has used yet take no memory.
  sets_.reset(static_cast<Set*>(std::calloc(mask_ + 1, sizeof(Set))));
  if (sets_ == nullptr) throw std::bad_alloc();
}

WindowTable::Place& WindowTable::place_of(Set& set, std::uint64_t tag, Ticks now) const {
  Place* least = &set.front();
  Place* open = nullptr;
  for (Place& place : set) {
    if (place.tag == tag) return place;
    if (place.tag == 0 || is_over(place, now)) open = &place;
    if (place.used < least->used) least = &place;
  }
  if (open == nullptr) {
    least->tag = tag;  // with the count and the window of whom it pushes out
    return *least;
  }
  *open = {tag, now, 0};
  return *open;
}

WindowTable::Taken WindowTable::take(const Key& key, std::uint32_t limit, Ticks now) {
  const std::uint64_t hash = sip_hash(key, secret_);
  const std::size_t index = hash & mask_;
  const std::uint64_t tag = hash == 0 ? 1 : hash;
  const std::lock_guard lock(locks_[index % kLocks].mutex);
  Place& place = place_of(sets_[index], tag, now);
  if (is_over(place, now)) place = {tag, now, 0};
  const bool granted = place.used < limit;
  if (granted) ++place.used;
  return {granted, place.used, place.began};
}

}  // namespace metadata::server
