#ifndef METADATA_ERROR_H
#define METADATA_ERROR_H

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "metadata/export.h"

namespace metadata {

/// The kinds of failure. Stable: numbers and names never change meaning. docs/architecture.md maps them to HTTP.
enum class Code {
  Ok = 0,
  InvalidArgument = 1,
  Unauthenticated = 2,
  PermissionDenied = 3,
  NotFound = 4,
  AlreadyExists = 5,
  Conflict = 6,
  PreconditionFailed = 7,
  TooLarge = 8,
  RateLimited = 9,
  Unimplemented = 10,
  Unavailable = 11,
  Corrupt = 12,
  Internal = 13,
  Interrupted = 14,  ///< the call's Interrupt tripped: its deadline passed, or nobody waits for it any more
};

/// The name of a code as it is spelled above, for logs and tests.
METADATA_API std::string_view code_name(Code code) noexcept;

/// Why an operation failed. An Ok error holds no memory. Copies share state; safe to read from many threads.
class [[nodiscard]] METADATA_API Error {
 public:
  /// Success.
  Error() noexcept = default;
  /// A failure. `field` is the dotted path of the value at fault (`columns[3].dataType`), or empty. What is not UTF-8
  /// in either becomes U+FFFD.
  Error(Code code, std::string message, std::string field = {});

  bool ok() const noexcept { return detail_ == nullptr; }
  Code code() const noexcept;
  std::string_view message() const noexcept;  ///< for people; the words of the API where it has words
  std::string_view field() const noexcept;    ///< the field at fault, as a dotted path, or empty

  /// After how many seconds it is worth to try again, where that is known; else 0.
  std::int64_t retry_after_s() const noexcept;

  /// "NotFound: table instance for x not found", for logs.
  std::string text() const;

  /// The same failure with another place of the fault; Ok stays Ok.
  Error with_field(std::string field) const;
  /// The same failure, which passes after so many seconds; Ok stays Ok.
  Error with_retry_after(std::int64_t seconds) const;

 private:
  struct Detail;
  std::shared_ptr<const Detail> detail_;
};

// The usual ways to fail, by name.
METADATA_API Error invalid_argument(std::string message, std::string field = {});
METADATA_API Error not_found(std::string message);
METADATA_API Error already_exists(std::string message);
METADATA_API Error permission_denied(std::string message);
METADATA_API Error unauthenticated(std::string message);
METADATA_API Error precondition_failed(std::string message);
METADATA_API Error too_large(std::string message, std::string field = {});
METADATA_API Error unavailable(std::string message);
METADATA_API Error unimplemented(std::string message);
METADATA_API Error corrupt(std::string message);
METADATA_API Error internal_error(std::string message);
METADATA_API Error interrupted(std::string message);

/// A T, or the Error that kept it from being made. Never holds an Ok error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : error_(std::move(error)) {
    assert(!error_.ok() && "a Result is made of a value or of a failure");
  }

  bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  const Error& error() const noexcept { return error_; }

  T& value() & {
    assert(ok());
    return *value_;
  }
  const T& value() const& {
    assert(ok());
    return *value_;
  }
  T&& value() && {
    assert(ok());
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() {
    assert(ok());
    return &*value_;
  }
  const T* operator->() const {
    assert(ok());
    return &*value_;
  }

 private:
  std::optional<T> value_;
  Error error_;
};

}  // namespace metadata

/// Returns the Error from the enclosing function unless it is ok.
#define MD_OK(expr)                                                              \
  do {                                                                           \
    if (::metadata::Error md_error_ = (expr); !md_error_.ok()) return md_error_; \
  } while (false)

/// Names the value of a Result, or returns its Error from the enclosing function. Several statements: needs braces
/// under `if`.
#define MD_LET(name, expr)                         \
  auto name##_or_ = (expr);                        \
  if (!name##_or_.ok()) return name##_or_.error(); \
  auto name = *std::move(name##_or_)

#endif  // METADATA_ERROR_H
