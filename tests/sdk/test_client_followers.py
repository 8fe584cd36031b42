"""Followers and votes with the real client: its second, fluent interface, and the models of what comes back."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.entity.data.table import Table
from metadata.generated.schema.type.changeEvent import ChangeEvent
from metadata.sdk.entities import Tables

from client import Chain


@pytest.fixture(autouse=True)
def default_client(metadata):
    Tables.set_default_client(metadata)


@pytest.fixture(scope="module")
def table(api):
    return Chain(api, "sdkfollow").table("t")


def ids(references):
    return {str(reference.id.root) for reference in references.root}


@pytest.mark.covers("sdk.add_followers", "sdk.remove_followers")
def test_followers_come_and_go(metadata, api, table, person):
    admin = api.get("/users/name/admin")
    followed = Tables.add_followers(table["id"], [person[0]["id"], admin["id"]])
    assert isinstance(followed, Table) and ids(followed.followers) == {person[0]["id"], admin["id"]}
    left = Tables.remove_followers(table["id"], [admin["id"]])
    assert ids(left.followers) == {person[0]["id"]} and left.version.root == 0.1
    assert ids(metadata.get_by_id(entity=Table, entity_id=table["id"], fields=["followers"]).followers) == {person[0]["id"]}


def test_the_answer_is_an_event_that_the_client_knows(metadata, table, person):
    told = ChangeEvent(**metadata.client.put(f"/tables/{table['id']}/followers", json=person[0]["id"]))
    assert told.eventType.value == "entityUpdated" and told.entityId.root.hex == table["id"].replace("-", "")
    told = ChangeEvent(**metadata.client.put(f"/tables/{table['id']}/vote", json={"updatedVoteType": "votedUp"}))
    assert told.changeDescription.fieldsUpdated[0].newValue == "votedUp"
    votes = metadata.get_by_id(entity=Table, entity_id=table["id"], fields=["votes"]).votes
    assert votes.upVotes == 1 and votes.downVotes == 0 and votes.upVoters.root[0].name == "ingestion-bot"
