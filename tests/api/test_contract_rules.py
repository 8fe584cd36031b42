"""Data contracts are held against what they are about: columns, rules in JSON Logic, and tests of the data."""

import json
import random
import subprocess
import uuid

import pytest

from client import unique
from harness import ROOT, npm_packages
from persons import make_user


def rule(logic, name=None, **more):
    text = logic if isinstance(logic, str) else json.dumps(logic)
    return {"name": name or unique("rule"), "description": "as agreed", "rule": text, "enabled": True, **more}


class Agreement:
    """A table with a contract of its own."""

    def __init__(self, api, chain, **table):
        self.api = api
        self.table = chain.table(**table)

    def contract(self, **body):
        return self.api.post("/dataContracts", {"name": unique("contract"), "entity": {"id": self.table["id"], "type": "table"}, **body})

    def validate(self, contract, who=None, status=200):
        return (who or self.api).call("POST", f"/dataContracts/{contract['id']}/validate", status=status).json()


@pytest.fixture
def agreement(api, chain):
    return Agreement(api, chain, columns=[
        {"name": "id", "dataType": "BIGINT"}, {"name": "Name", "dataType": "VARCHAR", "dataLength": 20, "description": "of the customer"},
        {"name": "address", "dataType": "STRUCT", "children": [{"name": "city", "dataType": "STRING"}]}], description="Customers")


def test_a_contract_that_says_nothing_holds(api, agreement):
    contract = agreement.contract()
    result = agreement.validate(contract)
    assert uuid.UUID(result.pop("id")) and result.pop("timestamp") > 1_700_000_000_000 and result.pop("executionTime") >= 0
    assert result == {"dataContractFQN": contract["fullyQualifiedName"], "contractExecutionStatus": "Success"}


def test_the_result_is_kept_and_shown_as_the_newest(api, agreement):
    contract = agreement.contract(semantics=[rule({"!!": {"var": "owners"}}, "owned")])
    api.put(f"/dataContracts/{contract['id']}/results", {"timestamp": 1000, "contractExecutionStatus": "Success"}, status=200)
    result = agreement.validate(contract)
    assert api.get(f"/dataContracts/{contract['id']}/results/latest") == result
    shown = api.get(f"/dataContracts/{contract['id']}?fields=latestResult")
    assert shown["latestResult"] == {"timestamp": result["timestamp"], "status": "Failed", "message": "Semantics validation failed", "resultId": result["id"]}
    assert shown["version"] == contract["version"]


def test_rules_see_the_whole_entity_as_it_is_now(api, agreement):
    owned, described = rule({"!!": {"var": "owners"}}, "owned"), rule({"all": [{"var": "columns"}, {"!!": {"var": "description"}}]}, "described")
    contract = agreement.contract(semantics=[owned, described, rule({"==": [{"var": "description"}, "Customers"]})])
    first = agreement.validate(contract)
    assert first["contractExecutionStatus"] == "Failed" and first["result"] == "Semantics validation failed"
    assert first["semanticsValidation"] == {"passed": 1, "failed": 2, "total": 3, "failedRules": [
        {"ruleName": "owned", "reason": "as agreed"}, {"ruleName": "described", "reason": "as agreed"}]}
    admin = api.get("/users/name/admin")
    api.patch(f"/tables/{agreement.table['id']}", [
        {"op": "add", "path": "/owners", "value": [{"id": admin["id"], "type": "user"}]},
        {"op": "add", "path": "/columns/0/description", "value": "its number"}, {"op": "add", "path": "/columns/2/description", "value": "where"}])
    then = agreement.validate(contract)
    assert then["contractExecutionStatus"] == "Success" and then["semanticsValidation"] == {"passed": 3, "failed": 0, "total": 3, "failedRules": []}
    assert "result" not in then


