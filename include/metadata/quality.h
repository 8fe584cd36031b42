#ifndef METADATA_QUALITY_H
#define METADATA_QUALITY_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/json.h"
#include "metadata/options.h"
#include "metadata/patch.h"

namespace metadata {

/// One value that a data source answered.
struct DataCell {
  enum class Kind { Null, Integer, Real, Text } kind = Kind::Null;
  std::string text;  ///< as the source spells it; empty for Null
};

/// What a query found: names of columns, and rows of as many cells.
struct DataRows {
  std::vector<std::string> columns;
  std::vector<std::vector<DataCell>> rows;
  bool complete = true;  ///< false: there were more rows than were asked for
};

/// Which words of SQL a data source understands.
enum class SqlDialect { Sqlite, Postgres };

/// Asks one data source. What a host implements so that tests can be run on its data; libmetadata opens nothing itself.
///
/// An implementation must hold queries to reading, whatever their text says, and to the time and the rows that it was
/// given. Used by one thread at a time.
class METADATA_API Runner {
 public:
  virtual ~Runner() = default;
  virtual SqlDialect dialect() const = 0;
  /// Runs one statement and gives at most `max_rows` rows. InvalidArgument: the source refuses the text.
  /// Unavailable: the source cannot be reached. Interrupted: the interrupt tripped, or the runner's own time ran out.
  virtual Result<DataRows> query(const std::string& sql, std::size_t max_rows, const Interrupt& interrupt) = 0;
};

/// Where the data of a test case lies, as the catalog knows it.
struct TestTarget {
  EntityRef service;         ///< the database service; its connection says how to reach the data
  std::string service_type;  ///< "SQLite"
  std::string database, schema, table;
  std::string column;      ///< empty: the test is about the whole table
  std::string definition;  ///< name of the test definition
};

struct ExecuteOptions : WriteOptions {
  std::size_t sample_rows = 0;  ///< of the rows that failed, so many are kept with the test case; at most 50
};

/// Which test cases are meant: all that hold.
struct TestCaseFilter {
  /// Of the list of test cases: as, include, filters, interrupt. Of its page only `limit` (at most 1,000) counts, and
  /// `fields` where entities are answered.
  ListOptions list = {};
  std::string words = {};  ///< in the FQN or the display name, regardless of case (ASCII); empty: any
  enum class About { Any, Table, Column } about = About::Any;
  std::string dimension = {}, platform = {};  ///< of its definition; empty: any
  std::vector<std::string> tags = {};         ///< FQNs: it has one of them itself; empty: any
  std::string created_by = {};                ///< user name; empty: any
  std::size_t offset = 0;
};

/// Test cases by what their newest result is.
struct TestCaseQuery : TestCaseFilter {
  std::string status = {};                     ///< "Success", "Failed", "Aborted", "Queued"; empty: any
  std::optional<std::int64_t> from_ms, to_ms;  ///< when it was
  enum class Order {
    Fqn,
    FqnDown,
    Newest,
    Oldest
  } order = Order::Fqn;  ///< by FQN, or by when it was; without any last
};

/// Results of many test cases.
struct ResultQuery : TestCaseFilter {
  std::string test_case = {};  ///< FQN; empty: of all
  std::string status = {};     ///< empty: any
  std::int64_t from_ms = 0, to_ms = INT64_MAX;
  bool latest = false;  ///< only the newest one of each test case, when that fits
};

/// Which suites are listed.
struct SuiteQuery {
  ListOptions list = {};  ///< as in TestCaseFilter
  std::string words = {};
  bool with_empty = true;  ///< false: only those with a test case that the caller may see
  std::size_t offset = 0;
};

/// What a report counts, in the words of the API.
struct ReportQuery {
  /// Levels from the outside in: "bucketName=status:aggType=terms:field=testCaseResult.testCaseStatus".
  std::string aggregation;
  std::string query;   ///< as Elasticsearch has it: {"query":{"bool":{"must":[…]}}}; empty: everything
  std::string index;   ///< "testCase", "testCaseResult", "testCaseResolutionStatus", or another type of entity
  std::string domain;  ///< FQN; empty: of all. For entities only
  Principal as = {};   ///< what it may not see is not counted
  Interrupt interrupt = {};
};

/// Which incidents are listed: all that hold.
struct IncidentQuery {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = INT64_MAX;
  std::string test_case;  ///< FQN; empty: of all
  std::string origin;     ///< FQN of a table or column: of the test cases below it; empty: of all
  std::string status;     ///< "New", "Ack", "Assigned", "Resolved"; empty: any
  std::string assignee;   ///< user name; empty: any
  bool latest = false;    ///< only the newest state of each test case
  std::size_t limit = 10, offset = 0;
  Principal as = {};  ///< incidents of test cases that it may not see are left out
  Interrupt interrupt = {};
};

/// Tests of data: their results, the incidents that failures open, suites, and running the tests.
///
/// Safe for use from many threads. Test cases and suites are entities (Catalog); here is what they do beside that.
/// Errors that all calls share are those of Catalog. Writing needs EditTests.
class METADATA_API Quality {
 public:
  /// Adds a result, or replaces the one of the same timestamp (now, when it has none). A failure opens an incident
  /// unless one is open, and names it. Answers the result as it is kept.
  Result<Json> add_result(const EntityRef& test_case, std::string_view json, const WriteOptions& options = {});
  /// Applies a patch to one result, found by its timestamp.
  Result<Json> patch_result(const EntityRef& test_case, std::string_view timestamp, const Patch& patch,
                            const WriteOptions& options = {});

