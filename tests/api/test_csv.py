"""CSV files of entities: export, edit, import, and the jobs that do it after their answer."""

import csv
import io
import statistics
import time

import pytest

from client import Api, Chain, name_path, unique
from kinds import KINDS
from persons import make_user
from rawhttp import wait_until

ASSETS = ["name*", "displayName", "description", "owner", "tags", "glossaryTerms", "tiers", "certification"]
TREE = ASSETS + ["retentionPeriod", "sourceUrl", "domains", "extension", "entityType*", "fullyQualifiedName", "column.dataTypeDisplay",
                 "column.dataType", "column.arrayDataType", "column.dataLength", "storedProcedure.code", "storedProcedure.language"]
HEADERS = {
    "glossaries": ["parent", "name*", "displayName", "description", "synonyms", "relatedTerms", "references", "tags", "reviewers",
                   "owner", "glossaryStatus", "color", "iconURL", "extension"],
    "teams": ["name*", "displayName", "description", "teamType*", "parents*", "Owner", "isJoinable", "defaultRoles", "policies"],
    "users": ["name*", "displayName", "description", "email*", "timezone", "isAdmin", "teams*", "Roles"],
    "tables": ["column.name*", "column.displayName", "column.description", "column.dataTypeDisplay", "column.dataType*",
               "column.arrayDataType", "column.dataLength", "column.tags", "column.glossaryTerms"],
    "databaseSchemas": ASSETS + ["retentionPeriod", "sourceUrl", "domains", "extension"],
    "databases": ASSETS + ["retentionPeriod", "sourceUrl", "domains", "extension"],
    "services/databaseServices": ASSETS + ["domains", "extension"],
}
HEADERS["glossaryTerms"] = HEADERS["glossaries"]
# Rows that take a while, so that what is to happen meanwhile does so although a machine stalls: most of them are never read.
MANY = 90_000


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def text_of(rows, header=None):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def export(api, collection, fqn, query="", status=200):
    answer = api.call("GET", f"/{collection}/name/{name_path(fqn)}/export{query}", status=status)
    if status != 200:
        return answer.json()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    return answer.text


def load(api, collection, fqn, text, query="", status=200, kind="text/plain"):
    return api.call("PUT", f"/{collection}/name/{name_path(fqn)}/import{query}", data=text.encode() if isinstance(text, str) else text,
                    headers={"Content-Type": kind}, status=status).json()


def counts(result):
    return tuple(result["numberOfRows" + word] for word in ("Processed", "Passed", "Failed"))


def passed(result):
    assert result["status"] == "success", result
    return [row["details"] for row in rows_of(result["importResultsCsv"])]


def failures(result):
    return [row["details"] for row in rows_of(result["importResultsCsv"]) if row["status"] == "failure"]


@pytest.fixture()
def shop(api):
    """One of everything that has a file, with something to say in each column."""
    return Shop(api)


