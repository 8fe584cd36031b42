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

/// Attributes of a thread with the stack of a worker.
class Attributes {
 public:
  Attributes() {
    pthread_attr_init(&attributes_);
    pthread_attr_setstacksize(&attributes_, Worker::kStackBytes);
  }
  ~Attributes() { pthread_attr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  const pthread_attr_t* get() const { return &attributes_; }

 private:
  pthread_attr_t attributes_;
};

}  // namespace

Result<std::unique_ptr<Worker>> Worker::start(std::string name, Body body) {
  std::unique_ptr<Worker> worker(new Worker(std::move(name), std::move(body)));
  const SignalsBlocked blocked;  // a new thread inherits the mask
  pthread_t thread{};
  if (const int error = pthread_create(&thread, Attributes().get(), &Worker::run, worker.get()); error != 0) {
    return unavailable("cannot start thread " + worker->name_ + ": " + std::system_category().message(error));
  }
  worker->thread_ = thread;
  return worker;
}

Worker::~Worker() { stop(); }

void* Worker::run(void* self) {
  auto& worker = *static_cast<Worker*>(self);
  name_this_thread(worker.name_);
  worker.body_(worker);
  return nullptr;
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  called_.notify_all();
  std::call_once(joined_, [this] {
    if (!thread_) return;
    assert(pthread_equal(*thread_, pthread_self()) == 0 && "a worker cannot wait for itself");
    pthread_join(*thread_, nullptr);
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
