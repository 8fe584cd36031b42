#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "places.h"

namespace metadata::backup::test {

TEST_CASE("D17: a catalog in use is backed up and restored, with its secrets") {
  Place place;
  auto catalog = open(place.at("data"));
  fill(*catalog);
  const Written made = table(*catalog, "orders");
  const BackupInfo info = must(catalog->backup(place.at("backup.tar")));
  CHECK(info.files.size() == 3);
  CHECK(info.files.front().name == "catalog.db");
  CHECK(info.left_out.empty());
  table(*catalog, "later");

  const BackupInfo restored = must(restore_backup(place.at("backup.tar"), place.at("other/data")));
  CHECK(restored.store_id == info.store_id);
  CHECK(restored.last_seq == info.last_seq);
  auto second = open(place.at("other/data"));
  CHECK(tables(*second) == 1);
  CHECK(must(second->get(made.entity.ref())).text() == must(catalog->get(made.entity.ref())).text());
  CHECK(must(second->check()).empty());
  CHECK(secret_of(*second) == "s3cret-marker");
  CHECK(tables(*catalog) == 2);
}

TEST_CASE("D17: the file is its owner's alone, nothing else is left, and an existing one is replaced only when asked") {
  Place place;
  auto catalog = open(place.at("data"));
  fill(*catalog);
  const mode_t before = ::umask(0);
  must(catalog->backup(place.at("b.tar")));
  ::umask(before);
  struct stat status {};
  REQUIRE(::stat(place.at("b.tar").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  const std::string first = content(place.at("b.tar"));
  table(*catalog, "more");
  CHECK(catalog->backup(place.at("b.tar")).error().code() == Code::AlreadyExists);
  CHECK(content(place.at("b.tar")) == first);
  must(catalog->backup(place.at("b.tar"), {.replace = true}));
  CHECK(must(verify_backup(place.at("b.tar"))).last_seq == 4);
  CHECK(std::distance(std::filesystem::directory_iterator(place.at(".")), {}) == 2);
}

TEST_CASE("W10: no secret stands in a backup in clear, with keys or without") {
  Place place;
  auto catalog = open(place.at("data"));
  fill(*catalog, "v3ry-secret-marker");
  must(catalog->backup(place.at("with.tar")));
  must(catalog->backup(place.at("without.tar"), {.keys = false}));
  const std::string key = content(place.at("data/keys/secret.key"));
  CHECK(content(place.at("with.tar")).find("v3ry-secret-marker") == std::string::npos);
  CHECK(content(place.at("without.tar")).find("v3ry-secret-marker") == std::string::npos);
  CHECK(content(place.at("with.tar")).find(key) != std::string::npos);
  CHECK(content(place.at("without.tar")).find(key) == std::string::npos);
  CHECK(content(place.at("without.tar")).find("PRIVATE KEY") == std::string::npos);
}

TEST_CASE("D18: a backup without keys is restored with the right ones and no others") {
  Place place;
  {
    auto catalog = open(place.at("data"));
    fill(*catalog);
    must(catalog->backup(place.at("b.tar"), {.keys = false}));
    open(place.at("foreign"));
  }
  const Error none = restore_backup(place.at("b.tar"), place.at("new")).error();
  CHECK(none.code() == Code::InvalidArgument);
  CHECK(none.field() == "keys");
  const Error foreign = restore_backup(place.at("b.tar"), place.at("new"), {.keys = place.at("foreign/keys")}).error();
  CHECK(foreign.code() == Code::InvalidArgument);
  CHECK(foreign.message().find("not the key") != std::string_view::npos);
  CHECK_FALSE(std::filesystem::exists(place.at("new")));
  must(restore_backup(place.at("b.tar"), place.at("new"), {.keys = place.at("data/keys")}));
  auto restored = open(place.at("new"));
  CHECK(secret_of(*restored) == "s3cret-marker");
}

TEST_CASE("a host's own files travel with the backup, and other names do not") {
  Place place;
  auto catalog = open(place.at("data"));
  fill(*catalog);
  std::filesystem::create_directory(place.at("data/tokens"));
  put_content(place.at("data/tokens/a.jwt"), "token");
  put_content(place.at("data/notes"), "");
  put_content(place.at("outside"), "outside");
  must(catalog->backup(place.at("b.tar"), {.also = {"tokens/a.jwt", "notes"}}));
  must(restore_backup(place.at("b.tar"), place.at("new")));
  CHECK(content(place.at("new/tokens/a.jwt")) == "token");
  CHECK(std::filesystem::exists(place.at("new/notes")));
  for (const char* name : {"../outside",
                           "/etc/passwd",
                           "tokens/../../outside",
                           "a/b/c",
                           ".hidden",
                           "a/.hidden",
                           "",
                           "a/",
                           "lock",
                           "keys/secret.key",
                           "keys/x",
                           "keys",
                           "catalog.db",
                           "catalog.db-wal",
                           "manifest.json",
                           "a\\b",
                           "a b",
                           "a\nb",
                           "none",
                           "tokens"}) {
    CAPTURE(name);
    CHECK_FALSE(catalog->backup(place.at("x.tar"), {.also = {name}}).ok());
    CHECK_FALSE(std::filesystem::exists(place.at("x.tar")));
  }
  CHECK_FALSE(catalog->backup(place.at("x.tar"), {.also = {"notes", "notes"}}).ok());
  CHECK_FALSE(std::filesystem::exists(place.at("x.tar")));
}

TEST_CASE("a backup never lands in the catalog's own directory, nor on what is not a file") {
  Place place;
  auto catalog = open(place.at("data"));
  fill(*catalog);
  std::filesystem::create_directory_symlink(place.at("data"), place.at("link"));
  std::filesystem::create_directory(place.at("folder"));
  const std::string before = content(place.at("data/keys/jwt.pem"));
  for (const char* name : {"data/catalog.db", "data/x.tar", "data/keys/jwt.pem", "data/../data/x.tar", "link/x.tar",
                           "link/catalog.db", "folder", "folder/", "none/x.tar"}) {
    CAPTURE(name);
    CHECK_FALSE(catalog->backup(place.at(name), {.replace = true}).ok());
  }
  CHECK_FALSE(catalog->backup("", {.replace = true}).ok());
  CHECK(content(place.at("data/keys/jwt.pem")) == before);
  CHECK(must(catalog->check()).empty());
  CHECK_FALSE(std::filesystem::exists(place.at("data/x.tar")));
}

TEST_CASE("what is damaged is not backed up as if it were whole") {
  Place place;
  {
    auto catalog = open(place.at("data"));
    fill(*catalog);
    for (int i = 0; i < 50; ++i) table(*catalog, "t" + std::to_string(i));
  }
  std::string bytes = content(place.at("data/catalog.db"));
  for (std::size_t page = 16384; page < bytes.size(); page += 16384) bytes[page] = '\x7f';
  put_content(place.at("data/catalog.db"), bytes);
  CHECK(back_up(place.at("data"), place.at("b.tar")).error().code() == Code::Corrupt);
  CHECK_FALSE(std::filesystem::exists(place.at("b.tar")));
  CHECK(back_up(place.at("none"), place.at("b.tar")).error().code() == Code::NotFound);
  CHECK(std::distance(std::filesystem::directory_iterator(place.at(".")), {}) == 1);
}

TEST_CASE("a catalog in RAM has nothing to back up") {
  auto catalog = open(":memory:");
  CHECK(catalog->backup("unused.tar").error().code() == Code::InvalidArgument);
}

TEST_CASE("a backup, a proof and a restore that are broken off leave nothing") {
  Place place;
  auto catalog = open(place.at("data"));
  fill(*catalog);
  must(catalog->backup(place.at("b.tar")));
  const std::atomic<bool> cancel = true;
  CHECK(catalog->backup(place.at("c.tar"), {.cancel = &cancel}).error().code() == Code::Unavailable);
  CHECK(verify_backup(place.at("b.tar"), &cancel).error().code() == Code::Unavailable);
  CHECK(restore_backup(place.at("b.tar"), place.at("new"), {.cancel = &cancel}).error().code() == Code::Unavailable);
  CHECK(std::distance(std::filesystem::directory_iterator(place.at(".")), {}) == 2);
}

TEST_CASE("D18: a restore takes nothing or an empty directory, and touches no other") {
  Place place;
  {
    auto catalog = open(place.at("data"));
    fill(*catalog);
    must(catalog->backup(place.at("b.tar")));
  }
  std::filesystem::create_directory(place.at("full"));
  put_content(place.at("full/one"), "one");
  put_content(place.at("file"), "file");
  std::filesystem::create_symlink(place.at("nowhere"), place.at("loose"));
  const auto before = place.all();
  for (const char* target : {"full", "file", "loose", "data", "file/inner"}) {
    CAPTURE(target);
    const Error error = restore_backup(place.at("b.tar"), place.at(target)).error();
    CHECK_FALSE(error.ok());
    CHECK(place.all() == before);
  }
  CHECK(restore_backup(place.at("b.tar"), "").error().code() == Code::InvalidArgument);
  CHECK(restore_backup(place.at("none.tar"), place.at("new")).error().code() == Code::NotFound);
  std::filesystem::create_directory(place.at("empty"));
  std::filesystem::create_directory_symlink(place.at("empty"), place.at("link"));
  must(restore_backup(place.at("b.tar"), place.at("link/")));
  CHECK(std::filesystem::is_symlink(place.at("link")));
  CHECK(std::filesystem::exists(place.at("empty/catalog.db")));
  struct stat status {};
  REQUIRE(::stat(place.at("empty/keys").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
}

TEST_CASE("D17: many backups beside many writers hold all that was acknowledged before each began") {
  Place place;
  auto catalog = open(place.at("data"));
  fill(*catalog);
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      for (int n = 0; !stop; ++n) {
        const std::string name = "t" + std::to_string(writer) + "_" + std::to_string(n);
        const std::string body = R"({"name":")" + name + R"(","databaseSchema":"svc.db.main","columns":[]})";
        if (!catalog->put("table", body).ok()) return;
        ++written;
      }
    });
  }
  for (int round = 0; round < 4; ++round) {
    const std::string name = std::to_string(round);
    const int before = written;
    must(catalog->backup(place.at(name + ".tar")));
    must(restore_backup(place.at(name + ".tar"), place.at(name)));
    auto restored = open(place.at(name));
    CHECK(tables(*restored) >= before);
    CHECK(must(restored->check()).empty());
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  CHECK(written > 0);
  CHECK(tables(*catalog) == written);
}

}  // namespace metadata::backup::test
