// What becomes of the index when its process is killed, its files are damaged, or the store goes back in time.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

#include "cpu_time.h"
#include "place.h"

namespace metadata::search::test {
namespace {

int rounds(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

/// In the child: writes, removes and searches until it is killed.
[[noreturn]] void write_until_killed(const std::string& path, int ready) {
  auto opened = Catalog::open([&] {
    Options options;
    options.path = path;
    options.sync = Options::Sync::Normal;
    return options;
  }());
  if (!opened.ok()) ::_exit(2);
  Catalog& catalog = **opened;
  if (::write(ready, "x", 1) != 1) ::_exit(3);
  std::thread searcher([&] {
    for (;;) static_cast<void>(catalog.search().query({.text = "orders"}).ok());
  });
  for (unsigned i = 0;; ++i) {
    const std::string name = "orders_" + std::to_string(i % 300);
    if (i % 97 == 13) {
      static_cast<void>(catalog.remove(EntityRef::by_fqn("databaseSchema", "s.db.main"), {.recursive = true}).ok());
    } else if (i % 97 == 19) {
      static_cast<void>(catalog.restore(EntityRef::by_fqn("databaseSchema", "s.db.main")).ok());
    } else if (i % 11 == 7) {
      static_cast<void>(catalog.remove(EntityRef::by_fqn("table", "s.db.main." + name), {.hard = true}).ok());
    } else {
      static_cast<void>(catalog
                            .put("table", R"({"name":")" + name + R"(","description":"v)" + std::to_string(i) +
                                              R"(","databaseSchema":"s.db.main","columns":[]})")
                            .ok());
    }
  }
}

/// Runs a process that writes, and kills it after that time.
void kill_a_writer(const std::string& path, int after_ms) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) write_until_killed(path, ends[1]);
  char ready = 0;
  REQUIRE(::read(ends[0], &ready, 1) == 1);
  ::poll(nullptr, 0, after_ms);
  REQUIRE(::kill(child, SIGKILL) == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  ::close(ends[0]);
  ::close(ends[1]);
}

/// The files of the index, in the order of their names.
std::vector<std::string> files_of(const std::string& catalog) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(catalog + "/search")) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  REQUIRE(!files.empty());
  return files;
}

/// One of them, at random.
std::string any_file(const std::string& catalog, std::mt19937& random) {
  const std::vector<std::string> files = files_of(catalog);
  return files[random() % files.size()];
}

void flip_a_byte(const std::string& path, std::mt19937& random) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::size_t>(file.tellg());
  if (size == 0) return;
  const auto at = static_cast<std::streamoff>(random() % size);
  file.seekg(at);
  const char byte = static_cast<char>(file.get());
  file.seekp(at);
  file.put(static_cast<char>(byte ^ (1 << random() % 8)));
}

Content fresh_content(const std::string& path) {
  const auto catalog = open(path);
  must(catalog->search().rebuild());
  return content(path);
}

}  // namespace

TEST_CASE("I1: killed in the middle of indexing, the index agrees with the store after the next start") {
  const Folder folder;
  std::mt19937 random(11);
  {
    const auto catalog = open(folder.path());
    make_world(*catalog);
  }
  const int kills = rounds("METADATA_INDEX_KILLS", 20);
  int rebuilt = 0;
  for (int round = 0; round < kills; ++round) {
    CAPTURE(round);
    kill_a_writer(folder.path(), static_cast<int>(20 + random() % 200));
    if (round % 4 == 3) fs::remove(any_file(folder.path(), random));
    const std::string before = generation(folder.path());
    const auto catalog = open(folder.path());
    catch_up(*catalog);
    if (generation(folder.path()) != before) ++rebuilt;
    check_against_fresh(*catalog, folder.path());
  }
  CHECK(rebuilt <= kills / 4 + 1);  // a kill alone costs no rebuild
}

