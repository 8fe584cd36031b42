#include "search/word_source.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "search/ranking.h"

using namespace metadata::search;

namespace {

/// Documents with random terms a … j, in two parts as an index has them.
struct Texts {
  Xapian::WritableDatabase first{std::string(), Xapian::DB_BACKEND_INMEMORY};
  Xapian::WritableDatabase second{std::string(), Xapian::DB_BACKEND_INMEMORY};
  Xapian::Database both;
  std::map<Xapian::docid, std::map<std::string, unsigned>> documents;

  explicit Texts(unsigned seed) {
    std::mt19937 random(seed);
    both.add_database(first);
    both.add_database(second);
    for (int i = 0; i < 400; ++i) {
      Xapian::Document document;
      std::map<std::string, unsigned> terms;
      for (char c = 'a'; c <= 'j'; ++c) {
        // The later the letter, the rarer.
        if (random() % static_cast<unsigned>(2 + 3 * (c - 'a')) != 0) continue;
        const unsigned times = 1 + static_cast<unsigned>(random() % 16);
        document.add_term(std::string(1, c), times);
        terms[std::string(1, c)] = times;
      }
      const Xapian::docid local = (i % 2 == 0 ? first : second).add_document(document);
      documents[(local - 1) * 2 + (i % 2 == 0 ? 1 : 2)] = terms;
    }
    both.reopen();
  }

  double rare(const std::string& term) const {
    const auto count = std::ranges::count_if(documents, [&](const auto& one) { return one.second.contains(term); });
    return rareness(static_cast<Xapian::doccount>(count), static_cast<Xapian::doccount>(documents.size()));
  }
  // What a word is worth, by looking at every document.
  double weight(Xapian::docid id, const std::map<std::string, double>& factors) const {
    double best = 0;
    for (const auto& [term, factor] : factors) {
      const auto at = documents.at(id).find(term);
      if (at != documents.at(id).end()) best = std::max(best, exact(factor * weight_of_term(at->second, rare(term))));
    }
    return best;
  }
};

Xapian::Query best(const Texts& texts, const std::map<std::string, double>& factors) {
  Places places(texts.both);
  for (const auto& [term, factor] : factors) places.add(term, factor);
  return places.query();
}

using Ranked = std::vector<std::pair<double, Xapian::docid>>;

Ranked found(const Texts& texts, const Xapian::Query& query, Xapian::doccount size) {
  Xapian::Enquire enquire(texts.both);
  enquire.set_weighting_scheme(TermWeight());
  enquire.set_query(query);
  const Xapian::MSet matches = enquire.get_mset(0, size);
  Ranked ranked;
  for (auto match = matches.begin(); match != matches.end(); ++match) ranked.emplace_back(match.get_weight(), *match);
  return ranked;
}

// Greatest weight first, then by document, cut.
Ranked sorted(Ranked ranked, std::size_t size) {
  std::ranges::sort(ranked, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (ranked.size() > size) ranked.resize(size);
  return ranked;
}

void check_equal(const Ranked& ours, const Ranked& expected) {
  REQUIRE(ours.size() == expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    CHECK(ours[i].first == expected[i].first);
    CHECK(ours[i].second == expected[i].second);
  }
}

std::map<std::string, double> random_factors(std::mt19937& random) {
  std::map<std::string, double> factors;
  while (factors.empty()) {
    for (char c = 'a'; c <= 'k'; ++c) {
      if (random() % 3 == 0) factors[std::string(1, c)] = 1 + static_cast<double>(random() % 9) / 10;
    }
  }
  return factors;
}

}  // namespace

TEST_CASE("the best of several terms gives each document its greatest weight, also when only a page is asked for") {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 60; ++round) {
    const Texts texts(round);
    const auto factors = random_factors(random);
    Ranked expected;
    for (const auto& [id, terms] : texts.documents) {
      if (const double weight = texts.weight(id, factors); weight > 0) expected.emplace_back(weight, id);
    }
    for (const Xapian::doccount size : {3U, 10U, 1000U}) {
      check_equal(found(texts, best(texts, factors), size), sorted(expected, size));
    }
  }
}

