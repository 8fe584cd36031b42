#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/interrupt.h"
#include "change/log.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/patch.h"
#include "json/write.h"
#include "lineage/columns.h"
#include "lineage/details.h"
#include "lineage/edges.h"
#include "lineage/fill.h"
#include "lineage/filter.h"
#include "model/fqn.h"

namespace metadata::lineage {
namespace {

constexpr int kRaces = 3;
constexpr std::size_t kRemovedAtOnce = 500;

/// A write, prepared from a view of the store.
struct Plan {
  store::WriteSet set;
  LineageWritten written;
};

/// Prepares and commits; prepares anew when another writer was faster, at last in a turn that cannot lose.
template <class Prepare>
Result<LineageWritten> run(const Context& context, const Interrupt& interrupt, Prepare prepare) {
  for (int race = 0; race < kRaces; ++race) {
    auto plan = [&]() -> Result<Plan> {
      MD_LET(reader, context.store.snapshot(interrupt));
      return prepare(*reader);
    }();
    if (!plan.ok()) return plan.error();
    if (plan->set.empty()) return std::move(plan->written);
    const auto applied = context.store.commit(plan->set, interrupt);
    if (applied.ok()) {
      plan->written.seq = applied->seq;
      return std::move(plan->written);
    }
    if (applied.error().code() != Code::Conflict) return applied.error();
  }
  MD_LET(turn, context.store.exclusive(interrupt));
  MD_LET(plan, prepare(*turn));
  if (plan.set.empty()) return std::move(plan.written);
  MD_LET(applied, turn->apply(plan.set));
  MD_OK(turn->commit());
  plan.written.seq = applied.seq;
  return std::move(plan.written);
}

Error may_edit_both(const Context& context, store::Reader& reader, const WriteOptions& options,
                    const store::EntityRow& from, const store::EntityRow& to) {
  MD_OK(may_edit(context, reader, options.as, from));
  return may_edit(context, reader, options.as, to);
}

/// As much of an end as the log tells.
struct End {
  EntityId id;
  std::string type;
  std::string fqn_key;
};
End end_of(const store::EntityRow& row) { return {row.id, row.type, row.fqn_key}; }
End end_of(const store::RefRow& row) { return {row.id, row.type, row.fqn_key}; }

/// What the log says of an edge: both ends, and what became of it. `about` is the entity that the record stands with.
store::LogRecord record_of(const Context& context, const store::EntityRow& about, const End& from, const End& to,
                           store::LogKind kind, std::string_view source, bool created, const WriteOptions& options) {
  auto record = change::log_record(about, kind, options.as, context.clock.now_ms(), options.change_source);
  JsonWriter out;
  const auto put_end = [&](std::string_view name, const End& end) {
    out.key(name).begin_object().key("id").string(end.id.text()).key("type").string(end.type);
    out.key("fullyQualifiedName").string(model::fqn_of_key(end.fqn_key)).end_object();
  };
  out.begin_object();
  put_end("fromEntity", from);
  put_end("toEntity", to);
  out.key("source").string(source);
  if (kind == store::LogKind::LineagePut) out.key("created").boolean(created);
  out.end_object();
  record.change = std::move(out).text();
  return record;
}

/// An edge as it is stored, with what it takes to show it.
struct Stored {
  store::LineageRow row;
  std::vector<store::LineageColumn> columns;
  std::optional<store::RefRow> pipeline;
};

Result<std::optional<Stored>> read_stored(store::Reader& reader, const store::LineagePair& ends) {
  MD_LET(rows, reader.lineage_rows(std::span(&ends, 1)));
  if (rows.empty()) return std::optional<Stored>();
  Stored stored;
  stored.row = std::move(rows.front());
  MD_LET(columns, reader.lineage_columns(std::span(&stored.row.edge, 1)));
  stored.columns = std::move(columns);
  if (stored.row.pipeline != 0) {
    References references;
    MD_OK(fetch_references(reader, std::span(&stored.row.pipeline, 1), references));
    if (!references.empty()) stored.pipeline = std::move(references.begin()->second);
  }
  return std::optional<Stored>(std::move(stored));
}

std::string shown_text(const Stored& stored, const store::EntityRow& from, const store::EntityRow& to) {
  return shown(stored.row, stored.columns, from.fqn_key, to.fqn_key, stored.pipeline ? &*stored.pipeline : nullptr);
}

Error no_edge(const store::EntityRow& from, const store::EntityRow& to) {
  return not_found("Lineage edge not found between " + from.type + " " + from.id.text() + " and " + to.type + " " +
                   to.id.text());
}

/// The column mappings as they are stored; a column that an end does not have is InvalidArgument.
Result<std::vector<store::LineageColumn>> resolve(const Details& details, const Columns& from, const Columns& to) {
  std::vector<store::LineageColumn> rows;
  std::int32_t number = 0;
  for (const Mapping& mapping : details.columns) {
    MD_LET(target, to.resolve(mapping.to));
    std::vector<std::string> sources;
    for (const std::string& said : mapping.from) {
      MD_LET(source, from.resolve(said));
      if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(std::move(source));
    }
    if (sources.empty()) sources.emplace_back();
    for (std::size_t i = 0; i < sources.size(); ++i)
      rows.push_back({0, number, static_cast<std::int32_t>(i), std::move(sources[i]), target, mapping.function});
    ++number;
  }
  return rows;
}

bool same_columns(const std::vector<store::LineageColumn>& a, const std::vector<store::LineageColumn>& b) {
  const auto key = [](const store::LineageColumn& row) {
    return std::tie(row.from_column, row.to_column, row.function);
  };
  // Numbers of mappings may have gaps where a column went; what belongs together is what counts.
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const bool together = i > 0 && a[i].mapping == a[i - 1].mapping;
    if (key(a[i]) != key(b[i]) || together != (i > 0 && b[i].mapping == b[i - 1].mapping)) return false;
  }
  return a.size() == b.size();
}

/// Writes the details over what is stored, or finds that nothing changes.
class Put {
 public:
  Put(const Context& context, store::Reader& reader, const store::StoredEntity& from, const store::StoredEntity& to,
      const WriteOptions& options)
      : context_(context), reader_(reader), from_(from), to_(to), options_(options) {}

