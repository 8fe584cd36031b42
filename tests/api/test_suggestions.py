"""Suggestions: what people and bots suggest to say of an entity or a column, and what becomes of it."""

import concurrent.futures
import time
import uuid

import pytest

from client import Api, Chain, name_path, unique
from harness import Server
from persons import make_user
from test_permissions import VIEW_ALL, person_with, ref, rule

KEYS = {"id", "type", "href", "entityLink", "createdAt", "createdBy", "updatedAt", "updatedBy", "status", "description", "tagLabels"}


def link(entity, *rest, kind="table"):
    return "<#E::" + "::".join((kind, entity["fullyQualifiedName"], *rest)) + ">"


def describing(entity, text="A better text", *rest, **more):
    return {"type": "SuggestDescription", "entityLink": link(entity, *rest), "description": text} | more


def labelling(entity, *tags, rest=()):
    return {"type": "SuggestTagLabel", "entityLink": link(entity, *rest),
            "tagLabels": [{"tagFQN": tag, "source": "Classification"} for tag in tags]}


def listed(api, **params):
    page = api.get("/suggestions", params=params)
    return [one["id"] for one in page["data"]]


def events_of(api, entity):
    return api.events_after(0, id=entity["id"])


@pytest.fixture(scope="module")
def author(person):
    """Whom `user` acts as."""
    return person[0]


@pytest.fixture(scope="module")
def table(chain):
    return chain.table()


def test_a_suggestion_is_made_read_and_listed(api, user, author, chain):
    table = chain.table()
    answer = user.call("POST", "/suggestions", json=describing(table, "All orders", "columns", "id", "description"), status=201)
    made = answer.json()
    assert answer.headers["X-OpenMetadata-Change"] == "suggestionCreated"
    assert set(made) == KEYS - {"tagLabels"}
    assert made["status"] == "Open" and made["type"] == "SuggestDescription" and made["description"] == "All orders"
    assert made["entityLink"] == link(table, "columns", "id", "description")
    assert made["createdBy"]["id"] == author["id"] and made["createdBy"]["href"].endswith("/v1/users/" + author["id"])
    assert made["updatedBy"] == author["name"] and made["createdAt"] == made["updatedAt"] > 1_600_000_000_000
    assert made["href"].endswith("/api/v1/suggestions/" + made["id"])
    assert user.get(f"/suggestions/{made['id']}") == made
    page = api.get("/suggestions", params={"entityFQN": table["fullyQualifiedName"]})
    assert page == {"data": [made], "paging": {"total": 1}}
    assert made["id"] in listed(api, userId=author["id"], limit=100)
    assert listed(api, entityFQN=table["fullyQualifiedName"], userId=author["id"]) == [made["id"]]
    for nothing in ({"status": "Accepted"}, {"suggestionType": "SuggestTagLabel"}, {"userId": str(uuid.uuid4())}):
        assert listed(api, entityFQN=table["fullyQualifiedName"], **nothing) == []
    assert listed(api, entityFQN="no.such.thing.there") == []
    assert api.get(f"/tables/{table['id']}")["version"] == 0.1


