#include "base/streams.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/tar.h"

using namespace metadata;
using namespace metadata::base;

namespace {

class TestDirectory {
 public:
  TestDirectory() : path_(std::filesystem::temp_directory_path() / ("metadata-streams-" + random_token(9))) {
    std::filesystem::create_directory(path_);
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

using Existing = NewFile::Existing;

}  // namespace

TEST_CASE("D12: a new file gets its name when it is whole, and is private whatever the umask") {
  const TestDirectory directory;
  const std::string path = directory.file("archive");
  const mode_t before = ::umask(0277);
  auto made = NewFile::beside(path);
  ::umask(before);
  REQUIRE(made.ok());
  NewFile file = *std::move(made);
  CHECK(mode_of(file.temporary_path()) == 0600);
  CHECK(file.append("hello ").ok());
  CHECK(file.append("world").ok());
  CHECK(file.write_at(0, "J").ok());
  CHECK(file.size() == 11);
  CHECK_FALSE(std::filesystem::exists(path));
  REQUIRE(file.put_in_place(Existing::Keep).ok());
  CHECK(*read_file(path, 100) == "Jello world");
  CHECK(mode_of(path) == 0600);
  CHECK(directory.entries() == 1);
}

TEST_CASE("a new file that is given up leaves nothing, and one that exists is kept or replaced as asked") {
  const TestDirectory directory;
  const std::string path = directory.file("archive");
  REQUIRE(write_file_atomic(path, "old").ok());
  { CHECK(NewFile::beside(path)->append("given up").ok()); }
  {
    NewFile second = *NewFile::beside(path);
    CHECK(second.append("second").ok());
    CHECK(second.put_in_place(Existing::Keep).code() == Code::AlreadyExists);
  }
  CHECK(*read_file(path, 100) == "old");
  CHECK(directory.entries() == 1);
  NewFile third = *NewFile::beside(path);
  CHECK(third.append("third").ok());
  CHECK(third.put_in_place(Existing::Replace).ok());
  CHECK(*read_file(path, 100) == "third");
  CHECK(directory.entries() == 1);
  CHECK(NewFile::beside(directory.file("none/archive")).error().code() == Code::NotFound);
}

TEST_CASE("a source gives the bytes that are asked for, or says where it ends") {
  const TestDirectory directory;
  REQUIRE(write_file_atomic(directory.file("data"), "0123456789").ok());
  const SourceFile source = *SourceFile::open(directory.file("data"));
  CHECK(source.size() == 10);
  std::string bytes(4, ' ');
  CHECK(source.read_at(3, bytes).ok());
  CHECK(bytes == "3456");
  CHECK(source.read_at(8, bytes).code() == Code::Corrupt);
  REQUIRE(::mkfifo(directory.file("pipe").c_str(), 0600) == 0);
  CHECK(SourceFile::open(directory.file("pipe")).error().code() == Code::Corrupt);
  CHECK(SourceFile::open(directory.file(".")).error().code() == Code::Corrupt);
  CHECK(SourceFile::open(directory.file("none")).error().code() == Code::NotFound);
}

TEST_CASE("D18: a new directory takes the place of nothing or of an empty one, and goes when it is given up") {
  const TestDirectory directory;
  const std::string path = directory.file("data");
  {
    const NewDirectory given_up = *NewDirectory::beside(path);
    CHECK(write_file_atomic(given_up.temporary_path() + "/x", "x").ok());
  }
  CHECK(directory.entries() == 0);
  NewDirectory first = *NewDirectory::beside(path);
  CHECK(write_file_atomic(first.temporary_path() + "/x", "x").ok());
  CHECK(mode_of(first.temporary_path()) == 0700);
  CHECK(first.put_in_place().ok());
  CHECK(*read_file(path + "/x", 10) == "x");
  {
    NewDirectory second = *NewDirectory::beside(path);
    CHECK(second.put_in_place().code() == Code::InvalidArgument);
  }
  std::filesystem::create_directory(directory.file("empty"));
  NewDirectory third = *NewDirectory::beside(directory.file("empty"));
  CHECK(third.put_in_place().ok());
  CHECK(directory.entries() == 2);
}

TEST_CASE("a lock file is seen to be held without being taken, and nothing is made by looking") {
  const TestDirectory directory;
  CHECK_FALSE(is_locked(directory.file("lock")));
  CHECK(directory.entries() == 0);
  {
    const auto lock = FileLock::acquire(directory.file("lock"));
    REQUIRE(lock.ok());
    CHECK(is_locked(directory.file("lock")));
    CHECK(is_locked(directory.file("lock")));
    CHECK_FALSE(FileLock::acquire(directory.file("lock")).ok());
  }
  CHECK_FALSE(is_locked(directory.file("lock")));
  // Who shares it does not write.
  const auto shared = FileLock::share(directory.file("lock"));
  REQUIRE(shared.ok());
  CHECK_FALSE(is_locked(directory.file("lock")));
}

TEST_CASE("a tar header holds its name, size and time, and small and very large sizes come back") {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{077777777777},
                                   std::uint64_t{1} << 33, std::uint64_t{1} << 62}) {
    CAPTURE(size);
    const std::string header = tar_header({"keys/secret.key", size, 1'700'000'000});
    REQUIRE(header.size() == kTarBlock);
    CHECK(header.substr(0, 16) == std::string("keys/secret.key\0", 16));
    CHECK(header.substr(257, 8) == std::string("ustar\00000", 8));
    CHECK(*tar_size(header) == size);
    CHECK(*tar_time(header) == 1'700'000'000);
    unsigned sum = 0;
    for (std::size_t i = 0; i < kTarBlock; ++i) {
      sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
    }
    CHECK(std::stoul(header.substr(148, 6), nullptr, 8) == sum);
  }
  CHECK_FALSE(tar_size(std::string(kTarBlock, 'x')).ok());
  CHECK_FALSE(tar_size("short").ok());
  CHECK(tar_padding(0) == 0);
  CHECK(tar_padding(1) == 511);
  CHECK(tar_padding(512) == 0);
}

TEST_CASE("a digest of pieces is that of the whole") {
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 1000U, 100'000U}) {
    const std::string bytes = random_bytes(size);
    Sha256Stream stream;
    for (std::size_t at = 0; at < size; at += 777) stream.update(std::string_view(bytes).substr(at, 777));
    CHECK(*stream.finish_hex() == sha256_hex(bytes));
    CHECK_FALSE(stream.finish_hex().ok());
  }
}
