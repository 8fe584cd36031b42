#include "store/sqlite/pool.h"

#include <utility>

#include "base/interrupt.h"

namespace metadata::store::sqlite {

Result<std::unique_ptr<Connection>> Pool::take(const Interrupt& interrupt, std::uint64_t moment) {
  {
    std::unique_lock lock(mutex_);
    if (!base::wait(returned_, lock, interrupt, [this] { return in_use_ < size_; })) return base::why(interrupt);
    ++in_use_;
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      taken_[connection.get()] = moment;
      return connection;
    }
  }
  // Opening reads files, so it is done without the lock; the place is ours already.
  Result<std::unique_ptr<Connection>> connection = Connection::open(setup_, Role::Reader);
  if (!connection.ok()) {
    give_back(nullptr);
    return connection;
  }
  const std::lock_guard lock(mutex_);
  taken_[connection->get()] = moment;
  return connection;
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  {
    // First of all: from here on nobody else touches it.
    const std::lock_guard lock(mutex_);
    taken_.erase(connection.get());
  }
  if (connection && (connection->in_transaction() || connection->reading_ended())) connection.reset();
  {
    const std::lock_guard lock(mutex_);
    if (connection) idle_.push_back(std::move(connection));
    --in_use_;
  }
  returned_.notify_one();
}

void Pool::end_readers(std::uint64_t moment) {
  const std::lock_guard lock(mutex_);
  for (const auto& [connection, taken] : taken_) {
    if (taken <= moment) connection->end_reading();
  }
}

}  // namespace metadata::store::sqlite
