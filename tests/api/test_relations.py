"""What relations ask of each other, what containers lend, and where renames and moves are seen."""

import pytest

from client import Chain, text_of, unique
from persons import make_user
from test_labels import labels, make_glossary, make_term, read, tag_of, term_of


# Domains and data products ----------------------------------------------------------------------------------------------


@pytest.fixture
def products(api):
    """Two domains with a data product each."""
    found = []
    for _ in range(2):
        domain = api.post("/domains", {"name": unique("domain"), "description": "d", "domainType": "Aggregate"})
        product = api.post("/dataProducts", {"name": unique("product"), "description": "d", "domains": [domain["name"]]})
        found.append((domain, product))
    return found


def names(refs):
    return sorted(ref["name"] for ref in refs)


def test_a_data_product_needs_a_domain(api, chain, products):
    (domain, product), _ = products
    said = "Domain cannot be empty when data products are provided."
    assert said in text_of(api.error("POST", "/tables", 400, json=chain.body(dataProducts=[product["name"]])))
    table = chain.table()
    assert said in text_of(api.error("PATCH", f"/tables/{table['id']}", 400, headers={"Content-Type": "application/json-patch+json"},
                                     json=[{"op": "add", "path": "/dataProducts", "value": [{"id": product["id"], "type": "dataProduct"}]}]))
    assert said in text_of(api.error("PUT", "/tables", 400, json=chain.body(table["name"], dataProducts=[product["name"]])))
    made = api.put("/tables", chain.body(table["name"], dataProducts=[product["name"]], domains=[domain["name"]]))
    assert names(made["dataProducts"]) == [product["name"]]


def test_a_domain_of_the_container_will_do(api, products):
    (domain, product), _ = products
    chain = Chain(api)
    api.patch(f"/databaseSchemas/{chain.schema['id']}", [{"op": "add", "path": "/domains", "value": [{"id": domain["id"], "type": "domain"}]}])
    made = chain.table(dataProducts=[product["name"]])
    assert names(made["dataProducts"]) == [product["name"]]
    assert [(ref["name"], ref.get("inherited")) for ref in read(api, made, fields="domains")["domains"]] == [(domain["name"], True)]


def test_with_a_domain_its_data_products_go(api, chain, products):
    (first, product), (second, other) = products
    made = chain.table(domains=[first["name"], second["name"]], dataProducts=[product["name"], other["name"]])
    reference = lambda entity, kind: {"id": entity["id"], "type": kind}
    after = api.patch(f"/tables/{made['id']}", [{"op": "replace", "path": "/domains", "value": [reference(second, "domain")]}])
    assert names(after["dataProducts"]) == [other["name"]] and after["version"] == 0.2
    assert sorted(field["name"] for field in after["changeDescription"]["fieldsDeleted"]) == ["dataProducts", "domains"]
    after = api.patch(f"/tables/{made['id']}", [{"op": "replace", "path": "/domains", "value": []}])
    assert after["dataProducts"] == []
    assert names(read(api, made, fields="dataProducts")["dataProducts"]) == []


# Reviewers --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def team(api):
    return api.post("/teams", {"name": unique("reviewers"), "teamType": "Group"})


def ref(entity, kind="user"):
    return {"id": entity["id"], "type": kind}


def test_reviewers_are_users_or_one_team(api, person, team):
    other = api.post("/teams", {"name": unique("reviewers"), "teamType": "Group"})
    body = lambda reviewers: {"name": unique("glossary"), "description": "d", "reviewers": reviewers}
    wrong = api.error("POST", "/glossaries", 400, json=body([ref(team, "team"), ref(other, "team")]))
    assert "Only one team can be assigned as reviewer." in text_of(wrong)
    wrong = api.error("POST", "/glossaries", 400, json=body([ref(team, "team"), ref(person[0])]))
    assert "Invalid Reviewer Type. Only one team or multiple users can be assigned as reviewer." in text_of(wrong)
    api.post("/glossaries", body([ref(team, "team")]))


def test_terms_show_the_reviewers_of_their_glossary(api, person):
    glossary = make_glossary(api, reviewers=[ref(person[0])])
    term = make_term(api, glossary)
    shown = read(api, term, "/glossaryTerms", "reviewers")["reviewers"]
    assert [(one["id"], one.get("inherited")) for one in shown] == [(person[0]["id"], True)]


