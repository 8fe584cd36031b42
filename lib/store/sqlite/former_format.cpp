#include "store/sqlite/former_format.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "base/streams.h"
#include "store/sqlite/copy.h"

namespace metadata::store::sqlite {
namespace {

constexpr std::string_view kMark = ".format-";
constexpr std::string_view kDigits = "0123456789";

/// The files beside the database that are copies of it, whole ones or pieces.
std::vector<std::filesystem::path> copies_of(const std::string& file, bool pieces) {
  const std::string prefix = std::filesystem::path(file).filename().string() + std::string(kMark);
  std::vector<std::filesystem::path> found;
  std::error_code failed;
  std::filesystem::directory_iterator at(base::directory_of(file), failed);
  for (; !failed && at != std::filesystem::directory_iterator(); at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const std::string_view rest = std::string_view(name).substr(prefix.size());
    const std::size_t end = rest.find_first_not_of(kDigits);
    const bool whole = !rest.empty() && end == std::string_view::npos;
    const bool piece = end != std::string_view::npos && end > 0 && rest.substr(end).starts_with(".tmp-");
    if (pieces ? piece : whole) found.push_back(at->path());
  }
  return found;
}

void remove_all(const std::vector<std::filesystem::path>& files, const std::string& but) {
  for (const auto& file : files) {
    std::error_code left;
    if (file.filename() != std::filesystem::path(but).filename()) std::filesystem::remove(file, left);
  }
}

}  // namespace

std::string former_file(const std::string& file, std::int64_t format) {
  return file + std::string(kMark) + std::to_string(format);
}

Error keep_former(Connection& connection, const std::string& file, std::int64_t format) {
  remove_all(copies_of(file, true), {});
  MD_LET(copy, base::NewFile::beside(former_file(file, format)));
  MD_OK(copy_pages(connection, copy.temporary_path(), nullptr));
  return copy.put_in_place(base::NewFile::Existing::Replace);
}

void forget_formers(const std::string& file, std::int64_t but) {
  remove_all(copies_of(file, false), former_file(file, but));
}

}  // namespace metadata::store::sqlite