def test_accepting_is_a_patch_by_who_accepts(server, api, user, chain):
    table = chain.table()
    made = user.post("/suggestions", describing(table, "The key", "columns", "id", "description"))
    boss, client = make_user(server, api)
    before = len(events_of(api, table))
    answer = client.call("PUT", f"/suggestions/{made['id']}/accept", data=b"", headers={"Content-Type": "application/json"})
    accepted = answer.json()
    assert answer.headers["X-OpenMetadata-Change"] == "suggestionAccepted"
    assert accepted == made | {"status": "Accepted", "updatedBy": boss["name"], "updatedAt": accepted["updatedAt"]}
    now = api.get(f"/tables/{table['id']}")
    assert now["columns"][0]["description"] == "The key" and now["version"] == 0.2 and now["updatedBy"] == boss["name"]
    assert now["changeDescription"]["fieldsAdded"][0]["name"] == "columns.id.description"
    told = events_of(api, table)[before:]
    assert [event["eventType"] for event in told] == ["entityUpdated", "suggestionAccepted"]
    assert told[1]["userName"] == boss["name"] and told[1]["entityId"] == table["id"]
    said = told[1]["changeDescription"]["fieldsUpdated"][0]
    assert said["name"] == "suggestion" and made["id"] in str(said["newValue"])
    assert listed(api, entityFQN=table["fullyQualifiedName"]) == []
    assert listed(api, entityFQN=table["fullyQualifiedName"], status="Accepted") == [made["id"]]
    for act in ("accept", "reject"):
        assert "Accepted already" in api.error("PUT", f"/suggestions/{made['id']}/{act}", 409)["message"]
    api.error("PUT", f"/suggestions/{made['id']}", 409, json=made)


def test_labels_are_added_and_a_tier_takes_the_place_of_another(api, user, chain):
    table = chain.table(tags=[{"tagFQN": "Tier.Tier1", "source": "Classification"}, {"tagFQN": "PII.None", "source": "Classification"}])
    made = user.post("/suggestions", labelling(table, "Tier.Tier2", "PersonalData.Personal"))
    assert [label["tagFQN"] for label in made["tagLabels"]] == ["Tier.Tier2", "PersonalData.Personal"]
    assert all({"tagFQN", "source", "labelType", "state"} <= set(label) for label in made["tagLabels"]) and "description" not in made
    user.put(f"/suggestions/{made['id']}/accept")
    tags = [label["tagFQN"] for label in api.get(f"/tables/{table['id']}?fields=tags")["tags"]]
    assert sorted(tags) == ["PII.None", "PersonalData.Personal", "Tier.Tier2"]
    column = user.post("/suggestions", labelling(table, "PII.Sensitive", rest=("columns", "email", "tags")))
    user.put(f"/suggestions/{column['id']}/accept")
    now = api.get(f"/tables/{table['id']}?fields=tags")
    assert [label["tagFQN"] for label in now["columns"][1]["tags"]] == ["PII.Sensitive"]
    assert "PII.Nothing" in user.error("POST", "/suggestions", 404, json=labelling(table, "PII.Nothing"))["message"]


def test_rejecting_changes_nothing_but_the_suggestion(api, user, chain):
    table = chain.table()
    made = user.post("/suggestions", describing(table))
    rejected = api.put(f"/suggestions/{made['id']}/reject")
    assert rejected["status"] == "Rejected" and rejected["updatedBy"] == "admin"
    assert api.get(f"/tables/{table['id']}")["version"] == 0.1
    assert listed(api, entityFQN=table["fullyQualifiedName"], status="Rejected") == [made["id"]]
    assert [event["eventType"] for event in events_of(api, table)][-2:] == ["suggestionCreated", "suggestionRejected"]


def test_the_author_changes_what_is_suggested_and_nothing_else(server, api, user, chain):
    table = chain.table()
    made = user.post("/suggestions", describing(table, "first"))
    time.sleep(0.01)
    changed = user.put(f"/suggestions/{made['id']}", made | {"description": "second", "tagLabels": None})
    assert changed == made | {"description": "second", "updatedAt": changed["updatedAt"]} and changed["updatedAt"] > made["updatedAt"]
    assert api.put(f"/suggestions/{made['id']}", {"description": "by the admin"})["updatedBy"] == "admin"
    _, other = make_user(server, api)
    assert "not allowed" in other.error("PUT", f"/suggestions/{made['id']}", 403, json={"description": "x"})["message"]
    other.call("DELETE", f"/suggestions/{made['id']}", status=403)
    for wrong, field in (({"type": "SuggestTagLabel"}, "type"), ({"status": "Accepted"}, "status"), ({"entityLink": link(table, "columns", "id")}, "entityLink"),
                         ({"id": str(uuid.uuid4())}, "id"), ({"description": ""}, "description"), ({"more": 1}, "more")):
        assert user.error("PUT", f"/suggestions/{made['id']}", 400, json={"description": "x"} | wrong)["details"]["field"] == field
    answer = user.call("DELETE", f"/suggestions/{made['id']}", status=200)
    assert answer.json()["id"] == made["id"] and answer.headers["X-OpenMetadata-Change"] == "suggestionDeleted"
    user.call("GET", f"/suggestions/{made['id']}", status=404)
    assert [event["eventType"] for event in events_of(api, table)][-3:] == ["suggestionUpdated", "suggestionUpdated", "suggestionDeleted"]


