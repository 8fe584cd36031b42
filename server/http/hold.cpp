#include "http/hold.h"

namespace metadata::server {

// Called without the lock: it goes on with the connection, which may come back here.
void Hold::wake() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    call = wake_;
  }
  if (call) call();
}

void Hold::add(std::string piece) {
  {
    const std::lock_guard lock(mutex_);
    ready_.bytes += piece;
  }
  wake();
}

void Hold::answer(int status, std::string body) {
  {
    const std::lock_guard lock(mutex_);
    ready_.status = status;
    ready_.bytes = std::move(body);
  }
  wake();
}

void Hold::finish() {
  {
    const std::lock_guard lock(mutex_);
    ready_.finished = true;
  }
  wake();
}

bool Hold::is_gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

bool Hold::is_answered() const {
  const std::lock_guard lock(mutex_);
  return ready_.status != 0;
}

bool Hold::is_sent() const {
  const std::lock_guard lock(mutex_);
  return ready_.bytes.empty() && !sending_;
}

void Hold::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

Hold::Taken Hold::take() {
  Taken taken;
  bool sent = false;
  {
    const std::lock_guard lock(mutex_);
    taken = std::exchange(ready_, Taken{{}, 0, ready_.finished});
    sent = std::exchange(sending_, !taken.bytes.empty()) && !sending_;
  }
  if (sent) changed_();
  return taken;
}

void Hold::leave() {
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    wake_ = nullptr;
  }
  changed_();
}

}  // namespace metadata::server
