#include "store/sqlite/schema.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

// Narrow rows lie apart from bodies: a range statement over `entity` writes a tenth of what it would write with the
// JSON in it. Every column that refers to an entity has an index, for a DELETE of an entity looks into each of them.
constexpr const char* kFirstFormat = R"sql(
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE entity (
  rid INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  type TEXT NOT NULL CHECK (type <> ''),
  tree TEXT NOT NULL CHECK (tree <> ''),
  fqn_key TEXT NOT NULL CHECK (fqn_key <> ''),
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  revision INTEGER NOT NULL CHECK (revision >= 1),
  version INTEGER NOT NULL CHECK (version >= 1),
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  mark INTEGER NOT NULL CHECK (mark BETWEEN 0 AND 2),
  UNIQUE (type, fqn_key)
) STRICT;
CREATE INDEX entity_list ON entity (type, deleted, fqn_key, tree);

CREATE TABLE body (
  rid INTEGER PRIMARY KEY REFERENCES entity ON DELETE CASCADE,
  change TEXT NOT NULL,
  provenance TEXT NOT NULL,
  document TEXT NOT NULL
) STRICT;

CREATE TABLE history (
  rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  version INTEGER NOT NULL CHECK (version >= 1),
  revision INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  mark INTEGER NOT NULL CHECK (mark BETWEEN 0 AND 2),
  "full" INTEGER NOT NULL CHECK ("full" IN (0, 1)),
  change TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX history_version ON history (rid, version);

CREATE TABLE relation (
  from_rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind <> ''),
  to_rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  position INTEGER NOT NULL,
  since_seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (from_rid, kind, to_rid)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_to ON relation (to_rid, kind);

CREATE TABLE tag_usage (
  rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  path TEXT NOT NULL,
  tag_rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  position INTEGER NOT NULL,
  source TEXT NOT NULL,
  label_type TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (rid, path, tag_rid)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_usage_tag ON tag_usage (tag_rid);

CREATE TABLE attribute (
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  fqn_key TEXT NOT NULL,
  rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  PRIMARY KEY (type, name, value, fqn_key, rid)
) STRICT, WITHOUT ROWID;
CREATE INDEX attribute_rid ON attribute (rid);

CREATE TABLE series (
  owner_rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind <> ''),
  id TEXT NOT NULL,
  ts INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX series_id ON series (owner_rid, kind, id);
CREATE INDEX series_time ON series (owner_rid, kind, ts);

CREATE TABLE change_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind >= 0),
  type TEXT NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  tree TEXT NOT NULL,
  fqn_key TEXT NOT NULL,
  subtree INTEGER NOT NULL CHECK (subtree IN (0, 1)),
  revision INTEGER NOT NULL,
  version INTEGER NOT NULL,
  actor TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  source TEXT NOT NULL,
  facts TEXT NOT NULL,
  change TEXT NOT NULL
) STRICT;

CREATE TABLE counter (
  type TEXT NOT NULL,
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  tree TEXT NOT NULL,
  n INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (type, deleted, tree)
) STRICT, WITHOUT ROWID;

CREATE TABLE side (
  kind TEXT NOT NULL CHECK (kind <> ''),
  key TEXT NOT NULL,
  owner_rid INTEGER REFERENCES entity ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX side_owner ON side (owner_rid);
CREATE INDEX side_expiry ON side (expires_at) WHERE expires_at > 0;

INSERT INTO setting (name, value) VALUES ('store.id', lower(hex(randomblob(8))));
)sql";

// Rows that were taken from `entity` while what hangs on them (body, history, edges …) still lies about, to be reaped
// in pieces. Nothing finds its way to them any more: whoever reads what hangs on an entity comes from its row.
constexpr const char* kGone = R"sql(
CREATE TABLE gone (
  rid INTEGER PRIMARY KEY
) STRICT;
)sql";

// Lineage edges. A walk reads nothing but the two indexes over the ends, whatever an edge's details weigh; a walk along
// columns nothing but those of lineage_column. AUTOINCREMENT: columns of an edge that is gone and not yet reaped must
// not become those of another.
constexpr const char* kLineage = R"sql(
CREATE TABLE lineage (
  edge INTEGER PRIMARY KEY AUTOINCREMENT,
  from_rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  to_rid INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  source TEXT NOT NULL CHECK (source <> ''),
  pipeline_rid INTEGER REFERENCES entity ON DELETE SET NULL,
  seq INTEGER NOT NULL,
  description TEXT NOT NULL,
  body TEXT NOT NULL,
  CHECK (from_rid <> to_rid)
) STRICT;
CREATE UNIQUE INDEX lineage_from ON lineage (from_rid, to_rid);
CREATE UNIQUE INDEX lineage_to ON lineage (to_rid, from_rid);
CREATE INDEX lineage_pipeline ON lineage (pipeline_rid) WHERE pipeline_rid IS NOT NULL;

