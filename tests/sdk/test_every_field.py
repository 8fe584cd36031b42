"""Every field of the real client's create requests comes back as it was sent, for every entity type."""

import datetime
import enum
import inspect
import json
import typing

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.type.entityReference import EntityReference
from metadata.generated.schema.type.entityReferenceList import EntityReferenceList
from metadata.generated.schema.type.tagLabel import TagLabel
from pydantic import AnyUrl, BaseModel, RootModel

from client import Chain, unique
from kinds import KINDS
from test_every_type import NOT_CREATED, classes_of

DEPTH = 4
MASK = "*********"


class Sampler:
    """A value for whatever a field of the client's models may hold, as JSON."""

    def __init__(self, world):
        self.world = world

    def value(self, name, annotation, depth=0):
        """None: no value is made."""
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return self.value(name, arguments[0], depth)
        if origin is typing.Union or type(annotation).__name__ == "UnionType":
            real = [one for one in arguments if one is not type(None)]
            return self.value(name, real[0], depth)
        if name in self.world.named and (depth == 0 or name in ("owners", "description", "displayName")):
            return self.world.named[name]
        if name == "columns" and depth == 0:
            return [{"name": "id", "dataType": "INT", "description": "told"}]
        if origin in (list, typing.List) or annotation in (list, typing.List):
            one = self.value(name, arguments[0], depth) if arguments else "text"
            return None if one is None else [one]
        if origin in (dict, typing.Dict):
            return {"key": "value"}
        if annotation is typing.Any:
            return {"key": "value"}
        if not inspect.isclass(annotation):
            return None
        if issubclass(annotation, (EntityReference, EntityReferenceList)):
            return None  # by name, above
        if issubclass(annotation, TagLabel):
            return {"tagFQN": "PII.Sensitive", "source": "Classification", "labelType": "Manual", "state": "Confirmed"}
        if issubclass(annotation, enum.Enum):
            return list(annotation)[0].value
        if issubclass(annotation, RootModel):
            return self.value(name, annotation.model_fields["root"].annotation, depth)
        if issubclass(annotation, BaseModel):
            return self.members(annotation, depth)
        if issubclass(annotation, bool):
            return True
        if issubclass(annotation, int):
            return 1
        if issubclass(annotation, float):
            return 0.5
        if issubclass(annotation, datetime.datetime):
            return "2024-05-06T07:08:09Z"
        if issubclass(annotation, AnyUrl):
            return "https://example.com/somewhere"
        return "text" if issubclass(annotation, str) else None

    def members(self, model, depth):
        if depth >= DEPTH:
            return None
        made = {}
        for field, info in model.model_fields.items():
            key = info.alias or field
            if key in ("fullyQualifiedName", "href", "profile", "customMetrics"):
                continue  # the server's own
            value = self.value(key, info.annotation, depth + 1)
            if value is not None:
                made[key] = value
            elif info.is_required():
                return None
        return made


class World:
    """What references and names of a request may name."""

    def __init__(self, api):
        person = unique("fieldperson")
        user = api.post("/users", {"name": person, "email": f"{person}@example.com"})
        api.put("/domains", {"name": "FieldDomain", "domainType": "Aggregate", "description": "d"})
        api.put("/dataProducts", {"name": "FieldProduct", "description": "d", "domains": ["FieldDomain"]})
        reference = {"id": user["id"], "type": "user"}
        api.put("/services/dashboardServices", {"name": "FieldBoards", "serviceType": "Superset"})
        for collection, name, more in (("charts", "chart", {}), ("dashboards", "board", {}), ("dashboard/datamodels", "model", {
                "dataModelType": "SupersetDataModel", "columns": [{"name": "id", "dataType": "INT"}]})):
            api.put("/" + collection, {"name": name, "service": "FieldBoards", **more})
        api.put("/metrics", {"name": "FieldMetric"})
        api.put("/glossaries", {"name": "FieldWords", "description": "d"})
        api.put("/glossaryTerms", {"name": "term", "glossary": "FieldWords", "description": "d"})
        self.named = {
            "owners": [reference], "reviewers": [reference], "experts": [person], "domains": ["FieldDomain"], "dataProducts": ["FieldProduct"],
            "sourceHash": "0123456789abcdef0123456789abcdef", "extension": None, "displayName": "Shown", "description": "told",
            "provider": "automation", "charts": ["FieldBoards.chart"], "dashboards": ["FieldBoards.board"],
            "dataModels": ["FieldBoards.model.model"], "dashboard": "FieldBoards.board", "relatedMetrics": ["FieldMetric"],
            "relatedTerms": ["FieldWords.term"], "users": [user["id"]], "bot": "ingestion-bot", "triggeredBy": None, "service": "driveHome",
            "tablePartition": {"columns": [{"columnName": "id", "intervalType": "TIME-UNIT", "interval": "daily"}]},
            "tableConstraints": [{"constraintType": "UNIQUE", "columns": ["id"]}],
        }


