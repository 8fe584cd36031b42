#include "model/validate.h"

#include "fixture.h"

using namespace metadata;
using namespace metadata::model;
using test::accepted;
using test::parsed;
using test::refused;
using test::says;
using test::table;
using test::type;

namespace {

constexpr const char* kId = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

std::string column(std::string_view members) { return R"([{"name":"a",)" + std::string(members) + "}]"; }

}  // namespace

TEST_CASE("a create body becomes the working form") {
  CHECK(
      accepted("table",
               table(R"([{"name":"id","dataType":"BIGINT","description":null,"constraint":"PRIMARY_KEY"}])")) ==
      R"({"name":"t","databaseSchema":"s.d.x","columns":[{"name":"id","dataType":"BIGINT","constraint":"PRIMARY_KEY",)"
      R"("dataTypeDisplay":"bigint"}],"tableType":"Regular","processedLineage":false})");
  CHECK(accepted("user", R"({"name":"joe","email":"Joe@Example.com"})") ==
        R"({"name":"joe","email":"joe@example.com","isBot":false})");
  CHECK(accepted("classification", R"({"name":"c","description":"d"})") ==
        R"({"name":"c","description":"d","provider":"user","mutuallyExclusive":false,"disabled":false})");
}

TEST_CASE("defaults that a PUT would keep are filled only for new entities") {
  json::Document body = parsed(R"({"name":"joe","email":"joe@example.com","isBot":true})");
  fill_defaults(type("user"), body);
  CHECK(json::write(body) == R"({"name":"joe","email":"joe@example.com","isBot":true,"isAdmin":false})");
}

TEST_CASE("the guide's table is accepted") {
  CHECK(accepted("table", R"({"name":"customer_orders","description":"Customer orders table",
    "columns":[
      {"name":"order_id","dataType":"BIGINT","description":"Unique order identifier","constraint":"PRIMARY_KEY"},
      {"name":"customer_email","dataType":"VARCHAR","dataLength":255,
       "tags":[{"tagFQN":"PII.Email","source":"Classification"}]}],
    "database":"snowflake.sales_db","databaseSchema":"snowflake.sales_db.public"})") ==
        R"({"name":"customer_orders","description":"Customer orders table",)"
        R"("columns":[{"name":"order_id","dataType":"BIGINT","description":"Unique order identifier",)"
        R"("constraint":"PRIMARY_KEY","dataTypeDisplay":"bigint"},{"name":"customer_email","dataType":"VARCHAR",)"
        R"("dataLength":255,"tags":[{"tagFQN":"PII.Email","source":"Classification","labelType":"Manual",)"
        R"_("state":"Confirmed"}],"dataTypeDisplay":"varchar(255)"}],"database":"snowflake.sales_db",)_"
        R"("databaseSchema":"snowflake.sales_db.public","tableType":"Regular","processedLineage":false})");
}

TEST_CASE("an entity as it was read is accepted, without what the server manages") {
  const std::string ref = R"({"id":")" + std::string(kId) +
                          R"(","type":"databaseSchema","name":"x",)"
                          R"("fullyQualifiedName":"s.d.x","deleted":false,"href":"http://h/x"})";
  CHECK(accepted("table", R"({"id":")" + std::string(kId) +
                              R"(","name":"t","fullyQualifiedName":"s.d.x.t","version":0.3,
    "updatedAt":1,"updatedBy":"a","href":"http://h","deleted":false,"changeDescription":{},"serviceType":"SQLite",
    "service":{"id":")" + kId +
                              R"(","type":"databaseService"},"followers":[],"votes":{"upVotes":1},
    "certification":{"x":1},"tableType":"View","columns":[{"name":"c","dataType":"INT","dataTypeDisplay":"INT",
    "fullyQualifiedName":"s.d.x.t.c","profile":{"name":"c"}}],"databaseSchema":)" +
                              ref + "}") ==
        R"({"name":"t","service":{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","type":"databaseService"},)"
        R"("tableType":"View","columns":[{"name":"c","dataType":"INT","dataTypeDisplay":"INT"}],)"
        R"("databaseSchema":{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","type":"databaseSchema",)"
        R"("fullyQualifiedName":"s.d.x"},"processedLineage":false})");
}

