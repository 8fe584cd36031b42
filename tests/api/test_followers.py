"""Followers and votes: of every type that has them; without a version, told in the log, counted by voter."""

import re
import uuid

import pytest

from client import name_path, unique
from persons import make_user
from kinds import KINDS
from test_permissions import VIEW_ALL, person_with, ref, rule


def with_field(api, described, field):
    collections = {path.removeprefix("/api/v1").rsplit("/{id}/", 1)[0] for path in described["paths"] if path.endswith("/{id}/" + field)}
    return [kind for kind in KINDS if kind.collection in collections]


def follow(client, table, user, **options):
    return client.call("PUT", f"/tables/{table['id']}/followers", json=user["id"], **options).json()


def vote(client, table, word, **options):
    return client.call("PUT", f"/tables/{table['id']}/vote", json={"updatedVoteType": word}, **options).json()


def shown(client, table, field):
    return client.get(f"/tables/{table['id']}?fields={field}")[field]


def test_every_type_with_followers_takes_and_shows_them(api, chain, described, person):
    kinds = with_field(api, described, "followers")
    assert {kind.type for kind in kinds} >= {"table", "topic", "dashboard", "pipeline", "databaseService"}, kinds
    for kind in kinds:
        made = api.post(kind.collection, kind.body(chain))
        at = f"{kind.collection}/{made['id']}"
        event = api.call("PUT", at + "/followers", json=person[0]["id"]).json()
        assert event["entityType"] == kind.type and event["entityId"] == made["id"], kind
        now = api.get(at + "?fields=followers")
        assert [user["id"] for user in now["followers"]] == [person[0]["id"]] and now["version"] == made["version"], kind
        api.call("DELETE", f"{at}/followers/{person[0]['id']}", status=200)
        assert api.get(at + "?fields=followers")["followers"] == [], kind


def test_every_type_with_votes_counts_them(api, chain, described, person):
    kinds = with_field(api, described, "vote")
    assert {kind.type for kind in kinds} >= {"table", "topic", "dashboard", "pipeline", "glossaryTerm"}, kinds
    for kind in kinds:
        made = api.post(kind.collection, kind.body(chain))
        person[1].call("PUT", f"{kind.collection}/{made['id']}/vote", json={"updatedVoteType": "votedDown"})
        votes = api.get(f"{kind.collection}/{made['id']}?fields=votes")["votes"]
        assert votes["downVotes"] == 1 and votes["upVotes"] == 0 and votes["downVoters"][0]["id"] == person[0]["id"], kind


def test_the_answer_is_the_event_that_the_log_has(api, chain, person):
    table = chain.table(unique("followed"))
    answer = api.call("PUT", f"/tables/{table['id']}/followers", json=person[0]["id"])
    event = answer.json()
    assert answer.headers["X-OpenMetadata-Change"] == "entityFieldsChanged" and event["eventType"] == "entityUpdated"
    assert event["previousVersion"] == event["currentVersion"] == 0.1
    added = event["changeDescription"]["fieldsAdded"]
    assert [field["name"] for field in added] == ["followers"] and added[0]["newValue"][0]["id"] == person[0]["id"]
    logged = [one for one in api.get(f"/events?fqn={name_path(table['fullyQualifiedName'])}&limit=100")["data"] if one["id"] == event["id"]]
    assert len(logged) == 1 and logged[0]["changeDescription"] == event["changeDescription"]
    gone = api.call("DELETE", f"/tables/{table['id']}/followers/{person[0]['id']}").json()
    assert gone["changeDescription"]["fieldsDeleted"][0]["oldValue"][0]["id"] == person[0]["id"]


def test_what_is_so_already_is_not_told_again(api, chain, person):
    table = chain.table(unique("still"))
    events = lambda: len(api.get(f"/events?fqn={name_path(table['fullyQualifiedName'])}&limit=100")["data"])
    first, again = follow(api, table, person[0]), None
    before = events()
    again = follow(api, table, person[0])
    vote(api, table, "unVoted")
    api.call("DELETE", f"/tables/{table['id']}/followers/{uuid.uuid4()}", status=404)
    assert events() == before and again["id"] != first["id"] and len(shown(api, table, "followers")) == 1
    assert api.get(f"/tables/{table['id']}/versions")["versions"].__len__() == 1


def test_one_vote_a_user_and_the_last_counts(server, api, chain, person):
    table = chain.table(unique("voted"))
    other, client = make_user(server, api)
    vote(person[1], table, "votedUp")
    vote(client, table, "votedUp")
    changed = vote(client, table, "votedDown")["changeDescription"]["fieldsUpdated"]
    assert changed == [{"name": "votes", "oldValue": "votedUp", "newValue": "votedDown"}]
    votes = shown(api, table, "votes")
    assert (votes["upVotes"], votes["downVotes"]) == (1, 1)
    assert votes["upVoters"][0]["id"] == person[0]["id"] and votes["downVoters"][0]["id"] == other["id"]
    vote(person[1], table, "unVoted")
    vote(client, table, "unVoted")
    assert shown(api, table, "votes") == {"upVotes": 0, "downVotes": 0, "upVoters": [], "downVoters": []}


