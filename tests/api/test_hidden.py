"""A word that stands in everything hidden, looked for in the answers to every GET route, as everybody."""

import json
import re
import time

import pytest

from client import Api, Chain, name_path, unique, was_too_slow
from persons import make_user
from test_permissions import VIEW_ALL, person_with, ref, rule

# What a route needs that no entity of this catalog has an id for: it answers the same to everybody.
PLACE = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def secret(server, api):
    """A catalog in which one tag, and one user, make whatever bears or belongs to them invisible to some."""
    word = unique("marker").replace("_", "")
    tag = api.post("/tags", {"name": unique("Hidden"), "classification": "PII", "description": "d"})
    label = [{"tagFQN": tag["fullyQualifiedName"], "source": "Classification"}]
    chain = Chain(api)
    boss = api.post("/users", {"name": "boss" + word, "email": f"{word}@example.com", "displayName": word})
    group = api.post("/teams", {"name": "group" + word, "teamType": "Group", "description": word, "users": [boss["id"]]})
    column = {"name": "c" + word, "dataType": "INT", "description": word}
    hidden = chain.table("t" + word, description=word, displayName=word, tags=label, columns=[column])
    seen = chain.table(unique("seen"), owners=[ref(boss, "user")])
    dull = chain.table(unique("dull"))
    mark = api.post("/tags", {"name": "k" + word, "classification": "PII", "description": word})
    api.patch(f"/tables/{seen['id']}", [{"op": "add", "path": "/tags/0", "value": {
        "tagFQN": mark["fullyQualifiedName"], "source": "Classification"}}])
    api.patch(f"/tables/{seen['id']}", [{"op": "replace", "path": "/owners", "value": [ref(group, "team")]}])
    service = api.put("/services/pipelineServices", {"name": unique("ps"), "serviceType": "Airflow"})
    pipeline = api.post("/pipelines", {"name": "p" + word, "service": service["fullyQualifiedName"], "description": word,
                                       "tags": label, "tasks": [{"name": "task" + word}]})
    api.call("PUT", f"/pipelines/{name_path(pipeline['fullyQualifiedName'])}/status", status=(200, 201), json={
        "timestamp": 1700000000000, "executionStatus": "Failed", "taskStatus": [{"name": "task" + word, "executionStatus": "Failed"}]})
    through = {"sqlQuery": f"select {word}", "pipeline": ref(pipeline, "pipeline")}
    for a, b, more in ((seen, hidden, {}), (hidden, dull, through), (seen, dull, through)):
        edge = {"fromEntity": ref(a, "table"), "toEntity": ref(b, "table"), "lineageDetails": more}
        api.call("PUT", "/lineage", json={"edge": edge})
    case = api.post("/dataQuality/testCases", {
        "name": "case" + word, "description": word, "testDefinition": "tableRowCountToEqual", "tags": label,
        "entityLink": f"<#E::table::{seen['fullyQualifiedName']}>", "parameterValues": [{"name": "value", "value": "1"}]})
    suite = api.post("/dataQuality/testSuites", {"name": unique("suite")})
    api.put("/dataQuality/testCases/logicalTestCases", {"testSuiteId": suite["id"], "testCaseIds": [case["id"]]})
    api.call("POST", f"/dataQuality/testCases/testCaseResults/{name_path(case['fullyQualifiedName'])}", status=201,
             json={"timestamp": 1700000000000, "testCaseStatus": "Failed", "result": word})
    api.call("PUT", f"/tables/{seen['id']}/followers", json=boss["id"])
    api.put(f"/tables/{seen['id']}/joins", {"directTableJoins": [{"fullyQualifiedName": hidden["fullyQualifiedName"], "joinCount": 1}],
            "columnJoins": [{"columnName": "id", "joinedWith": [{"fullyQualifiedName": hidden["fullyQualifiedName"] + ".c" + word, "joinCount": 1}]}]})
    api.put(f"/tables/{hidden['id']}/sampleData", {"columns": ["c" + word], "rows": [[word]]})
    api.put(f"/tables/{hidden['id']}/tableProfile", {"tableProfile": {"timestamp": 1700000000000}, "columnProfile": [
        {"name": "c" + word, "timestamp": 1700000000000, "min": word}]})
    suggested = [api.post("/suggestions", {"entityLink": f"<#E::table::{table['fullyQualifiedName']}>"} | body)["id"] for table, body in (
        (hidden, {"type": "SuggestDescription", "description": word}),
        (seen, {"type": "SuggestTagLabel", "tagLabels": [{"tagFQN": mark["fullyQualifiedName"], "source": "Classification"}]}))]
    gone = chain.table("gone" + word, description=word, tags=label)
    api.delete(f"/tables/{gone['id']}?hardDelete=true")
    ended = chain.table("soft" + word, description=word, tags=label)
    api.delete(f"/tables/{ended['id']}")
    states = api.get(f"/dataQuality/testCases/testCaseIncidentStatus?testCaseFQN={name_path(case['fullyQualifiedName'])}")["data"]
    things = [("table", hidden), ("table", seen), ("table", dull), ("table", ended), ("user", boss), ("team", group), ("tag", mark),
              ("pipeline", pipeline), ("pipelineService", service), ("testCase", case), ("testSuite", suite),
              ("databaseSchema", chain.schema), ("database", chain.database), ("databaseService", chain.service),
              ("classification", api.get("/classifications/name/PII"))]
    return {"word": word, "tag": tag["fullyQualifiedName"], "things": things, "states": states, "suggested": suggested,
            "hide": [rule("deny", ["ViewAll"], f"matchAnyTag('{tag['fullyQualifiedName']}')", ["table", "pipeline", "testCase"], "deny"),
                     rule("deny", ["ViewAll"], "!isOwner()", ["user", "team"], "people"),
                     rule("deny", ["ViewAll"], None, ["tag"], "tags")]}