TEST_CASE("what is missing is named") {
  struct {
    const char* type;
    const char* body;
    const char* field;
  } const kCases[] = {
      {"table", R"({"name":"t","databaseSchema":"a.b.c"})", "columns"},
      {"table", R"({"columns":[],"databaseSchema":"a.b.c"})", "name"},
      {"table", R"({"name":null,"columns":[],"databaseSchema":"a.b.c"})", "name"},
      {"table", R"({"name":"t","columns":[]})", "databaseSchema"},
      {"table", R"({"name":"t","columns":[{"name":"a"}],"databaseSchema":"a.b.c"})", "columns[0].dataType"},
      {"tag", R"({"name":"t","description":"d"})", "classification"},
      {"user", R"({"name":"u"})", "email"},
      {"role", R"({"name":"r"})", "policies"},
      {"bot", R"({"name":"b"})", "botUser"},
      {"policy", R"({"name":"p","rules":[{"name":"r","effect":"allow","resources":["all"]}]})", "rules[0].operations"},
      {"databaseService", R"({"name":"s"})", "serviceType"},
      {"table", R"({"name":"t","columns":[],"databaseSchema":"a.b.c","tags":[{"tagFQN":"A.b"}]})", "tags[0].source"},
      {"table", R"({"name":"t","columns":[],"databaseSchema":"a.b.c","owners":[{"type":"user"}]})", "owners[0].id"},
      {"table", R"({"name":"t","columns":[],"databaseSchema":"a.b.c","owners":[{"name":"joe"}]})", "owners[0].type"},
  };
  for (const auto& c : kCases) {
    CAPTURE(c.body);
    const Error error = refused(c.type, c.body);
    CHECK(error.field() == c.field);
    CHECK(error.message() == std::string(c.field) + " field is required");
  }
}

TEST_CASE("what is wrong is named with its value and what is allowed") {
  struct {
    const char* type;
    const char* members;  // beside a valid table's
    const char* field;
    const char* says;
  } const kCases[] = {
      {"table", R"("frob":1)", "frob", "Unrecognized field \"frob\" (entity type table)"},
      {"table", R"("description":5)", "description", "must be a text, not 5"},
      {"table", R"("tableType":"Regula")", "tableType", "must be one of Regular, External"},
      {"table", R"("owners":{"id":"x"})", "owners", "must be a list, not an object"},
      {"table", R"("owners":[5])", "owners[0]", "must be a reference, not 5"},
      {"table", R"("owners":[{"id":"x","type":"user"}])", "owners[0].id", "must be a UUID, not \"x\""},
      {"table", R"("owners":[{"fullyQualifiedName":"t","type":"table"}])", "owners[0].type",
       "must be one of user, team, not \"table\""},
      {"table", R"("owners":[{"name":"t","type":"user","color":1}])", "owners[0].color", "Unrecognized field"},
      {"table", R"("tags":[{"tagFQN":"A..b","source":"Classification"}])", "tags[0].tagFQN",
       "must be a fully qualified name"},
      {"table", R"("tags":[{"tagFQN":"A.b","source":"Moon"}])", "tags[0].source",
       "must be one of Classification, Glossary"},
      {"table", R"("extension":[])", "extension", "must be an object, not a list"},
      {"table", R"("sourceHash":"")", "sourceHash", "must have at least 1 and at most 32 characters, not 0"},
      {"table", R"("lifeCycle":{"created":{}})", "lifeCycle.created.timestamp", "field is required"},
      {"table", R"("lifeCycle":{"created":{"timestamp":1.5}})", "lifeCycle.created.timestamp",
       "must be an integer, not 1.5"},
      {"table", R"("compressionEnabled":1,"dataModel":{"modelType":"DBT","generatedAt":"2024-13-01T00:00:00Z"})",
       "dataModel.generatedAt", "must be a date and time"},
      {"table", R"("tableConstraints":[{"constraintType":"UNIQUE","columns":["zz"]}])",
       "tableConstraints[0].columns[0]", "zz"},
      {"table",
       R"("tableConstraints":[{"constraintType":"UNIQUE","columns":["A"]},)"
       R"({"constraintType":"UNIQUE","columns":["A"]}])",
       "tableConstraints[1]", "Table Constraint is Duplicate"},
  };
  for (const auto& c : kCases) {
    CAPTURE(c.members);
    const Error error =
        refused(c.type, R"({"name":"t","databaseSchema":"a.b.c","columns":[{"name":"a","dataType":"INT"}],)" +
                            std::string(c.members) + "}");
    CHECK(error.field() == c.field);
    CAPTURE(std::string(error.message()));
    CHECK(says(error, c.says));
  }
}