class Shop:
    def __init__(self, api):
        self.api = api
        self.chain = Chain(api)
        self.user = api.post("/users", {"name": unique("dot.ted"), "email": f"{unique('mail')}@example.com", "displayName": "Ted"})
        self.owners = [{"id": self.user["id"], "type": "user"}]
        self.class_name = unique("Class")
        api.post("/classifications", {"name": self.class_name, "description": "d"})
        self.tag = api.post("/tags", {"name": "one;two", "classification": self.class_name, "description": "d"})["fullyQualifiedName"]
        self.tags = [{"tagFQN": self.tag, "source": "Classification"}]
        self.glossary = api.post("/glossaries", {"name": unique("words"), "description": "d"})["fullyQualifiedName"]
        self.term = api.post("/glossaryTerms", {
            "name": "a.b", "glossary": self.glossary, "description": "first \"line\",\r\nand =more", "synonyms": ["x;y", "z"],
            "references": [{"name": "n", "endpoint": "http://example.com/a;b"}], "owners": self.owners, "tags": self.tags,
            "reviewers": self.owners, "style": {"color": "#FF5733"}})["fullyQualifiedName"]
        self.below = api.post("/glossaryTerms", {
            "name": "c", "glossary": self.glossary, "parent": self.term, "description": "second", "relatedTerms": [self.term]})["fullyQualifiedName"]
        self.domain = api.post("/domains", {"name": unique("dom"), "description": "d", "domainType": "Aggregate"})["fullyQualifiedName"]
        labels = self.tags + [{"tagFQN": self.term, "source": "Glossary"}, {"tagFQN": "Tier.Tier2", "source": "Classification"}]
        more = {"owners": self.owners, "domains": [self.domain], "description": "-d", "sourceUrl": "http://example.com/x"}
        self.table = self.chain.table(tags=labels, retentionPeriod="P1D", columns=[
            {"name": "id", "dataType": "BIGINT", "description": "Key", "tags": self.tags},
            {"name": "a.d", "dataType": "STRUCT", "dataTypeDisplay": "struct<x,y>", "children": [
                {"name": "x", "dataType": "ARRAY", "arrayDataType": "INT"}, {"name": "y", "dataType": "VARCHAR", "dataLength": 9}]}], **more)["fullyQualifiedName"]
        self.procedure = api.post("/storedProcedures", {"name": "p", "databaseSchema": self.chain.fqn, "storedProcedureCode": {
            "language": "SQL", "code": "CALL x();\nCALL y()"}})["fullyQualifiedName"]
        self.team = api.post("/teams", {"name": unique("unit"), "teamType": "Division"})
        self.inner = api.post("/teams", {"name": unique("inner.crew"), "teamType": "Department", "parents": [self.team["id"]], "description": "in"})
        self.group = api.post("/teams", {"name": unique("crew"), "teamType": "Group", "parents": [self.inner["id"]], "isJoinable": False,
                                         "owners": self.owners})
        self.member = api.post("/users", {"name": unique("member"), "email": f"{unique('mail')}@example.com", "teams": [self.group["id"]],
                                          "roles": [api.get("/roles/name/DataSteward")["id"]], "timezone": "UTC"})

    @property
    def files(self):
        """Collection, name and query of every kind of file, and what it has rows of."""
        service, database = self.chain.service["fullyQualifiedName"], self.chain.database["fullyQualifiedName"]
        return [("glossaries", self.glossary, ""), ("glossaryTerms", self.term, ""), ("teams", self.team["name"], ""),
                ("users", self.user["name"], ""), ("tables", self.table, ""), ("databaseSchemas", self.chain.fqn, ""),
                ("databases", database, ""), ("services/databaseServices", service, ""), ("databaseSchemas", self.chain.fqn, "?recursive=true"),
                ("databases", database, "?recursive=true"), ("services/databaseServices", service, "?recursive=true")]

    def versions(self):
        paths = [("glossaryTerms", self.term), ("glossaryTerms", self.below), ("teams", self.inner["name"]), ("teams", self.group["name"]),
                 ("users", self.user["name"]), ("users", self.member["name"]), ("tables", self.table), ("databaseSchemas", self.chain.fqn),
                 ("databases", self.chain.database["fullyQualifiedName"]), ("storedProcedures", self.procedure)]
        return [self.api.get(f"/{path}/name/{name_path(fqn)}")["version"] for path, fqn in paths]


# Round trips -----------------------------------------------------------------------------------------------------------


def test_a_file_has_its_header_and_makes_no_version_when_it_comes_back_unchanged(api, shop):
    before = shop.versions()
    for collection, fqn, query in shop.files:
        text = export(api, collection, fqn, query)
        header = text.split("\r\n")[0].split(",")
        assert header == (TREE if query else HEADERS[collection]), (collection, query)
        for dry in ("true", "false"):
            result = load(api, collection, fqn, text, f"?dryRun={dry}" + query.replace("?", "&"))
            assert set(passed(result)) == {"Entity unchanged"}, (collection, result)
            assert result["dryRun"] == (dry == "true")
            assert counts(result) == (len(rows_of(text)) + 1, len(rows_of(text)) + 1, 0)
        assert export(api, collection, fqn, query) == text
    assert shop.versions() == before


def test_the_users_of_a_team_and_of_teams_below_it_are_a_file(api, shop):
    path = f"/users/export?team={shop.team['name']}"
    text = api.call("GET", path).text
    assert [row["name*"] for row in rows_of(text)] == [shop.member["name"]]
    assert rows_of(text)[0] | {"description": ""} == {
        "name*": shop.member["name"], "displayName": "", "description": "", "email*": shop.member["email"], "timezone": "UTC",
        "isAdmin": "false", "teams*": shop.group["name"], "Roles": "DataSteward"}
    head = {"Content-Type": "text/plain"}
    result = api.call("PUT", f"/users/import?team={shop.team['name']}", data=text.encode(), headers=head).json()
    assert passed(result) == ["Entity unchanged"]
    name = unique("newcomer")
    row = {"name*": name, "displayName": "New", "description": "", "email*": f"{name}@example.com", "timezone": "", "isAdmin": "",
           "teams*": shop.inner["name"], "Roles": ""}
    stranger = row | {"name*": unique("stranger"), "email*": f"{unique('mail')}@example.com", "teams*": "Organization"}
    result = api.call("PUT", f"/users/import?team={shop.team['name']}", data=text_of([row, stranger]).encode(), headers=head).json()
    assert counts(result) == (3, 2, 1)
    assert "is not under" in failures(result)[0] and failures(result)[0].startswith("#INVALID_FIELD: Field 7 error - ")
    assert [team["name"] for team in api.get(f"/users/name/{name}?fields=teams")["teams"]] == [shop.inner["name"]]
    api.error("GET", f"/users/name/{stranger['name*']}", 404)
    assert "team" in api.error("GET", "/users/export", 400)["message"]
    api.error("GET", f"/users/export?team={unique('no')}", 404)


