"""System routes, settings, search by exact name, start-up data, statuses of pipeline runs."""

import time
import uuid
from urllib.parse import quote

import pytest

from client import Api, name_path, text_of
from rawhttp import wait_until

SDK = {"X-Metadata-Dialect": "openmetadata"}


def test_version_is_public_and_the_one_the_client_asks_for(nobody):
    answer = nobody.get("/system/version")
    assert answer["version"] == "1.10.3" and isinstance(answer["timestamp"], int) and "revision" in answer


def test_health_is_public(server, nobody):
    nobody.call("GET", server.root + "/healthz", status=200)
    nobody.call("GET", server.root + "/readyz", status=200)
    nobody.call("GET", "/system/health", status=200)


@pytest.mark.parametrize("path", ["/system/config/jwks", "/system/config/auth", "/system/config/authorizer",
                                  "/system/config/customUiThemePreference"])
def test_public_configuration(nobody, path):
    assert isinstance(nobody.get(path), dict)


def test_status(api):
    assert "database" in api.get("/system/status")


def test_settings_the_profiler_asks_for(api, nobody):
    answer = api.get("/system/settings/profilerConfiguration")
    assert answer["config_type"] == "profilerConfiguration" and answer["config_value"] == {"metricConfiguration": []}
    nobody.error("GET", "/system/settings/profilerConfiguration", 401)
    api.error("GET", "/system/settings/noSuchSetting", 404)


def field_query(api, value, name="fullyQualifiedName", index="table_search_index"):
    return api.get(f"/search/fieldQuery?fieldName={name}&fieldValue={value}&from=0&size=10&index={index}&deleted=false")


def test_field_query_finds_an_exact_name_at_once(api, chain):
    made = chain.table("with space")
    found = field_query(api, quote(made["fullyQualifiedName"], safe=""))["hits"]
    assert found["total"]["value"] == 1 and found["total"]["relation"] == "eq"
    hit = found["hits"][0]
    assert hit["_source"]["fullyQualifiedName"] == made["fullyQualifiedName"] and hit["_id"] == made["id"]
    assert hit["_index"] == "table_search_index" and "_score" in hit and hit["_source"]["entityType"] == "table"
    assert field_query(api, chain.fqn + ".absent")["hits"]["hits"] == []
    assert field_query(api, "customer")["hits"]["hits"] == []
    api.delete(f"/tables/{made['id']}")
    assert field_query(api, quote(made["fullyQualifiedName"], safe=""))["hits"]["hits"] == []


def test_a_plus_in_a_field_value_is_a_plus(api, chain):
    made = chain.table("a+b")
    assert field_query(api, made["fullyQualifiedName"])["hits"]["total"]["value"] == 1


def test_field_query_of_a_schema_does_not_find_tables(api, chain):
    assert field_query(api, chain.fqn, index="table_search_index")["hits"]["hits"] == []
    assert field_query(api, chain.fqn, index="database_schema_search_index")["hits"]["total"]["value"] == 1


@pytest.mark.parametrize("path", ["/search/nlq/query?q=x&index=table", "/lineage/exportAsync?fqn=x", "/feed",
                                  "/tables/5f1cbd2c-9d1f-4c0e-8d0f-2f4f0e1e9b11/columns"])
def test_what_is_not_built_says_so(api, path):
    answer = api.session.get(api.base + path, timeout=30)
    assert answer.status_code in (404, 501), answer.text
    assert answer.json()["code"] == answer.status_code


def test_start_up_data(api):
    for name in ("Tier.Tier1", "Tier.Tier5", "PII.Sensitive", "PII.NonSensitive", "PII.None", "PII.Email",
                 "PersonalData.Personal", "PersonalData.SpecialCategory", "Certification.Gold"):
        assert api.get("/tags/name/" + name)["provider"] == "system"
    assert api.get("/classifications/name/Tier")["mutuallyExclusive"] is True
    assert api.get("/teams/name/Organization")["teamType"] == "Organization"
    assert api.get("/users/name/admin")["email"] == "admin@open-metadata.org"
    assert api.get("/bots/name/ingestion-bot")["botUser"]["name"] == "ingestion-bot"
    for role in ("DataConsumer", "DataSteward", "IngestionBotRole"):
        assert api.get(f"/roles/name/{role}?fields=policies")["policies"]
    for policy in ("OrganizationPolicy", "DataConsumerPolicy", "DataStewardPolicy", "IngestionBotPolicy"):
        assert api.get(f"/policies/name/{policy}")["rules"]
    steps = api.get("/services/testConnectionDefinitions/name/SQLite.testConnectionDefinition")["steps"]
    assert steps and all({"name", "mandatory"} <= set(step) for step in steps)
    for kind in ("Postgres", "Mysql", "Snowflake", "BigQuery"):
        api.get(f"/services/testConnectionDefinitions/name/{kind}.testConnectionDefinition")


@pytest.fixture(scope="module")
def pipeline(api, chain):
    return api.put("/services/ingestionPipelines", {
        "name": "nightly", "pipelineType": "metadata", "sourceConfig": {"config": {"type": "DatabaseMetadata"}},
        "airflowConfig": {}, "service": {"id": chain.service["id"], "type": "databaseService"}, "enableStreamableLogs": False})


