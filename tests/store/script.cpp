#include "script.h"

#include <functional>
#include <iterator>
#include <sstream>

#include "fixture.h"

namespace metadata::store::test {
namespace {

constexpr std::uint64_t kMaxTables = 24;
constexpr int kSettings = 6;
const std::string kIn = "in";

std::string setting_name(std::uint64_t number) { return "setting" + std::to_string(number); }
std::string slashed_key(std::uint64_t number) { return "s/t" + std::to_string(number); }

// Long texts by their hash: what is compared is printed when it differs.
std::string short_form(const std::string& text) {
  return std::to_string(text.size()) + ":" + std::to_string(std::hash<std::string>{}(text));
}

std::string log_line(const LogRecord& record) {
  return std::to_string(record.seq) + " " + std::to_string(static_cast<int>(record.kind)) + " " + record.id.text() +
         " " + std::to_string(record.revision);
}

void add_table(std::ostream& out, const EntityId& id, const Model::Table& table, std::size_t edges) {
  out << "table " << id.text() << " " << table.key << " r" << table.revision << " v" << table.version
      << (table.deleted ? " deleted " : " live ") << short_form(table.document) << " history " << table.history
      << " edges " << edges << "\n";
}

EntityRow row_of(std::uint64_t number, const Model::Table& table, std::int64_t now) {
  EntityRow made = row(number, slashed_key(number));
  made.revision = table.revision;
  made.version = Version{table.version};
  made.deleted = table.deleted;
  made.updated_at = now;
  return made;
}

}  // namespace

std::string Model::text() const {
  std::ostringstream out;
  for (const auto& [number, table] : tables) add_table(out, id(number), table, 1);
  for (const auto& [name, value] : settings) out << name << " " << short_form(value) << "\n";
  for (const std::string& line : log) out << line << "\n";
  return out.str();
}

std::string text_of(Store& store) {
  std::ostringstream out;
  auto reader = look(store);
  ListQuery query = listing("table", Rows::All);
  std::map<std::string, std::string> lines;  // in the order of the ids, as the model has them
  for (const StoredEntity& entity : must(reader->list(query))) {
    std::ostringstream line;
    const Model::Table table{
        slashed(entity.row.fqn_key), entity.row.revision,
        entity.row.version.tenths,   entity.row.deleted,
        entity.body.document,        static_cast<int>(must(reader->history_count(entity.row.rid)))};
    const auto edges = must(reader->relations(std::array{entity.row.rid}, Direction::From, std::array{kIn}));
    add_table(line, entity.row.id, table, edges.size());
    lines[entity.row.id.text()] = line.str();
  }
  for (const auto& [id, line] : lines) out << line;
  for (std::uint64_t i = 0; i < kSettings; ++i) {
    const auto value = must(reader->setting(setting_name(i)));
    if (value) out << setting_name(i) << " " << short_form(*value) << "\n";
  }
  for (const LogRecord& record : must(reader->log(0, 100'000))) out << log_line(record) << "\n";
  return out.str();
}

WriteSet Script::first() { return tables_under_service({}); }

Script::Step Script::next(const Model& before) {
  Step step{{}, before};
  Model& model = step.after;
  auto& operations = step.set.operations;
  now_ += 1000;
  const auto log = [&](const EntityRow& row, LogKind kind) {
    AppendLog appended = log_of(row, kind);
    operations.emplace_back(appended);
    appended.record.seq = static_cast<Seq>(model.log.size() + 1);
    model.log.push_back(log_line(appended.record));
  };
  const auto some_table = [&] {
    return std::next(model.tables.begin(), static_cast<long>(below(model.tables.size())));
  };

  std::uint64_t choice = below(10);
  if (model.tables.empty()) choice = 0;
  if (choice <= 3 && model.tables.size() >= kMaxTables) choice = 4;
  if (choice <= 3) {
    const std::uint64_t number = made_++;
    Model::Table table{slashed_key(number), 1, 1, false, "\"" + std::string(below(6000), 'd') + "\"", 0};
    const EntityRow made = row_of(number, table, now_);
    operations.emplace_back(insert(made, {{"size", std::to_string(table.document.size())}}, table.document));
    operations.emplace_back(PutRelation{made.id, kIn, id(1), 0, ""});
    log(made, LogKind::Created);
    model.tables[number] = table;
  } else if (choice <= 6) {
    auto& [number, table] = *some_table();
    HistoryRow past;
    past.version = Version{table.version};
    past.revision = table.revision;
    past.deleted = table.deleted;
    past.body = table.document;
    ++table.revision;
    ++table.version;
    ++table.history;
    table.document = "\"" + std::string(below(9000), 'u') + std::to_string(table.revision) + "\"";
    const EntityRow changed = row_of(number, table, now_);
    operations.emplace_back(AppendHistory{changed.id, past});
    operations.emplace_back(UpdateEntity{changed, {table.document, "{}", "{}"}, {}});
    log(changed, LogKind::Updated);
  } else if (choice == 7) {
    const auto it = some_table();
    const EntityRow gone = row_of(it->first, it->second, now_);
    operations.emplace_back(DeleteEntity{gone.id});
    log(gone, LogKind::Deleted);
    model.tables.erase(it);
  } else if (choice == 8) {
    const bool mark = below(2) == 0;
    operations.emplace_back(MarkRange{{"table"}, "service", "s", mark, now_, "bob"});
    log(row(1, "s", "service"), mark ? LogKind::SoftDeleted : LogKind::Restored);
    for (auto& [number, table] : model.tables) {
      if (table.deleted == mark) continue;
      table.deleted = mark;
      ++table.revision;
      ++table.version;
      ++table.history;
    }
  } else {
    const std::string name = setting_name(below(kSettings));
    const std::string value(below(60'000), 's');
    operations.emplace_back(PutSetting{name, value});
    model.settings[name] = value;
  }
  return step;
}

}  // namespace metadata::store::test
