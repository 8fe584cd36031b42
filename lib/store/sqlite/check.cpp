#include "store/sqlite/check.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "store/sqlite/rules.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

// One broken rule can break a million rows; the first few say enough.
constexpr std::size_t kMaxProblemsOfRule = 100;

Error collect(Connection& connection, const Rule& rule, std::vector<Problem>& problems) {
  Statement query(connection, rule.broken);
  for (std::size_t found = 0; found < kMaxProblemsOfRule; ++found) {
    MD_LET(more, query.step());
    if (!more) break;
    problems.push_back({rule.name, query.text(0)});
  }
  return {};
}

/// The first problems of the rule. A file too broken to be read is a finding, not a failure of the check.
Result<std::vector<Problem>> problems_of(Connection& connection, const Rule& rule) {
  std::vector<Problem> problems;
  const Error error = collect(connection, rule, problems);
  if (error.ok()) return problems;
  if (error.code() != Code::Corrupt) return error;
  problems.push_back({"file-damaged", rule.name + " cannot be checked: " + std::string(error.message())});
  return problems;
}

/// Those of `before` that are not among `after`.
std::vector<Problem> vanished(std::vector<Problem> before, const std::vector<Problem>& after) {
  std::unordered_set<std::string> left;
  for (const Problem& problem : after) left.insert(problem.text);
  std::erase_if(before, [&](const Problem& problem) { return left.contains(problem.text); });
  return before;
}

/// Mends one rule in the open transaction: what is mended by it. Nothing when it did not help, or made anything worse.
Result<std::vector<Problem>> mend(Connection& writer, const Rule& rule, std::vector<Problem> before) {
  const Error failed = writer.execute(rule.mend);
  if (failed.code() == Code::Unavailable) return failed;  // the disk, not what is on it
  // What is too broken stays as it is, and so does what a constraint keeps from being mended: it is found again.
  if (!failed.ok()) return std::vector<Problem>();
  MD_LET(after, problems_of(writer, rule));
  if (after.size() > before.size()) return std::vector<Problem>();
  return vanished(std::move(before), after);
}

}  // namespace

Result<std::vector<Problem>> check_rules(Connection& connection) {
  std::vector<Problem> all;
  for (const Rule& rule : rules()) {
    MD_LET(problems, problems_of(connection, rule));
    all.insert(all.end(), std::make_move_iterator(problems.begin()), std::make_move_iterator(problems.end()));
  }
  return all;
}

Error mend_rules(Writer& writer, std::vector<Problem>& mended) {
  for (const Rule& rule : rules()) {
    if (rule.mend.empty()) continue;
    MD_LET(transaction, SqliteTransaction::begin(writer));
    MD_LET(before, problems_of(*writer.connection, rule));
    if (before.empty()) continue;
    MD_LET(done, mend(*writer.connection, rule, std::move(before)));
    if (done.empty()) continue;  // the transaction is taken back
    MD_OK(transaction->commit());
    mended.insert(mended.end(), std::make_move_iterator(done.begin()), std::make_move_iterator(done.end()));
  }
  return {};
}

}  // namespace metadata::store::sqlite
