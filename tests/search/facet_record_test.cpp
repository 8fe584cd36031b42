#include "search/facet_record.h"

#include <doctest/doctest.h>

#include "search/terms.h"

using namespace metadata;
using namespace metadata::search;

namespace {

EntityId id(std::uint8_t n) {
  EntityId made;
  made.bytes[0] = n;
  made.bytes[15] = 0xff;
  return made;
}

FacetRecord record() {
  FacetRecord made;
  made.type = "table";
  made.parent = id(1);
  made.root = id(2);
  made.owners = {id(3), id(4)};
  made.tags = {id(5)};
  made.values = {{"tableType", "View"}, {"note", std::string(300, 'x')}};
  return made;
}

}  // namespace

TEST_CASE("a facet record is read as it was written") {
  FacetRecord read;
  REQUIRE(unpack(pack(record()), read));
  CHECK(read.type == "table");
  CHECK(read.parent == id(1));
  CHECK(read.root == id(2));
  CHECK(read.owners == record().owners);
  CHECK(read.domains.empty());
  CHECK(read.tags == record().tags);
  CHECK(read.values == record().values);
  CHECK(unpack(pack({}), read));
  CHECK(read.owners.empty());
}

TEST_CASE("damaged facet records are told apart") {
  const std::string whole = pack(record());
  FacetRecord read;
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(unpack(whole.substr(0, size), read));
  CHECK_FALSE(unpack(whole + "x", read));
  CHECK_FALSE(unpack(std::string(80, '\xff'), read));
}

TEST_CASE("a term is never longer than the index takes, and long texts stay different") {
  const std::string one = terms::of_text(terms::kExactName, std::string(500, 'a') + "1");
  const std::string two = terms::of_text(terms::kExactName, std::string(500, 'a') + "2");
  CHECK(one.size() == terms::kMaxTermBytes);
  CHECK(two.size() == terms::kMaxTermBytes);
  CHECK(one != two);
  CHECK(terms::of_text(terms::kExactName, "short") == "Nshort");
}
