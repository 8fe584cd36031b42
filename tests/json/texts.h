#ifndef METADATA_TESTS_JSON_TEXTS_H
#define METADATA_TESTS_JSON_TEXTS_H

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "json/parse.h"
#include "json/value.h"

/// The tree of a text that the test knows to be good; it may be larger than the limits allow.
inline metadata::json::Document doc(std::string_view text) {
  metadata::json::Document out;
  const metadata::Error error =
      metadata::json::parse(text, out, {.max_values = 1'000'000, .max_members = 100'000, .max_elements = 1'000'000});
  REQUIRE_MESSAGE(error.ok(), text.substr(0, 200) << ": " << error.message());
  return out;
}

/// `text` so many times.
inline std::string times(std::size_t count, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

#endif  // METADATA_TESTS_JSON_TEXTS_H