TEST_CASE("I1: whichever file a killed process leaves behind is lost, the index agrees with the store") {
  const Folder folder;
  {
    const auto catalog = open(folder.path());
    make_world(*catalog);
    catch_up(*catalog);  // there are files, however little the process does until it is killed
  }
  kill_a_writer(folder.path(), 400);
  for (const std::string& file : files_of(folder.path())) {
    const std::string name = fs::relative(file, folder.path()).string();
    CAPTURE(name);
    const Folder copy;
    fs::copy(folder.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::remove(copy.path() + "/" + name);
    const auto catalog = open(copy.path());
    catch_up(*catalog);
    check_against_fresh(*catalog, copy.path());
  }
}

TEST_CASE("I2: an index that was deleted, cut off or changed is built anew, and nothing else is served meanwhile") {
  const Folder folder;
  std::mt19937 random(12);
  {
    const auto catalog = open(folder.path());
    make_world(*catalog);
    for (int i = 0; i < 200; ++i) put_table(*catalog, "orders_" + std::to_string(i));
    catch_up(*catalog);
  }
  const Content right = fresh_content(folder.path());
  const double sound = metadata::test::least_cpu_s_of(3, [&] { open(folder.path()); });
  const int cycles = rounds("METADATA_INDEX_DAMAGES", 25);
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const std::string file = any_file(folder.path(), random);
    CAPTURE(cycle);
    CAPTURE(file);
    switch (cycle % 4) {
      case 0:
        fs::remove(file);
        break;
      case 1:
        fs::resize_file(file, fs::file_size(file) / 2);
        break;
      case 2:
        fs::remove_all(cycle % 8 == 2 ? folder.path() + "/search" : generation(folder.path()));
        break;
      default:
        flip_a_byte(file, random);
    }
    std::unique_ptr<Catalog> catalog;
    CHECK(metadata::test::cpu_s_of([&] { catalog = open(folder.path()); }) < 10 * sound + 0.5);
    const auto hits = must(catalog->search().query({.text = "orders", .indexes = {"table"}}));
    CHECK(hits.total == 200);
    CHECK(hits.complete);
    catch_up(*catalog);
    CHECK(differences(content(folder.path()), right).empty());
  }
}

TEST_CASE("I2: an index that is damaged while it is in use is built anew") {
  const Folder folder;
  const auto catalog = open(folder.path());
  make_world(*catalog);
  for (int i = 0; i < 300; ++i) put_table(*catalog, "orders_" + std::to_string(i));
  catch_up(*catalog);
  const std::string before = generation(folder.path());
  for (const auto& entry : fs::recursive_directory_iterator(before)) {
    if (entry.path().extension() == ".glass") fs::resize_file(entry.path(), 0);
  }
  // Whatever is answered meanwhile is an error or all there is.
  for (int i = 0; i < 200; ++i) {
    const auto hits = catalog->search().query({.text = "orders", .indexes = {"table"}});
    if (hits.ok()) CHECK(hits->total == 300);
    put_table(*catalog, "orders_" + std::to_string(i), R"(,"description":"again")");
    if (generation(folder.path()) != before) break;
  }
  catch_up(*catalog);
  CHECK(generation(folder.path()) != before);
  CHECK(must(catalog->search().query({.text = "orders", .indexes = {"table"}})).total == 300);
}

TEST_CASE("I1: an index that is ahead of the store, or has another history, is built anew") {
  const Folder folder;
  {
    const auto catalog = open(folder.path());
    make_world(*catalog);
    catch_up(*catalog);
  }
  const Folder kept;
  fs::copy(folder.path(), kept.path(), fs::copy_options::recursive);
  {
    const auto catalog = open(folder.path());
    for (int i = 0; i < 3; ++i) put_table(*catalog, "later_" + std::to_string(i));
    catch_up(*catalog);
  }
  const auto go_back = [&] {
    fs::remove(folder.path() + "/catalog.db-wal");
    fs::remove(folder.path() + "/catalog.db-shm");
    fs::copy_file(kept.path() + "/catalog.db", folder.path() + "/catalog.db", fs::copy_options::overwrite_existing);
  };
  go_back();
  {
    const auto catalog = open(folder.path());
    CHECK(must(catalog->search().query({.text = "later"})).total == 0);
    for (int i = 0; i < 3; ++i) put_table(*catalog, "later_" + std::to_string(i));
    catch_up(*catalog);
  }
  go_back();
  fs::rename(folder.path() + "/search", folder.path() + "/aside");
  {
    const auto catalog = open(folder.path());
    for (int i = 0; i < 5; ++i) put_table(*catalog, "other_" + std::to_string(i));
  }
  fs::remove_all(folder.path() + "/search");
  fs::rename(folder.path() + "/aside", folder.path() + "/search");
  const auto catalog = open(folder.path());
  CHECK(must(catalog->search().query({.text = "later"})).total == 0);
  CHECK(must(catalog->search().query({.text = "other"})).total == 5);
}

