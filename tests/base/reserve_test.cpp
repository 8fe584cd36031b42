#include "base/reserve.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"

using namespace metadata;
using namespace metadata::base;

namespace {

/// A file of three bytes, gone when the test ends.
class ThreeBytes {
 public:
  ThreeBytes() : path_((std::filesystem::temp_directory_path() / ("metadata-reserve-" + random_token(9))).string()) {
    std::ofstream(path_) << "abc";
  }
  ~ThreeBytes() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::string& path() const { return path_; }
  struct stat status() const {
    struct stat status {};
    REQUIRE(::stat(path_.c_str(), &status) == 0);
    return status;
  }

 private:
  std::string path_;
};

constexpr std::uint64_t kMebibyte = 1 << 20;

}  // namespace

TEST_CASE("a reserve takes space on the disk, leaves the file as it is, and gives back what is not used") {
  const ThreeBytes file;
  const auto before = file.status().st_blocks;
  {
    const auto reserve = GrowthReserve::take(file.path(), kMebibyte);
    REQUIRE(reserve.ok());
    CHECK(file.status().st_size == 3);
    CHECK(file.status().st_blocks >= static_cast<blkcnt_t>(kMebibyte / 512));
    std::ofstream(file.path(), std::ios::app) << "def";
  }
  CHECK(file.status().st_size == 6);
  CHECK(file.status().st_blocks == before);
  std::ifstream content(file.path());
  std::string text;
  content >> text;
  CHECK(text == "abcdef");
}

TEST_CASE("D6: a reserve that there is no space for is refused and takes none") {
  const ThreeBytes file;
  const auto before = file.status().st_blocks;
  constexpr std::uint64_t kMoreThanAnyDisk = std::uint64_t{1} << 61;
  const auto reserve = GrowthReserve::take(file.path(), kMoreThanAnyDisk);
  REQUIRE_FALSE(reserve.ok());
  CHECK(reserve.error().code() == Code::Unavailable);
  CHECK(file.status().st_blocks == before);
  CHECK(GrowthReserve::take(file.path() + "-not-there", 1).error().code() == Code::NotFound);
}

TEST_CASE("a reserve beyond the size that a file may have is refused, within it is not") {
  const ThreeBytes file;
  rlimit unlimited{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
  const rlimit limit{kMebibyte, unlimited.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const auto refused = GrowthReserve::take(file.path(), kMebibyte);
  const auto taken = GrowthReserve::take(file.path(), kMebibyte - 3);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &unlimited) == 0);
  CHECK(refused.error().code() == Code::Unavailable);
  CHECK(taken.ok());
}
