#include "http/client.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace metadata::server {
namespace {

constexpr long kMaxConnections = 256;
constexpr std::size_t kMaxHeadBytes = 64 * 1024;
constexpr int kPollMs = 60'000;  // something wakes it before

/// libcurl's own start and end, once for the process.
void start_curl() {
  static const bool kStarted = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  (void)kStarted;
}

/// One request on its way.
struct Transfer {
  ClientRequest request;
  HttpClient::Done done;
  const HttpClient::Refusal* refusal = nullptr;
  ClientAnswer answer;
  std::string refused;
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = "";
  std::size_t head_bytes = 0;

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_slist_free_all(headers);
    if (handle != nullptr) curl_easy_cleanup(handle);
  }
};

std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  const std::size_t size = one * count;
  const std::size_t room =
      transfer.request.max_answer_bytes - std::min(transfer.request.max_answer_bytes, transfer.answer.body.size());
  if (size > room) {
    transfer.answer.cut = true;
    return 0;
  }
  transfer.answer.body.append(bytes, size);
  return size;
}

/// Heads, trailers and interim answers, of which there may be any number.
std::size_t on_head(char*, std::size_t one, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  transfer.head_bytes += one * count;
  return transfer.head_bytes > kMaxHeadBytes ? 0 : one * count;
}

curl_socket_t on_open(void* of, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(of);
  std::string refused = (*transfer.refusal)(address->addr);
  if (!refused.empty()) {
    transfer.refused = std::move(refused);
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void prepare(Transfer& transfer) {
  CURL* handle = transfer.handle = curl_easy_init();
  if (handle == nullptr) return;
  const ClientRequest& request = transfer.request;
  const auto timeout = static_cast<long>(std::max<std::int64_t>(request.timeout.count(), 1));
  curl_easy_setopt(handle, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer.error);
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  // A proxy of the environment would be connected to instead, and would resolve the name itself.
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, timeout);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, on_open);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_head);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  for (const auto& [name, value] : request.headers)
    transfer.headers = curl_slist_append(transfer.headers, (name + ": " + value).c_str());
  // Without it libcurl asks first whether a larger body is wanted, and waits.
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, transfer.headers);
  if (request.method == "GET") return;
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
}

void finish(Transfer& transfer, CURLcode code) {
  ClientAnswer& answer = transfer.answer;
  long status = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  curl_off_t after = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_RETRY_AFTER, &after);
  answer.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(after, 0, 86'400 * 366));
  // An answer whose body is too long has a status all the same; one that broke off has none.
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && answer.cut)) {
    answer.status = static_cast<int>(status);
  } else if (!transfer.refused.empty()) {
    answer.error = transfer.refused;
  } else if (transfer.head_bytes > kMaxHeadBytes) {
    answer.error = "the head of the answer is larger than 64 KiB";
  } else {
    answer.error = transfer.error[0] != '\0' ? transfer.error : curl_easy_strerror(code);
  }
  if (!transfer.request.keep_body) answer.body.clear();
  transfer.done(std::move(answer));
}

}  // namespace

struct HttpClient::Parts {
  Refusal refusal;
  CURLM* multi = nullptr;
  std::mutex mutex;
  std::deque<std::unique_ptr<Transfer>> waiting;  // guarded by mutex
  bool stopping = false;                          // guarded by mutex
  std::vector<std::unique_ptr<Transfer>> running;
  std::thread thread;

  bool take_waiting();
  void take_finished();
  void run();
};

// False: it is time to end.
bool HttpClient::Parts::take_waiting() {
  std::deque<std::unique_ptr<Transfer>> taken;
  {
    const std::lock_guard lock(mutex);
    if (stopping) return false;
    taken.swap(waiting);
  }
  for (auto& transfer : taken) {
    prepare(*transfer);
    if (transfer->handle == nullptr || curl_multi_add_handle(multi, transfer->handle) != CURLM_OK) {
      transfer->answer.error = "out of memory";
      transfer->done(std::move(transfer->answer));
      continue;
    }
    running.push_back(std::move(transfer));
  }
  return true;
}

void HttpClient::Parts::take_finished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* handle = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi, handle);
    const auto at =
        std::find_if(running.begin(), running.end(), [&](const auto& one) { return one->handle == handle; });
    const std::unique_ptr<Transfer> transfer = std::move(*at);
    running.erase(at);
    finish(*transfer, code);
  }
}

void HttpClient::Parts::run() {
  while (take_waiting()) {
    int count = 0;
    curl_multi_perform(multi, &count);
    take_finished();
    curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
  }
  for (auto& transfer : running) {
    curl_multi_remove_handle(multi, transfer->handle);
    transfer->answer.error = "the server is stopping";
    transfer->done(std::move(transfer->answer));
  }
  running.clear();
}

HttpClient::HttpClient(Refusal refusal) : parts_(std::make_unique<Parts>()) {
  start_curl();
  parts_->refusal = std::move(refusal);
  parts_->multi = curl_multi_init();
  curl_multi_setopt(parts_->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, kMaxConnections);
  parts_->thread = std::thread([this] { parts_->run(); });
}

HttpClient::~HttpClient() {
  {
    const std::lock_guard lock(parts_->mutex);
    parts_->stopping = true;
  }
  curl_multi_wakeup(parts_->multi);
  parts_->thread.join();
  for (auto& transfer : parts_->waiting) {
    transfer->answer.error = "the server is stopping";
    transfer->done(std::move(transfer->answer));
  }
  curl_multi_cleanup(parts_->multi);
}

void HttpClient::send(ClientRequest request, Done done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  transfer->refusal = &parts_->refusal;
  {
    const std::lock_guard lock(parts_->mutex);
    if (!parts_->stopping) {
      parts_->waiting.push_back(std::move(transfer));
      curl_multi_wakeup(parts_->multi);
      return;
    }
  }
  transfer->answer.error = "the server is stopping";
  transfer->done(std::move(transfer->answer));
}

ClientAnswer HttpClient::call(ClientRequest request) {
  const auto answer = std::make_shared<std::promise<ClientAnswer>>();
  auto result = answer->get_future();
  send(std::move(request), [answer](ClientAnswer got) { answer->set_value(std::move(got)); });
  return result.get();
}

}  // namespace metadata::server