  Result<Plan> plan(const Details& details, const std::string& description, const std::optional<Stored>& before) {
    store::PutLineage put{from_.row.id, to_.row.id, details.source, {}, description, {}, {}};
    Stored after;
    if (details.pipeline) MD_OK(find_pipeline(*details.pipeline, before, after, put));
    if (!details.columns.empty()) {
      MD_LET(from_columns, Columns::of(context_, reader_, from_));
      MD_LET(to_columns, Columns::of(context_, reader_, to_));
      MD_LET(rows, resolve(details, from_columns, to_columns));
      put.columns = std::move(rows);
    }
    const std::int64_t now = context_.clock.now_ms();
    Audit audit{now, options_.as.name, now, options_.as.name};
    if (before) {
      const Audit old = audit_of(before->row.body);
      audit.created_at = old.created_at;
      audit.created_by = old.created_by;
      audit.updated_at = std::max(now, old.updated_at);
    }
    put.body = body_of(details, audit);

    Plan plan;
    LineageEdge& edge = plan.written.edge;
    edge = {from_.row.id, to_.row.id, description, {}};
    if (before && unchanged(*before, put)) {
      edge.details = shown_text(*before, from_.row, to_.row);
      return plan;
    }
    after.row.source = put.source;
    after.row.body = put.body;
    after.columns = put.columns;
    edge.details = shown_text(after, from_.row, to_.row);
    plan.written.created = !before;
    plan.written.changed = true;
    preconditions(put, before, plan.set);
    plan.set.operations.push_back(std::move(put));
    plan.set.operations.push_back(
        store::AppendLog{record_of(context_, from_.row, end_of(from_.row), end_of(to_.row), store::LogKind::LineagePut,
                                   details.source, !before, options_)});
    return plan;
  }

