// Applies a JSON Patch file to a JSON document file and prints the result.
#include <array>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <string>

#include "metadata/json.h"
#include "metadata/patch.h"

namespace {

using metadata::Error;
using metadata::Json;
using metadata::Patch;
using metadata::Result;

constexpr int kRefused = 1;
constexpr int kUsage = 2;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return metadata::not_found("cannot be opened");
  std::string text;
  std::array<char, 4096> chunk;
  // Read in pieces: a folder opens like a file and fails only now, and a device may never end.
  while (file.read(chunk.data(), chunk.size()) || file.gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > metadata::JsonLimits().max_bytes) return metadata::too_large("is larger than 4 MiB");
  }
  if (file.bad()) return metadata::unavailable("cannot be read");
  return text;
}

Result<Json> read_document(const std::string& path) {
  MD_LET(text, read_file(path));
  return Json::parse(text);
}

Result<Patch> read_patch(const std::string& path) {
  MD_LET(text, read_file(path));
  return Patch::parse(text);
}

int refused(const std::string& what, const Error& error) {
  std::cerr << "json-patch: " << what << ": " << error.message() << '\n';
  return kRefused;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: json-patch DOC PATCH\n"
                 "Applies the JSON Patch (RFC 6902) in the file PATCH to the JSON document in the file DOC and prints\n"
                 "the result. Exits 1 when a file cannot be read or the patch does not apply.\n";
    return kUsage;
  }
  const std::string document_path = argv[1];
  const std::string patch_path = argv[2];

  const Result<Json> document = read_document(document_path);
  if (!document.ok()) return refused(document_path, document.error());
  const Result<Patch> patch = read_patch(patch_path);
  if (!patch.ok()) return refused(patch_path, patch.error());
  const Result<Json> patched = patch->apply(*document);
  if (!patched.ok()) return refused(patch_path + " does not apply to " + document_path, patched.error());

  std::cout << patched->text() << '\n' << std::flush;
  return std::cout ? 0 : refused("standard output", metadata::unavailable("cannot be written"));
}
