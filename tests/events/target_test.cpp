#include "events/target.h"

#include "catalog/world.h"

using namespace metadata;
using namespace metadata::events;
using namespace std::chrono_literals;

TEST_CASE("H3: pauses double from the first to the last") {
  CHECK(pause_after(1, 200ms, 1h) == 200ms);
  CHECK(pause_after(2, 200ms, 1h) == 400ms);
  CHECK(pause_after(10, 200ms, 1h) == 102400ms);
  CHECK(pause_after(15, 200ms, 1h) == 3276800ms);
  CHECK(pause_after(16, 200ms, 1h) == 1h);
  CHECK(pause_after(1'000'000, 200ms, 1h) == 1h);
  CHECK(pause_after(3, 10s, 1s) == 1s);
}

TEST_CASE("one payload is a body by itself, several are an array") {
  CHECK(body_of({"{\"a\":1}"}) == "{\"a\":1}");
  CHECK(body_of({"{}", "{}", "{}"}) == "[{},{},{}]");
}

TEST_CASE("H4: a request is signed over its body, and over time and body") {
  Settings settings;
  settings.secret = "key";
  // RFC-like vector of the key "key".
  const PostRequest request =
      request_for(settings, "The quick brown fox jumps over the lazy dog", 7, 1'700'000'000'123);
  const auto header = [&](std::string_view name) {
    for (const auto& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return std::string("-");
  };
  CHECK(header("X-OM-Signature") == "sha256=97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg=");
  CHECK(header("X-Metadata-Signature").substr(0, 17) ==
        "t=1700000000,v1=" + header("X-Metadata-Signature").substr(16, 1));
  CHECK(header("X-Metadata-Signature").size() == 16 + 64);
  CHECK(header("X-Metadata-Seq") == "7");
  settings.secret.clear();
  CHECK(request_for(settings, "x", 7, 0).headers.size() == request.headers.size() - 2);
}

TEST_CASE("how deliveries stand survives being written and read") {
  Standing standing;
  standing.position = 42;
  standing.delivered = 7;
  standing.attempts = 3;
  standing.failing_for_ms = 999;
  standing.failed = true;
  standing.last_failed_status = 503;
  standing.last_failed_reason = "answered with \"503\"";
  standing.next_attempt_at = 1234;
  const Standing read = test::World::must(Standing::parse(standing.text(false, 1)));
  CHECK(read.text(false, 1) == standing.text(false, 1));
  CHECK(read.failed);
  CHECK(read.position == 42);
  standing.forgive();
  CHECK(standing.text(true, 1).find("\"active\"") != std::string::npos);
  CHECK(standing.text(false, 1).find("\"disabled\"") != std::string::npos);
  CHECK(standing.position == 42);
}
