#ifndef METADATA_TESTS_SEARCH_PLACE_H
#define METADATA_TESTS_SEARCH_PLACE_H

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <xapian.h>

#include "metadata/metadata.h"

// A catalog on the disk, and its search index looked at past the library.
namespace metadata::search::test {

namespace fs = std::filesystem;

template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.ok(), result.error().text());
  return *std::move(result);
}
inline void must(const Error& error) { REQUIRE_MESSAGE(error.ok(), error.text()); }

/// A directory that is removed with all in it.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "search-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;  // what cannot be removed fails no test
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// More than a machine that is slow, and stands still for seconds now and then, takes for anything here.
constexpr std::chrono::minutes kLong{10};

/// A search waits for so long for the index to hold what was written before.
inline std::unique_ptr<Catalog> open(const std::string& path, bool background = true,
                                     std::chrono::milliseconds wait = kLong) {
  Options options;
  options.path = path;
  options.background = background;
  options.search.wait = wait;
  options.search.deadline = kLong;
  options.sync = Options::Sync::Normal;
  return must(Catalog::open(options));
}

/// Waits until the index is where the log ends.
inline void catch_up(Catalog& catalog) {
  const Error error = catalog.search().catch_up({std::chrono::steady_clock::now() + kLong, nullptr});
  REQUIRE_MESSAGE(error.ok(), error.text() << "; " << catalog.search().status().trouble);
}

/// A service with a database and a schema "s.db.main".
inline void make_world(Catalog& catalog) {
  must(catalog.put("databaseService", R"({"name":"s","serviceType":"SQLite"})"));
  must(catalog.put("database", R"({"name":"db","service":"s"})"));
  must(catalog.put("databaseSchema", R"({"name":"main","database":"s.db"})"));
}

inline Written put_table(Catalog& catalog, const std::string& name, const std::string& more = "",
                         const std::string& schema = "s.db.main") {
  return must(catalog.put("table", R"({"name":")" + name + R"(","databaseSchema":")" + schema +
                                       R"(","columns":[{"name":"id","dataType":"INT"}])" + more + "}"));
}

/// The directory of the generation that serves.
inline std::string generation(const std::string& catalog) {
  std::ifstream file(catalog + "/search/current");
  const std::string name((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return catalog + "/search/" + name;
}

/// All that the index says of each entity: its document's terms and values as text, by the entity's id.
using Content = std::map<std::string, std::string>;

inline Xapian::Database database(const std::string& catalog) {
  Xapian::Database all;
  for (int shard = 0; fs::exists(generation(catalog) + "/" + std::to_string(shard)); ++shard) {
    all.add_database(Xapian::Database(generation(catalog) + "/" + std::to_string(shard)));
  }
  return all;
}

inline std::string text_of(const Xapian::Document& document) {
  std::string text;
  for (auto term = document.termlist_begin(); term != document.termlist_end(); ++term) {
    text += *term + "*" + std::to_string(term.get_wdf());
    for (auto at = term.positionlist_begin(); at != term.positionlist_end(); ++at) text += "," + std::to_string(*at);
    text += "\n";
  }
  for (auto value = document.values_begin(); value != document.values_end(); ++value) {
    text += std::to_string(value.get_valueno()) + "=" + *value + "\n";
  }
  return text;
}

inline EntityId id_of(const Xapian::Document& document) {
  const std::string bytes = document.get_value(0);
  EntityId id;
  REQUIRE(bytes.size() == id.bytes.size());
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

/// Fails when an entity has two documents.
inline Content content(const std::string& catalog) {
  Content all;
  const Xapian::Database index = database(catalog);
  for (auto at = index.postlist_begin(""); at != index.postlist_end(""); ++at) {
    const Xapian::Document document = index.get_document(*at);
    const bool first = all.emplace(id_of(document).text(), text_of(document)).second;
    CHECK_MESSAGE(first, "an entity has two documents");
  }
  return all;
}

/// Entities of which the two do not say the same.
inline std::vector<std::string> differences(const Content& a, const Content& b) {
  std::vector<std::string> found;
  for (const auto& [id, text] : a) {
    const auto other = b.find(id);
    if (other == b.end()) {
      found.push_back(id + " is only in the first");
    } else if (other->second != text) {
      found.push_back(id + " differs");
    }
  }
  for (const auto& [id, text] : b) {
    if (!a.contains(id)) found.push_back(id + " is only in the second");
  }
  return found;
}

/// The index that followed the log says what one says that is made now, and has every entity.
inline void check_against_fresh(Catalog& catalog, const std::string& path) {
  catch_up(catalog);
  const Content followed = content(path);
  must(catalog.search().rebuild());
  const Content fresh = content(path);
  const auto wrong = differences(followed, fresh);
  CHECK_MESSAGE(wrong.empty(), wrong.size() << " of " << fresh.size()
                                            << " entities, first: " << (wrong.empty() ? std::string() : wrong.front()));
}

}  // namespace metadata::search::test

#endif  // METADATA_TESTS_SEARCH_PLACE_H
