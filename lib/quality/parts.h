#ifndef METADATA_LIB_QUALITY_PARTS_H
#define METADATA_LIB_QUALITY_PARTS_H

#include <array>
#include <mutex>

#include "entity/context.h"
#include "metadata/quality.h"

namespace metadata {

/// What the room works with. Owned by Quality; the referred must outlive it.
struct Quality::Parts {
  explicit Parts(const entity::Context& context) : entities(context) {}

  const entity::Context& entities;
  /// Results of one test case are added one after the other, so that two failures open one incident. By test case.
  std::array<std::mutex, 64> turns = {};

  std::mutex& turn_of(const EntityRef& test_case);
};

namespace quality {

inline constexpr char kTestCase[] = "testCase";
inline constexpr char kTestSuite[] = "testSuite";
inline constexpr char kResults[] = "testCaseResult";
inline constexpr char kIncidents[] = "testCaseIncidentStatus";

/// The newest state of the test case's incidents, when that is not Resolved: its stateId. Empty: none is open.
Result<std::string> open_incident(store::Reader& reader, store::Rid test_case);

/// A new state of an incident, ready for the series: its id, time and who; and the records by which it is found again.
Result<json::Document> incident_state(const entity::Context& context, store::Reader& reader,
                                      const store::StoredEntity& owner, json::Document given,
                                      const WriteOptions& options, store::WriteSet& set);

}  // namespace quality
}  // namespace metadata

#endif  // METADATA_LIB_QUALITY_PARTS_H
