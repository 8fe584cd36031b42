#include "change/log.h"

namespace metadata::change {
namespace {

std::string_view actor_kind(const Principal& as) {
  switch (as.kind) {
    case Principal::Kind::Embedded:
      return "host";
    case Principal::Kind::Admin:
      return "admin";
    case Principal::Kind::Bot:
      return "bot";
    case Principal::Kind::User:
      return "user";
  }
  return "user";
}

}  // namespace

store::LogRecord log_record(const store::EntityRow& row, store::LogKind kind, const Principal& as, std::int64_t at,
                            std::string_view source) {
  store::LogRecord record;
  record.at = at;
  record.kind = kind;
  record.type = row.type;
  record.id = row.id;
  record.tree = row.tree;
  record.fqn_key = row.fqn_key;
  record.revision = row.revision;
  record.version = row.version;
  record.actor = as.name;
  record.actor_kind = actor_kind(as);
  record.source = source;
  record.facts = "{}";
  return record;
}

}  // namespace metadata::change