def test_of_what_has_owners_they_decide(server, api, user, chain):
    team = api.post("/teams", {"name": unique("crew"), "teamType": "Group"})
    owner, owning = make_user(server, api)
    _, member = make_user(server, api, teams=[team["id"]])
    table = chain.table(owners=[ref(owner, "user")])
    teams = chain.table(owners=[ref(team, "team")])
    made = [user.post("/suggestions", describing(one))["id"] for one in (table, table, teams)]
    for act in ("accept", "reject"):
        assert "it has owners" in user.error("PUT", f"/suggestions/{made[0]}/{act}", 403)["message"]
        query = f"?entityFQN={name_path(table['fullyQualifiedName'])}&userId={owner['id']}"
        user.error("PUT", f"/suggestions/{act}-all{query}", 403)
    assert owning.put(f"/suggestions/{made[0]}/accept")["status"] == "Accepted"
    assert owning.put(f"/suggestions/{made[1]}/reject")["status"] == "Rejected"
    assert member.put(f"/suggestions/{made[2]}/accept")["status"] == "Accepted"


def test_who_may_not_make_the_change_may_suggest_it_and_not_accept_it(server, api, chain):
    table = chain.table()
    _, client, _, _ = person_with(server, api, VIEW_ALL, rule("deny", ["EditDescription"]), rule("deny", ["EditTags", "EditTier"], name="tags"))
    for body in (describing(table), labelling(table, "PII.None"), labelling(table, "Tier.Tier1")):
        made = client.post("/suggestions", body)
        for act in ("accept", "reject"):
            client.error("PUT", f"/suggestions/{made['id']}/{act}", 403)
    assert api.get(f"/tables/{table['id']}?fields=tags")["version"] == 0.1
    _, tagger, _, _ = person_with(server, api, VIEW_ALL, rule("deny", ["EditTier"], name="tier"))
    # The right of the very label counts, as in a patch.
    tagger.error("PUT", f"/suggestions/{made['id']}/accept", 403)
    assert api.get(f"/suggestions/{made['id']}")["status"] == "Open"


def test_what_is_hidden_answers_as_what_is_absent(server, api, user):
    tag = api.post("/tags", {"name": unique("Veil"), "classification": "PII", "description": "d"})["fullyQualifiedName"]
    chain = Chain(api)
    hidden = chain.table(tags=[{"tagFQN": tag, "source": "Classification"}])
    seen = chain.table()
    author, writer = make_user(server, api)
    made = writer.post("/suggestions", describing(hidden, "marrow"))
    other = writer.post("/suggestions", labelling(seen, tag, "PersonalData.Personal"))
    hide = rule("deny", ["ViewAll"], f"matchAnyTag('{tag}')", ["table"], "hide")
    _, client, _, _ = person_with(server, api, VIEW_ALL, hide, rule("deny", ["ViewAll"], None, ["tag", "user"], "people"))
    absent = str(uuid.uuid4())
    for method, path, body in (("GET", "/suggestions/{0}", None), ("PUT", "/suggestions/{0}", {"description": "x"}), ("DELETE", "/suggestions/{0}", None),
                               ("PUT", "/suggestions/{0}/accept", None), ("PUT", "/suggestions/{0}/reject", None)):
        told = [client.call(method, path.replace("{0}", which), json=body, status=404).text.replace(which, "?") for which in (made["id"], absent)]
        assert told[0] == told[1]
    nowhere = {"fullyQualifiedName": chain.fqn + "." + unique("none")}
    told = [client.error("POST", "/suggestions", 404, json=describing(one))["message"].replace(one["fullyQualifiedName"], "?") for one in (hidden, nowhere)]
    assert told[0] == told[1]
    for params in ({"userId": author["id"]}, {"entityFQN": hidden["fullyQualifiedName"]}):
        page = client.get("/suggestions", params=params)
        assert made["id"] not in str(page) and "marrow" not in str(page) and page["paging"]["total"] == len(page["data"])
    shown = client.get("/suggestions", params={"userId": author["id"]})["data"]
    assert [one["id"] for one in shown] == [other["id"]] and tag not in str(shown) and "createdBy" not in shown[0]
    assert events_of(client, hidden) == []