TEST_CASE("several of them join as OR, AND and filters do") {
  std::mt19937 random(2);
  for (unsigned round = 0; round < 60; ++round) {
    const Texts texts(round);
    const auto one = random_factors(random), two = random_factors(random);
    Ranked either, both, filtered, without;
    for (const auto& [id, terms] : texts.documents) {
      const double a = texts.weight(id, one), b = texts.weight(id, two);
      if (a + b > 0) either.emplace_back(a + b, id);
      if (a > 0 && b > 0) both.emplace_back(a + b, id);
      if (a > 0 && terms.contains("b")) filtered.emplace_back(a, id);
      if (a > 0 && b == 0) without.emplace_back(a, id);
    }
    const Xapian::Query first = best(texts, one), second = best(texts, two);
    using Query = Xapian::Query;
    for (const Xapian::doccount size : {5U, 1000U}) {
      check_equal(found(texts, Query(Query::OP_OR, first, second), size), sorted(either, size));
      check_equal(found(texts, Query(Query::OP_AND, first, second), size), sorted(both, size));
      check_equal(found(texts, Query(Query::OP_FILTER, first, Query("b")), size), sorted(filtered, size));
      check_equal(found(texts, Query(Query::OP_AND_NOT, first, second), size), sorted(without, size));
    }
  }
}

TEST_CASE("several words count together, and what only raises a document loses none of a page") {
  std::mt19937 random(4);
  for (unsigned round = 0; round < 200; ++round) {
    CAPTURE(round);
    const Texts texts(round);
    std::vector<std::map<std::string, double>> words;
    std::vector<std::vector<WordPlace>> places;
    for (auto count = 1 + random() % 4; count > 0; --count) {
      words.push_back(random_factors(random));
      Places of_word(texts.both);
      for (const auto& [term, factor] : words.back()) of_word.add(term, factor);
      places.push_back(of_word.list());
    }
    const std::map<std::string, double> raise = {{"c", 0.04}, {"h", 0.02}};
    Places raises(texts.both);
    for (const auto& [term, factor] : raise) raises.add(term, factor);
    Ranked plain, raised;
    for (const auto& [id, terms] : texts.documents) {
      double sum = 0;
      for (const auto& word : words) sum += texts.weight(id, word);
      if (sum > 0) plain.emplace_back(sum, id);
      if (sum > 0) raised.emplace_back(sum + texts.weight(id, raise), id);
    }
    for (const Xapian::doccount size : {1U, 5U, 30U, 60U, 1000U}) {
      CAPTURE(size);
      check_equal(found(texts, any_word(places).query, size), sorted(plain, size));
      check_equal(found(texts, raises.raise(any_word(places).query), size), sorted(raised, size));
    }
  }
}

TEST_CASE("a share or boost of the factors scales the weights and loses no document") {
  const Texts texts(3);
  Places places(texts.both);
  places.add("a", 1.1);
  places.add("c", 1.9);
  places.add("f", 1.5);
  const Ranked plain = found(texts, places.query(), 1000);
  for (const double boost : {0.1, 10.0}) {
    const Ranked boosted = found(texts, places.query(boost), 10);
    REQUIRE(boosted.size() == 10);
    for (std::size_t i = 0; i < boosted.size(); ++i) {
      CHECK(boosted[i].second == plain[i].second);
      CHECK(boosted[i].first == doctest::Approx(plain[i].first * boost));
    }
  }
}

TEST_CASE("terms that no document has are left out") {
  const Texts texts(4);
  Places places(texts.both);
  CHECK_FALSE(places.add("k", 1));
  CHECK(places.empty());
  CHECK(places.query().empty());
}
