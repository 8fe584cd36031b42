#include "backup/manifest.h"

#include <doctest/doctest.h>

#include "store/copy.h"

namespace metadata::backup {
namespace {

BackupInfo good() {
  BackupInfo info;
  info.program = "1.2.3";
  info.created_at = 1'700'000'000'123;
  info.format = store::newest_format();
  info.store_id = "0123456789abcdef";
  info.last_seq = 42;
  const std::string digest(64, 'a');
  info.files = {{"catalog.db", 16384, digest}, {"keys/secret.key", 32, digest}, {"keys/jwt.pem", 1700, digest}};
  return info;
}

std::string refused(const BackupInfo& info) {
  const auto read = read_manifest(manifest_text(info));
  return read.ok() ? "" : std::string(read.error().message());
}

}  // namespace

TEST_CASE("a manifest is read as it was written, and the digests do not change its length") {
  const BackupInfo info = good();
  const auto read = read_manifest(manifest_text(info));
  REQUIRE(read.ok());
  CHECK(manifest_text(*read) == manifest_text(info));
  BackupInfo empty = info;
  for (auto& file : empty.files) file.sha256 = kNoDigest;
  CHECK(manifest_text(empty).size() == manifest_text(info).size());
}

TEST_CASE("D18: a manifest may name only files that belong into a catalog's directory") {
  const std::string digest(64, 'a');
  for (const char* name :
       {"../x", "/x", "x/../../y", "a/b/c", ".ssh", "lock", "catalog.db", "catalog.db-wal", "catalog.db.format-1",
        "keys/other", "keys", "manifest.json", "a/", "a\\b", "a\tb", "\xc3\xa4"}) {
    CAPTURE(name);
    BackupInfo info = good();
    info.files.push_back({name, 1, digest});
    CHECK_FALSE(refused(info).empty());
  }
  BackupInfo more = good();
  more.files.push_back({"seeded", 1, digest});
  more.files.push_back({"tokens/bot.jwt", 1, digest});
  CHECK(refused(more).empty());
  more.files.push_back({"seeded", 1, digest});
  CHECK(refused(more).find("twice") != std::string::npos);
}

TEST_CASE("D18: a manifest without its database, its keys, or with too many files is refused") {
  BackupInfo no_database = good();
  no_database.files.erase(no_database.files.begin());
  CHECK_FALSE(refused(no_database).empty());
  BackupInfo no_key = good();
  no_key.files.pop_back();
  CHECK(refused(no_key).find("keys") != std::string::npos);
  no_key.left_out.push_back({"keys/jwt.pem", 1700, std::string(64, 'b')});
  CHECK(refused(no_key).empty());
  no_key.left_out.push_back({"seeded", 1, std::string(64, 'b')});
  CHECK_FALSE(refused(no_key).empty());
  BackupInfo many = good();
  for (std::size_t i = 0; i <= kMaxFiles; ++i) many.files.push_back({"f" + std::to_string(i), 1, std::string(64, 'c')});
  CHECK_FALSE(refused(many).empty());
}

TEST_CASE("D18: a manifest of a newer form or format, or one that lacks a member, is refused") {
  BackupInfo newer = good();
  newer.format = store::newest_format() + 1;
  CHECK(refused(newer).find("format") != std::string::npos);
  std::string text = manifest_text(good());
  text.replace(text.find("\"container\":1"), 13, "\"container\":2");
  CHECK(read_manifest(text).error().code() == Code::Corrupt);
  for (const char* member : {"container", "program", "createdAt", "format", "storeId", "lastSeq", "files", "leftOut"}) {
    CAPTURE(member);
    std::string lacking = manifest_text(good());
    lacking.replace(lacking.find(member), 1, "_");
    CHECK(read_manifest(lacking).error().code() == Code::Corrupt);
  }
  for (const char* rubbish : {"", "{", "[]", "null", "{}", R"({"container":"1"})", R"({"container":1e99})"}) {
    CAPTURE(rubbish);
    CHECK(read_manifest(rubbish).error().code() == Code::Corrupt);
  }
}

}  // namespace metadata::backup