def test_it_follows_its_entity_and_goes_with_it(api, user):
    glossary = api.post("/glossaries", {"name": unique("words"), "description": "d"})
    term = api.post("/glossaryTerms", {"name": "a", "glossary": glossary["name"], "description": "d"})
    made = user.post("/suggestions", {"type": "SuggestDescription", "entityLink": link(term, kind="glossaryTerm"), "description": "better"})
    name = unique("terms")
    api.patch(f"/glossaries/{glossary['id']}", [{"op": "replace", "path": "/name", "value": name}])
    api.patch(f"/glossaryTerms/{term['id']}", [{"op": "replace", "path": "/name", "value": "b"}])
    assert api.get(f"/suggestions/{made['id']}")["entityLink"] == f"<#E::glossaryTerm::{name}.b>"
    assert listed(api, entityFQN=f"{name}.b") == [made["id"]] and listed(api, entityFQN=term["fullyQualifiedName"]) == []
    api.delete(f"/glossaryTerms/{term['id']}")
    api.call("GET", f"/suggestions/{made['id']}", status=404)
    api.call("PUT", f"/suggestions/{made['id']}/accept", status=404)
    api.put("/glossaryTerms/restore", {"id": term["id"]})
    assert api.put(f"/suggestions/{made['id']}/accept")["status"] == "Accepted"
    assert api.get(f"/glossaryTerms/{term['id']}")["description"] == "better"
    api.delete(f"/glossaries/{glossary['id']}?hardDelete=true&recursive=true")
    api.call("GET", f"/suggestions/{made['id']}", status=404)


def test_what_has_gone_cannot_be_accepted(api, user, chain):
    table = chain.table()
    column = user.post("/suggestions", describing(table, "d", "columns", "email"))
    tag = api.post("/tags", {"name": unique("Short"), "classification": "PII", "description": "d"})
    label = user.post("/suggestions", labelling(table, tag["fullyQualifiedName"]))
    api.patch(f"/tables/{table['id']}", [{"op": "remove", "path": "/columns/1"}])
    api.delete(f"/tags/{tag['id']}?hardDelete=true&recursive=true")
    told = api.error("PUT", f"/suggestions/{column['id']}/accept", 404)["message"]
    assert column["id"] in told and table["fullyQualifiedName"] in told and '"email"' in told
    assert tag["fullyQualifiedName"] in api.error("PUT", f"/suggestions/{label['id']}/accept", 404)["message"]
    assert {api.get(f"/suggestions/{one['id']}")["status"] for one in (column, label)} == {"Open"}
    assert api.put(f"/suggestions/{column['id']}/reject")["status"] == "Rejected"


