"""The real client of an ingestion and one of a person write over each other."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

import requests
from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.entity.data.table import Column, DataType, Table
from metadata.generated.schema.type.bulkOperationResult import BulkOperationResult
from metadata.generated.schema.type.tagLabel import LabelType, State, TagLabel, TagSource

from client import Chain, unique
from sdk_client import connect


@pytest.fixture(scope="module")
def ingestion(server, bot_token):
    return connect(server, bot_token)


@pytest.fixture(scope="module")
def person(server):
    return connect(server, server.login())


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api, "putrules")


def request(chain, name, said, **more):
    columns = [Column(name="id", dataType=DataType.INT, description=said), Column(name="email", dataType=DataType.STRING)]
    return CreateTableRequest(name=name, databaseSchema=chain.fqn, description=said, columns=columns, **more)


def read(client, table):
    return client.get_by_name(entity=Table, fqn=table.fullyQualifiedName, fields=["tags", "owners"])


def test_an_ingestion_that_runs_again_keeps_what_people_wrote_and_renews_what_it_wrote(ingestion, person, chain):
    name = unique("t")
    made = ingestion.create_or_update(request(chain, name, "first run"))
    again = ingestion.create_or_update(request(chain, name, "second run", displayName="Machine"))
    assert (again.description.root, again.columns[0].description.root, again.displayName) == ("second run", "second run", "Machine")

    patched = person.patch_description(entity=Table, source=read(person, made), description="by hand", force=True)
    assert patched.description.root == "by hand"
    third = ingestion.create_or_update(request(chain, name, "third run", displayName="Machine 3"))
    assert (third.description.root, third.columns[0].description.root, third.displayName) == ("by hand", "third run", "Machine 3")

    # The ingestion's own patch with force counts again.
    ingestion.patch_description(entity=Table, source=read(ingestion, made), description="forced", force=True)
    assert ingestion.create_or_update(request(chain, name, "fourth run")).description.root == "fourth run"


@pytest.mark.covers("patch_column_description", "patch_column_tags")
def test_columns_that_are_sent_again_keep_their_words_and_labels_by_name(ingestion, person, chain):
    made = ingestion.create_or_update(request(chain, unique("t"), "run"))
    person.patch_column_description(table=read(person, made), column_fqn=f"{made.fullyQualifiedName.root}.email",
                                    description="where to write", force=True)
    tag = TagLabel(tagFQN="PII.Sensitive", source=TagSource.Classification, labelType=LabelType.Manual, state=State.Confirmed)
    from metadata.ingestion.models.table_metadata import ColumnTag
    person.patch_column_tags(table=read(person, made), column_tags=[
        ColumnTag(column_fqn=f"{made.fullyQualifiedName.root}.email", tag_label=tag)])
    turned = [Column(name="EMAIL", dataType=DataType.STRING), Column(name="more", dataType=DataType.INT),
              Column(name="id", dataType=DataType.INT)]
    ingestion.create_or_update(CreateTableRequest(name=made.name, databaseSchema=chain.fqn, columns=turned))
    after = read(ingestion, made)
    assert [column.name.root for column in after.columns] == ["EMAIL", "more", "id"]
    assert after.columns[0].description.root == "where to write" and [one.tagFQN.root for one in after.columns[0].tags] == ["PII.Sensitive"]
    assert after.columns[2].description.root == "run"


def test_a_person_replaces_and_clears(person, ingestion, chain):
    name = unique("t")
    person.create_or_update(request(chain, name, "one", displayName="One"))
    after = person.create_or_update(CreateTableRequest(name=name, databaseSchema=chain.fqn, columns=[
        Column(name="id", dataType=DataType.INT)]))
    assert after.description is None and after.displayName is None and len(after.columns) == 1
    assert float(after.version.root) == 1.1  # a column went


def test_the_strict_model_reads_a_bulk_result(server, bot_token, chain):
    bodies = [request(chain, unique("t"), "x").model_dump(mode="json", exclude_none=True), {"name": "bad"}]
    answer = requests.put(f"{server.base}/tables/bulk", json=bodies, timeout=30, headers={
        "Authorization": "Bearer " + bot_token, "X-Metadata-Dialect": "openmetadata"})
    result = BulkOperationResult(**answer.json())
    assert (result.status.value, result.numberOfRowsPassed.root, result.numberOfRowsFailed.root) == ("partialSuccess", 1, 1)
    assert result.successRequest[0].request == f"{chain.fqn}.{bodies[0]['name']}" and "item 1" in result.failedRequest[0].message