def test_each_column_of_a_glossary_says_what_the_term_has(api, shop):
    first, second = rows_of(export(api, "glossaries", shop.glossary))
    assert first == {
        "parent": "", "name*": "a.b", "displayName": "", "description": "first \"line\",\r\nand =more", "synonyms": '"x;y";z',
        "relatedTerms": "", "references": 'n;"http://example.com/a;b"', "tags": f'"{shop.tag}"', "reviewers": f"user:{shop.user['name']}",
        "owner": f"user:{shop.user['name']}", "glossaryStatus": first["glossaryStatus"], "color": "#FF5733", "iconURL": "", "extension": ""}
    assert (second["parent"], second["name*"], second["relatedTerms"]) == (shop.term, "c", shop.term)


def test_a_tree_of_assets_has_rows_of_all_that_lies_below(api, shop):
    service = shop.chain.service["fullyQualifiedName"]
    rows = rows_of(export(api, "services/databaseServices", service, "?recursive=true"))
    assert [(row["entityType*"], row["fullyQualifiedName"]) for row in rows] == [
        ("database", f"{service}.db"), ("databaseSchema", shop.chain.fqn), ("storedProcedure", shop.procedure), ("table", shop.table),
        ("column", f"{shop.table}.id"), ("column", f'{shop.table}."a.d"'), ("column", f'{shop.table}."a.d".x'), ("column", f'{shop.table}."a.d".y')]
    procedure, table, key = rows[2], rows[3], rows[4]
    assert (procedure["storedProcedure.code"], procedure["storedProcedure.language"]) == ("CALL x();\nCALL y()", "SQL")
    assert [table[name] for name in ("owner", "tags", "glossaryTerms", "tiers", "domains", "retentionPeriod", "description")] == [
        f"user:{shop.user['name']}", f'"{shop.tag}"', shop.term, "Tier.Tier2", shop.domain, "P1D", "-d"]
    assert (key["name*"], key["tags"], key["column.dataType"]) == ("id", f'"{shop.tag}"', "BIGINT")
    assert (rows[6]["column.arrayDataType"], rows[7]["column.dataLength"]) == ("INT", "9")


def test_a_file_makes_an_empty_place_as_full_as_the_one_it_came_from(api, shop):
    rows = rows_of(export(api, "databaseSchemas", shop.chain.fqn, "?recursive=true"))
    other = Chain(api)
    moved = [row | {"fullyQualifiedName": row["fullyQualifiedName"].replace(shop.chain.fqn, other.fqn, 1)} for row in rows]
    dry = load(api, "databaseSchemas", other.fqn, text_of(moved), "?recursive=true&dryRun=true")
    assert set(passed(dry)) == {"Entity created"}
    assert rows_of(export(api, "databaseSchemas", other.fqn, "?recursive=true")) == []
    result = load(api, "databaseSchemas", other.fqn, text_of(moved), "?recursive=true")
    assert result["importResultsCsv"] == dry["importResultsCsv"]
    assert rows_of(export(api, "databaseSchemas", other.fqn, "?recursive=true")) == moved
    words = api.post("/glossaries", {"name": unique("copy"), "description": "d"})["fullyQualifiedName"]
    terms = [row | {"parent": row["parent"].replace(shop.glossary, words, 1)} for row in rows_of(export(api, "glossaries", shop.glossary))]
    assert set(passed(load(api, "glossaries", words, text_of(terms)))) == {"Entity created"}
    assert rows_of(export(api, "glossaries", words)) == terms


# Editing ----------------------------------------------------------------------------------------------------------------


def test_terms_are_edited_and_added_by_a_file(api, shop):
    rows = rows_of(export(api, "glossaries", shop.glossary))
    rows[0] |= {"description": "new", "synonyms": "z;w", "owner": "", "tags": "", "color": "", "references": "", "displayName": "A",
                "glossaryStatus": "Deprecated"}
    rows.append(dict.fromkeys(rows[0], "") | {"parent": shop.below, "name*": "deep", "description": "third", "relatedTerms": shop.term})
    result = load(api, "glossaries", shop.glossary, text_of(rows))
    assert passed(result) == ["Entity updated", "Entity unchanged", "Entity created"]
    term = api.get(f"/glossaryTerms/name/{name_path(shop.term)}?fields=*")
    assert (term["description"], term["displayName"], term["synonyms"], term["version"], term["entityStatus"]) == (
        "new", "A", ["z", "w"], 0.2, "Deprecated")
    assert not term.get("owners") and not term["tags"] and "references" not in term and not term.get("style", {}).get("color")
    assert term["updatedBy"] == "admin" and term["reviewers"]
    deep = api.get(f"/glossaryTerms/name/{name_path(shop.below)}.deep?fields=relatedTerms,parent")
    assert deep["parent"]["fullyQualifiedName"] == shop.below and deep["relatedTerms"][0]["fullyQualifiedName"] == shop.term