def test_the_status_of_a_run_is_stored_by_its_id(api, pipeline):
    path = f"/services/ingestionPipelines/{name_path(pipeline['fullyQualifiedName'])}/pipelineStatus"
    run, now = str(uuid.uuid4()), int(time.time() * 1000)
    assert api.call("GET", f"{path}/{run}", status=(200, 204)).text == ""
    status = {"runId": run, "pipelineState": "running", "startDate": now, "timestamp": now}
    api.put(path, status)
    assert api.get(f"{path}/{run}")["pipelineState"] == "running"
    api.put(path, status | {"pipelineState": "success", "endDate": now + 5, "config": {},
                            "status": [{"name": "SQLite", "records": 6, "updated_records": 0, "warnings": 0, "errors": 0,
                                        "filtered": 0}]})
    done = api.get(f"{path}/{run}")
    assert done["pipelineState"] == "success" and done["status"][0]["records"] == 6
    listed = api.get(f"{path}?startTs={now - 1000}&endTs={now + 1000}")
    assert [entry["runId"] for entry in listed["data"]] == [run] and listed["paging"]["total"] == 1
    assert api.get(f"{path}?startTs=1&endTs=2")["data"] == []
    shown = api.get(f"/services/ingestionPipelines/{pipeline['id']}?fields=pipelineStatuses", headers=SDK)
    assert shown["pipelineStatuses"]["runId"] == run and shown["version"] == 0.1


def test_the_status_of_an_unknown_pipeline_or_a_bad_one_is_refused(api, pipeline):
    api.error("PUT", "/services/ingestionPipelines/no.such/pipelineStatus", 404, json={"runId": "x"})
    path = f"/services/ingestionPipelines/{pipeline['fullyQualifiedName']}/pipelineStatus"
    api.error("PUT", path, 400, json={"runId": "x", "pipelineState": "dreaming"})
    api.error("PUT", path, 400, json={"unknown": 1})


def test_href_follows_the_host_header_and_not_a_crooked_one(api, chain):
    made = chain.table()
    path = f"/tables/{made['id']}"
    assert api.get(path, headers={"Host": "catalog.example:99"})["href"].startswith("http://catalog.example:99/api/v1/tables/")
    for crooked in ("x y", "a/b", "<script>", "a@b"):
        answer = api.session.get(api.base + path, headers={"Host": crooked, "User-Agent": "t"}, timeout=30)
        assert answer.status_code in (200, 400)
        assert crooked not in answer.text


def test_request_ids(api):
    one, two = api.call("GET", "/tables"), api.call("GET", "/tables")
    assert one.headers["X-Request-Id"] != two.headers["X-Request-Id"]
    wrong = api.call("GET", "/tables/none", status=(400, 404))
    assert wrong.headers["X-Request-Id"] not in wrong.text



# ---- settings --------------------------------------------------------------------------------------------------------

def test_settings_have_defaults_and_are_listed(user):
    listed = {entry["config_type"]: entry["config_value"] for entry in user.get("/system/settings")["data"]}
    assert set(listed) == {"customUiThemePreference", "lineageSettings", "profilerConfiguration"}
    for name, value in listed.items():
        assert user.get(f"/system/settings/{name}") == {"config_type": name, "config_value": value}


def test_a_setting_is_kept_over_a_restart(fresh_server):
    admin = Api(fresh_server.base, fresh_server.login())
    value = {"upstreamDepth": 1, "downstreamDepth": 3, "lineageLayer": "ColumnLevelLineage"}
    assert admin.put("/system/settings", {"config_type": "lineageSettings", "config_value": value})["config_value"] == value
    told = wait_until(lambda: admin.get("/audit/logs?action=settings.put")["data"], 60)
    assert [(record["userName"], record["outcome"]) for record in told] == [("admin", "allowed")]
    fresh_server.kill()
    fresh_server.start()
    assert Api(fresh_server.base, fresh_server.login()).get("/system/settings/lineageSettings")["config_value"] == value


def test_the_looks_of_the_interface_are_a_setting(api, nobody):
    before = api.get("/system/settings/customUiThemePreference")
    changed = {"customLogoConfig": {"customLogoUrlPath": "https://logo.example/a.png"},
               "customTheme": {name: "#123456" for name in ("primaryColor", "errorColor", "successColor", "warningColor", "infoColor")}}
    try:
        api.put("/system/settings", {"config_type": "customUiThemePreference", "config_value": changed})
        assert nobody.get("/system/config/customUiThemePreference") == changed
    finally:
        api.put("/system/settings", before)


def test_settings_that_are_none(api, user, nobody):
    good = api.get("/system/settings/lineageSettings")
    wrong = api.error("PUT", "/system/settings", 400, json={"config_type": "lineageSettings", "config_value": {"upstreamDepth": 9}})
    assert "upstreamDepth" in text_of(wrong)
    wrong = api.error("PUT", "/system/settings", 400, json={"config_type": "lineageSettings", "config_value": good["config_value"] | {"x": 1}})
    assert "x" in text_of(wrong)
    api.error("PUT", "/system/settings", 400, json={"config_type": "lineageSettings"})
    api.error("PUT", "/system/settings", 400, json={"config_value": {}})
    assert "lineageSettings" in api.error("PUT", "/system/settings", 404, json={"config_type": "elasticsearch", "config_value": {}})["message"]
    assert "lineageSettings" in api.error("GET", "/system/settings/elasticsearch", 404)["message"]
    user.error("PUT", "/system/settings", 403, json=good)
    nobody.error("PUT", "/system/settings", 401, json=good)
    assert api.get("/system/settings/lineageSettings") == good
