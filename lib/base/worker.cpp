#include "base/worker.h"

#include <pthread.h>
#include <signal.h>

#include <cassert>
#include <system_error>

namespace metadata::base {
namespace {

// What the system shows of a thread's name; Linux refuses longer ones.
constexpr std::size_t kShownNameLength = 15;

void name_this_thread(const std::string& name) {
  const std::string shown = name.substr(0, kShownNameLength);
#if defined(__APPLE__)
  pthread_setname_np(shown.c_str());
#elif defined(__linux__)
  pthread_setname_np(pthread_self(), shown.c_str());
#endif
}

/// Keeps signals from this thread, and from those it starts, while it lives.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

Result<std::unique_ptr<Worker>> Worker::start(std::string name, Body body) {
  std::unique_ptr<Worker> worker(new Worker(std::move(name)));
  const SignalsBlocked blocked;  // a new thread inherits the mask
  try {
    worker->thread_ = std::thread([self = worker.get(), body = std::move(body)] { self->run(body); });
  } catch (const std::system_error& error) {
    return unavailable("cannot start thread " + worker->name_ + ": " + error.what());
  }
  return worker;
}

Worker::~Worker() { stop(); }

void Worker::run(const Body& body) {
  name_this_thread(name_);
  body(*this);
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  called_.notify_all();
  std::call_once(joined_, [this] {
    assert(thread_.get_id() != std::this_thread::get_id() && "a worker cannot wait for itself");
    if (thread_.joinable()) thread_.join();
  });
}

void Worker::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  called_.notify_all();
}

bool Worker::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool Worker::wait() {
  std::unique_lock lock(mutex_);
  called_.wait(lock, [this] { return woken_ || stopping_; });
  woken_ = false;
  return !stopping_;
}

bool Worker::wait_until(std::chrono::steady_clock::time_point moment) {
  std::unique_lock lock(mutex_);
  called_.wait_until(lock, moment, [this] { return woken_ || stopping_; });
  woken_ = false;
  return !stopping_;
}

}  // namespace metadata::base