def test_columns_that_a_file_lacks_are_left_alone_and_their_order_is_free(api, shop):
    text = f"tags,name*,parent\r\nPII.Sensitive,a.b,\r\n"
    assert passed(load(api, "glossaries", shop.glossary, text)) == ["Entity updated"]
    term = api.get(f"/glossaryTerms/name/{name_path(shop.term)}?fields=tags,owners")
    assert [tag["tagFQN"] for tag in term["tags"]] == ["PII.Sensitive"] and term["owners"] and term["synonyms"] == ["x;y", "z"]


def test_columns_of_a_table_are_edited_in_one_version(api, shop):
    rows = rows_of(export(api, "tables", shop.table))
    rows[0] |= {"column.description": "", "column.displayName": "Id", "column.tags": "", "column.glossaryTerms": shop.term}
    rows[2] |= {"column.description": "nested"}
    fresh = dict.fromkeys(rows[0], "")
    rows += [fresh | {"column.name*": "late", "column.dataType*": "DATE"}, fresh | {"column.name*": '"a.d".z', "column.dataType*": "INT"}]
    assert passed(load(api, "tables", shop.table, text_of(rows))) == [
        "Entity updated", "Entity unchanged", "Entity updated", "Entity unchanged", "Entity created", "Entity created"]
    table = api.get(f"/tables/name/{name_path(shop.table)}?fields=tags")
    key, nest, late = table["columns"]
    assert table["version"] == 0.2 and "description" not in key and key["displayName"] == "Id"
    assert [tag["tagFQN"] for tag in key["tags"] if tag["source"] == "Glossary"] == [shop.term]
    assert [child["name"] for child in nest["children"]] == ["x", "y", "z"] and nest["children"][0]["description"] == "nested"
    assert (late["name"], late["dataType"]) == ("late", "DATE")


def test_assets_are_edited_by_a_file(api, shop):
    rows = rows_of(export(api, "databaseSchemas", shop.chain.fqn))
    rows[0] |= {"tiers": "Tier.Tier1", "glossaryTerms": "", "domains": "", "owner": f"team:{shop.group['name']}", "retentionPeriod": "P9D",
                "certification": "Certification.Gold"}
    assert passed(load(api, "databaseSchemas", shop.chain.fqn, text_of(rows))) == ["Entity updated"]
    table = api.get(f"/tables/name/{name_path(shop.table)}?fields=*")
    assert sorted(tag["tagFQN"] for tag in table["tags"]) == sorted([shop.tag, "Tier.Tier1"])
    assert (table["owners"][0]["id"], table["retentionPeriod"], not table["domains"]) == (shop.group["id"], "P9D", True)
    assert table["certification"]["tagLabel"]["tagFQN"] == "Certification.Gold"
    assert rows_of(export(api, "databaseSchemas", shop.chain.fqn)) == rows


def test_teams_are_added_below_and_nowhere_else(api, shop):
    rows = rows_of(export(api, "teams", shop.team["name"]))
    assert [row["name*"] for row in rows] == [shop.inner["name"], shop.group["name"]]
    assert rows[1]["isJoinable"] == "false" and rows[1]["Owner"] == f"user:{shop.user['name']}"
    fresh, deeper, foreign = (dict.fromkeys(rows[0], "") | {"name*": unique(word), "teamType*": "Department"} for word in ("new", "deep", "far"))
    fresh |= {"parents*": shop.inner["name"], "isJoinable": "true", "defaultRoles": "DataConsumer", "Owner": shop.user["name"]}
    deeper |= {"parents*": fresh["name*"], "teamType*": "Group"}
    foreign |= {"parents*": "Organization"}
    result = load(api, "teams", shop.team["name"], text_of(rows + [fresh, deeper, foreign]))
    assert counts(result) == (6, 5, 1) and "is not under" in failures(result)[0]
    made = api.get(f"/teams/name/{fresh['name*']}?fields=*")
    assert made["parents"][0]["name"] == shop.inner["name"] and made["defaultRoles"][0]["name"] == "DataConsumer"
    assert made["owners"][0]["id"] == shop.user["id"] and [child["name"] for child in made["children"]] == [deeper["name*"]]


def test_the_file_of_a_user_is_about_that_user_alone(api, shop):
    row, = rows_of(export(api, "users", shop.user["name"]))
    assert row["name*"] == shop.user["name"] and row["email*"] == shop.user["email"]
    assert passed(load(api, "users", shop.user["name"], text_of([row | {"displayName": "Edward", "isAdmin": "true"}]))) == ["Entity updated"]
    user = api.get(f"/users/name/{name_path(shop.user['name'])}")
    assert (user["displayName"], user["isAdmin"]) == ("Edward", True)
    result = load(api, "users", shop.user["name"], text_of([row | {"name*": shop.member["name"]}]))
    assert result["status"] == "failure" and "whose file this is" in failures(result)[0]


