#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "search/analyzer.h"
#include "search/plan.h"
#include "search/ranking.h"
#include "search/terms.h"
#include "search/vocabulary.h"

namespace metadata::search {
namespace {

using model::SearchClass;
using Queries = std::vector<Xapian::Query>;

constexpr std::size_t kMaxContainers = 100;  // that a word may name; a word that names more names none
constexpr double kLessForPrefix = 0.02;      // of quality: the word itself before words that begin so
constexpr double kLessForSynonym = 0.05;
constexpr std::size_t kMaxSynonyms = 16;  // of one word

/// Documents that match any of them; a document's weight is the greatest of them.
Xapian::Query best_of(const Queries& queries) {
  if (queries.empty()) return Xapian::Query::MatchNothing;
  if (queries.size() == 1) return queries.front();
  return Xapian::Query(Xapian::Query::OP_MAX, queries.begin(), queries.end());
}

Xapian::Query all_of(const Queries& queries) {
  return Xapian::Query(Xapian::Query::OP_AND, queries.begin(), queries.end());
}

Xapian::Query scaled(const Xapian::Query& query, double by) {
  return Xapian::Query(Xapian::Query::OP_SCALE_WEIGHT, query, by);
}

std::string joined(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words) text.append(text.empty() ? "" : " ").append(word.text);
  return text;
}

/// A kind of text that is searched, and what a word there is worth.
struct Scope {
  std::string_view word, stem;
  double quality = 0;
  bool positions = false;
};

Scope scope_of(SearchClass kind, double weight) {
  switch (kind) {
    case SearchClass::Name:
      return {terms::kNameWord, terms::kNameStem, quality_of_weight(weight), true};
    case SearchClass::Item:
      return {terms::kItemWord, terms::kItemStem, quality_of_weight(weight), false};
    case SearchClass::Text:
      return {terms::kTextWord, terms::kTextStem, quality_of_weight(weight), true};
    case SearchClass::ItemText:
      return {terms::kItemTextWord, terms::kItemTextStem, quality_of_weight(weight), false};
    case SearchClass::Extra:
      break;
  }
  return {terms::kExtraWord, terms::kExtraStem, quality_of_weight(weight), false};
}

/// Plans one clause of words.
class TextPlanner {
 public:
  TextPlanner(Planning& planning, const Clause& clause)
      : planning_(planning), clause_(clause), words_(std::max<std::size_t>(1, planning.words)) {
    find_scopes();
  }

  Result<Xapian::Query> words() {
    std::vector<std::string> units = units_of(clause_.text);
    if (std::ranges::any_of(units, [](const std::string& unit) { return !is_stop_word(fold(unit)); }))
      std::erase_if(units, [](const std::string& unit) { return is_stop_word(fold(unit)); });
    Queries queries;
    for (const std::string& unit : units) queries.push_back(of_unit(unit));
    if (queries.empty()) return Xapian::Query::MatchNothing;
    const auto how = clause_.all_words ? Xapian::Query::OP_AND : Xapian::Query::OP_OR;
    Xapian::Query query = queries.size() == 1 ? queries.front() : Xapian::Query(how, queries.begin(), queries.end());
    if (names_ && units.size() > 1) query = raised_for_whole_name(query);
    return limited(query);
  }

  Result<Xapian::Query> phrase() {
    const std::vector<Word> parts = words_of(clause_.text, planning_.limits.phrase_words);
    if (parts.empty()) return limited(exact_name(clause_.text, 1));
    Queries places;
    for (const Scope& scope : scopes_) {
      Queries one;
      for (const Word& part : parts) one.emplace_back(terms::of_word(scope.word, part.text));
      if (parts.size() == 1) {
        places.push_back(scaled(one.front(), factor(scope.quality, words_)));
      } else if (scope.positions) {
        const Xapian::Query together(Xapian::Query::OP_PHRASE, one.begin(), one.end(),
                                     static_cast<Xapian::termcount>(one.size()));
        places.push_back(scaled(together, factor(scope.quality, words_) / static_cast<double>(one.size())));
      }
    }
    add_whole_name(parts, places);
    return limited(best_of(places));
  }

  Result<Xapian::Query> prefix() {
    std::vector<Word> parts = words_of(clause_.text, planning_.limits.terms);
    if (parts.empty()) return Xapian::Query::MatchNothing;
    const Word last = std::move(parts.back());
    parts.pop_back();
    const double share = 1.0 / static_cast<double>(parts.size() + 1);
    Queries all;
    for (const Word& part : parts) all.push_back(scaled(of_part(part), share));
    Queries places;
    for (const Scope& scope : scopes_) {
      MD_LET(expanded, expand(scope, last.text));
      if (!expanded.empty()) places.push_back(scaled(expanded, factor(scope.quality - kLessForPrefix, words_)));
      add_term(terms::of_word(scope.word, last.text), scope.quality, places);
    }
    all.push_back(scaled(best_of(places), share));
    return limited(all_of(all));
  }

