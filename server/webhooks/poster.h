#ifndef METADATA_SERVER_WEBHOOKS_POSTER_H
#define METADATA_SERVER_WEBHOOKS_POSTER_H

#include "guard/outbound.h"
#include "http/client.h"
#include "metadata/host.h"

namespace metadata::server {

/// Sends the catalog's deliveries. Safe for use from many threads.
class WebhookPoster final : public Poster {
 public:
  explicit WebhookPoster(AddressRules rules);
  void post(PostRequest request, Done done) override;

 private:
  const AddressRules rules_;
  HttpClient client_;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_WEBHOOKS_POSTER_H
