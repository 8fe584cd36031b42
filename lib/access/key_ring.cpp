#include "access/key_ring.h"

#include <optional>
#include <string>
#include <utility>

#include "json/parse.h"
#include "metadata/json.h"

namespace metadata::access {
namespace {

constexpr std::string_view kSetting = "access.retired_keys";

std::shared_ptr<const KeySet> key_set(std::uint64_t generation, std::shared_ptr<const base::SigningKey> signing,
                                      std::vector<RetiredKey> retired) {
  return std::make_shared<const KeySet>(KeySet{generation, std::move(signing), std::move(retired)});
}

}  // namespace

KeyRing::KeyRing(std::shared_ptr<const base::SigningKey> signing, std::vector<RetiredKey> retired)
    : keys_(key_set(1, std::move(signing), std::move(retired))), generation_(1) {}

std::shared_ptr<const KeySet> KeyRing::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void KeyRing::replace(std::shared_ptr<const base::SigningKey> signing, std::vector<RetiredKey> retired) {
  const std::lock_guard lock(mutex_);
  keys_ = key_set(keys_->generation + 1, std::move(signing), std::move(retired));
  generation_ = keys_->generation;
}

Result<std::vector<RetiredKey>> find_retired_keys(store::Reader& reader, const base::SigningKey& present) {
  std::vector<RetiredKey> retired;
  MD_LET(text, reader.setting(kSetting));
  if (!text) return retired;
  json::Document list;
  MD_OK(json::parse_trusted(*text, list));
  if (!list.IsArray()) return corrupt("the list of retired keys is not a list");
  for (const json::Value& entry : list.GetArray()) {
    Result<base::SigningKey> key = base::SigningKey::from_public_pem(json::string_or(entry, "publicKey"));
    const std::optional<std::int64_t> retired_at = json::int_member(entry, "retiredAt");
    if (!key.ok() || !retired_at) return corrupt("the list of retired keys has an entry that is none");
    if (key->kid() != present.kid()) retired.push_back({*std::move(key), *retired_at});
  }
  return retired;
}

store::Operation keep_retired_keys(const std::vector<RetiredKey>& retired) {
  JsonWriter list;
  list.begin_array();
  for (const RetiredKey& one : retired) {
    list.begin_object();
    list.key("publicKey").string(one.key.public_pem());
    list.key("retiredAt").integer(one.retired_at_s);
    list.end_object();
  }
  list.end_array();
  return store::PutSetting{std::string(kSetting), std::move(list).text()};
}

}  // namespace metadata::access
