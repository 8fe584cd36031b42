"""Data contracts: results of their checks over time."""

import uuid

import pytest

from client import unique


@pytest.fixture
def contract(api, chain):
    return api.post("/dataContracts", {"name": unique("contract"), "entity": {"id": chain.table()["id"], "type": "table"}})


def result(at, status="Success", **more):
    return {"timestamp": at, "contractExecutionStatus": status, **more}


def test_results_are_kept_by_moment_and_the_newest_is_shown(api, contract):
    at = f"/dataContracts/{contract['id']}/results"
    assert api.call("GET", at + "/latest", status=204).content == b""
    first = api.put(at, result(1000, "Failed", result="late", schemaValidation={"passed": 1, "failed": 2, "total": 3, "failedFields": ["a"]}), status=200)
    assert uuid.UUID(first["id"]) and first["dataContractFQN"] == contract["fullyQualifiedName"]
    second = api.put(at, result(3000, result="all well"), status=200)
    third = api.put(at, result(2000, "Running"), status=200)
    assert [one["id"] for one in api.get(at)["data"]] == [second["id"], third["id"], first["id"]]
    assert [one["id"] for one in api.get(at + "?limit=1")["data"]] == [second["id"]]
    assert [one["id"] for one in api.get(at + "?startTs=1500&endTs=2500")["data"]] == [third["id"]]
    assert api.get(at + "/latest") == second and api.get(f"{at}/{first['id']}") == first
    shown = api.get(f"/dataContracts/{contract['id']}?fields=latestResult")
    assert shown["latestResult"] == {"timestamp": 3000, "status": "Success", "message": "all well", "resultId": second["id"]}
    assert shown["version"] == contract["version"]


def test_a_second_result_of_a_moment_takes_the_place_of_the_first(api, contract):
    at = f"/dataContracts/{contract['id']}/results"
    first = api.put(at, result(1000, "Running", id=None), status=200)
    again = api.put(at, result(1000, "Success", dataContractFQN="somebody.elses"), status=200)
    assert again["id"] == first["id"] and again["dataContractFQN"] == contract["fullyQualifiedName"]
    assert api.get(at)["data"] == [again]


def test_a_result_is_removed_by_its_moment(api, contract):
    at = f"/dataContracts/{contract['id']}/results"
    made = api.put(at, result(1000), status=200)
    api.error("DELETE", at + "/999", 404)
    api.error("DELETE", f"{at}/{made['id']}", 400)
    api.call("DELETE", at + "/1000", status=200)
    api.error("GET", f"{at}/{made['id']}", 404)
    assert api.get(at)["data"] == []


@pytest.mark.parametrize("body", [{}, {"timestamp": 1}, {"contractExecutionStatus": "Success"}, result("soon"), result(1, "Done"), result(1, more=1)])
def test_a_result_that_says_too_little_or_something_else_is_refused(api, contract, body):
    api.error("PUT", f"/dataContracts/{contract['id']}/results", 400, json=body)


def test_results_need_a_contract_and_the_right_to_change_it(api, user, contract):
    api.error("PUT", f"/dataContracts/{uuid.uuid4()}/results", 404, json=result(1))
    api.error("GET", f"/dataContracts/{contract['id']}/results?limit=0", 400)
    user.error("PUT", f"/dataContracts/{contract['id']}/results", 403, json=result(1))
    assert user.get(f"/dataContracts/{contract['id']}/results")["data"] == []
