#ifndef METADATA_SERVER_SEED_FILES_H
#define METADATA_SERVER_SEED_FILES_H

#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"

namespace metadata::server {

bool file_exists(const std::string& path);

/// The text of a small file. NotFound, PermissionDenied.
Result<std::string> read_file(const std::string& path);
/// Writes a file of mode 0600 whole or not at all, and durably; its directory is made (0700) when it is missing.
Error write_private_file(const std::string& path, std::string_view text);
/// What is to be done with a directory.
enum class Use { Read, Write };
/// PermissionDenied when this process could not make or use a catalog in the directory, InvalidArgument when it is a
/// file.
Error check_directory(const std::string& path, Use use);
/// For each directory and file of secrets that this program wrote and that others than its owner may use now: what to
/// say of it, with the remedy.
std::vector<std::string> widely_open_secrets(const std::string& data);

}  // namespace metadata::server

#endif  // METADATA_SERVER_SEED_FILES_H