def test_nested_columns_and_other_lists(api, user, chain):
    table = chain.table(columns=[{"name": "a.b", "dataType": "STRUCT", "children": [{"name": "city", "dataType": "INT"}]}])
    made = user.post("/suggestions", describing(table, "The city", "columns", '"a.b".city', "description"))
    api.put(f"/suggestions/{made['id']}/accept")
    assert api.get(f"/tables/{table['id']}")["columns"][0]["children"][0]["description"] == "The city"
    service = api.post("/services/messagingServices", {"name": unique("kafka"), "serviceType": "Kafka"})
    topic = api.post("/topics", {"name": "t", "service": service["name"], "partitions": 1, "messageSchema": {
        "schemaType": "JSON", "schemaFields": [{"name": "f", "dataType": "RECORD", "children": [{"name": "g", "dataType": "INT"}]}]}})
    body = {"type": "SuggestDescription", "entityLink": link(topic, "messageSchema", "f.g", "description", kind="topic"), "description": "A field"}
    api.put(f"/suggestions/{user.post('/suggestions', body)['id']}/accept")
    assert api.get(f"/topics/{topic['id']}")["messageSchema"]["schemaFields"][0]["children"][0]["description"] == "A field"


def test_of_many_who_decide_at_once_one_does(server, api, admin_token, user, chain):
    table = chain.table()
    clients = [Api(server.base, admin_token) for _ in range(8)]
    for round_ in range(5):
        made = user.post("/suggestions", describing(table, f"text {round_}"))
        acts = ["accept" if i % 2 else "reject" for i in range(8)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda at: clients[at].call("PUT", f"/suggestions/{made['id']}/{acts[at]}", status=(200, 409)).status_code, range(8)))
        assert codes.count(200) == 1 and codes.count(409) == 7
        accepted = acts[codes.index(200)] == "accept"
        assert api.get(f"/suggestions/{made['id']}")["status"] == ("Accepted" if accepted else "Rejected")
        assert (api.get(f"/tables/{table['id']}").get("description") == f"text {round_}") == accepted


def test_accepting_while_the_entity_changes_loses_no_change(server, api, admin_token, user, chain):
    table = chain.table()
    ids = [user.post("/suggestions", describing(table, f"text {i}", "columns", "id"))["id"] for i in range(10)]
    clients = [Api(server.base, admin_token) for _ in range(4)]
    patch = lambda i: clients[i % 4].patch(f"/tables/{table['id']}", [{"op": "add", "path": "/displayName", "value": f"shown {i}"}])
    accept = lambda i: clients[i % 4].put(f"/suggestions/{ids[i]}/accept")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = [pool.submit(act, i) for i in range(10) for act in (patch, accept)]
        [one.result() for one in done]
    now = api.get(f"/tables/{table['id']}")
    assert now["version"] == pytest.approx(2.1) and now["columns"][0]["description"].startswith("text ") and now["displayName"].startswith("shown ")
    assert api.get("/suggestions", params={"entityFQN": table["fullyQualifiedName"], "status": "Accepted"})["paging"]["total"] == 10


def test_all_of_an_author_are_accepted_in_one_version_or_rejected(server, api, user, author, chain):
    table = chain.table()
    fqn = table["fullyQualifiedName"]
    _, other = make_user(server, api)
    kept = other.post("/suggestions", describing(table, "of another"))
    user.post("/suggestions", describing(table, "of the table"))
    user.post("/suggestions", describing(table, "of the column", "columns", "id"))
    label = user.post("/suggestions", labelling(table, "PII.None"))
    time.sleep(0.01)
    query = {"userId": author["id"], "entityFQN": fqn, "suggestionType": "SuggestDescription"}
    answer = api.call("PUT", "/suggestions/accept-all", params=query, headers={"Content-Type": "application/json"})
    assert {one["description"] for one in answer.json()} == {"of the table", "of the column"}
    assert all(one["status"] == "Accepted" for one in answer.json())
    now = api.get(f"/tables/{table['id']}")
    assert (now["version"], now["description"], now["columns"][0]["description"]) == (0.2, "of the table", "of the column")
    assert set(listed(api, entityFQN=fqn)) == {kept["id"], label["id"]}
    assert api.call("PUT", "/suggestions/accept-all", params=query).json() == []
    rejected = api.call("PUT", "/suggestions/reject-all", params=query | {"suggestionType": "SuggestTagLabel"}).json()
    assert [one["id"] for one in rejected] == [label["id"]]
    api.error("PUT", "/suggestions/accept-all", 404, params=query | {"entityFQN": fqn + "x"})
    for wrong in ({"userId": ""}, {"userId": "x"}, {"entityFQN": ""}, {"suggestionType": "x"}):
        api.error("PUT", "/suggestions/accept-all", 400, params=query | wrong)
    assert api.call("DELETE", f"/suggestions/table/name/{name_path(fqn)}").json() == {"deleted": 4}
    api.call("DELETE", f"/suggestions/tables/name/{name_path(fqn)}", status=404)
    assert listed(api, entityFQN=fqn) == []