def test_a_term_with_reviewers_begins_as_a_draft_and_only_they_approve(server, api, team):
    entity, reviewer = make_user(server, api, roles=[api.get("/roles/name/DataSteward")["id"]])
    member, colleague = make_user(server, api, teams=[team["id"]])
    glossary = make_glossary(api)
    assert make_term(api, glossary)["entityStatus"] == "Approved"
    term = make_term(api, glossary, reviewers=[ref(entity)])
    path = f"/glossaryTerms/{term['id']}"
    assert term["entityStatus"] == "Draft"
    decide = lambda status: {"json": [{"op": "replace", "path": "/entityStatus", "value": status}],
                             "headers": {"Content-Type": "application/json-patch+json"}}
    assert "is not a reviewer" in text_of(api.error("PATCH", path, 403, **decide("Approved")))
    api.error("PATCH", path, 403, **decide("Rejected"))
    assert api.call("PATCH", path, **decide("In Review")).json()["entityStatus"] == "In Review"
    api.patch(path, [{"op": "add", "path": "/owners", "value": [ref(entity)]}])
    assert reviewer.call("PATCH", path, **decide("Approved")).json()["entityStatus"] == "Approved"
    # A PUT leaves the status alone, and so does a patch of something else.
    body = {"name": term["name"], "glossary": glossary["name"], "description": "new", "reviewers": [ref(entity)]}
    assert api.put("/glossaryTerms", body)["entityStatus"] == "Approved"
    # Who belongs to the team that reviews.
    term = make_term(api, glossary, reviewers=[ref(team, "team")], owners=[ref(member)])
    assert colleague.call("PATCH", f"/glossaryTerms/{term['id']}", **decide("Approved")).json()["entityStatus"] == "Approved"


# Containers -------------------------------------------------------------------------------------------------------------


def below(api, kind):
    """(path, entity, path of a thing in it, that thing, where it is) of a container with something in it."""
    name = unique("c")
    if kind == "glossary":
        glossary = make_glossary(api)
        return "/glossaries", glossary, "/glossaryTerms", make_term(api, glossary)
    if kind == "glossaryTerm":
        glossary = make_glossary(api)
        term = make_term(api, glossary)
        return "/glossaryTerms", term, "/glossaryTerms", make_term(api, glossary, parent=term["fullyQualifiedName"])
    if kind == "classification":
        home = api.post("/classifications", {"name": name, "description": "d"})
        return "/classifications", home, "/tags", api.post("/tags", {"name": "t", "classification": name, "description": "d"})
    if kind == "tag":
        api.post("/classifications", {"name": name, "description": "d"})
        tag = api.post("/tags", {"name": "t", "classification": name, "description": "d"})
        return "/tags", tag, "/tags", api.post("/tags", {"name": "u", "classification": name, "parent": f"{name}.t", "description": "d"})
    if kind == "domain":
        body = {"description": "d", "domainType": "Aggregate"}
        domain = api.post("/domains", body | {"name": name})
        return "/domains", domain, "/domains", api.post("/domains", body | {"name": "sub", "parent": name})
    if kind == "team":
        team = api.post("/teams", {"name": name, "teamType": "Department"})
        return "/teams", team, "/teams", api.post("/teams", {"name": unique("c"), "teamType": "Group", "parents": [team["id"]]})
    chain = Chain(api)
    table = chain.table()
    return {"databaseService": ("/services/databaseServices", chain.service), "database": ("/databases", chain.database),
            "databaseSchema": ("/databaseSchemas", chain.schema)}[kind] + ("/tables", table)


@pytest.mark.parametrize("kind", ["glossary", "glossaryTerm", "classification", "tag", "domain", "team", "databaseService", "database",
                                  "databaseSchema"])
def test_a_container_that_is_not_empty_is_deleted_with_what_is_in_it_or_not_at_all(api, kind):
    path, container, inner_path, inner = below(api, kind)
    for hard in ("false", "true"):
        wrong = api.error("DELETE", f"{path}/{container['id']}?hardDelete={hard}", 400)
        assert f"{kind} is not empty" in text_of(wrong)
    api.get(f"{inner_path}/{inner['id']}")
    api.delete(f"{path}/{container['id']}?recursive=true&hardDelete=true")
    api.error("GET", f"{inner_path}/{inner['id']}?include=all", 404)


# Renames ----------------------------------------------------------------------------------------------------------------


def rename(api, path, entity, name, **options):
    return api.patch(f"{path}/{entity['id']}", [{"op": "replace", "path": "/name", "value": name}], **options)


