// search_query DIR [TABLES [QUERIES [KIND [ours]]]]: how long searches take at library level, and the same work on
// SQLite FTS5.
//
// Fills DIR with so many tables (100,000) unless it holds them already, both the catalog and an FTS5 index of the same
// texts, and prints a row for each kind of search: p50 and p99 in ms, and the CPU time, ours and FTS5's. Every search
// is another one, drawn with a fixed seed from the words of the tables; an answer is the first ten hits and their
// number. Ours composes nothing of the hits (source = false), as FTS5 only names rows.

#include <malloc.h>

#include <sqlite3.h>

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "search_tables.h"

namespace {

using namespace metadata;
using namespace metadata::bench;
using Steady = std::chrono::steady_clock;

double ms_since(Steady::time_point began) {
  return std::chrono::duration<double, std::milli>(Steady::now() - began).count();
}

/// CPU time of this thread: what a search costs however busy the machine is.
double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Times {
  std::vector<double> ms;
  double at(double part) {
    std::sort(ms.begin(), ms.end());
    return ms.empty() ? 0
                      : ms[std::min(ms.size() - 1, static_cast<std::size_t>(part * static_cast<double>(ms.size())))];
  }
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "search_query: %s\n", what.c_str());
  std::exit(1);
}

/// SQLite's own full-text index of the same texts, with prefixes of two to four letters as it advises for search as you
/// type.
class Fts5 {
 public:
  explicit Fts5(const std::string& path) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) fail("cannot open " + path);
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; PRAGMA mmap_size=1073741824");
    run("CREATE VIRTUAL TABLE IF NOT EXISTS t USING fts5(name, columns, description, tier, content='', "
        "tokenize='porter unicode61', prefix='2 3 4')");
  }
  ~Fts5() { sqlite3_close(db_); }
  Fts5(const Fts5&) = delete;
  Fts5& operator=(const Fts5&) = delete;

  void fill(const Vocabulary& vocabulary, std::size_t tables) {
    if (scalar("SELECT count(*) FROM t_docsize") == static_cast<std::int64_t>(tables)) return;
    run("INSERT INTO t(t) VALUES('delete-all')");
    sqlite3_stmt* insert = prepare("INSERT INTO t(rowid, name, columns, description, tier) VALUES(?,?,?,?,?)");
    const auto began = Steady::now();
    run("BEGIN");
    for (std::size_t i = 0; i < tables; ++i) {
      const SearchTable table(vocabulary, i);
      std::string columns;
      for (const std::string& column : table.columns) columns.append(column).append(" ");
      const std::string tier = table.tier == 0 ? "" : "tier" + std::to_string(table.tier);
      sqlite3_bind_int64(insert, 1, static_cast<std::int64_t>(i) + 1);
      bind(insert, 2, table.name);
      bind(insert, 3, columns);
      bind(insert, 4, table.description);
      bind(insert, 5, tier);
      if (sqlite3_step(insert) != SQLITE_DONE) fail(sqlite3_errmsg(db_));
      sqlite3_reset(insert);
      if (i % 1000 == 999) run("COMMIT; BEGIN");
    }
    run("COMMIT");
    sqlite3_finalize(insert);
    std::printf("FTS5: %.0f documents/s indexed\n", static_cast<double>(tables) / ms_since(began) * 1000);
  }

  /// Ten best and how many.
  void search(const std::string& match) {
    if (top_ == nullptr) {
      top_ = prepare("SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t, 10.0, 5.0, 1.0) LIMIT 10");
      count_ = prepare("SELECT count(*) FROM (SELECT 1 FROM t WHERE t MATCH ? LIMIT 10001)");
    }
    for (sqlite3_stmt* statement : {top_, count_}) {
      bind(statement, 1, match);
      int code = SQLITE_ROW;
      while (code == SQLITE_ROW) code = sqlite3_step(statement);
      if (code != SQLITE_DONE) fail(match + ": " + sqlite3_errmsg(db_));
      sqlite3_reset(statement);
    }
  }

 private:
  void run(const char* sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql, nullptr, nullptr, &message) != SQLITE_OK) fail(message);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db_));
    return statement;
  }
  std::int64_t scalar(const char* sql) {
    sqlite3_stmt* statement = prepare(sql);
    const std::int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return value;
  }
  static void bind(sqlite3_stmt* statement, int at, const std::string& text) {
    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* top_ = nullptr;
  sqlite3_stmt* count_ = nullptr;
};

