#ifndef METADATA_TESTS_STORE_SCRIPT_H
#define METADATA_TESTS_STORE_SCRIPT_H

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "store/store.h"

namespace metadata::store::test {

/// What a store must hold after some write sets: a naive copy of it, in maps.
class Model {
 public:
  struct Table {
    std::string key;
    std::int64_t revision = 1;
    std::int32_t version = 1;  // tenths
    bool deleted = false;
    std::string document;
    int history = 0;
  };
  std::map<std::uint64_t, Table> tables;
  std::map<std::string, std::string> settings;
  std::vector<std::string> log;

  /// All of it as one text.
  std::string text() const;
};

/// The same text, made of what the store answers.
std::string text_of(Store& store);

/// Write sets that create, change, mark, restore and remove tables and settings, with the model of what they do. The
/// same seed gives the same script.
class Script {
 public:
  explicit Script(std::uint64_t seed) : random_(seed) {}

  /// The set that must come before all others.
  WriteSet first();
  struct Step {
    WriteSet set;
    Model after;
  };
  /// The next set, for a store that is as `before`.
  Step next(const Model& before);

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  std::mt19937_64 random_;
  std::uint64_t made_ = 10;
  std::int64_t now_ = 1000;
};

}  // namespace metadata::store::test

#endif  // METADATA_TESTS_STORE_SCRIPT_H