def test_custom_properties_are_a_cell(api, shop):
    types = {name: api.get(f"/metadata/types/name/{name}")["id"] for name in ("string", "integer", "enum", "timeInterval", "entityReference")}
    of_term = api.get("/metadata/types/name/glossaryTerm")["id"]
    for name, kind, config in (("csvText", "string", None), ("csvNumber", "integer", None), ("csvSpan", "timeInterval", None),
                               ("csvRef", "entityReference", ["user"]),
                               ("csvWords", "enum", {"values": ["a", "b|c", "d"], "multiSelect": True})):
        body = {"name": name, "description": "d", "propertyType": {"id": types[kind], "type": "type"}}
        api.put(f"/metadata/types/{of_term}", body | ({"customPropertyConfig": {"config": config}} if config else {}))
    text = text_of([{"parent": "", "name*": "a.b", "extension":
                     f'"csvText:x;y";csvNumber:7;csvWords:a|"b|c";csvSpan:5:9;csvRef:user:{shop.user["name"]}'}])
    assert passed(load(api, "glossaries", shop.glossary, text)) == ["Entity updated"]
    extension = api.get(f"/glossaryTerms/name/{name_path(shop.term)}?fields=extension")["extension"]
    assert extension["csvRef"]["id"] == shop.user["id"] and extension | {"csvRef": 0} == {
        "csvText": "x;y", "csvNumber": 7, "csvWords": ["a", "b|c"], "csvSpan": {"start": 5, "end": 9}, "csvRef": 0}
    whole = export(api, "glossaries", shop.glossary)
    assert set(passed(load(api, "glossaries", shop.glossary, whole))) == {"Entity unchanged"}
    for wrong, word in (("csvNumber:x", "csvNumber"), ("nobody:1", "Unknown custom field"), ("csvText", "key-value"), ("csvWords:nothing", "csvWords"),
                        ("csvSpan:1", "start:end"), ("csvRef:user:nobody", "not found")):
        text = text_of([{"parent": "", "name*": "a.b", "extension": wrong}])
        message, = failures(load(api, "glossaries", shop.glossary, text))
        assert message.startswith("#INVALID_FIELD: Field 3 error - ") and word in message
    text = text_of([{"parent": "", "name*": "a.b", "extension": "csvText:only"}])
    assert passed(load(api, "glossaries", shop.glossary, text)) == ["Entity updated"]
    assert api.get(f"/glossaryTerms/name/{name_path(shop.term)}?fields=extension")["extension"] == {"csvText": "only"}


# What goes wrong ----------------------------------------------------------------------------------------------------


def test_each_row_that_is_wrong_says_why_and_touches_no_other(api, shop):
    base = dict.fromkeys(HEADERS["glossaries"], "") | {"description": "d"}
    cases = [
        ({"name*": ""}, "#FIELD_REQUIRED: Field 2 is required"),
        ({"tags": "No.Tag"}, "#INVALID_FIELD: Field 8 error - Entity 'No.Tag' of type tag not found"),
        ({"owner": "user:nobody"}, "#INVALID_FIELD: Field 10 error - Entity 'nobody' of type user not found"),
        ({"relatedTerms": "x.y"}, "#INVALID_FIELD: Field 6 error - "),
        ({"references": "name-only"}, "#INVALID_FIELD: Field 7 error - "),
        ({"glossaryStatus": "Splendid"}, "#INVALID_FIELD: Field 11 error - "),
        ({"parent": f"{shop.glossary}.nobody"}, "not found"),
        ({"parent": "elsewhere"}, "#INVALID_FIELD: Field 1 error - "),
        ({"name*": "x::y"}, ""), ({"name*": "n" * 2000}, ""), ({"iconURL": "http://example.com/i.png"}, None),
    ]
    rows = [base | {"name*": f"t{i}"} | case for i, (case, _) in enumerate(cases)]
    text = text_of(rows) + "one,field,too,few\r\n"
    result = load(api, "glossaries", shop.glossary, text)
    told = rows_of(result["importResultsCsv"])
    for row, (case, words) in zip(told, cases):
        assert (row["status"] == "success") == (words is None), (case, row)
        assert words is None or words.replace("'", "") in row["details"].replace("'", "").replace('"', ""), (case, row["details"])
    assert told[-1]["details"] == "#INVALID_FIELD_COUNT: Field count 4 does not match the expected field count of 14"
    assert (result["status"], counts(result)) == ("partialSuccess", (len(cases) + 2, 2, len(cases)))
    api.get(f"/glossaryTerms/name/{shop.glossary}.t{len(cases) - 1}")
    api.error("GET", f"/glossaryTerms/name/{shop.glossary}.t1", 404)