def test_rules_that_are_off_or_meant_for_others_are_not_asked(agreement):
    never = {"==": [1, 2]}
    contract = agreement.contract(semantics=[
        rule(never, enabled=False), rule(never, entityType="topic"), rule(never, ignoredEntities=["chart", "table"]),
        rule(never, "meant", entityType="table"), rule(never, "not ignored", ignoredEntities=["chart"])])
    found = agreement.validate(contract)["semanticsValidation"]
    assert found["total"] == 2 and [one["ruleName"] for one in found["failedRules"]] == ["meant", "not ignored"]


def test_a_rule_that_cannot_be_computed_does_not_hold_and_says_why(agreement):
    deep = {"var": "name"}
    for _ in range(40):
        deep = {"!": deep}
    ten = list(range(10))
    endless = 1
    for _ in range(7):
        endless = {"map": [ten, endless]}
    contract = agreement.contract(semantics=[
        rule("{not json", "a"), rule({"frobnicate": 1}, "b"), rule(deep, "c"), rule(endless, "d"), rule({"isChanged": {"var": "owners"}}, "e"),
        rule({"var": "name"}, "f"), rule("", "g"), rule(json.dumps(json.dumps({"==": [1, 1]})), "h")])
    found = agreement.validate(contract)["semanticsValidation"]
    reasons = {one["ruleName"]: one["reason"] for one in found["failedRules"]}
    assert "not JSON Logic" in reasons["a"] and "frobnicate" in reasons["b"] and "32" in reasons["c"] and "steps" in reasons["d"]
    assert "change" in reasons["e"] and reasons["f"] == "as agreed" and "not JSON Logic" in reasons["g"]
    assert found["passed"] == 1 and "h" not in reasons


def test_teams_of_owners_count_as_owners(api, agreement):
    team = api.post("/teams", {"name": unique("team"), "teamType": "Group"})
    within, outside = unique("within"), unique("outside")
    for name, teams in ((within, [team["id"]]), (outside, [])):
        api.post("/users", {"name": name, "email": f"{name}@example.com", "teams": teams})
    api.patch(f"/tables/{agreement.table['id']}", [{"op": "add", "path": "/owners", "value": [{"id": team["id"], "type": "team"}]}])
    contract = agreement.contract(semantics=[rule({"isOwner": within}, "within"), rule({"isOwner": outside}, "outside"), rule({"isOwner": "no'body \"x."}, "none"),
                                             rule({"multipleUsersOrSingleTeamOwnership": {"var": "owners"}}, "one team")])
    found = agreement.validate(contract)["semanticsValidation"]
    assert [one["ruleName"] for one in found["failedRules"]] == ["outside", "none"]


def test_the_schema_is_held_against_the_columns(api, agreement):
    contract = agreement.contract(schema=[
        {"name": "ID", "dataType": "BIGINT"}, {"name": "name", "dataType": "TEXT"},
        {"name": "address", "dataType": "STRUCT", "children": [{"name": "city", "dataType": "STRING"}, {"name": "zip", "dataType": "STRING"}]}])
    result = agreement.validate(contract)
    assert result["contractExecutionStatus"] == "Failed" and result["result"] == "Schema validation failed"
    assert result["schemaValidation"] == {"passed": 3, "failed": 2, "total": 5, "failedFields": ["address.zip", "name"]}


def test_the_schema_of_a_topic_is_held_against_its_fields(api):
    service = api.post("/services/messagingServices", {"name": unique("kafka"), "serviceType": "Kafka"})
    topic = api.post("/topics", {"name": unique("topic"), "service": service["fullyQualifiedName"], "partitions": 1, "messageSchema": {
        "schemaType": "Avro", "schemaFields": [{"name": "order", "dataType": "RECORD", "children": [{"name": "id", "dataType": "INT"}]}]}})
    contract = api.post("/dataContracts", {"name": unique("contract"), "entity": {"id": topic["id"], "type": "topic"}, "schema": [
        {"name": "order", "dataType": "RECORD", "children": [{"name": "id", "dataType": "INT"}]}, {"name": "gone", "dataType": "INT"}]})
    found = api.call("POST", f"/dataContracts/{contract['id']}/validate", status=200).json()["schemaValidation"]
    assert found == {"passed": 2, "failed": 1, "total": 3, "failedFields": ["gone"]}


