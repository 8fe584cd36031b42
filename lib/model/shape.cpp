#include "model/shape.h"

namespace metadata::model {
namespace {

/// The field behind which edges of this kind and direction stand.
const Field* relation(const EntityType& type, std::string_view kind, bool outgoing) {
  for (const Field& field : type.fields) {
    if (field.place == Place::Relation && field.relation.kind == kind && field.relation.outgoing == outgoing)
      return &field;
  }
  return nullptr;
}

}  // namespace

AccessShape shape_of(const EntityType& type) {
  AccessShape shape;
  shape.type = &type;
  shape.owners = relation(type, "owns", false);
  shape.domains = relation(type, "inDomain", true);
  shape.reviewers = relation(type, "reviews", false);
  for (const Field& field : type.fields) {
    if (field.place == Place::Tags) shape.tags = &field;
    if (field.place == Place::Document && field.type.name == "AssetCertification") shape.certification = &field;
  }
  return shape;
}

}  // namespace metadata::model
