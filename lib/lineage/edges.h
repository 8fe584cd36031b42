#ifndef METADATA_LIB_LINEAGE_EDGES_H
#define METADATA_LIB_LINEAGE_EDGES_H

#include <string_view>

#include "lineage/context.h"
#include "metadata/patch.h"

// Single edges, as the functions of the same name of metadata::Lineage.
namespace metadata::lineage {

Result<LineageWritten> put_edge(const Context& context, std::string_view json, const WriteOptions& options);
Result<LineageWritten> put_edge(const Context& context, const EntityRef& from, const EntityRef& to,
                                std::string_view json, const WriteOptions& options);
Result<LineageWritten> patch_edge(const Context& context, const EntityRef& from, const EntityRef& to,
                                  const Patch& patch, const WriteOptions& options);
Result<LineageWritten> remove_edge(const Context& context, const EntityRef& from, const EntityRef& to,
                                   const WriteOptions& options);
Result<std::size_t> remove_by_source(const Context& context, const EntityRef& target, std::string_view source,
                                     const WriteOptions& options);
Result<LineageEdge> edge(const Context& context, const EntityRef& from, const EntityRef& to, const Principal& as,
                         const Interrupt& interrupt);

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_EDGES_H