def test_the_newest_results_of_the_expected_tests_count(api, agreement):
    link = f"<#E::table::{agreement.table['fullyQualifiedName']}>"
    cases = [api.post("/dataQuality/testCases", {"name": unique("case"), "testDefinition": "tableRowCountToEqual", "entityLink": link,
                                                 "parameterValues": [{"name": "value", "value": "1"}]}) for _ in range(3)]
    contract = agreement.contract(qualityExpectations=[{"id": one["id"], "type": "testCase"} for one in cases])
    before = agreement.validate(contract)
    assert before["contractExecutionStatus"] == "PartialSuccess" and "3 of 3" in before["result"]
    assert before["qualityValidation"] == {"passed": 0, "failed": 0, "total": 3, "qualityScore": 0.0}

    def tell(case, at, status):
        api.post(f"/dataQuality/testCases/testCaseResults/{case['fullyQualifiedName']}", {"timestamp": at, "testCaseStatus": status})
    for case in cases[:2]:
        tell(case, 1000, "Success")
    assert "1 of 3" in agreement.validate(contract)["result"]
    tell(cases[2], 1000, "Failed")
    failed = agreement.validate(contract)
    assert failed["contractExecutionStatus"] == "Failed" and failed["result"] == "Quality validation failed"
    assert failed["qualityValidation"]["failed"] == 1 and failed["qualityValidation"]["qualityScore"] == pytest.approx(200 / 3)
    tell(cases[2], 2000, "Success")
    good = agreement.validate(contract)
    assert good["contractExecutionStatus"] == "Success" and good["qualityValidation"]["qualityScore"] == 100


def test_who_may_not_see_everything_of_the_entity_cannot_ask_rules_about_it(api, server, agreement):
    contract = agreement.contract(semantics=[rule({"==": [{"var": "description"}, "Customers"]})])
    # Rules: everything of contracts, and of tables no more than their names.
    policy = api.post("/policies", {"name": unique("policy"), "rules": [
        {"name": "contracts", "resources": ["dataContract"], "operations": ["All"], "effect": "allow"},
        {"name": "tables", "resources": ["table"], "operations": ["ViewAll"], "effect": "deny"}]})
    role = api.post("/roles", {"name": unique("role"), "policies": [policy["fullyQualifiedName"]]})
    _, person = make_user(server, api, roles=[role["id"]])
    agreement.validate(contract, person, status=403)
    assert api.get(f"/dataContracts/{contract['id']}/results")["data"] == []
    _, stranger = make_user(server, api)
    agreement.validate(contract, stranger, status=403)
    api.error("POST", f"/dataContracts/{uuid.uuid4()}/validate", 404)


# Rules that somebody rolled dice for, computed by both.

PATHS = ["name", "description", "columns.0.name", "columns.1.dataLength", "columns.9.name", "tags", "columns", "version", "updatedAt", "deleted",
         "no.such", "columns.2.children", "tableType", "id.x", "columns.0.tags"]
LITERALS = [0, 1, -1, 2.5, 1e21, 1e-7, "", " ", "0", "1", "-2.5e1x", "0x1F", "abc", "né", "Infinity", True, False, None, "id", "a,b"]


