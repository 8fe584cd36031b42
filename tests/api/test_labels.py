"""What glossary terms bring along, and labels that exclude each other."""

import json

import pytest

from client import text_of, unique
from test_permissions import VIEW_ALL, person_with, rule

SDK = {"X-Metadata-Dialect": "openmetadata"}


def tag_of(fqn):
    return {"tagFQN": fqn, "source": "Classification"}


def term_of(fqn):
    return {"tagFQN": fqn, "source": "Glossary"}


def make_glossary(api, **more):
    return api.post("/glossaries", {"name": unique("glossary"), "description": "d"} | more)


def make_term(api, glossary, name=None, **more):
    return api.post("/glossaryTerms", {"name": name or unique("term"), "glossary": glossary["fullyQualifiedName"], "description": "d"} | more)


def labels(entity):
    return [(label["tagFQN"], label["labelType"]) for label in entity["tags"]]


def read(api, entity, path="/tables", fields="tags"):
    return api.get(f"{path}/{entity['id']}?fields={fields}", headers=SDK)


# Labels that terms bring ------------------------------------------------------------------------------------------------


@pytest.fixture
def term(api):
    return make_term(api, make_glossary(api), tags=[tag_of("PersonalData.Personal"), tag_of("PII.Sensitive")])


def test_a_term_brings_its_own_labels_along(api, chain, term):
    fqn = term["fullyQualifiedName"]
    columns = [{"name": "id", "dataType": "INT", "tags": [term_of(fqn)]}]
    made = api.post("/tables", chain.body(columns=columns, tags=[term_of(fqn), tag_of("PII.Sensitive")]))
    brought = [("PII.Sensitive", "Manual"), ("PersonalData.Personal", "Derived"), (fqn, "Manual")]
    assert labels(made) == brought  # sorted by FQN; what is there itself is not brought
    after = read(api, made)
    assert labels(after) == brought
    assert labels(after["columns"][0]) == [("PII.Sensitive", "Derived"), ("PersonalData.Personal", "Derived"), (fqn, "Manual")]
    listed = api.get(f"/tables?databaseSchema={chain.fqn}&fields=tags&limit=1000", headers=SDK)["data"]
    assert labels(next(table for table in listed if table["id"] == made["id"])) == brought


def test_brought_labels_are_those_of_the_term_as_it_is_now(api, chain, term):
    table = chain.table(tags=[term_of(term["fullyQualifiedName"])])
    read(api, table)
    api.patch(f"/glossaryTerms/{term['id']}", [{"op": "remove", "path": "/tags/0"}])
    assert [kind for _, kind in labels(read(api, table))].count("Derived") == 1
    api.patch(f"/tables/{table['id']}", [{"op": "replace", "path": "/tags", "value": []}])
    assert read(api, table)["tags"] == []


def test_derived_labels_of_a_request_are_dropped(api, chain, term):
    table = chain.table(tags=[tag_of("PII.None") | {"labelType": "Derived"}])
    assert table["tags"] == []
    term_label = term_of(term["fullyQualifiedName"])
    table = chain.table(tags=[term_label])
    # The client sends back what it was shown, changed.
    shown = read(api, table)["tags"]
    operations = [{"op": "replace", "path": "/tags", "value": shown + [tag_of("Tier.Tier1")]}]
    after = api.patch(f"/tables/{table['id']}", operations)
    assert [kind for _, kind in labels(after)] == ["Derived", "Derived", "Manual", "Manual"]
    added = after["changeDescription"]["fieldsAdded"]
    assert [label["tagFQN"] for field in added for label in json.loads(field["newValue"])] == ["Tier.Tier1"]
    after = api.put("/tables", chain.body(table["name"]))
    assert len(read(api, after)["tags"]) == 4 and after["version"] == 0.2
    # An index in a patch counts what was shown.
    place = [label["tagFQN"] for label in after["tags"]].index("Tier.Tier1")
    after = api.patch(f"/tables/{table['id']}", [{"op": "remove", "path": f"/tags/{place}"}])
    assert [kind for _, kind in labels(after)] == ["Derived", "Derived", "Manual"]


def test_a_tag_that_is_removed_for_good_is_brought_no_more(api, chain):
    home = unique("home")
    api.post("/classifications", {"name": home, "description": "d"})
    tag = api.post("/tags", {"name": "a", "classification": home, "description": "d"})
    term = make_term(api, make_glossary(api), tags=[tag_of(f"{home}.a")])
    table = chain.table(tags=[term_of(term["fullyQualifiedName"])])
    assert (f"{home}.a", "Derived") in labels(read(api, table))
    api.delete(f"/tags/{tag['id']}?hardDelete=true")
    assert labels(read(api, table)) == [(term["fullyQualifiedName"], "Manual")]
    api.delete(f"/glossaryTerms/{term['id']}?hardDelete=true")
    assert read(api, table)["tags"] == []


def found_by(api, table, query):
    answer = api.get("/search/query", params={"index": "table", "q": table["name"], "query_filter": json.dumps({"query": query})})
    return [hit["_source"]["id"] for hit in answer["hits"]["hits"]] == [table["id"]]


