#include "search/views.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "place.h"

using namespace metadata;
using namespace metadata::search::test;

TEST_CASE("who reads more slowly than the writer waits for a reader comes to an end all the same") {
  const Folder folder;
  Xapian::WritableDatabase database(folder.path() + "/part", Xapian::DB_CREATE);
  const std::string text(1000, 'x');
  for (int i = 0; i < 1000; ++i) {
    Xapian::Document document;
    document.set_data(text);
    database.replace_document("Q" + std::to_string(i), document);
  }
  database.commit();
  search::Views views({folder.path() + "/part"});
  std::atomic<bool> over{false};
  std::atomic<int> commits{0};
  std::thread writer([&] {
    for (; !over; ++commits) {
      views.wait_for_readers(std::chrono::milliseconds(1));
      for (int i = 0; i < 1000; i += 10) {
        Xapian::Document document;
        document.set_data(text + std::to_string(commits));
        database.replace_document("Q" + std::to_string(i), document);
      }
      {
        const auto committing = views.committing();
        database.commit();
      }
      views.advance();
    }
  });
  int tries = 0;
  const Error error = views.read([&](const Xapian::Database& read) -> Error {
    const int seen = commits;
    // The first tries read until their state is gone, which it is after two commits; the later ones are only slow.
    for (int ms = 0; commits < seen + 3 && (tries < 3 || ms < 300); ++ms)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ++tries;
    if (commits >= seen + 3) return Error(Code::Conflict, "what was read may have been overwritten");
    for (Xapian::docid id = 1; id <= 1000; ++id) {
      if (read.get_document(id).get_data().size() < text.size()) return internal_error("a document is cut off");
    }
    return {};
  });
  over = true;
  writer.join();
  CHECK_MESSAGE(error.ok(), error.text());
  CHECK(tries > 3);
}
