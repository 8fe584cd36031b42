#ifndef METADATA_TESTS_PEOPLE_H
#define METADATA_TESTS_PEOPLE_H

#include <doctest/doctest.h>

#include <string>

#include "metadata/metadata.h"

// People and bots with rights, made as anybody would make them.
namespace metadata::test {

inline void put_or_fail(Catalog& catalog, const std::string& type, const std::string& body) {
  const auto written = catalog.put(type, body);
  REQUIRE_MESSAGE(written.ok(), written.error().text());
}

/// A user with one role, whose policy has these rules (JSON), as a principal with its rules as they are now.
inline Principal acting(Catalog& catalog, const std::string& name, const std::string& rules, bool bot = false) {
  put_or_fail(catalog, "policy", R"({"name":"policy-)" + name + R"(","rules":)" + rules + "}");
  put_or_fail(catalog, "role", R"({"name":"role-)" + name + R"(","policies":["policy-)" + name + R"("]})");
  put_or_fail(catalog, "user",
              R"({"name":")" + name + R"(","email":")" + name + R"(@example.org","isBot":)" + (bot ? "true" : "false") +
                  R"(,"roles":["role-)" + name + R"("]})");
  auto principal = catalog.access().principal(name);
  REQUIRE_MESSAGE(principal.ok(), principal.error().text());
  return *std::move(principal);
}

/// A bot that may do everything.
inline Principal bot(Catalog& catalog) {
  return acting(catalog, "ingestion-bot",
                R"([{"name":"all","effect":"allow","resources":["All"],"operations":["All"]}])", true);
}

/// Somebody who sees everything, describes and tags it.
inline Principal user(Catalog& catalog, const std::string& name) {
  return acting(catalog, name,
                R"([{"name":"view","effect":"allow","resources":["All"],
                     "operations":["ViewAll","EditDescription","EditTags"]}])");
}

}  // namespace metadata::test

#endif  // METADATA_TESTS_PEOPLE_H