def test_a_renamed_classification_is_renamed_in_every_label(api, chain):
    old, new = unique("old"), unique("new")
    home = api.post("/classifications", {"name": old, "description": "d"})
    tag = api.post("/tags", {"name": "t", "classification": old, "description": "d"})
    inner = api.post("/tags", {"name": "u", "classification": old, "parent": f"{old}.t", "description": "d"})
    table = chain.table(columns=[{"name": "id", "dataType": "INT", "tags": [tag_of(f"{old}.t.u")]}], tags=[tag_of(f"{old}.t")])
    assert rename(api, "/classifications", home, new)["fullyQualifiedName"] == new
    after = read(api, table)
    assert labels(after) == [(f"{new}.t", "Manual")] and labels(after["columns"][0]) == [(f"{new}.t.u", "Manual")]
    assert after["version"] == 0.1  # nothing of it changed
    assert api.get(f"/tags/name/{new}.t.u")["id"] == inner["id"]
    api.error("GET", f"/tags/name/{old}.t", 404)
    assert rename(api, "/tags", tag, "v")["fullyQualifiedName"] == f"{new}.v"
    assert labels(read(api, table)["columns"][0]) == [(f"{new}.v.u", "Manual")]


def test_a_renamed_glossary_domain_and_team_are_renamed_where_they_are_named(api, chain):
    glossary = make_glossary(api)
    term = make_term(api, glossary, "a.b")
    domain = api.post("/domains", {"name": unique("domain"), "description": "d", "domainType": "Aggregate"})
    sub = api.post("/domains", {"name": "sub", "description": "d", "domainType": "Aggregate", "parent": domain["name"]})
    table = chain.table(tags=[term_of(term["fullyQualifiedName"])], domains=[sub["fullyQualifiedName"]])
    renamed = unique("renamed")
    rename(api, "/glossaries", glossary, renamed)
    assert labels(read(api, table)) == [(f'{renamed}."a.b"', "Manual")]
    assert api.get(f"/glossaryTerms/{term['id']}")["glossary"]["name"] == renamed
    rename(api, "/domains", domain, renamed)
    assert [one["fullyQualifiedName"] for one in read(api, table, fields="domains")["domains"]] == [f"{renamed}.sub"]
    team = api.post("/teams", {"name": unique("team"), "teamType": "Group"})
    owned = chain.table(owners=[ref(team, "team")])
    assert rename(api, "/teams", team, renamed)["fullyQualifiedName"] == renamed
    assert [one["name"] for one in read(api, owned, fields="owners")["owners"]] == [renamed]


@pytest.mark.parametrize("path", ["/classifications/name/PII", "/teams/name/Organization", "/tags/name/Tier.Tier1"])
def test_what_ships_with_the_server_keeps_its_name(api, path):
    wrong = api.error("PATCH", path, 400, json=[{"op": "replace", "path": "/name", "value": unique("other")}],
                      headers={"Content-Type": "application/json-patch+json"})
    assert "can not be renamed" in text_of(wrong)


def test_data_assets_and_services_are_not_renamed(api, chain):
    table = chain.table()
    assert rename(api, "/tables", table, "other")["name"] == table["name"]
    assert rename(api, "/services/databaseServices", chain.service, "other")["name"] == chain.service["name"]


# Owners -----------------------------------------------------------------------------------------------------------------


HELD = [
    ("messagingService", {"serviceType": "Kafka"}, "topics", {"partitions": 1}),
    ("dashboardService", {"serviceType": "Superset"}, "dashboards", {}),
    ("pipelineService", {"serviceType": "Airflow"}, "pipelines", {}),
    ("mlmodelService", {"serviceType": "Mlflow"}, "mlmodels", {"algorithm": "x"}),
    ("storageService", {"serviceType": "S3"}, "containers", {}),
    ("searchService", {"serviceType": "ElasticSearch"}, "searchIndexes", {"fields": []}),
    ("apiService", {"serviceType": "Rest", "connection": {"config": {"type": "Rest", "openAPISchemaURL": "http://x/y"}}}, "apiCollections",
     {"endpointURL": "http://x/y"}),
]


