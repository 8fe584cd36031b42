#include "seed/seed.h"

#include <algorithm>
#include <string_view>

#include "metadata/json.h"
#include "seed/data.h"
#include "seed/files.h"

namespace metadata::server {
namespace {

// A new set of start-up data takes the next number; catalogs that have an earlier one are then completed.
constexpr char kMarkerText[] = "3\n";
constexpr char kIngestionBot[] = "ingestion-bot";

std::string marker_path(const Config& config) { return config.data + "/seeded"; }

/// Collects what the catalog does not have yet.
class Missing {
 public:
  explicit Missing(const Catalog& catalog) : catalog_(catalog) {}

  Error add(const std::string& type, const std::string& fqn, std::string body) {
    const auto there = catalog_.get(EntityRef::by_fqn(type, fqn), {{}, {}, Include::All});
    if (there.ok()) return {};
    if (there.error().code() != Code::NotFound) return there.error();
    batch_.create(type, std::move(body));
    return {};
  }
  const Batch& batch() const { return batch_; }

 private:
  const Catalog& catalog_;
  Batch batch_;
};

std::string text_of(const Json& object, std::string_view member) {
  return std::string(object[member].as_string().value_or(std::string_view{}));
}

/// "GetTables" as "Get tables".
std::string in_words(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    const bool after_small = !out.empty() && out.back() >= 'a' && out.back() <= 'z';
    if (capital && after_small) {
      out.push_back(' ');
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

/// The data has a step as its name, with "!" behind it when it is mandatory.
void write_step(JsonWriter& out, std::string_view step) {
  const bool mandatory = step.ends_with('!');
  const std::string_view name = mandatory ? step.substr(0, step.size() - 1) : step;
  out.begin_object();
  out.key("name").string(name);
  out.key("description").string(in_words(name));
  out.key("mandatory").boolean(mandatory);
  out.key("shortCircuit").boolean(false);
  out.end_object();
}

std::string test_connection(std::string_view service_type, const Json& steps) {
  JsonWriter out;
  out.begin_object();
  out.key("name").string(std::string(service_type) + ".testConnectionDefinition");
  out.key("displayName").string(std::string(service_type) + " test connection");
  out.key("steps").begin_array();
  for (std::size_t i = 0; i < steps.size(); ++i) write_step(out, steps.at(i).as_string().value_or(std::string_view{}));
  out.end_array().end_object();
  return std::move(out).text();
}

std::string admin_body(const Config& config) {
  JsonWriter out;
  out.begin_object();
  out.key("name").string(config.admin_name());
  out.key("email").string(config.admin_email);
  out.key("displayName").string("Administrator");
  out.key("isAdmin").boolean(true);
  out.end_object();
  return std::move(out).text();
}

Error add_entities(Missing& missing, const Json& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Json row = rows.at(i);
    const std::string type = text_of(row, "type");
    const Json bodies = row["of"];
    for (std::size_t j = 0; j < bodies.size(); ++j) {
      const Json body = bodies.at(j);
      const std::string parent = text_of(body, "classification");
      const std::string name = text_of(body, "name");
      MD_OK(missing.add(type, parent.empty() ? name : parent + "." + name, body.text()));
    }
  }
  return {};
}

Error add_test_connections(Missing& missing, const Json& connections) {
  Error failed;
  connections.for_each_member([&](std::string_view service_type, const Json& steps) {
    if (!failed.ok()) return;
    const auto fqn = fqn::quote(std::string(service_type) + ".testConnectionDefinition");
    failed =
        fqn.ok() ? missing.add("testConnectionDefinition", *fqn, test_connection(service_type, steps)) : fqn.error();
  });
  return failed;
}

/// A definition as a create body: the data names its column types by group.
std::string test_definition(const Json& definition, const Json& groups) {
  JsonWriter out;
  out.begin_object();
  out.key("provider").string("system");
  out.key("testPlatforms").begin_array().string("OpenMetadata").end_array();
  const Json group = groups[text_of(definition, "types")];
  out.key("supportedDataTypes").raw(group.is_array() ? group.text() : "[]");
  out.key("supportsRowLevelPassedFailed").boolean(definition["rowLevel"].as_bool().value_or(false));
  definition.for_each_member([&](std::string_view name, const Json& value) {
    if (name != "types" && name != "rowLevel") out.key(name).raw(value.text());
  });
  out.end_object();
  return std::move(out).text();
}

Error add_test_definitions(Missing& missing, const Json& data) {
  const Json definitions = data["definitions"];
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    const Json definition = definitions.at(i);
    const std::string body = test_definition(definition, data["types"]);
    MD_OK(missing.add("testDefinition", text_of(definition, "name"), body));
  }
  return {};
}

/// Each entity type as one that custom properties can be added to.
Error add_types(Missing& missing, const Registry& registry) {
  for (const TypeInfo& type : registry.types()) {
    JsonWriter out;
    out.begin_object().key("name").string(type.name).key("category").string("entity").key("nameSpace").string("data");
    out.key("description").string("The entity type " + type.name + ".").end_object();
    MD_OK(missing.add("type", type.name, std::move(out).text()));
  }
  return {};
}

Result<Json> embedded(std::string_view name) {
  for (const EmbeddedFile& file : start_data()) {
    if (file.name == name) return Json::parse(file.text);
  }
  return internal_error("the program lacks its start-up data " + std::string(name));
}

Error collect(Missing& missing, const Config& config, const Registry& registry) {
  MD_LET(entities, embedded("entities.json"));
  MD_LET(connections, embedded("test_connections.json"));
  MD_OK(add_entities(missing, entities));
  MD_OK(add_types(missing, registry));
  MD_OK(missing.add("user", config.admin_name(), admin_body(config)));
  MD_OK(add_test_connections(missing, connections));
  MD_LET(definitions, embedded("test_definitions.json"));
  return add_test_definitions(missing, definitions);
}

/// One batch: the catalog has all of it or, after a power cut, none.
Error add_missing(Catalog& catalog, const Config& config) {
  Missing missing(catalog);
  MD_OK(collect(missing, config, catalog.registry()));
  if (missing.batch().items().empty()) return {};
  const auto written = catalog.write(missing.batch());
  return written.ok() ? Error{} : written.error();
}

/// Gives the admin a password, unless there is one. What was generated comes back, to be shown once.
Result<std::string> give_password(Catalog& catalog, const Config& config) {
  Access& access = catalog.access();
  MD_LET(has_one, access.has_password(config.admin_name()));
  if (has_one) return std::string();
  const bool given = !config.admin_password.empty();
  const std::string password = given ? config.admin_password : Access::generate_password();
  MD_OK(access.set_password(config.admin_name(), password));
  return given ? std::string() : password;
}

/// The number of the set of start-up data that the catalog has, as the marker says it; empty: none.
Result<std::string> seeded_set(const Config& config) {
  if (!file_exists(marker_path(config))) return std::string();
  return read_file(marker_path(config));
}

Error give_token(Catalog& catalog, const Config& config) {
  MD_LET(path, token_path(config, kIngestionBot));
  return file_exists(path) ? Error() : renew_token(catalog, config);
}

}  // namespace

Result<std::string> token_path(const Config& config, const std::string& bot) {
  const bool plain = !bot.empty() && bot.size() <= 128 && bot.front() != '.' &&
                     std::all_of(bot.begin(), bot.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '/'; });
  if (!plain) return invalid_argument("'" + bot + "' is not the name of a bot");
  return config.data + "/tokens/" + bot + ".jwt";
}

Error renew_token(Catalog& catalog, const Config& config) {
  MD_LET(path, token_path(config, kIngestionBot));
  MD_LET(token, catalog.access().issue_bot_token(kIngestionBot));
  return write_private_file(path, token + "\n");
}

Result<Seeded> seed(Catalog& catalog, const Config& config) {
  Seeded seeded;
  MD_LET(set, seeded_set(config));
  if (set != kMarkerText) MD_OK(add_missing(catalog, config));
  if (set.empty()) {
    MD_LET(password, give_password(catalog, config));
    seeded.generated_password = std::move(password);
  }
  // The file may have been taken away since: the bot then gets a new token, and the old one ends.
  MD_OK(give_token(catalog, config));
  if (set != kMarkerText) MD_OK(write_private_file(marker_path(config), kMarkerText));
  return seeded;
}

}  // namespace metadata::server
