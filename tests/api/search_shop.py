"""A catalog to search in: tables that own, inherit, are tagged, described and deleted, and what a naive scan says of them."""

import collections
import json
import random

from client import unique

WORDS = ["customer", "order", "invoice", "payment", "shipment", "refund", "ledger", "session"]


def full(fqn):
    return fqn.rsplit(".", 1)[-1]


class Shop:
    """Two databases of two schemas with 96 tables. The first database has an owner, one of its schemas another."""

    def __init__(self, api):
        self.api = api
        self.service = api.post("/services/databaseServices", {"name": unique("shop"), "serviceType": "Snowflake"})
        self.owners = [self.person(), self.person(), self.person()]
        self.tag, self.other_tag = self.label("a"), self.label("b")
        self.databases = [self.database("sales_db", [self.owners[0]]), self.database("hr_db", [])]
        self.schemas = [self.schema(0, "public", []), self.schema(0, "owned", [self.owners[1]]),
                        self.schema(1, "public", []), self.schema(1, "owned", [self.owners[1]])]
        dice = random.Random(7)
        self.names = []
        for number in range(96):
            self.table(dice, number)

    def person(self):
        name = unique("searcher")
        return self.api.post("/users", {"name": name, "email": f"{name}@example.com", "displayName": f"Person {name}"})

    def label(self, name):
        group = self.api.post("/classifications", {"name": unique("Grp"), "description": "for search"})
        return self.api.post("/tags", {"name": name, "description": "x", "classification": group["name"]})["fullyQualifiedName"]

    def database(self, name, owners):
        return self.api.post("/databases", {"name": name, "service": self.service["fullyQualifiedName"], "owners": refs(owners)})

    def schema(self, database, name, owners):
        return self.api.post("/databaseSchemas", {"name": name, "owners": refs(owners),
                                                  "database": self.databases[database]["fullyQualifiedName"]})

    def table(self, dice, number):
        words = dice.sample(WORDS, 2)
        name = f"{words[0]}_{words[1]}_{number:03}"
        tags = dice.sample([self.tag, self.other_tag, "Tier.Tier1", "PII.Sensitive"], dice.randrange(3))
        body = {
            "name": name, "databaseSchema": self.schemas[number % 4]["fullyQualifiedName"],
            "tableType": dice.choice(["Regular", "View", "External"]),
            "columns": [{"name": "id", "dataType": "BIGINT"},
                        {"name": words[1] + "_key", "dataType": "INT", "description": "key of the " + words[0],
                         "tags": [tag_of(self.tag)] if dice.random() < 0.2 else []}],
            "tags": [tag_of(tag) for tag in tags],
        }
        if dice.random() < 0.6:
            body["description"] = f"All {words[0]}s with their {words[1]}s"
        if dice.random() < 0.3:
            body["owners"] = refs([dice.choice(self.owners)])
        table = self.api.post("/tables", body)
        self.names.append(name)
        if dice.random() < 0.15:
            self.api.delete(f"/tables/{table['id']}", headers=SDK)

    def scan(self, include="non-deleted"):
        """All tables of the service, as lists show them."""
        tables, after = [], ""
        while True:
            page = self.api.get(f"/tables?service={self.service['name']}&fields=owners,tags,columns&limit=100&include={include}{after}")
            tables += page["data"]
            if "after" not in page["paging"]:
                return tables
            after = "&after=" + page["paging"]["after"]

    def search(self, status=None, **params):
        params = {"index": "table", "size": 100} | params
        params["filters"] = [f"service:{self.service['name']}", *params.get("filters", [])]
        return self.api.get("/search/query", params=params) if status is None else self.api.error("GET", "/search/query", status, params=params)

    def ids(self, **params):
        return ids(self.search(**params))


SDK = {"X-Metadata-Dialect": "openmetadata"}


def refs(users):
    return [{"id": user["id"], "type": "user"} for user in users]


def tag_of(fqn):
    return {"tagFQN": fqn, "source": "Classification", "labelType": "Manual", "state": "Confirmed"}


def ids(answer):
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def tags_of(table):
    """Labels of a table and of its columns, each once."""
    return {tag["tagFQN"] for holder in [table, *table["columns"]] for tag in holder.get("tags", [])}


def own_tags(table):
    return {tag["tagFQN"] for tag in table.get("tags", [])}


def counted(values):
    return dict(collections.Counter(values))


def buckets(answer, field):
    plain, typed = answer["aggregations"][field], answer["aggregations"]["sterms#" + field]
    assert plain == typed and plain["exact"] is True
    keys = [(-bucket["doc_count"], bucket["key"]) for bucket in plain["buckets"]]
    assert keys == sorted(keys), "most frequent first, then by value"
    return {bucket["key"]: bucket["doc_count"] for bucket in plain["buckets"]}


def body_of(query):
    return json.dumps({"query": query})
