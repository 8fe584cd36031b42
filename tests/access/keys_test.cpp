#include "access/keys.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "base/files.h"
#include "fixture.h"

using namespace metadata;
using namespace metadata::access;
using namespace metadata::access::test;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

void write(const std::string& path, std::string_view bytes, mode_t mode = 0600) {
  REQUIRE(base::write_file_atomic(path, bytes, mode).ok());
}

}  // namespace

TEST_CASE("A5: the first start makes the keys, for the owner alone, and later ones read them") {
  const Folder folder;
  const Keys first = must(open_keys(folder.path()));
  CHECK(mode_of(folder.path() + "/keys") == 0700);
  CHECK(mode_of(folder.path() + "/keys/secret.key") == 0600);
  CHECK(mode_of(folder.path() + "/keys/jwt.pem") == 0600);
  CHECK(std::filesystem::file_size(folder.path() + "/keys/secret.key") == 32);

  const Keys second = must(open_keys(folder.path()));
  CHECK(second.signing->kid() == first.signing->kid());
  CHECK(must(second.box.open(first.box.seal("secret"))) == "secret");
}

TEST_CASE("keys in memory are new each time") {
  const Keys first = must(open_keys(":memory:"));
  const Keys second = must(open_keys(":memory:"));
  CHECK(first.signing->kid() != second.signing->kid());
  CHECK(second.box.open(first.box.seal("secret")).error().code() == Code::Corrupt);
}

TEST_CASE("D22: a key that others may read is refused, and the text says what to do") {
  const Folder folder;
  must(open_keys(folder.path()));
  for (const std::string name : {"secret.key", "jwt.pem"}) {
    for (const mode_t mode : {0640, 0604, 0660, 0601}) {
      const std::string path = folder.path() + "/keys/" + name;
      REQUIRE(::chmod(path.c_str(), mode) == 0);
      const Error error = open_keys(folder.path()).error();
      CHECK(error.code() == Code::PermissionDenied);
      CHECK(error.message().find("chmod 600 " + path) != std::string_view::npos);
      REQUIRE(::chmod(path.c_str(), 0600) == 0);
    }
  }
  CHECK(open_keys(folder.path()).ok());
}

TEST_CASE("D22: a folder of keys that others may change is refused") {
  const Folder folder;
  must(open_keys(folder.path()));
  REQUIRE(::chmod((folder.path() + "/keys").c_str(), 0770) == 0);
  const Error error = open_keys(folder.path()).error();
  CHECK(error.code() == Code::PermissionDenied);
  CHECK(error.message().find("chmod 700") != std::string_view::npos);
}

TEST_CASE("a key file of the wrong form is Corrupt and stays as it is") {
  const Folder folder;
  const Keys keys = must(open_keys(folder.path()));
  const std::string secret = folder.path() + "/keys/secret.key";
  const std::string signing = folder.path() + "/keys/jwt.pem";
  const std::string good = must(base::read_file(secret, 32));
  for (const std::string& bytes : {std::string(), std::string(31, 'k'), std::string(33, 'k')}) {
    write(secret, bytes);
    const Error error = open_keys(folder.path()).error();
    CHECK(error.code() == Code::Corrupt);
    CHECK(error.message().find(secret) != std::string_view::npos);
    CHECK(must(base::read_file(secret, 64)) == bytes);
  }
  write(secret, good);
  for (const std::string& bytes :
       {std::string(), std::string("not a key"), keys.signing->public_pem(), std::string(100'000, 'x')}) {
    write(signing, bytes);
    const Error error = open_keys(folder.path()).error();
    CHECK(error.code() == Code::Corrupt);
    CHECK(error.message().find(signing) != std::string_view::npos);
  }
}

TEST_CASE("D7: keys are not made where nothing may be written") {
  const Folder folder;
  CHECK(open_keys(folder.path(), MissingKeys::Refuse).error().code() == Code::NotFound);
  CHECK_FALSE(std::filesystem::exists(folder.path() + "/keys"));
  must(open_keys(folder.path()));
  CHECK(open_keys(folder.path(), MissingKeys::Refuse).ok());
}

TEST_CASE("a lost secret key is not replaced by one that opens nothing") {
  const Folder folder;
  must(open_keys(folder.path()));
  std::filesystem::remove(folder.path() + "/keys/secret.key");
  const Error error = open_keys(folder.path()).error();
  CHECK(error.code() == Code::Unavailable);
  CHECK(error.message().find("secret.key is missing") != std::string_view::npos);
}

TEST_CASE("a first start that ended between the keys is continued") {
  const Folder folder;
  const Keys first = must(open_keys(folder.path()));
  std::filesystem::remove(folder.path() + "/keys/jwt.pem");
  const Keys second = must(open_keys(folder.path()));
  CHECK(must(second.box.open(first.box.seal("secret"))) == "secret");
}
