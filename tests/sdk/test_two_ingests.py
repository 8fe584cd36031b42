"""Two real `metadata ingest` at once, each of its own source, while a third client lists and patches what they bring."""

import sqlite3
import threading
import time

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.entity.data.table import Table
from metadata.ingestion.models.table_metadata import ColumnDescription

from client import Api
from sdk_client import connect
from test_ingest import SDK, YAML
from workflow import PROGRAM, run_client

pytestmark = [pytest.mark.ingest, pytest.mark.skipif(not PROGRAM.exists(), reason="the real client is not installed: tools/test-venv")]
TABLES = 40


class Source:
    def __init__(self, home, name, server, token):
        self.name, self.home, self.failure = name, home / name, None
        self.home.mkdir()
        self.file = self.home / "data.db"
        for number in range(TABLES):
            self.sql(f"CREATE TABLE t{number:02} (id INTEGER PRIMARY KEY, name TEXT, amount DECIMAL(10,2), parent INTEGER)")
        self.config = YAML.replace("local_sqlite", name).format(file=self.file, url=server.url, token=token)

    def sql(self, text):
        with sqlite3.connect(self.file) as database:
            database.executescript(text)
        database.close()

    def ingest(self):
        try:
            run_client("ingest", self.home, self.config)
        except BaseException as failure:  # told by the thread that waits
            self.failure = failure


class Editor:
    """Describes every table it finds, and a column of each, and looks whether they stay so."""

    def __init__(self, server, admin_token):
        self.client, self.failure = connect(server, admin_token), None
        self.begin("first")

    def begin(self, words):
        self.words, self.told, self.rounds = words, {}, 0

    def work(self, done):
        try:
            while not done.is_set():
                self.one_round()
                time.sleep(0.2)
            self.one_round()
        except BaseException as failure:
            self.failure = failure

    def one_round(self):
        self.rounds += 1
        for table in self.client.list_all_entities(Table, limit=25):
            fqn = table.fullyQualifiedName.root
            if fqn in self.told:
                continue
            said = f"{self.words}: {fqn}"
            assert self.client.patch_description(Table, table, said, force=True, skip_on_failure=False).description.root == said
            assert self.client.patch_column_descriptions(table, [ColumnDescription(column_fqn=fqn + ".name", description=said)], force=True)
            self.told[fqn] = said


def all_at_once(server, sources, editor):
    done = threading.Event()
    workers = [threading.Thread(target=source.ingest) for source in sources]
    watcher = threading.Thread(target=editor.work, args=(done,))
    for one in (*workers, watcher):
        one.start()
    for one in workers:
        one.join()
    done.set()
    watcher.join()
    for failure in (*(source.failure for source in sources), editor.failure):
        if failure:
            raise failure
    assert '"status":5' not in server.log().replace(" ", "")


def test_two_ingests_and_an_editor_lose_nothing(fresh_server, tmp_path):
    server, token = fresh_server, fresh_server.bot_token()
    sources = [Source(tmp_path, name, server, token) for name in ("north", "south")]
    editor = Editor(server, server.login())
    all_at_once(server, sources, editor)
    assert len(editor.told) == 2 * TABLES and editor.rounds > 2
    # Again, with a further column in every table: each is patched by the ingestion, and described anew by hand at the same time.
    for source in sources:
        for number in range(TABLES):
            source.sql(f"ALTER TABLE t{number:02} ADD COLUMN later VARCHAR(20)")
    editor.begin("then")
    all_at_once(server, sources, editor)
    wanted = editor.told
    api = Api(server.base, server.login())
    found = {table["fullyQualifiedName"]: table for table in api.get("/tables?limit=1000", headers=SDK)["data"]}
    assert set(found) == set(wanted)
    for fqn, said in wanted.items():
        columns = {column["name"]: column.get("description") for column in found[fqn]["columns"]}
        assert found[fqn]["description"] == said and columns == {"id": None, "name": said, "amount": None, "parent": None, "later": None}