 private:
  /// A pipeline that the edge has already may be deleted by now.
  Error find_pipeline(const EntityRef& said, const std::optional<Stored>& before, Stored& after,
                      store::PutLineage& put) {
    const bool known = before && before->pipeline && before->pipeline->id == said.id;
    MD_LET(found, find(context_, reader_, said, known ? Deleted::Accept : Deleted::Refuse, options_.as));
    put.pipeline = found.row.id;
    const store::EntityRow& row = found.row;
    after.pipeline = store::RefRow{row.rid, row.id, row.type, row.fqn_key, row.name, row.display_name, row.deleted};
    return {};
  }

  static bool unchanged(const Stored& before, const store::PutLineage& put) {
    return before.row.source == put.source && before.row.description == put.description &&
           (before.pipeline ? before.pipeline->id : EntityId{}) == put.pipeline &&
           same_columns(before.columns, put.columns) && same_but_audit(before.row.body, put.body);
  }

  void preconditions(const store::PutLineage& put, const std::optional<Stored>& before, store::WriteSet& set) const {
    set.preconditions.push_back(store::LineageAt{put.from, put.to, before ? before->row.seq : 0});
    for (const auto* end : {&from_, &to_}) {
      // The columns that were looked at must still be there.
      if (!put.columns.empty()) set.preconditions.push_back(store::RowAt{end->row.id, end->row.revision});
      if (!before) set.preconditions.push_back(store::RowAlive{end->row.id});
    }
  }

  const Context& context_;
  store::Reader& reader_;
  const store::StoredEntity& from_;
  const store::StoredEntity& to_;
  const WriteOptions& options_;
};

Result<json::Document> parse_object(const Context& context, std::string_view text, std::string_view what) {
  json::Document body;
  MD_OK(json::parse(text, body, context.limits.body));
  if (!body.IsObject()) return invalid_argument(std::string(what) + " must be a JSON object");
  return body;
}

Result<LineageWritten> put(const Context& context, const EntityRef& from, const EntityRef& to, const Details& details,
                           const std::optional<std::string>& description, const WriteOptions& options) {
  return run(context, options.interrupt, [&](store::Reader& reader) -> Result<Plan> {
    MD_LET(from_entity, find(context, reader, from, Deleted::Refuse, options.as));
    MD_LET(to_entity, find(context, reader, to, Deleted::Refuse, options.as));
    MD_OK(may_edit_both(context, reader, options, from_entity.row, to_entity.row));
    if (from_entity.row.rid == to_entity.row.rid)
      return invalid_argument("an edge must lead from one entity to another, not from " + named(from) + " to itself",
                              "edge.toEntity");
    MD_LET(before, read_stored(reader, {from_entity.row.rid, to_entity.row.rid}));
    const std::string kept = before ? before->row.description : std::string();
    return Put(context, reader, from_entity, to_entity, options).plan(details, description.value_or(kept), before);
  });
}

/// What the author of a patch sees has these lists, empty or not; a patch may point into one of a mapping that has
/// none.
void make_lists(const json::ParsedPatch& patch, json::Document& tree) {
  const auto list = [&](json::Value& holder, std::string_view name) {
    if (!holder.IsObject() || json::find(holder, name) != nullptr) return;
    json::Value empty;
    empty.SetArray();
    json::set(holder, name, std::move(empty), tree.GetAllocator());
  };
  list(tree, "columnsLineage");
  json::Value* mappings = json::find(tree, "columnsLineage");
  for (const auto& operation : patch.operations) {
    const auto& path = operation.path.segments();
    if (path.size() != 4 || path[0] != "columnsLineage" || path[2] != "fromColumns" || !mappings->IsArray()) continue;
    const auto index = json::array_index(path[1]);
    if (index && *index < mappings->Size()) list((*mappings)[static_cast<json::SizeType>(*index)], "fromColumns");
  }
}

Plan removal(const Context& context, const store::EntityRow& about, const End& from, const End& to,
             const store::LineageRow& row, const WriteOptions& options) {
  Plan plan;
  plan.written.changed = true;
  plan.written.edge = {from.id, to.id, row.description, {}};
  plan.set.preconditions.push_back(store::LineageAt{from.id, to.id, row.seq});
  plan.set.operations.push_back(store::DeleteLineage{from.id, to.id});
  plan.set.operations.push_back(store::AppendLog{
      record_of(context, about, from, to, store::LogKind::LineageRemoved, row.source, false, options)});
  return plan;
}

struct Removal {
  store::WriteSet set;
  std::size_t edges = 0;
};

/// The next edges that remove_by_source() takes, as one write set.
Result<Removal> next_removal(const Context& context, const EntityRef& target, std::string_view source,
                             const WriteOptions& options) {
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(entity, find(context, *reader, target, Deleted::Accept, options.as));
  MD_OK(may_edit(context, *reader, options.as, entity.row));
  MD_LET(rows, reader->lineage_into(entity.row.rid, source, 0, kRemovedAtOnce));
  if (source == "PipelineLineage" || source == "OpenLineage") {
    store::Rid after = 0;
    while (rows.size() < kRemovedAtOnce) {
      MD_LET(through, reader->lineage_of_pipeline(entity.row.rid, after, kRemovedAtOnce));
      if (through.empty()) break;
      after = through.back().edge;
      for (auto& row : through) {
        if (row.source == source && row.ends.to != entity.row.rid) rows.push_back(std::move(row));
      }
    }
  }
  std::vector<store::Rid> rids;
  for (const auto& row : rows) rids.insert(rids.end(), {row.ends.from, row.ends.to});
  References ends;
  MD_OK(fetch_references(*reader, rids, ends));
  Removal removal_of_some;
  for (const auto& row : rows) {
    const auto from = ends.find(row.ends.from), to = ends.find(row.ends.to);
    if (from == ends.end() || to == ends.end()) continue;
    Plan plan = removal(context, entity.row, end_of(from->second), end_of(to->second), row, options);
    auto& set = removal_of_some.set;
    set.preconditions.insert(set.preconditions.end(), plan.set.preconditions.begin(), plan.set.preconditions.end());
    for (auto& operation : plan.set.operations) set.operations.push_back(std::move(operation));
    ++removal_of_some.edges;
  }
  return removal_of_some;
}

}  // namespace

