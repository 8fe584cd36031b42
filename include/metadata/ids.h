#ifndef METADATA_IDS_H
#define METADATA_IDS_H

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"
#include "metadata/export.h"

namespace metadata {

/// The identity of an entity: 16 bytes, written as a lower-case UUID (RFC 4122). The all-zero value means "none".
struct METADATA_API EntityId {
  std::array<std::uint8_t, 16> bytes{};

  /// Reads the canonical 36-character form, upper or lower case; anything else is nothing.
  static std::optional<EntityId> parse(std::string_view text) noexcept;
  std::string text() const;
  bool empty() const noexcept;
  auto operator<=>(const EntityId&) const = default;
};

/// A position in the change log: commit order. 0 is before the first change.
using Seq = std::int64_t;

/// The row counter behind an ETag; grows with every write to the entity.
using Revision = std::int64_t;

/// A visible version number, kept in tenths: 0.1 is 1, 1.0 is 10.
struct METADATA_API Version {
  std::int32_t tenths = 0;

  /// Reads "0.1", "12.3", "2"; anything else, or a number below 0.1, is nothing.
  static std::optional<Version> parse(std::string_view text) noexcept;
  std::string text() const;  ///< "0.1"; always one digit after the point
  Version next_minor() const noexcept { return {tenths + 1}; }
  Version next_major() const noexcept { return {tenths + 10}; }
  auto operator<=>(const Version&) const = default;
};

/// Fully qualified names: parts joined by dots, a part that holds a dot stands in double quotes (contract: FQN rules).
namespace fqn {

/// The part as it stands inside an FQN. A name with a quote inside, a control character or nothing at all is
/// InvalidArgument.
METADATA_API Result<std::string> quote(std::string_view name);
/// One pair of outer quotes taken off.
METADATA_API std::string unquote(std::string_view part);
/// The parts with their quotes taken off. Text that does not follow the grammar is InvalidArgument.
METADATA_API Result<std::vector<std::string>> split(std::string_view fqn);
/// Quotes and joins bare names.
METADATA_API Result<std::string> join(const std::vector<std::string>& names);

}  // namespace fqn
}  // namespace metadata

#endif  // METADATA_IDS_H
