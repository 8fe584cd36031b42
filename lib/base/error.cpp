#include "metadata/error.h"

#include <array>
#include <cstddef>

#include "base/utf8.h"

namespace metadata {
namespace {

// In the order of the codes' numbers.
constexpr std::array<std::string_view, 15> kCodeNames{
    "Ok",       "InvalidArgument",    "Unauthenticated", "PermissionDenied", "NotFound",      "AlreadyExists",
    "Conflict", "PreconditionFailed", "TooLarge",        "RateLimited",      "Unimplemented", "Unavailable",
    "Corrupt",  "Internal",           "Interrupted"};
static_assert(static_cast<std::size_t>(Code::Interrupted) + 1 == kCodeNames.size());

/// Messages repeat what somebody sent, often cut after so many bytes: what is left of a character becomes U+FFFD.
std::string as_utf8(std::string text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* at = begin;
  while (at != end) {
    const std::size_t length = base::utf8_length(at, end);
    if (length == 0) break;
    at += length;
  }
  if (at == end) return text;
  std::string clean(begin, at);
  while (at != end) {
    const std::size_t length = base::utf8_length(at, end);
    length == 0 ? clean.append("\xEF\xBF\xBD") : clean.append(at, length);
    at += length == 0 ? 1 : length;
  }
  return clean;
}

}  // namespace

struct Error::Detail {
  Code code;
  std::string message;
  std::string field;
  std::int64_t retry_after_s = 0;
};

std::string_view code_name(Code code) noexcept {
  const auto number = static_cast<std::size_t>(code);
  return number < kCodeNames.size() ? kCodeNames[number] : "Unknown";
}

// Ok is the absence of detail, so an error made with Code::Ok is the same as success.
Error::Error(Code code, std::string message, std::string field)
    : detail_(code == Code::Ok ? nullptr
                               : std::make_shared<const Detail>(
                                     Detail{code, as_utf8(std::move(message)), as_utf8(std::move(field)), 0})) {}

Code Error::code() const noexcept { return detail_ ? detail_->code : Code::Ok; }

std::string_view Error::message() const noexcept {
  return detail_ ? std::string_view(detail_->message) : std::string_view();
}

std::string_view Error::field() const noexcept {
  return detail_ ? std::string_view(detail_->field) : std::string_view();
}

std::int64_t Error::retry_after_s() const noexcept { return detail_ ? detail_->retry_after_s : 0; }

std::string Error::text() const {
  std::string text(code_name(code()));
  if (ok()) return text;
  text.append(": ").append(detail_->message);
  if (!detail_->field.empty()) text.append(" (at ").append(detail_->field).append(")");
  return text;
}

Error Error::with_field(std::string field) const {
  if (ok()) return {};
  return Error(detail_->code, detail_->message, std::move(field)).with_retry_after(detail_->retry_after_s);
}

Error Error::with_retry_after(std::int64_t seconds) const {
  if (ok()) return {};
  Error later;
  later.detail_ = std::make_shared<const Detail>(Detail{detail_->code, detail_->message, detail_->field, seconds});
  return later;
}

Error invalid_argument(std::string message, std::string field) {
  return Error(Code::InvalidArgument, std::move(message), std::move(field));
}

Error not_found(std::string message) { return Error(Code::NotFound, std::move(message)); }

Error already_exists(std::string message) { return Error(Code::AlreadyExists, std::move(message)); }

Error permission_denied(std::string message) { return Error(Code::PermissionDenied, std::move(message)); }

Error unauthenticated(std::string message) { return Error(Code::Unauthenticated, std::move(message)); }

Error precondition_failed(std::string message) { return Error(Code::PreconditionFailed, std::move(message)); }

Error too_large(std::string message, std::string field) {
  return Error(Code::TooLarge, std::move(message), std::move(field));
}

Error unavailable(std::string message) { return Error(Code::Unavailable, std::move(message)); }

Error unimplemented(std::string message) { return Error(Code::Unimplemented, std::move(message)); }

Error corrupt(std::string message) { return Error(Code::Corrupt, std::move(message)); }

Error internal_error(std::string message) { return Error(Code::Internal, std::move(message)); }
Error interrupted(std::string message) { return Error(Code::Interrupted, std::move(message)); }

}  // namespace metadata
