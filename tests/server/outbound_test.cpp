// Where the server itself connects to: every spelling of an address, and names that change their mind.
//
// getaddrinfo() is this program's own: libcurl, libpq and the server resolve names of `.test` here.

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "guard/outbound.h"
#include "http/client.h"
#include "quality/postgres_runner.h"

using namespace metadata;
using namespace metadata::server;
using namespace std::chrono_literals;

namespace {

// A range for documentation stands for the internet: allowed here, and nobody answers there.
constexpr char kPublic[] = "203.0.113.7";
std::atomic<int> g_asked{0};

/// rebind.test: public when it is asked for first, loopback ever after. both.test: public and loopback at once.
std::string addresses_of(const std::string& name) {
  if (name == "rebind.test") return g_asked++ == 0 ? kPublic : "127.0.0.1";
  if (name == "both.test") return std::string(kPublic) + " 127.0.0.1";
  if (name == "inside.test") return "127.0.0.1";
  if (name == "metadata.test") return "169.254.169.254";
  return {};
}

/// A socket that listens on loopback, and says whether somebody came.
class Trap {
 public:
  Trap() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
    socklen_t size = sizeof here;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&here), &size);
    port_ = std::to_string(ntohs(here.sin_port));
    REQUIRE(::listen(fd_, 16) == 0);
  }
  ~Trap() { ::close(fd_); }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;

  bool sprung() const { return sprung_within(0); }
  bool sprung_within(int ms) const {
    pollfd one{fd_, POLLIN, 0};
    return ::poll(&one, 1, ms) > 0;
  }
  const std::string& port() const { return port_; }

 private:
  int fd_ = -1;
  std::string port_;
};

