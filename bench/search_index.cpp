// search_index DIR COUNT [--only-index]: makes a catalog with COUNT tables in DIR, and prints, in one run,
//
//   * how fast their search index is built, beside bare Xapian (one thread, a commit every 10,000 documents, its own
//     default) taking the very same documents, and SQLite's FTS5 taking the same texts;
//   * what memory that needed;
//   * how long it takes until a single change, and one of many, can be found, beside a client that writes without a
//   pause.
//
// The documents of the bare contenders are read back from the index that the library built.

#include <malloc.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <xapian.h>

#include "tables.h"

namespace {

namespace fs = std::filesystem;
using namespace metadata;
using Moment = std::chrono::steady_clock::time_point;

Moment now() { return std::chrono::steady_clock::now(); }
double since(Moment began) { return std::chrono::duration<double>(now() - began).count(); }

/// Of all threads, in seconds: on a machine that others use too it says more than the time.
double cpu() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// How long something took, and what of the processors.
struct Cost {
  double seconds = 0, cpu_seconds = 0;
  std::size_t count = 0;
  double rate() const { return static_cast<double>(count) / seconds; }
  double cpu_us() const { return cpu_seconds / static_cast<double>(count) * 1e6; }
};

double memory_mib(const char* what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::strtod(line.c_str() + std::strlen(what), nullptr) / 1024;
  }
  return 0;
}

/// The most that was resident at once, while it lives.
class Peak {
 public:
  Peak()
      : thread_([this] {
          while (!over_) {
            most_ = std::max(most_.load(), memory_mib("RssAnon:"));
            ::usleep(20'000);
          }
        }) {}
  ~Peak() { stop(); }
  double stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
    return most_;
  }

 private:
  std::atomic<bool> over_{false};
  std::atomic<double> most_{0};
  std::thread thread_;
};

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "search_index: %s\n", text.c_str());
  std::exit(1);
}
void need(const Error& error) {
  if (!error.ok()) fail(error.text());
}

std::uintmax_t bytes_below(const std::string& path) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

Xapian::Database index_of(const std::string& catalog) {
  std::ifstream file(catalog + "/search/current");
  std::string name;
  std::getline(file, name);
  Xapian::Database all;
  for (int shard = 0; fs::exists(catalog + "/search/" + name + "/" + std::to_string(shard)); ++shard) {
    all.add_database(Xapian::Database(catalog + "/search/" + name + "/" + std::to_string(shard)));
  }
  return all;
}

/// The documents are made in memory before each piece is timed.
Cost bare_xapian(const Xapian::Database& source, const std::string& directory) {
  Xapian::WritableDatabase target(directory, Xapian::DB_CREATE_OR_OVERWRITE | Xapian::DB_NO_SYNC);
  Cost cost;
  auto at = source.postlist_begin("");
  const auto end = source.postlist_end("");
  while (at != end) {
    std::vector<Xapian::Document> piece;
    for (; at != end && piece.size() < 2000; ++at) {
      const Xapian::Document stored = source.get_document(*at);
      Xapian::Document made;
      for (auto term = stored.termlist_begin(); term != stored.termlist_end(); ++term) {
        if (term.positionlist_count() == 0) {
          if (term.get_wdf() == 0)
            made.add_boolean_term(*term);
          else
            made.add_term(*term, term.get_wdf());
          continue;
        }
        for (auto position = term.positionlist_begin(); position != term.positionlist_end(); ++position)
          made.add_posting(*term, *position, 0);
        made.add_term(*term, term.get_wdf());
      }
      for (auto value = stored.values_begin(); value != stored.values_end(); ++value)
        made.add_value(value.get_valueno(), *value);
      piece.push_back(std::move(made));
    }
    const auto began = now();
    const double cpu_began = cpu();
    for (const Xapian::Document& document : piece) target.add_document(document);
    cost.count += piece.size();
    cost.seconds += since(began);
    cost.cpu_seconds += cpu() - cpu_began;
  }
  const auto began = now();
  const double cpu_began = cpu();
  target.commit();
  cost.seconds += since(began);
  cost.cpu_seconds += cpu() - cpu_began;
  return cost;
}

/// Rows a second of SQLite's own full text index, of the entities' names and texts, in transactions of 2,000.
double fts5(Catalog& catalog, const std::string& file, std::size_t count) {
  sqlite3* db = nullptr;
  if (sqlite3_open(file.c_str(), &db) != SQLITE_OK) fail("cannot open " + file);
  const auto run = [&](const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db));
  };
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=OFF");
  run("CREATE VIRTUAL TABLE t USING fts5(name, description, columns)");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?,?,?)", -1, &insert, nullptr);
  double spent = 0;
  std::size_t rows = 0;
  std::string after;
  while (rows < count) {
    ListOptions options;
    options.limit = 1000;
    options.after = after;
    const auto page = catalog.list("table", options);
    if (!page.ok()) fail(page.error().text());
    std::vector<std::array<std::string, 3>> texts;
    for (const Entity& entity : page->entities) {
      const auto json = Json::parse(entity.text());
      if (!json.ok()) fail(json.error().text());
      const auto text = [](const Json& from, std::string_view member) {
        return std::string(from[member].as_string().value_or(std::string_view()));
      };
      std::string columns;
      for (std::size_t i = 0; i < (*json)["columns"].size(); ++i) {
        const Json column = (*json)["columns"].at(i);
        columns += text(column, "name") + " " + text(column, "description") + " ";
      }
      texts.push_back({text(*json, "name"), text(*json, "description"), columns});
    }
    const auto began = now();
    run("BEGIN");
    for (const auto& row : texts) {
      for (int i = 0; i < 3; ++i)
        sqlite3_bind_text(insert, i + 1, row[static_cast<std::size_t>(i)].data(),
                          static_cast<int>(row[static_cast<std::size_t>(i)].size()), SQLITE_STATIC);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    run("COMMIT");
    spent += since(began);
    rows += texts.size();
    after = page->after;
    if (after.empty()) break;
  }
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return static_cast<double>(rows) / spent;
}

