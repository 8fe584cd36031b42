#include "base/files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/random.h"

using namespace metadata;
using namespace metadata::base;

namespace {

/// A directory of its own for a test, gone when the test ends.
class TestDirectory {
 public:
  TestDirectory() : path_(std::filesystem::temp_directory_path() / ("metadata-files-" + random_token(9))) {
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

// What the child's function returns is its exit status here.
template <class Function>
int in_child(Function function) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(function());
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// "… is in use by process 1234 since 2026-01-31T12:00:00Z"
bool says_held_by(const Error& error, const std::string& path, pid_t pid) {
  const std::string start = path + " is in use by process " + std::to_string(pid) + " since 20";
  return error.message().starts_with(start) && error.message().ends_with("Z");
}

}  // namespace

TEST_CASE("a written file is read back whole, and is private") {
  const TestDirectory directory;
  const std::string path = directory.file("key");
  const mode_t before = ::umask(0);
  const Error written = write_file_atomic(path, std::string("a\0b", 3));
  ::umask(before);
  REQUIRE(written.ok());
  CHECK(*read_file(path, 100) == std::string("a\0b", 3));
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("a file can be replaced, with another mode, and leaves nothing beside it") {
  const TestDirectory directory;
  const std::string path = directory.file("key");
  REQUIRE(write_file_atomic(path, "old").ok());
  const mode_t before = ::umask(077);
  const Error written = write_file_atomic(path, "new", 0644);
  ::umask(before);
  REQUIRE(written.ok());
  CHECK(*read_file(path, 100) == "new");
  CHECK(mode_of(path) == 0644);
  CHECK(directory.entries() == 1);
}

TEST_CASE("a failed write leaves nothing behind") {
  const TestDirectory directory;
  std::filesystem::create_directory(directory.file("taken"));
  CHECK(write_file_atomic(directory.file("taken"), "x").code() == Code::Unavailable);
  CHECK(directory.entries() == 1);
  CHECK(write_file_atomic(directory.file("none/key"), "x").code() == Code::NotFound);
}

TEST_CASE("reading is bounded and names the path") {
  const TestDirectory directory;
  const std::string path = directory.file("large");
  REQUIRE(write_file_atomic(path, std::string(40'000, 'x')).ok());
  CHECK(read_file(path, 40'000)->size() == 40'000);
  CHECK(read_file(path, 39'999).error().code() == Code::TooLarge);
  const Error missing = read_file(directory.file("none"), 10).error();
  CHECK(missing.code() == Code::NotFound);
  CHECK(missing.message().find(directory.file("none")) != std::string_view::npos);
}

TEST_CASE("what is not a regular file is not read, nor waited for") {
  const TestDirectory directory;
  REQUIRE(::mkfifo(directory.file("pipe").c_str(), 0600) == 0);
  CHECK(read_file(directory.file("pipe"), 10).error().code() == Code::Unavailable);
  CHECK(read_file(directory.file("."), 10).error().code() == Code::Unavailable);
}

TEST_CASE("a private directory is made with its parents, and may be there already") {
  const TestDirectory directory;
  const std::string path = directory.file("a/b//c/");
  REQUIRE(make_private_directory(path).ok());
  CHECK(make_private_directory(path).ok());
  CHECK(mode_of(directory.file("a")) == 0700);
  CHECK(mode_of(directory.file("a/b/c")) == 0700);
  CHECK(make_private_directory("/").ok());
  CHECK(make_private_directory("").code() == Code::InvalidArgument);
}

TEST_CASE("a file in the way of a directory is an error") {
  const TestDirectory directory;
  REQUIRE(write_file_atomic(directory.file("a"), "x").ok());
  CHECK(make_private_directory(directory.file("a")).code() == Code::Unavailable);
  CHECK_FALSE(make_private_directory(directory.file("a/b")).ok());
}

TEST_CASE("D8: a lock is held once, in this process too, until it is let go") {
  const TestDirectory directory;
  const std::string path = directory.file("lock");
  {
    const auto lock = FileLock::acquire(path);
    REQUIRE(lock.ok());
    const Error refused = FileLock::acquire(path).error();
    CHECK(refused.code() == Code::Unavailable);
    CHECK(says_held_by(refused, path, ::getpid()));
  }
  CHECK(FileLock::acquire(path).ok());
}

TEST_CASE("another process sees the lock, and gets it afterwards") {
  const TestDirectory directory;
  const std::string path = directory.file("lock");
  const auto attempt = [&] { return FileLock::acquire(path).ok() ? 0 : 1; };
  {
    const auto lock = FileLock::acquire(path);
    REQUIRE(lock.ok());
    CHECK(in_child(attempt) == 1);
  }
  CHECK(in_child(attempt) == 0);
  CHECK(FileLock::acquire(path).ok());
}

TEST_CASE("D8: a lock ends with the process that held it") {
  const TestDirectory directory;
  const std::string path = directory.file("lock");
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::acquire(path);
    const char held = lock.ok() ? 'y' : 'n';
    if (::write(pipe_ends[1], &held, 1) != 1) ::_exit(1);
    ::pause();
  }
  char held = 0;
  REQUIRE(::read(pipe_ends[0], &held, 1) == 1);
  CHECK(held == 'y');
  CHECK(says_held_by(FileLock::acquire(path).error(), path, child));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(FileLock::acquire(path).ok());
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_CASE("D8: a fork does not let go of the lock, and its child cannot take it a second time") {
  const TestDirectory directory;
  const std::string path = directory.file("lock");
  const auto attempt = [&] { return FileLock::acquire(path).ok() ? 0 : 1; };
  {
    const auto lock = FileLock::acquire(path);
    REQUIRE(lock.ok());
    CHECK(in_child(attempt) == 1);  // the child had the parent's descriptor, and ends with it
    CHECK_FALSE(FileLock::acquire(path).ok());
  }
  CHECK(FileLock::acquire(path).ok());
}

TEST_CASE("D8: a stale lock file of any content is no obstacle, and says nothing wrong of its holder") {
  const TestDirectory directory;
  const std::string path = directory.file("lock");
  for (const std::string& content :
       {std::string("1 2001-01-01T00:00:00Z\n"), std::string("x"), std::string(), std::string(10'000, '7')}) {
    std::ofstream(path) << content;
    const auto lock = FileLock::acquire(path);
    REQUIRE(lock.ok());
    CHECK(says_held_by(FileLock::acquire(path).error(), path, ::getpid()));
  }
}

TEST_CASE("D7, D8: readers share a lock, and keep a writer out") {
  const TestDirectory directory;
  const std::string path = directory.file("lock");
  CHECK(FileLock::share(path).error().code() == Code::NotFound);
  REQUIRE(FileLock::acquire(path).ok());
  const auto one = FileLock::share(path), two = FileLock::share(path);
  CHECK(one.ok());
  CHECK(two.ok());
  CHECK(FileLock::acquire(path).error().code() == Code::Unavailable);
}

TEST_CASE("D12: an empty file is made private and once") {
  const TestDirectory directory;
  const std::string path = directory.file("log");
  const mode_t before = ::umask(0);
  CHECK(make_empty_file(path) == Made::Done);
  ::umask(before);
  CHECK(mode_of(path) == 0600);
  CHECK(make_empty_file(path) == Made::WasThere);
  CHECK(make_empty_file(directory.file("none/log")) == Made::Failed);
}

TEST_CASE("D22: what others may use is named with the remedy") {
  const TestDirectory directory;
  const std::string path = directory.file("secret");
  REQUIRE(write_file_atomic(path, "x").ok());
  CHECK(widely_open(path).empty());
  CHECK(widely_open(directory.file("none")).empty());
  for (const mode_t mode : {0640, 0604, 0602, 0610}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(widely_open(path).ends_with("chmod 600 " + path));
  }
}

TEST_CASE("a lock can be moved") {
  const TestDirectory directory;
  auto first = FileLock::acquire(directory.file("lock"));
  REQUIRE(first.ok());
  std::optional<FileLock> second(*std::move(first));
  CHECK_FALSE(FileLock::acquire(directory.file("lock")).ok());
  second.reset();
  CHECK(FileLock::acquire(directory.file("lock")).ok());
}