TEST_CASE("names have 1 to 256 characters and no separator inside") {
  const auto named = [](const std::string& name) { return R"({"name":")" + name + R"(","serviceType":"SQLite"})"; };
  CHECK(refused("databaseService", named("")).field() == "name");
  CHECK(refused("databaseService", named("a::b")).field() == "name");
  CHECK(refused("databaseService", named("a\\u0007b")).field() == "name");
  CHECK(refused("databaseService", named("a\\\"b")).field() == "name");
  CHECK(refused("databaseService", named(std::string(257, 'a'))).field() == "name");
  std::string umlauts;
  for (int i = 0; i < 256; ++i) umlauts += "\xC3\xA4";
  accepted("databaseService", named(umlauts));
  accepted("databaseService", named("a.b/c d:e"));
}

TEST_CASE("long values are cut in messages") {
  const Error error = refused("databaseService", R"({"name":"s","serviceType":")" + std::string(5000, 'x') + "\"}");
  CHECK(error.message().size() < 500);
  CHECK(says(error, "50 in all"));
}

TEST_CASE("column types must have what belongs to them") {
  struct {
    const char* members;
    const char* field;
    const char* says;
  } const kCases[] = {
      {R"("dataType":"VARCHAR")", "columns[0].dataLength",
       "For column data types char, varchar, binary, varbinary dataLength must not be null"},
      {R"("dataType":"ARRAY")", "columns[0].arrayDataType", "arrayDataType must not be null"},
      {R"("dataType":"INT","arrayDataType":"INT")", "columns[0].arrayDataType", "only for column data type array"},
      {R"("dataType":"STRUCT")", "columns[0].children", "children must not be null"},
      {R"("dataType":"BIGINTT")", "columns[0].dataType", "\"BIGINTT\""},
      {R"("dataType":"INT","colour":1)", "columns[0].colour", "Unrecognized field"},
      {R"("dataType":"STRUCT","children":[{"name":"b","dataType":"CHAR"}])", "columns[0].children[0].dataLength",
       "dataLength"},
      {R"("dataType":"STRUCT","children":[{"name":"b","dataType":"INT"},{"name":"B","dataType":"INT"}])",
       "columns[0].children[1].name", "repeated"},
  };
  for (const auto& c : kCases) {
    CAPTURE(c.members);
    const Error error = refused("table", table(column(c.members)));
    CHECK(error.field() == c.field);
    CHECK(says(error, c.says));
  }
  CHECK(refused("table", table(R"([{"name":"a","dataType":"INT"},{"name":"A","dataType":"INT"}])")).field() ==
        "columns[1].name");
}

TEST_CASE("a missing dataTypeDisplay is the type in lower case") {
  struct {
    const char* members;
    const char* display;
  } const kCases[] = {
      {R"("dataType":"VARCHAR","dataLength":7)", "varchar(7)"},
      {R"("dataType":"ARRAY","arrayDataType":"INT")", "array<int>"},
      {R"("dataType":"DECIMAL","precision":10,"scale":2)", "decimal(10,2)"},
      {R"("dataType":"STRUCT","children":[])", "struct"},
      {R"("dataType":"INT","dataLength":1.0)", "int"},
      {R"("dataType":"INT","dataTypeDisplay":"INT")", "INT"},
  };
  for (const auto& c : kCases) {
    const json::Document body = parsed(accepted("table", table(column(c.members))));
    CHECK(json::string_or((*json::find(body, "columns"))[0], "dataTypeDisplay") == c.display);
  }
}

