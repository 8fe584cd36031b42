#ifndef METADATA_LIB_VIEW_VOTES_H
#define METADATA_LIB_VIEW_VOTES_H

#include <string>
#include <string_view>

#include "metadata/error.h"
#include "view/computed_task.h"

namespace metadata::view {

/// The edge from a user to what the user has voted on; its body is one of the two words, as JSON.
inline const std::string kVoted = "voted";
inline constexpr std::string_view kVotedUp = "votedUp";
inline constexpr std::string_view kVotedDown = "votedDown";

/// How many users, and who, have voted for and against each of the entities: a computed field.
Error votes(const Task& task);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_VOTES_H
