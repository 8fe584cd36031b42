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
#include "search/word_source.h"

namespace metadata::search {
namespace {

using model::SearchClass;
using Queries = std::vector<Xapian::Query>;

constexpr std::size_t kMaxContainers = 100;  // that a word may name; a word that names more names none
constexpr double kLessForPrefix = 0.02;      // of quality: the word itself before words that begin so
constexpr double kLessForSynonym = 0.05;
constexpr double kUsualNameWeight = 10;
constexpr std::size_t kMaxSynonyms = 16;  // of one word

/// Documents that match any of them, each with the weight of the first one that it matches.
Xapian::Query first_of(const Queries& queries) {
  Xapian::Query all;
  for (const Xapian::Query& query : queries) {
    if (query.empty()) continue;
    all = all.empty() ? query
                      : Xapian::Query(Xapian::Query::OP_OR, all, Xapian::Query(Xapian::Query::OP_AND_NOT, query, all));
  }
  return all;
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

  Result<Planned> words() {
    std::vector<std::string> units = units_of(clause_.text);
    if (std::ranges::any_of(units, [](const std::string& unit) { return !is_stop_word(fold(unit)); }))
      std::erase_if(units, [](const std::string& unit) { return is_stop_word(fold(unit)); });
    Queries queries;
    std::vector<std::vector<WordPlace>> single;  // words that are looked for together
    for (const std::string& unit : units) {
      const std::vector<Word> parts = words_of(unit, planning_.limits.terms);
      if (parts.size() == 1 && !clause_.all_words) {
        Ways ways = ways_of(parts.front(), 1, &unit);
        if (ways.others.empty()) {
          single.push_back(ways.places.list());
          continue;
        }
      }
      queries.push_back(of_unit(unit, parts));
    }
    const Planned together = any_word(std::move(single));
    const bool maybe_a_name = names_ && units.size() > 1 && is_whole_name();
    if (queries.empty() && !maybe_a_name) return limited(together);
    if (!together.query.empty()) queries.insert(queries.begin(), together.query);
    if (queries.empty()) return Planned{};
    const auto how = clause_.all_words ? Xapian::Query::OP_AND : Xapian::Query::OP_OR;
    Xapian::Query query = queries.size() == 1 ? queries.front() : Xapian::Query(how, queries.begin(), queries.end());
    if (maybe_a_name) query = raised_for_whole_name(query);
    return limited({query, {}});
  }

  Result<Planned> phrase() {
    const std::vector<Word> parts = words_of(clause_.text, planning_.limits.phrase_words);
    if (parts.empty()) return limited({exact_name(clause_.text, kExactQuality), {}});
    Places places(planning_.database);
    if (names_) places.add(terms::of_text(terms::kNameWords, joined(parts)), worth(kExactQuality));
    if (parts.size() > 1) add_whole_item(parts, places);
    Queries ways;
    for (const Scope& scope : scopes_) {
      Queries together;
      for (const Word& part : parts) together.emplace_back(terms::of_word(scope.word, part.text));
      if (parts.size() == 1) {
        places.add(terms::of_word(scope.word, parts.front().text), worth(scope.quality));
      } else if (scope.positions) {
        const auto size = static_cast<Xapian::termcount>(together.size());
        ways.push_back(scaled(Xapian::Query(Xapian::Query::OP_PHRASE, together.begin(), together.end(), size),
                              worth(scope.quality) / static_cast<double>(size)));
      }
    }
    if (ways.empty()) return limited(any_word({places.list()}));
    ways.insert(ways.begin(), places.query());
    return limited({first_of(ways), {}});
  }

  Result<Planned> prefix() {
    std::vector<Word> parts = words_of(clause_.text, planning_.limits.terms);
    if (parts.empty()) return Planned{};
    const Word last = std::move(parts.back());
    parts.pop_back();
    const double share = 1.0 / static_cast<double>(parts.size() + 1);
    Queries all;
    for (const Word& part : parts) all.push_back(of_part(part, share, nullptr));
    Places places(planning_.database);
    for (const Scope& scope : scopes_) {
      MD_LET(found, terms_beginning(planning_, scope.word, last.text));
      for (const FoundTerm& one : found)
        places.add_known(one.term, worth(scope.quality - kLessForPrefix), one.documents);
      places.add(terms::of_word(scope.word, last.text), worth(scope.quality));
    }
    if (names_) places.add(terms::of_text(terms::kNameWords, last.text), worth(kExactQuality));
    if (all.empty()) return limited(any_word({places.list()}));
    all.push_back(places.query(share));
    return limited({all_of(all), {}});
  }

  Result<Planned> wildcard() {
    const std::string pattern = fold(clause_.text);
    Places places(planning_.database);
    for (const Scope& scope : scopes_) {
      MD_LET(found, terms_like(planning_, scope.word, pattern));
      for (const FoundTerm& one : found)
        places.add_known(one.term, worth(scope.quality - kLessForPrefix), one.documents);
    }
    if (names_) {
      MD_LET(found, terms_like(planning_, std::string(1, terms::kExactName), pattern));
      for (const FoundTerm& one : found)
        places.add_known(one.term, worth(kExactQuality - kLessForPrefix), one.documents);
    }
    return limited(any_word({places.list()}));
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
  Planned limited(Planned planned) {
    if (clause_.fields.empty() || other_types_.empty() || planned.query.empty()) return planned;
    Queries types;
    for (const model::EntityType* type : of_types_) types.emplace_back(terms::of_text(terms::kType, type->name));
    return {Xapian::Query(Xapian::Query::OP_FILTER, planned.query,
                          Xapian::Query(Xapian::Query::OP_OR, types.begin(), types.end())),
            {}};
  }

  // The factor of a term in a place of this quality.
  double worth(double quality) const { return factor(quality, words_) * planning_.boost; }

  bool known(const std::string& term) const { return planning_.database.get_termfreq(term) > 0; }

  // What was typed without a blank: a word, or an identifier, all parts of which must match.
  Xapian::Query of_unit(const std::string& unit, const std::vector<Word>& parts) {
    if (parts.empty()) return exact_name(unit, kExactQuality);
    if (parts.size() == 1) return of_part(parts.front(), 1, &unit);
    Queries all;
    for (const Word& part : parts) all.push_back(of_part(part, 1.0 / static_cast<double>(parts.size()), nullptr));
    Xapian::Query query = all_of(all);
    if (!names_) return query;
    // Whoever is called so as a whole has all the parts.
    Places whole(planning_.database);
    add_whole_name(unit, parts, kExactQuality - quality_of_weight(kUsualNameWeight), whole);
    query = whole.raise(query);
    if (!clause_.fields.empty()) return query;
    return first_of({path_of(unit), query});
  }

  struct Ways {
    Places places;
    Queries others = {};  // synonyms of several words
  };

  // A word in any of its places. `unit`: what was typed, when the word is all of it.
  Xapian::Query of_part(const Word& part, double share, const std::string* unit) {
    Ways ways = ways_of(part, share, unit);
    ways.others.insert(ways.others.begin(), ways.places.query(share));
    return first_of(ways.others);
  }

  Ways ways_of(const Word& part, double share, const std::string* unit) {
    Places places(planning_.database);
    if (unit != nullptr && names_) {
      if (is_used_name(*unit)) places.add(terms::of_text(terms::kExactName, fold(*unit)), worth(kExactQuality));
      places.add(terms::of_text(terms::kNameWords, part.text), worth(kExactQuality));
    }
    add_places(part, 0, places);
    if (is_one_cjk(part.text)) add_beginnings(part.text, places);
    Queries ways = synonyms_of(part, share, places);
    if (places.empty() && clause_.fuzzy) {
      for (const Word& word : words_of(nearest_word(planning_, part.text), 1))
        add_places(word, kLessForSynonym, places);
    }
    return {std::move(places), std::move(ways)};
  }

  // Out of time, fewer words are found; the search itself will say so.
  void add_beginnings(const std::string& beginning, Places& places) {
    for (const Scope& scope : scopes_) {
      const auto found = terms_beginning(planning_, scope.word, beginning);
      if (!found.ok()) return;
      for (const FoundTerm& one : *found)
        places.add_known(one.term, worth(scope.quality - kLessForPrefix), one.documents);
    }
  }

  bool is_used_name(const std::string& text) const { return known(terms::of_text(terms::kExactName, fold(text))); }

  void add_places(const Word& part, double less, Places& places) {
    for (const Scope& scope : scopes_) {
      places.add(terms::of_word(scope.word, part.stem), worth(scope.quality - less));
      places.add(terms::of_word(scope.stem, part.stem), worth(scope.quality - less));
    }
    if (!clause_.fields.empty()) return;
    for (const std::string& id : containers({part}, {})) {
      places.add(terms::kUnder + id, worth(kContainerQuality - less));
      for (const auto& [field, weight] : related_) {
        places.add(terms::of_field(terms::kRelated, field, id), worth(quality_of_weight(weight) - less));
      }
    }
  }

  // Words that mean the same go to the places; texts of several words are ways of their own.
  Queries synonyms_of(const Word& part, double share, Places& places) {
    Queries ways;
    std::size_t added = 0;
    for (const auto& group : planning_.limits.synonyms) {
      if (std::ranges::none_of(group, [&](const std::string& text) { return is_word(text, part); })) continue;
      for (const std::string& text : group) {
        if (is_word(text, part) || ++added > kMaxSynonyms) continue;
        const std::vector<Word> words = words_of(text, planning_.limits.phrase_words);
        if (words.size() == 1) {
          add_places(words.front(), kLessForSynonym, places);
          continue;
        }
        Queries all;
        for (const Word& word : words) {
          Places one(planning_.database);
          add_places(word, kLessForSynonym, one);
          all.push_back(one.query(share / static_cast<double>(words.size())));
        }
        if (!all.empty()) ways.push_back(all_of(all));
      }
    }
    return ways;
  }

  static bool is_word(const std::string& text, const Word& part) {
    const std::vector<Word> words = words_of(text, 2);
    return words.size() == 1 && words.front().stem == part.stem;
  }

  // Ids of the containers that have all the words in their names, below one of the others when there are some. Of a
  // type of which they are too many, none: such a word tells nothing, and which came first would depend on the index.
  std::vector<std::string> containers(const std::vector<Word>& words, const std::vector<std::string>& below) {
    std::vector<std::string> ids;
    if (words.empty()) return ids;
    for (const std::string& type : types_with(words.front().stem, words.size() == 1 && below.empty())) {
      Queries all;
      for (const Word& word : words) all.emplace_back(terms::of_container(word.stem, type));
      if (!below.empty()) all.push_back(under(below));
      Xapian::Enquire enquire(planning_.database);
      enquire.set_query(all_of(all));
      enquire.set_weighting_scheme(Xapian::BoolWeight());
      const Xapian::MSet found = enquire.get_mset(0, kMaxContainers + 1);
      if (found.size() + ids.size() > kMaxContainers) continue;
      for (auto at = found.begin(); at != found.end(); ++at) ids.push_back(at.get_document().get_value(terms::kSlotId));
    }
    return ids;
  }

  // The types that have entities with the word in their names, of those by which what is searched can be found.
  std::vector<std::string> types_with(const std::string& stem, bool alone) {
    std::vector<std::string> types;
    const std::string begin = terms::of_container(stem);
    const auto end = planning_.database.allterms_end(begin);
    for (auto at = planning_.database.allterms_begin(begin); at != end; ++at) {
      std::string type = (*at).substr(begin.size());
      if (!naming_types().contains(type)) continue;
      if (!alone || at.get_termfreq() <= kMaxContainers) types.push_back(std::move(type));
    }
    return types;
  }

  // Found out when the first word is part of such a name. Types without documents need nothing to be found by.
  const std::set<std::string, std::less<>>& naming_types() {
    if (naming_types_) return *naming_types_;
    auto& names = naming_types_.emplace();
    for (const auto* type : planning_.types) {
      std::vector<std::string> more = type->above;
      for (const model::SearchRelated& related : type->search.related_texts) {
        more.insert(more.end(), related.types.begin(), related.types.end());
        if (!related.types.empty()) continue;  // none named: any may be
        for (const auto& any : planning_.layouts.registry().types()) more.push_back(any->name);
      }
      std::erase_if(more, [&](const std::string& name) { return names.contains(name); });
      if (!more.empty() && known(terms::of_text(terms::kType, type->name))) names.insert(more.begin(), more.end());
    }
    return names;
  }

  static Xapian::Query under(const std::vector<std::string>& ids) {
    Queries terms;
    for (const std::string& id : ids) terms.emplace_back(terms::kUnder + id);
    return Xapian::Query(Xapian::Query::OP_OR, terms.begin(), terms.end());
  }

  // sales_db.public.orders: what is called so, below the containers that are called so.
  Xapian::Query path_of(const std::string& unit) {
    const auto split = fqn::split(unit);
    if (!split.ok() || split->size() < 2) return {};
    std::vector<std::string> below;
    for (std::size_t i = 0; i + 1 < split->size(); ++i) {
      below = containers(words_of((*split)[i], planning_.limits.terms), below);
      if (below.empty()) return {};
    }
    const std::string name = joined(words_of(split->back(), planning_.limits.terms));
    const std::string term = terms::of_text(terms::kNameWords, name);
    if (name.empty() || !known(term)) return {};
    return scaled(Xapian::Query(Xapian::Query::OP_FILTER, Xapian::Query(term), under(below)), worth(kFqnQuality));
  }

  void add_whole_name(const std::string& unit, const std::vector<Word>& words, double quality, Places& places) const {
    const double more = quality * planning_.boost / static_cast<double>(words_);
    places.add(terms::of_text(terms::kExactName, fold(unit)), more);
    places.add(terms::of_text(terms::kNameWords, joined(words)), more);
  }

  // A nested item that is called by just these words, in any of the ways to write them. Further phrases in the names of
  // items would need the positions of all their words.
  void add_whole_item(const std::vector<Word>& words, Places& places) const {
    const auto items = std::ranges::find(scopes_, terms::kItemWord, &Scope::word);
    if (items == scopes_.end()) return;
    for (const std::string_view between : {"_", "", "-", " "}) {
      std::string name;
      for (const Word& word : words) name.append(name.empty() ? "" : between).append(word.text);
      places.add(terms::of_text(terms::kExactItem, name), worth(items->quality));
    }
  }

  // Several words that together are a whole name.
  std::string whole_name() const {
    return terms::of_text(terms::kNameWords, joined(words_of(clause_.text, planning_.limits.terms)));
  }
  bool is_whole_name() const { return known(whole_name()); }
  Xapian::Query raised_for_whole_name(const Xapian::Query& query) const {
    const std::string term = whole_name();
    Places whole(planning_.database);
    whole.add(term, (kExactQuality - quality_of_weight(kUsualNameWeight)) * planning_.boost);
    return whole.raise(query);
  }

  Xapian::Query exact_name(std::string_view text, double quality) const {
    const std::string folded = fold(text);
    if (!names_ || folded.empty()) return Xapian::Query::MatchNothing;
    return scaled(Xapian::Query(terms::of_text(terms::kExactName, folded)), worth(quality));
  }

  Planning& planning_;
  const Clause& clause_;
  const std::size_t words_;
  std::vector<Scope> scopes_;
  bool names_ = false;
  std::optional<std::set<std::string, std::less<>>> naming_types_;
  std::map<std::string, double> related_;  // relation fields whose other ends' names are searched
  std::vector<const model::EntityType*> of_types_, other_types_;
};

}  // namespace

bool is_text_field(const Planning& planning, std::string_view field) {
  return std::ranges::any_of(planning.types,
                             [&](const model::EntityType* type) { return type->search.text(field) != nullptr; });
}

Result<Planned> plan_text(Planning& planning, const Clause& clause) {
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
  MD_LET(planned, plan_text(planning, clause));
  return planned.query;
}

}  // namespace metadata::search