TEST_CASE("I3: check finds documents that are missing, outdated, surplus or there twice") {
  const Folder folder;
  EntityId ids[4];
  {
    const auto catalog = open(folder.path());
    make_world(*catalog);
    for (int i = 0; i < 4; ++i) ids[i] = put_table(*catalog, "t" + std::to_string(i)).entity.id();
    catch_up(*catalog);
    CHECK(must(catalog->search().check()).empty());
  }
  // Past the library, and past the seal: as if a commit had gone wrong.
  fs::remove(generation(folder.path()) + "/sealed");
  const auto term = [](const EntityId& id) { return "Q" + std::string(id.bytes.begin(), id.bytes.end()); };
  const auto shard = [&](const EntityId& id) {
    return Xapian::WritableDatabase(generation(folder.path()) + "/" + std::to_string(id.bytes[15] % 2));
  };
  const auto document = [&](const Xapian::Database& database, const EntityId& id) {
    return database.get_document(*database.postlist_begin(term(id)));
  };
  shard(ids[0]).delete_document(term(ids[0]));
  {
    auto database = shard(ids[1]);
    Xapian::Document old = document(database, ids[1]);
    old.add_value(6, std::string(8, '\x7'));
    database.replace_document(term(ids[1]), old);
  }
  {
    auto database = shard(ids[2]);
    Xapian::Document other = document(database, ids[2]);
    EntityId nobody;
    nobody.bytes[15] = ids[2].bytes[15];
    other.remove_term(term(ids[2]));
    other.add_boolean_term(term(nobody));
    other.add_value(0, term(nobody).substr(1));
    database.add_document(other);
  }
  {
    auto database = shard(ids[3]);
    database.add_document(document(database, ids[3]));
  }
  const auto catalog = open(folder.path());
  std::map<std::string, std::string> found;
  for (const auto& finding : must(catalog->check())) found[finding.rule] = finding.text;
  CHECK(found.size() == 4);
  CHECK(found["index-missing"].find(ids[0].text()) != std::string::npos);
  CHECK(found["index-outdated"].find(ids[1].text()) != std::string::npos);
  CHECK(found["index-surplus"].find("00000000-") != std::string::npos);
  CHECK(found["index-double"].find(ids[3].text()) != std::string::npos);
  must(catalog->search().rebuild());
  CHECK(must(catalog->check()).empty());
}

TEST_CASE("a catalog starts at once whatever its index is like") {
  const Folder folder;
  {
    const auto catalog = open(folder.path());
    make_world(*catalog);
    Batch batch;
    for (int i = 0; i < 900; ++i)
      batch.put("table", R"({"name":"t)" + std::to_string(i) + R"(","databaseSchema":"s.db.main","columns":[]})");
    must(catalog->write(batch));
    catch_up(*catalog);
  }
  const auto ms_since = [](std::chrono::steady_clock::time_point began) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  };
  // The least of several: in any one of them the machine may have had something else to do.
  const auto least_ms_to_open = [&] {
    double least = 1e9;
    for (int i = 0; i < 10; ++i) {
      const auto began = std::chrono::steady_clock::now();
      const auto catalog = open(folder.path());
      least = std::min(least, ms_since(began));
    }
    return least;
  };
  const double with = least_ms_to_open();
  const auto began = std::chrono::steady_clock::now();
  must(open(folder.path())->search().rebuild());
  const double rebuilt = ms_since(began);
  fs::remove_all(folder.path() + "/search");
  const double without = least_ms_to_open();
  MESSAGE("a catalog opened in ", with, " ms, without an index in ", without, " ms; it was built in ", rebuilt, " ms");
  CHECK(without < 3 * with + rebuilt / 2);
}

TEST_CASE("writes go on and searches say so while the index cannot be written") {
  const Folder folder;
  {
    const auto catalog = open(folder.path());
    make_world(*catalog);
    catch_up(*catalog);
  }
  // A directory stands where the index notes that it is in use: nothing of it may be changed before that is on the
  // disk.
  const std::string obstacle = generation(folder.path()) + "/open";
  fs::remove(obstacle);
  fs::create_directory(obstacle);
  const auto catalog = open(folder.path(), true, std::chrono::milliseconds(200));
  put_table(*catalog, "orders");
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (catalog->search().status().trouble.empty() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(!catalog->search().status().trouble.empty());
  const auto hits = must(catalog->search().query({.text = "orders", .indexes = {"table"}}));
  CHECK(hits.total == 0);
  CHECK(!hits.complete);
  put_table(*catalog, "orders_2");
  fs::remove(obstacle);
  catch_up(*catalog);  // what comes next waits for nothing, then
  CHECK(must(catalog->search().query({.text = "orders", .indexes = {"table"}})).total == 2);
  CHECK(catalog->search().status().trouble.empty());
}

}  // namespace metadata::search::test
