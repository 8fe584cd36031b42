#include "metadata/catalog.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "access/keys.h"
#include "access/parts.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/uuid.h"
#include "bulk/file.h"
#include "entity/allowed.h"
#include "entity/checks.h"
#include "entity/verbs.h"
#include "events/event.h"
#include "events/parts.h"
#include "feed/parts.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "lineage/context.h"
#include "model/fqn.h"
#include "model/json_schema.h"
#include "model/operations.h"
#include "model/registry.h"
#include "quality/parts.h"
#include "search/open.h"
#include "store/copy.h"
#include "store/store.h"
#include "usage/parts.h"
#include "view/layout.h"

namespace metadata {
namespace {

constexpr std::string_view kMemoryPath = ":memory:";

/// The registry as hosts see it.
class PublicRegistry final : public Registry {
 public:
  PublicRegistry(const model::Registry& registry, const Limits& limits) : registry_(registry), limits_(limits) {
    for (const auto& type : registry.types()) types_.push_back(describe(*type));
    for (const TypeInfo& info : types_) {
      by_name_[lower(info.name)] = &info;
      by_collection_[info.collection] = &info;
    }
  }
  const std::vector<TypeInfo>& types() const override { return types_; }
  const TypeInfo* find(std::string_view name) const override { return look_up(by_name_, lower(name)); }
  const TypeInfo* find_collection(std::string_view collection) const override {
    return look_up(by_collection_, std::string(collection));
  }
  std::string schemas() const override { return model::json_schemas(registry_, limits_); }

 private:
  static std::string lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lowered;
  }
  static const TypeInfo* look_up(const std::map<std::string, const TypeInfo*>& map, const std::string& key) {
    const auto place = map.find(key);
    return place == map.end() ? nullptr : place->second;
  }
  static SeriesInfo info_of(const model::EntityType& type, const model::Series& series) {
    SeriesInfo info;
    info.name = series.name;
    info.path = series.path;
    info.value_type = series.type.name;
    info.edit = series.edit.empty() ? "EditAll" : series.edit;
    info.answers_entity = series.answers_entity;
    if (!series.view.empty()) info.view = series.view;
    info.single = series.single;
    info.ordered = series.ordered;
    info.of_items = !series.item.empty();
    for (const auto& field : type.fields) {
      if (type.series_of(field) == &series) info.shown_as = field.name;
    }
    return info;
  }
  static TypeInfo describe(const model::EntityType& type) {
    TypeInfo info;
    info.name = type.name;
    info.schema = model::schema_name(type.name);
    info.collection = type.collection;
    info.soft_delete = type.soft_delete;
    info.assets = type.assets;
    info.client_creates = type.client_creates;
    info.csv = static_cast<bool>(type.csv);
    if (type.csv.group != type.name) info.csv_group = type.csv.group;
    info.example = type.example;
    info.filters = type.container_filters;
    info.filters.insert(info.filters.end(), type.filters.begin(), type.filters.end());
    for (const auto& filter : type.relation_filters) info.filters.push_back(filter.name);
    for (const auto& series : type.series) {
      if (!series.internal) info.series.push_back(info_of(type, series));
    }
    for (const auto& set : type.series_sets) {
      const SeriesInfo first = info_of(type, *type.find_series(set.series.front()));
      info.series_sets.push_back({set.path, set.series, first.edit, first.view, first.shown_as});
    }
    info.operations = model::operations_on(type);
    for (const model::Field& field : type.fields) {
      if (field.hidden) continue;
      const bool reference = field.place == model::Place::Relation || field.place == model::Place::Container ||
                             field.place == model::Place::Ancestor || field.place == model::Place::Children;
      info.fields.push_back({field.name, field.type.name, field.on_request, field.required, reference, field.route,
                             field.type.shape == model::Shape::Array,
                             field.edit.empty() ? std::string("EditAll") : field.edit,
                             field.view.empty() ? std::string("ViewAll") : field.view});
    }
    if (type.search) {
      info.index_names.push_back(type.search.index);
      info.index_names.insert(info.index_names.end(), type.search.aliases.begin(), type.search.aliases.end());
    }
    return info;
  }

