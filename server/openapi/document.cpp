#include "openapi/document.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "metadata/json.h"
#include "metadata/version.h"
#include "openapi/data.h"

namespace metadata::server {
namespace {

constexpr std::string_view kRoot = "/api/v1/";

void replace(std::string& text, std::string_view word, std::string_view by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
}

Result<Json> data_file(std::string_view name) {
  for (const EmbeddedFile& file : openapi_data()) {
    if (file.name == name) return Json::parse(file.text);
  }
  return Error(Code::Internal, std::string(name) + " is not built in");
}

Error fault(const std::string& what) { return {Code::Internal, "API description: " + what}; }

/// "{fqn...}" is "{fqn}" here: a slash in a value is written %2F.
std::string template_of(std::string pattern) {
  replace(pattern, "...}", "}");
  return pattern;
}

std::vector<std::string> path_parameters(std::string_view pattern) {
  std::vector<std::string> names;
  for (auto open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
    const auto close = pattern.find('}', open);
    names.emplace_back(pattern.substr(open + 1, close - open - 1));
  }
  return names;
}

std::string text_of(const Json& object, std::string_view member) {
  return std::string(object[member].as_string().value_or(""));
}

bool flag_of(const Json& object, std::string_view member) { return object[member].as_bool().value_or(false); }

/// A word that no other operation has: "get_tables_id_versions".
std::string operation_id(std::string_view method, std::string_view path) {
  std::string id;
  for (const char c : method) id += static_cast<char>(c - 'A' + 'a');
  if (path.starts_with(kRoot)) path.remove_prefix(kRoot.size() - 1);
  for (const char c : path) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word) id += c;
    if (!word && id.back() != '_') id += '_';
  }
  while (id.back() == '_') id.pop_back();
  return id;
}

class Document {
 public:
  Document(const Router& router, const Registry& registry, Json operations, Json schemas)
      : router_(router), registry_(registry), data_(std::move(operations)), schemas_(std::move(schemas)) {}

  Result<std::string> make() {
    out_.begin_object().key("openapi").string("3.1.0");
    out_.key("info").begin_object().key("title").string("metadata-server");
    out_.key("version").string(METADATA_VERSION);
    out_.key("description").string("A metadata catalog with the API of OpenMetadata 1.10.");
    out_.key("license").begin_object().key("name").string("Apache-2.0").key("identifier").string("Apache-2.0");
    out_.end_object().end_object();
    out_.key("servers").begin_array().begin_object().key("url").string("/").end_object().end_array();
    out_.key("security").begin_array();
    for (const char* scheme : {"bearer", "apiKey"})
      out_.begin_object().key(scheme).begin_array().end_array().end_object();
    out_.end_array().key("paths").begin_object();
    MD_OK(write_paths());
    out_.end_object();
    write_components();
    out_.end_object();
    return std::move(out_).text();
  }

 private:
  /// What is said of a route: of this very route, or of all that are like it.
  Result<Json> operation_of(const Route& route) const {
    const std::string method(route.method);
    const Json operations = data_["operations"];
    if (const std::string own = method + " " + route.pattern; operations.contains(own)) return operations[own];
    std::string like = route.pattern;
    if (route.type != nullptr) replace(like, std::string(kRoot) + route.type->collection, "/{collection}");
    if (route.series != nullptr) replace(like, "/" + route.series->path, "/{series}");
    like = method + " " + like;
    if (!operations.contains(like)) return fault("nothing is said of " + method + " " + route.pattern);
    return operations[like];
  }

  /// A schema's name as operations.json has it, for this route.
  static std::string named(std::string name, const Route& route) {
    if (route.type != nullptr) replace(name, "{Type}", route.type->schema);
    if (route.series != nullptr) {
      replace(name, "{Value}", route.series->value_type);
      replace(name, "{SeriesAnswer}", route.series->answers_entity ? route.type->schema : route.series->value_type);
    }
    // What clients cannot make by a create body, they send as it is.
    if (route.type != nullptr && !route.type->client_creates && name.starts_with("Create")) name.erase(0, 6);
    return name;
  }

  void reference(std::string_view schema) {
    out_.begin_object().key("$ref").string("#/components/schemas/" + std::string(schema)).end_object();
  }