  /// Says what became of an incident: {testCaseResolutionStatusType, testCaseReference: FQN, severity?,
  /// testCaseResolutionStatusDetails?}. Resolving takes a reason and a comment and an open incident, assigning an
  /// assignee; without an open incident a new one begins. New while one is open changes nothing: the answer is its
  /// newest state.
  Result<Json> set_incident(std::string_view json, const WriteOptions& options = {});
  /// Applies a patch to one state of an incident. Of a state only `severity` can change (and with it updatedBy and
  /// updatedAt); InvalidArgument names any other member that the patch would change, for what became of an incident is
  /// its next state. A patch that changes nothing writes nothing. Patches of one test case's states follow each other.
  Result<Json> patch_incident(const EntityId& id, const Patch& patch, const WriteOptions& options = {});
  /// One state of an incident by its id. That of a test case which `as` may not see is not there.
  Result<Json> incident_state(const EntityId& id, const Interrupt& interrupt = {}, const Principal& as = {}) const;
  /// All states of an incident, newest first; none when `as` may not see the test case.
  Result<std::vector<Json>> incident(const EntityId& state_id, const Interrupt& interrupt = {},
                                     const Principal& as = {}) const;
  Result<ValuePage> incidents(const IncidentQuery& query) const;

  // Lists by position, with exact totals. All look once at the newest value, or at all values, of the test cases that
  // the query admits, in the store's index, and read those of the page only.

  Result<Page> test_cases(const TestCaseQuery& query) const;
  Result<ValuePage> results(const ResultQuery& query) const;
  Result<Page> suites(const SuiteQuery& query) const;

  /// Puts test cases into a logical suite; those that are in it stay. InvalidArgument for a table's own suite.
  Error add_tests(const EntityRef& suite, std::span<const EntityId> test_cases, const WriteOptions& options = {});
  Error remove_test(const EntityRef& suite, const EntityId& test_case, const WriteOptions& options = {});
  /// Counts of the newest results, of all test cases or of one suite's, as far as `as` may see them.
  Result<Json> summary(const std::optional<EntityRef>& suite, const Interrupt& interrupt = {},
                       const Principal& as = {}) const;

  /// Counts entities, results or states of incidents, exactly: {"metadata":{keys,dimensions,metrics},"data":[{field:
  /// text}]}. Each is looked at; more than 250,000 are TooLarge. InvalidArgument: the aggregation or the query is not
  /// one.
  Result<Json> report(const ReportQuery& query) const;

  /// What execute() would run, and on which service.
  Result<TestTarget> target(const EntityRef& test_case, const Interrupt& interrupt = {}) const;
  /// Whether tests of this definition can be run at all. Unimplemented, naming it, when they cannot.
  static Error can_run(std::string_view definition);
  /// Runs the test on the source's data and keeps the result, which it answers: Success, Failed, or Aborted when the
  /// source refused a query. Unimplemented: nobody knows how to run the definition. Unavailable, Interrupted: from the
  /// runner; then nothing is kept.
  Result<Json> execute(const EntityRef& test_case, Runner& runner, const ExecuteOptions& options = {});

  /// Looks whether the entity of a data contract is as the contract says, and keeps the result, which it answers as the
  /// API's DataContractResult: whether it has the columns of the schema, whether the rules of the semantics that are
  /// enabled and meant for it hold (JSON Logic over the whole entity), and what the newest results of the expected test
  /// cases are; nothing is run. A rule that cannot be computed does not hold, and says why. Needs EditAll of the
  /// contract and ViewAll of its entity, since rules can ask for everything.
  Result<Json> validate_contract(const EntityRef& contract, const WriteOptions& options = {});

  /// Keeps what a host's run of tests is at, JSON text of at most 4 MiB, for 30 days, so that it can be told after a
  /// restart. Durable when it returns.
  Error note_run(const std::string& id, std::string_view state);
  /// The last that was noted; nothing when there is no such run.
  Result<std::optional<Json>> run(const std::string& id, const Interrupt& interrupt = {}) const;

  struct Parts;  // for the library itself
  explicit Quality(std::unique_ptr<Parts> parts);
  ~Quality();
  Quality(const Quality&) = delete;
  Quality& operator=(const Quality&) = delete;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_QUALITY_H
