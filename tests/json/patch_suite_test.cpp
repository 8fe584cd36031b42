// Runs the public json-patch-test-suite through the public API. tools/fetch-json-patch-suite brings its files.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "metadata/json.h"
#include "metadata/patch.h"
#include "patch_suite_reader.h"

namespace {

using metadata::Json;
using metadata::Patch;
using metadata::Result;

struct Count {
  int records = 0;
  int enabled = 0;
  int passed = 0;
};

std::string suite_folder() {
  if (const char* folder = std::getenv("LIBMETADATA_JSON_PATCH_SUITE")) return folder;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string base =
      cache != nullptr && *cache != '\0' ? cache : std::string(home == nullptr ? "" : home) + "/.cache";
  return base + "/libmetadata-tests/json-patch-test-suite-1.1.0";
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "cannot read " << path << "; run tools/fetch-json-patch-suite");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<Json> patched(const Json& document, const std::string& patch_text) {
  MD_LET(patch, Patch::parse(patch_text));
  return patch.apply(document);
}

// True when the library did what the record says.
bool passes(const suite::Record& record) {
  const Result<Json> document = Json::parse(*suite::member(record, "doc"));
  REQUIRE(document.ok());
  const Result<Json> result = patched(*document, *suite::member(record, "patch"));
  if (suite::member(record, "error") != nullptr) return !result.ok();
  if (!result.ok()) return false;
  const std::string* expected = suite::member(record, "expected");
  if (expected == nullptr) return true;
  return *result == *Json::parse(*expected);
}

void run(const suite::Record& record, Count& count) {
  ++count.records;
  if (suite::member(record, "disabled") != nullptr) return;
  ++count.enabled;
  const std::string* comment = suite::member(record, "comment");
  INFO("patch: " << *suite::member(record, "patch"));
  INFO("comment: " << (comment == nullptr ? std::string("none") : *comment));
  const bool passed = passes(record);
  CHECK(passed);
  if (passed) ++count.passed;
}

}  // namespace

TEST_CASE("every enabled case of json-patch-test-suite 1.1.0 passes") {
  Count count;
  for (const char* name : {"tests.json", "spec_tests.json"}) {
    for (const suite::Record& record : suite::records(read(suite_folder() + "/" + name))) run(record, count);
  }
  std::cout << "json-patch-test-suite: " << count.enabled << " enabled, " << count.passed << " passed, 0 skipped\n";
  CHECK(count.records == 95);
  CHECK(count.enabled == 91);
  CHECK(count.passed == 91);
}
