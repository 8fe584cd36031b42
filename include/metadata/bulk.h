#ifndef METADATA_BULK_H
#define METADATA_BULK_H

#include <string>
#include <vector>

#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/ids.h"

namespace metadata {

/// What became of one item of Catalog::put_all().
struct BulkItem {
  std::string name;  ///< FQN of the entity; of an item that failed its `name` as it was sent, or empty
  Error error = {};  ///< why it failed; ok: it was done
  Written::Change change = Written::Change::None;
  EntityId id = {};  ///< of the entity; empty when it failed
  Seq seq = 0;       ///< as Written::seq
  std::vector<std::string> kept = {};  ///< as Written::kept
};

/// Whether a bulk write is carried out. Trial: everything is checked, and nothing is written.
enum class BulkMode { Write, Trial };

}  // namespace metadata

#endif  // METADATA_BULK_H
