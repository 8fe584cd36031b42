"""CSV files with the real client: all classes that its map knows, by its four methods and its second, fluent interface."""

import csv
import io
import time

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.entity.data.database import Database
from metadata.generated.schema.entity.data.databaseSchema import DatabaseSchema
from metadata.generated.schema.entity.data.glossary import Glossary
from metadata.generated.schema.entity.data.table import Table
from metadata.generated.schema.entity.services.databaseService import DatabaseService
from metadata.generated.schema.entity.teams.team import Team
from metadata.generated.schema.entity.teams.user import User
from metadata.generated.schema.type.csvImportResult import CsvImportResult
from metadata.ingestion.ometa.client import APIError
from metadata.sdk.entities import Glossaries, Tables

from client import Chain, unique


class Shop:
    """An entity of each class that has files, and what its file has a row of: the column with the description, and where it is read."""

    def __init__(self, api):
        chain = Chain(api, "sdkcsv")
        table = chain.table("café")["fullyQualifiedName"]
        words, team, inner, user = unique("words"), unique("unit"), unique("crew"), unique("person")
        api.post("/glossaries", {"name": words, "description": "d"})
        api.post("/glossaryTerms", {"name": "first", "glossary": words, "description": "d"})
        api.post("/teams", {"name": team, "teamType": "Division"})
        api.post("/teams", {"name": inner, "teamType": "Group", "parents": [api.get(f"/teams/name/{team}")["id"]]})
        api.post("/users", {"name": user, "email": f"{user}@example.com"})
        service, database = chain.service["fullyQualifiedName"], chain.database["fullyQualifiedName"]
        self.rows = {  # class: name of the entity, name of the row, path of what the row is about
            Glossary: (words, "first", f"/glossaryTerms/name/{words}.first"), Team: (team, inner, f"/teams/name/{inner}"),
            User: (user, user, f"/users/name/{user}"), Table: (table, "id", f"/tables/name/{table}"),
            Database: (database, "s", f"/databaseSchemas/name/{chain.fqn}"), DatabaseSchema: (chain.fqn, "café", f"/tables/name/{table}"),
            DatabaseService: (service, "db", f"/databases/name/{database}"),
        }

    def described(self, api, entity):
        found = api.get(self.rows[entity][2])
        return (found["columns"][0] if entity is Table else found).get("description")


@pytest.fixture(scope="module")
def shop(api):
    return Shop(api)


CLASSES = (Glossary, Team, User, Table, Database, DatabaseSchema, DatabaseService)
each_class = pytest.mark.parametrize("entity", CLASSES, ids=lambda entity: entity.__name__)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def edited(text, description):
    """The file with another description in its first row."""
    rows = rows_of(text)
    column = "column.description" if "column.description" in rows[0] else "description"
    rows[0][column] = description
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def ended(metadata, job):
    """What became of a job: its state by the client's own REST door."""
    while (found := metadata.client.get(f"/csv/jobs/{job}"))["status"] in ("queued", "running"):
        time.sleep(0.02)
    assert found["status"] == "done", found
    return found


@each_class
@pytest.mark.covers("export_csv")
def test_an_export_is_the_text_of_the_file(metadata, shop, entity):
    name, row, _ = shop.rows[entity]
    text = metadata.export_csv(entity, name)
    assert isinstance(text, str) and text.endswith("\r\n")
    header = "column.name*" if entity is Table else "name*"
    assert row in [found[header] for found in rows_of(text)]


@each_class
@pytest.mark.covers("import_csv")
def test_an_import_changes_what_its_rows_say(metadata, api, shop, entity):
    name = shop.rows[entity][0]
    old, said = shop.described(api, entity), f"ünd {unique('said')}, \"so\""
    text = edited(metadata.export_csv(entity, name), said)
    dry = CsvImportResult(**metadata.import_csv(entity, name, text, dry_run=True))
    assert dry.dryRun is True and dry.status.value == "success" and shop.described(api, entity) == old
    done = CsvImportResult(**metadata.import_csv(entity, name, text))
    assert done.dryRun is False and done.status.value == "success" and done.numberOfRowsFailed.root == 0
    assert rows_of(done.importResultsCsv)[0]["details"] == "Entity updated"
    assert shop.described(api, entity) == said
    assert metadata.export_csv(entity, name) == text


@each_class
@pytest.mark.covers("export_csv_async")
def test_an_export_that_is_made_later_is_a_job_whose_result_is_the_file(metadata, shop, entity):
    name = shop.rows[entity][0]
    job = metadata.export_csv_async(entity, name)
    assert isinstance(job, str) and ended(metadata, job)["operation"] == "export"
    assert metadata.client.get(f"/csv/jobs/{job}/result").text == metadata.export_csv(entity, name)


@each_class
@pytest.mark.covers("import_csv_async")
def test_an_import_that_is_made_later_is_a_job_with_its_result(metadata, api, shop, entity):
    name, said = shop.rows[entity][0], unique("later")
    text = edited(metadata.export_csv(entity, name), said)
    dry = ended(metadata, metadata.import_csv_async(entity, name, text, dry_run=True))
    assert CsvImportResult(**dry["result"]).dryRun is True and shop.described(api, entity) != said
    job = metadata.import_csv_async(entity, name, text)
    done = CsvImportResult(**ended(metadata, job)["result"])
    assert done.dryRun is False and done.status.value == "success" and shop.described(api, entity) == said
    assert metadata.client.get(f"/csv/jobs/{job}/result") == ended(metadata, job)["result"]


@pytest.mark.covers("export_csv", "import_csv")
def test_what_is_not_there_is_an_error_that_the_client_knows(metadata, shop):
    for call in (lambda: metadata.export_csv(Glossary, "nobody"), lambda: metadata.import_csv(Glossary, "nobody", "parent,name*\r\n"),
                 lambda: metadata.export_csv_async(Glossary, "nobody"), lambda: metadata.import_csv_async(Glossary, "nobody", "parent,name*\r\n")):
        with pytest.raises(APIError, match="not found"):
            call()
    aborted = CsvImportResult(**metadata.import_csv(Glossary, shop.rows[Glossary][0], "nonsense"))
    assert aborted.status.value == "aborted" and "#INVALID_HEADER" in aborted.abortReason


@pytest.mark.covers("sdk.export_csv")
def test_the_fluent_export(metadata, shop):
    Glossaries.set_default_client(metadata)
    name = shop.rows[Glossary][0]
    assert Glossaries.export_csv(name).execute() == metadata.export_csv(Glossary, name)
    job = Glossaries.export_csv(name).with_async().execute_async()
    assert ended(metadata, job)["entityType"] == "glossary"


@pytest.mark.covers("sdk.import_csv")
def test_the_fluent_import(metadata, api, shop):
    Tables.set_default_client(metadata)
    name = shop.rows[Table][0]
    text = edited(metadata.export_csv(Table, name), "fluently")
    operation = Tables.import_csv(name).with_data(text).set_dry_run(True)
    assert CsvImportResult(**operation.execute()).dryRun is True and shop.described(api, Table) != "fluently"
    assert CsvImportResult(**operation.set_dry_run(False).execute()).status.value == "success"
    assert shop.described(api, Table) == "fluently"
    job = Tables.import_csv(name).with_data(edited(text, "later")).execute_async()
    assert ended(metadata, job)["result"]["status"] == "success" and shop.described(api, Table) == "later"