  Result<Xapian::Query> wildcard() {
    Queries places;
    for (const Scope& scope : scopes_) {
      MD_LET(found, terms_like(planning_, scope.word, fold(clause_.text)));
      if (found.empty()) continue;
      places.push_back(scaled(Xapian::Query(Xapian::Query::OP_SYNONYM, found.begin(), found.end()),
                              factor(scope.quality - kLessForPrefix, words_)));
    }
    return limited(best_of(places));
  }

 private:
  // Which texts of which types the clause is about.
  void find_scopes() {
    std::map<SearchClass, double> weights;
    for (const model::EntityType* type : planning_.types) {
      bool any = clause_.fields.empty();
      for (const model::SearchText& text : type->search.texts) {
        if (!clause_.fields.empty() && std::ranges::find(clause_.fields, text.path.name) == clause_.fields.end())
          continue;
        any = true;
        double& weight = weights[text.kind];
        weight = std::max(weight, text.weight);
      }
      (any ? of_types_ : other_types_).push_back(type);
      if (clause_.fields.empty()) {
        for (const model::SearchRelated& related : type->search.related_texts) related_[related.field] = related.weight;
      }
    }
    for (const auto& [kind, weight] : weights) scopes_.push_back(scope_of(kind, weight));
    names_ = weights.contains(SearchClass::Name);
  }

  // Types that do not have the field have terms of the same kind of text.
  Xapian::Query limited(const Xapian::Query& query) {
    if (clause_.fields.empty() || other_types_.empty() || query.empty()) return query;
    Queries types;
    for (const model::EntityType* type : of_types_) types.emplace_back(terms::of_text(terms::kType, type->name));
    return Xapian::Query(Xapian::Query::OP_FILTER, query,
                         Xapian::Query(Xapian::Query::OP_OR, types.begin(), types.end()));
  }

  bool known(const std::string& term) const { return planning_.database.get_termfreq(term) > 0; }

  bool add_term(const std::string& term, double quality, Queries& into) const {
    if (!known(term)) return false;
    into.push_back(scaled(Xapian::Query(term), factor(quality, words_)));
    return true;
  }

  // What was typed without a blank: a word, or an identifier, all parts of which must match.
  Xapian::Query of_unit(const std::string& unit) {
    const std::vector<Word> parts = words_of(unit, planning_.limits.terms);
    if (parts.empty()) return exact_name(unit, kExactQuality);
    Queries ways;
    if (parts.size() == 1) {
      ways.push_back(of_part(parts.front()));
    } else {
      Queries all;
      for (const Word& part : parts) all.push_back(scaled(of_part(part), 1.0 / static_cast<double>(parts.size())));
      ways.push_back(all_of(all));
    }
    if (names_) {
      add_term(terms::of_text(terms::kExactName, fold(unit)), kExactQuality, ways);
      add_whole_name(parts, ways);
      if (clause_.fields.empty()) add_path(unit, ways);
    }
    return best_of(ways);
  }

  Xapian::Query of_part(const Word& part) {
    Queries places;
    add_places(part, 0, places);
    add_synonyms(part, places);
    if (places.empty() && clause_.fuzzy) {
      const std::string nearest = nearest_word(planning_, part.text);
      for (const Word& word : words_of(nearest, 1)) add_places(word, kLessForSynonym, places);
    }
    return best_of(places);
  }

  void add_places(const Word& part, double less, Queries& places) {
    for (const Scope& scope : scopes_) add_term(terms::of_word(scope.stem, part.stem), scope.quality - less, places);
    if (!clause_.fields.empty()) return;
    for (const std::string& id : containers({part}, {})) {
      places.push_back(scaled(Xapian::Query(terms::kUnder + id), factor(kContainerQuality - less, words_)));
      for (const auto& [field, weight] : related_) {
        add_term(terms::of_field(terms::kRelated, field, id), quality_of_weight(weight) - less, places);
      }
    }
  }

  void add_synonyms(const Word& part, Queries& places) {
    std::size_t added = 0;
    for (const auto& group : planning_.limits.synonyms) {
      if (std::ranges::none_of(group, [&](const std::string& text) { return is_word(text, part); })) continue;
      for (const std::string& text : group) {
        if (is_word(text, part) || ++added > kMaxSynonyms) continue;
        const std::vector<Word> words = words_of(text, planning_.limits.phrase_words);
        Queries all;
        for (const Word& word : words) {
          Queries one;
          add_places(word, kLessForSynonym, one);
          all.push_back(scaled(best_of(one), 1.0 / static_cast<double>(words.size())));
        }
        if (!all.empty()) places.push_back(all_of(all));
      }
    }
  }

  static bool is_word(const std::string& text, const Word& part) {
    const std::vector<Word> words = words_of(text, 2);
    return words.size() == 1 && words.front().stem == part.stem;
  }