def test_columns_that_are_wrong_leave_the_others(api, shop):
    head = dict.fromkeys(HEADERS["tables"], "")
    rows = [head | {"column.name*": f"c{i}", "column.dataType*": "INT"} for i in range(40)]
    rows[3]["column.dataType*"] = "VARCHAR"  # without a length
    rows[17]["column.tags"] = "No.Tag"
    rows[30]["column.dataLength"] = "many"
    rows[31]["column.name*"] = "nobody.inner"
    result = load(api, "tables", shop.table, text_of(rows))
    assert (result["status"], counts(result)) == ("partialSuccess", (41, 37, 4))
    failed = {row["column.name*"] for row in rows_of(result["importResultsCsv"]) if row["status"] == "failure"}
    assert failed == {"c3", "c17", "c30", "nobody.inner"}
    table = api.get(f"/tables/name/{name_path(shop.table)}")
    assert table["version"] == 0.2 and len(table["columns"]) == 2 + 36


@pytest.mark.parametrize("text,word", [
    ("", "empty"), ("name\r\n", "#INVALID_HEADER"), ("parent,name*,nonsense\r\n", "#INVALID_HEADER"), ("parent,name*,name*\r\n", "#INVALID_HEADER"),
    ('parent,name*\r\n,"open', "line 2"), ('parent,name*\r\n,"a"b', "line 2"), ("parent,name*\r\n,a\0b", "NUL"), ("," * 300, "fields"),
    ('{"name": "x"}', "#INVALID_HEADER"),
])
def test_what_is_no_such_file_is_aborted(api, shop, text, word):
    if text == "name\r\n":  # the star may be missing, the column may not
        text = "parent\r\n"
    result = load(api, "glossaries", shop.glossary, text)
    assert (result["status"], counts(result)) == ("aborted", (1, 0, 1)) and word in result["abortReason"]
    assert "importResultsCsv" not in result


def test_other_bodies_are_refused(api, shop):
    load(api, "glossaries", shop.glossary, b"parent,name*\r\n,\xff\xfe\r\n", status=400)
    load(api, "glossaries", shop.glossary, "parent,name*\r\n", status=415, kind="application/json")
    load(api, "glossaries", shop.glossary, "parent,name*\r\n", status=415, kind="text/plain; charset=latin-1")
    load(api, "glossaries", shop.glossary, "parent,name*\r\n", kind="text/csv;charset=UTF-8")
    load(api, "glossaries", shop.glossary, "parent,name*\r\n", "?dryRun=maybe", status=400)
    load(api, "glossaries", unique("no"), "parent,name*\r\n", status=404)
    export(api, "glossaries", unique("no"), status=404)


def test_a_field_beyond_its_bound_aborts_and_a_file_beyond_its_rows_is_refused(api, shop):
    result = load(api, "glossaries", shop.glossary, "parent,name*\r\n," + "n" * (1 << 20) + "n\r\n")
    assert result["status"] == "aborted" and "1048576" in result["abortReason"]
    lines = ",a\r\n" * 100_000
    assert "100000" in load(api, "glossaries", shop.glossary, "parent,name*\r\n" + lines, status=413)["message"]
    assert "10000" in load(api, "glossaries", shop.glossary, "parent,name*\r\n" + lines[:4 * 10_000], "?dryRun=true", status=413)["message"]


def test_a_byte_order_mark_and_other_line_ends_are_taken(api, shop):
    text = "\ufeffparent,name*,description\n,a.b,one\n\n,fresh,two"
    assert passed(load(api, "glossaries", shop.glossary, text)) == ["Entity updated", "Entity created"]


def test_what_looks_like_a_formula_comes_back_as_it_is(api, shop):
    text = text_of([{"parent": "", "name*": "a.b", "description": '=HYPERLINK("http://x")'}])
    assert passed(load(api, "glossaries", shop.glossary, text)) == ["Entity updated"]
    assert rows_of(export(api, "glossaries", shop.glossary))[0]["description"] == '=HYPERLINK("http://x")'


# Dry runs -------------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_a_real_one_does_and_leaves_nothing(api, shop):
    rows = rows_of(export(api, "glossaries", shop.glossary))
    fresh = dict.fromkeys(rows[0], "") | {"description": "d"}
    rows[0] |= {"description": "changed"}
    rows += [fresh | {"name*": "p", "glossaryStatus": "Draft"}, fresh | {"parent": f"{shop.glossary}.p", "name*": "q"},
             fresh | {"name*": "r", "relatedTerms": f"{shop.glossary}.p.q"}, fresh | {"name*": "s", "relatedTerms": f"{shop.glossary}.t"},
             fresh | {"name*": "t"}, fresh | {"name*": "t", "description": "again"}]
    before = export(api, "glossaries", shop.glossary)
    dry = load(api, "glossaries", shop.glossary, text_of(rows), "?dryRun=true")
    assert export(api, "glossaries", shop.glossary) == before
    real = load(api, "glossaries", shop.glossary, text_of(rows))
    assert dry == real | {"dryRun": True}
    details = [row["details"] for row in rows_of(real["importResultsCsv"])]
    assert details[:5] == ["Entity updated", "Entity unchanged", "Entity created", "Entity created", "Entity created"]
    assert "not found" in details[5] and details[6:] == ["Entity created", "Entity updated"]
    assert api.get(f"/glossaryTerms/name/{shop.glossary}.p")["entityStatus"] == "Draft"


