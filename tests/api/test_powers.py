"""What nobody gives himself, what the last admin cannot lose, what each field needs, and what an absent thing answers."""

import json
import re
import statistics
import threading
import time
import uuid

import pytest

from client import Api, Chain, name_path, unique
from persons import make_user
from described import operations
from route_rules import ANYBODY, MAY_WITHOUT_RIGHTS, QUESTIONS
from test_permissions import PATCH, VIEW_ALL, person_with, ref, rule

NOT_DONE = (400, 401, 403, 404, 405)


# Z7 ------------------------------------------------------------------------------------------------------------------

def attempts(server, api, me, mine, strong):
    """(what, method, path, body) of ways to more rights than one has."""
    add = lambda path, value: [{"op": "add", "path": path, "value": value}]
    self_, team, policy = f"/users/{me['id']}", f"/teams/{mine['team']['id']}", f"/policies/{mine['policy']['id']}"
    admin = api.get("/users/name/admin")
    robot = api.get("/users/name/ingestion-bot")
    everything = [rule("allow", ["All"])]
    yield "be an admin", "PATCH", self_, add("/isAdmin", True)
    yield "be an admin by PUT", "PUT", "/users", {"name": me["name"], "email": me["email"], "isAdmin": True}
    yield "be a bot", "PATCH", self_, add("/isBot", True)
    yield "have a role", "PATCH", self_, add("/roles", [ref(strong["role"], "role")])
    yield "have a role by PUT", "PUT", "/users", {"name": me["name"], "email": me["email"], "roles": [strong["role"]["id"]]}
    yield "be in a team", "PATCH", self_, add("/teams", [ref(strong["team"], "team")])
    yield "take myself into a team", "PATCH", f"/teams/{strong['team']['id']}", add("/users", [ref(me, "user")])
    yield "give my team a role", "PATCH", team, add("/defaultRoles", [ref(strong["role"], "role")])
    yield "give my team a policy", "PATCH", team, add("/policies", [ref(strong["policy"], "policy")])
    yield "put my team below a strong one", "PATCH", team, add("/parents", [ref(strong["team"], "team")])
    yield "put my team below a strong one by PUT", "PUT", "/teams", {
        "name": mine["team"]["name"], "teamType": "Group", "parents": [strong["team"]["id"]]}
    yield "put my team below from above", "PATCH", f"/teams/{strong['team']['id']}", add("/children", [ref(mine["team"], "team")])
    yield "change my policy's rules", "PATCH", policy, [{"op": "replace", "path": "/rules", "value": everything}]
    yield "switch my policy off", "PATCH", policy, add("/enabled", False)
    yield "delete the policy that holds me back", "DELETE", policy, None
    yield "delete it by name", "DELETE", "/policies/name/" + name_path(mine["policy"]["name"]), None
    yield "delete the team whose policies hold me back", "DELETE", team + "?recursive=true", None
    yield "own a policy that nobody owns", "PATCH", f"/policies/{strong['policy']['id']}", add("/owners", [ref(me, "user")])
    yield "own a role that nobody owns", "PATCH", f"/roles/{strong['role']['id']}", add("/displayName", "mine")
    yield "give a role a policy", "PATCH", f"/roles/{strong['role']['id']}", add("/policies", [ref(mine["policy"], "policy")])
    yield "make a policy", "POST", "/policies", {"name": unique("p"), "rules": everything}
    yield "make a role", "POST", "/roles", {"name": unique("r"), "policies": [strong["policy"]["name"]]}
    yield "make an admin", "POST", "/users", {"name": unique("u"), "email": unique("e") + "@example.com", "isAdmin": True}
    yield "make a bot", "POST", "/bots", {"name": unique("b"), "botUser": me["name"]}
    yield "sign up as an admin twice", "POST", "/users/signup", {"email": admin["email"], "password": "Another-horse-8-battery",
                                                                 "firstName": "a", "lastName": "b"}
    for what, user in (("an admin", admin), ("a bot", robot)):
        yield f"a key of {what}", "POST", f"/users/{user['id']}/apiKeys", {"name": unique("k")}
        yield f"the keys of {what}", "GET", f"/users/{user['id']}/apiKeys", None
        yield f"a token of {what}", "PUT", f"/users/generateToken/{user['id']}", {"JWTTokenExpiry": "OneHour"}
        yield f"the token of {what}", "GET", f"/users/token/{user['id']}", None
        yield f"the mechanism of {what}", "GET", f"/users/auth-mechanism/{user['id']}", None
        yield f"an end of the token of {what}", "PUT", "/users/revokeToken", {"id": user["id"]}
        yield f"the personal tokens of {what}", "GET", f"/users/security/token?username={user['name']}", None
        yield f"a password of {what}", "PUT", "/users/changePassword", {
            "requestType": "USER", "username": user["name"], "newPassword": "Another-horse-9-battery", "confirmPassword": "Another-horse-9-battery"}
        yield f"a reset of {what}", "POST", "/users/generatePasswordResetLink", {"email": user["email"]}