TEST_CASE("columns are bounded in number and depth") {
  std::string many = "[";
  for (int i = 0; i <= 10'000; ++i)
    many += (i == 0 ? "" : ",") + (R"({"name":"c)" + std::to_string(i) + R"(","dataType":"INT"})");
  CHECK(says(refused("table", table(many + "]")), "at most 10000 columns"));

  std::string deep = R"([{"name":"a","dataType":"INT"}])";
  for (int i = 0; i < 40; ++i) deep = R"([{"name":"a","dataType":"STRUCT","children":)" + deep + "}]";
  json::Document body;
  JsonLimits generous;
  generous.max_depth = 200;
  REQUIRE(json::parse(table(deep), body, generous).ok());
  const Error error = validate(type("table"), Body::Create, body, Limits());
  CHECK(error.code() == Code::InvalidArgument);
  CHECK(says(error, "deeper than 64"));
}

TEST_CASE("labels are completed, stripped, sorted, and each is there once") {
  const json::Document body = parsed(accepted("database", R"({"name":"d","service":"s","tags":[
    {"tagFQN":"B.x","source":"Classification","labelType":"Automated","state":"Suggested",
     "name":"x","description":"d","style":{"a":1},"href":"http://h"},
    {"tagFQN":"A.x","source":"Classification"},{"tagFQN":"A.x","source":"Classification","reason":"r"},
    {"tagFQN":"C.x","source":"Classification","labelType":"Derived"}]})"));
  CHECK(json::write(*json::find(body, "tags")) ==
        R"([{"tagFQN":"A.x","source":"Classification","labelType":"Manual","state":"Confirmed"},)"
        R"({"tagFQN":"B.x","source":"Classification","labelType":"Automated","state":"Suggested"}])");
}

TEST_CASE("references stay texts or become what names the entity") {
  const auto owners = [](const char* list) {
    const json::Document body =
        parsed(accepted("database", R"({"name":"d","service":"s","owners":)" + std::string(list) + "}"));
    return json::write(*json::find(body, "owners"));
  };
  CHECK(owners(R"([{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","type":"user","displayName":"J","deleted":false}])") ==
        R"([{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","type":"user"}])");
  CHECK(owners(R"([{"name":"joe","type":"user"}])") == R"([{"type":"user","fullyQualifiedName":"joe"}])");
  CHECK(owners(R"([{"name":"joe","type":"user","inherited":true}])") == "[]");
  CHECK(owners(R"(["joe"])") == R"(["joe"])");
  CHECK(accepted("bot", R"({"name":"b","botUser":{"name":"joe"}})") ==
        R"({"name":"b","botUser":{"type":"user","fullyQualifiedName":"joe"},"provider":"user"})");
  CHECK(accepted("bot", R"({"name":"b","botUser":"joe"})") == R"({"name":"b","botUser":"joe","provider":"user"})");
}

TEST_CASE("owners are users or one team") {
  const auto owners = [](const char* list) {
    return R"({"name":"d","service":"s","owners":)" + std::string(list) + "}";
  };
  CHECK(
      says(refused("database", owners(R"([{"name":"a","type":"team"},{"name":"b","type":"team"}])")), "Only One Team"));
  CHECK(says(refused("database", owners(R"([{"name":"a","type":"team"},{"name":"b","type":"user"}])")), "not both"));
  accepted("database", owners(R"([{"name":"a","type":"user"},{"name":"b","type":"user"}])"));
}

TEST_CASE("the guide's owner is the first of owners") {
  CHECK(accepted("database", R"({"name":"d","service":"s","owner":{"name":"joe","type":"user"}})") ==
        R"({"name":"d","service":"s","owners":[{"type":"user","fullyQualifiedName":"joe"}],"default":false})");
  CHECK(accepted("database", R"({"name":"d","service":"s","owner":null})") ==
        R"({"name":"d","service":"s","default":false})");
  CHECK(refused("user", R"({"name":"u","email":"u@x.org","owner":{"name":"joe","type":"user"}})").field() == "owner");
}

