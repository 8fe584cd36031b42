// Measures JSON Patch from text to text, one core, against nlohmann::json's: a patch of six operations on the document
// of a table of 2.5 KB. Parse the document, parse the patch, apply, write; nothing is kept from one round to the next.
//
//   json_patch [SECONDS]     both run in turns, a tenth of a second each (2 s in all for each library)
//
// Prints patches a second of processor time, p50 and p99 of one by the clock, and the ratio; then what the parts cost
// alone. Processor time, because another program on the machine is not what is measured. Document and patch are always
// the same. Exits 1 when the two libraries do not give the same document.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "metadata/json.h"
#include "metadata/patch.h"

namespace {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

// A table as the server stores it: always the same text, made of no random numbers.
std::string table() {
  const char* const types[] = {"BIGINT", "VARCHAR", "TIMESTAMP", "DECIMAL", "BOOLEAN"};
  metadata::JsonWriter out;
  out.begin_object();
  out.key("id").string("7b2e3c1a-9f0d-4a65-8a37-0c5d1e2f3a4b").key("name").string("orders");
  out.key("fullyQualifiedName").string("shop_postgres.sales.public.orders").key("displayName").string("Orders");
  out.key("description")
      .string("One row an order, from the moment the basket is \"paid\" – prices in €.\nSee the guide.");
  out.key("version").number(0.3).key("updatedAt").integer(1'762'000'000'123).key("updatedBy").string("admin");
  out.key("tableType").string("Regular").key("deleted").boolean(false).key("columns").begin_array();
  for (int i = 0; i < 13; ++i) {
    const std::string name = "column_" + std::to_string(i);
    out.begin_object().key("name").string(name).key("dataType").string(types[i % 5]);
    if (i % 5 == 1) out.key("dataLength").integer(255);
    out.key("description").string("The column number " + std::to_string(i) + " of the orders");
    out.key("fullyQualifiedName").string("shop_postgres.sales.public.orders." + name).end_object();
  }
  out.end_array().key("tags").begin_array().begin_object().key("tagFQN").string("Tier.Tier2");
  out.key("source").string("Classification").key("labelType").string("Manual").key("state").string("Confirmed");
  out.end_object().end_array().key("retentionPeriod").string("P365D").end_object();
  return std::move(out).text();
}

constexpr const char* kPatch =
    R"([{"op":"test","path":"/version","value":0.3},)"
    R"({"op":"replace","path":"/description","value":"One row an order; the amount is without tax."},)"
    R"({"op":"add","path":"/tags/-","value":{"tagFQN":"PII.Sensitive","source":"Classification",)"
    R"("labelType":"Manual","state":"Confirmed"}},)"
    R"({"op":"add","path":"/columns/3/description","value":"What was paid, in cents"},)"
    R"({"op":"remove","path":"/retentionPeriod"},)"
    R"({"op":"move","from":"/columns/9/description","path":"/columns/10/description"}])";

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "json_patch: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T value_of(metadata::Result<T> result) {
  if (!result.ok()) fail(result.error().text());
  return *std::move(result);
}

std::string ours(const std::string& document, const std::string& patch) {
  const metadata::Patch operations = value_of(metadata::Patch::parse(patch));
  return value_of(operations.apply(value_of(metadata::Json::parse(document)))).text();
}

std::string theirs(const std::string& document, const std::string& patch) {
  const nlohmann::json operations = nlohmann::json::parse(patch);
  return nlohmann::json::parse(document).patch(operations).dump();
}

// How long each call took by the clock, in nanoseconds, and how long the processor was at work in all.
struct Times {
  std::vector<long long> each;
  long long processor = 0;

  double a_second() const { return static_cast<double>(each.size()) * 1e9 / static_cast<double>(processor); }
  double micros(double part) {
    const auto place = each.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(each.size() - 1));
    std::nth_element(each.begin(), place, each.end());
    return static_cast<double>(*place) / 1000;
  }
};

long long processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

// So that no result is thrown away before it is made.
std::size_t g_bytes = 0;

template <class Work>
void run_for(Nanoseconds time, Times& times, const Work& work) {
  const long long processor = processor_time();
  const auto end = Clock::now() + time;
  for (auto begin = Clock::now(); begin < end;) {
    g_bytes += work();
    const auto now = Clock::now();
    times.each.push_back(std::chrono::duration_cast<Nanoseconds>(now - begin).count());
    begin = now;
  }
  times.processor += processor_time() - processor;
}

void print(const char* name, Times& times) {
  std::printf("%-28s %9.0f/s   p50 %7.2f us   p99 %7.2f us\n", name, times.a_second(), times.micros(0.5),
              times.micros(0.99));
}

template <class Work>
void part(const char* name, const Work& work) {
  Times times;
  run_for(std::chrono::milliseconds(300), times, work);
  print(name, times);
}

void print_parts(const std::string& document) {
  const metadata::Json tree = value_of(metadata::Json::parse(document));
  const metadata::Patch patch = value_of(metadata::Patch::parse(kPatch));
  part("  parse the document", [&] { return value_of(metadata::Json::parse(document)).size(); });
  part("  parse the patch", [&] { return value_of(metadata::Patch::parse(kPatch)).size(); });
  part("  apply", [&] { return value_of(patch.apply(tree)).size(); });
  part("  write the document", [&] { return tree.text().size(); });
  part("  nlohmann: parse", [&] { return nlohmann::json::parse(document).size(); });

  std::string large = "[" + document;
  while (large.size() < (std::size_t{1} << 20)) large += "," + document;
  large += "]";
  Times times;
  run_for(std::chrono::milliseconds(500), times, [&] { return value_of(metadata::Json::parse(large)).size(); });
  std::printf("  parse 1 MiB of such text: %.2f ns a byte\n",
              times.micros(0.5) * 1000 / static_cast<double>(large.size()));
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  const std::string document = table();
  const std::string patch = kPatch;
  if (nlohmann::json::parse(ours(document, patch)) != nlohmann::json::parse(theirs(document, patch))) {
    fail("the two libraries give different documents");
  }
  Times of_ours;
  Times of_theirs;
  const int turns = std::max(1, static_cast<int>(seconds * 10));
  for (int i = 0; i < turns; ++i) {
    run_for(std::chrono::milliseconds(100), of_ours, [&] { return ours(document, patch).size(); });
    run_for(std::chrono::milliseconds(100), of_theirs, [&] { return theirs(document, patch).size(); });
  }
  std::printf("JSON Patch, six operations, text to text: document of %zu bytes, patch of %zu\n", document.size(),
              patch.size());
  print("libmetadata", of_ours);
  print("nlohmann::json", of_theirs);
  std::printf("ratio by processor time %.2f, by p50 %.2f\n", of_ours.a_second() / of_theirs.a_second(),
              of_theirs.micros(0.5) / of_ours.micros(0.5));
  print_parts(document);
  return g_bytes == 0 ? 1 : 0;
}
