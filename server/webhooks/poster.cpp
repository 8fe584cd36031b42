#include "webhooks/poster.h"

#include <utility>

namespace metadata::server {

WebhookPoster::WebhookPoster(AddressRules rules)
    : rules_(std::move(rules)), client_([this](const sockaddr& address) { return rules_.refusal(address); }) {}

void WebhookPoster::post(PostRequest request, Done done) {
  ClientRequest sent;
  sent.method = "POST";
  sent.url = std::move(request.url);
  sent.headers = std::move(request.headers);
  sent.body = std::move(request.body);
  sent.timeout = request.timeout;
  client_.send(std::move(sent), [done = std::move(done)](ClientAnswer answer) {
    done({answer.status, std::move(answer.error), answer.retry_after});
  });
}

}  // namespace metadata::server
