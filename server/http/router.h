#ifndef METADATA_SERVER_HTTP_ROUTER_H
#define METADATA_SERVER_HTTP_ROUTER_H

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/response.h"
#include "metadata/error.h"
#include "metadata/registry.h"

namespace metadata::server {

struct Call;

/// What a handler gives back: an answer, or the Error that render/error turns into one.
using Reply = Result<Response>;
using Handler = Reply (*)(const Call&);

/// Who may use a route: everybody, or a principal that may do `operation`. What the principal may do to which entity
/// is asked in the library, after the change is known; the row says it for the reader and for the API description.
struct Need {
  std::string_view operation;
  bool open = false;
  bool counted = true;  ///< does a request use up quota?
};
inline constexpr Need kPublic{"", true};
inline constexpr Need kUncounted{"", true, false};
constexpr Need needs(std::string_view operation) { return {operation, false}; }

/// One row of a route table.
///
/// Pattern: words, `{name}` for one segment, `{name...}` for the rest of the path up to the words that follow it.
struct Route {
  std::string_view method;
  std::string pattern;
  Handler handler = nullptr;
  Need need;
  const TypeInfo* type = nullptr;      ///< the entity type the row is about, or null
  const SeriesInfo* series = nullptr;  ///< the series of that type that the row is about, or null
  const FieldInfo* field = nullptr;    ///< the field of that type that the row is about, or null
  bool built = true;                   ///< false: it answers 501, and is no part of the API's description
  std::string_view audited = {};       ///< what a request is called in the audit log; empty: only refusals are in it
};

/// The row, whose requests are all in the audit log under this name.
inline Route audited(Route row, std::string_view action) {
  row.audited = action;
  return row;
}

/// What a path and a method lead to.
struct Match {
  enum class Kind { Found, NoPath, NoMethod, BadPath } kind = Kind::NoPath;
  const Route* route = nullptr;
  std::vector<std::string> params;  ///< decoded, in the order of the pattern
  std::string allow;                ///< methods of the path, for NoMethod and OPTIONS
};

/// Finds routes: a tree of path segments. A word beats a parameter, a parameter beats the rest of the path.
/// Filled at start; from then on immutable and safe for use from many threads.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// InvalidArgument: the row has no handler, says neither an operation nor that it is public, or stands there already.
  Error add(Route route);
  Error add_all(std::vector<Route> routes);

  /// Segments are split before they are decoded: a name may hold "/", which arrives as %2F.
  Match match(std::string_view method, std::string_view target) const;

  /// All rows, in the order they were added.
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

  /// Does some row have this very pattern?
  bool has_pattern(std::string_view pattern) const;

 private:
  struct Node;
  struct Walk;
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_ROUTER_H
