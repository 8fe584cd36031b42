#ifndef METADATA_SERVER_DISPATCHER_H
#define METADATA_SERVER_DISPATCHER_H

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "call.h"
#include "guard/rate_limit.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"

namespace metadata::server {

/// The way of every request: limits, route, who, dialect, handler, error, log line.
/// Safe for use from many threads. Never throws.
class Dispatcher {
 public:
  Dispatcher(Context& context, const Router& router);

  Response handle(const Request& request);
  /// The answer to what the transport itself refuses.
  Response refuse(int status, const std::string& message);

  /// Requests answered so far, and those of them that were faults of this program (500).
  std::uint64_t answered() const { return answered_; }
  std::uint64_t faults() const { return faults_; }

 private:
  /// What happened besides the answer, for the log.
  struct Trace {
    std::string principal;
    std::string error;
    std::string from;         ///< address of the client
    std::string subject;      ///< whom or what the audit log is to name; empty: the path
    std::string_view action;  ///< the route's name in the audit log
  };
  using Steady = std::chrono::steady_clock::time_point;

  /// Who came, and what of its quota is left; nothing when it has none.
  struct Entrance {
    Result<Identity> who;
    std::optional<Allowance> allowance;
  };

  Response answer(const Request& request, Steady began, Trace& trace);
  Entrance enter(const Request& request, const Match& match, Steady began, const Interrupt& interrupt, Trace& trace);
  Response lead(const Request& request, const Match& match, Result<Identity> who, const Interrupt& interrupt,
                Trace& trace);
  Reply run(const Request& request, const Match& match, Result<Identity> who, const Interrupt& interrupt, Trace& trace);
  Response failure(const Request& request, const Error& error, Trace& trace);
  /// Puts the request into the audit log when it belongs there.
  void note(const Request& request, const Response& response, const Trace& trace, const std::string& id);
  std::string next_request_id();
  /// What is the same for all answers: headers and counts.
  void finish(Response& response, std::string id);

  Context& context_;      // not owned; must outlive this
  const Router& router_;  // not owned; must outlive this
  RateLimiter limiter_;
  const std::string id_prefix_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> faults_{0};
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_DISPATCHER_H
