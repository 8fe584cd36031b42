#include <functional>

#include "base/hash.h"
#include "base/tar.h"
#include "places.h"

namespace metadata::backup::test {
namespace {

using base::kTarBlock;

/// A backup in memory, to be spoiled.
struct Parts {
  std::string manifest;
  std::vector<std::pair<base::TarEntry, std::string>> files;  // behind the manifest
  std::string end = std::string(base::kTarEndBytes, '\0');
  std::function<std::string(const base::TarEntry&)> header = base::tar_header;

  static void put(std::string& archive, const std::string& head, const std::string& bytes) {
    archive += head + bytes + std::string(base::tar_padding(bytes.size()), '\0');
  }
  std::string text() const {
    std::string archive;
    put(archive, base::tar_header({"manifest.json", manifest.size(), files.front().first.time_s}), manifest);
    for (const auto& [entry, bytes] : files) put(archive, header(entry), bytes);
    return archive + end;
  }
};

Parts parts_of(const std::string& archive) {
  Parts parts;
  std::size_t at = 0;
  while (archive[at] != '\0') {
    const std::string head = archive.substr(at, kTarBlock);
    const auto size = static_cast<std::size_t>(*base::tar_size(head));
    const base::TarEntry entry{head.c_str(), size, *base::tar_time(head)};
    const std::string bytes = archive.substr(at + kTarBlock, size);
    if (entry.name == "manifest.json") {
      parts.manifest = bytes;
    } else {
      parts.files.emplace_back(entry, bytes);
    }
    at += kTarBlock + size + base::tar_padding(size);
  }
  return parts;
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

/// Gives the file other bytes and makes the manifest agree with them.
void swap_bytes(Parts& parts, std::size_t index, const std::string& bytes) {
  auto& [entry, old] = parts.files[index];
  replace(parts.manifest, base::sha256_hex(old), base::sha256_hex(bytes));
  const std::string member = "\"name\":\"" + entry.name + "\",\"size\":";
  replace(parts.manifest, member + std::to_string(old.size()), member + std::to_string(bytes.size()));
  entry.size = bytes.size();
  old = bytes;
}

/// Gives the file another name, in the manifest too.
void rename(Parts& parts, std::size_t index, const std::string& name) {
  replace(parts.manifest, "\"name\":\"" + parts.files[index].first.name + "\"", "\"name\":\"" + name + "\"");
  parts.files[index].first.name = name;
}

using Spoil = std::function<std::string(Parts parts, const std::string& whole)>;
struct Variant {
  const char* name;
  const char* reason;  // words of it
  Spoil spoil;
};

std::string with_header(Parts parts, const std::function<void(std::string& head)>& change) {
  parts.header = [change](const base::TarEntry& entry) {
    std::string head = base::tar_header(entry);
    if (entry.name != "keys/secret.key") return head;
    change(head);
    return head;
  };
  return parts.text();
}

/// Of the files of a backup: the database, then the two keys, then a file of the host.
const std::vector<Variant> kVariants = {
    {"an empty file", "not a backup", [](Parts, const std::string&) { return std::string(); }},
    {"a text", "not a backup", [](Parts, const std::string&) { return std::string(5000, 'x'); }},
    {"zeros", "not a backup", [](Parts, const std::string&) { return std::string(4096, '\0'); }},
    {"cut off in the first block", "not a backup",
     [](Parts, const std::string& whole) { return whole.substr(0, 300); }},
    {"cut off in the manifest", "within its manifest",
     [](Parts, const std::string& whole) { return whole.substr(0, 700); }},
    {"cut off in the database", "catalog.db does not fit",
     [](Parts, const std::string& whole) { return whole.substr(0, 50'000); }},
    {"cut off by one byte", "its manifest tells of",
     [](Parts, const std::string& whole) { return whole.substr(0, whole.size() - 1); }},
    {"cut off by its end", "its manifest tells of",
     [](Parts, const std::string& whole) { return whole.substr(0, whole.size() - 1024); }},
    {"longer by a byte", "its manifest tells of", [](Parts, const std::string& whole) { return whole + '\0'; }},
    {"longer by a block", "its manifest tells of",
     [](Parts, const std::string& whole) { return whole + std::string(512, '\0'); }},
    {"two backups in a row", "its manifest tells of", [](Parts, const std::string& whole) { return whole + whole; }},
    {"a flipped bit in the database", "catalog.db is damaged",
     [](Parts, const std::string& whole) {
       std::string bytes = whole;
       bytes[whole.size() / 2] = static_cast<char>(bytes[whole.size() / 2] ^ 1);
       return bytes;
     }},
    {"a flipped bit in a key", "keys/secret.key is damaged",
     [](Parts parts, const std::string&) {
       parts.files[1].second[5] = static_cast<char>(parts.files[1].second[5] ^ 1);
       return parts.text();
     }},
    {"a flipped bit in the manifest's digest", "catalog.db is damaged",
     [](Parts parts, const std::string&) {
       char& digit = parts.manifest[parts.manifest.find("\"sha256\":\"") + 20];
       digit = digit == '0' ? '1' : '0';
       return parts.text();
     }},
    {"bytes between the files", "between its files",
     [](Parts parts, const std::string& whole) {
       std::string bytes = whole;
       bytes[kTarBlock + parts.manifest.size()] = 'x';
       return bytes;
     }},
    {"bytes in its end", "between its files",
     [](Parts, const std::string& whole) {
       std::string bytes = whole;
       bytes.back() = 'x';
       return bytes;
     }},
    {"a newer form", "the form 2",
     [](Parts parts, const std::string&) {
       replace(parts.manifest, "\"container\":1", "\"container\":2");
       return parts.text();
     }},
    {"a newer format", "format 999",
     [](Parts parts, const std::string&) {
       const std::size_t at = parts.manifest.find("\"format\":") + 9;
       parts.manifest.replace(at, parts.manifest.find(',', at) - at, "999");
       return parts.text();
     }},
    {"no manifest", "not a backup",
     [](Parts parts, const std::string& whole) {
       return whole.substr(kTarBlock + parts.manifest.size() + base::tar_padding(parts.manifest.size()));
     }},
    {"a manifest that is not JSON", "invalid JSON",
     [](Parts parts, const std::string&) {
       parts.manifest = "container: 1";
       return parts.text();
     }},
    {"a manifest of many megabytes", "too large",
     [](Parts parts, const std::string&) {
       parts.manifest += std::string(std::size_t{2} << 20, ' ');
       return parts.text();
     }},
    {"a name that leads out", "does not belong",
     [](Parts parts, const std::string&) {
       rename(parts, 3, "../out");
       return parts.text();
     }},
    {"an absolute name", "does not belong",
     [](Parts parts, const std::string&) {
       rename(parts, 3, "/tmp/out");
       return parts.text();
     }},
    {"a name that leads out on a detour", "does not belong",
     [](Parts parts, const std::string&) {
       rename(parts, 3, "a/../../out");
       return parts.text();
     }},
    {"a log for the database", "does not belong",
     [](Parts parts, const std::string&) {
       rename(parts, 3, "catalog.db-wal");
       return parts.text();
     }},
    {"a name in the header that the manifest has not", "hold seeded",
     [](Parts parts, const std::string&) {
       parts.files[3].first.name = "../out";
       return parts.text();
     }},
    {"a file twice", "twice",
     [](Parts parts, const std::string&) {
       rename(parts, 3, "keys/secret.key");
       return parts.text();
     }},
    {"a link", "hold keys/secret.key",
     [](Parts parts, const std::string&) { return with_header(parts, [](std::string& h) { h[156] = '2'; }); }},
    {"a device", "hold keys/secret.key",
     [](Parts parts, const std::string&) { return with_header(parts, [](std::string& h) { h[156] = '4'; }); }},
    {"a directory", "hold keys/secret.key",
     [](Parts parts, const std::string&) { return with_header(parts, [](std::string& h) { h[156] = '5'; }); }},
    {"a mode that lets others read", "hold keys/secret.key",
     [](Parts parts, const std::string&) { return with_header(parts, [](std::string& h) { h[104] = '7'; }); }},
    {"a size in the header that lies", "hold keys/secret.key",
     [](Parts parts, const std::string&) { return with_header(parts, [](std::string& h) { h[125] = '7'; }); }},
    {"a size in the manifest beyond all bounds", "does not fit",
     [](Parts parts, const std::string&) {
       replace(parts.manifest, "\"size\":32,", "\"size\":9223372036854775807,");
       return parts.text();
     }},
    {"sizes that sum up past the end of numbers", "size is no number",
     [](Parts parts, const std::string&) {
       replace(parts.manifest, "\"size\":32,", "\"size\":18446744073709551615,");
       return parts.text();
     }},
    {"a file that the manifest has not", "its manifest tells of",
     [](Parts parts, const std::string&) {
       parts.files.push_back(parts.files.back());
       return parts.text();
     }},
    {"a file less than the manifest has", "its manifest tells of",
     [](Parts parts, const std::string&) {
       parts.files.pop_back();
       return parts.text();
     }},
    {"files in another order", "hold keys/secret.key",
     [](Parts parts, const std::string&) {
       std::swap(parts.files[1], parts.files[2]);
       return parts.text();
     }},
    {"no database", "no database",
     [](Parts parts, const std::string&) {
       rename(parts, 0, "other.db");
       return parts.text();
     }},
    {"no key", "does not name the keys",
     [](Parts parts, const std::string&) {
       rename(parts, 1, "other.key");
       return parts.text();
     }},
    {"a text for a database, with its right digest", "not the database of a catalog",
     [](Parts parts, const std::string&) {
       swap_bytes(parts, 0, std::string(20'000, 'x'));
       return parts.text();
     }},
    {"a damaged database, with its right digest", "malformed",
     [](Parts parts, const std::string&) {
       std::string bytes = parts.files[0].second;
       for (std::size_t page = 16384; page < bytes.size(); page += 16384) bytes[page] = '\x7f';
       swap_bytes(parts, 0, bytes);
       return parts.text();
     }},
    {"half a database, with its right digest", "not the database of a catalog",
     [](Parts parts, const std::string&) {
       swap_bytes(parts, 0, parts.files[0].second.substr(0, 16384 * 5));
       return parts.text();
     }},
    {"a database of another program, with its right digest", "not the database of a catalog",
     [](Parts parts, const std::string&) {
       std::string bytes = parts.files[0].second;
       bytes[68] = '\0';
       swap_bytes(parts, 0, bytes);
       return parts.text();
     }},
    {"a database of a newer format, with its right digest", "formats up to",
     [](Parts parts, const std::string&) {
       std::string bytes = parts.files[0].second;
       bytes[62] = '\x03';
       swap_bytes(parts, 0, bytes);
       return parts.text();
     }},
    {"the database of another catalog", "not the one that its manifest",
     [](Parts parts, const std::string&) {
       const std::size_t at = parts.manifest.find("\"storeId\":\"") + 11;
       parts.manifest.replace(at, 4, "ffff");
       return parts.text();
     }},
    {"a later manifest", "not the one that its manifest",
     [](Parts parts, const std::string&) {
       replace(parts.manifest, "\"lastSeq\":", "\"lastSeq\":9");
       return parts.text();
     }},
};

}  // namespace

TEST_CASE("D18: damaged, cut off, foreign and hostile archives are refused with a reason, and nothing is touched") {
  Place place;
  {
    auto catalog = open(place.at("data"));
    fill(*catalog);
    for (int i = 0; i < 40; ++i) table(*catalog, "t" + std::to_string(i));
    put_content(place.at("data/seeded"), "1\n");
    must(catalog->backup(place.at("whole.tar"), {.also = {"seeded"}}));
  }
  const std::string whole = content(place.at("whole.tar"));
  const Parts parts = parts_of(whole);
  REQUIRE(parts.files.size() == 4);
  REQUIRE(parts.text() == whole);  // so each variant is spoiled by what it says, and by nothing else

  std::filesystem::create_directory(place.at("target"));
  put_content(place.at("spoiled.tar"), "");
  auto before = place.all();
  before.erase("spoiled.tar");
  CHECK(kVariants.size() >= 30);
  for (const Variant& variant : kVariants) {
    CAPTURE(std::string(variant.name));
    const std::string spoiled = variant.spoil(parts, whole);
    CHECK(spoiled != whole);
    put_content(place.at("spoiled.tar"), spoiled);
    for (const char* target : {"target", "missing"}) {
      const auto result = restore_backup(place.at("spoiled.tar"), place.at(target));
      CHECK(result.error().code() == Code::Corrupt);
      CHECK_MESSAGE(result.error().message().find(variant.reason) != std::string_view::npos, result.error().message());
    }
    auto after = place.all();
    after.erase("spoiled.tar");
    CHECK(after == before);
  }
  must(restore_backup(place.at("whole.tar"), place.at("target")));
}

TEST_CASE("D18: an archive with a hole of a terabyte is refused before anything is unpacked") {
  Place place;
  {
    auto catalog = open(place.at("data"));
    fill(*catalog);
    must(catalog->backup(place.at("b.tar")));
  }
  constexpr std::uint64_t kTerabyte = std::uint64_t{1} << 40;
  std::filesystem::resize_file(place.at("b.tar"), kTerabyte);
  CHECK(restore_backup(place.at("b.tar"), place.at("new")).error().code() == Code::Corrupt);
  CHECK_FALSE(std::filesystem::exists(place.at("new")));
}

}  // namespace metadata::backup::test
