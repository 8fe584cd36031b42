#include "search/document.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "json/parse.h"
#include "model/fqn.h"
#include "search/analyzer.h"
#include "search/facet_record.h"
#include "search/slots.h"
#include "search/terms.h"
#include "search/values.h"

namespace metadata::search {
namespace {

using model::SearchClass;

// Bounds of one document.
constexpr std::size_t kMaxNameWords = 64;     // of one name
constexpr std::size_t kMaxWords = 4000;       // of each class of text
constexpr std::size_t kMaxItems = 5000;       // names of nested items
constexpr std::size_t kMaxValues = 200;       // of one keyword, and of all custom properties
constexpr std::size_t kMaxFacetValues = 32;   // of one facet
constexpr std::size_t kMaxValueBytes = 1024;  // longer values are not matched whole
constexpr Xapian::termcount kFullName = 16;   // how often a word counts that is all of a name

/// What of the store the documents of some entities need besides the entities.
struct Around {
  std::unordered_map<std::string, std::vector<store::RefRow>> containers;  ///< by key; of any type
  std::unordered_map<store::Rid, std::vector<std::pair<const model::Field*, EntityId>>> related;
  std::unordered_map<store::Rid, std::vector<std::pair<EntityId, bool>>> tags;  ///< and whether it is the entity's own
};

// The keys of everything above, outermost first.
std::vector<std::string> keys_above(const std::string& key) {
  std::vector<std::string> keys;
  for (std::string_view parent = model::parent_key(key); !parent.empty(); parent = model::parent_key(parent)) {
    keys.emplace_back(parent);
  }
  std::ranges::reverse(keys);
  return keys;
}

// Which types may stand at a key with so many parts; a type whose depth varies is at all of them.
std::vector<std::string> types_at(const view::TypeLayout& layout, std::size_t depth) {
  std::vector<std::string> types;
  for (const std::string& above : layout.type->above) {
    std::size_t fixed = 0;
    for (const view::ContainerField& field : layout.containers) {
      const auto at = std::ranges::find(field.candidates, above, &view::ContainerField::Candidate::type);
      if (at != field.candidates.end()) fixed = at->depth;
    }
    if (fixed == 0 || fixed == depth) types.push_back(above);
  }
  return types;
}

Error fetch_containers(store::Reader& reader, const view::TypeLayout& layout,
                       std::span<const store::StoredEntity> entities, Around& around) {
  std::set<std::string> keys;
  for (const store::StoredEntity& entity : entities) {
    for (std::string& key : keys_above(entity.row.fqn_key)) keys.insert(std::move(key));
  }
  std::vector<store::TypedKey> wanted;
  for (const std::string& key : keys) {
    for (std::string& type : types_at(layout, model::key_parts(key).size())) wanted.push_back({std::move(type), key});
  }
  if (wanted.empty()) return {};
  MD_LET(rows, reader.refs_by_key(wanted));
  for (store::RefRow& row : rows) around.containers[row.fqn_key].push_back(std::move(row));
  return {};
}

bool is_other_end(const model::Field& field, const store::RelationRow& row, bool outgoing) {
  const auto& types = field.relation.types;
  return field.relation.kind == row.kind && field.relation.outgoing == outgoing &&
         (types.empty() || std::ranges::find(types, row.other.type) != types.end());
}

Error fetch_related(store::Reader& reader, const model::EntityType& type, std::span<const store::Rid> rids,
                    bool outgoing, Around& around) {
  std::vector<std::string> kinds;
  for (const std::string& name : type.search.related) {
    const model::Field* field = type.find(name);
    if (field->relation.outgoing == outgoing && std::ranges::find(kinds, field->relation.kind) == kinds.end())
      kinds.push_back(field->relation.kind);
  }
  if (kinds.empty() || rids.empty()) return {};
  MD_LET(rows, reader.relations(rids, outgoing ? store::Direction::From : store::Direction::To, kinds));
  for (const store::RelationRow& row : rows) {
    for (const std::string& name : type.search.related) {
      const model::Field* field = type.find(name);
      if (is_other_end(*field, row, outgoing)) around.related[row.self].emplace_back(field, row.other.id);
    }
  }
  return {};
}

Result<Around> fetch(store::Reader& reader, const view::TypeLayout& layout,
                     std::span<const store::StoredEntity> entities) {
  Around around;
  std::vector<store::Rid> rids;
  for (const store::StoredEntity& entity : entities) rids.push_back(entity.row.rid);
  MD_OK(fetch_containers(reader, layout, entities, around));
  MD_OK(fetch_related(reader, *layout.type, rids, true, around));
  MD_OK(fetch_related(reader, *layout.type, rids, false, around));
  if (layout.tag_fields.empty() && layout.nested_tagged.empty()) return around;
  MD_LET(tags, reader.tags(rids));
  for (const store::TagRow& row : tags) around.tags[row.rid].emplace_back(row.usage.tag_id, row.usage.path.empty());
  return around;
}

/// Whether others are found by the names of this type's entities.
bool names_others(const model::Registry& registry, const model::EntityType& type) {
  if (!type.below.empty()) return true;
  for (const auto& other : registry.types()) {
    for (const model::SearchRelated& text : other->search.related_texts) {
      if (text.types.empty() || std::ranges::find(text.types, type.name) != text.types.end()) return true;
    }
  }
  return false;
}

struct Prefixes {
  std::string_view word, stem;
};

Prefixes prefixes_of(SearchClass kind) {
  switch (kind) {
    case SearchClass::Name:
      return {terms::kNameWord, terms::kNameStem};
    case SearchClass::Item:
      return {terms::kItemWord, terms::kItemStem};
    case SearchClass::Text:
      return {terms::kTextWord, terms::kTextStem};
    case SearchClass::ItemText:
      return {terms::kItemTextWord, terms::kItemTextStem};
    case SearchClass::Extra:
      break;
  }
  return {terms::kExtraWord, terms::kExtraStem};
}

// Where phrases matter. Positions of the rest would cost more than they are worth.
bool has_positions(SearchClass kind) { return kind == SearchClass::Name || kind == SearchClass::Text; }

/// Makes one document.
class Maker {
 public:
  Maker(const view::TypeLayout& layout, bool names_others, const store::StoredEntity& entity, const Around& around)
      : type_(*layout.type),
        rule_(layout.type->search),
        names_others_(names_others),
        row_(entity.row),
        around_(around) {}