def test_a_search_finds_by_labels_that_terms_bring(api, chain):
    tier = make_term(api, make_glossary(api), tags=[tag_of("Tier.Tier1"), tag_of("PII.Sensitive")])
    table = chain.table(unique("brought"), tags=[term_of(tier["fullyQualifiedName"])])
    inside = chain.table(unique("within"), columns=[{"name": "id", "dataType": "INT", "tags": [term_of(tier["fullyQualifiedName"])]}])
    personal = {"term": {"tags.tagFQN": "PII.Sensitive"}}
    assert found_by(api, table, personal) and found_by(api, inside, personal)
    assert found_by(api, table, {"term": {"tier.tagFQN": "Tier.Tier1"}}) and found_by(api, table, {"exists": {"field": "tier"}})
    assert not found_by(api, inside, {"term": {"tier.tagFQN": "Tier.Tier1"}})  # the tier of a column is not the table's
    assert not found_by(api, table, {"term": {"tags.tagFQN": "PII.None"}})
    api.patch(f"/glossaryTerms/{tier['id']}", [{"op": "add", "path": "/tags", "value": [tag_of("PII.None")]}])
    assert not found_by(api, table, personal) and found_by(api, table, {"term": {"tags.tagFQN": "PII.None"}})


def test_rules_about_labels_see_those_that_terms_bring(server, api, chain):
    mark = api.post("/tags", {"name": unique("mark"), "classification": "PII", "description": "d"})["fullyQualifiedName"]
    secret = make_term(api, make_glossary(api))
    table = chain.table(unique("kept"), tags=[term_of(secret["fullyQualifiedName"])])
    inside = chain.table(unique("kept"), columns=[{"name": "id", "dataType": "INT", "tags": [term_of(secret["fullyQualifiedName"])]}])
    _, narrow, *_ = person_with(server, api, VIEW_ALL | {"operations": ["ViewAll"]}, rule("deny", ["ViewAll"], f"matchAnyTag('{mark}')", ["table"], "marked"))
    _, wide, *_ = person_with(server, api, VIEW_ALL | {"operations": ["ViewAll"]},
                              rule("deny", ["ViewAll"], f"!matchAllTags('{mark}', 'PII.None')", ["table"], "unmarked"))

    def sees(client):
        listed = {one["id"] for one in client.get(f"/tables?databaseSchema={chain.fqn}&limit=1000", headers=SDK)["data"]}
        searched = {hit["_source"]["id"] for name in (table["name"], inside["name"]) for hit in
                    client.get("/search/query", params={"index": "table", "q": name})["hits"]["hits"]}
        read_ = {one["id"] for one in (table, inside) if client.call("GET", f"/tables/{one['id']}", status=(200, 404)).status_code == 200}
        both = {table["id"], inside["id"]}
        assert listed & both == searched & both == read_
        return read_

    assert sees(narrow) == {table["id"], inside["id"]} and sees(wide) == set()
    api.patch(f"/glossaryTerms/{secret['id']}", [{"op": "add", "path": "/tags", "value": [tag_of(mark)]}])
    assert sees(narrow) == {inside["id"]} and sees(wide) == set()  # at once, though the table has not changed
    api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/tags/-", "value": tag_of("PII.None")}])
    assert sees(narrow) == {inside["id"]} and sees(wide) == {table["id"]}
    api.patch(f"/glossaryTerms/{secret['id']}", [{"op": "remove", "path": "/tags/0"}])
    assert sees(narrow) == {table["id"], inside["id"]} and sees(wide) == set()


@pytest.mark.parametrize("of", ["classification", "parent tag", "glossary", "parent term"])
def test_exclusive_labels_are_refused_together(api, chain, of):
    if of in ("classification", "parent tag"):
        home = unique("home")
        api.post("/classifications", {"name": home, "description": "d", "mutuallyExclusive": of == "classification"})
        parent = {} if of == "classification" else {"parent": api.post("/tags", {
            "name": "p", "classification": home, "description": "d", "mutuallyExclusive": True})["fullyQualifiedName"]}
        made = [api.post("/tags", {"name": name, "classification": home, "description": "d"} | parent) for name in ("x", "y")]
        both = [tag_of(one["fullyQualifiedName"]) for one in made]
    else:
        home = make_glossary(api, mutuallyExclusive=of == "glossary")
        parent = {} if of == "glossary" else {"parent": make_term(api, home, "p", mutuallyExclusive=True)["fullyQualifiedName"]}
        made = [make_term(api, home, name, **parent) for name in ("x", "y")]
        both = [term_of(one["fullyQualifiedName"]) for one in made]
    first, second = (one["fullyQualifiedName"] for one in made)
    wrong = api.error("POST", "/tables", 400, json=chain.body(tags=both))
    assert f"Tag labels {first} and {second} are mutually exclusive and can't be assigned together" in text_of(wrong)
    table = chain.table(tags=both[:1])
    api.error("PUT", "/tables", 400, json=chain.body(table["name"], tags=both[1:]))  # merged with what is there
    after = api.patch(f"/tables/{table['id']}", [{"op": "replace", "path": "/tags", "value": both[1:]}])
    assert labels(after) == [(second, "Manual")]
