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

  /// By the test case's id, so that it does not matter by what it was named.
  std::mutex& turn_of(const EntityId& test_case);
};

namespace quality {

inline constexpr char kTestCase[] = "testCase";
inline constexpr char kTestSuite[] = "testSuite";
inline constexpr char kResults[] = "testCaseResult";
inline constexpr char kIncidents[] = "testCaseIncidentStatus";

/// The id of a test case that tests are to be edited of, for its turn. Who may edit none is refused whether or not it
/// is there.
Result<EntityId> id_to_edit(const entity::Context& context, const EntityRef& test_case, const WriteOptions& options);

/// Those of the test cases that the principal may see.
Result<std::vector<store::Rid>> seen_of(const entity::Context& context, store::Reader& reader, const Principal& as,
                                        std::span<const store::StoredEntity> owners);
/// States as JSON, without what names whom the principal may not see.
Result<std::vector<Json>> shown(const entity::Context& context, store::Reader& reader, const Principal& as,
                                std::vector<std::string> texts);

/// A state as it is kept, and its test case.
struct FoundState {
  store::StoredEntity owner;
  store::SeriesRow row;
};
/// NotFound when there is no such state, or it is of a test case that the principal may not see.
Result<FoundState> find_state(const entity::Context& context, store::Reader& reader, const Principal& as,
                              const EntityId& id);

/// Who writes this: a reference, or null for the program itself.
Result<json::Document> author(store::Reader& reader, const WriteOptions& options);

/// The newest state of the test case's incidents, when that is not Resolved: its stateId. Empty: none is open.
Result<std::string> open_incident(store::Reader& reader, store::Rid test_case);

/// A new state of an incident, ready for the series: its id, time and who; and the records by which it is found again.
Result<json::Document> incident_state(const entity::Context& context, store::Reader& reader,
                                      const store::StoredEntity& owner, json::Document given,
                                      const WriteOptions& options, store::WriteSet& set);

}  // namespace quality
}  // namespace metadata

#endif  // METADATA_LIB_QUALITY_PARTS_H
