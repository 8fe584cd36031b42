// What a decision about access costs: by rules that are kept with a principal, and for lists that are seen in part.
//   access_rules [tables]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "metadata/metadata.h"

using namespace metadata;
using Clock_ = std::chrono::steady_clock;

namespace {

template <class T>
T must(Result<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(1);
}

template <class Work>
double microseconds(int times, Work work) {
  const auto began = Clock_::now();
  for (int i = 0; i < times; ++i) work();
  return std::chrono::duration<double, std::micro>(Clock_::now() - began).count() / times;
}

Principal person(Catalog& catalog, const std::string& name, const std::string& rules) {
  must(catalog.put("policy", R"({"name":"policy-)" + name + R"(","rules":[)" + rules + "]}"));
  must(catalog.put("role", R"({"name":"role-)" + name + R"(","policies":["policy-)" + name + R"("]})"));
  must(catalog.put(
      "user", R"({"name":")" + name + R"(","email":")" + name + R"(@example.org","roles":["role-)" + name + R"("]})"));
  return must(catalog.access().principal(name));
}

}  // namespace

int main(int argc, char** argv) {
  const int tables = argc > 1 ? std::atoi(argv[1]) : 10'000;
  auto catalog = must(Catalog::open({.path = ":memory:", .background = false}));
  must(catalog->put("databaseService", R"({"name":"svc","serviceType":"SQLite"})"));
  must(catalog->put("database", R"({"name":"db","service":"svc"})"));
  must(catalog->put("databaseSchema", R"({"name":"s","database":"svc.db"})"));
  const std::string view = R"({"name":"view","effect":"allow","resources":["All"],"operations":["ViewAll"]})";
  const std::string own =
      R"x({"name":"own","effect":"allow","resources":["All"],"operations":["ViewAll","EditAll"],"condition":"isOwner()"})x";
  must(catalog->put("classification", R"({"name":"Care","description":"d"})"));
  must(catalog->put("tag", R"({"name":"high","classification":"Care","description":"d"})"));
  const auto with_label = [](const std::string& effect) {
    return R"x({"name":"label","resources":["table"],"operations":["ViewAll"],"condition":"matchAnyTag('Care.high')","effect":")x" +
           effect + "\"}";
  };
  const Principal viewer = person(*catalog, "viewer", view + "," + own), owner = person(*catalog, "owner", own);
  const Principal allowed = person(*catalog, "allowed", with_label("allow"));
  const Principal denied = person(*catalog, "denied", view + "," + with_label("deny"));
  for (int i = 0; i < tables; ++i) {
    const std::string owners = i % 10 == 0 ? R"(,"owners":[{"type":"user","id":")" + owner.id.text() + R"("}])" : "";
    must(catalog->put("table",
                      R"({"name":"t)" + std::to_string(i) +
                          R"(","databaseSchema":"svc.db.s","columns":[{"name":"id","dataType":"INT"}])" + owners +
                          (i % 2 == 0 ? R"(,"tags":[{"tagFQN":"Care.high","source":"Classification"}]})" : "}")));
  }
  const auto target = EntityRef::by_fqn("table", "svc.db.s.t0");
  const auto list = [&](const Principal& as) {
    return microseconds(20, [&] { must(catalog->list("table", {.as = as, .limit = 100})); });
  };
  std::printf("decision for a type, allowed     %8.3f us\n",
              microseconds(1'000'000, [&] { (void)catalog->access().allowed(viewer, {"ViewBasic"}, "table"); }));
  std::printf("decision for a type, refused     %8.3f us\n",
              microseconds(1'000'000, [&] { (void)catalog->access().allowed(viewer, {"Delete"}, "table"); }));
  std::printf("decision for one entity, by owner%8.3f us\n", microseconds(20'000, [&] {
                if (!catalog->check_allowed(owner, {"EditAll"}, target).ok()) std::exit(1);
              }));
  std::printf("rules of a user, from the store  %8.3f us\n",
              microseconds(2'000, [&] { must(catalog->access().principal("viewer")); }));
  std::printf("get, who sees everything         %8.3f us\n",
              microseconds(100'000, [&] { must(catalog->get(target, {.as = viewer})); }));
  std::printf("get, who sees what is owned      %8.3f us\n",
              microseconds(20'000, [&] { must(catalog->get(target, {.as = owner})); }));
  std::printf("list of 100 of %d, everything    %8.1f us\n", tables, list(viewer));
  std::printf("list of 100 of %d, owned tenth   %8.1f us\n", tables, list(owner));
  std::printf("list of 100 of %d, labelled half %8.1f us\n", tables, list(allowed));
  std::printf("list of 100 of %d, the other half%8.1f us\n", tables, list(denied));
  return 0;
}