@pytest.mark.parametrize("service, of_service, collection, of_entity", HELD, ids=[row[2] for row in HELD])
def test_owners_and_domains_of_a_service_are_shown_below_it(api, person, service, of_service, collection, of_entity):
    domain = api.post("/domains", {"name": unique("domain"), "description": "d", "domainType": "Aggregate"})
    made = api.post(f"/services/{service}s", {"name": unique("svc"), "owners": [ref(person[0])], "domains": [domain["name"]]} | of_service)
    below_it = api.post(f"/{collection}", {"name": unique("e"), "service": made["name"]} | of_entity)
    shown = read(api, below_it, f"/{collection}", "owners,domains")
    assert [(one["id"], one.get("inherited")) for one in shown["owners"]] == [(person[0]["id"], True)]
    assert [(one["name"], one.get("inherited")) for one in shown["domains"]] == [(domain["name"], True)]
    # What is shown and sent back is not kept.
    api.patch(f"/{collection}/{below_it['id']}", [{"op": "add", "path": "/description", "value": "d"}])
    api.patch(f"/services/{service}s/{made['id']}", [{"op": "replace", "path": "/owners", "value": []}])
    assert read(api, below_it, f"/{collection}", "owners")["owners"] == []


def test_inherited_owners_are_hidden_by_own_ones_and_are_no_filter(api, person):
    glossary = make_glossary(api, owners=[ref(person[0])])
    term = make_term(api, glossary)
    child = make_term(api, glossary, parent=term["fullyQualifiedName"])
    shown = lambda entity: [(one["name"], one.get("inherited")) for one in read(api, entity, "/glossaryTerms", "owners")["owners"]]
    assert shown(child) == [(person[0]["name"], True)]
    admin = api.get("/users/name/admin")
    api.patch(f"/glossaryTerms/{term['id']}", [{"op": "add", "path": "/owners", "value": [ref(admin)]}])
    assert shown(term) == [("admin", None)] and shown(child) == [("admin", True)]


# Moves ------------------------------------------------------------------------------------------------------------------


def move(api, path, entity, field, container, kind, op="add", **options):
    value = {} if container is None else {"value": {"id": container["id"], "type": kind}}
    operations = [{"op": "remove" if container is None else op, "path": f"/{field}"} | value]
    return api.patch(f"{path}/{entity['id']}", operations, **options)


def test_a_term_is_moved_below_another_with_what_is_in_it(api, chain):
    glossary = make_glossary(api)
    a, b = make_term(api, glossary, "a"), make_term(api, glossary, "b")
    child = make_term(api, glossary, "c", parent=a["fullyQualifiedName"])
    table = chain.table(tags=[term_of(child["fullyQualifiedName"])])
    name = glossary["name"]
    after = move(api, "/glossaryTerms", a, "parent", b, "glossaryTerm")
    assert (after["fullyQualifiedName"], after["parent"]["id"], after["version"]) == (f"{name}.b.a", b["id"], 0.2)
    assert after["changeDescription"]["fieldsAdded"] == [] and after["changeDescription"]["fieldsUpdated"] == [
        {"name": "parent", "oldValue": name, "newValue": f"{name}.b"}]
    assert api.get(f"/glossaryTerms/{child['id']}")["fullyQualifiedName"] == f"{name}.b.a.c"
    assert labels(read(api, table)) == [(f"{name}.b.a.c", "Manual")]
    wrong = api.error("PATCH", f"/glossaryTerms/{b['id']}", 400, headers={"Content-Type": "application/json-patch+json"}, json=[
        {"op": "add", "path": "/parent", "value": {"id": child["id"], "type": "glossaryTerm"}}])
    assert "Can't move Glossary term b to its child Glossary term c" in text_of(wrong)
    api.error("PATCH", f"/glossaryTerms/{b['id']}", 400, headers={"Content-Type": "application/json-patch+json"}, json=[
        {"op": "add", "path": "/parent", "value": {"id": b["id"], "type": "glossaryTerm"}}])
    # And back to the root of the glossary.
    after = move(api, "/glossaryTerms", a, "parent", None, "")
    assert after["fullyQualifiedName"] == f"{name}.a" and "parent" not in after
    assert labels(read(api, table)) == [(f"{name}.a.c", "Manual")]


def test_a_term_is_moved_to_another_glossary_and_renamed_at_once(api):
    first, second = make_glossary(api), make_glossary(api)
    term = make_term(api, first, "a", parent=make_term(api, first, "p")["fullyQualifiedName"])
    child = make_term(api, first, "c", parent=term["fullyQualifiedName"])
    after = api.patch(f"/glossaryTerms/{term['id']}", [
        {"op": "replace", "path": "/glossary", "value": {"id": second["id"], "type": "glossary"}},
        {"op": "replace", "path": "/name", "value": "z"}, {"op": "replace", "path": "/description", "value": "new ]\"}],"}])
    assert after["fullyQualifiedName"] == f"{second['name']}.z" and after["glossary"]["id"] == second["id"] and "parent" not in after
    assert sorted(field["name"] for field in after["changeDescription"]["fieldsUpdated"]) == ["description", "name", "parent"]
    assert api.get(f"/glossaryTerms/{child['id']}")["glossary"]["id"] == second["id"]
    listed = api.get(f"/glossaryTerms?glossary={second['name']}&limit=100")["data"]
    assert [one["name"] for one in listed] == ["z", "c"]
    taken = make_term(api, first, "z")
    api.error("PATCH", f"/glossaryTerms/{taken['id']}", 409, headers={"Content-Type": "application/json-patch+json"}, json=[
        {"op": "replace", "path": "/glossary", "value": {"id": second["id"], "type": "glossary"}}])


