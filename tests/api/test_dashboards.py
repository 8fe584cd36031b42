"""Dashboards, charts and the services they lie in."""

import pytest

from client import text_of, unique

SDK = {"X-Metadata-Dialect": "openmetadata"}


class Home:
    """A dashboard service to put dashboards and charts into."""

    def __init__(self, api, **more):
        self.api = api
        self.service = api.post("/services/dashboardServices", {"name": unique("bi"), "serviceType": "Superset"} | more)
        self.fqn = self.service["fullyQualifiedName"]

    def chart(self, name=None, **more):
        return self.api.post("/charts", {"name": name or unique("c"), "service": self.fqn} | more)

    def dashboard(self, name=None, **more):
        return self.api.post("/dashboards", {"name": name or unique("d"), "service": self.fqn} | more)


@pytest.fixture
def home(api):
    return Home(api)


def names(references):
    return [reference["name"] for reference in references]


def test_a_dashboard_shows_its_service_and_what_it_is_of(api, home):
    made = home.dashboard(project="sales", sourceUrl="http://bi/1", dashboardType="Report")
    assert made["service"]["id"] == home.service["id"] and made["service"]["type"] == "dashboardService"
    assert (made["serviceType"], made["project"], made["dashboardType"]) == ("Superset", "sales", "Report")
    assert home.dashboard()["dashboardType"] == "Dashboard"
    api.error("POST", "/dashboards", 400, json={"name": "x", "service": home.fqn, "dashboardType": "Poster"})
    api.error("POST", "/charts", 400, json={"name": "x", "service": home.fqn, "chartType": "Doodle"})
    api.error("POST", "/dashboards", 404, json={"name": "x", "service": "no_such_service"})


def test_names_with_dots_and_slashes_are_quoted_in_the_fqn(api, home):
    made = home.dashboard("Q1.2026/final")
    assert made["fullyQualifiedName"] == f'{home.fqn}."Q1.2026/final"'
    assert api.get(f"/dashboards/name/{home.fqn}.%22Q1.2026%2Ffinal%22")["id"] == made["id"]


def test_a_dashboard_and_a_chart_may_share_a_name(api, home):
    dashboard, chart = home.dashboard("same"), home.chart("same")
    assert dashboard["fullyQualifiedName"] == chart["fullyQualifiedName"] and dashboard["id"] != chart["id"]


def test_charts_are_named_by_fqn_in_a_body_and_shown_on_request(api, home):
    one, two = home.chart(chartType="Bar"), home.chart()
    made = home.dashboard(charts=[two["fullyQualifiedName"], one["fullyQualifiedName"]])
    path = f"/dashboards/{made['id']}"
    assert "charts" not in api.get(path)
    assert names(api.get(path + "?fields=charts")["charts"]) == sorted([one["name"], two["name"]])
    assert names(api.get(f"/charts/{one['id']}?fields=dashboards")["dashboards"]) == [made["name"]]
    missing = api.error("POST", "/dashboards", 404, json={"name": "x", "service": home.fqn, "charts": [home.fqn + ".no"]})
    assert missing["message"] == f"chart instance for {home.fqn}.no not found"


def test_put_replaces_the_charts_of_a_dashboard_and_keeps_the_dashboards_of_a_chart(api, home):
    one, two = home.chart(), home.chart()
    body = {"name": unique("d"), "service": home.fqn, "charts": [one["fullyQualifiedName"]]}
    made = api.put("/dashboards", body)
    changed = api.put("/dashboards", body | {"charts": [two["fullyQualifiedName"]]}, status=200)
    assert changed["version"] == 0.2 and names(changed["charts"]) == [two["name"]]
    # A connector sends charts without dashboards, each time.
    again = api.put("/charts", {"name": two["name"], "service": home.fqn}, status=200)
    assert again["version"] == two["version"]
    assert names(api.get(f"/charts/{two['id']}?fields=dashboards")["dashboards"]) == [made["name"]]
    emptied = api.put("/dashboards", {"name": made["name"], "service": home.fqn}, status=200)
    assert emptied["version"] == 0.3 and "charts" not in api.get(f"/dashboards/{made['id']}?fields=owners")
    assert api.get(f"/dashboards/{made['id']}?fields=charts")["charts"] == []


