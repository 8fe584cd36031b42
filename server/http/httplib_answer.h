#ifndef METADATA_SERVER_HTTP_HTTPLIB_ANSWER_H
#define METADATA_SERVER_HTTP_HTTPLIB_ANSWER_H

#include <memory>
#include <string>
#include <string_view>

#include "http/response.h"

namespace metadata::server {

/// Turns answers into bytes with cpp-httplib, which gets one complete request at a time, in memory.
///
/// The only place that knows the library. It is shown the path and whether the method is HEAD, and nothing else of what
/// came: it would decode field values, take forms and ranges apart, compress, and believe in lengths. Safe for use
/// from many threads.
class HttplibAnswer {
 public:
  HttplibAnswer();
  ~HttplibAnswer();

  /// Head and body, ready to be sent. HEAD gets the head alone.
  /// Header values with line breaks are left out.
  std::string bytes(std::string_view method, std::string_view target, Response response, bool keep_alive);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_HTTPLIB_ANSWER_H