bool is_public(const sockaddr& address) {
  char text[INET_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  return std::string(text) == kPublic;
}

AddressRules strict() { return {*Networks::parse({"203.0.113.0/24"}), false, "--allow"}; }

// What is refused is so at once; a busy machine may take its time to come to that.
constexpr auto kAtOnce = 60s;

ClientAnswer get(HttpClient& client, const std::string& url, std::chrono::milliseconds timeout = 400ms) {
  ClientRequest request;
  request.url = url;
  request.timeout = timeout;
  return client.call(std::move(request));
}

/// Does a request to the URL, to which nobody will answer, come to the trap?
bool springs(HttpClient& client, const std::string& url, const Trap& trap) {
  std::atomic<bool> over{false};
  std::thread asking([&] {
    while (!over) get(client, url, 2s);
  });
  const bool sprung = trap.sprung_within(60'000);
  over = true;
  asking.join();
  return sprung;
}

// $ is the port of the trap. All of these mean, or might be taken to mean, an address that is no place in the internet.
const char* const kUrls[] = {
    // loopback
    "http://127.0.0.1:$/",
    "http://127.1:$/",
    "http://127.0.1:$/",
    "http://2130706433:$/",
    "http://0x7f000001:$/",
    "http://0x7f.0.0.1:$/",
    "http://0x7f.1:$/",
    "http://017700000001:$/",
    "http://0177.0.0.1:$/",
    "http://0177.1:$/",
    "http://127.255.255.254:$/",
    "http://127.000.000.001:$/",
    "http://127.0.0.1.:$/",
    "http://localhost:$/",
    "http://LOCALHOST:$/",
    "http://localhost.:$/",
    "http://sub.localhost:$/",
    "http://inside.test:$/",
    "http://[::1]:$/",
    "http://[0:0:0:0:0:0:0:1]:$/",
    "http://[0000::0001]:$/",
    "http://[::ffff:127.0.0.1]:$/",
    "http://[::ffff:7f00:1]:$/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:$/",
    "http://[::127.0.0.1]:$/",
    "http://[::7f00:1]:$/",
    "http://[64:ff9b::7f00:1]:$/",
    "http://[64:ff9b::127.0.0.1]:$/",
    "http://[2002:7f00:1::]:$/",
    "http://[2002:7f00:0001::1]:$/",
    "http://[::1%25lo]:$/",
    "http://%31%32%37.0.0.1:$/",
    "http://127%2e0%2e0%2e1:$/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:$/",
    "http://127\u30020\u30020\u30021:$/",
    "HTTP://127.0.0.1:$/",
    "hTtP://127.0.0.1:$/",
    "http:127.0.0.1:$/",
    "http:/127.0.0.1:$/",
    "http:///127.0.0.1:$/",
    "http:////127.0.0.1:$/",
    "127.0.0.1:$/",
    "//127.0.0.1:$/",
    // who is the host here
    "http://203.0.113.7@127.0.0.1:$/",
    "http://203.0.113.7:80@127.0.0.1:$/",
    "http://a:b@127.0.0.1:$/",
    "http://127.0.0.1:$\\@203.0.113.7/",
    "http://203.0.113.7\\@127.0.0.1:$/",
    "http://127.0.0.1:$#@203.0.113.7/",
    "http://127.0.0.1:$?@203.0.113.7/",
    "http://127.0.0.1:$/@203.0.113.7/",
    "http://127.0.0.1%00.example.test:$/",
    "http://127.0.0.1%2f.example.test:$/",
    "http://127.0.0.1\t:$/",
    "http://127.0.0.1 :$/",
    "http://127.0.0.1\r\nHost: x:$/",
    " http://127.0.0.1:$/",
    "http://127.0.0.1,203.0.113.7:$/",
    "https://127.0.0.1:$/",
    // nobody's and everybody's
    "http://0.0.0.0:$/",
    "http://0:$/",
    "http://0x0:$/",
    "http://00000000:$/",
    "http://0.0:$/",
    "http://[::]:$/",
    "http://[::ffff:0.0.0.0]:$/",
    "http://255.255.255.255:$/",
    "http://4294967295:$/",
    "http://224.0.0.1:$/",
    "http://239.255.255.250:$/",
    "http://240.0.0.1:$/",
    "http://[ff02::1]:$/",
    // private, link-local, a provider's
    "http://10.0.0.1:$/",
    "http://10.1:$/",
    "http://167772161:$/",
    "http://012.0.0.1:$/",
    "http://0xa.0.0.1:$/",
    "http://172.16.5.4:$/",
    "http://172.31.255.255:$/",
    "http://192.168.1.1:$/",
    "http://192.168.257:$/",
    "http://100.64.0.1:$/",
    "http://169.254.169.254:$/",
    "http://2852039166:$/",
    "http://0xA9FEA9FE:$/",
    "http://0251.0376.0251.0376:$/",
    "http://169.254.43518:$/",
    "http://metadata.test:$/",
    "http://[fe80::1]:$/",
    "http://[fe80::1%25lo]:$/",
    "http://[fec0::1]:$/",
    "http://[fc00::1]:$/",
    "http://[fd12:3456::3]:$/",
    "http://[::ffff:10.0.0.1]:$/",
    "http://[::ffff:169.254.169.254]:$/",
    "http://[::ffff:a9fe:a9fe]:$/",
    "http://[64:ff9b::a00:1]:$/",
    "http://[64:ff9b:1::a00:1]:$/",
    "http://[2002:a00:1::]:$/",
    "http://[::a00:1]:$/",
    "http://198.18.0.1:$/",
    "http://192.0.2.1:$/",
    "http://198.51.100.1:$/",
    "http://192.88.99.1:$/",
    "http://[2001:db8::1]:$/",
    "http://[2001:0:a00:1::]:$/",
    "http://[100::1]:$/",
    // other schemes
    "ftp://127.0.0.1:$/",
    "file:///etc/hostname",
    "file://127.0.0.1/etc/hostname",
    "gopher://127.0.0.1:$/_x",
    "dict://127.0.0.1:$/x",
    "ldap://127.0.0.1:$/",
    "tftp://127.0.0.1:$/x",
    "smb://127.0.0.1:$/x",
    "telnet://127.0.0.1:$",
    "smtp://127.0.0.1:$/",
    "imap://127.0.0.1:$/",
    "pop3://127.0.0.1:$/",
    "rtsp://127.0.0.1:$/",
    "scp://127.0.0.1:$/x",
    "ws://127.0.0.1:$/",
    "mqtt://127.0.0.1:$/x",
    "jar:http://127.0.0.1:$/!/",
    "javascript:alert(1)",
    "data:,x",
    "unix:/tmp/x",
    "",
};

const char* const kHostPorts[] = {
    "",
    ":5432",
    "127.0.0.1:",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:x",
    "127.0.0.1:5432,5433",
    "127.0.0.1:5432x",
    "/var/run/postgresql",
    "/tmp:5432",
    "./x",
    "@abstract",
    "@/tmp:5432",
    "%2Fvar%2Frun:5432",
    "a,b",
    "203.0.113.7,127.0.0.1:5432",
    "203.0.113.7:5432,127.0.0.1:5432",
    "host=127.0.0.1",
    "x hostaddr=127.0.0.1",
    "x' hostaddr='127.0.0.1",
    "x\thostaddr=127.0.0.1",
    "postgresql://127.0.0.1:5432/x",
    "x;hostaddr=127.0.0.1",
    "x?hostaddr=127.0.0.1",
    "user@127.0.0.1:5432",
    "x/../y",
    "a\nb",
    "::1",
    "::1:5432",
    "[::1",
    "[::1]5432",
    "[::1]x:5432",
    "[::1%lo]:5432",
    "[localhost]:5432",
    "[]:5432",
    "-x:5432",
    "x\\y",
    "a b",
    "127.0.0.1:+5432",
    "127.0.0.1: 5432",
    "127.0.0.1:0x1538",
};

const char* const kHosts[] = {
    "127.0.0.1:$",
    "127.1:$",
    "2130706433:$",
    "0x7f000001:$",
    "017700000001:$",
    "127.0.0.1.:$",
    "localhost:$",
    "LOCALHOST:$",
    "localhost.:$",
    "inside.test:$",
    "metadata.test:$",
    "[::1]:$",
    "[::ffff:127.0.0.1]:$",
    "[::ffff:7f00:1]:$",
    "[64:ff9b::7f00:1]:$",
    "[2002:7f00:1::]:$",
    "[::7f00:1]:$",
    "0.0.0.0:$",
    "0:$",
    "[::]:$",
    "10.0.0.1:$",
    "172.16.0.1:$",
    "192.168.0.1:$",
    "169.254.169.254:$",
    "[fe80::1]:$",
    "[fd00::1]:$",
    "255.255.255.255:$",
    "224.0.0.1:$",
};

std::string with_port(std::string text, const std::string& port) {
  for (auto at = text.find('$'); at != std::string::npos; at = text.find('$')) text.replace(at, 1, port);
  return text;
}

Result<std::unique_ptr<Runner>> open(const PostgresTarget& target, const AddressRules& rules) {
  Interrupt soon;
  soon.deadline = std::chrono::steady_clock::now() + 400ms;
  return open_postgres(target, rules, 1s, soon);
}

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
  using Real = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Real>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string name = node == nullptr ? "" : node;
  if (!name.ends_with(".test")) return real(node, service, hints, found);
  const std::string list = addresses_of(name);
  if (list.empty()) return EAI_NONAME;
  addrinfo* first = nullptr;
  addrinfo** next = &first;
  addrinfo numeric{};
  if (hints != nullptr) numeric = *hints;
  numeric.ai_flags = AI_NUMERICHOST;
  numeric.ai_family = AF_INET;
  numeric.ai_socktype = SOCK_STREAM;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(' ', begin), list.size());
    const int failed = real(list.substr(begin, end - begin).c_str(), service, &numeric, next);
    if (failed != 0) return failed;
    while (*next != nullptr) next = &(*next)->ai_next;
    begin = end + 1;
  }
  *found = first;
  return 0;
}