Result<LineageWritten> put_edge(const Context& context, std::string_view text, const WriteOptions& options) {
  MD_LET(body, parse_object(context, text, "the request body"));
  const json::Value* edge = json::find(body, "edge");
  if (edge == nullptr || !edge->IsObject())
    return invalid_argument("edge field is required: {\"edge\": {\"fromEntity\": …, \"toEntity\": …}}", "edge");
  if (body.MemberCount() != 1) return invalid_argument("the request body has one member, edge");
  std::optional<EntityRef> from, to;
  std::optional<std::string> description;
  Details details;
  for (const auto& member : edge->GetObject()) {
    const auto name = json::view(member.name);
    if (name == "fromEntity" || name == "toEntity") {
      MD_LET(ref, read_reference(member.value, "edge." + std::string(name)));
      (name == "fromEntity" ? from : to) = std::move(ref);
    } else if (name == "description") {
      if (member.value.IsNull()) continue;
      if (!member.value.IsString()) return invalid_argument("edge.description must be a string", "edge.description");
      description = json::view(member.value);
    } else if (name == "lineageDetails") {
      MD_LET(read, read_details(member.value));
      details = std::move(read);
    } else {
      return invalid_argument("edge: Unrecognized field " + json::quoted_excerpt(name), "edge");
    }
  }
  if (!from) return invalid_argument("edge.fromEntity field is required", "edge.fromEntity");
  if (!to) return invalid_argument("edge.toEntity field is required", "edge.toEntity");
  return put(context, *from, *to, details, description.value_or(""), options);
}