def test_one_that_cannot_be_applied_holds_back_those_with_it(api, user, author, chain):
    table = chain.table()
    user.post("/suggestions", describing(table, "good"))
    lost = user.post("/suggestions", describing(table, "lost", "columns", "email"))
    api.patch(f"/tables/{table['id']}", [{"op": "remove", "path": "/columns/1"}])
    query = {"userId": author["id"], "entityFQN": table["fullyQualifiedName"]}
    time.sleep(0.01)
    assert lost["id"] in api.error("PUT", "/suggestions/accept-all", 404, params=query)["message"]
    assert "description" not in api.get(f"/tables/{table['id']}") and len(listed(api, entityFQN=table["fullyQualifiedName"])) == 2
    api.put(f"/suggestions/{lost['id']}/reject")
    assert len(api.call("PUT", "/suggestions/accept-all", params=query).json()) == 1


def test_pages_have_neither_gap_nor_repeat(server, api, chain):
    author, writer = make_user(server, api)
    tables = [chain.table() for _ in range(3)]
    made = [writer.post("/suggestions", describing(tables[i % 3], f"d{i}"))["id"] for i in range(13)]
    for params in ({"userId": author["id"]}, {"userId": author["id"], "entityFQN": tables[0]["fullyQualifiedName"]}):
        whole = listed(api, limit=100, **params)
        assert set(whole) == set(made if len(params) == 1 else made[::3]) and len(whole) == len(set(whole))
        seen, after = [], None
        while True:
            page = api.get("/suggestions", params=params | {"limit": 4} | ({"after": after} if after else {}))
            assert page["paging"]["total"] == len(whole)
            seen += [one["id"] for one in page["data"]]
            after = page["paging"].get("after")
            if not after:
                break
        assert seen == whole
        back = api.get("/suggestions", params=params | {"limit": 4, "before": page["paging"]["before"]})
        assert [one["id"] for one in back["data"]] == whole[-4 - len(page["data"]):][:4]
    times = [one["createdAt"] for one in api.get("/suggestions", params={"userId": author["id"], "limit": 100})["data"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("query", ["limit=-1", "limit=x", "after=x", "after=Zm9v", "before=!", "before=YQ&after=YQ", "userId=7", "status=open", "suggestionType=x"])
def test_a_list_that_cannot_be_meant_is_refused(api, query):
    api.call("GET", "/suggestions?" + query, status=400)


def test_hostile_bodies_say_what_to_change(api, user, table):
    good = describing(table)
    field = lambda body, status=400: user.error("POST", "/suggestions", status, json=body)["details"]["field"]
    assert field([]) == "" and field({}) == "type"
    for key, value in (("type", "SuggestNothing"), ("type", None), ("type", 3), ("description", ""), ("description", None), ("description", []),
                       ("entityLink", 5), ("tagLabels", [{"tagFQN": "PII.None", "source": "Classification"}]), ("tagLabels", "x"), ("more", 1)):
        assert field(good | {key: value}) == key, (key, value)
    fqn = table["fullyQualifiedName"]
    for bad in ("", "table", "<#E::table>", "<#E::table::>", f"<#E::table::{fqn}", f"<#E::table::{fqn}::columns>", f"<#E::table::{fqn}::rows::id>",
                f"<#E::table::{fqn}::columns::id::tags>", f"<#E::table::{fqn}::columns::id::description::x>", f"<#E::table::{fqn}::tags>",
                "<#E::" + "x::" * 1000 + ">", "<#E::table::" + "x" * 100_000 + "|>"):
        user.error("POST", "/suggestions", 400, json=good | {"entityLink": bad})
    for gone in (f"<#E::table::{fqn}.none>", f"<#E::nothing::{fqn}>", f"<#E::table::{fqn}::columns::none>", "<#E::table::" + "x" * 100_000 + ">",
                 f"<#E::table::{fqn}::columns::" + "a." * 5000 + "b>"):
        user.error("POST", "/suggestions", (400, 404), json=good | {"entityLink": gone})
    assert field(good | {"description": "x" * 70_000}, 413) == "description"
    assert field(labelling(table, *["PII.None"] * 101), 413) == "tagLabels"
    assert field(labelling(table, "Tier.Tier1", "Tier.Tier2")) == "tagLabels"
    for bad in ({}, {"tagFQN": "PII.None"}, {"tagFQN": "PII.None", "source": "x"}, 7, {"tagFQN": "PII.None", "source": "Classification", "more": 1}):
        user.error("POST", "/suggestions", 400, json=labelling(table) | {"tagLabels": [bad]})
    user.error("POST", "/suggestions", 400, data=b"{", headers={"Content-Type": "application/json"})
    user.error("POST", "/suggestions", 415, data=b"{}", headers={"Content-Type": "text/plain"})
    for path in ("/suggestions/7", "/suggestions/" + "x" * 3000):
        for method in ("GET", "PUT", "DELETE"):
            user.call(method, path, json={} if method == "PUT" else None, status=(400, 404))
    assert listed(api, entityFQN=fqn) == []


def test_a_person_of_whom_nothing_is_left_still_suggested_it(server, api, chain):
    table = chain.table()
    author, writer = make_user(server, api)
    made = writer.post("/suggestions", describing(table))
    api.delete(f"/users/{author['id']}?hardDelete=true")
    left = api.get(f"/suggestions/{made['id']}")
    assert left["createdBy"]["name"] == author["name"] and left["createdBy"]["deleted"] is True
    assert api.put(f"/suggestions/{made['id']}/accept")["status"] == "Accepted"


def test_a_crash_leaves_the_change_and_the_acceptance_or_neither(tmp_path):
    server = Server().start()
    try:
        api = Api(server.base, server.login())
        table = Chain(api).table()
        ids = [api.post("/suggestions", describing(table, f"text {i}"))["id"] for i in range(60)]
        clients = [Api(server.base, api.session.headers["Authorization"].split()[1]) for _ in range(3)]

        def accept(at):
            for id_ in ids[at::3]:
                try:
                    clients[at].session.put(server.base + f"/suggestions/{id_}/accept", timeout=10)
                except OSError:
                    return

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for at in range(3):
                pool.submit(accept, at)
            time.sleep(0.15)
            server.kill()
        server.start()
        api = Api(server.base, server.login())
        accepted = api.get("/suggestions", params={"entityFQN": table["fullyQualifiedName"], "status": "Accepted"})["paging"]["total"]
        assert api.get(f"/tables/{table['id']}")["version"] == pytest.approx(0.1 + 0.1 * accepted)
        assert api.get("/suggestions", params={"entityFQN": table["fullyQualifiedName"]})["paging"]["total"] == 60 - accepted
    finally:
        server.stop()
        server.remove()


def test_a_webhook_may_ask_for_what_becomes_of_suggestions(api):
    hook = api.post("/webhooks", {"name": unique("hook"), "endpoint": "http://127.0.0.1:9/", "enabled": False,
                                  "eventFilters": [{"entityType": "table", "eventType": "suggestionAccepted"}]})
    assert hook["eventFilters"][0]["eventType"] == "suggestionAccepted"
    api.delete(f"/webhooks/{hook['id']}")