def test_z7_nobody_gives_himself_more_than_he_has(server, api):
    strong = {"policy": api.post("/policies", {"name": unique("strong"), "rules": [rule("allow", ["All"])]})}
    strong["role"] = api.post("/roles", {"name": unique("strong"), "policies": [strong["policy"]["name"]]})
    strong["team"] = api.post("/teams", {"name": unique("strong"), "teamType": "Department", "defaultRoles": [strong["role"]["id"]]})
    hold = api.post("/policies", {"name": unique("hold"), "rules": [rule("deny", ["Delete"], None, ["testConnectionDefinition"])]})
    own = api.post("/policies", {"name": unique("own"), "rules": [
        rule("allow", ["All"], "isOwner()"), rule("allow", ["EditAll", "Delete"], "noOwner()", name="free")]})
    role = api.post("/roles", {"name": unique("own"), "policies": [own["name"]]})
    team = api.post("/teams", {"name": unique("mine"), "teamType": "Group", "policies": [hold["id"]]})
    me, client = make_user(server, api, roles=[role["id"]], teams=[team["id"]])
    for path in (f"/teams/{team['id']}", f"/policies/{hold['id']}"):
        api.patch(path, [{"op": "add", "path": "/owners", "value": [ref(me, "user")]}])
    before = client.get("/permissions")
    tried, done = 0, []
    for what, method, path, body in attempts(server, api, me, {"team": team, "policy": hold}, strong):
        more = {"headers": PATCH} if method == "PATCH" else {}
        answer = client.call(method, path, json=body, status=tuple(range(200, 600)), **more)
        tried += 1
        user = api.get(f"/users/{me['id']}?fields=roles,teams")
        same = not user.get("isAdmin") and not user.get("isBot") and [r["id"] for r in user["roles"]] == [role["id"]]
        if not same or answer.status_code >= 500 or (answer.status_code not in NOT_DONE and "PUT" not in what) \
                or [t["id"] for t in user["teams"]] != [team["id"]]:
            done.append((what, answer.status_code, answer.text[:200]))
    assert not done, (tried, done)
    assert tried == 43
    assert client.get("/permissions") == before
    assert not api.get(f"/teams/{team['id']}?fields=parents,defaultRoles").get("defaultRoles")
    assert strong["team"]["id"] not in json.dumps(api.get(f"/teams/{team['id']}?fields=parents").get("parents"))


def test_z7_the_last_admin_stays(fresh_server):
    api = Api(fresh_server.base, fresh_server.login())
    admin = api.get("/users/name/admin")
    at = f"/users/{admin['id']}"
    off = [{"op": "replace", "path": "/isAdmin", "value": False}]
    # A bot is nobody who logs in, and who is deleted no more.
    api.post("/users", {"name": "robot", "email": "robot@example.com", "isBot": True, "isAdmin": True})
    gone = api.post("/users", {"name": "gone", "email": "gone@example.com", "isAdmin": True})
    api.delete(f"/users/{gone['id']}")
    for method, path, body in (("PATCH", at, off), ("DELETE", at, None), ("DELETE", at + "?hardDelete=true", None),
                               ("DELETE", at + "?hardDelete=true&recursive=true", None), ("DELETE", "/users/name/admin", None),
                               ("PUT", "/users", {"name": "admin", "email": admin["email"], "isAdmin": False})):
        more = {"headers": PATCH} if method == "PATCH" else {}
        assert "is the last one with isAdmin true" in api.error(method, path, 400, json=body, **more)["message"]
    assert api.get(at)["isAdmin"] is True
    second = api.post("/users", {"name": "second", "email": "second@example.com", "isAdmin": True})
    answers = []
    tries = [threading.Thread(target=lambda path=path: answers.append(api.call("PATCH", path, json=off, headers=PATCH,
                                                                                status=tuple(range(200, 600))).status_code))
             for path in (at, f"/users/{second['id']}")]
    for each in tries:
        each.start()
    for each in tries:
        each.join()
    live = Api(fresh_server.base, fresh_server.login())
    left = [u["name"] for u in live.get("/users?isAdmin=true&limit=100")["data"] if not u.get("isBot")]
    assert len(left) == 1 and sorted(answers) in ([200, 400], [200, 403], [200, 401]), (answers, left)