std::string put_body(std::size_t number, int change) {
  std::string body = bench::table_body(number, "bench.db.s", false);
  body.pop_back();
  return body + R"(,"displayName":"changed )" + std::to_string(change) + R"("})";
}

/// How long from the answer to a write until a search that began then has its answer, in ms.
void visibility(Catalog& catalog, std::size_t count, bool beside) {
  std::atomic<bool> over{false};
  std::atomic<int> written{0};
  std::thread writer;
  if (beside) {
    writer = std::thread([&] {
      auto next = now();
      for (int i = 0; !over; ++i) {
        if (catalog.put("table", put_body(static_cast<std::size_t>(i) % count, i)).ok()) ++written;
        next += std::chrono::microseconds(1000);
        std::this_thread::sleep_until(next);
      }
    });
  }
  std::vector<double> times;
  int late = 0;
  const auto began = now();
  for (int i = 0; i < 200 && since(began) < 20; ++i) {
    const auto put = catalog.put("table", put_body(static_cast<std::size_t>(i * 37) % count, 1'000'000 + i));
    if (!put.ok()) fail(put.error().text());
    const auto start = now();
    const auto hits = catalog.search().query({.text = "table"});
    if (!hits.ok()) fail(hits.error().text());
    times.push_back(since(start) * 1000);
    if (!hits->complete) ++late;
  }
  const double spent = since(began);
  over = true;
  if (beside) writer.join();
  std::sort(times.begin(), times.end());
  std::printf("a write, then a search%s: p50 %.1f ms, p99 %.1f ms, %d of %zu said that they might lack something",
              beside ? ", beside a client" : "", times[times.size() / 2], times[times.size() * 99 / 100], late,
              times.size());
  if (beside) std::printf("; the client made %.0f writes a second", written / spent);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: search_index DIR COUNT [--only-index]\n");
    return 2;
  }
  const std::string directory = argv[1];
  const auto count = static_cast<std::size_t>(std::strtoull(argv[2], nullptr, 10));
  const bool only_index = argc > 3 && std::strcmp(argv[3], "--only-index") == 0;
  Options options;
  options.path = directory + "/catalog";
  options.sync = Options::Sync::Normal;
  {
    options.background = false;  // nothing but the filling
    auto catalog = Catalog::open(options);
    if (!catalog.ok()) fail(catalog.error().text());
    need(bench::make_world(**catalog, "bench", "s"));
    need(bench::fill(**catalog, "bench.db.s", 0, count));
  }
  options.background = true;
  auto opened = Catalog::open(options);
  if (!opened.ok()) fail(opened.error().text());
  Catalog& catalog = **opened;
  need(catalog.search().catch_up());
  ::malloc_trim(0);
  const double before = memory_mib("RssAnon:");
  Peak peak;
  Cost ours;
  const auto began = now();
  const double cpu_began = cpu();
  need(catalog.search().rebuild());
  ours.seconds = since(began);
  ours.cpu_seconds = cpu() - cpu_began;
  ours.count = static_cast<std::size_t>(catalog.search().status().documents);
  const double most = peak.stop();
  std::printf("%zu documents, %.0f MiB on disk\n", ours.count,
              static_cast<double>(bytes_below(options.path + "/search")) / (1 << 20));
  std::printf(
      "index built from the store: %.0f documents/s, %.0f us of CPU each; RssAnon %.0f MiB before, %.0f at most\n",
      ours.rate(), ours.cpu_us(), before, most);
  if (!only_index) {
    const Cost bare = bare_xapian(index_of(options.path), directory + "/bare");
    std::printf(
        "bare Xapian, the same documents: %.0f documents/s, %.0f us of CPU each; ours is %.2f of it; RssAnon %.0f "
        "MiB after\n",
        bare.rate(), bare.cpu_us(), ours.rate() / bare.rate(), memory_mib("RssAnon:"));
    ::malloc_trim(0);
    std::printf("SQLite FTS5, names and texts of the tables: %.0f rows/s\n",
                fts5(catalog, directory + "/fts.db", count));
  }
  visibility(catalog, count, false);
  visibility(catalog, count, true);
  need(catalog.search().catch_up());
  std::printf("RssAnon at the end %.0f MiB\n", memory_mib("RssAnon:"));
  return 0;
}
