#ifndef METADATA_LIB_SEARCH_TERMS_H
#define METADATA_LIB_SEARCH_TERMS_H

#include <cstdint>
#include <string>
#include <string_view>

#include "metadata/ids.h"

/// What stands in an index document. Of whatever is not the entity's own (owners, labels, containers …) there are ids,
/// never names: so a rename changes one document. Names are looked up to ids when a query is planned, and ids to names
/// when an answer is composed.
///
/// kFormat grows with any change of this file or of what document.cpp and analyzer.cpp make: an index of another format
/// is built anew.
namespace metadata::search::terms {

inline constexpr std::string_view kFormat = "3";

// ---- boolean terms: one letter, then 16 bytes of an id or a text ------------------------------------------------
inline constexpr char kId = 'Q';         ///< the entity itself; unique
inline constexpr char kType = 'T';       ///< entity type: "Ttable"
inline constexpr char kState = 'L';      ///< "L0" live, "L1" soft-deleted
inline constexpr char kUnder = 'U';      ///< every container above it
inline constexpr char kOwner = 'O';      ///< its own owners (inherited ones come from the containers' own)
inline constexpr char kDomain = 'M';     ///< its own domains
inline constexpr char kRelated = 'R';    ///< ids of other relation fields: "R<field>\x1f<id>"
inline constexpr char kTag = 'G';        ///< labels of the entity and of its nested items
inline constexpr char kOwnTag = 'H';     ///< labels of the entity itself only
inline constexpr char kKeyword = 'K';    ///< "K<field>\x1f<value, folded>": values that are matched whole
inline constexpr char kExists = 'E';     ///< "E<field>": the member is there and neither null nor empty
inline constexpr char kExactName = 'N';  ///< the whole name, folded; the whole display name as well
inline constexpr char kNameWords = 'W';  ///< the words of the name joined by blanks; of the display name as well
inline constexpr char kExactItem = 'J';  ///< the whole name path of a nested item ("address.city"), folded

// ---- words: two letters, then the word. Each word of a text stands as written (folded; with positions where phrases
//      matter); and as its stem when that is another word, for a second posting costs more than anything else a
//      document has. So whatever has the stem s has the word s or the stem s.
inline constexpr std::string_view kNameWord = "XN";      ///< parts of name and display name
inline constexpr std::string_view kItemWord = "XI";      ///< parts of the names of nested items (columns, tasks)
inline constexpr std::string_view kTextWord = "XD";      ///< description
inline constexpr std::string_view kItemTextWord = "XE";  ///< descriptions of nested items
inline constexpr std::string_view kExtraWord = "XX";     ///< custom properties and whatever else a description names
inline constexpr std::string_view kNameStem = "ZN";
inline constexpr std::string_view kItemStem = "ZI";
inline constexpr std::string_view kTextStem = "ZD";
inline constexpr std::string_view kItemTextStem = "ZE";
inline constexpr std::string_view kExtraStem = "ZX";
/// Parts of the name of what others are found by: containers, and the ends of relations that a description names.
inline constexpr std::string_view kContainerStem = "ZC";

// ---- value slots -------------------------------------------------------------------------------------------------
inline constexpr unsigned kSlotId = 0;      ///< 16 bytes: breaks ties, names the hit
inline constexpr unsigned kSlotRid = 1;     ///< the store's rid, 8 bytes, most significant first
inline constexpr unsigned kSlotFacets = 2;  ///< FacetRecord (facet_record.h)
inline constexpr unsigned kSlotName = 3;    ///< folded name, cut at 64 bytes: order by name
inline constexpr unsigned kSlotDisplayName = 4;
inline constexpr unsigned kSlotRevision = 6;   ///< of the row that it was made from, 8 bytes; for check
inline constexpr unsigned kSlotUpdatedAt = 5;  ///< ms since 1970, 8 bytes, most significant first

/// No term is longer; what would be is replaced by its first bytes and a hash of the whole.
inline constexpr std::size_t kMaxTermBytes = 200;

std::string of_id(char kind, const EntityId& id);
std::string of_text(char kind, std::string_view text);
std::string of_field(char kind, std::string_view field, std::string_view value);
std::string of_word(std::string_view prefix, std::string_view word);
/// A word of the name of an entity of a type that others are found by; without a type what all these begin with.
std::string of_container(std::string_view stem, std::string_view type = {});

}  // namespace metadata::search::terms

#endif  // METADATA_LIB_SEARCH_TERMS_H