# Z4 ------------------------------------------------------------------------------------------------------------------

FIELDS = {  # the operation that a change of it needs, and the change
    "EditDescription": ("/description", "new"), "EditDisplayName": ("/displayName", "new"), "EditOwners": ("/owners", "me"),
    "EditTags": ("/tags/-", {"tagFQN": "PII.Email", "source": "Classification"}),
    "EditTier": ("/tags/-", {"tagFQN": "Tier.Tier1", "source": "Classification"}),
    "EditCertification": ("/certification", {"tagLabel": {"tagFQN": "Certification.Gold", "source": "Classification",
                                                          "labelType": "Manual", "state": "Confirmed"},
                                              "appliedDate": 1, "expiryDate": 2}),
    "EditLifeCycle": ("/lifeCycle", {"created": {"timestamp": 1}}),
    "EditAll": ("/tableType", "View"),
}


def test_z4_a_patch_is_checked_by_each_field_that_it_changes(server, api, chain):
    people = {operation: person_with(server, api, VIEW_ALL, rule("allow", [operation], None, ["table"])) for operation in FIELDS}
    # Nothing of the organization's rules for everybody may help: they let everybody describe and tag.
    by_everybody = {"EditDescription", "EditTags", "EditTier", "EditGlossaryTerms", "EditCertification"}
    owned = api.get("/users/name/admin")
    wrong, cells = [], 0
    for who, (entity, client, _, _) in people.items():
        for needs, (path, value) in FIELDS.items():
            table = chain.table(unique("t"), owners=[ref(owned, "user")])
            if value == "me":
                value = [ref(entity, "user")]
            found = client.call("PATCH", f"/tables/{table['id']}", json=[{"op": "add", "path": path, "value": value}],
                                headers=PATCH, status=tuple(range(200, 600))).status_code
            may = who in (needs, "EditAll") or needs in by_everybody & consumer_edits(api)
            cells += 1
            if (found == 200) != may or found not in (200, 403):
                wrong.append((who, needs, found))
            if not may:  # what one may, together with what one may not
                both = [{"op": "add", "path": FIELDS[who][0], "value": [ref(entity, "user")] if who == "EditOwners" else FIELDS[who][1]},
                        {"op": "add", "path": path, "value": value}]
                client.call("PATCH", f"/tables/{table['id']}", json=both, headers=PATCH, status=403)
                assert api.get(f"/tables/{table['id']}")["version"] == table["version"]
    assert not wrong and cells == len(FIELDS) ** 2, wrong


def consumer_edits(api):
    policy = api.get("/policies/name/DataConsumerPolicy")
    return {operation for each in policy["rules"] if each["effect"] == "allow" for operation in each["operations"]}


def test_z4_what_is_the_servers_own_is_not_patched(api, chain):
    table = chain.table(unique("t"))
    at = f"/tables/{table['id']}"
    for path, value in (("/id", str(uuid.uuid4())), ("/version", 9.9), ("/fullyQualifiedName", "a.b.c.d"), ("/updatedBy", "nobody"),
                        ("/updatedAt", 1), ("/deleted", True), ("/href", "http://x"), ("/service", None), ("/name", "other")):
        answer = api.call("PATCH", at, json=[{"op": "add", "path": path, "value": value}], headers=PATCH, status=(200, 400))
        now = api.get(at)
        for name in ("id", "version", "fullyQualifiedName", "updatedBy", "deleted", "href", "name"):
            assert now.get(name) == table.get(name), (path, name, answer.status_code)


# Z3 ------------------------------------------------------------------------------------------------------------------