TEST_CASE("W1: no spelling of a URL leads where the server must not connect to") {
  static_assert(std::size(kUrls) >= 80);
  const Trap trap;
  const AddressRules rules = strict();
  std::atomic<int> allowed{0}, to_public{0};
  HttpClient client([&](const sockaddr& address) {
    std::string refused = rules.refusal(address);
    if (refused.empty()) ++(is_public(address) ? to_public : allowed);
    return refused;
  });
  for (const char* form : kUrls) {
    const std::string url = with_port(form, trap.port());
    allowed = to_public = 0;
    const ClientAnswer answer = get(client, url);
    CAPTURE(url);
    CHECK((answer.status == 0 || to_public > 0));
    CHECK((!answer.error.empty() || to_public > 0));
    CHECK(allowed == 0);
    CHECK(!trap.sprung());
  }
}

TEST_CASE("W1: a name that is public at first and loopback afterwards never leads to loopback") {
  const Trap trap;
  const AddressRules rules = strict();
  const auto refusal = [&](const sockaddr& address) { return rules.refusal(address); };
  g_asked = 0;
  for (int i = 0; i < 3; ++i) {
    HttpClient client(refusal);  // each asks anew
    const ClientAnswer answer = get(client, "http://rebind.test:" + trap.port() + "/", i == 0 ? 2s : kAtOnce);
    CHECK(answer.status == 0);
    CHECK((answer.error.find("127.0.0.1 is a loopback address") != std::string::npos) == (i > 0));
  }
  CHECK(g_asked == 3);
  HttpClient client(refusal);
  CHECK(get(client, "http://both.test:" + trap.port() + "/").status == 0);
  CHECK(!trap.sprung());
  // The same trap does spring when it may be reached, so that the above says something.
  const AddressRules open_rules({}, true, "--allow");
  HttpClient free_client([&](const sockaddr& address) { return open_rules.refusal(address); });
  CHECK(springs(free_client, "http://inside.test:" + trap.port() + "/", trap));
}