def test_votes_follow_the_voter_s_name_and_removal(server, api, chain):
    table = chain.table(unique("named"))
    voter, client = make_user(server, api)
    vote(client, table, "votedUp")
    follow(api, table, voter)
    api.patch(f"/users/{voter['id']}", [{"op": "add", "path": "/displayName", "value": "Renamed"}])
    assert shown(api, table, "votes")["upVoters"][0]["displayName"] == "Renamed"
    api.delete(f"/users/{voter['id']}?hardDelete=true")
    assert shown(api, table, "votes")["upVotes"] == 0 and shown(api, table, "followers") == []


def test_only_what_is_there_is_followed(server, api, chain):
    table = chain.table(unique("there"))
    user, _ = make_user(server, api)
    api.error("PUT", f"/tables/{uuid.uuid4()}/followers", 404, json=user["id"])
    api.error("PUT", f"/tables/{table['id']}/followers", 404, json=str(uuid.uuid4()))
    api.error("PUT", f"/tables/{table['id']}/followers", 404, json=chain.database["id"])  # no user
    for body in ('"nobody"', '{"id":1}', "[]", "null", '"', ""):
        api.error("PUT", f"/tables/{table['id']}/followers", 400, data=body, headers={"Content-Type": "application/json"})
    for body in ({}, {"updatedVoteType": "maybe"}, {"updatedVoteType": 1}, [], "votedUp"):
        api.error("PUT", f"/tables/{table['id']}/vote", 400, json=body)
    follow(api, table, user)
    api.delete(f"/users/{user['id']}")
    wrong = api.error("PUT", f"/tables/{table['id']}/followers", 400, json=user["id"])
    assert wrong["message"] == f"User {user['id']} is deleted"
    api.call("DELETE", f"/tables/{table['id']}/followers/{user['id']}", status=200)  # may stop
    api.delete(f"/tables/{table['id']}")
    api.error("PUT", f"/tables/{table['id']}/vote", 404, json={"updatedVoteType": "votedUp"})


def test_who_sees_it_follows_it_for_themselves_alone(server, api, chain, person):
    table = chain.table(unique("mine"))
    somebody, client = make_user(server, api)
    follow(client, table, somebody)
    refused = client.error("PUT", f"/tables/{table['id']}/followers", 403, json=person[0]["id"])
    assert "EditAll" in refused["message"]
    follow(api, table, person[0])
    client.error("DELETE", f"/tables/{table['id']}/followers/{person[0]['id']}", 403)
    client.call("DELETE", f"/tables/{table['id']}/followers/{somebody['id']}", status=200)
    assert [user["id"] for user in shown(api, table, "followers")] == [person[0]["id"]]


@pytest.fixture(scope="module")
def narrow(server, api):
    """Somebody who sees neither tables with a mark nor other users."""
    return person_with(server, api, VIEW_ALL | {"operations": ["ViewAll"]}, rule("deny", ["ViewAll"], "matchAnyTag('PII.None')", ["table"], "marked"),
                       rule("deny", ["ViewAll"], "!isOwner()", ["user"], "people"))[:2]


def test_hidden_entities_and_users_are_as_absent(api, chain, person, narrow):
    entity, client = narrow
    marked = chain.table(unique("marked"), tags=[{"tagFQN": "PII.None", "source": "Classification"}])
    plain = chain.table(unique("plain"))
    absent = client.error("PUT", f"/tables/{uuid.UUID(int=7)}/vote", 404, json={"updatedVoteType": "votedUp"})
    hidden = client.error("PUT", f"/tables/{marked['id']}/vote", 404, json={"updatedVoteType": "votedUp"})
    assert hidden["message"].replace(marked["id"], "X") == absent["message"].replace(str(uuid.UUID(int=7)), "X")
    client.error("PUT", f"/tables/{marked['id']}/followers", 404, json=entity["id"])
    # As the owner one may let others follow it; those whom one does not see are not there.
    api.patch(f"/tables/{plain['id']}", [{"op": "add", "path": "/owners", "value": [ref(entity, "user")]}])
    client.error("PUT", f"/tables/{plain['id']}/followers", 404, json=person[0]["id"])
    follow(api, plain, person[0])
    vote(person[1], plain, "votedUp")
    vote(client, plain, "votedUp")
    assert shown(client, plain, "followers") == []
    votes = shown(client, plain, "votes")
    assert votes["upVotes"] == 1 and votes["upVoters"][0]["id"] == entity["id"]
    assert shown(api, plain, "votes")["upVotes"] == 2
    told = client.get(f"/events?fqn={name_path(plain['fullyQualifiedName'])}&limit=100")["data"]
    changes = str([one["changeDescription"] for one in told if "changeDescription" in one])
    # As a whole word: the owner's name may begin with it.
    assert changes != "[]" and person[0]["id"] not in str(told) and not re.search(rf"\b{person[0]['name']}\b", changes)
