"""Roles, policies, rules and conditions: who may do what, and what nobody finds out who may not see it."""

import uuid

import pytest

from client import Api, Chain, name_path, unique
from persons import make_user
from kinds import KINDS
from rule_matrix import ACTIONS, CREATE, POWER, STRANGERS

PATCH = {"Content-Type": "application/json-patch+json"}
VIEW_ALL = {"name": "view", "effect": "allow", "resources": ["All"], "operations": ["ViewAll"]}


def rule(effect, operations, condition=None, resources=("All",), name="r"):
    made = {"name": name, "effect": effect, "resources": list(resources), "operations": list(operations)}
    return made | ({"condition": condition} if condition else {})


def ref(entity, kind):
    return {"id": entity["id"], "type": kind}


def person_with(server, api, *rules):
    """A user whom only these rules concern: its role, and no team but one of its own outside of the organization's rules."""
    policy = api.post("/policies", {"name": unique("policy"), "rules": list(rules)})
    role = api.post("/roles", {"name": unique("role"), "policies": [policy["name"]]})
    entity, client = make_user(server, api, roles=[role["id"]])
    return entity, client, policy, role


# The matrix --------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def people(server, api, bot):
    steward_role = api.get("/roles/name/DataSteward")
    team = api.post("/teams", {"name": unique("crew"), "teamType": "Group"})
    made = {name: make_user(server, api, name) for name in ("consumer", "owner", "removed", "somebody")}
    made["steward"] = make_user(server, api, "steward", roles=[steward_role["id"]])
    made["member"] = make_user(server, api, "member", teams=[team["id"]])
    people = {name: {"client": client, "owner": ref(entity, "user")} for name, (entity, client) in made.items()}
    people["member"]["owner"] = ref(team, "team")
    people["removed"]["owner"] = people["somebody"]["owner"]
    api.delete(f"/users/{made['removed'][0]['id']}")
    people["admin"] = {"client": api, "owner": ref(api.get("/users/name/admin"), "user")}
    people["bot"] = {"client": bot, "owner": ref(api.get("/users/name/ingestion-bot"), "user")}
    people["nobody"] = {"client": Api(server.base), "owner": people["somebody"]["owner"]}
    return people


def has(api, kind, operation):
    return any(p["operation"] == operation for p in api.get(f"/permissions/{kind.type}")["permissions"])


def do(action, client, kind, entity, body):
    """The status of one try."""
    at = f"{kind.collection}/{entity['id']}"
    patch = {
        "describe": {"op": "add", "path": "/description", "value": unique("d")},
        "name": {"op": "add", "path": "/displayName", "value": unique("n")},
        "tag": {"op": "add", "path": "/tags", "value": [{"tagFQN": "PII.Email", "source": "Classification"}]},
        "grade": {"op": "add", "path": "/tags/0", "value": {"tagFQN": "Certification.Gold", "source": "Classification"}},
        "give owners": {"op": "add", "path": "/owners", "value": body["_new_owner"]},
    }.get(action)
    status = tuple(range(200, 500))
    if patch:
        return client.call("PATCH", at, json=[patch], headers=PATCH, status=status).status_code
    if action == "delete":
        return client.call("DELETE", at, status=status).status_code
    if action == "restore":
        return client.call("PUT", f"{kind.collection}/restore", json={"id": entity["id"]}, status=status).status_code
    if action == "replace":
        sent = {key: value for key, value in body.items() if not key.startswith("_")}
        return client.call("PUT", kind.collection, json=sent, status=status).status_code
    path = {"read": at, "read by name": f"{kind.collection}/name/{name_path(entity['fullyQualifiedName'])}",
            "list versions": at + "/versions", "read version": at + "/versions/0.1"}[action]
    return client.call("GET", path, status=status).status_code


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_z2_every_cell_of_the_matrix(api, chain, people, kind):
    owned, tagged = has(api, kind, "EditOwners"), has(api, kind, "EditTags")
    wrong, cells = [], 0
    for name, who in people.items():
        if name == "somebody":
            continue
        for column, whose in enumerate(("own", "foreign", "absent")):
            if whose == "own" and not owned:
                continue
            body = kind.body(chain)
            if owned:
                body["owners"] = [who["owner"] if whose == "own" else people["somebody"]["owner"]]
            if whose == "absent":
                entity = {"id": str(uuid.uuid4()), "fullyQualifiedName": unique("absent")}
            else:
                entity = api.post(kind.collection, body)
            body["_new_owner"] = [people["somebody"]["owner"]] if whose == "own" else []
            for action, expected in ACTIONS.items():
                if action in ("tag", "grade") and not tagged or action == "give owners" and not owned:
                    continue
                if action == "restore" and not kind.soft:
                    continue
                if action == "replace" and (whose == "absent" or kind.type == "user"):
                    continue
                if action == "restore" and whose != "absent":
                    api.call("DELETE", f"{kind.collection}/{entity['id']}", status=(200, 204, 404))
                powerless = whose == "own" and action in POWER.get(kind.type, ())
                if whose == "absent" and action in ("delete", "restore") and action in POWER.get(kind.type, ()) and name not in STRANGERS:
                    powerless = expected[name][1] == 403  # who may do it on none is told so before anything is looked for
                status = 401 if name in STRANGERS else expected[name][1 if powerless else column]
                found = do(action, who["client"], kind, entity, body)
                cells += 1
                if found != status and not (status == 200 and found == 204):
                    wrong.append(f"{name} {action} {whose}: {found}, not {status}")
                if action == "give owners" and whose == "own" and found == 200:
                    api.patch(f"{kind.collection}/{entity['id']}", [{"op": "add", "path": "/owners", "value": [who["owner"]]}])
        status = 401 if name in STRANGERS else CREATE[name]
        found = who["client"].call("POST", kind.collection, json=kind.body(chain), status=tuple(range(200, 500))).status_code
        cells += 1
        if found != status:
            wrong.append(f"{name} create: {found}, not {status}")
    assert not wrong, (len(wrong), cells, wrong)