# Rights ---------------------------------------------------------------------------------------------------------------


def test_a_person_without_the_right_gets_403(server, api, shop):
    _, person = make_user(server, api)
    text = export(person, "glossaries", shop.glossary)  # everybody sees
    assert "EditAll" in load(person, "glossaries", shop.glossary, text, status=403)["message"]
    load(person, "glossaries", shop.glossary, text, "?dryRun=true", status=403)
    person.error("PUT", f"/glossaries/name/{shop.glossary}/importAsync", 403, data=text.encode(), headers={"Content-Type": "text/plain"})


def test_each_row_is_written_under_the_callers_own_rights(server, api, shop):
    entity, person = make_user(server, api)
    mine = api.post("/glossaries", {"name": unique("mine"), "description": "d", "owners": [{"id": entity["id"], "type": "user"}]})["fullyQualifiedName"]
    api.post("/glossaryTerms", {"name": "own", "glossary": mine, "description": "d"})
    api.post("/glossaryTerms", {"name": "theirs", "glossary": mine, "description": "d", "owners": shop.owners})
    rows = rows_of(export(person, "glossaries", mine))
    for row in rows:
        row["displayName"] = "by me"
    rows.append(dict.fromkeys(rows[0], "") | {"name*": "fresh", "description": "d"})
    result = load(person, "glossaries", mine, text_of(rows))
    by_name = {row["name*"]: (row["status"], row["details"]) for row in rows_of(result["importResultsCsv"])}
    assert by_name["own"] == ("success", "Entity updated")
    assert by_name["theirs"][0] == "failure" and "not allowed" in by_name["theirs"][1]
    assert by_name["fresh"][0] == "failure"  # owning a glossary lets nobody create
    assert api.get(f"/glossaryTerms/name/{mine}.own")["updatedBy"] == entity["name"]
    assert "displayName" not in api.get(f"/glossaryTerms/name/{mine}.theirs")


def test_a_user_cannot_become_admin_by_a_file(server, api):
    entity, person = make_user(server, api)
    team = api.get("/teams/name/Organization")["name"]
    row, = rows_of(export(person, "users", entity["name"]))
    result = load(person, "users", entity["name"], text_of([row | {"isAdmin": "true", "teams*": team}]))
    assert result["status"] == "failure" and not api.get(f"/users/name/{entity['name']}").get("isAdmin")


def test_a_team_owner_hands_out_no_roles_by_a_file(server, api):
    entity, person = make_user(server, api)
    mine = [{"id": entity["id"], "type": "user"}]
    unit = api.post("/teams", {"name": unique("unit"), "teamType": "Department", "owners": mine})
    crew = api.post("/teams", {"name": unique("crew"), "teamType": "Group", "parents": [unit["id"]], "owners": mine})
    row, = rows_of(export(person, "teams", unit["name"]))
    for change in ({"defaultRoles": "DataSteward"}, {"policies": "DataConsumerPolicy"}, {"parents*": f"{unit['name']};Organization"}):
        result = load(person, "teams", unit["name"], text_of([row | change]))
        assert result["status"] == "failure" and "not allowed" in failures(result)[0], (change, result)
    assert passed(load(person, "teams", unit["name"], text_of([row | {"description": "ours"}]))) == ["Entity updated"]
    assert api.get(f"/teams/name/{crew['name']}")["description"] == "ours"


# Paths ----------------------------------------------------------------------------------------------------------------


def test_services_are_found_under_both_paths_and_names_may_stand_as_they_are(api, shop):
    service = shop.chain.service["fullyQualifiedName"]
    assert api.call("GET", f"/databaseServices/name/{service}/export").text == export(api, "services/databaseServices", service)
    text = export(api, "tables", shop.table)
    assert api.call("GET", f"/tables/name/{shop.table}/export").text == text
    slashed = api.post("/glossaries", {"name": f"a/b export/{unique('x')}", "description": "d"})["fullyQualifiedName"]
    assert rows_of(api.call("GET", f"/glossaries/name/{slashed}/export").text) == []


def test_types_without_files_have_no_such_routes(api, chain):
    table = chain.table()["fullyQualifiedName"]
    api.error("GET", f"/tags/name/{name_path('PII.Sensitive')}/export", 404)
    api.error("PUT", f"/tags/name/{name_path('PII.Sensitive')}/import", 405)
    api.error("GET", f"/dataQuality/testCases/name/{name_path(table)}/export", 501)


# Jobs -----------------------------------------------------------------------------------------------------------------


