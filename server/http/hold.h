#ifndef METADATA_SERVER_HTTP_HOLD_H
#define METADATA_SERVER_HTTP_HOLD_H

#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace metadata::server {

/// An answer that comes later, or piece by piece: a handler gives it back with the head, somebody fills it, and the
/// transport keeps the connection meanwhile, without a thread. Safe for use from many threads.
///
/// Whoever fills it waits until what was added has been sent, so that a slow reader holds no more than one piece.
class Hold {
 public:
  enum class Kind {
    Whole,   ///< one body, by answer(); the connection then goes on
    Pieces,  ///< pieces, by add(), until finish(); the connection ends with them
  };
  struct Taken {
    std::string bytes;
    int status = 0;  ///< of a whole answer; 0: there is none yet
    bool finished = false;
  };

  /// `changed` is called when what was added is sent, and when the client has gone; it must be short, and must not come
  /// back here.
  Hold(Kind kind, std::function<void()> changed) : kind_(kind), changed_(std::move(changed)) {}

  // For whoever fills it.

  void add(std::string piece);
  void answer(int status, std::string body);
  void finish();
  /// Nobody takes it any more.
  bool is_gone() const;
  /// A whole answer is there, and not yet taken.
  bool is_answered() const;
  /// Everything that was added is on its way.
  bool is_sent() const;

  // For the transport.

  Kind kind() const { return kind_; }
  /// `wake` is called when there is something to take.
  void attach(std::function<void()> wake);
  /// What there is to send; the caller has sent what it took before.
  Taken take();
  void leave();

 private:
  void wake();

  const Kind kind_;
  const std::function<void()> changed_;
  mutable std::mutex mutex_;
  std::function<void()> wake_;  // guarded by mutex_
  Taken ready_;                 // guarded by mutex_
  bool sending_ = false;        // guarded by mutex_: something was taken and not yet asked after
  bool gone_ = false;           // guarded by mutex_
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_HOLD_H