  Error make(std::string_view text) {
    MD_OK(json::parse_trusted(text, content_));
    add_identity();
    add_containers();
    add_related();
    add_tags();
    add_texts();
    add_keywords();
    add_exists();
    if (rule_.custom_properties) add_custom_properties();
    add_slots();
    return {};
  }

  Xapian::Document take() { return std::move(document_); }

 private:
  void boolean(std::string term) { document_.add_boolean_term(term); }

  void add_identity() {
    boolean(terms::of_id(terms::kId, row_.id));
    boolean(terms::of_text(terms::kType, type_.name));
    boolean(terms::of_text(terms::kState, row_.deleted ? "1" : "0"));
    facets_.type = type_.name;
    facets_.root = row_.id;
  }

  void add_containers() {
    bool first = true;
    for (const std::string& key : keys_above(row_.fqn_key)) {
      const auto at = around_.containers.find(key);
      if (at == around_.containers.end()) continue;
      for (const store::RefRow& container : at->second) {
        boolean(terms::of_id(terms::kUnder, container.id));
        if (std::exchange(first, false)) facets_.root = container.id;
        facets_.parent = container.id;
      }
    }
  }

  void add_related() {
    const auto at = around_.related.find(row_.rid);
    if (at == around_.related.end()) return;
    for (const auto& [field, id] : at->second) {
      existing_.insert(field->name);
      if (field->name == "owners") {
        boolean(terms::of_id(terms::kOwner, id));
        facets_.owners.push_back(id);
      } else if (field->name == "domains") {
        boolean(terms::of_id(terms::kDomain, id));
        facets_.domains.push_back(id);
      } else {
        boolean(terms::of_field(terms::kRelated, field->name, slot_of_id(id)));
      }
    }
  }

