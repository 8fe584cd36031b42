#include "backup/manifest.h"

#include <algorithm>
#include <limits>
#include <set>

#include "access/keys.h"
#include "base/tar.h"
#include "metadata/json.h"
#include "store/copy.h"

namespace metadata::backup {
namespace {

using File = BackupInfo::File;

Error bad(std::string what) { return corrupt("the manifest of the backup is wrong: " + std::move(what)); }

void write_files(JsonWriter& out, std::string_view member, const std::vector<File>& files) {
  out.key(member).begin_array();
  for (const File& file : files) {
    out.begin_object();
    out.key("name").string(file.name);
    out.key("size").integer(static_cast<std::int64_t>(file.size));
    out.key("sha256").string(file.sha256);
    out.end_object();
  }
  out.end_array();
}

Result<std::int64_t> read_number(const Json& object, std::string_view member) {
  const auto number = object[member].as_int();
  if (!number || *number < 0) return bad(std::string(member) + " is no number");
  return *number;
}

Result<std::string> read_text(const Json& object, std::string_view member, std::size_t max_bytes) {
  const Json value = object[member];
  const auto text = value.as_string();
  if (!text || text->empty() || text->size() > max_bytes) return bad(std::string(member) + " is no text");
  return std::string(*text);
}

bool is_digest(std::string_view text) {
  return text.size() == kNoDigest.size() &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<std::vector<File>> read_files(const Json& manifest, std::string_view member) {
  const Json list = manifest[member];
  if (!list.is_array() || list.size() > kMaxFiles) return bad(std::string(member) + " is no list of files");
  std::vector<File> files;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Json one = list.at(i);
    MD_LET(name, read_text(one, "name", base::kMaxTarName));
    MD_LET(size, read_number(one, "size"));
    MD_LET(digest, read_text(one, "sha256", kNoDigest.size()));
    if (!is_digest(digest)) return bad("the sha256 of " + name + " is none");
    files.push_back({std::move(name), static_cast<std::uint64_t>(size), std::move(digest)});
  }
  return files;
}

bool is_key(std::string_view name) {
  return std::ranges::any_of(access::kKeyFiles, [&](std::string_view key) { return key == name; });
}

/// Which files a backup may hold: so no name leads out of the directory or to a file that is not for it to bring.
Error check_files(const BackupInfo& info) {
  if (info.files.empty() || info.files.front().name != store::kDatabaseName) return bad("it has no database");
  std::set<std::string_view> seen;
  std::size_t keys = 0;
  for (const File& file : info.files) {
    if (!seen.insert(file.name).second) return bad("it names a file twice");
    if (&file == &info.files.front()) continue;
    if (is_key(file.name)) {
      ++keys;
    } else if (!check_host_name(file.name).ok()) {
      return bad("it names a file that does not belong into a catalog's directory");
    }
  }
  for (const File& file : info.left_out) {
    if (!seen.insert(file.name).second) return bad("it names a file twice");
    if (!is_key(file.name)) return bad("it leaves out a file that is not a key");
    ++keys;
  }
  return keys == access::kKeyFiles.size() ? Error() : bad("it does not name the keys");
}

}  // namespace

std::string manifest_text(const BackupInfo& info) {
  JsonWriter out;
  out.begin_object();
  out.key("container").integer(kContainer);
  out.key("program").string(info.program);
  out.key("createdAt").integer(info.created_at);
  out.key("format").integer(info.format);
  out.key("storeId").string(info.store_id);
  out.key("lastSeq").integer(static_cast<std::int64_t>(info.last_seq));
  write_files(out, "files", info.files);
  write_files(out, "leftOut", info.left_out);
  out.end_object();
  return std::move(out).text() + "\n";
}

Result<BackupInfo> read_manifest(std::string_view text) {
  const Result<Json> parsed = Json::parse(text);
  if (!parsed.ok()) return bad(std::string(parsed.error().message()));
  const Json& manifest = *parsed;
  MD_LET(container, read_number(manifest, "container"));
  if (container != kContainer) {
    return corrupt("the backup has the form " + std::to_string(container) + "; this program reads form " +
                   std::to_string(kContainer));
  }
  BackupInfo info;
  MD_LET(program, read_text(manifest, "program", 100));
  MD_LET(created_at, read_number(manifest, "createdAt"));
  MD_LET(format, read_number(manifest, "format"));
  MD_LET(store_id, read_text(manifest, "storeId", 100));
  MD_LET(last_seq, read_number(manifest, "lastSeq"));
  MD_LET(files, read_files(manifest, "files"));
  MD_LET(left_out, read_files(manifest, "leftOut"));
  if (format < 1 || format > store::newest_format()) {
    return corrupt("the backup holds a catalog of format " + std::to_string(format) +
                   "; this program knows formats up to " + std::to_string(store::newest_format()));
  }
  info.program = std::move(program);
  info.created_at = created_at;
  info.format = format;
  info.store_id = std::move(store_id);
  info.last_seq = static_cast<Seq>(last_seq);
  info.files = std::move(files);
  info.left_out = std::move(left_out);
  MD_OK(check_files(info));
  return info;
}

Error check_host_name(std::string_view name) {
  const auto refused = [&](std::string_view why) {
    return invalid_argument("'" + std::string(name) + "' cannot be in a backup: " + std::string(why));
  };
  if (name.empty() || name.size() > base::kMaxTarName) return refused("its name is empty or too long");
  const bool plain = std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
  if (!plain) return refused("its name has characters that are not plain");
  const std::size_t slash = name.find('/');
  const std::string_view last = slash == std::string_view::npos ? name : name.substr(slash + 1);
  if (name.front() == '.' || name.front() == '/' || last.empty() || last.front() == '.' ||
      last.find('/') != std::string_view::npos) {
    return refused("it is not a file in the directory, or in one below it");
  }
  if (name.starts_with(store::kDatabaseName) || name == store::kLockName || name.starts_with("keys/") ||
      name == "keys" || name == kManifestName) {
    return refused("the catalog has that name for itself");
  }
  return {};
}

}  // namespace metadata::backup
