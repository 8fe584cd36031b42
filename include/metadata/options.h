#ifndef METADATA_OPTIONS_H
#define METADATA_OPTIONS_H

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/export.h"
#include "metadata/host.h"
#include "metadata/ids.h"
#include "metadata/json.h"
#include "metadata/patch.h"

namespace metadata {

/// Bounds on what one call may bring or ask for; every one answers with an error that names it.
struct Limits {
  JsonLimits body = {};  ///< a create, put or patch body
  PatchLimits patch = {};
  std::size_t max_page = 1000;         ///< entities a page; a larger `limit` is cut to it
  std::size_t max_history_page = 500;  ///< versions a call
  std::size_t max_batch = 1000;        ///< items of one Batch
  std::size_t max_bulk = 1000;         ///< elements of one put_all()
  /// The text of a put_all(), as a whole; each element is held to `body` besides.
  JsonLimits bulk = {.max_bytes = std::size_t{64} << 20, .max_depth = 65, .max_values = 2'000'000};
  /// Rows of a CSV file, its header among them; of one that is only tried out, whose rows may have to be tried in one
  /// transaction; and bytes of one that is written.
  std::size_t max_csv_rows = 100'000, max_csv_trial_rows = 10'000, max_csv_bytes = std::size_t{64} << 20;
  std::size_t max_name_bytes = 1024;  ///< 256 characters of up to four bytes
  std::size_t max_fqn_bytes = 3072;
  std::size_t max_reference_list = 1000;                    ///< references in one list field
  std::size_t max_children_list = 10'000;                   ///< references in a computed list of children
  std::size_t max_sample_bytes = std::size_t{1} << 20;      ///< a sample of data, as text
  std::size_t max_suggestions = 10'000;                     ///< about one entity, decided on or not
  std::size_t max_suggested_bytes = std::size_t{64} << 10;  ///< of the description of a suggestion
  std::size_t max_suggested_labels = 100;                   ///< of one suggestion
  /// Values over time that are older go when newer ones of the same series are written, a hundred at a time; 0: none.
  std::chrono::milliseconds series_age{0};
};

/// Bounds of one search; each answers InvalidArgument that names it, but for the times.
struct SearchLimits {
  std::size_t text_bytes = 1024;  ///< of a query text
  std::size_t terms = 32;         ///< words and phrases of a query text
  std::size_t wildcards = 4;      ///< of a query text
  std::size_t prefix_bytes = 2;   ///< letters that must stand before a wildcard
  std::size_t expansion = 100;    ///< terms that one wildcard stands for: the most frequent ones
  std::size_t phrase_words = 16;
  std::size_t window = 10'000;         ///< from + size
  std::size_t page = 1000;             ///< size
  std::size_t filter_depth = 16;       ///< nesting of a query body
  std::size_t filter_clauses = 256;    ///< clauses of a query body
  std::size_t exact_matches = 10'000;  ///< beyond, totals and counts are estimated and say so
  /// Words that mean the same; each group's words find each other. Texts of several words are found, but do not find.
  std::vector<std::vector<std::string>> synonyms = {};
  std::chrono::milliseconds wait{2000};      ///< for the index to hold what was acknowledged before
  std::chrono::milliseconds deadline{2000};  ///< for the search itself; past it, it is Interrupted
};

/// How change events are delivered to webhooks.
struct DeliveryOptions {
  std::chrono::milliseconds first_retry{200};         ///< after the first failure; doubled with each further one
  std::chrono::milliseconds last_retry{3'600'000};    ///< the longest pause, whatever the receiver asks for
  std::chrono::milliseconds give_up{86'400'000};      ///< of failing without a success: it is marked failed, and waits
  std::size_t max_body_bytes = std::size_t{4} << 20;  ///< a batch ends early rather than becoming larger
};

/// How long change events are told. What is too old is not told any more: whoever reads from before gets one event of
/// the kind Gap instead, which says from where to where. Its records leave the log's table in pieces, so that the room
/// is used again; the newest record stays. Versions, search and lineage need none of them.
struct EventRetention {
  std::chrono::milliseconds age{0};  ///< by the clock, since the change; 0: they never grow too old
  std::size_t count = 0;             ///< so many of the newest are told and kept, whatever their age; 0: any number
  /// Records that are too old to be told stay in the log for so long all the same, for the audit log, which lists them;
  /// not beyond `count`. 0: no longer than they are told; max(): for ever.
  std::chrono::milliseconds keep{0};
};

/// How Catalog::open() finds and runs a catalog. Every member has a working default but `path`.
struct Options {
  std::string path = {};  ///< directory; created (0700) when missing. ":memory:" keeps all in RAM
  enum class Sync { Full, Normal } sync = Sync::Full;  ///< Full: a returned write survives power loss
  std::size_t read_connections = 4;                    ///< snapshots open at once; a further one waits
  /// An existing catalog is only read and none of its files is written, so it may lie on a read-only file system; every
  /// write is Unavailable. Several processes may read one directory so, while none has it open for writing.
  bool read_only = false;
  /// The write-ahead log of the store. When it has grown to half of this because a long read (check() of a large
  /// catalog) keeps it from starting over, that read is ended as Unavailable.
  std::size_t max_log_bytes = std::size_t{256} << 20;
  /// Memory for references that are kept between reads (containers, owners, tags); 0 keeps none.
  std::size_t reference_cache_bytes = std::size_t{4} << 20;
  /// Memory for finished answers of Catalog::get() that are kept until something they show changes; 0 keeps none.
  std::size_t entity_cache_bytes = std::size_t{16} << 20;
  /// A refresh token is good once: Access::refresh() hands out another. One that is used a second time, more than 10 s
  /// after the first, ends all that came from the same log-in. False: it stays good until it expires or is revoked.
  bool rotate_refresh_tokens = false;
  Limits limits = {};
  SearchLimits search = {};
  /// The search index follows the store on a thread of its own. False: there is none, and a search or
  /// Search::catch_up() does what is due in the caller's thread.
  bool background = true;
  std::vector<std::string> extra_types = {};  ///< JSON texts of further entity types, as in lib/model/entities
  Clock* clock = nullptr;                     ///< not owned, must outlive the catalog; null is the system clock
  IdSource* ids = nullptr;                    ///< not owned, must outlive the catalog; null makes random UUIDs
  DeliveryOptions deliveries = {};
  EventRetention event_retention = {};
  /// Patches of one author that follow one another within this time are one version: the newer one is folded into the
  /// version that the earlier one made (docs/architecture.md, "Versions"). 0: every patch that changes something makes
  /// a version.
  std::chrono::milliseconds session_window{0};
  /// Sends what is delivered to webhooks, on a thread of the catalog's own that wants `background`. Not owned, must
  /// outlive the catalog; null: nothing is delivered, and events wait in the log.
  Poster* poster = nullptr;
  LogSink* log = nullptr;  ///< not owned, must outlive the catalog; null drops messages
};

/// Whether a catalog takes writes. Stopped: a file sync failed, or a failed write could not be taken back; reads go on,
/// and opening the catalog anew recovers. ReadOnly: as Options::read_only asked for.
enum class Writes { Open, Stopped, ReadOnly };

namespace access {
class Rules;
}

/// Who acts.
struct Principal {
  enum class Kind { Embedded, Admin, Bot, User };
  std::string name = "admin";  ///< user name; stands in updatedBy
  Kind kind = Kind::Embedded;  ///< Embedded: the host application itself; may do everything
  EntityId id = {};            ///< of the user entity; empty for Embedded
  std::vector<std::string> roles = {};
  /// What the rules let it do, as Access found them; immutable, and as of the moment the principal was made. Without
  /// them a user or bot may do nothing.
  std::shared_ptr<const access::Rules> rules = {};

