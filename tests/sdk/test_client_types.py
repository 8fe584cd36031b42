"""Custom properties by the real client."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createCustomProperty import CreateCustomPropertyRequest
from metadata.generated.schema.entity.data.table import Table
from metadata.generated.schema.entity.type import Type
from metadata.generated.schema.type.basic import EntityName
from metadata.generated.schema.type.customProperty import CustomProperty
from metadata.ingestion.models.custom_properties import CustomPropertyDataTypes, OMetaCustomProperties
from metadata.sdk.entities.tables import Tables

from client import Chain, unique


@pytest.mark.covers("get_property_type_ref", "get_custom_property_type")
@pytest.mark.parametrize("kind", [CustomPropertyDataTypes.STRING, CustomPropertyDataTypes.INTEGER, CustomPropertyDataTypes.MARKDOWN])
def test_get_property_type_ref_names_a_type_of_fields(metadata, api, kind):
    assert metadata.get_custom_property_type(kind).name.root == kind.value
    found = metadata.get_property_type_ref(kind)
    assert str(found.root.id.root) == api.get(f"/metadata/types/name/{kind.value}")["id"] and found.root.type == "type"


@pytest.mark.covers("create_or_update_custom_property", "get_entity_custom_properties", "get_property_type_ref")
def test_a_property_that_the_client_makes_takes_values(metadata, api):
    name = unique("made").replace("_", "")
    request = CreateCustomPropertyRequest(name=EntityName(name), description="by the client",
                                          propertyType=metadata.get_property_type_ref(CustomPropertyDataTypes.INTEGER))
    for _ in range(2):
        answer = metadata.create_or_update_custom_property(OMetaCustomProperties(entity_type=Table, createCustomPropertyRequest=request))
        assert answer["name"] == "table"
        Type(**answer)
    properties = {one["name"]: CustomProperty(**one) for one in metadata.get_entity_custom_properties(entity_type=Table)}
    assert properties[name].propertyType.root.name == "integer" and properties[name].description.root == "by the client"
    chain = Chain(api, "clientTypes")
    made = chain.table(extension={name: 7})
    assert metadata.get_by_id(entity=Table, entity_id=made["id"], fields=["extension"]).extension.root == {name: 7}


@pytest.mark.covers("sdk.update_custom_properties", "sdk.update_custom_properties_by_name")
def test_values_are_set_and_cleared_by_the_second_interface(metadata, api):
    names = [unique("fluent").replace("_", "") for _ in range(2)]
    for name in names:
        metadata.create_or_update_custom_property(OMetaCustomProperties(entity_type=Table, createCustomPropertyRequest=CreateCustomPropertyRequest(
            name=EntityName(name), description="d", propertyType=metadata.get_property_type_ref(CustomPropertyDataTypes.STRING))))
    made = Chain(api, "clientFluent").table()
    Tables.set_default_client(metadata)
    read = lambda: metadata.get_by_id(entity=Table, entity_id=made["id"], fields=["extension"]).extension
    Tables.update_custom_properties(made["id"]).with_property(names[0], "one").execute()
    Tables.update_custom_properties_by_name(made["fullyQualifiedName"]).with_properties({names[1]: "two"}).execute()
    assert read().root == {names[0]: "one", names[1]: "two"}
    Tables.update_custom_properties(made["id"]).clear_all().execute()
    assert not read()
