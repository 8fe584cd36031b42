#ifndef METADATA_LIB_MODEL_FORMATS_H
#define METADATA_LIB_MODEL_FORMATS_H

#include <cstddef>
#include <string>
#include <string_view>

#include "json/value.h"
#include "metadata/error.h"
#include "model/field.h"

namespace metadata::model {

/// What is wrong with a text of this format, as the end of a sentence ("must be …"); Ok when nothing is.
Error check_format(Format format, std::string_view text);

std::string lower_ascii(std::string_view text);
bool is_blank(std::string_view text);  ///< nothing but white space of JSON, or nothing at all

/// A value as messages show it: compact, whole UTF-8 characters, cut after about 100 bytes.
std::string shown(const json::Value& value);
std::string shown(std::string_view text);

/// "a text", "an object" …: the kind of a JSON value.
std::string_view kind_of(const json::Value& value);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_FORMATS_H