  static Principal embedded() { return {}; }
  bool is_bot() const noexcept { return kind == Kind::Bot; }
};

/// When a call stops working before it is done and answers Interrupted: unset, it never does.
///
/// A write that is interrupted has not happened: once its turn to commit has begun, it is finished whatever this says.
struct Interrupt {
  /// The call gives up soon after this moment. max(): it has all the time there is.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// Becomes true when nobody waits for the result any more. Not owned, must outlive the call; may be null.
  const std::atomic<bool>* gone = nullptr;
};

/// Which of live and soft-deleted entities a call sees.
enum class Include { Live, Deleted, All };

/// A filter of a listing by name and value, as in `?service=x`.
struct Filter {
  std::string name;
  std::string value;
};

struct ReadOptions {
  Principal as = {};
  std::string fields = {};  ///< names of fields on request, separated by commas; "*" is all of them
  Include include = Include::Live;
  Interrupt interrupt = {};
};

struct ListOptions {
  Principal as = {};
  std::string fields = {};
  Include include = Include::Live;
  std::int64_t limit = 10;              ///< 0: an empty page with the total; negative is InvalidArgument
  std::string before = {}, after = {};  ///< cursors of an earlier page; one of them at most
  std::vector<Filter> filters = {};
  Interrupt interrupt = {};
};

/// A page of values over time.
struct TimeOptions {
  Principal as = {};
  std::int64_t from_ms = 0, to_ms = INT64_MAX;  ///< both ends are within
  std::size_t limit = 100;                      ///< cut to Limits::max_page
  std::string after = {};                       ///< cursor of an earlier page
  Interrupt interrupt = {};
};

/// A page of the items of a list in an entity: the columns of a table.
struct ItemOptions {
  Principal as = {};
  std::string fields = {};  ///< "tags", "profile" …, as of the entity
  Include include = Include::Live;
  std::size_t limit = 50, offset = 0;  ///< limit is cut to Limits::max_page
  std::string words = {};  ///< only items whose name, display name, description or data type holds this, without case
  Interrupt interrupt = {};
};

struct WriteOptions {
  Principal as = {};
  std::string change_source = "Manual";      ///< Manual, Automated, Ingested …: recorded with the changed fields
  std::optional<Revision> if_revision = {};  ///< as Entity::revision(); a mismatch is PreconditionFailed
  Interrupt interrupt = {};
  /// Of a put: the body is the whole truth. What it does not say is gone, whoever set it.
  bool replace = false;
  /// Of a put: fields in which the body counts even where a person wrote last and a bot puts, and whose lists are not
  /// merged: "description", "columns.description", "columns" (all of a column), "*". InvalidArgument: no such field.
  std::vector<std::string> overwrite = {};
};

struct RemoveOptions {
  Principal as = {};
  bool hard = false;
  bool recursive = false;  ///< without it, an entity that contains others is InvalidArgument
  std::optional<Revision> if_revision = {};
  Interrupt interrupt = {};
};

struct HistoryOptions {
  Principal as = {};
  std::size_t limit = 500;
  std::size_t offset = 0;
  Interrupt interrupt = {};
};

}  // namespace metadata

#endif  // METADATA_OPTIONS_H