  void add_tags() {
    const auto at = around_.tags.find(row_.rid);
    if (at == around_.tags.end()) return;
    for (const auto& [id, own] : at->second) {
      boolean(terms::of_id(terms::kTag, id));
      if (own) {
        boolean(terms::of_id(terms::kOwnTag, id));
        existing_.insert("tags");
      }
      if (std::ranges::find(facets_.tags, id) == facets_.tags.end()) facets_.tags.push_back(id);
    }
  }

  void add_texts() {
    for (const model::SearchText& text : rule_.texts) {
      if (text.path.name == "name") {
        add_name(row_.name);
        continue;
      }
      const bool item_name = text.kind == SearchClass::Item && text.path.members.back() == "name";
      for_each_value(content_, text.path, kMaxItems, [&](const std::string& item, std::string_view value) {
        if (text.kind == SearchClass::Name) {
          add_name(value);
        } else {
          add_words(text.kind, value);
          if (item_name) boolean(terms::of_text(terms::kExactItem, fold(item)));
        }
      });
    }
  }

  void add_name(std::string_view name) {
    const std::string folded = fold(name);
    if (folded.empty()) return;
    boolean(terms::of_text(terms::kExactName, folded));
    const std::vector<Word> words = document_words_of(name, kMaxNameWords);
    const std::vector<Word> plain = words_of(name, kMaxNameWords);
    std::string all;
    for (const Word& word : plain) all.append(all.empty() ? "" : " ").append(word.text);
    if (!all.empty()) boolean(terms::of_text(terms::kNameWords, all));
    // The more of a name a word is, the more often it counts.
    const auto times = std::max<std::size_t>(1, kFullName / std::max<std::size_t>(1, plain.size()));
    for (const Word& word : words) {
      const std::string term = terms::of_word(terms::kNameWord, word.text);
      if (name_terms_.insert(term).second) document_.add_term(term, static_cast<Xapian::termcount>(times));
      document_.add_posting(term, position(SearchClass::Name, word), 0);
      const std::string stem = terms::of_word(terms::kNameStem, word.stem);
      if (word.stem != word.text && name_terms_.insert(stem).second)
        document_.add_term(stem, static_cast<Xapian::termcount>(times));
      if (names_others_) boolean(terms::of_container(word.stem, type_.name));
    }
    count(SearchClass::Name, words);
  }

  void add_words(SearchClass kind, std::string_view text) {
    std::size_t& used = used_[kind];
    if (used >= kMaxWords) return;
    const std::vector<Word> words = document_words_of(text, kMaxWords - used);
    used += words.size();
    const Prefixes prefixes = prefixes_of(kind);
    for (const Word& word : words) {
      const std::string term = terms::of_word(prefixes.word, word.text);
      if (has_positions(kind)) {
        document_.add_posting(term, position(kind, word));
      } else {
        document_.add_term(term);
      }
      if (word.stem != word.text) document_.add_term(terms::of_word(prefixes.stem, word.stem));
    }
    count(kind, words);
  }

  Xapian::termpos position(SearchClass kind, const Word& word) {
    return static_cast<Xapian::termpos>(positions_[kind] + word.position + 1);
  }

  // The words of the next text of this class are not beside these.
  void count(SearchClass kind, const std::vector<Word>& words) {
    constexpr std::size_t kGap = 100;
    if (!words.empty()) positions_[kind] += words.back().position + kGap;
  }