def get_paths(described, things, states, suggested):
    """Every GET route of the API's description, with each entity that may stand in it; and whether it takes the queries of lists."""
    kinds = {kind for kind, _ in things}
    for path, item in described["paths"].items():
        if "get" not in item:
            continue
        names = PLACE.findall(path)
        if not names:
            yield path, True
            continue
        for kind, entity in things:
            values = {"id": entity["id"], "fqn": name_path(entity["fullyQualifiedName"]), "version": str(entity.get("version", 0.1)),
                      "resource": kind, "entity": kind, "entityType": kind, "type": kind, "key": "1700000000000",
                      "index": "all", "expression": "isOwner()", "name": name_path(entity["fullyQualifiedName"])}
            if "result" in names or "testCaseResults" in path:
                values["fqn"] = name_path(entity["fullyQualifiedName"])
            beside = states if "testCaseIncidentStatus" in path else [{"id": one} for one in suggested] if "/suggestions/" in path else [{}]
            for state in beside:
                full = values | {name: state[name] for name in ("id", "stateId") if name in state}
                made = PLACE.sub(lambda match: full.get(match.group(1), entity["id"]), path)
                yield made, "/lineage/" in path
                if made.count("/") > 4 and len(names) > 1:
                    for _, other in things[:3]:
                        pair = iter([entity["id"], other["id"], kind, kind])
                        yield PLACE.sub(lambda match: full.get(match.group(1)) if "id" not in match.group(1).lower()
                                        else next(pair), path), False
    assert len(kinds) > 8


QUERIES = ("", "fields=*&limit=1000&include=all", "q=*&size=100&include_source_fields=*", "q={word}&index=all&size=100",
           "entityCreated=*&entityUpdated=*&entityDeleted=*&entityRestored=*&timestamp=1",
           "after=0&limit=1000", "fqn={seen}&type=table&upstreamDepth=3&downstreamDepth=3&includeDeleted=true",
           "testCaseFQN={case}", "databaseSchema={schema}&limit=1000&include=all&fields=*", "q=*&index=table&field=owners.name&facets=owners.displayName.keyword,tags.tagFQN&size=0")


def scan(server, client, described, secret):
    """(path, status) of answers that hold the word, though the request does not; and how many were asked for."""
    word = secret["word"]
    by_kind = {kind: entity for kind, entity in reversed(secret["things"])}
    seen = name_path(secret["things"][1][1]["fullyQualifiedName"])
    case, schema = (name_path(by_kind[kind]["fullyQualifiedName"]) for kind in ("testCase", "databaseSchema"))
    told, tried = [], 0
    for path, is_list in dict.fromkeys(get_paths(described, secret["things"], secret["states"], secret["suggested"])):
        for query in QUERIES if is_list else QUERIES[:2]:
            url = server.root + path + ("?" if query else "") + query.format(word=word, seen=seen, case=case, schema=schema)
            if "stream" in path or "swagger-ui" in path or path == "/metrics":
                continue
            end = time.monotonic() + 20
            while was_too_slow(answer := client.session.get(url, timeout=60)) and time.monotonic() < end:
                time.sleep(0.1)
            answer.encoding = "utf-8"  # guessing it takes ten seconds for an export of the audit log
            tried += 1
            assert answer.status_code < 500 or answer.status_code == 501, (url, answer.text)
            # What the request itself says comes back in "not found" and in the echo of a query.
            text = answer.text if word not in url else ("" if answer.status_code >= 400 else answer.text)
            if word in text and not (word in url and only_echo(text, url, word)):
                told.append((answer.status_code, url.replace(server.root, ""), text[max(0, text.index(word) - 150):][:300]))
    return told, tried


