#ifndef METADATA_SERVER_JOBS_JOBS_H
#define METADATA_SERVER_JOBS_JOBS_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "metadata/error.h"

namespace metadata::server {

/// An id that nobody guesses.
std::string new_job_id();

/// Work that goes on after its request was answered, to be asked for by its id. What is not done when the server stops
/// is not done at all; whoever is told of every beginning and end (`note`) can say so afterwards.
///
/// Safe for use from many threads. A few threads work; the queue and what is remembered are bounded.
class Jobs {
 public:
  /// What a job is at.
  struct State {
    std::string id, owner;
    std::string status;  ///< queued, running, done, failed, cancelled, interrupted
    std::size_t done = 0, total = 0;
    /// When done; JSON text, unless `about` tells otherwise. Shared, because who polls for the end takes none of it.
    std::shared_ptr<const std::string> result;
    std::string message;  ///< when failed
    std::string about;    ///< what it is, in words of whoever added it

    std::size_t result_bytes() const { return result ? result->size() : 0; }
  };
  /// Told by the work: how far it is.
  using Progress = std::function<void(std::size_t done)>;
  /// Does the work; `cancelled` becomes true when it should end.
  using Work = std::function<Result<std::string>(const std::atomic<bool>& cancelled, const Progress& progress)>;

  /// Told of a job that was taken and of one that has ended, from whichever thread, without a lock.
  using Note = std::function<void(const State&)>;

  struct Bounds {
    std::size_t threads = 2;
    std::size_t waiting = 100;                          ///< jobs that have not begun; further ones are Unavailable
    std::size_t remembered = 1000;                      ///< jobs that have ended; the oldest are forgotten
    std::size_t held_bytes = std::size_t{256} << 20;    ///< what waiting and running jobs hold, as they say themselves
    std::size_t result_bytes = std::size_t{256} << 20;  ///< results; beyond, the oldest jobs are forgotten
  };

  explicit Jobs(const Bounds& bounds, Note note = {}) : bounds_(bounds), note_(std::move(note)) {}
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// What is to be done, for whom.
  struct Order {
    std::string id, owner, about = {};
    std::size_t total = 0;
    std::size_t held_bytes = 0;  ///< memory that the work itself takes until it has ended
    Work work;
  };
  /// Takes it. Unavailable: too much waits already, or the server stops.
  Result<State> add(Order order);
  std::optional<State> find(const std::string& id) const;
  /// Asks a job to end; what has ended stays as it is. Nothing when there is no such job.
  std::optional<State> cancel(const std::string& id);
  /// Ends all of it, and waits for the threads.
  void stop();

 private:
  struct Job {
    State state;
    Work work;
    std::size_t held_bytes = 0;
    std::atomic<bool> cancelled{false};
  };
  void run();
  // Both under the lock.
  State end_of(const Job& job, Result<std::string> came) const;
  void finish(Job& job, State end);
  void forget_oldest();

  const Bounds bounds_;
  const Note note_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<Job>> jobs_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::deque<std::string> ended_;  // oldest first
  std::vector<std::thread> threads_;
  std::size_t held_bytes_ = 0, result_bytes_ = 0;
  bool stopping_ = false;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_JOBS_JOBS_H