  // Ids of the containers that have all the words in their names, below one of the others when there are some. Nothing
  // when they are too many: such a word tells nothing, and which of them came first would depend on the index.
  std::vector<std::string> containers(const std::vector<Word>& words, const std::vector<std::string>& below) {
    Queries all;
    for (const Word& word : words) {
      const std::string term = terms::of_word(terms::kContainerStem, word.stem);
      const Xapian::doccount found = planning_.database.get_termfreq(term);
      if (found == 0 || (words.size() == 1 && below.empty() && found > kMaxContainers)) return {};
      all.emplace_back(term);
    }
    if (all.empty()) return {};
    if (!below.empty()) all.push_back(under(below));
    Xapian::Enquire enquire(planning_.database);
    enquire.set_query(all_of(all));
    enquire.set_weighting_scheme(Xapian::BoolWeight());
    const Xapian::MSet found = enquire.get_mset(0, kMaxContainers + 1);
    if (found.size() > kMaxContainers) return {};
    std::vector<std::string> ids;
    for (auto at = found.begin(); at != found.end(); ++at) ids.push_back(at.get_document().get_value(terms::kSlotId));
    return ids;
  }

  static Xapian::Query under(const std::vector<std::string>& ids) {
    Queries terms;
    for (const std::string& id : ids) terms.emplace_back(terms::kUnder + id);
    return Xapian::Query(Xapian::Query::OP_OR, terms.begin(), terms.end());
  }

  // sales_db.public.orders: what is called so, below the containers that are called so.
  void add_path(const std::string& unit, Queries& ways) {
    const auto split = fqn::split(unit);
    if (!split.ok() || split->size() < 2) return;
    std::vector<std::string> below;
    for (std::size_t i = 0; i + 1 < split->size(); ++i) {
      below = containers(words_of((*split)[i], planning_.limits.terms), below);
      if (below.empty()) return;
    }
    const std::string name = joined(words_of(split->back(), planning_.limits.terms));
    const std::string term = terms::of_text(terms::kNameWords, name);
    if (name.empty() || !known(term)) return;
    const Xapian::Query placed(Xapian::Query::OP_FILTER, Xapian::Query(term), under(below));
    ways.push_back(scaled(placed, factor(kFqnQuality, words_)));
  }

  void add_whole_name(const std::vector<Word>& words, Queries& ways) const {
    if (names_) add_term(terms::of_text(terms::kNameWords, joined(words)), kExactQuality, ways);
  }

  // Several words that together are a whole name.
  Xapian::Query raised_for_whole_name(const Xapian::Query& query) const {
    const std::string term = terms::of_text(terms::kNameWords, joined(words_of(clause_.text, planning_.limits.terms)));
    if (!known(term)) return query;
    const double quality = kExactQuality - quality_of_weight(10);
    return Xapian::Query(Xapian::Query::OP_AND_MAYBE, query, scaled(Xapian::Query(term), quality));
  }

  Xapian::Query exact_name(std::string_view text, double quality) const {
    const std::string folded = fold(text);
    if (!names_ || folded.empty()) return Xapian::Query::MatchNothing;
    return scaled(Xapian::Query(terms::of_text(terms::kExactName, folded)), factor(quality, words_));
  }

  Result<Xapian::Query> expand(const Scope& scope, const std::string& word) {
    MD_LET(found, terms_beginning(planning_, scope.word, word));
    if (found.empty()) return Xapian::Query();
    return Xapian::Query(Xapian::Query::OP_SYNONYM, found.begin(), found.end());
  }

  Planning& planning_;
  const Clause& clause_;
  const std::size_t words_;
  std::vector<Scope> scopes_;
  bool names_ = false;
  std::map<std::string, double> related_;  // relation fields whose other ends' names are searched
  std::vector<const model::EntityType*> of_types_, other_types_;
};

}  // namespace

std::vector<std::string> units_of(std::string_view text) {
  std::vector<std::string> units;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n", at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    units.emplace_back(text.substr(begin, at - begin));
  }
  return units;
}

bool is_text_field(const Planning& planning, std::string_view field) {
  return std::ranges::any_of(planning.types,
                             [&](const model::EntityType* type) { return type->search.text(field) != nullptr; });
}

Result<Xapian::Query> plan_text(Planning& planning, const Clause& clause) {
  TextPlanner planner(planning, clause);
  if (clause.kind == Clause::Kind::Phrase) return planner.phrase();
  if (clause.kind == Clause::Kind::Prefix) return planner.prefix();
  if (clause.kind == Clause::Kind::Wildcard) return planner.wildcard();
  return planner.words();
}

Result<Xapian::Query> plan_suggest(Planning& planning, std::string_view text) {
  Clause clause;
  clause.kind = Clause::Kind::Prefix;
  clause.fields = {"name", "displayName"};
  clause.text = text;
  planning.words = 1;
  return plan_text(planning, clause);
}

}  // namespace metadata::search