Result<LineageWritten> put_edge(const Context& context, const EntityRef& from, const EntityRef& to,
                                std::string_view text, const WriteOptions& options) {
  Details details;
  if (!text.empty()) {
    MD_LET(body, parse_object(context, text, "lineageDetails"));
    MD_LET(read, read_details(body));
    details = std::move(read);
  }
  return put(context, from, to, details, std::nullopt, options);
}

Result<LineageWritten> patch_edge(const Context& context, const EntityRef& from, const EntityRef& to,
                                  const Patch& patch, const WriteOptions& options) {
  return run(context, options.interrupt, [&](store::Reader& reader) -> Result<Plan> {
    MD_LET(from_entity, find(context, reader, from, Deleted::Accept, options.as));
    MD_LET(to_entity, find(context, reader, to, Deleted::Accept, options.as));
    MD_OK(may_edit_both(context, reader, options, from_entity.row, to_entity.row));
    MD_LET(before, read_stored(reader, {from_entity.row.rid, to_entity.row.rid}));
    if (!before) return no_edge(from_entity.row, to_entity.row);
    json::Document tree;
    MD_OK(json::parse_trusted(shown_text(*before, from_entity.row, to_entity.row), tree));
    const json::ParsedPatch& operations = json::operations(patch);
    make_lists(operations, tree);
    MD_OK(json::apply(operations, tree, context.limits.patch));
    MD_LET(details, read_details(tree));
    return Put(context, reader, from_entity, to_entity, options).plan(details, before->row.description, before);
  });
}

Result<LineageWritten> remove_edge(const Context& context, const EntityRef& from, const EntityRef& to,
                                   const WriteOptions& options) {
  return run(context, options.interrupt, [&](store::Reader& reader) -> Result<Plan> {
    MD_LET(from_entity, find(context, reader, from, Deleted::Accept, options.as));
    MD_LET(to_entity, find(context, reader, to, Deleted::Accept, options.as));
    MD_OK(may_edit_both(context, reader, options, from_entity.row, to_entity.row));
    const store::LineagePair ends{from_entity.row.rid, to_entity.row.rid};
    MD_LET(rows, reader.lineage_rows(std::span(&ends, 1)));
    if (rows.empty()) return not_found("Lineage edge not found");
    return removal(context, from_entity.row, end_of(from_entity.row), end_of(to_entity.row), rows.front(), options);
  });
}

Result<std::size_t> remove_by_source(const Context& context, const EntityRef& target, std::string_view source,
                                     const WriteOptions& options) {
  if (!is_source(source)) return invalid_argument("unknown source " + json::quoted_excerpt(source), "source");
  std::size_t removed = 0;
  // In pieces: a hub may have any number of them, and other writers want their turn.
  while (true) {
    MD_OK(base::check(options.interrupt));
    MD_LET(some, next_removal(context, target, source, options));
    if (some.set.empty()) return removed;
    const auto applied = context.store.commit(some.set, options.interrupt);
    if (applied.ok()) {
      removed += some.edges;
    } else if (applied.error().code() != Code::Conflict) {  // else somebody changed one of them: look again
      return applied.error();
    }
  }
}

Result<LineageEdge> edge(const Context& context, const EntityRef& from, const EntityRef& to, const Principal& as,
                         const Interrupt& interrupt) {
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(from_entity, find(context, *reader, from, Deleted::Accept, as));
  MD_LET(to_entity, find(context, *reader, to, Deleted::Accept, as));
  MD_LET(stored, read_stored(*reader, {from_entity.row.rid, to_entity.row.rid}));
  if (!stored) return no_edge(from_entity.row, to_entity.row);
  bool whole = true;
  if (stored->pipeline) {
    MD_LET(seen, seeing_of(context, *reader, as).of(std::span(&*stored->pipeline, 1)));
    whole = !seen.empty();
  }
  return LineageEdge{from_entity.row.id, to_entity.row.id, stored->row.description,
                     whole ? shown_text(*stored, from_entity.row, to_entity.row) : shown_in_part(stored->row)};
}

}  // namespace metadata::lineage