def test_z3_what_is_hidden_answers_as_what_is_absent(server, api):
    """200 pairs of requests for something hidden and for something absent: status, words, and the time it takes."""
    tag = api.post("/tags", {"name": unique("Veil"), "classification": "PII", "description": "d"})["fullyQualifiedName"]
    chain = Chain(api)
    hidden = [chain.table(unique("veiled"), tags=[{"tagFQN": tag, "source": "Classification"}]) for _ in range(10)]
    hide = rule("deny", ["ViewAll"], f"matchAnyTag('{tag}')", ["table"], "hide")
    edit = rule("allow", ["All"], None, ["table"], "edit")
    _, client, _, _ = person_with(server, api, VIEW_ALL, edit, hide)
    seen = chain.table(unique("seen"))
    describe = [{"op": "add", "path": "/description", "value": "d"}]
    shapes = [  # {0}: id, {1}: FQN
        ("GET", "/tables/{0}", None), ("GET", "/tables/name/{1}", None), ("GET", "/tables/{0}/versions", None),
        ("GET", "/tables/{0}/versions/0.1", None), ("PATCH", "/tables/{0}", describe), ("PATCH", "/tables/name/{1}", describe),
        ("DELETE", "/tables/{0}", None), ("DELETE", "/tables/{0}?hardDelete=true", None), ("DELETE", "/tables/name/{1}", None),
        ("PUT", "/tables/restore", {"id": "{0}"}), ("GET", "/lineage/table/{0}", None), ("GET", "/lineage/table/name/{1}", None),
        ("GET", "/permissions/table/{0}", None), ("GET", "/permissions/table/name/{1}", None),
        ("PUT", "/lineage", {"edge": {"fromEntity": {"id": "{0}", "type": "table"}, "toEntity": ref(seen, "table")}}),
        ("PUT", "/lineage", {"edge": {"fromEntity": ref(seen, "table"), "toEntity": {"id": "{0}", "type": "table"}}}),
        ("GET", f"/lineage/getLineageEdge/{seen['id']}/{{0}}", None), ("GET", "/tables/{0}?include=all&fields=*", None),
        ("DELETE", f"/lineage/table/{seen['id']}/table/{{0}}", None), ("GET", "/tables/{0}?include=deleted", None)]
    pairs, times = 0, {"hidden": [], "absent": []}
    for table in hidden:
        for method, path, body in shapes:
            told = []
            absent = {"id": str(uuid.uuid4()), "fullyQualifiedName": chain.fqn + "." + unique("absent")}
            for kind, one in (("hidden", table), ("absent", absent)):
                url = path.replace("{0}", one["id"]).replace("{1}", name_path(one["fullyQualifiedName"]))
                sent = None if body is None else json.loads(json.dumps(body).replace("{0}", one["id"]))
                more = {"headers": PATCH} if method == "PATCH" else {}
                began = time.perf_counter()
                answer = client.call(method, url, json=sent, status=tuple(range(200, 600)), **more)
                times[kind].append(time.perf_counter() - began)
                text = answer.text.replace(one["id"], "?").replace(one["fullyQualifiedName"], "?")
                told.append((answer.status_code, re.sub(r'"(requestId|timestamp)":[^,}]*', "", text)))
            pairs += 1
            assert told[0] == told[1] and 400 <= told[0][0] < 500, (method, path, told)
    assert pairs == 200
    medians = [statistics.median(times[kind]) for kind in ("hidden", "absent")]
    assert max(medians) < 3 * min(medians) + 0.002, medians


