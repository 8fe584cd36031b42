#include "view/votes.h"

#include <unordered_map>
#include <vector>

#include "view/compose.h"

namespace metadata::view {
namespace {

/// Voters on one side.
struct Side {
  std::size_t count = 0;
  std::string list;

  void add(const store::RefRow& voter) {
    if (count++ > 0) list += ',';
    list += reference_text(voter);
  }
};

}  // namespace

Error votes(const Task& task) {
  const std::vector<store::Rid> rids = task.rids();
  MD_LET(rows, task.reader.relations(rids, store::Direction::To, std::vector<std::string>{kVoted}));
  MD_OK(task.leave_seen(rows));
  std::unordered_map<store::Rid, Side> up, down;
  const std::string for_it = "\"" + std::string(kVotedUp) + "\"";
  for (const auto& row : rows) {
    (row.body == for_it ? up : down)[row.self].add(row.other);
    task.around.shown.push_back(row.other);
  }
  for (const auto& entity : task.entities) {
    const Side& yes = up[entity.row.rid];
    const Side& no = down[entity.row.rid];
    task.put(entity.row, "{\"upVotes\":" + std::to_string(yes.count) + ",\"downVotes\":" + std::to_string(no.count) +
                             ",\"upVoters\":[" + yes.list + "],\"downVoters\":[" + no.list + "]}");
  }
  return {};
}

}  // namespace metadata::view