class Dice:
    def __init__(self, seed):
        self.dice = random.Random(seed)

    def one_of(self, *makers):
        return self.dice.choice(makers)

    def some(self, make, depth, least, most):
        return [make(depth - 1) for _ in range(self.dice.randint(least, most))]

    def scalar(self, depth):
        """Something that is no list, or is not compared as one."""
        if depth <= 0 or self.dice.random() < 0.2:
            return self.dice.choice(LITERALS)
        kind = self.dice.randrange(12)
        if kind == 0:
            return {"var": self.dice.choice([path for path in PATHS if path not in ("tags", "columns", "columns.2.children", "columns.0.tags")])}
        if kind == 1:
            return {self.dice.choice(["==", "!=", "===", "!=="]): self.some(self.scalar, depth, 2, 2)}
        if kind == 2:
            return {self.dice.choice(["<", "<=", ">", ">="]): self.some(self.any, depth, 2, 2 if self.dice.random() < 0.7 else 3)}
        if kind == 3:
            return {self.dice.choice(["+", "*", "max", "min"]): self.some(self.any, depth, 1, 4)}
        if kind == 4:
            return {"-": self.some(self.any, depth, 1, 2)}
        if kind == 5:
            return {self.dice.choice(["/", "%"]): self.some(self.any, depth, 2, 2)}
        if kind == 6:
            return {self.dice.choice(["!", "!!"]): self.some(self.any, depth, 1, 1)}
        if kind == 7:
            return {"cat": self.some(self.any, depth, 1, 3)}
        if kind == 8:
            return {"substr": [self.scalar(depth - 1), self.dice.randint(-6, 6)] + ([self.dice.randint(-4, 6)] if self.dice.random() < 0.6 else [])}
        if kind == 9:
            return {self.dice.choice(["all", "some", "none"]): [self.list(depth - 1), self.any(depth - 1)]}
        if kind == 10:
            return {"in": [self.scalar(depth - 1), self.any(depth - 1)]}
        return {"reduce": [self.list(depth - 1), {self.dice.choice(["+", "max", "cat"]): [{"var": "accumulator"}, {"var": "current"}]}, self.scalar(0)]}

    def list(self, depth):
        if depth <= 0:
            return [self.dice.choice(LITERALS) for _ in range(self.dice.randint(0, 3))]
        kind = self.dice.randrange(6)
        if kind == 0:
            return {"var": self.dice.choice(["tags", "columns", "columns.2.children", "columns.0.tags"])}
        if kind == 1:
            return {self.dice.choice(["map", "filter"]): [self.list(depth - 1), self.dice.choice([{"var": ""}, {"var": "name"}, self.scalar(depth - 1)])]}
        if kind == 2:
            return {"merge": self.some(self.any, depth, 1, 3)}
        if kind == 3:
            return {"missing": [self.dice.choice(PATHS) for _ in range(self.dice.randint(1, 4))]}
        if kind == 4:
            return {"missing_some": [self.dice.randint(0, 3), [self.dice.choice(PATHS) for _ in range(4)]]}
        return self.some(self.scalar, depth, 0, 3)

    def any(self, depth):
        if self.dice.random() < 0.2:
            return {self.dice.choice(["if", "and", "or"]): self.some(self.scalar, depth, 1, 5)}
        return self.scalar(depth) if self.dice.random() < 0.6 else self.list(depth)


def without_links(value):
    """An entity as the library has it: without href."""
    if isinstance(value, dict):
        return {key: without_links(inner) for key, inner in value.items() if key != "href"}
    return [without_links(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(6))
def test_rules_give_what_the_author_of_json_logic_gives(api, agreement, seed):
    dice = Dice(seed)
    rules = [dice.any(4) for _ in range(600)]
    data = without_links(api.get(f"/tables/{agreement.table['id']}?fields=*"))
    told = subprocess.run(["node", ROOT / "tests" / "logic" / "oracle.mjs", npm_packages("logic")], input=json.dumps({"data": data, "rules": rules}),
                          check=True, capture_output=True, text=True, timeout=300)
    semantics, wanted = [], {}
    for logic, answer in zip(rules, json.loads(told.stdout), strict=True):
        if "error" in answer:
            continue  # what the author's program breaks on
        if "special" in answer:
            logic, value = {"cat": [logic]}, answer["special"]
        else:
            value = answer["value"]
        # An object of one member would be an operation: a list around is compared, and lists are made of what is in them.
        if '{' in json.dumps(value):
            continue
        name = unique("rolled")
        semantics.append(rule({"===": [logic, value]}, name))
        wanted[name] = (logic, value)
    assert len(semantics) > 400
    found = agreement.validate(agreement.contract(semantics=semantics))["semanticsValidation"]
    wrong = [(wanted[one["ruleName"]], one["reason"]) for one in found["failedRules"]]
    assert not wrong, json.dumps(wrong[:5], ensure_ascii=False)
    assert found["total"] == len(semantics)