  const model::Registry& registry_;
  const Limits& limits_;
  std::vector<TypeInfo> types_;
  std::map<std::string, const TypeInfo*> by_name_;
  std::map<std::string, const TypeInfo*> by_collection_;
};

std::vector<CheckFinding> findings_of(std::vector<store::Problem> problems) {
  std::vector<CheckFinding> findings;
  findings.reserve(problems.size());
  for (auto& problem : problems) findings.push_back({std::move(problem.rule), std::move(problem.text)});
  return findings;
}

std::unique_ptr<Access::Parts> access_parts(store::Store& store, Clock& clock, const access::Keys& keys,
                                            std::vector<access::RetiredKey> retired, const Options& options) {
  auto parts = std::make_unique<Access::Parts>(store, clock, keys.signing, std::move(retired), options.path);
  parts->rotate_refresh = options.rotate_refresh_tokens;
  parts->box = &keys.box;
  return parts;
}

}  // namespace

/// See Lineage::Parts::asking.
std::unique_ptr<base::Gate> walks_that_ask(std::size_t read_connections) {
  constexpr std::size_t kWaiting = 64;
  return read_connections < 2 ? nullptr : std::make_unique<base::Gate>(read_connections - 1, kWaiting);
}

struct Catalog::Parts {
  Parts(const Options& options, std::shared_ptr<const model::Registry> types, std::unique_ptr<store::Store> opened,
        access::Keys opened_keys, std::vector<access::RetiredKey> retired_keys)
      : path(options.path),
        limits(options.limits),
        clock(options.clock != nullptr ? *options.clock : base::system_clock()),
        ids(options.ids != nullptr ? *options.ids : base::random_ids()),
        layouts(std::move(types)),
        public_registry(layouts.registry(), limits),
        store(std::move(opened)),
        keys(std::move(opened_keys)),
        access(access_parts(*store, clock, keys, std::move(retired_keys), options)),
        answers(store->generations(), options.entity_cache_bytes - options.entity_cache_bytes / 8),
        decisions(store->generations(), options.entity_cache_bytes / 8),
        context{layouts, *store, limits, clock, ids, keys.box, answers, decisions, options.session_window},
        lineage(std::make_unique<Lineage::Parts>(
            Lineage::Parts{layouts, *store, limits, clock, walks_that_ask(options.read_connections)})),
        quality(std::make_unique<Quality::Parts>(context)),
        usage(std::make_unique<Usage::Parts>(context)),
        suggestions(std::make_unique<Suggestions::Parts>(context)),
        csv(std::unique_ptr<Csv::Parts>(new Csv::Parts{context})),
        event_parts(new Events::Parts{*store, layouts, limits, clock, nullptr, {}, nullptr}),
        retention(*store, clock, options.event_retention),
        events(std::unique_ptr<Events::Parts>(event_parts)) {
    event_parts->retention = &retention;
  }

  /// The event of what was just written; of what was so already an event of its own, which the log does not have.
  Result<ChangeEvent> event_of(const Result<store::LogRecord>& written) const {
    if (!written.ok()) return written.error();
    ChangeEvent event = events::event_of(*written);
    if (written->seq == 0) {
      event.event_id = ids.next().text();
      return event;
    }
    MD_LET(reader, store->snapshot());
    MD_LET(records, reader->log(written->seq - 1, 1));
    // A log that is kept so short that it is gone again leaves what was written.
    if (!records.empty() && records.front().seq == written->seq) return events::event_of(records.front());
    return event;
  }