def test_a_chart_can_say_its_dashboards(api, home):
    made = home.dashboard()
    chart = home.chart(dashboards=[made["fullyQualifiedName"]])
    assert names(api.get(f"/dashboards/{made['id']}?fields=charts")["charts"]) == [chart["name"]]
    api.patch(f"/charts/{chart['id']}", [{"op": "remove", "path": "/dashboards/0"}])
    assert api.get(f"/dashboards/{made['id']}?fields=charts")["charts"] == []


def test_a_removed_chart_leaves_its_dashboards(api, home):
    chart = home.chart()
    made = home.dashboard(charts=[chart["fullyQualifiedName"]])
    api.delete(f"/charts/{chart['id']}")
    shown = api.get(f"/dashboards/{made['id']}?fields=charts")["charts"]
    assert names(shown) == [chart["name"]] and shown[0]["deleted"] is True
    api.delete(f"/charts/{chart['id']}?hardDelete=true")
    assert api.get(f"/dashboards/{made['id']}?fields=charts")["charts"] == []


def test_data_models_are_not_there_yet(api, home):
    wrong = api.error("POST", "/dashboards", 404,
                      json={"name": "x", "service": home.fqn, "dataModels": [home.fqn + ".model.m"]})
    assert "dashboardDataModel" in text_of(wrong)
    assert api.get(f"/dashboards/{home.dashboard()['id']}?fields=dataModels")["dataModels"] == []


def test_lists_are_filtered_by_service(api, home):
    other = Home(api)
    made, chart = home.dashboard(), home.chart()
    other.dashboard()
    for collection, entity in (("/dashboards", made), ("/charts", chart)):
        assert names(api.get(f"{collection}?service={home.fqn}")["data"]) == [entity["name"]]
        assert api.get(f"{collection}?service=no_such_service")["data"] == []


def test_a_service_with_dashboards_in_it_is_deleted_and_restored_as_a_whole(api, home):
    chart = home.chart()
    made = home.dashboard(charts=[chart["fullyQualifiedName"]])
    service = f"/services/dashboardServices/{home.service['id']}"
    assert api.error("DELETE", service, 400)["message"] == "dashboardService is not empty"
    api.delete(service + "?recursive=true")
    for path in (f"/dashboards/{made['id']}", f"/charts/{chart['id']}", service):
        api.error("GET", path, 404)
        assert api.get(path + "?include=deleted")["deleted"] is True
    api.put("/services/dashboardServices/restore", {"id": home.service["id"]}, status=200)
    assert names(api.get(f"/dashboards/{made['id']}?fields=charts")["charts"]) == [chart["name"]]
    api.delete(service + "?recursive=true&hardDelete=true")
    for path in (f"/dashboards/{made['id']}", f"/charts/{chart['id']}", service):
        api.error("GET", path + "?include=all", 404)


def test_owners_of_the_service_are_the_dashboards_too(api, person):
    owned = Home(api, owners=[{"id": person[0]["id"], "type": "user"}])
    shown = api.get(f"/dashboards/{owned.dashboard()['id']}?fields=owners")["owners"]
    assert names(shown) == [person[0]["name"]] and shown[0]["inherited"] is True


def test_a_connection_is_masked_and_kept_by_a_put_without_it(api):
    connection = {"config": {"type": "Superset", "hostPort": "http://bi", "connection": {
        "provider": "db", "username": "u", "password": "hush"}}}
    body = {"name": unique("bi"), "serviceType": "Superset"}
    made = api.post("/services/dashboardServices", body | {"connection": connection})
    assert "hush" not in api.call("GET", f"/services/dashboardServices/{made['id']}").text
    again = api.put("/services/dashboardServices", body, status=200)
    assert again["connection"]["config"]["hostPort"] == "http://bi" and again["version"] == 0.1