  Error write_paths() {
    std::map<std::string, std::vector<const Route*>> paths;
    for (const auto& route : router_.routes()) {
      if (route->built) paths[template_of(route->pattern)].push_back(route.get());
    }
    for (const auto& [path, routes] : paths) {
      out_.key(path).begin_object();
      for (const Route* route : routes) {
        std::string method(route->method);
        for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
        out_.key(method);
        MD_OK(write_operation(path, *route));
      }
      out_.end_object();
    }
    return {};
  }

  Error write_operation(const std::string& path, const Route& route) {
    MD_LET(operation, operation_of(route));
    out_.begin_object().key("operationId").string(operation_id(route.method, path));
    std::string tag = text_of(operation, "tag");
    if (tag.empty()) tag = route.type->collection;
    out_.key("tags").begin_array().string(tag).end_array();
    out_.key("summary").string(text_of(operation, "summary"));
    std::string needs = route.need.open ? "Open to everybody." : "Needs " + std::string(route.need.operation) + ".";
    out_.key("description").string(needs);
    if (route.need.open) out_.key("security").begin_array().end_array();
    MD_OK(write_parameters(operation, route));
    write_body(operation, route);
    write_answers(operation, route);
    out_.end_object();
    return {};
  }

  /// A parameter's schema is all that its row has but its name, its description and whether it is required.
  void write_parameter(std::string_view name, std::string_view in, const Json& row, bool required) {
    out_.begin_object().key("name").string(name).key("in").string(in);
    if (required) out_.key("required").boolean(true);
    if (row.contains("description")) out_.key("description").string(text_of(row, "description"));
    out_.key("schema").begin_object();
    if (!row.contains("type") && !row.contains("enum")) out_.key("type").string("string");
    row.for_each_member([&](std::string_view member, const Json& value) {
      if (member != "name" && member != "description" && member != "required") out_.key(member).raw(value.text());
    });
    out_.end_object().end_object();
  }

  Error write_parameters(const Json& operation, const Route& route) {
    out_.key("parameters").begin_array();
    const std::string path = template_of(route.pattern);
    for (const std::string& name : path_parameters(path)) write_parameter(name, "path", data_["paths"][name], true);
    const Json query = operation["query"];
    std::set<std::string> written;
    for (std::size_t i = 0; i < query.size(); ++i) {
      const Json item = query.at(i);
      const std::string key(item.as_string().value_or(""));
      if (key == "{filters}") {
        write_filters(*route.type, written);
        continue;
      }
      const Json row = data_["parameters"][key];
      if (!row.is_object()) return fault("there is no parameter " + key);
      const std::string name = row.contains("name") ? text_of(row, "name") : key;
      if (written.insert(name).second) write_parameter(name, "query", row, flag_of(row, "required"));
    }
    if (flag_of(operation, "ifMatch")) reference_parameter("IfMatch");
    reference_parameter("Dialect");
    out_.end_array();
    return {};
  }

  void reference_parameter(std::string_view name) {
    out_.begin_object().key("$ref").string("#/components/parameters/" + std::string(name)).end_object();
  }

  void write_filters(const TypeInfo& type, std::set<std::string>& written) {
    for (const std::string& filter : type.filters) {
      if (written.insert(filter).second)
        out_.begin_object()
            .key("name")
            .string(filter)
            .key("in")
            .string("query")
            .key("description")
            .string("only those whose " + filter + " this is")
            .key("schema")
            .begin_object()
            .key("type")
            .string("string")
            .end_object()
            .end_object();
    }
  }

  void write_body(const Json& operation, const Route& route) {
    if (flag_of(operation, "bodyText")) {
      out_.key("requestBody").begin_object().key("required").boolean(true).key("content").begin_object();
      out_.key("text/plain").begin_object().key("schema").begin_object().key("type").string("string").end_object();
      out_.end_object().end_object().end_object();
      return;
    }
    if (!operation.contains("body")) return;
    const std::string schema = named(text_of(operation, "body"), route);
    const char* media = schema == "JsonPatch" ? "application/json-patch+json" : "application/json";
    out_.key("requestBody").begin_object();
    if (!flag_of(operation, "bodyOptional")) out_.key("required").boolean(true);
    out_.key("content").begin_object().key(media).begin_object().key("schema");
    if (flag_of(operation, "bodyList")) {
      out_.begin_object().key("type").string("array").key("items");
      reference(schema);
      out_.end_object();
    } else {
      reference(schema);
    }
    if (operation.contains("example")) {
      out_.key("example").raw(operation["example"].text());
    } else if (route.type != nullptr && !route.type->example.empty() && text_of(operation, "body") == "Create{Type}") {
      const bool list = flag_of(operation, "bodyList");
      out_.key("example").raw(list ? "[" + route.type->example + "]" : route.type->example);
    }
    out_.end_object().end_object().end_object();
  }