/// A search on both sides.
struct Pair {
  SearchQuery ours;
  std::string match;  ///< empty: FTS5 has nothing like it
  bool suggest = false;
};

Pair text(const std::string& ours, const std::string& match) {
  Pair pair;
  pair.ours.text = ours;
  pair.ours.source = false;
  pair.match = match;
  return pair;
}

Pair counted(Pair pair) {
  pair.ours.facets = {"entityType", "service.name", "owners.name", "tags.tagFQN", "domains.name", "tier.tagFQN"};
  pair.match.clear();
  return pair;
}

std::string quoted(const std::string& word) { return '"' + word + '"'; }

struct Kind {
  const char* name;
  std::function<Pair(const Vocabulary&, std::mt19937&)> make;
};

// A word as people search for: one of those that some table is called by.
const std::string& any_word(const Vocabulary& words, std::mt19937& random) { return words.word(random); }

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"one word",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string& word = any_word(v, r);
         return text(word, quoted(word));
       }},
      {"one of the ten commonest words",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string& word = v.at(r() % 10);
         return text(word, quoted(word));
       }},
      {"two words, any",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string &a = any_word(v, r), &b = any_word(v, r);
         return text(a + " " + b, quoted(a) + " OR " + quoted(b));
       }},
      {"three words, any",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string &a = any_word(v, r), &b = any_word(v, r), &c = any_word(v, r);
         return text(a + " " + b + " " + c, quoted(a) + " OR " + quoted(b) + " OR " + quoted(c));
       }},
      {"three words, all",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string &a = v.at(r() % 100), &b = any_word(v, r), &c = v.at(r() % 100);
         return text(a + " AND " + b + " AND " + c, quoted(a) + " AND " + quoted(b) + " AND " + quoted(c));
       }},
      {"identifier of two words",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string &a = any_word(v, r), &b = any_word(v, r);
         return text(a + "_" + b, quoted(a) + " AND " + quoted(b));
       }},
      {"phrase of two words",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string &a = v.at(r() % 100), &b = v.at(r() % 100);
         return text(quoted(a + " " + b), quoted(a + " " + b));
       }},
      {"prefix of three letters",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string start = any_word(v, r).substr(0, 3);
         return text(start + "*", quoted(start) + "*");
       }},
      {"prefix of five letters",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string start = any_word(v, r).substr(0, 5);
         return text(start + "*", quoted(start) + "*");
       }},
      {"search as you type, 2 letters",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string start = any_word(v, r).substr(0, 2);
         Pair pair = text(start, "name : " + quoted(start) + "*");
         pair.suggest = true;
         return pair;
       }},
      {"search as you type, 4 letters",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string start = any_word(v, r).substr(0, 4);
         Pair pair = text(start, "name : " + quoted(start) + "*");
         pair.suggest = true;
         return pair;
       }},
      {"search as you type, a word and 2 letters",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string &word = v.at(r() % 100), start = any_word(v, r).substr(0, 2);
         Pair pair = text(word + " " + start, "name : (" + quoted(word) + " AND " + quoted(start) + "*)");
         pair.suggest = true;
         return pair;
       }},
      {"word in the name",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string& word = any_word(v, r);
         return text("name:" + word, "name : " + quoted(word));
       }},
      {"word and label",
       [](const Vocabulary& v, std::mt19937& r) {
         const std::string &word = any_word(v, r), tier = std::to_string(1 + r() % 5);
         return text(word + " AND tags.tagFQN:Tier.Tier" + tier, quoted(word) + " AND tier : tier" + tier);
       }},
      {"one word, with six facets",
       [](const Vocabulary& v, std::mt19937& r) { return counted(text(any_word(v, r), "")); }},
      {"one of the ten commonest words, with six facets",
       [](const Vocabulary& v, std::mt19937& r) { return counted(text(v.at(r() % 10), "")); }},
      {"as much as is allowed: 28 common words, 4 prefixes",
       [](const Vocabulary& v, std::mt19937& r) {
         std::string words;
         for (int i = 0; i < 28; ++i) words += v.at(r() % 60) + " ";
         for (int i = 0; i < 4; ++i) words += v.at(r() % 60).substr(0, 2) + "* ";
         return text(words, "");
       }},
      {"unknown word, with what was meant",
       [](const Vocabulary& v, std::mt19937& r) {
         std::string word = any_word(v, r);
         word[word.size() / 2] = 'z';
         return text(word, "");
       }},
      {"everything", [](const Vocabulary&, std::mt19937&) { return text("*", ""); }},
      {"everything, with six facets", [](const Vocabulary&, std::mt19937&) { return counted(text("*", "")); }},
  };
  return all;
}

