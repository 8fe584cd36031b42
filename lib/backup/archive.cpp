#include "backup/archive.h"

#include <algorithm>

#include "backup/manifest.h"
#include "base/hash.h"
#include "base/tar.h"

namespace metadata::backup {

Error check_cancel(const std::atomic<bool>* cancel) {
  return cancel != nullptr && cancel->load() ? unavailable("broken off") : Error();
}

Result<Archive> Archive::open(const std::string& path) {
  MD_LET(file, base::SourceFile::open(path));
  Archive archive(path, std::move(file));
  Error wrong = archive.read_manifest();
  if (wrong.ok()) wrong = archive.check_form();
  if (wrong.ok()) return Result<Archive>(std::move(archive));
  return wrong.code() == Code::Corrupt ? corrupt(path + ": " + std::string(wrong.message())) : wrong;
}

Error Archive::read_manifest() {
  constexpr const char* kForeign = "this is not a backup of a catalog";
  if (file_.size() < base::kTarBlock) return corrupt(kForeign);
  MD_LET(header, bytes_at(0, base::kTarBlock));
  const Result<std::uint64_t> size = base::tar_size(header);
  const Result<std::int64_t> time = base::tar_time(header);
  if (!size.ok() || !time.ok() || header != base::tar_header({kManifestName, *size, *time})) return corrupt(kForeign);
  if (*size > kMaxManifestBytes) return corrupt("the manifest of the backup is too large");
  const std::size_t length = static_cast<std::size_t>(*size);
  if (file_.size() < base::kTarBlock + length) return corrupt("the backup is cut off within its manifest");
  MD_LET(text, bytes_at(base::kTarBlock, length));
  MD_LET(info, backup::read_manifest(text));
  if (info.created_at / 1000 != *time) return corrupt("the backup and its manifest are of different times");
  info_ = std::move(info);
  manifest_end_ = base::kTarBlock + length;
  first_header_ = manifest_end_ + base::tar_padding(length);
  return {};
}

Error Archive::check_form() {
  std::uint64_t end = first_header_;
  for (const BackupInfo::File& file : info_.files) {
    // Each size alone is compared first, so that their sum cannot run over.
    if (file.size > file_.size()) return corrupt("the backup is cut off: " + file.name + " does not fit into it");
    offsets_.push_back(end + base::kTarBlock);
    end += base::kTarBlock + file.size + base::tar_padding(file.size);
  }
  end += base::kTarEndBytes;
  if (end != file_.size()) {
    return corrupt("the backup has " + std::to_string(file_.size()) + " bytes, its manifest tells of " +
                   std::to_string(end));
  }
  MD_OK(check_zeros(manifest_end_, static_cast<std::size_t>(first_header_ - manifest_end_)));
  for (std::size_t i = 0; i < info_.files.size(); ++i) {
    const BackupInfo::File& file = info_.files[i];
    MD_LET(header, bytes_at(offsets_[i] - base::kTarBlock, base::kTarBlock));
    if (header != base::tar_header({file.name, file.size, info_.created_at / 1000})) {
      return corrupt("where the backup should hold " + file.name + " it has something else");
    }
    MD_OK(check_zeros(offsets_[i] + file.size, base::tar_padding(file.size)));
  }
  return check_zeros(end - base::kTarEndBytes, base::kTarEndBytes);
}

Error Archive::read(std::size_t index, const Sink& sink, const std::atomic<bool>* cancel) const {
  const BackupInfo::File& file = info_.files[index];
  base::Sha256Stream digest;
  std::string piece(kPieceBytes, '\0');
  for (std::uint64_t done = 0; done < file.size; done += piece.size()) {
    MD_OK(check_cancel(cancel));
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, file.size - done)));
    MD_OK(file_.read_at(offsets_[index] + done, piece));
    digest.update(piece);
    MD_OK(sink(piece));
  }
  MD_LET(found, digest.finish_hex());
  if (found == file.sha256) return {};
  return corrupt(path_ + ": " + file.name + " is damaged: its SHA-256 is " + found + ", the manifest says " +
                 file.sha256);
}

Result<std::string> Archive::bytes_at(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  MD_OK(file_.read_at(offset, bytes));
  return bytes;
}

Error Archive::check_zeros(std::uint64_t offset, std::size_t size) const {
  MD_LET(bytes, bytes_at(offset, size));
  if (bytes.find_first_not_of('\0') == std::string::npos) return {};
  return corrupt("the backup has something between its files, at byte " + std::to_string(offset));
}

}  // namespace metadata::backup
