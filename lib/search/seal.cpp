#include "search/seal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/hash.h"
#include "search/guarded.h"

namespace metadata::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSeal = "/sealed";
constexpr const char* kOpen = "/open";
constexpr std::size_t kMaxListBytes = 64 * 1024;
// Half a second to read and digest; more would hold up the end of the process, and the first search after a start.
constexpr std::uintmax_t kDigestedBytes = std::uintmax_t{256} << 20;
constexpr std::size_t kPieceBytes = 256 * 1024;

/// Changes with every start of the system; empty where the system does not tell.
std::string boot_id() {
  const Result<std::string> id = base::read_file("/proc/sys/kernel/random/boot_id", 128);
  return id.ok() ? *id : std::string();
}

class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  const int fd_;
};

/// Paths below the directory, sorted; the seal itself and Xapian's lock files are not among them.
Result<std::vector<std::string>> files_of(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) {
    const std::string name = at->path().lexically_relative(directory).string();
    if (!at->is_regular_file(failure)) continue;
    if (name == "sealed" || name == "open" || at->path().filename() == "flintlock") continue;
    paths.push_back(name);
  }
  if (failure) return unavailable("cannot list " + directory + ": " + failure.message());
  std::ranges::sort(paths);
  return paths;
}

Result<std::string> digest_of(const std::string& path) {
  const File file(path);
  if (!file.ok()) return base::file_error("open", path, errno);
  base::Sha256Stream stream;
  std::string piece(kPieceBytes, '\0');
  while (true) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::file_error("read", path, errno);
    if (got == 0) return stream.finish_hex();
    stream.update({piece.data(), static_cast<std::size_t>(got)});
  }
}

/// What the seal says: a line for each file with its size, its digest (or "-") and its name.
Result<std::string> list_of(const std::string& directory, bool digests) {
  MD_LET(paths, files_of(directory));
  std::ostringstream list;
  for (const std::string& path : paths) {
    std::error_code failure;
    const std::uintmax_t size = fs::file_size(directory + "/" + path, failure);
    if (failure) return unavailable("cannot look at " + path + ": " + failure.message());
    std::string digest = "-";
    if (digests) {
      MD_LET(made, digest_of(directory + "/" + path));
      digest = std::move(made);
    }
    list << size << ' ' << digest << ' ' << path << '\n';
  }
  return list.str();
}

Result<std::uintmax_t> bytes_of(const std::string& directory) {
  MD_LET(paths, files_of(directory));
  std::uintmax_t bytes = 0;
  for (const std::string& path : paths) {
    std::error_code failure;
    const std::uintmax_t size = fs::file_size(directory + "/" + path, failure);
    if (failure) return unavailable("cannot look at " + path + ": " + failure.message());
    bytes += size;
  }
  return bytes;
}

bool has_digests(const std::string& list) { return list.find(" - ") == std::string::npos; }

}  // namespace

Error check_seal(const std::string& directory) {
  const Result<std::string> sealed = base::read_file(directory + kSeal, kMaxListBytes);
  if (sealed.ok()) {
    MD_LET(list, list_of(directory, has_digests(*sealed)));
    return list == *sealed ? Error() : damage("the files of the search index in " + directory + " have been changed");
  }
  if (sealed.error().code() != Code::NotFound) return sealed.error();
  const Result<std::string> open = base::read_file(directory + kOpen, kMaxListBytes);
  const std::string boot = boot_id();
  if (open.ok() && !boot.empty() && *open == boot) return {};
  return damage("the search index in " + directory + " was in use when the system stopped");
}

Error break_seal(const std::string& directory) {
  MD_OK(base::write_file_atomic(directory + kOpen, boot_id()));
  std::error_code failure;
  if (!fs::remove(directory + kSeal, failure) && failure) {
    return unavailable("cannot remove " + directory + kSeal + ": " + failure.message());
  }
  return base::sync_directory(directory);
}

Error seal(const std::string& directory) {
  MD_LET(paths, files_of(directory));
  for (const std::string& path : paths) {
    const File file(directory + "/" + path);
    if (!file.ok() || ::fsync(file.get()) != 0) return base::file_error("sync", directory + "/" + path, errno);
  }
  MD_LET(bytes, bytes_of(directory));
  MD_LET(list, list_of(directory, bytes <= kDigestedBytes));
  return base::write_file_atomic(directory + kSeal, list);
}

}  // namespace metadata::search