Seq end_of(Catalog& catalog) { return catalog.search().status().log_end; }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: search_query DIR [TABLES [QUERIES [KIND [ours]]]]\n");
    return 2;
  }
  // As the server does: otherwise a heap whose end was just given back is fetched anew for every search.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
  const std::string home = argv[1];
  const std::size_t tables = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000;
  const std::size_t queries = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 300;
  std::filesystem::create_directories(home);
  const Vocabulary vocabulary;
  Options options;
  options.path = home + "/catalog";
  auto opened = Catalog::open(options);
  if (!opened.ok()) fail(opened.error().text());
  Catalog& catalog = **opened;

  std::size_t there = 0;
  if (!catalog.fresh()) {
    ListOptions all;
    all.limit = 0;
    const auto page = catalog.list("table", all);
    there = page.ok() ? static_cast<std::size_t>(page->total) : 0;
  } else if (const Error made = make_search_world(catalog); !made.ok()) {
    fail(made.text());
  }
  const auto began = Steady::now();
  if (const Error made = make_search_tables(catalog, vocabulary, there, tables); !made.ok()) fail(made.text());
  const double stored = ms_since(began);
  if (const Error caught_up = catalog.search().catch_up(); !caught_up.ok()) fail(caught_up.text());
  if (there < tables) {
    std::printf("%zu tables stored in %.1f s, searchable after %.1f s: %.0f documents/s\n", tables - there,
                stored / 1000, ms_since(began) / 1000, static_cast<double>(tables - there) / ms_since(began) * 1000);
  }
  Fts5 fts(home + "/fts5.db");
  fts.fill(vocabulary, tables);

  std::printf("\n%zu tables, %zu searches of each kind, log position %lld\n\n", tables, queries,
              static_cast<long long>(end_of(catalog)));
  std::printf(
      "| search | hits, median | p50 ms | p99 | CPU p50 | CPU p99 | FTS5 p50 | p99 | CPU p50 | CPU p99 |\n"
      "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
  const std::string only = argc > 4 ? argv[4] : "";  // a kind, or what the names of those that are measured begin with
  const bool is_kind = std::ranges::any_of(kinds(), [&](const Kind& kind) { return only == kind.name; });
  for (const Kind& kind : kinds()) {
    if (is_kind ? only != kind.name : !std::string_view(kind.name).starts_with(only)) continue;
    std::mt19937 random(7);
    Times ours, our_cpu, theirs, their_cpu, hits;
    for (std::size_t i = 0; i < queries; ++i) {
      const Pair pair = kind.make(vocabulary, random);
      const double cpu = cpu_ms();
      const auto start = Steady::now();
      const auto found = pair.suggest ? catalog.search().suggest(pair.ours) : catalog.search().query(pair.ours);
      ours.ms.push_back(ms_since(start));
      our_cpu.ms.push_back(cpu_ms() - cpu);
      if (!found.ok()) fail(pair.ours.text + ": " + found.error().text());
      hits.ms.push_back(static_cast<double>(found->total));
      if (pair.match.empty() || argc > 5) continue;
      const double before = cpu_ms();
      const auto second = Steady::now();
      fts.search(pair.match);
      theirs.ms.push_back(ms_since(second));
      their_cpu.ms.push_back(cpu_ms() - before);
    }
    std::printf("| %s | %.0f | %.2f | %.2f | %.2f | %.2f |", kind.name, hits.at(0.5), ours.at(0.5), ours.at(0.99),
                our_cpu.at(0.5), our_cpu.at(0.99));
    if (theirs.ms.empty()) {
      std::printf(" | | | |\n");
    } else {
      std::printf(" %.2f | %.2f | %.2f | %.2f |\n", theirs.at(0.5), theirs.at(0.99), their_cpu.at(0.5),
                  their_cpu.at(0.99));
    }
    std::fflush(stdout);
  }
  return 0;
}
