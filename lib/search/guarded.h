#ifndef METADATA_LIB_SEARCH_GUARDED_H
#define METADATA_LIB_SEARCH_GUARDED_H

#include <exception>
#include <functional>

#include "metadata/error.h"

namespace metadata::search {

/// Runs what calls Xapian; its exceptions end here.
///
/// Conflict: the state that was read has been overwritten meanwhile; read again. Corrupt with the field kIndexFiles:
/// the index's files are damaged or gone, which is_damage() tells. Unavailable: the system refused (disk full, out of
/// memory or descriptors), which may pass. Anything else is a mistake of ours: Internal.
Error guarded(const std::function<Error()>& body);

inline constexpr const char* kIndexFiles = "search index";

/// Is the index itself damaged, so that only building it anew helps?
inline bool is_damage(const Error& error) { return error.code() == Code::Corrupt && error.field() == kIndexFiles; }
inline Error damage(std::string message) { return Error(Code::Corrupt, std::move(message), kIndexFiles); }

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_GUARDED_H