TEST_CASE("an ingestion pipeline's service is a reference to any service") {
  const auto pipeline = [](const char* service) {
    return R"({"name":"p","pipelineType":"metadata","sourceConfig":{"config":{"type":"X"}},"airflowConfig":{},)"
           R"("service":)" +
           std::string(service) + "}";
  };
  accepted("ingestionPipeline", pipeline(R"({"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","type":"databaseService"})"));
  CHECK(refused("ingestionPipeline", pipeline(R"({"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","type":"table"})"))
            .field() == "service.type");
}

TEST_CASE("a connection is kept as it was sent") {
  const char* const body =
      R"({"name":"s","serviceType":"SQLite","connection":{"config":{"type":"SQLite","a":null,"b":[1.50,{"x":"y"}]}}})";
  CHECK(
      accepted("databaseService", body) ==
      R"({"name":"s","serviceType":"SQLite","connection":{"config":{"type":"SQLite","a":null,"b":[1.5,{"x":"y"}]}}})");
  CHECK(refused("databaseService", R"({"name":"s","serviceType":"SQLite","connection":{"conf":{}}})").field() ==
        "connection.conf");
}

TEST_CASE("policy rules have distinct names, operations and resources") {
  const auto policy = [](const char* rules) { return R"({"name":"p","rules":)" + std::string(rules) + "}"; };
  accepted("policy", policy(R"([{"name":"r","effect":"allow","operations":["All"],"resources":["all"]}])"));
  CHECK(refused("policy", policy(R"([{"name":"r","effect":"allow","operations":[],"resources":["all"]}])")).field() ==
        "rules[0].operations");
  CHECK(refused("policy", policy(R"([{"name":"r","effect":"maybe","operations":["All"],"resources":["all"]}])"))
            .field() == "rules[0].effect");
  CHECK(refused("policy", policy(R"([{"name":"r","effect":"allow","operations":["Fly"],"resources":["all"]}])"))
            .field() == "rules[0].operations[0]");
  CHECK(refused("policy", policy(R"([{"name":"r","effect":"allow","operations":["All"],"resources":["all"]},
    {"name":"r","effect":"deny","operations":["All"],"resources":["all"]}])"))
            .field() == "rules[1].name");
}

TEST_CASE("a user's passwords agree and e-mails look like one") {
  const auto user = [](const char* members) { return R"({"name":"u",)" + std::string(members) + "}"; };
  accepted("user", user(R"("email":"u@example.org","password":"p","confirmPassword":"p")"));
  CHECK(refused("user", user(R"("email":"u@example.org","password":"p","confirmPassword":"q")")).field() ==
        "confirmPassword");
  for (const char* email : {"u", "u@x", "@example.org", "u@.org.", "u v@example.org"}) {
    CAPTURE(email);
    CHECK(refused("user", user((R"("email":")" + std::string(email) + "\"").c_str())).field() == "email");
  }
}

TEST_CASE("a patched entity is checked whole and gets no defaults") {
  CHECK(accepted("table", R"({"id":"x","name":"t","version":0.2,"columns":[],"certification":null,
    "entityStatus":"Draft","service":{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","type":"databaseService"}})",
                 Body::Patched) ==
        R"({"name":"t","columns":[],"entityStatus":"Draft",)"
        R"("service":{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","type":"databaseService"}})");
  CHECK(refused("table", R"({"name":"t"})", Body::Patched).field() == "columns");
  CHECK(refused("table", R"({"name":"t","columns":[],"x":1})", Body::Patched).field() == "x");
  CHECK(refused("bot", R"({"name":"b"})", Body::Patched).field() == "botUser");
  accepted("role", R"({"name":"r"})", Body::Patched);
}

TEST_CASE("a body that is no object is refused") {
  for (const char* body : {"[]", "5", "null", "\"x\""}) CHECK(refused("table", body).code() == Code::InvalidArgument);
}
