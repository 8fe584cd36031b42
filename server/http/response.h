#ifndef METADATA_SERVER_HTTP_RESPONSE_H
#define METADATA_SERVER_HTTP_RESPONSE_H

#include <string>
#include <utility>
#include <vector>

namespace metadata::server {

/// One HTTP answer. render/ makes them: handlers never write a status number of a failure.
struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;

  void set(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_RESPONSE_H
