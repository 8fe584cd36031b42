#include <algorithm>
#include <set>

#include "bulk/csv_text.h"
#include "bulk/work.h"
#include "metadata/ids.h"
#include "model/formats.h"
#include "model/fqn.h"

namespace metadata::bulk {
namespace {

using Kind = BoundColumn::Kind;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  append_row(text, names);
  return text.substr(0, text.size() - 2);
}

std::string_view bare(std::string_view header) {
  const std::size_t from = std::min(header.find_first_not_of(" \t"), header.size());
  header.remove_prefix(from);
  while (!header.empty() && (header.back() == ' ' || header.back() == '\t')) header.remove_suffix(1);
  if (header.ends_with('*')) header.remove_suffix(1);
  return header;
}

std::string invalid_field(std::size_t place, std::string_view what) {
  return "#INVALID_FIELD: Field " + std::to_string(place + 1) + " error - " + std::string(what);
}

}  // namespace

Result<Heading> Heading::read(const File& file, const std::vector<std::string>& header) {
  const std::vector<model::CsvColumn>& columns = file.csv->columns;
  Heading heading;
  heading.size_ = header.size();
  heading.places_.assign(columns.size(), kAbsent);
  bool fits = true;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto at = std::ranges::find(columns, bare(header[i]), &model::CsvColumn::header);
    const auto column = static_cast<std::size_t>(at - columns.begin());
    fits = fits && at != columns.end() && heading.places_[column] == kAbsent;
    if (!fits) break;
    heading.places_[column] = i;
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    fits = fits && (!columns[i].required || heading.places_[i] != kAbsent);
  if (fits) return heading;
  constexpr std::size_t kShown = 2000;
  return invalid_argument("#INVALID_HEADER: Headers [" + joined(header).substr(0, kShown) + "] doesn't match [" +
                          joined(file.headers()) + "]");
}

std::string Heading::wrong(std::size_t column, std::string_view what) const {
  return invalid_field(places_[column], what);
}

std::string Heading::required(std::size_t column) const {
  return "#FIELD_REQUIRED: Field " + std::to_string(places_[column] + 1) + " is required";
}

RowWriter::RowWriter(const entity::Context& context, const File& file, const Heading& heading,
                     const WriteOptions& options)
    : context_(context), file_(file), heading_(heading), options_(options) {}

std::size_t RowWriter::column(const RowKind& row_kind, Kind kind) const {
  const auto at = std::ranges::find(row_kind.columns, kind, &BoundColumn::kind);
  const auto found = static_cast<std::size_t>(at - row_kind.columns.begin());
  return at == row_kind.columns.end() || heading_.place(found) == Heading::kAbsent ? Heading::kAbsent : found;
}

std::string_view RowWriter::cell(const Row& row, Kind kind) const {
  // Columns of these kinds are the same for all rows of a file.
  const std::size_t found = column(file_.kinds.front(), kind);
  return found == Heading::kAbsent ? std::string_view() : row.cells[heading_.place(found)];
}

Error RowWriter::check_cells(const Row& row) const {
  if (row.cells.size() != heading_.size())
    return invalid_argument("#INVALID_FIELD_COUNT: Field count " + std::to_string(row.cells.size()) +
                            " does not match the expected field count of " + std::to_string(heading_.size()));
  std::string missing;
  const std::vector<BoundColumn>& columns = file_.kinds.front().columns;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    // What else a row must have depends on what is there already.
    const bool names_it = columns[i].kind == Kind::Name || columns[i].kind == Kind::Type;
    if (!names_it || !columns[i].column->required || !row.cells[heading_.place(i)].empty()) continue;
    missing.append(missing.empty() ? "" : ";").append(heading_.required(i));
  }
  return missing.empty() ? Error() : invalid_argument(missing);
}

Result<const RowKind*> RowWriter::kind_of(const Row& row) const {
  const std::string_view word = cell(row, Kind::Type);
  if (const RowKind* kind = file_.kind(word)) return kind;
  std::string known;
  for (const RowKind& kind : file_.kinds) known.append(known.empty() ? "" : ", ").append(kind.word);
  return invalid_argument(
      heading_.wrong(column(file_.kinds.front(), Kind::Type), model::shown(word) + " should be one of " + known));
}