  std::string path;
  Limits limits;
  Clock& clock;
  IdSource& ids;
  view::Layouts layouts;
  PublicRegistry public_registry;
  std::unique_ptr<store::Store> store;
  access::Keys keys;
  Access access;
  entity::AnswerCache answers;
  entity::DecisionCache decisions;
  entity::Context context;
  Lineage lineage;
  Quality quality;
  Usage usage;
  Suggestions suggestions;
  Csv csv;
  Events::Parts* event_parts;  // owned by events
  events::Retention retention;
  Events events;
  std::unique_ptr<Search> search;                  // goes first: it reads the store
  std::unique_ptr<events::Deliveries> deliveries;  // goes before: it reads and writes everything
};

namespace {

/// What deliveries ask of the entity room, which they do not see.
events::Directory directory_of(const entity::Context& context) {
  Principal system;
  system.name = "system";
  events::Directory directory;
  directory.one = [&context, system](const EntityRef& ref) {
    ReadOptions options;
    options.as = system;
    return entity::get(context, ref, options);
  };
  directory.all = [&context, system]() -> Result<std::vector<Entity>> {
    std::vector<Entity> found;
    for (const auto& type : context.registry().types()) {
      if (!type->delivers) continue;
      ListOptions options;
      options.as = system;
      options.limit = 1000;
      do {
        MD_LET(page, entity::list(context, type->name, options));
        found.insert(found.end(), page.entities.begin(), page.entities.end());
        options.after = page.after;
      } while (!options.after.empty());
    }
    return found;
  };
  directory.disable = [&context, system](const EntityRef& ref) -> Error {
    MD_LET(layout, context.layout(ref.type));
    MD_LET(patch, Patch::parse(R"([{"op":"add","path":"/enabled","value":false}])"));
    WriteOptions options;
    options.as = system;
    options.change_source = "Automated";
    const auto written = entity::run(context, options.as, options.interrupt, [&](store::Reader& reader) {
      return entity::patch(context, reader, *layout, ref, patch, options);
    });
    return written.ok() ? Error() : written.error();
  };
  return directory;
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(const Options& options) {
  if (options.path.empty()) return invalid_argument("a catalog needs a path", "path");
  MD_OK(base::ensure_sodium());
  MD_LET(registry, model::Registry::load(options.extra_types));
  MD_OK(entity::check_names(*registry));
  MD_LET(store, store::Store::open(options));
  using access::MissingKeys;
  MD_LET(keys, access::open_keys(options.path, options.read_only ? MissingKeys::Refuse : MissingKeys::Make));
  std::vector<access::RetiredKey> retired_keys;
  {
    MD_LET(reader, store->snapshot());
    MD_LET(found, access::find_retired_keys(*reader, *keys.signing));
    retired_keys = std::move(found);
  }
  auto parts =
      std::make_unique<Parts>(options, std::move(registry), std::move(store), std::move(keys), std::move(retired_keys));
  MD_LET(search, search::open(options, *parts->store, parts->layouts));
  parts->search = std::move(search);
  Events::Parts& of_events = *parts->event_parts;
  of_events.directory = directory_of(parts->context);
  MD_OK(parts->retention.load());
  if (options.background && !options.read_only) MD_OK(parts->retention.start(base::Log(options.log)));
  if (options.poster != nullptr && options.background && !options.read_only) {
    MD_LET(deliveries, events::Deliveries::start({*parts->store, parts->layouts, parts->limits, parts->clock,
                                                  *options.poster, options.deliveries, base::Log(options.log),
                                                  of_events.directory, &parts->retention}));
    parts->deliveries = std::move(deliveries);
    of_events.deliveries = parts->deliveries.get();
  }
  return std::unique_ptr<Catalog>(new Catalog(std::move(parts)));
}

Catalog::Catalog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Catalog::~Catalog() = default;

Result<Entity> Catalog::get(const EntityRef& target, const ReadOptions& options) const {
  return entity::get(parts_->context, target, options);
}

Result<Page> Catalog::list(std::string_view type, const ListOptions& options) const {
  return entity::list(parts_->context, type, options);
}

Result<Written> Catalog::create(std::string_view type, std::string_view json, const WriteOptions& options) {
  const auto& context = parts_->context;
  MD_LET(layout, context.layout(type));
  return entity::run(context, options.as, options.interrupt,
                     [&](store::Reader& reader) { return entity::create(context, reader, *layout, json, options); });
}

Result<Written> Catalog::put(std::string_view type, std::string_view json, const WriteOptions& options) {
  const auto& context = parts_->context;
  MD_LET(layout, context.layout(type));
  return entity::run(context, options.as, options.interrupt,
                     [&](store::Reader& reader) { return entity::put(context, reader, *layout, json, options); });
}

Result<Written> Catalog::patch(const EntityRef& target, const Patch& patch, const WriteOptions& options) {
  const auto& context = parts_->context;
  MD_LET(layout, context.layout(target.type));
  return entity::run(context, options.as, options.interrupt, [&](store::Reader& reader) {
    return entity::patch(context, reader, *layout, target, patch, options);
  });
}

Result<Written> Catalog::remove(const EntityRef& target, const RemoveOptions& options) {
  const auto& context = parts_->context;
  MD_LET(layout, context.layout(target.type));
  return entity::run(context, options.as, options.interrupt,
                     [&](store::Reader& reader) { return entity::remove(context, reader, *layout, target, options); });
}

Result<Written> Catalog::restore(const EntityRef& target, const WriteOptions& options) {
  const auto& context = parts_->context;
  MD_LET(layout, context.layout(target.type));
  return entity::run(context, options.as, options.interrupt,
                     [&](store::Reader& reader) { return entity::restore(context, reader, *layout, target, options); });
}

Result<std::vector<Written>> Catalog::write(const Batch& batch, const WriteOptions& options) {
  return entity::write(parts_->context, batch, options);
}

Result<std::vector<BulkItem>> Catalog::put_all(std::string_view type, std::string_view json_array,
                                               const WriteOptions& options, BulkMode mode) {
  MD_LET(layout, parts_->context.layout(type));
  return entity::put_all(parts_->context, *layout, json_array, options, mode);
}

Result<History> Catalog::versions(const EntityRef& target, const HistoryOptions& options) const {
  return entity::versions(parts_->context, target, options);
}

Result<Entity> Catalog::version(const EntityRef& target, Version version, const ReadOptions& options) const {
  return entity::version(parts_->context, target, version, options);
}

Result<Json> Catalog::put_value(const EntityRef& target, std::string_view series, std::string_view json,
                                const WriteOptions& options) {
  MD_LET(text, entity::put_value(parts_->context, target, series, json, options));
  return Json::parse(text, parts_->limits.body);
}

Error Catalog::remove_value(const EntityRef& target, std::string_view series, std::string_view key,
                            const WriteOptions& options) {
  return entity::remove_value(parts_->context, target, series, key, options);
}

Result<Json> Catalog::value(const EntityRef& target, std::string_view series, std::string_view key,
                            const Interrupt& interrupt) const {
  MD_LET(text, entity::value(parts_->context, target, series, key, interrupt));
  return Json::parse(text, parts_->limits.body);
}

Result<std::vector<Json>> Catalog::values(const EntityRef& target, std::string_view series, std::int64_t from_ms,
                                          std::int64_t to_ms, std::size_t limit, const Interrupt& interrupt) const {
  MD_LET(texts, entity::values(parts_->context, target, series, from_ms, to_ms, limit, interrupt));
  std::vector<Json> values;
  for (const auto& text : texts) {
    MD_LET(value, Json::parse(text, parts_->limits.body));
    values.push_back(std::move(value));
  }
  return values;
}

Error Catalog::check_allowed(const Principal& principal, const std::vector<std::string>& operations,
                             const EntityRef& target, const Interrupt& interrupt) const {
  return entity::check_allowed(parts_->context, principal, operations, target, interrupt);
}

Result<std::vector<Permission>> Catalog::permissions(const Principal& principal, std::string_view type) const {
  return entity::permissions(parts_->context, principal, type, nullptr, {});
}

Result<std::vector<Permission>> Catalog::permissions(const Principal& principal, const EntityRef& target,
                                                     const Interrupt& interrupt) const {
  return entity::permissions(parts_->context, principal, target.type, &target, interrupt);
}

std::vector<std::string> Catalog::settings() const {
  std::vector<std::string> names;
  for (const auto& setting : parts_->layouts.registry().settings()) names.push_back(setting->name);
  return names;
}

Result<Json> Catalog::setting(std::string_view name, const Interrupt& interrupt) const {
  MD_LET(text, entity::setting(parts_->context, name, interrupt));
  return Json::parse(text, parts_->limits.body);
}

Error Catalog::put_setting(std::string_view name, std::string_view json, const WriteOptions& options) {
  return entity::put_setting(parts_->context, name, json, options);
}

Error Catalog::put_values(const EntityRef& target, std::string_view set, std::string_view json,
                          const WriteOptions& options) {
  return entity::put_values(parts_->context, target, set, json, options);
}

Result<ValuePage> Catalog::values_by_time(const EntityRef& target, std::string_view series,
                                          const TimeOptions& options) const {
  return entity::values_by_time(parts_->context, target, series, options);
}

Error Catalog::remove_values(const EntityRef& target, std::string_view series, std::int64_t at_ms,
                             const WriteOptions& options) {
  return entity::remove_values(parts_->context, target, series, at_ms, options);
}

Result<std::pair<std::vector<OwnedValue>, std::int64_t>> Catalog::values_of_type(std::string_view type,
                                                                                 const std::vector<std::string>& series,
                                                                                 const TimeOptions& options) const {
  return entity::values_of_type(parts_->context, type, series, options);
}

Result<Written> Catalog::put_field(const EntityRef& target, std::string_view field, std::string_view json,
                                   const WriteOptions& options) {
  const auto& context = parts_->context;
  MD_LET(layout, context.layout(target.type));
  return entity::run(context, options.as, options.interrupt, [&](store::Reader& reader) {
    return entity::put_field(context, reader, *layout, target, field, json, options);
  });
}

Result<Written> Catalog::remove_field(const EntityRef& target, std::string_view field, std::string_view item,
                                      std::string_view within, const WriteOptions& options) {
  const auto& context = parts_->context;
  MD_LET(layout, context.layout(target.type));
  return entity::run(context, options.as, options.interrupt, [&](store::Reader& reader) {
    return entity::remove_field(context, reader, *layout, target, field, item, within, options);
  });
}

Result<ItemPage> Catalog::items(const EntityRef& target, std::string_view list, const ItemOptions& options) const {
  return entity::items(parts_->context, target, list, options);
}

Result<Json> Catalog::patch_item(std::string_view type, std::string_view list, std::string_view fqn,
                                 std::string_view json, const WriteOptions& options) {
  return entity::patch_item(parts_->context, type, list, fqn, json, options);
}

Error Catalog::put_joins(const EntityRef& target, std::string_view json, const WriteOptions& options) {
  return entity::put_joins(parts_->context, target, json, options);
}

Result<std::int64_t> Catalog::append_log(const EntityRef& target, std::string_view run, std::string_view text,
                                         const WriteOptions& options) {
  return entity::append_log(parts_->context, target, run, text, options);
}

Result<std::string> Catalog::read_log(const EntityRef& target, std::string_view run, const ReadOptions& options) const {
  return entity::read_log(parts_->context, target, run, options);
}

Result<ChangeEvent> Catalog::follow(const EntityRef& target, const EntityId& user, const WriteOptions& options) {
  return parts_->event_of(entity::follow(parts_->context, target, user, entity::Follow::Start, options));
}

Result<ChangeEvent> Catalog::unfollow(const EntityRef& target, const EntityId& user, const WriteOptions& options) {
  return parts_->event_of(entity::follow(parts_->context, target, user, entity::Follow::Stop, options));
}

Result<ChangeEvent> Catalog::vote(const EntityRef& target, std::string_view vote, const WriteOptions& options) {
  return parts_->event_of(entity::vote(parts_->context, target, vote, options));
}

Result<std::vector<ChangeEvent>> Catalog::changes(Seq after, std::size_t limit, const Interrupt& interrupt) const {
  MD_LET(reader, parts_->store->snapshot(interrupt));
  MD_LET(records, reader->log(after, std::min(limit, parts_->limits.max_page)));
  std::vector<ChangeEvent> changes;
  for (const auto& record : records) changes.push_back(events::event_of(record));
  return changes;
}

Events& Catalog::events() noexcept { return parts_->events; }
Access& Catalog::access() noexcept { return parts_->access; }
Search& Catalog::search() noexcept { return *parts_->search; }
Lineage& Catalog::lineage() noexcept { return parts_->lineage; }
Quality& Catalog::quality() noexcept { return parts_->quality; }
Csv& Catalog::csv() noexcept { return parts_->csv; }
Usage& Catalog::usage() noexcept { return parts_->usage; }
Suggestions& Catalog::suggestions() noexcept { return parts_->suggestions; }
const Registry& Catalog::registry() const noexcept { return parts_->public_registry; }
bool Catalog::fresh() const noexcept { return parts_->store->fresh(); }
Writes Catalog::writes() const noexcept { return parts_->store->writes(); }
std::uint64_t Catalog::statements() const noexcept { return parts_->store->statements(); }

Result<BackupInfo> Catalog::backup(const std::string& file, const BackupOptions& options) const {
  if (parts_->path == kMemoryPath) return invalid_argument("a catalog in RAM has no files to back up");
  return back_up(parts_->path, file, options);
}

Result<std::vector<CheckFinding>> Catalog::check() const {
  MD_LET(problems, parts_->store->check());
  MD_OK(entity::check(parts_->context, problems));
  std::vector<CheckFinding> findings = findings_of(std::move(problems));
  MD_LET(of_index, parts_->search->check());
  for (auto& finding : of_index) findings.push_back({std::move(finding.rule), std::move(finding.text)});
  return findings;
}

Result<RepairReport> Catalog::repair(const Options& options) {
  if (options.path == kMemoryPath || options.read_only)
    return invalid_argument("a catalog that has no files, or is open for reading only, cannot be repaired");
  const std::string database = options.path + "/" + store::kDatabaseName;
  if (std::error_code unseen; !std::filesystem::exists(database, unseen))
    return not_found("there is no catalog in " + options.path);
  MD_LET(catalog, open(options));
  RepairReport report;
  MD_LET(broken, catalog->check());
  if (broken.empty()) return report;
  report.copy = database + ".before-repair";
  std::vector<store::Problem> mended;
  MD_OK(catalog->parts_->store->repair(report.copy, mended));
  MD_OK(entity::repair(catalog->parts_->context, mended));
  report.mended = findings_of(std::move(mended));
  // What is mended stands in no log, so the index cannot follow it.
  const Error indexed = catalog->parts_->search->rebuild(true);
  // Rows that nothing can mend may keep it from being built: the check below says so.
  const bool goes_on = indexed.ok() || indexed.code() == Code::Unimplemented || indexed.code() == Code::Corrupt;
  if (!goes_on) return indexed;
  for (auto& finding : broken) {
    if (indexed.ok() && finding.rule.starts_with("index-")) report.mended.push_back(std::move(finding));
  }
  MD_LET(left, catalog->check());
  report.left = std::move(left);
  return report;
}

}  // namespace metadata
