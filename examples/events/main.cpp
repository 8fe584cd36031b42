// Follows what changes in a catalog, and goes on where it stopped.
//
//   events DIR            makes a few changes in the catalog in DIR and prints the events since the last run
//
// The position lies in DIR/position: it is written after the events up to it were dealt with, so that a crash between
// the two makes an event come again, and none is lost. An event's id is the same both times.

#include <metadata/metadata.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace {

using metadata::ChangeEvent;

metadata::Seq read_position(const std::string& file) {
  metadata::Seq position = 0;
  std::ifstream(file) >> position;
  return position;
}

int failed(const char* what, const metadata::Error& error) {
  std::fprintf(stderr, "%s: %s\n", what, error.text().c_str());
  return 1;
}

/// Something to tell of: a service that is put without a description, and then gets one.
metadata::Error change_something(metadata::Catalog& catalog, metadata::Seq position) {
  const auto service = catalog.put("databaseService", R"({"name":"shop","serviceType":"SQLite"})");
  if (!service.ok()) return service.error();
  const std::string text = "described when the log ended after " + std::to_string(position);
  const auto patch = metadata::Patch::parse(R"([{"op":"add","path":"/description","value":")" + text + R"("}])");
  if (!patch.ok()) return patch.error();
  const auto written = catalog.patch(service->entity.ref(), *patch);
  return written.ok() ? metadata::Error() : written.error();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: events DIR\n");
    return 64;
  }
  const std::string directory = argv[1];
  metadata::Options options;
  options.path = directory;
  const auto catalog = metadata::Catalog::open(options);
  if (!catalog.ok()) return failed("open", catalog.error());
  const std::string file = directory + "/position";
  const metadata::Seq position = read_position(file);
  if (const auto error = change_something(**catalog, position); !error.ok()) return failed("write", error);

  metadata::EventQuery services;
  services.any = {{.entity_types = {"databaseService"}}};
  const auto stream = (*catalog)->events().stream(position, services);
  if (!stream.ok()) return failed("stream", stream.error());
  while (true) {
    const auto event = (*stream)->next(std::chrono::milliseconds(0));
    if (!event.ok()) return failed("next", event.error());
    if (!*event) break;
    std::printf("%s\n", metadata::event_payload(**event).c_str());
    std::ofstream(file, std::ios::trunc) << (*stream)->position() << "\n";
  }
  return 0;
}
