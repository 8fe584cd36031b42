"""Data contracts and their results by the real client."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.entity.data.dataContract import DataContract
from metadata.generated.schema.entity.datacontract.dataContractResult import DataContractResult

from client import Chain, unique


@pytest.mark.covers("delete_data_contract_result", "get_data_contract_result_by_id", "get_data_contract_results", "get_latest_data_contract_result", "put_data_contract_result")
def test_results_are_put_listed_read_and_deleted(metadata, api):
    table = Chain(api, "clientContracts").table()
    made = api.post("/dataContracts", {"name": unique("contract"), "entity": {"id": table["id"], "type": "table"}})
    contract = metadata.get_by_id(entity=DataContract, entity_id=made["id"], nullable=False)

    def put(at, status):
        return metadata.put_data_contract_result(contract.id, DataContractResult(
            dataContractFQN=made["fullyQualifiedName"], timestamp=at, contractExecutionStatus=status, result="told"))

    assert metadata.get_latest_data_contract_result(contract.id) is None
    first, second = put(1_700_000_000_000, "Failed"), put(1_700_000_100_000, "Success")
    assert first.contractExecutionStatus.value == "Failed" and first.id != second.id
    assert [one.id for one in metadata.get_data_contract_results(contract.id)] == [second.id, first.id]
    assert [one.id for one in metadata.get_data_contract_results(contract.id, limit=5, end_ts=1_700_000_050_000)] == [first.id]
    assert metadata.get_latest_data_contract_result(contract.id) == second
    assert metadata.get_data_contract_result_by_id(contract.id, first.id) == first
    latest = metadata.get_by_id(entity=DataContract, entity_id=made["id"], fields=["latestResult"]).latestResult
    assert latest.resultId == second.id and latest.status.value == "Success" and latest.message == "told"
    assert metadata.delete_data_contract_result(contract.id, 1_700_000_000_000) is True
    assert metadata.get_data_contract_result_by_id(contract.id, first.id) is None
    assert [one.id for one in metadata.get_data_contract_results(contract.id)] == [second.id]


@pytest.mark.covers("validate_data_contract")
def test_a_contract_is_validated(metadata, api):
    table = Chain(api, "clientContracts").table(description="Orders")
    made = api.post("/dataContracts", {
        "name": unique("contract"), "entity": {"id": table["id"], "type": "table"}, "schema": [{"name": table["columns"][0]["name"], "dataType": "BIGINT"}],
        "semantics": [{"name": "described", "description": "there is a text", "rule": '{"!!": {"var": "description"}}', "enabled": True},
                      {"name": "owned", "description": "somebody owns it", "rule": '{">": [{"length": {"var": "owners"}}, 0]}', "enabled": True}]})
    contract = metadata.get_by_id(entity=DataContract, entity_id=made["id"], nullable=False)
    result = metadata.validate_data_contract(contract.id)
    assert result.dataContractFQN.root == made["fullyQualifiedName"] and result.contractExecutionStatus.value == "Failed"
    assert (result.semanticsValidation.passed, result.semanticsValidation.failed, result.semanticsValidation.total) == (1, 1, 2)
    assert [(one.ruleName, one.reason) for one in result.semanticsValidation.failedRules] == [("owned", "somebody owns it")]
    assert result.schemaValidation.total == 1 and result.qualityValidation is None
    assert metadata.get_latest_data_contract_result(contract.id) == result
    assert metadata.get_by_id(entity=DataContract, entity_id=made["id"], fields=["latestResult"]).latestResult.resultId == result.id
