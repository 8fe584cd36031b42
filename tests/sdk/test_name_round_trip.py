"""Generated names through the real client: made, found by FQN, listed and patched under the same name.

SDK_NAMES makes a run longer (2,000 is the full one), SDK_SEED gives other names.
"""

import os
import random
import unicodedata

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from urllib.parse import quote

from metadata.generated.schema.api.data.createDatabase import CreateDatabaseRequest
from metadata.generated.schema.api.data.createDatabaseSchema import CreateDatabaseSchemaRequest
from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.api.services.createDatabaseService import CreateDatabaseServiceRequest
from metadata.generated.schema.entity.data.databaseSchema import DatabaseSchema
from metadata.generated.schema.entity.data.table import Column, DataType, Table
from metadata.generated.schema.entity.services.databaseService import DatabaseServiceType

from client import unique

COUNT = int(os.environ.get("SDK_NAMES", 200))
PARTS = ["a", "Z", "0", "_", "-", ".", "..", "/", "//", "%", "%2F", "%252F", "%25", "%00", " ", "  ", "+", "&", "?", "#", "=", ":", ";", ",",
         "@", "!", "$", "'", '"', '""', "(", ")", "[", "]", "{", "}", "<", ">", "|", "\\", "^", "`", "~", "*", "::", "a::b", "->", "é", "e\u0301",
         "ß", "表", "名前", "🙂", "👩‍👩‍👧", "\u202e", "\u00a0", "name", "versions", "null", "__reserved__", "${x}", "../", "./", "%2e%2e%2f"]


@pytest.fixture(scope="module")
def schema(metadata):
    service = metadata.create_or_update(CreateDatabaseServiceRequest(name=unique("w9.s"), serviceType=DatabaseServiceType.SQLite))
    database = metadata.create_or_update(CreateDatabaseRequest(name="d/b", service=service.fullyQualifiedName))
    return metadata.create_or_update(CreateDatabaseSchemaRequest(name="s c.h%2Fema", database=database.fullyQualifiedName))


def names(seed):
    """Different names of one to 256 characters, all kinds of them."""
    rng, found = random.Random(seed), {}
    while len(found) < COUNT:
        length = rng.choice([1, 2, 3, 5, 8, 8, 8, 30])
        name = "".join(rng.choice(PARTS) for _ in range(length))
        if rng.random() < 0.1:
            name = (name + "x" * 256)[:rng.choice([255, 256])]
        stored = name.replace("::", "__reserved__colon__").replace(">", "__reserved__arrow__").replace('"', "__reserved__quote__")
        if name.strip() and len(stored) <= 256 and not unicodedata.combining(name[0]):
            found[stored] = name
    return list(found.values())


def test_w9_every_name_comes_back_by_its_fqn(metadata, schema, api):
    seed = int(os.environ.get("SDK_SEED", 9))
    print(f"seed {seed}, {COUNT} names")
    for number, name in enumerate(names(seed)):
        where = f"seed {seed}, name {name!r}"
        made = metadata.create_or_update(CreateTableRequest(
            name=name, databaseSchema=schema.fullyQualifiedName, columns=[Column(name="id", dataType=DataType.INT)]))
        assert made.name.root == name, where
        fqn = made.fullyQualifiedName.root
        found = metadata.get_by_name(entity=Table, fqn=fqn)
        assert found is not None and found.id == made.id and found.name.root == name, where
        # Its slashes escaped too, as other clients do; and escaped twice it is another name, which nobody has.
        raw = api.get("/tables/name/" + quote(fqn, safe=""))
        assert raw["id"] == str(made.id.root) and raw["fullyQualifiedName"] == fqn, where
        if "%" in quote(fqn, safe="") and number % 5 == 0:
            twice = api.call("GET", "/tables/name/" + quote(quote(fqn, safe=""), safe=""), status=404)
            assert twice.json()["code"] == 404, where
        again = metadata.create_or_update(CreateTableRequest(
            name=name, databaseSchema=schema.fullyQualifiedName, columns=[Column(name="id", dataType=DataType.INT)]))
        assert again.id == made.id, where
    listed = sum(1 for _ in metadata.list_all_entities(entity=Table, params={"databaseSchema": schema.fullyQualifiedName.root}, limit=1000))
    assert listed == COUNT
    assert metadata.get_by_name(entity=DatabaseSchema, fqn=schema.fullyQualifiedName).id == schema.id