def only_echo(text, url, word):
    """A search repeats what was asked for; nothing else may."""
    try:
        body = json.loads(text)
    except ValueError:
        return False
    if isinstance(body, dict) and "suggest" in body:
        body = [options["options"] for suggestion in body["suggest"].values() for options in suggestion]
    return word not in json.dumps(body.get("hits", body) if isinstance(body, dict) else body)


def test_z5_the_word_is_found_by_whom_it_is_not_hidden_from(server, api, described, secret):
    told, tried = scan(server, api, described, secret)
    places = "\n".join(url for _, url, _ in told)
    assert tried > 1000
    for begin in ("/api/v1/tables?", "/api/v1/tables/", "/api/v1/lineage/", "/api/v1/search/query", "/api/v1/events", "/api/v1/pipelines/",
                  "/api/v1/dataQuality/testCases", "/api/v1/dataQuality/testCases/testCaseIncidentStatus", "/api/v1/users", "/api/v1/teams",
                  "/api/v1/tags", "/api/v1/databaseSchemas/", "/api/v1/dataQuality/testSuites/", "/versions"):
        assert begin in places, begin


@pytest.mark.parametrize("role", ["restricted", "consumer", "steward", "bot", "nothing", "expired", "anonymous"])
def test_z5_the_word_is_in_no_answer_to_anybody_else(server, api, described, secret, role):
    """Of every GET route, whatever the role adds to rules that hide."""
    hide = secret["hide"]
    if role == "anonymous":
        client = Api(server.base)
    elif role == "nothing":
        client = person_with(server, api, rule("deny", ["All"]))[1]
    elif role == "bot":
        client = bot_with(server, api, hide + [rule("allow", ["All"])])
    else:
        entity, client, _, made = person_with(server, api, VIEW_ALL, *hide)
        if role in ("consumer", "steward"):
            more = api.get(f"/roles/name/{'DataConsumer' if role == 'consumer' else 'DataSteward'}")
            api.patch(f"/users/{entity['id']}", [{"op": "add", "path": "/roles", "value": [ref(made, "role"), ref(more, "role")]}])
        if role == "expired":
            api.delete(f"/users/{entity['id']}")
    told, tried = scan(server, client, described, secret)
    assert tried > 1000
    assert not told, (len(told), tried, "\n".join(map(str, told[:12])))


def test_z5_counts_count_what_may_be_seen(server, api, secret):
    entity, client, _, _ = person_with(server, api, VIEW_ALL, *secret["hide"])
    boss = next(one for kind, one in secret["things"] if kind == "user")
    team = api.post("/teams", {"name": unique("own"), "teamType": "Department", "owners": [ref(entity, "user")],
                               "users": [boss["id"], entity["id"]]})
    api.post("/teams", {"name": unique("below"), "teamType": "Group", "parents": [team["id"]]})
    counts = [who.get(f"/teams/{team['id']}?fields=userCount,childrenCount") for who in (api, client)]
    assert [(c["userCount"], c["childrenCount"]) for c in counts] == [(2, 1), (1, 0)]
    assert "termCount" in api.get("/classifications/name/PII?fields=termCount")
    assert "termCount" not in client.get("/classifications/name/PII?fields=termCount")
    seen = secret["things"][1][1]
    path = f"/lineage/table/name/{name_path(seen['fullyQualifiedName'])}"
    assert [len(who.get(path)["nodes"]) for who in (api, client)] == [2, 1]
    named = [tables_in_log(who) for who in (api, client)]
    hidden = secret["things"][0][1]["id"]
    assert hidden in named[0] and hidden not in named[1] and secret["things"][2][1]["id"] in named[1]


def tables_in_log(client):
    named, at = set(), 0
    while True:
        page = client.get("/events", params={"after": at, "limit": 1000, "entityType": "table"})
        named |= {event["entityId"] for event in page["data"]}
        if not page["data"] and int(page["paging"]["after"]) == at:
            return named
        at = int(page["paging"]["after"])


def bot_with(server, api, rules):
    policy = api.post("/policies", {"name": unique("policy"), "rules": rules})
    role = api.post("/roles", {"name": unique("role"), "policies": [policy["name"]]})
    name = unique("robot")
    user = api.post("/users", {"name": name, "email": f"{name}@example.com", "isBot": True, "roles": [role["id"]]})
    token = api.put(f"/users/generateToken/{user['id']}", {"JWTTokenExpiry": "OneHour"})["JWTToken"]
    return Api(server.base, token)
