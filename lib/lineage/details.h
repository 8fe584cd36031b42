#ifndef METADATA_LIB_LINEAGE_DETAILS_H
#define METADATA_LIB_LINEAGE_DETAILS_H

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "lineage/context.h"

namespace metadata::lineage {

/// One column mapping as somebody says it.
struct Mapping {
  std::vector<std::string> from;
  std::string to;
  std::string function;
};

/// lineageDetails as somebody says them, checked but not yet compared with the catalog.
struct Details {
  std::string source = "Manual";
  std::string sql_query;    ///< empty: none
  std::string description;  ///< empty: none
  std::optional<std::int64_t> asset_edges;
  std::optional<EntityRef> pipeline;
  std::vector<Mapping> columns;
};

/// Reads lineageDetails. InvalidArgument names the member at fault, an unknown one too.
Result<Details> read_details(const json::Value& value);
/// A reference in a body: `{"id", "type"}` with what else references show. By name when it has no id.
Result<EntityRef> read_reference(const json::Value& value, std::string_view field);
/// Is it a source that an edge may have?
bool is_source(std::string_view word);

/// Who wrote an edge first and last.
struct Audit {
  std::int64_t created_at = 0;
  std::string created_by;
  std::int64_t updated_at = 0;
  std::string updated_by;
};

/// The JSON that is stored with an edge, and the audit part of it.
std::string body_of(const Details& details, const Audit& audit);
Audit audit_of(std::string_view body);
/// Do two bodies differ in more than the audit?
bool same_but_audit(std::string_view a, std::string_view b);

/// lineageDetails as readers see them: the body, source, columns by their FQNs, and the pipeline as a reference. The
/// keys are those of both ends.
std::string shown(const store::LineageRow& row, std::span<const store::LineageColumn> columns,
                  std::string_view from_key, std::string_view to_key, const store::RefRow* pipeline);

/// The same for whoever may not see one of the ends or the pipeline: neither the pipeline, nor its query, nor columns.
std::string shown_in_part(const store::LineageRow& row);

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_DETAILS_H
