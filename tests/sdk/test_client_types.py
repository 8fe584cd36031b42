"""Custom properties by the real client."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createCustomProperty import CreateCustomPropertyRequest
from metadata.generated.schema.entity.data.table import Table
from metadata.generated.schema.entity.type import Type
from metadata.generated.schema.type.basic import EntityName
from metadata.generated.schema.type.customProperty import CustomProperty
from metadata.ingestion.models.custom_properties import CustomPropertyDataTypes, OMetaCustomProperties

from client import Chain, unique
from sdk_client import connect


@pytest.fixture(scope="module")
def metadata(server, bot_token):
    return connect(server, bot_token)


@pytest.mark.parametrize("kind", [CustomPropertyDataTypes.STRING, CustomPropertyDataTypes.INTEGER, CustomPropertyDataTypes.MARKDOWN])
def test_get_property_type_ref_names_a_type_of_fields(metadata, api, kind):
    found = metadata.get_property_type_ref(kind)
    assert str(found.root.id.root) == api.get(f"/metadata/types/name/{kind.value}")["id"] and found.root.type == "type"


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
