// A hello-world through the server's own front: what a request costs before the catalog is asked.
//
//   front_hello PORT      GET or POST /N answers N bytes of JSON
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "http/transport.h"

int main(int argc, char** argv) {
  using namespace metadata::server;
  if (argc != 2) {
    std::fputs("front_hello PORT\n", stderr);
    return 2;
  }
  TransportOptions options;
  options.hosts = {"127.0.0.1"};
  options.port = std::atoi(argv[1]);
  const auto transport = make_transport(options);
  const auto answer = [](const Request& request) {
    const auto size = static_cast<std::size_t>(std::strtoul(request.target.c_str() + 1, nullptr, 10));
    Response response;
    response.body = "\"" + std::string(size < 2 ? 0 : size - 2, 'x') + "\"";
    return response;
  };
  const auto refusal = [](int status, const std::string& message) {
    Response response;
    response.status = status;
    response.body = "\"" + message + "\"";
    return response;
  };
  if (const metadata::Error failed = transport->start(answer, refusal); !failed.ok()) {
    std::fprintf(stderr, "front_hello: %s\n", std::string(failed.message()).c_str());
    return 1;
  }
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  int got = 0;
  sigwait(&set, &got);
  transport->stop();
  return 0;
}