CREATE TABLE lineage_column (
  edge INTEGER NOT NULL REFERENCES lineage ON DELETE CASCADE,
  mapping INTEGER NOT NULL,
  item INTEGER NOT NULL,
  from_rid INTEGER NOT NULL,
  from_column TEXT NOT NULL,
  to_rid INTEGER NOT NULL,
  to_column TEXT NOT NULL,
  function TEXT NOT NULL,
  PRIMARY KEY (edge, mapping, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_column_from ON lineage_column (from_rid, from_column, to_rid, to_column);
CREATE INDEX lineage_column_to ON lineage_column (to_rid, to_column, from_rid, from_column);
)sql";

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;

std::uint32_t big_endian(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

Error newer_format(const std::string& file, std::int64_t found, std::size_t known) {
  return corrupt(file + " has format " + std::to_string(found) +
                 ", written by a newer version of this program; this one knows formats up to " + std::to_string(known));
}

Error not_a_catalog(const std::string& file, std::string_view why) {
  return corrupt(file + " is not a catalog: " + std::string(why));
}

/// At most `size` first bytes of a file.
Result<std::string> head_of(int fd, const std::string& file, std::size_t size) {
  std::string head(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(fd, head.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unavailable("cannot read " + file + ": " + std::strerror(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  head.resize(have);
  return head;
}

Result<std::int64_t> pragma_number(Connection& connection, const char* sql) {
  Statement query(connection, sql);
  return number_of(query);
}

}  // namespace

std::span<const std::string> schema_steps() {
  static const std::array<std::string, 3> steps = {kFirstFormat, kGone, kLineage};
  return steps;
}

Result<std::int64_t> format_of(Connection& connection) { return pragma_number(connection, "PRAGMA user_version"); }

Error migrate(Connection& writer, std::span<const std::string> steps, const std::string& file) {
  MD_LET(format, format_of(writer));
  if (format < 0 || static_cast<std::uint64_t>(format) > steps.size()) return newer_format(file, format, steps.size());
  if (static_cast<std::size_t>(format) == steps.size()) return {};
  std::string script = "BEGIN IMMEDIATE;";
  for (const std::string& step : steps.subspan(static_cast<std::size_t>(format))) script += step + ";";
  // The number moves with the tables: a crash leaves the old format or the newest, never something between.
  Error error = writer.execute(script + "PRAGMA application_id=" + std::to_string(kApplicationId) +
                               ";PRAGMA user_version=" + std::to_string(steps.size()) + ";COMMIT");
  if (!error.ok() && writer.in_transaction()) MD_OK(writer.execute("ROLLBACK"));
  return error;
}

Result<FileState> inspect_file(const std::string& file, std::size_t formats) {
  // Without O_NONBLOCK the open of a named pipe would wait for a writer.
  const int fd = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return FileState::Missing;
  if (fd < 0) return base::file_error("open", file, errno);
  struct stat status {};
  const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const Result<std::string> head = regular ? head_of(fd, file, kHeaderBytes) : std::string();
  ::close(fd);
  if (!regular) return not_a_catalog(file, "it is not a regular file");
  if (!head.ok()) return head.error();
  // A database is put in place whole, so an empty file is one that was lost, not one that is to be.
  if (head->empty()) return not_a_catalog(file, "it is empty; bring the database back, or remove the file");
  if (head->size() < kHeaderBytes || head->compare(0, kMagic.size(), kMagic) != 0) {
    return not_a_catalog(file, "it is not an SQLite database");
  }
  const std::uint32_t application = big_endian(head->data() + kApplicationIdAt);
  if (application != static_cast<std::uint32_t>(kApplicationId)) {
    return not_a_catalog(file,
                         "it is the database of another program (application id " + std::to_string(application) + ")");
  }
  const std::uint32_t format = big_endian(head->data() + kUserVersionAt);
  if (format > formats) return newer_format(file, format, formats);
  return FileState::Catalog;
}

}  // namespace metadata::store::sqlite
