#ifndef METADATA_LIB_STORE_SQLITE_RULES_H
#define METADATA_LIB_STORE_SQLITE_RULES_H

#include <string>
#include <vector>

namespace metadata::store::sqlite {

/// What must hold of the stored rows, whatever entity types there are.
struct Rule {
  std::string name;       ///< stable: "row-without-body"
  std::string broken;     ///< the query whose rows break it: each row is one text that says what and where
  std::string mend = {};  ///< statements that bring about what follows from all the rest; empty: nothing follows
};

/// All of them, in the order in which they are to be mended.
const std::vector<Rule>& rules();

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_RULES_H
