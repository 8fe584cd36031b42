// The least that cpp-httplib can do: the yardstick that bench/run holds the server against.
//
//   hello PORT      GET or POST /N answers N bytes of JSON; a POST's body is read
#include <httplib.h>

#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("hello PORT\n", stderr);
    return 2;
  }
  httplib::Server server;
  // As the server has it: without these two, Nagle and a connection for every five requests would be measured.
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000);
  server.new_task_queue = [] { return new httplib::ThreadPool(64); };
  const auto answer = [](const httplib::Request& request, httplib::Response& response) {
    const auto size = static_cast<std::size_t>(std::strtoul(request.path.c_str() + 1, nullptr, 10));
    response.set_content("\"" + std::string(size < 2 ? 0 : size - 2, 'x') + "\"", "application/json");
  };
  server.set_error_handler([&](const httplib::Request& request, httplib::Response& response) {
    response.status = 200;
    answer(request, response);
  });
  return server.listen("127.0.0.1", std::atoi(argv[1])) ? 0 : 1;
}
