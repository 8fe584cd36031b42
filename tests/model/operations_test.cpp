#include "model/operations.h"

#include "fixture.h"

using namespace metadata;
using test::type;
using Names = std::vector<std::string>;

TEST_CASE("changed fields need their own operations, all others EditAll") {
  struct {
    const char* type;
    Names changed, operations;
  } const kCases[] = {
      {"table", {"description"}, {"EditDescription"}},
      {"table", {"tags", "owners", "displayName"}, {"EditDisplayName", "EditOwners", "EditTags"}},
      {"table", {"columns.a.description", "columns.a.b.tags"}, {"EditDescription", "EditTags"}},
      {"table", {"columns.a.dataLength"}, {"EditAll"}},
      {"table", {"columns"}, {"EditAll"}},
      {"table", {"columns.description"}, {"EditAll"}},  // a child of the column "description" came or went
      {"table", {"extension.x", "extension"}, {"EditCustomFields"}},
      {"table", {"lifeCycle"}, {"EditLifeCycle"}},
      {"table", {"certification", "entityStatus"}, {"EditCertification", "EditStatus"}},
      {"table", {"nothing"}, {"EditAll"}},
      {"user", {"roles", "teams"}, {"EditRole", "EditTeams"}},
      {"tag", {"reviewers"}, {"EditReviewers"}},
      {"policy", {"rules"}, {"EditPolicy"}},
      {"table", {}, {}},
  };
  for (const auto& c : kCases) CHECK(model::operations_for(type(c.type), c.changed) == c.operations);
}