def test_a_domain_is_moved_with_its_assets(api, chain):
    body = {"description": "d", "domainType": "Aggregate"}
    a, b = (api.post("/domains", body | {"name": unique("domain")}) for _ in range(2))
    sub = api.post("/domains", body | {"name": "sub", "parent": a["name"]})
    table = chain.table(domains=[sub["fullyQualifiedName"]])
    assert move(api, "/domains", sub, "parent", b, "domain", "replace")["fullyQualifiedName"] == f"{b['name']}.sub"
    assert move(api, "/domains", b, "parent", a, "domain")["fullyQualifiedName"] == f"{a['name']}.{b['name']}"
    assert read(api, table, fields="domains")["domains"][0]["fullyQualifiedName"] == f"{a['name']}.{b['name']}.sub"
    assert move(api, "/domains", sub, "parent", None, "")["fullyQualifiedName"] == "sub"
    api.delete(f"/domains/{sub['id']}?hardDelete=true")


def test_tables_are_not_moved(api, chain):
    other = Chain(api)
    table = chain.table()
    after = api.patch(f"/tables/{table['id']}", [{"op": "replace", "path": "/databaseSchema", "value": {
        "id": other.schema["id"], "type": "databaseSchema"}}])
    assert after["databaseSchema"]["id"] == chain.schema["id"] and after["version"] == 0.1


def test_who_moved_what_is_found_where_it_is(api):
    glossary = make_glossary(api)
    term, parent = make_term(api, glossary, unique("mover")), make_term(api, glossary)
    move(api, "/glossaryTerms", term, "parent", parent, "glossaryTerm")
    hits = api.get(f"/search/query?q={term['name']}&index=glossary_term_search_index")["hits"]["hits"]
    assert [hit["_source"]["fullyQualifiedName"] for hit in hits] == [f"{parent['fullyQualifiedName']}.{term['name']}"]


# What references tell of what they name -----------------------------------------------------------------------------------


def test_a_roles_policies_have_their_descriptions(api):
    rule = {"name": "r", "effect": "allow", "operations": ["ViewBasic"], "resources": ["table"]}
    told, plain = [api.post("/policies", {"name": unique("policy"), "rules": [rule]} | more) for more in ({"description": 'says "é"'}, {})]
    shown = lambda role: {ref["name"]: ref.get("description") for ref in role["policies"]}
    wanted = {told["name"]: 'says "é"', plain["name"]: None}
    role = api.post("/roles", {"name": unique("role"), "policies": [told["name"]]})
    assert shown(role) == {told["name"]: 'says "é"'}
    after = api.patch(f"/roles/{role['id']}", [{"op": "add", "path": "/policies/-", "value": {"id": plain["id"], "type": "policy"}}])
    assert shown(after) == wanted and after["version"] == 0.2
    assert shown(read(api, role, "/roles", "policies")) == wanted
    listed = {one["name"]: one for one in api.get("/roles?fields=policies&limit=1000")["data"]}
    assert shown(listed[role["name"]]) == wanted
    # An answer that was kept is not shown once what it tells has changed; the role itself has not.
    api.patch(f"/policies/{plain['id']}", [{"op": "add", "path": "/description", "value": "now it does"}])
    found = read(api, role, "/roles", "policies")
    assert shown(found) == wanted | {plain["name"]: "now it does"} and found["version"] == 0.2
    assert shown(api.get(f"/roles/{role['id']}/versions/0.1")) == {told["name"]: 'says "é"'}
    # A patch is applied to what is shown, and what references tell is not the role's to change.
    at = [ref["name"] for ref in found["policies"]].index(told["name"])
    same = api.patch(f"/roles/{role['id']}", [{"op": "replace", "path": f"/policies/{at}/description", "value": "by the role"}])
    assert shown(same) == shown(found) and same["version"] == 0.2
