#ifndef METADATA_LIB_VIEW_TEST_SUMMARY_H
#define METADATA_LIB_VIEW_TEST_SUMMARY_H

#include "metadata/error.h"
#include "view/computed_task.h"

namespace metadata::view {

// Rules for computed fields of suites of tests and of the tests in them. A suite's tests are the ends of its edges of
// the kind that its relation field `tests` has; what a test last came to is the newest value of its results.

/// How many tests succeeded, failed, were aborted or wait, in all and by column. Tests without a result count in none.
Error test_summary(const Task& task);
/// The newest result of each test: name, status, time.
Error test_results(const Task& task);
/// The suites that a test belongs to, in short.
Error test_suites(const Task& task);
/// The incident of a test that is not resolved.
Error open_incident(const Task& task);

/// A summary as JSON text of these newest results, by the key of their test; `below` is the key of the table whose
/// columns are told apart, or empty.
using ResultsByKey = std::vector<std::pair<std::string, std::string>>;
std::string summary_text(const ResultsByKey& results, std::string_view below);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_TEST_SUMMARY_H