# Conditions --------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def table(chain):
    return lambda **more: chain.table(unique("t"), **more)


CONDITIONS = {  # condition: (what to make the table like) -> may the person edit its display name?
    "noOwner()": {"bare": True, "mine": False, "tagged": True},
    "isOwner()": {"bare": False, "mine": True, "tagged": False},
    "!isOwner()": {"bare": True, "mine": False, "tagged": True},
    "matchAnyTag('PII.Email', 'PII.Phone')": {"bare": False, "mine": False, "tagged": True},
    "matchAllTags('PII.Email', 'PII.Phone')": {"bare": False, "mine": False, "tagged": False},
    "matchAllTags('PII.Email')": {"bare": False, "mine": False, "tagged": True},
    "isOwner() || matchAnyTag('PII.Email')": {"bare": False, "mine": True, "tagged": True},
    "isOwner() and matchAnyTag('PII.Email')": {"bare": False, "mine": False, "tagged": False},
    "inAnyTeam('Organization')": {"bare": True, "mine": True, "tagged": True},
    "hasAnyRole('DataSteward')": {"bare": False, "mine": False, "tagged": False},
    "not hasAnyRole('DataSteward') && noDomain()": {"bare": True, "mine": True, "tagged": True},
    "hasDomain()": {"bare": True, "mine": True, "tagged": True},
    "isReviewer()": {"bare": False, "mine": False, "tagged": False},
    "matchAnyCertification('Certification.Gold')": {"bare": False, "mine": False, "tagged": False},
    "matchTeam()": {"bare": False, "mine": False, "tagged": False},
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_z2_every_condition_on_every_kind_of_table(server, api, chain, condition):
    api.call("PUT", "/tags", json={"name": "Phone", "classification": "PII", "description": "d"}, status=(200, 201))
    entity, client, _, _ = person_with(server, api, rule("allow", ["EditDisplayName"], condition, ["table"]))
    tables = {"bare": chain.table(unique("t")), "mine": chain.table(unique("t"), owners=[ref(entity, "user")]),
              "tagged": chain.table(unique("t"), tags=[{"tagFQN": "PII.Email", "source": "Classification"}])}
    # The organization lets owners edit what they own, which would hide what this rule says.
    by_organization = {"mine"}
    for name, expected in CONDITIONS[condition].items():
        path = f"/tables/{tables[name]['id']}"
        status = 200 if expected or name in by_organization else 403
        client.call("PATCH", path, json=[{"op": "add", "path": "/displayName", "value": unique("n")}], headers=PATCH, status=status)
        said = {p["operation"]: p for p in client.get(f"/permissions/table/{tables[name]['id']}")["permissions"]}
        assert said["EditDisplayName"]["access"] == ("allow" if status == 200 else "notAllow"), (name, said["EditDisplayName"])


@pytest.mark.parametrize("condition, status, begins", [
    ("isOwner(", 400, "Failed to parse - "), ("isOwner() && ", 400, "Failed to parse - "), ("1 == 1", 400, "Failed to parse - "),
    ("T(java.lang.Runtime).getRuntime()", 400, "Failed to parse - "), ("isKing()", 400, "Failed to evaluate - "),
    ("matchAnyTag()", 400, "Failed to evaluate - "), ("matchAnyTag('No.Such')", 404, "tag instance for No.Such not found"),
    ("inAnyTeam('nobody')", 404, "team instance for nobody not found"), ("hasAnyRole('none')", 404, "role instance for none not found")])
def test_z6_a_condition_is_checked_when_it_is_saved(api, condition, status, begins):
    body = {"name": unique("policy"), "rules": [rule("allow", ["ViewAll"], condition)]}
    for method in ("POST", "PUT"):
        assert api.error(method, "/policies", status, json=body)["message"].startswith(begins)
    made = api.post("/policies", body | {"rules": [rule("allow", ["ViewAll"], "isOwner()")]})
    patch = [{"op": "replace", "path": "/rules/0/condition", "value": condition}]
    assert api.error("PATCH", f"/policies/{made['id']}", status, json=patch, headers=PATCH)["message"].startswith(begins)
    assert api.error("GET", f"/policies/validation/condition/{name_path(condition)}", status)["message"].startswith(begins)
    api.get(f"/policies/validation/condition/{name_path('isOwner() || noOwner()')}")


# At once -----------------------------------------------------------------------------------------------------------

def test_z2_a_decision_follows_every_change_at_once(server, api, chain):
    """Of role, team, policy, rule, label and owner; by the token that was used before, so that what is kept is tried."""
    table = chain.table(unique("t"))
    path = f"/tables/{table['id']}"
    entity, client = make_user(server, api)

    def may(expected):
        value = unique("n")
        patch = [{"op": "add", "path": "/displayName", "value": value}]
        status = client.call("PATCH", path, json=patch, headers=PATCH, status=(200, 403)).status_code
        assert (status == 200) == expected

    policy = api.post("/policies", {"name": unique("policy"), "rules": [rule("allow", ["EditDisplayName"])]})
    role = api.post("/roles", {"name": unique("role"), "policies": [policy["name"]]})
    team = api.post("/teams", {"name": unique("team"), "teamType": "Group"})
    over = api.post("/teams", {"name": unique("over"), "teamType": "Department", "children": [team["id"]]})
    user, role_path, policy_path = f"/users/{entity['id']}", f"/roles/{role['id']}", f"/policies/{policy['id']}"
    may(False)
    api.patch(user, [{"op": "add", "path": "/roles/0", "value": ref(role, "role")}])
    may(True)
    api.patch(policy_path, [{"op": "replace", "path": "/enabled", "value": False}])
    may(False)
    api.patch(policy_path, [{"op": "replace", "path": "/enabled", "value": True}])
    may(True)
    api.patch(policy_path, [{"op": "add", "path": "/rules/0/condition", "value": "isOwner()"}])
    may(False)
    api.patch(path, [{"op": "add", "path": "/owners", "value": [ref(entity, "user")]}])
    may(True)
    api.patch(path, [{"op": "remove", "path": "/owners"}])
    may(False)
    api.patch(policy_path, [{"op": "replace", "path": "/rules/0/condition", "value": "matchAnyTag('PII.Email')"}])
    may(False)
    api.patch(path, [{"op": "add", "path": "/tags/0", "value": {"tagFQN": "PII.Email", "source": "Classification"}}])
    may(True)
    api.delete(role_path)
    may(False)
    api.put("/roles/restore", {"id": role["id"]})
    may(True)
    api.patch(user, [{"op": "remove", "path": "/roles/0"}])
    may(False)
    api.patch(f"/teams/{over['id']}", [{"op": "add", "path": "/defaultRoles/0", "value": ref(role, "role")}])
    may(False)
    api.patch(user, [{"op": "add", "path": "/teams/0", "value": ref(team, "team")}])
    may(True)
    assert [r["id"] for r in api.get(user + "?fields=inheritedRoles")["inheritedRoles"]].count(role["id"]) == 1
    api.patch(f"/teams/{over['id']}", [{"op": "remove", "path": "/defaultRoles/0"}])
    may(False)
    api.patch(f"/teams/{team['id']}", [{"op": "add", "path": "/policies/0", "value": ref(policy, "policy")}])
    may(True)
    api.delete(policy_path)
    may(False)


# What nobody finds out ---------------------------------------------------------------------------------------------

def test_z5_totals_and_facets_are_counted_without_what_is_hidden(server, api, chain):
    prefix = unique("fold").replace("_", "")
    for i in range(7):
        more = {"tags": [{"tagFQN": "PII.Email", "source": "Classification"}]} if i < 3 else {}
        chain.table(f"{prefix}{i}", description=prefix, **more)
    deny = rule("deny", ["ViewBasic"], "matchAnyTag('PII.Email')", ["table"], "deny")
    _, client, _, _ = person_with(server, api, VIEW_ALL, deny)
    under = {"databaseSchema": chain.fqn, "limit": 1000}
    for who, found in ((api, 7), (client, 4)):
        page = who.get("/tables", params=under, headers={"X-Metadata-Dialect": "openmetadata"})
        assert sum(t["name"].startswith(prefix) for t in page["data"]) == found
        assert page["paging"]["total"] == len(page["data"])
        hits = who.get("/search/query", params={"q": prefix, "index": "table_search_index", "size": 0})["hits"]
        assert hits["total"]["value"] == found


# Routes ------------------------------------------------------------------------------------------------------------

def test_permissions_say_what_the_rules_say(server, api, user, chain):
    every = user.get("/permissions")
    assert every["paging"]["total"] == len(every["data"]) == api.get("/policies/resources")["paging"]["total"]
    said = {p["operation"]: p for p in user.get("/permissions/table")["permissions"]}
    assert said["ViewAll"] == {"operation": "ViewAll", "access": "allow", "rule": "DataConsumerPolicy-EditRule",
                               "policy": "DataConsumerPolicy", "role": "DataConsumer"}
    assert said["Delete"] == {"operation": "Delete", "access": "conditionalAllow", "rule": "OrganizationPolicy-Owner-Rule",
                              "policy": "OrganizationPolicy"}
    assert said["Create"] == {"operation": "Create", "access": "notAllow"}
    assert {p["access"] for p in api.get("/permissions/table")["permissions"]} == {"allow"}
    table = chain.table(unique("t"))
    by_id = user.get(f"/permissions/table/{table['id']}")
    assert by_id == user.get(f"/permissions/table/name/{name_path(table['fullyQualifiedName'])}")
    assert {p["operation"]: p["access"] for p in by_id["permissions"]}["Delete"] == "notAllow"
    assert {p["operation"]: p["access"] for p in by_id["permissions"]}["EditOwners"] == "allow"
    user.error("GET", f"/permissions/table/{uuid.uuid4()}", 404)
    user.error("GET", "/permissions/nothing", 404)
    user.error("GET", "/permissions/table/x", 400)
    Api(server.base).error("GET", "/permissions", 401)


def test_permissions_of_policies(api, user):
    policy = api.get("/policies/name/OrganizationPolicy")
    said = user.get("/permissions/policies", params={"ids": policy["id"]})
    table = next(r for r in said["data"] if r["resource"] == "table")
    access = {p["operation"]: p["access"] for p in table["permissions"]}
    assert access["EditAll"] == "conditionalAllow" and access["Create"] == "notAllow"
    user.error("GET", "/permissions/policies", 400)
    user.error("GET", "/permissions/policies?ids=x", 400)
    user.error("GET", f"/permissions/policies?ids={uuid.uuid4()}", 404)


def test_functions_and_resources_are_told(user):
    functions = {f["name"]: f for f in user.get("/policies/functions")["data"]}
    assert set(functions) == {"noOwner", "isOwner", "matchAllTags", "matchAnyTag", "matchAnyCertification", "matchTeam",
                              "inAnyTeam", "hasAnyRole", "hasDomain", "noDomain", "isReviewer"}
    resources = {r["name"]: r["operations"] for r in user.get("/policies/resources")["data"]}
    assert {"Create", "Delete", "EditAll", "ViewAll", "EditTier", "EditOwners", "ViewUsage"} <= set(resources["table"])


def test_a_denial_names_the_rule(server, api, chain):
    table = chain.table(unique("t"))
    deny = rule("deny", ["EditDescription"], None, ["table"], "hands-off")
    entity, client, policy, role = person_with(server, api, deny)
    patch = [{"op": "add", "path": "/description", "value": "d"}]
    wrong = client.error("PATCH", f"/tables/{table['id']}", 403, json=patch, headers=PATCH)
    assert wrong["message"] == (f"Principal: CatalogPrincipal{{name='{entity['name']}'}} operation EditDescription denied by "
                                f"role {role['name']}, policy {policy['name']}, rule hands-off")
