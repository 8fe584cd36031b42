#ifndef METADATA_BATCH_H
#define METADATA_BATCH_H

#include <string>
#include <variant>
#include <vector>

#include "metadata/entity.h"
#include "metadata/export.h"
#include "metadata/patch.h"

namespace metadata {

/// Writes that happen together or not at all; later ones see earlier ones.
class METADATA_API Batch {
 public:
  struct Create {
    std::string type, json;
  };
  struct Put {
    std::string type, json;
  };
  struct Change {
    EntityRef target;
    Patch patch;
  };
  struct Remove {
    EntityRef target;
    bool hard = false;
    bool recursive = false;
  };
  struct Restore {
    EntityRef target;
  };
  using Item = std::variant<Create, Put, Change, Remove, Restore>;

  Batch& create(std::string type, std::string json);
  Batch& put(std::string type, std::string json);
  Batch& patch(EntityRef target, Patch patch);
  Batch& remove(EntityRef target, bool hard = false, bool recursive = false);
  Batch& restore(EntityRef target);

  const std::vector<Item>& items() const noexcept { return items_; }

 private:
  std::vector<Item> items_;
};

}  // namespace metadata

#endif  // METADATA_BATCH_H