def differs(sent, shown, path):
    """Where what is shown is not what was sent; references are compared by what they name."""
    if isinstance(sent, dict) and isinstance(shown, dict):
        for key, value in sent.items():
            if key not in shown:
                yield f"{path}.{key}: sent {value!r}, not shown"
            else:
                yield from differs(value, shown[key], f"{path}.{key}")
    elif isinstance(sent, list) and isinstance(shown, list):
        if len(sent) != len(shown):
            yield f"{path}: {len(sent)} sent, {len(shown)} shown"
        for i, (one, other) in enumerate(zip(sent, shown)):
            yield from differs(one, other, f"{path}[{i}]")
    elif isinstance(sent, str) and isinstance(shown, dict):  # a reference that was given by its name
        if sent not in (shown.get("fullyQualifiedName"), shown.get("name"), shown.get("id")):
            yield f"{path}: sent {sent!r}, shown {shown!r}"
    elif shown == MASK and isinstance(sent, str):
        pass  # a secret, for people
    elif sent != shown:
        yield f"{path}: sent {sent!r}, shown {shown!r}"


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api, "fields")


@pytest.fixture(scope="module")
def world(api):
    return World(api)


# What the answer does not have, by what it is.
UNSEEN = {
    # other places to lie in, of which tests of their own tell
    "tag": {"parent", "associatedTags"}, "directory": {"parent"}, "file": {"directory"}, "domain": {"parent"}, "glossaryTerm": {"parent"},
    "testSuite": {"basicEntityReference", "executableEntityReference"},
    # taken, and not a part of the entity: the client's models of answers do not have them
    "pipelineService": {"scheduleInterval", "lifeCycle"}, "apiEndpoint": {"sourceUrl"},
    # follows from the endpoints that name it
    "apiCollection": {"apiEndpoints"},
    "query": {"dialect"}, "appMarketPlaceDefinition": {"enabled"},
    # secrets, and what only admins give
    "user": {"botName", "authenticationMechanism", "password", "confirmPassword", "createPasswordType", "isBot", "isAdmin"},
}
ALL = {"fullyQualifiedName"}  # follows from names


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.type not in NOT_CREATED], ids=str)
def test_every_field_of_a_create_request_comes_back(api, chain, world, kind):
    _, maker = classes_of(kind)
    body = kind.body(chain)
    sampler = Sampler(world)
    skipped = []
    for field, info in maker.model_fields.items():
        key = info.alias or field
        if key in body or key in UNSEEN.get(kind.type, ()) or key in ALL:
            continue
        value = sampler.value(key, info.annotation)
        if value is None:
            skipped.append(key)
        else:
            body[key] = value
    request = maker(**body)  # the client itself takes it
    sent = json.loads(request.model_dump_json(exclude_none=True, by_alias=True))
    made = api.post(kind.collection, sent)
    shown = api.get(f"{kind.collection}/{made['id']}?fields=*", headers={"X-Metadata-Dialect": "openmetadata"})
    wrong = [fault for key, value in body.items() for fault in differs(value, shown.get(key), key)]
    print(kind.type, "skipped:", skipped)
    assert not wrong, "\n".join(wrong)
