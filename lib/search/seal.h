#ifndef METADATA_LIB_SEARCH_SEAL_H
#define METADATA_LIB_SEARCH_SEAL_H

#include <string>

#include "metadata/error.h"

namespace metadata::search {

// Whether the files of one generation can be trusted. Xapian's files carry no digests and are written without syncs, so
// what a power cut or a bad disk did to them would be served as if it were true.
//
// A generation at rest is sealed: its files are on the disk, and a list of their sizes and digests is beside them.
// Before it is changed the seal is broken, and the system's boot is noted instead: files that a killed process left are
// whole in the kernel's memory as long as that system runs, and not beyond.

/// Ok when the files can be trusted; else damage. Reads all of them, unless they are so many bytes that only their
/// sizes were noted.
Error check_seal(const std::string& directory);

/// Breaks the seal. Returns when the disk knows that it is broken.
Error break_seal(const std::string& directory);

/// Syncs the files and seals them. Nobody may have them open for writing.
Error seal(const std::string& directory);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_SEAL_H
