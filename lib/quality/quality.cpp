#include "metadata/quality.h"

#include "quality/parts.h"

namespace metadata {

Quality::Quality(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Quality::~Quality() = default;

}  // namespace metadata