def test_z3_what_a_body_names_is_hidden_or_absent_alike(server, api):
    """References, labels, containers, links and conditions of bodies: to what may not be seen, and to what is not there."""
    mark = api.post("/tags", {"name": unique("Secret"), "classification": "PII", "description": "d"})["fullyQualifiedName"]
    label = {"tagFQN": mark, "source": "Classification"}
    chain, name = Chain(api), unique("boss")
    boss = api.post("/users", {"name": name, "email": f"{name}@example.com"})
    team = api.post("/teams", {"name": unique("crew"), "teamType": "Group", "users": [boss["id"]]})
    role = api.post("/roles", {"name": unique("rank"), "policies": ["DataConsumerPolicy"]})
    table = chain.table(unique("veiled"), tags=[label])
    api.patch(f"/databaseSchemas/{chain.schema['id']}", [{"op": "add", "path": "/tags", "value": [label]}])
    seen = Chain(api)
    mine = seen.table(unique("seen"))
    hide = [rule("deny", ["ViewAll"], f"matchAnyTag('{mark}')", ["table", "databaseSchema"], "hide"),
            rule("deny", ["ViewAll"], None, ["user", "team", "tag", "role"], "hide people")]
    _, client, _, _ = person_with(server, api, rule("allow", ["All"]), *hide)
    ids = lambda kind, entity: [{"id": entity, "type": kind}]
    tag_of = lambda fqn: [{"tagFQN": fqn, "source": "Classification"}]
    add = lambda path, value: [{"op": "add", "path": path, "value": value}]
    policy = lambda condition: {"name": unique("p"), "rules": [rule("allow", ["ViewAll"], condition)]}
    link = lambda fqn: {"name": "c", "testDefinition": "tableRowCountToEqual", "entityLink": f"<#E::table::{fqn}>",
                        "parameterValues": [{"name": "value", "value": "1"}]}
    at, new = f"/tables/{mine['id']}", lambda **more: seen.body(**more)
    shapes = [  # (method, path, body by what is named), hidden, absent
        ("PATCH", at, lambda x: add("/owners", ids("user", x)), boss["id"], str(uuid.uuid4())),
        ("PATCH", at, lambda x: add("/owners", ids("team", x)), team["id"], str(uuid.uuid4())),
        ("PATCH", at, lambda x: add("/tags", tag_of(x)), mark, "PII.Nothing"),
        ("PATCH", at, lambda x: add("/columns/0/tags", tag_of(x)), mark, "PII.Nothing"),
        ("POST", "/tables", lambda x: new(owners=ids("user", x)), boss["id"], str(uuid.uuid4())),
        ("POST", "/tables", lambda x: new(owners=[{"fullyQualifiedName": x, "type": "user"}]), boss["name"], unique("nobody")),
        ("POST", "/tables", lambda x: new(tags=tag_of(x)), mark, "PII.Nothing"),
        ("PUT", "/tables", lambda x: new(name=mine["name"], owners=ids("user", x)), boss["id"], str(uuid.uuid4())),
        ("PUT", "/tables", lambda x: new(name=mine["name"], tags=tag_of(x)), mark, "PII.Nothing"),
        ("POST", "/tables", lambda x: new() | {"databaseSchema": x}, chain.fqn, seen.database["fullyQualifiedName"] + ".nothing"),
        ("PUT", "/tables", lambda x: new() | {"databaseSchema": x}, chain.fqn, seen.database["fullyQualifiedName"] + ".nothing"),
        ("PUT", "/tables", lambda x: new(name=table["name"]) | {"databaseSchema": x}, chain.fqn, seen.database["fullyQualifiedName"] + ".nothing"),
        ("POST", "/tables", lambda x: new(name=table["name"]) | {"databaseSchema": x}, chain.fqn, seen.database["fullyQualifiedName"] + ".nothing"),
        ("POST", "/dataQuality/testCases", link, table["fullyQualifiedName"], seen.fqn + ".nothing"),
        ("POST", "/policies", lambda x: policy(f"matchAnyTag('{x}')"), mark, "PII.Nothing"),
        ("POST", "/policies", lambda x: policy(f"inAnyTeam('{x}')"), team["name"], unique("noteam")),
        ("POST", "/policies", lambda x: policy(f"hasAnyRole('{x}')"), role["name"], unique("norole")),
    ]
    for method, path, body, hidden, absent in shapes:
        told = []
        for named in (hidden, absent):
            more = {"headers": PATCH} if method == "PATCH" else {}
            wrong = client.call(method, path, json=body(named), status=tuple(range(200, 500)), **more)
            told.append((wrong.status_code, wrong.text.replace(named, "?")))
        assert told[0] == told[1] and told[0][0] == 404, (method, path, told)
    for expression in (f"matchAnyTag('{mark}')", "matchAnyTag('PII.Nothing')", f"inAnyTeam('{team['name']}')", "inAnyTeam('none')"):
        assert client.get(f"/policies/validation/condition/{name_path(expression)}") == {}
    client.error("GET", "/policies/validation/condition/" + name_path("isOwner("), 400)