Error RowWriter::check_scope(std::string_view key, std::size_t column) const {
  const std::string below = file_.scope_key + model::kKeySeparator;
  if (key == file_.scope_key || key.starts_with(below)) return {};
  return invalid_argument(heading_.wrong(column, model::shown(model::fqn_of_key(key)) + " is not in " +
                                                     model::shown(file_.scope_fqn) + ", whose file this is"));
}

/// Where the row's entity lies: what its parent or its FQN say, else the scope.
Result<std::string> RowWriter::container_key(const Row& row, const RowKind& kind) const {
  for (const Kind source : {Kind::Parent, Kind::Fqn}) {
    const std::string_view said = cell(row, source);
    if (said.empty()) continue;
    const std::size_t place = column(kind, source);
    auto key = model::key_of_any_fqn(said);
    if (!key.ok()) return invalid_argument(heading_.wrong(place, key.error().message()));
    std::string container = source == Kind::Parent ? *key : std::string(model::parent_key(*key));
    MD_OK(check_scope(container, place));
    return container;
  }
  for (const std::string& field : kind.type().parent_fields) {
    const auto& types = kind.type().find(field)->types;
    if (std::ranges::find(types, file_.scope->type->name) != types.end()) return file_.scope_key;
  }
  const std::size_t place = column(kind, Kind::Fqn);
  if (place == Heading::kAbsent) return invalid_argument("the file has no column fullyQualifiedName");
  return invalid_argument(heading_.required(place));
}

Result<std::string> RowWriter::entity_key(const Row& row, const RowKind& kind) const {
  const std::string_view name = cell(row, Kind::Name);
  const std::size_t of_name = column(kind, Kind::Name);
  std::string container;
  if (file_.of == File::Of::Below) {
    MD_LET(above, container_key(row, kind));
    container = std::move(above);
  }
  auto key = model::make_key(kind.type(), container, name, context_.limits);
  if (!key.ok()) return invalid_argument(heading_.wrong(of_name, key.error().message()));
  if (file_.of == File::Of::Alone && *key != file_.scope_key)
    return invalid_argument(heading_.wrong(
        of_name, model::shown(name) + " is not " + model::shown(file_.scope_fqn) + ", whose file this is"));
  const std::string_view said = cell(row, Kind::Fqn);
  if (said.empty()) return key;
  const auto same = model::key_of_any_fqn(said);
  if (same.ok() && *same == *key) return key;
  return invalid_argument(
      heading_.wrong(column(kind, Kind::Fqn), "it does not end with the name " + model::shown(name)));
}

/// The entity in which the item of a row is: its FQN without the names that the name's cell has.
Result<std::string> RowWriter::owner_key(const Row& row) const {
  if (file_.of == File::Of::Items) return file_.scope_key;
  const RowKind& any = file_.kinds.front();
  const std::size_t place = column(any, Kind::Fqn);
  const std::string_view said = cell(row, Kind::Fqn);
  if (place == Heading::kAbsent || said.empty())
    return invalid_argument("#FIELD_REQUIRED: a row of an item needs its fullyQualifiedName");
  const auto whole = fqn::split(said);
  const auto names = fqn::split(cell(row, Kind::Name));
  const bool ends_so =
      whole.ok() && names.ok() && whole->size() > names->size() &&
      std::equal(names->begin(), names->end(), whole->end() - static_cast<std::ptrdiff_t>(names->size()));
  if (!ends_so) return invalid_argument(heading_.wrong(place, "it does not end with the name of the row"));
  const std::vector<std::string> owner(whole->begin(), whole->end() - static_cast<std::ptrdiff_t>(names->size()));
  MD_LET(fqn, fqn::join(owner));
  MD_LET(key, model::key_of_any_fqn(fqn));
  MD_OK(check_scope(key, place));
  return key;
}

std::optional<Work> RowWriter::locate(Row& row) const {
  Error failed = check_cells(row);
  if (failed.ok()) {
    const auto kind = kind_of(row);
    const auto key = !kind.ok()                 ? Result<std::string>(kind.error())
                     : (*kind)->list == nullptr ? entity_key(row, **kind)
                                                : owner_key(row);
    if (key.ok()) return Work{*kind, model::fqn_of_key(*key), *key, 0, 1, false, false, false};
    failed = key.error();
  }
  row.failure = failed.message();
  return std::nullopt;
}

}  // namespace metadata::bulk
