#include "auth/pending_logins.h"

#include <utility>

namespace metadata::server {

void PendingLogins::add(PendingLogin login) {
  const auto now = std::chrono::steady_clock::now();
  login.ends = now + kLifetime;
  const std::lock_guard lock(mutex_);
  while (!order_.empty() && (order_.size() >= kMost || order_.front().ends <= now)) {
    all_.erase(order_.front().state);
    order_.pop_front();
  }
  order_.push_back(std::move(login));
  all_[order_.back().state] = std::prev(order_.end());
}

std::optional<PendingLogin> PendingLogins::take(const std::string& state) {
  const std::lock_guard lock(mutex_);
  const auto found = all_.find(state);
  if (found == all_.end()) return std::nullopt;
  PendingLogin login = std::move(*found->second);
  order_.erase(found->second);
  all_.erase(found);
  if (login.ends <= std::chrono::steady_clock::now()) return std::nullopt;
  return login;
}

}  // namespace metadata::server
