#include "metadata/error.h"

#include <doctest/doctest.h>

using namespace metadata;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return invalid_argument(std::to_string(number) + " is odd", "number");
  return number / 2;
}

Result<int> quarter(int number) {
  MD_LET(once, half(number));
  MD_LET(twice, half(once));
  return twice;
}

Error check_even(int number) {
  MD_OK(half(number).error());
  return {};
}

}  // namespace

TEST_CASE("success is ok and holds nothing") {
  const Error error;
  CHECK(error.ok());
  CHECK(error.code() == Code::Ok);
  CHECK(error.message() == "");
  CHECK(error.field() == "");
  CHECK(error.text() == "Ok");
  CHECK(Error(Code::Ok, "ignored").ok());
}

TEST_CASE("a failure says its kind, message and field") {
  const Error error = invalid_argument("columns[3].dataType: unknown type 'BIGINTT'", "columns[3].dataType");
  CHECK_FALSE(error.ok());
  CHECK(error.code() == Code::InvalidArgument);
  CHECK(error.field() == "columns[3].dataType");
  CHECK(error.text() == "InvalidArgument: columns[3].dataType: unknown type 'BIGINTT' (at columns[3].dataType)");
  CHECK(not_found("table instance for x not found").text() == "NotFound: table instance for x not found");
}

TEST_CASE("an error with another field keeps the rest, and success stays success") {
  const Error error = too_large("x").with_field("a.b");
  CHECK(error.code() == Code::TooLarge);
  CHECK(error.message() == "x");
  CHECK(error.field() == "a.b");
  CHECK(Error().with_field("a").ok());
}

TEST_CASE("each usual failure has its code, and each code its name") {
  const std::pair<Error, std::string_view> cases[] = {{invalid_argument("x"), "InvalidArgument"},
                                                      {not_found("x"), "NotFound"},
                                                      {already_exists("x"), "AlreadyExists"},
                                                      {permission_denied("x"), "PermissionDenied"},
                                                      {unauthenticated("x"), "Unauthenticated"},
                                                      {precondition_failed("x"), "PreconditionFailed"},
                                                      {too_large("x"), "TooLarge"},
                                                      {unavailable("x"), "Unavailable"},
                                                      {unimplemented("x"), "Unimplemented"},
                                                      {corrupt("x"), "Corrupt"},
                                                      {internal_error("x"), "Internal"},
                                                      {interrupted("x"), "Interrupted"},
                                                      {Error(Code::Conflict, "x"), "Conflict"},
                                                      {Error(Code::RateLimited, "x"), "RateLimited"}};
  for (const auto& [error, name] : cases) CHECK(code_name(error.code()) == name);
}

TEST_CASE("a message that was cut in the middle of a character is UTF-8 all the same") {
  const std::string name = "caf\xC3\xA9";
  CHECK(not_found("'" + name.substr(0, 4) + "' is not there").message() == "'caf\xEF\xBF\xBD' is not there");
  CHECK(not_found("'" + name + "'").message() == "'caf\xC3\xA9'");
  CHECK(invalid_argument("no", "\xFF.x").field() == "\xEF\xBF\xBD.x");
  CHECK(invalid_argument("no", "x").with_field("\xE2\x82").field() == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("results pass values on and stop at the first failure") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(6).error().message() == "3 is odd");
  CHECK(check_even(4).ok());
  CHECK(check_even(5).field() == "number");
}
