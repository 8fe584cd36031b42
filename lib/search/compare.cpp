#include "search/compare.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/interrupt.h"
#include "model/fqn.h"
#include "search/document.h"
#include "search/follower.h"
#include "search/guarded.h"
#include "search/slots.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

constexpr std::size_t kPage = 1000;
constexpr int kRounds = 3;  // beside writers the first one finds what is only on its way
constexpr std::chrono::seconds kLook{1};

struct Seen {
  std::string revision;  ///< as the slot has it
  std::int32_t documents = 0;
  bool in_store = false;
};
using Documents = std::unordered_map<std::string, Seen>;  // by the id's bytes

struct Suspect {
  std::string rule;
  EntityId id;
  std::string text;
};

EntityId id_of(const std::string& bytes) {
  EntityId id;
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()), reinterpret_cast<char*>(id.bytes.data()));
  return id;
}

/// Until the index holds the log's end. It may take long, but not for ever: when it cannot go on, it says so.
Result<Seq> wait_for_end(Index& index, store::Store& store, const Interrupt& interrupt) {
  const Seq end = store.last_seq();
  while (true) {
    const auto standing = index.wait_for(end, kLook, interrupt);
    if (standing.ok() && standing->complete) return standing->seq;
    if (!standing.ok() && standing.error().code() != Code::Unavailable) return standing.error();
    const SearchStatus status = index.status();
    if (!status.trouble.empty()) return unavailable(status.trouble);
    if (standing.ok() && index.is_read_only()) return unavailable("the search index is behind the catalog");
  }
}

Result<Documents> read_documents(Index& index, const Interrupt& interrupt) {
  Documents all;
  const Error error = index.read([&](const Xapian::Database& database) -> Error {
    all.clear();
    // Each document is asked for its values, so one that is lost behind the list of all of them is seen as damage.
    for (auto at = database.postlist_begin(""); at != database.postlist_end(""); ++at) {
      MD_OK(base::check(interrupt));
      const Xapian::Document document = database.get_document(*at);
      Seen& seen = all[document.get_value(terms::kSlotId)];
      seen.revision = document.get_value(terms::kSlotRevision);
      ++seen.documents;
    }
    return {};
  });
  MD_OK(error);
  return all;
}

std::string name_of(const store::EntityRow& row) {
  return row.type + " " + row.id.text() + " (" + model::fqn_of_key(row.fqn_key) + ")";
}

/// What is wrong with one entity that the store has; nothing when all is well.
std::optional<Suspect> look_at(const store::EntityRow& row, const Documents& documents) {
  const auto at = documents.find(slot_of_id(row.id));
  if (at == documents.end())
    return Suspect{"index-missing", row.id, name_of(row) + ": the search index does not have it"};
  if (at->second.documents > 1)
    return Suspect{"index-double", row.id, name_of(row) + ": the search index has it more than once"};
  if (at->second.revision != revision_slot(row.revision))
    return Suspect{"index-outdated", row.id, name_of(row) + ": the search index has another revision of it"};
  return {};
}

Result<std::vector<Suspect>> suspects_of(store::Store& store, const view::Layouts& layouts, Documents& documents,
                                         const Interrupt& interrupt) {
  std::vector<Suspect> suspects;
  for (const auto& type : layouts.registry().types()) {
    if (!is_searchable(*type)) continue;
    store::ListQuery query;
    query.type = type->name;
    query.rows = store::Rows::All;
    query.limit = kPage;
    while (true) {
      // A snapshot a page: whatever changes between them is looked at again.
      MD_LET(reader, store.snapshot(interrupt));
      const auto page = reader->list(query);
      // The store's own check tells of what cannot be read, and nothing can be said of the rest of the type.
      if (page.error().code() == Code::Corrupt) return std::vector<Suspect>();
      if (!page.ok()) return page.error();
      for (const store::StoredEntity& entity : *page) {
        if (auto suspect = look_at(entity.row, documents)) suspects.push_back(*std::move(suspect));
        const auto at = documents.find(slot_of_id(entity.row.id));
        if (at != documents.end()) at->second.in_store = true;
      }
      if (page->size() < kPage) break;
      query.lower = page->back().row.fqn_key;
    }
  }
  for (const auto& [bytes, seen] : documents) {
    if (seen.in_store) continue;
    const EntityId id = id_of(bytes);
    suspects.push_back({"index-surplus", id, id.text() + ": the search index has it, the store does not"});
  }
  return suspects;
}

/// Those of them that are still so. Somebody may write all the time: only what no record of the log explains is wrong.
Error look_again(Index& index, store::Store& store, std::vector<Suspect>& suspects, const Interrupt& interrupt) {
  MD_OK(wait_for_end(index, store, interrupt).error());
  MD_LET(documents, read_documents(index, interrupt));
  std::vector<EntityId> ids;
  for (const Suspect& suspect : suspects) ids.push_back(suspect.id);
  std::unordered_map<std::string, store::EntityRow> rows;
  MD_LET(reader, store.snapshot(interrupt));
  for (std::size_t at = 0; at < ids.size(); at += kPage) {
    MD_LET(some, reader->find_all(std::span(ids).subspan(at, std::min(kPage, ids.size() - at))));
    for (store::StoredEntity& entity : some) rows.emplace(slot_of_id(entity.row.id), std::move(entity.row));
  }
  std::erase_if(suspects, [&](const Suspect& suspect) {
    const auto row = rows.find(slot_of_id(suspect.id));
    if (row == rows.end()) return !documents.contains(slot_of_id(suspect.id));
    return !look_at(row->second, documents).has_value();
  });
  return {};
}

Result<std::vector<Suspect>> compare(Index& index, store::Store& store, const view::Layouts& layouts,
                                     const Interrupt& interrupt) {
  std::vector<Suspect> suspects;
  for (int round = 0; round < kRounds; ++round) {
    MD_LET(before, wait_for_end(index, store, interrupt));
    MD_LET(documents, read_documents(index, interrupt));
    MD_LET(found, suspects_of(store, layouts, documents, interrupt));
    suspects = std::move(found);
    if (suspects.empty() || store.last_seq() == before) return suspects;
  }
  MD_OK(look_again(index, store, suspects, interrupt));
  return suspects;
}

}  // namespace

Result<std::vector<SearchFinding>> compare_with_store(Index& index, store::Store& store, const view::Layouts& layouts,
                                                      const Interrupt& interrupt) {
  std::vector<SearchFinding> findings;
  Result<std::vector<Suspect>> suspects = compare(index, store, layouts, interrupt);
  if (suspects.error().code() == Code::Unavailable) {
    findings.push_back({"index-unavailable", std::string(suspects.error().message())});
    return findings;
  }
  if (!suspects.ok()) return suspects.error();
  for (Suspect& suspect : *suspects) findings.push_back({std::move(suspect.rule), std::move(suspect.text)});
  return findings;
}

}  // namespace metadata::search