def test_z3_what_was_there_before_its_author_could_not_see_it_stays(server, api, chain):
    """A change of something else does not need to see the owners that an entity has, nor its container."""
    name = unique("boss")
    boss = api.post("/users", {"name": name, "email": f"{name}@example.com"})
    table = chain.table(unique("kept"), owners=[ref(boss, "user")])
    _, client, _, _ = person_with(server, api, rule("allow", ["All"]), rule("deny", ["ViewAll"], None, ["user", "databaseSchema"], "hide"))
    client.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/description", "value": "d"}])
    body = chain.body(table["name"]) | {"displayName": "shown", "owners": [ref(boss, "user")]}
    assert client.call("PUT", "/tables", json=body, status=200).json()["displayName"] == "shown"
    assert [o["id"] for o in api.get(f"/tables/{table['id']}?fields=owners")["owners"]] == [boss["id"]]


# Z1, Z2 --------------------------------------------------------------------------------------------------------------

def test_z1_every_route_declares_who_may_use_it(described):
    """And only those that are written down here are for everybody."""
    everybody = {(method, path) for method, path, operation in operations(described) if operation.get("security") == []}
    assert everybody == set(ANYBODY), (everybody - set(ANYBODY), set(ANYBODY) - everybody)
    assert sum(1 for _ in operations(described)) > 250


def column(path, entity):
    """The path with this entity in it."""
    def value(match):
        name = match.group(1)
        if "ersion" in name:
            return "0.1"
        if name in ("entity", "entityType", "type", "resource"):
            return "table"
        return name_path(entity["fullyQualifiedName"]) if name in ("fqn", "name", "result") else entity["id"]
    return re.sub(r"\{(\w+)\}", value, path)


@pytest.fixture(scope="module")
def columns(api, chain):
    """Own, foreign, deleted and non-existing, for everybody who has nothing anyway."""
    gone = chain.table(unique("gone"))
    api.delete(f"/tables/{gone['id']}")
    return {"own": chain.table(unique("own")), "foreign": chain.table(unique("foreign")), "deleted": gone,
            "absent": {"id": str(uuid.uuid4()), "fullyQualifiedName": unique("absent")}}


def test_z2_who_is_nobody_is_told_so_on_every_route(server, described, columns):
    """With a token that is none; the matrix of test_route_matrix.py has others who are nobody."""
    client = Api(server.base, "x.y.z")
    wrong, cells = [], 0
    for method, path, operation in operations(described):
        if (method, path) in ANYBODY:
            continue
        for entity in columns.values() if "{" in path else [columns["own"]]:
            answer = client.session.request(method, server.root + column(path, entity), json={}, timeout=60)
            cells += 1
            if answer.status_code != 401:
                wrong.append((method, path, answer.status_code))
    assert cells > 600 and not wrong, (cells, wrong[:20])


@pytest.mark.parametrize("who", ["viewer", "nothing"])
def test_z2_who_may_change_nothing_changes_nothing_on_any_route(server, api, described, columns, who):
    rules = [VIEW_ALL, rule("deny", ["Create", "Delete", "EditAll"])] if who == "viewer" else [rule("deny", ["All"])]
    entity, client, _, _ = person_with(server, api, *rules)
    api.patch(f"/tables/{columns['own']['id']}", [{"op": "add", "path": "/owners", "value": [ref(entity, "user")]}])
    bodies = {"PATCH": [{"op": "add", "path": "/description", "value": unique("d")}]}
    wrong, cells = [], 0
    for method, path, operation in operations(described):
        if method == "GET" or (method, path) in MAY_WITHOUT_RIGHTS | ANYBODY | QUESTIONS:
            continue
        for kind, thing in columns.items() if "{" in path else [("own", columns["own"])]:
            headers = PATCH if method == "PATCH" else {}
            sent = bodies.get(method, example_of(operation) or {"id": thing["id"]})
            body = {"json": sent}
            if set(operation.get("requestBody", {}).get("content", {})) == {"text/plain"}:
                headers, body = {"Content-Type": "text/plain"}, {"data": b"a,b\r\n"}
            answer = client.session.request(method, server.root + column(path, thing), headers=headers, timeout=60, **body)
            cells += 1
            if path.endswith("/bulk") and answer.status_code == 200 and answer.json()["numberOfRowsPassed"] == 0:
                continue  # each row has been refused by itself
            if answer.status_code not in (400, 403, 404, 409, 501):
                wrong.append((method, path, kind, answer.status_code, answer.text[:100]))
    assert cells > 300 and not wrong, (cells, len(wrong), wrong[:20])
    assert api.get(f"/tables/{columns['foreign']['id']}")["version"] == columns["foreign"]["version"]


def example_of(operation):
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "example" in content:
            return content["example"]
    return None