def ended(api, job):
    def end():
        found = api.get(f"/csv/jobs/{job['jobId']}")
        return found if found["status"] not in ("queued", "running") else None
    found = wait_until(end, 300)
    assert found, api.get(f"/csv/jobs/{job['jobId']}")
    return found


def begin(api, method, path, data=None):
    head = {"Content-Type": "text/plain"} if data is not None else {}
    return api.call(method, path, data=data, headers=head, status=202).json()


def test_an_export_that_is_made_later_can_be_fetched(api, shop):
    job = begin(api, "GET", f"/glossaries/name/{shop.glossary}/exportAsync")
    assert job["href"].endswith(f"/csv/jobs/{job['jobId']}")
    found = ended(api, job)
    assert (found["status"], found["operation"], found["entityType"], found["name"]) == ("done", "export", "glossary", shop.glossary)
    answer = api.call("GET", f"/csv/jobs/{job['jobId']}/result")
    assert answer.text == export(api, "glossaries", shop.glossary) and answer.headers["Content-Type"].startswith("text/plain")


def test_an_import_that_is_made_later_tells_its_result(api, shop):
    text = text_of([{"parent": "", "name*": "a.b", "description": "later"}])
    dry = ended(api, begin(api, "PUT", f"/glossaries/name/{shop.glossary}/importAsync?dryRun=true", text.encode()))
    assert dry["result"]["dryRun"] is True
    found = ended(api, begin(api, "PUT", f"/glossaries/name/{shop.glossary}/importAsync", text.encode()))
    assert (found["status"], found["rows"], found["result"]["status"]) == ("done", 1, "success")
    assert passed(api.get(f"/csv/jobs/{found['jobId']}/result")) == ["Entity updated"]
    assert api.get(f"/glossaryTerms/name/{name_path(shop.term)}")["description"] == "later"


def test_jobs_are_their_owners_and_the_admins(server, api, shop):
    _, person = make_user(server, api)
    _, other = make_user(server, api)
    job = begin(person, "GET", f"/glossaries/name/{shop.glossary}/exportAsync")
    assert ended(person, job)["status"] == ended(api, job)["status"] == "done"
    for path in ("", "/result"):
        other.error("GET", f"/csv/jobs/{job['jobId']}{path}", 404)
    other.call("DELETE", f"/csv/jobs/{job['jobId']}", status=404)
    api.error("GET", "/csv/jobs/none", 404)
    api.error("GET", f"/glossaries/name/{unique('no')}/exportAsync", 404)
    gone = api.post("/glossaries", {"name": unique("gone"), "description": "d"})
    api.delete(f"/glossaries/{gone['id']}")
    api.error("GET", f"/glossaries/name/{gone['name']}/exportAsync", 404)
    api.error("PUT", f"/glossaries/name/{gone['name']}/importAsync", 404, data=b"parent,name*", headers={"Content-Type": "text/plain"})


def test_a_job_is_cancelled_between_its_groups_of_rows(server, api):
    words = api.post("/glossaries", {"name": unique("many"), "description": "d"})["fullyQualifiedName"]
    text = "parent,name*,description\r\n" + "".join(f",t{i},d\r\n" for i in range(MANY))
    job = begin(api, "PUT", f"/glossaries/name/{words}/importAsync", text.encode())
    assert wait_until(lambda: api.get(f"/csv/jobs/{job['jobId']}")["rows"], 300)
    api.call("DELETE", f"/csv/jobs/{job['jobId']}")
    found = ended(api, job)
    rows = found["result"]
    assert rows["status"] == "partialSuccess" and 0 < rows["numberOfRowsPassed"] <= MANY
    assert api.get(f"/glossaries/name/{words}?fields=termCount")["termCount"] == rows["numberOfRowsPassed"] - 1


# Many rows ------------------------------------------------------------------------------------------------------------


def test_l15_nobody_waits_for_the_whole_of_a_long_import(api):
    """Rows are written in groups; reads and other writes go on in between."""
    words = api.post("/glossaries", {"name": unique("long"), "description": "d"})["fullyQualifiedName"]
    text = "parent,name*,description\r\n" + "".join(f",t{i},d\r\n" for i in range(MANY))
    job = begin(api, "PUT", f"/glossaries/name/{words}/importAsync", text.encode())
    seen, waits = [], []
    while len(set(seen)) < 15:
        began = time.monotonic()
        api.put("/domains", {"name": words + "d", "description": str(len(waits)), "domainType": "Aggregate"})
        waits.append(time.monotonic() - began)
        found = api.get(f"/csv/jobs/{job['jobId']}")
        seen.append(found["rows"])
        assert found["status"] in ("queued", "running"), seen  # other writes come in between the groups
    assert statistics.median(waits) < 5, waits
    api.call("DELETE", f"/csv/jobs/{job['jobId']}")
    found = ended(api, job)["result"]
    assert seen[-1] <= found["numberOfRowsPassed"] - 1 == api.get(f"/glossaries/name/{words}?fields=termCount")["termCount"]