  void add_keyword(std::string_view field, std::string_view value) {
    if (value.empty() || value.size() > kMaxValueBytes) return;
    boolean(terms::of_field(terms::kKeyword, field, fold(value)));
  }

  void add_keywords() {
    for (const model::SearchPath& path : rule_.keywords) {
      const bool facet = std::ranges::find(rule_.values, path.name) != rule_.values.end();
      std::vector<std::string> seen;
      for_each_value(content_, path, kMaxValues, [&](const std::string&, std::string_view value) {
        add_keyword(path.name, value);
        if (!facet || seen.size() >= kMaxFacetValues || value.size() > kMaxValueBytes) return;
        if (std::ranges::find(seen, value) != seen.end()) return;
        seen.emplace_back(value);
        facets_.values.emplace_back(path.name, value);
      });
    }
  }

  void add_exists() {
    for (const std::string& field : rule_.exists) {
      const bool there = existing_.contains(field) || exists(content_, field);
      if (there) boolean(terms::of_text(terms::kExists, field));
    }
  }

  // Each value of the extension under its path; of references and other objects whatever they hold.
  void add_custom_properties() {
    const json::Value* extension = json::find(content_, "extension");
    if (extension == nullptr || !extension->IsObject()) return;
    std::vector<std::pair<std::string, const json::Value*>> open{{"extension", extension}};
    std::string text;
    for (std::size_t values = 0; !open.empty() && values < kMaxValues;) {
      const auto [name, value] = std::move(open.back());
      open.pop_back();
      if (value->IsObject()) {
        for (const auto& member : value->GetObject()) {
          open.emplace_back(name + "." + std::string(json::view(member.name)), &member.value);
        }
        if (!value->ObjectEmpty()) boolean(terms::of_text(terms::kExists, name));
      } else if (value->IsArray()) {
        for (const json::Value& element : value->GetArray()) open.emplace_back(name, &element);
      } else if (scalar_text(*value, text)) {
        ++values;
        add_keyword(name, text);
        boolean(terms::of_text(terms::kExists, name));
        if (value->IsString()) add_words(SearchClass::Extra, text);
      }
    }
  }

  void add_slots() {
    document_.add_value(terms::kSlotId, slot_of_id(row_.id));
    document_.add_value(terms::kSlotRid, slot_of_number(static_cast<std::uint64_t>(row_.rid)));
    document_.add_value(terms::kSlotFacets, pack(facets_));
    document_.add_value(terms::kSlotName, slot_of_text(fold(row_.name)));
    if (!row_.display_name.empty()) document_.add_value(terms::kSlotDisplayName, slot_of_text(fold(row_.display_name)));
    document_.add_value(terms::kSlotUpdatedAt, slot_of_number(static_cast<std::uint64_t>(row_.updated_at)));
  }

  const model::EntityType& type_;
  const model::SearchRule& rule_;
  const bool names_others_;
  const store::EntityRow& row_;
  const Around& around_;
  json::Document content_;
  Xapian::Document document_;
  FacetRecord facets_;
  std::set<std::string, std::less<>> existing_;  // fields that are not in the document
  std::unordered_set<std::string> name_terms_;
  std::map<SearchClass, std::size_t> used_, positions_;
};

}  // namespace

bool is_searchable(const model::EntityType& type) { return static_cast<bool>(type.search); }

Result<std::vector<Xapian::Document>> make_documents(store::Reader& reader, const view::Layouts& layouts,
                                                     const view::TypeLayout& layout,
                                                     std::span<const store::StoredEntity> entities) {
  MD_LET(around, fetch(reader, layout, entities));
  const bool named = names_others(layouts.registry(), *layout.type);
  std::vector<Xapian::Document> documents;
  documents.reserve(entities.size());
  for (const store::StoredEntity& entity : entities) {
    Maker maker(layout, named, entity, around);
    MD_OK(maker.make(entity.body.document));
    documents.push_back(maker.take());
  }
  return documents;
}

}  // namespace metadata::search
