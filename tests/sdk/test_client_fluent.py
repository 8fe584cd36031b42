"""The client's second interface, `metadata.sdk`: the same requests, said shorter."""

import pytest

pytest.importorskip("metadata.sdk", reason="the real client is not installed: tools/test-venv")

from metadata.sdk.entities.tables import Tables

from test_client import Tree


@pytest.fixture(scope="module")
def tree(metadata):
    return Tree(metadata)


@pytest.fixture(autouse=True)
def default_client(metadata):
    Tables.set_default_client(metadata)


@pytest.mark.covers("sdk.create", "sdk.retrieve", "sdk.retrieve_by_name", "sdk.update", "sdk.delete", "sdk.restore")
def test_the_life_of_a_table(tree):
    made = Tables.create(tree.request())
    assert Tables.retrieve(made.id.root).name == made.name
    read = Tables.retrieve_by_name(made.fullyQualifiedName.root, fields=["tags"])
    assert read.id == made.id and read.tags == []
    changed = read.model_copy(deep=True)
    changed.displayName = "Shown"
    assert Tables.update(changed).displayName == "Shown"
    Tables.delete(made.id.root)
    assert Tables.retrieve(made.id.root) is None
    back = Tables.restore(made.id.root)
    assert back.id == made.id and back.deleted is False and Tables.retrieve(made.id.root).displayName == "Shown"


@pytest.mark.covers("sdk.list", "sdk.list_all")
def test_pages_of_tables(metadata):
    tree = Tree(metadata)
    names = {f"t{number:02}" for number in range(25)}
    for name in names:
        tree.table(name)
    of = {"database": tree.database.fullyQualifiedName.root}
    page = Tables.list(limit=10, filters=of)
    assert len(page.entities) == 10 and page.after
    rest = Tables.list(limit=10, filters=of, after=page.after)
    assert not {table.name.root for table in page.entities} & {table.name.root for table in rest.entities}
    assert {table.name.root for table in Tables.list_all(batch_size=7, filters=of)} == names


@pytest.mark.covers("sdk.search")
def test_a_search_by_name(tree):
    table = tree.table()
    assert [found.id for found in Tables.search(table.fullyQualifiedName.root)] == [table.id]
    assert Tables.search("no.such.table.here") == []


@pytest.mark.covers("sdk.get_versions", "sdk.get_specific_version")
def test_versions(metadata, tree):
    table = tree.table()
    Tables.update(table.model_copy(update={"displayName": "Shown"}))
    assert len(Tables.get_versions(table.id.root)) == 2
    old = Tables.get_specific_version(table.id.root, "0.1")
    assert old.displayName is None and Tables.get_specific_version(table.id.root, "0.2").displayName == "Shown"
