#ifndef METADATA_BENCH_SEARCH_TABLES_H
#define METADATA_BENCH_SEARCH_TABLES_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/metadata.h"

namespace metadata::bench {

/// Words as texts have them: a few everywhere, most of them hardly anywhere (Zipf). The same for the same seed.
class Vocabulary {
 public:
  explicit Vocabulary(std::size_t words = 13'000) {
    std::mt19937 random(13);
    words_ = {"customer", "order", "sales", "product", "date",   "amount",  "account", "payment", "invoice", "user",
              "event",    "daily", "total", "status",  "region", "country", "store",   "item",    "price",   "session"};
    static const char* const kSyllables[] = {"ba",  "re",  "mi",  "to",  "la", "ne",  "so",  "ku",
                                             "ver", "tan", "dor", "el",  "is", "pro", "gra", "con",
                                             "um",  "par", "lin", "sta", "ge", "ri",  "vo",  "ax"};
    while (words_.size() < words) {
      std::string word;
      for (auto left = 2 + random() % 3; left > 0; --left) word += kSyllables[random() % std::size(kSyllables)];
      word += static_cast<char>('a' + words_.size() % 26);
      words_.push_back(std::move(word));
    }
    double sum = 0;
    for (std::size_t i = 0; i < words_.size(); ++i)
      sums_.push_back(sum += 1 / std::pow(static_cast<double>(i + 2), 0.9));
  }

  const std::string& word(std::mt19937& random) const {
    const double at = std::uniform_real_distribution<double>(0, sums_.back())(random);
    return words_[static_cast<std::size_t>(std::lower_bound(sums_.begin(), sums_.end(), at) - sums_.begin())];
  }
  const std::string& at(std::size_t number) const { return words_[number % words_.size()]; }

 private:
  std::vector<std::string> words_;
  std::vector<double> sums_;
};

/// One table of the search benchmark, made from its number alone.
struct SearchTable {
  std::string name, description;
  std::vector<std::string> columns;
  std::string schema;    ///< FQN
  std::size_t tier = 0;  ///< 0: none

  SearchTable(const Vocabulary& vocabulary, std::size_t number) {
    std::mt19937 random(static_cast<std::uint32_t>(number) * 2654435761U + 1);
    name = vocabulary.word(random) + "_" + vocabulary.word(random) + "_" + std::to_string(number);
    for (int i = 0; i < 20; ++i) description.append(i == 0 ? "" : " ").append(vocabulary.word(random));
    for (int i = 0; i < 12; ++i)
      columns.push_back(vocabulary.word(random) + "_" + vocabulary.word(random) + "_" + std::to_string(i));
    schema = schema_name(random() % kSchemas);
    if (random() % 10 == 0) tier = 1 + random() % 5;
  }

  static constexpr std::size_t kSchemas = 200;
  static std::string database_name(std::size_t number) {
    return "service_" + std::to_string(number % 5) + ".database_" + std::to_string(number % 20);
  }
  static std::string schema_name(std::size_t number) {
    return database_name(number) + ".schema_" + std::to_string(number);
  }

  std::string body() const {
    JsonWriter json;
    json.begin_object()
        .key("name")
        .string(name)
        .key("databaseSchema")
        .string(schema)
        .key("description")
        .string(description);
    json.key("columns").begin_array();
    for (const std::string& column : columns) {
      json.begin_object()
          .key("name")
          .string(column)
          .key("dataType")
          .string("VARCHAR")
          .key("dataLength")
          .integer(255)
          .end_object();
    }
    json.end_array();
    if (tier > 0) {
      json.key("tags").begin_array().begin_object().key("tagFQN").string("Tier.Tier" + std::to_string(tier));
      json.key("source").string("Classification").key("labelType").string("Manual").key("state").string("Confirmed");
      json.end_object().end_array();
    }
    return std::string(json.end_object().text());
  }
};

/// What the tables lie in, and the tiers.
inline Error make_search_world(Catalog& catalog) {
  Batch batch;
  for (int i = 0; i < 5; ++i)
    batch.put("databaseService", R"({"name":"service_)" + std::to_string(i) + R"(","serviceType":"Mysql"})");
  for (std::size_t i = 0; i < 20; ++i) {
    batch.put("database", R"({"name":"database_)" + std::to_string(i) + R"(","service":"service_)" +
                              std::to_string(i % 5) + R"("})");
  }
  for (std::size_t i = 0; i < SearchTable::kSchemas; ++i) {
    batch.put("databaseSchema", R"({"name":"schema_)" + std::to_string(i) + R"(","database":")" +
                                    SearchTable::database_name(i) + R"("})");
  }
  batch.put("classification", R"({"name":"Tier","description":"How important something is"})");
  for (int i = 1; i <= 5; ++i) {
    batch.put("tag", R"({"name":"Tier)" + std::to_string(i) + R"(","classification":"Tier","description":"A tier"})");
  }
  const auto written = catalog.write(batch);
  return written.ok() ? Error{} : written.error();
}

inline Error make_search_tables(Catalog& catalog, const Vocabulary& vocabulary, std::size_t from, std::size_t to) {
  constexpr std::size_t kBatch = 500;
  for (std::size_t first = from; first < to; first += kBatch) {
    Batch batch;
    for (std::size_t i = first; i < std::min(to, first + kBatch); ++i)
      batch.put("table", SearchTable(vocabulary, i).body());
    const auto written = catalog.write(batch);
    if (!written.ok()) return written.error();
  }
  return {};
}

}  // namespace metadata::bench

#endif  // METADATA_BENCH_SEARCH_TABLES_H
