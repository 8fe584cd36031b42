"""What the real client does with every entity type that it knows: make, read, list, patch, put again, delete."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

import requests
from metadata.ingestion.ometa import routes

from client import Chain
from kinds import KINDS

# The client has no request for these.
NOT_CREATED = {"testConnectionDefinition", "report", "dataInsightChart", "kpi"}
# The client has a request, but looks for the module of its model where there is none.
NOT_PUT = {"appMarketPlaceDefinition"}
# What the client does not do without, though the server does.
MORE = {"testDefinition": {"entityType": "TABLE"}}


def classes_of(kind):
    """(model, create request) that the client has for a collection."""
    names = [name for name, route in routes.ROUTES.items() if route == kind.collection]
    makers = [name for name in names if name.startswith("Create")]
    models = [name for name in names if not name.startswith("Create") and hasattr(routes, name)]
    assert models, (kind.type, names)
    return getattr(routes, models[0]), getattr(routes, makers[0]) if makers else None


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api, "types")


def text(value):
    return getattr(value, "root", value)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_make_read_list_patch_and_delete(metadata, server, bot, bot_token, chain, kind):
    model, maker = classes_of(kind)
    body = kind.body(chain) | {"displayName": "Shown", "description": "told by a request"} | MORE.get(kind.type, {})
    if kind.type in NOT_CREATED | NOT_PUT:
        def put():
            return model(**bot.put(kind.collection, body, headers={"X-Metadata-Dialect": "openmetadata"}))
    else:
        def put():
            return metadata.create_or_update(maker(**body))
    made = put()
    assert text(made.name) == body["name"] and made.displayName == "Shown" and text(made.description) == "told by a request"
    assert put().version == made.version
    fqn = text(made.fullyQualifiedName)

    # All that the server shows of it is known to the client's model, which refuses what it does not know.
    whole = requests.get(f"{server.base}{kind.collection}/{text(made.id)}?fields=*", timeout=30,
                         headers={"Authorization": "Bearer " + bot_token, "X-Metadata-Dialect": "openmetadata"}).json()
    assert text(model(**whole).id) == text(made.id)

    by_name = metadata.get_by_name(entity=model, fqn=fqn, nullable=False)
    assert by_name.id == made.id and metadata.get_by_id(entity=model, entity_id=made.id, nullable=False).name == made.name
    assert text(made.id) in {text(entity.id) for entity in metadata.list_all_entities(entity=model)}
    assert text(metadata.get_entity_reference(entity=model, fqn=fqn).id) == text(made.id)

    changed = by_name.model_copy(deep=True)
    changed.displayName = "Shown otherwise"
    patched = metadata.patch(entity=model, source=by_name, destination=changed)
    assert patched.displayName == "Shown otherwise" and text(patched.version) == 0.2
    assert len(metadata.get_list_entity_versions(entity=model, entity_id=made.id).versions) == 2

    metadata.delete(entity=model, entity_id=made.id)
    assert metadata.get_by_name(entity=model, fqn=fqn) is None
    if kind.soft:
        metadata.delete(entity=model, entity_id=made.id, hard_delete=True)
    assert metadata.get_by_id(entity=model, entity_id=made.id) is None
