#include "http/router.h"

#include <algorithm>
#include <optional>

#include "http/url.h"

namespace metadata::server {
namespace {

// More segments than any pattern or sensible FQN needs; keeps a hostile path cheap.
constexpr std::size_t kMaxSegments = 512;

bool is_rest(std::string_view part) { return part.size() > 5 && part.front() == '{' && part.ends_with("...}"); }
bool is_parameter(std::string_view part) { return part.size() > 2 && part.front() == '{' && part.back() == '}'; }

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> words;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> rest;  // its words are matched against the end of the path
  std::vector<const Route*> routes;
};

// One search through the tree. Patterns are short, so that trying the next best branch costs little.
struct Router::Walk {
  const std::vector<std::string_view>& segments;
  std::vector<std::string> values;
  bool bad = false;  // a parameter that cannot be decoded

  const Node* down(const Node& node, std::size_t at) {
    if (at == segments.size()) return node.routes.empty() ? nullptr : &node;
    if (const auto word = node.words.find(segments[at]); word != node.words.end()) {
      if (const Node* found = down(*word->second, at + 1)) return found;
    }
    if (node.parameter) {
      if (const Node* found = take(*node.parameter, at, at + 1)) return found;
    }
    return node.rest ? through_rest(*node.rest, at) : nullptr;
  }

  // The longest suffix of words wins: ".../name/{fqn...}/export" is asked before ".../name/{fqn...}".
  const Node* through_rest(const Node& rest, std::size_t at) {
    for (std::size_t end = at + 1; end <= segments.size(); ++end) {
      const bool possible = end == segments.size() ? !rest.routes.empty() : rest.words.contains(segments[end]);
      if (!possible) continue;
      if (const Node* found = take(rest, at, end)) return found;
    }
    return nullptr;
  }

  const Node* take(const Node& node, std::size_t from, std::size_t to) {
    const Node* found = nullptr;
    const std::size_t kept = values.size();
    values.emplace_back();
    found = down(node, to);
    if (found == nullptr) {
      values.resize(kept);
      return nullptr;
    }
    auto value = joined(from, to);
    if (!value || value->empty()) bad = true;
    values[kept] = std::move(value).value_or(std::string{});
    return found;
  }

  std::optional<std::string> joined(std::size_t from, std::size_t to) const {
    std::string out;
    for (std::size_t i = from; i < to; ++i) {
      auto part = percent_decode(segments[i]);
      if (!part) return std::nullopt;
      if (i != from) out.push_back('/');
      out += *part;
    }
    return out;
  }
};

namespace {

std::string allowed_methods(const std::vector<const Route*>& routes) {
  std::string out = "OPTIONS";
  for (const Route* route : routes) {
    out.append(", ").append(route->method);
    if (route->method == "GET") out += ", HEAD";
  }
  return out;
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

Error Router::add(Route route) {
  const std::string where = std::string(route.method) + " " + route.pattern;
  if (route.handler == nullptr) return invalid_argument("route " + where + " has no handler");
  if (route.need.open != route.need.operation.empty()) {
    return invalid_argument("route " + where + " must name an operation or be public");
  }
  Node* node = root_.get();
  for (const std::string_view part : segments_of(route.pattern)) {
    std::unique_ptr<Node>* next = nullptr;
    if (is_rest(part)) {
      next = &node->rest;
    } else if (is_parameter(part)) {
      next = &node->parameter;
    } else {
      next = &node->words[std::string(part)];
    }
    if (!*next) *next = std::make_unique<Node>();
    node = next->get();
  }
  for (const Route* there : node->routes) {
    if (there->method == route.method) return invalid_argument("route " + where + " stands twice in the tables");
  }
  routes_.push_back(std::make_unique<Route>(std::move(route)));
  node->routes.push_back(routes_.back().get());
  return {};
}

Error Router::add_all(std::vector<Route> routes) {
  for (Route& route : routes) MD_OK(add(std::move(route)));
  return {};
}

Match Router::match(std::string_view method, std::string_view target) const {
  Match match;
  const auto segments = segments_of(path_of(target));
  if (segments.size() > kMaxSegments) return match;
  Walk walk{segments, {}, false};
  const Node* node = walk.down(*root_, 0);
  if (node == nullptr) return match;
  match.params = std::move(walk.values);
  const std::string_view wanted = method == "HEAD" ? std::string_view("GET") : method;
  for (const Route* route : node->routes) {
    if (route->method != wanted) continue;
    match.route = route;
    match.kind = walk.bad ? Match::Kind::BadPath : Match::Kind::Found;
    return match;
  }
  match.kind = Match::Kind::NoMethod;
  match.allow = allowed_methods(node->routes);
  return match;
}

bool Router::has_pattern(std::string_view pattern) const {
  return std::any_of(routes_.begin(), routes_.end(), [&](const auto& route) { return route->pattern == pattern; });
}

}  // namespace metadata::server