  void write_answers(const Json& operation, const Route& route) {
    out_.key("responses").begin_object();
    const Json statuses = operation["status"];
    if (statuses.size() == 0) write_answer(200, operation, route);
    for (std::size_t i = 0; i < statuses.size(); ++i) write_answer(*statuses.at(i).as_int(), operation, route);
    const auto failures = [&](std::initializer_list<std::string_view> which) {
      for (const std::string_view status : which)
        out_.key(status).begin_object().key("$ref").string("#/components/responses/Failure").end_object();
    };
    if (!route.need.open) failures({"401", "403", "429"});
    failures({"4XX", "5XX"});
    out_.end_object();
  }

  void write_answer(std::int64_t status, const Json& operation, const Route& route) {
    out_.key(std::to_string(status)).begin_object();
    out_.key("description")
        .string(status == 201   ? "Created"
                : status == 202 ? "Begun"
                                : (status == 204  ? "Nothing to show"
                                   : status < 300 ? "Success"
                                                  : "Elsewhere"));
    const Json answer = operation["answer"];
    const std::string media = operation.contains("media") ? text_of(operation, "media") : "application/json";
    if (status < 300 && status != 204 && (answer.is_string() || answer.is_array() || operation.contains("media"))) {
      out_.key("content").begin_object().key(media).begin_object().key("schema");
      if (answer.is_array()) {
        const Json first = answer.at(0);
        write_page(named(std::string(first.as_string().value_or("")), route));
      } else if (answer.is_string()) {
        reference(named(std::string(answer.as_string().value_or("")), route));
      } else {
        out_.begin_object().key("type").string("string").end_object();
      }
      out_.end_object();
      if (operation.contains("stream")) {
        out_.key(text_of(operation, "stream")).begin_object().key("schema").begin_object().key("type").string("string");
        out_.end_object().end_object();
      }
      out_.end_object();
    }
    out_.end_object();
  }

  void write_page(const std::string& schema) {
    out_.begin_object().key("type").string("object").key("required").begin_array().string("data").string("paging");
    out_.end_array().key("properties").begin_object().key("data").begin_object().key("type").string("array");
    out_.key("items");
    reference(schema);
    out_.end_object().key("paging");
    reference("Paging");
    out_.end_object().key("additionalProperties").boolean(false).end_object();
  }

  void write_components() {
    out_.key("components").begin_object().key("schemas");
    std::string schemas = registry_.schemas();  // one object …
    schemas.pop_back();
    const std::string own = schemas_.text();  // … and another, made one
    out_.raw(schemas + (schemas.size() > 1 ? "," : "") + own.substr(1));
    out_.key("parameters").begin_object();
    out_.key("IfMatch").begin_object().key("name").string("If-Match").key("in").string("header");
    out_.key("description").string("`ETag` of the state that is to be changed; 412 when it is another by now");
    out_.key("schema").begin_object().key("type").string("string").end_object().end_object();
    out_.key("Dialect").begin_object().key("name").string("X-Metadata-Dialect").key("in").string("header");
    out_.key("description").string("whose shapes to answer in, where the guide and the Python client differ");
    out_.key("schema").begin_object().key("enum").begin_array().string("guide").string("openmetadata").end_array();
    out_.end_object().end_object().end_object();
    out_.key("responses").begin_object().key("Failure").begin_object().key("description").string("It was not done");
    out_.key("content").begin_object().key("application/json").begin_object().key("schema");
    reference("Error");
    out_.end_object().end_object().end_object().end_object();
    out_.key("securitySchemes").begin_object();
    out_.key("bearer").begin_object().key("type").string("http").key("scheme").string("bearer");
    out_.key("bearerFormat").string("JWT").end_object();
    out_.key("apiKey").begin_object().key("type").string("apiKey").key("in").string("header").key("name");
    out_.string("X-API-Key").end_object();
    out_.end_object().end_object();
  }

  const Router& router_;
  const Registry& registry_;
  const Json data_;
  const Json schemas_;
  JsonWriter out_;
};

}  // namespace

Result<std::string> openapi_document(const Router& router, const Registry& registry) {
  MD_LET(operations, data_file("operations.json"));
  MD_LET(schemas, data_file("schemas.json"));
  return Document(router, registry, std::move(operations), std::move(schemas)).make();
}

}  // namespace metadata::server
