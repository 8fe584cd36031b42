#ifndef METADATA_SERVER_HTTP_RESPONSE_H
#define METADATA_SERVER_HTTP_RESPONSE_H

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace metadata::server {

class Hold;

/// One HTTP answer. render/ makes them: handlers never write a status number of a failure.
struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  unsigned requests = 1;            ///< of the quota that the answer uses up
  std::shared_ptr<Hold> hold = {};  ///< the body comes later: see http/hold.h

  void set(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_RESPONSE_H
