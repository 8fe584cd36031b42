#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "world.h"

using namespace metadata;
using namespace metadata::test;

namespace {

constexpr const char* kPassword = "correct horse 7";
constexpr std::int64_t kHourMs = 3600 * 1000;

/// A catalog on disk with a person and a bot.
struct Disk {
  std::string path = (std::filesystem::temp_directory_path() / "keys-test-XXXXXX").string();
  HandClock clock;
  std::unique_ptr<Catalog> catalog;

  Disk() {
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    open();
    World::must(catalog->put("user", R"({"name":"ann","email":"ann@example.org"})"));
    World::must(catalog->put("user", R"({"name":"robot","email":"robot@example.org","isBot":true})"));
    REQUIRE(access().set_password("ann", kPassword).ok());
  }
  ~Disk() {
    catalog.reset();
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  void open() {
    catalog.reset();
    Options options;
    options.path = path;
    options.clock = &clock;
    catalog = World::must(Catalog::open(options));
  }
  void pass_ms(std::int64_t ms) {
    clock.now += ms;
    clock.steady += ms;
  }
  Access& access() { return catalog->access(); }
  std::string token() { return World::must(access().login("ann", kPassword)).access_token; }
  std::size_t published() { return World::must(Json::parse(access().jwks()))["keys"].size(); }
  std::string key_file() const { return path + "/keys/jwt.pem"; }
};

std::string content(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("A5: a new signing key signs what comes, and what the earlier one signed stays good") {
  Disk disk;
  const std::string person = disk.token();
  const std::string bot_token = World::must(disk.access().issue_bot_token("robot"));
  const std::string old_key = content(disk.key_file());
  REQUIRE(disk.access().rotate_signing_key().ok());

  CHECK(disk.access().authenticate(person).ok());
  CHECK(disk.access().authenticate(bot_token).ok());
  const std::string newer = disk.token();
  CHECK(newer.substr(0, newer.find('.')) != person.substr(0, person.find('.')));  // another kid
  CHECK(disk.access().authenticate(newer).ok());
  CHECK(disk.published() == 2);

  CHECK(content(disk.key_file()) != old_key);
  struct stat status {};
  REQUIRE(::stat(disk.key_file().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);

  disk.open();
  CHECK(disk.published() == 2);
  for (const std::string& token : {person, bot_token, newer}) CHECK(disk.access().authenticate(token).ok());
}

TEST_CASE("A5: people's tokens of the earlier key end with their own expiry, a bot's when it gets another one") {
  Disk disk;
  const std::string bot_token = World::must(disk.access().issue_bot_token("robot"));
  disk.pass_ms(1000);
  const std::string person = disk.token();
  REQUIRE(disk.access().rotate_signing_key().ok());
  disk.pass_ms(kHourMs + 60'000 - 1);
  CHECK(disk.access().authenticate(person).ok());
  disk.pass_ms(1);
  CHECK(disk.access().authenticate(person).error().message() == "Expired token!");
  disk.pass_ms(1000 * kHourMs);
  CHECK(disk.access().authenticate(bot_token).ok());
  const std::string next = World::must(disk.access().issue_bot_token("robot"));
  CHECK_FALSE(disk.access().authenticate(bot_token).ok());
  CHECK(disk.access().authenticate(next).ok());
}

TEST_CASE("A5: after an old key is removed its tokens are refused, also those that were just seen to be good") {
  Disk disk;
  const std::string person = disk.token();
  const std::string bot_token = World::must(disk.access().issue_bot_token("robot"));
  REQUIRE(disk.access().rotate_signing_key(OldTokens::Keep).ok());
  const std::string second = disk.token();
  for (const std::string& token : {person, bot_token, second}) REQUIRE(disk.access().authenticate(token).ok());

  REQUIRE(disk.access().rotate_signing_key(OldTokens::Refuse).ok());
  CHECK(disk.published() == 1);
  for (const std::string& token : {person, bot_token, second}) {
    CHECK(disk.access().authenticate(token).error().message() == "Invalid token");
  }
  CHECK(disk.access().authenticate(disk.token()).ok());
  disk.open();
  for (const std::string& token : {person, bot_token, second}) CHECK_FALSE(disk.access().authenticate(token).ok());
}

TEST_CASE("A5: a rotation that a crash ended before the new key was in its place changes nothing") {
  Disk disk;
  const std::string person = disk.token();
  const std::string old_key = content(disk.key_file());
  REQUIRE(disk.access().rotate_signing_key().ok());
  const std::string new_key = content(disk.key_file());
  disk.catalog.reset();
  std::ofstream(disk.key_file()) << old_key;  // as if the last step had not happened
  disk.open();
  CHECK(disk.published() == 1);
  CHECK(disk.access().authenticate(person).ok());
  CHECK(disk.access().authenticate(disk.token()).ok());
  REQUIRE(disk.access().rotate_signing_key().ok());
  CHECK(disk.published() == 2);
  CHECK(disk.access().authenticate(person).ok());
}

TEST_CASE("A5: earlier keys are bounded, and refusing the old tokens makes room") {
  Disk disk;
  const std::string first = disk.token();
  for (int i = 0; i < 8; ++i) REQUIRE(disk.access().rotate_signing_key().ok());
  CHECK(disk.published() == 9);
  CHECK(disk.access().authenticate(first).ok());
  CHECK(disk.access().rotate_signing_key().code() == Code::PreconditionFailed);
  CHECK(disk.access().authenticate(first).ok());
  REQUIRE(disk.access().rotate_signing_key(OldTokens::Refuse).ok());
  CHECK(disk.published() == 1);
}

TEST_CASE("A5: while keys are rotated under load, no good token is refused") {
  Disk disk;
  std::vector<std::string> tokens;
  for (int i = 0; i < 3; ++i) tokens.push_back(disk.token());
  tokens.push_back(World::must(disk.access().issue_bot_token("robot")));
  const std::string refresh = World::must(disk.access().login("ann", kPassword)).refresh_token;

  std::atomic<bool> stop = false;
  std::atomic<long> asked = 0, refused = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 3; ++c) {
    clients.emplace_back([&, c] {
      for (std::size_t i = 0; !stop; ++i) {
        // Every so often a token that nobody has seen yet, whatever key it is signed with.
        const bool fresh = c == 0 && i % 8 == 0;
        const auto session = fresh ? disk.access().refresh(refresh) : Result<Session>(Session{});
        if (fresh && !session.ok()) ++refused;
        const std::string& token = fresh && session.ok() ? session->access_token : tokens[i % tokens.size()];
        if (!disk.access().authenticate(token).ok()) ++refused;
        ++asked;
      }
    });
  }
  for (int i = 0; i < 4; ++i) CHECK(disk.access().rotate_signing_key().ok());
  stop = true;
  for (std::thread& client : clients) client.join();
  MESSAGE(asked.load(), " tokens checked during 4 rotations, ", refused.load(), " refused");
  CHECK(asked > 0);
  CHECK(refused == 0);
}

TEST_CASE("A5: keys in memory rotate as well") {
  World world;
  REQUIRE(world.catalog->access().rotate_signing_key().ok());
  CHECK(World::must(Json::parse(world.catalog->access().jwks()))["keys"].size() == 2);
}