TEST_CASE("W1: requests go to the listed ports only, wherever they lead") {
  CHECK(Ports::parse({"0"}).error().code() == Code::InvalidArgument);
  for (const char* text : {"", "65536", "80-", "-80", "90-80", "80 ", "+80", "http", "80,81", "1-2-3"}) {
    CAPTURE(text);
    const auto ports = Ports::parse({"443", text});
    REQUIRE(!ports.ok());
    CHECK(ports.error().message().find("'" + std::string(text) + "'") != std::string::npos);
  }
  const Ports usual;
  for (const int port : {80, 443, 1024, 5432, 8080, 65535}) CHECK(usual.contains(static_cast<std::uint16_t>(port)));
  for (const int port : {0, 21, 22, 23, 25, 53, 79, 81, 110, 143, 389, 442, 444, 445, 465, 514, 587, 993, 1023})
    CHECK(!usual.contains(static_cast<std::uint16_t>(port)));
  const auto listed = Ports::parse({"25", "8000-8001"});
  REQUIRE(listed.ok());
  for (const int port : {25, 8000, 8001}) CHECK(listed->contains(static_cast<std::uint16_t>(port)));
  for (const int port : {24, 26, 80, 443, 7999, 8002}) CHECK(!listed->contains(static_cast<std::uint16_t>(port)));

  // Allowed addresses, public and loopback, are no way around; and what the list lets through arrives.
  const AddressRules rules(*Networks::parse({"203.0.113.0/24", "127.0.0.0/8"}), true, "--allow");
  HttpClient client([&](const sockaddr& address) { return rules.refusal(address); });
  for (const char* url : {"http://203.0.113.7:25/", "http://127.0.0.1:22/", "http://inside.test:1023/",
                          "http://[::1]:53/", "http://[::ffff:127.0.0.1]:389/"}) {
    CAPTURE(url);
    CHECK(get(client, url, kAtOnce).error.find("--outbound-ports") != std::string::npos);
  }
  PostgresTarget target;
  target.user = "u";
  REQUIRE(read_host_port("inside.test:25", target).ok());
  CHECK(open(target, rules).error().code() == Code::PermissionDenied);
  const Trap trap;
  const AddressRules one(Networks{}, true, "--allow", *Ports::parse({trap.port()}));
  HttpClient to_one([&](const sockaddr& address) { return one.refusal(address); });
  CHECK(get(to_one, "http://127.0.0.1:8080/", kAtOnce).error.find("port 8080") != std::string::npos);
  CHECK(springs(to_one, "http://127.0.0.1:" + trap.port() + "/", trap));
}

TEST_CASE("W1: a hostPort that is more than one host and one port is refused") {
  for (const char* text : kHostPorts) {
    PostgresTarget target;
    CAPTURE(text);
    CHECK(read_host_port(text, target).code() == Code::InvalidArgument);
  }
  const struct {
    const char* text;
    const char* host;
    std::uint16_t port;
  } good[] = {{"db", "db", 5432},
              {"db.example.com:6543", "db.example.com", 6543},
              {"my_db-1:1", "my_db-1", 1},
              {"[2001:db8::1]:5433", "2001:db8::1", 5433},
              {"[::1]", "::1", 5432}};
  for (const auto& row : good) {
    PostgresTarget target;
    CHECK(read_host_port(row.text, target).ok());
    CHECK(target.host == row.host);
    CHECK(target.port == row.port);
  }
}

TEST_CASE("W1: no spelling of a database's host leads where the server must not connect to") {
  const Trap trap;
  const AddressRules rules = strict();
  for (const char* form : kHosts) {
    PostgresTarget target;
    target.user = "u";
    target.database = "hostaddr=127.0.0.1 host=127.0.0.1 port=" + trap.port();  // a name, whatever it looks like
    const std::string text = with_port(form, trap.port());
    CAPTURE(text);
    REQUIRE(read_host_port(text, target).ok());
    const auto opened = open(target, rules);
    CHECK(!opened.ok());
    CHECK((opened.error().code() == Code::PermissionDenied || opened.error().code() == Code::Unavailable));
    CHECK(!trap.sprung());
  }
}

TEST_CASE("W1: a database's name is resolved once, and its address is the one that was asked about") {
  const Trap trap;
  const AddressRules rules = strict();
  PostgresTarget target;
  target.user = "u";
  for (const char* name : {"rebind.test:", "both.test:"}) {
    g_asked = 0;
    REQUIRE(read_host_port(name + trap.port(), target).ok());
    CHECK(!open(target, rules).ok());
    CHECK(g_asked <= 1);
    CHECK(!trap.sprung());
  }
  REQUIRE(read_host_port("rebind.test:" + trap.port(), target).ok());
  g_asked = 1;
  const auto later = open(target, rules);
  CHECK(later.error().code() == Code::PermissionDenied);
  CHECK(!trap.sprung());
  const AddressRules open_rules({}, true, "--allow");
  REQUIRE(read_host_port("inside.test:" + trap.port(), target).ok());
  CHECK(!open(target, open_rules).ok());  // nobody answers it
  CHECK(trap.sprung());
}
