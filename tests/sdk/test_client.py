"""The real Python client's own calls."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createDatabase import CreateDatabaseRequest
from metadata.generated.schema.api.data.createDatabaseSchema import CreateDatabaseSchemaRequest
from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.api.services.createDatabaseService import CreateDatabaseServiceRequest
from metadata.generated.schema.api.teams.createUser import CreateUserRequest
from metadata.generated.schema.entity.data.database import Database
from metadata.generated.schema.entity.data.databaseSchema import DatabaseSchema
from metadata.generated.schema.entity.data.table import Column, ConstraintType, DataType, Table, TableConstraint
from metadata.generated.schema.entity.services.databaseService import DatabaseService, DatabaseServiceType
from metadata.generated.schema.entity.teams.user import User
from metadata.generated.schema.type.entityReference import EntityReference
from metadata.generated.schema.type.entityReferenceList import EntityReferenceList
from metadata.generated.schema.type.tagLabel import LabelType, State, TagLabel, TagSource
from metadata.ingestion.models.table_metadata import ColumnDescription, ColumnTag
from metadata.ingestion.ometa.client import APIError

from client import unique
from sdk_client import connect


class Tree:
    def __init__(self, metadata):
        self.metadata = metadata
        self.service = metadata.create_or_update(
            CreateDatabaseServiceRequest(name=unique("sdk"), serviceType=DatabaseServiceType.SQLite))
        self.database = metadata.create_or_update(
            CreateDatabaseRequest(name="db", service=self.service.fullyQualifiedName))
        self.schema = metadata.create_or_update(
            CreateDatabaseSchemaRequest(name="main", database=self.database.fullyQualifiedName))

    def request(self, name=None, **more):
        columns = [Column(name="id", dataType=DataType.BIGINT), Column(name="email", dataType=DataType.VARCHAR, dataLength=255)]
        return CreateTableRequest(name=name or unique("t"), databaseSchema=self.schema.fullyQualifiedName, columns=columns, **more)

    def table(self, name=None, **more):
        return self.metadata.create_or_update(self.request(name, **more))


@pytest.fixture(scope="module")
def tree(metadata):
    return Tree(metadata)


@pytest.fixture(scope="module")
def owner(metadata):
    name = unique("sdkowner")
    return metadata.create_or_update(CreateUserRequest(name=name, email=f"{name}@example.com"))


def reference(user):
    return EntityReference(id=user.id, type="user")


def label(fqn):
    return TagLabel(tagFQN=fqn, source=TagSource.Classification, labelType=LabelType.Manual, state=State.Confirmed)


def again(metadata, table, *fields):
    return metadata.get_by_id(entity=Table, entity_id=table.id, fields=list(fields))


@pytest.mark.covers("health_check")
def test_health_check(metadata):
    assert metadata.health_check() is True


@pytest.mark.covers("create_or_update")
def test_create_or_update_is_one_entity(metadata, tree):
    first = tree.table("same")
    second = metadata.create_or_update(tree.request("same", description="now described"))
    assert first.id == second.id and second.description.root == "now described" and second.version.root == 0.2
    assert second.database.name == "db" and second.service.id == tree.service.id


@pytest.mark.covers("get_by_name")
@pytest.mark.parametrize("fields", [["columns", "owner", "tags"], ["columns", "owners", "tags"], ["*"], None])
def test_a_table_with_an_owner_is_read_by_name(metadata, tree, owner, fields):
    name = unique("owned")
    tree.table(name, owners=EntityReferenceList(root=[reference(owner)]), tags=[label("Tier.Tier1")])
    table = metadata.get_by_name(entity=Table, fqn=f"{tree.schema.fullyQualifiedName.root}.{name}", fields=fields)
    assert len(table.columns) == 2
    if fields:
        assert [entry.name for entry in table.owners.root] == [owner.name.root]
        assert [tag.tagFQN.root for tag in table.tags] == ["Tier.Tier1"]


def test_the_same_table_by_rest_shows_the_one_owner(api, metadata, tree, owner):
    table = tree.table(owners=EntityReferenceList(root=[reference(owner)]))
    answer = api.get(f"/tables/name/{table.fullyQualifiedName.root}?fields=columns,owner,tags")
    assert answer["owner"]["name"] == owner.name.root and len(answer["columns"]) == 2


@pytest.mark.covers("get_by_name", "get_by_id")
def test_absent_entities_are_none(metadata):
    assert metadata.get_by_name(entity=Table, fqn="no.such.table.here") is None
    assert metadata.get_by_id(entity=Table, entity_id="5f1cbd2c-9d1f-4c0e-8d0f-2f4f0e1e9b11") is None


@pytest.mark.covers("create")
def test_create_of_an_existing_entity_is_a_conflict(metadata, tree):
    request = tree.request()
    metadata.create(request)
    with pytest.raises(APIError) as raised:
        metadata.create(request)
    assert raised.value.status_code == 409 and raised.value.code == 409


def test_an_unknown_parent_is_an_error_with_its_code(metadata, tree):
    request = tree.request()
    request.databaseSchema = type(request.databaseSchema)("no.such.schema")
    with pytest.raises(APIError) as raised:
        metadata.create_or_update(request)
    assert raised.value.status_code == 404


def test_a_bad_token_is_an_error_with_its_code(server):
    with pytest.raises(APIError) as raised:
        connect(server, "not.a.token").get_by_name(entity=Table, fqn="a.b.c.d")
    assert raised.value.status_code == 401


@pytest.mark.covers("list_all_entities", "list_entities")
def test_all_entities_are_listed_page_by_page(metadata):
    tree = Tree(metadata)
    wanted = {f"t{number:03}" for number in range(230)}
    for name in wanted:
        tree.table(name)
    database = tree.database.fullyQualifiedName.root
    listed = list(metadata.list_all_entities(entity=Table, params={"database": database}))
    assert {table.name.root for table in listed} == wanted and len(listed) == 230
    small = list(metadata.list_all_entities(entity=Table, params={"database": database}, limit=7, fields=["owner", "tags"]))
    assert len(small) == 230
    page = metadata.list_entities(entity=Table, params={"database": database}, limit=5)
    assert page.total == 230 and len(page.entities) == 5 and page.after
    back = metadata.list_entities(entity=Table, params={"database": database}, limit=5, after=page.after)
    assert back.before and {table.name.root for table in back.entities}.isdisjoint({table.name.root for table in page.entities})
    schema = tree.schema.fullyQualifiedName.root  # the client filters by `database` with a schema's name
    assert len(list(metadata.list_all_entities(entity=Table, params={"database": schema}, fields=["sourceHash"]))) == 230


def test_services_and_other_kinds_are_listed(metadata, tree):
    assert tree.service.name.root in {service.name.root for service in metadata.list_all_entities(entity=DatabaseService)}
    assert [database.name.root for database in metadata.list_all_entities(
        entity=Database, params={"service": tree.service.fullyQualifiedName.root})] == ["db"]
    assert [schema.name.root for schema in metadata.list_all_entities(
        entity=DatabaseSchema, params={"database": tree.database.fullyQualifiedName.root})] == ["main"]
    assert "ingestion-bot" in {user.name.root for user in metadata.list_all_entities(entity=User)}


@pytest.mark.covers("patch")
def test_patch_of_a_changed_copy(metadata, tree):
    table = tree.table()
    changed = table.model_copy(deep=True)
    changed.displayName = "Shown"
    changed.columns.append(Column(name="extra", dataType=DataType.INT))
    after = metadata.patch(entity=Table, source=table, destination=changed)
    assert after.displayName == "Shown" and [column.name.root for column in after.columns] == ["id", "email", "extra"]
    assert after.columns[2].fullyQualifiedName.root == table.fullyQualifiedName.root + ".extra"


@pytest.mark.covers("patch")
def test_patch_that_takes_columns_away(metadata, tree):
    table = tree.table()
    more = table.model_copy(deep=True)
    more.columns += [Column(name=name, dataType=DataType.INT) for name in ("a", "b", "c")]
    more = metadata.patch(entity=Table, source=table, destination=more)
    fewer = more.model_copy(deep=True)
    fewer.columns = [column for column in fewer.columns if column.name.root not in ("email", "b")]
    after = metadata.patch(entity=Table, source=more, destination=fewer)
    assert [column.name.root for column in after.columns] == ["id", "a", "c"]


@pytest.mark.covers("patch_description")
def test_patch_description(metadata, tree):
    table = tree.table()
    assert metadata.patch_description(entity=Table, source=table, description="first").description.root == "first"
    assert metadata.patch_description(entity=Table, source=table, description="second") is None
    forced = metadata.patch_description(entity=Table, source=table, description="second", force=True)
    assert forced.description.root == "second"


@pytest.mark.covers("patch_column_descriptions")
def test_patch_column_descriptions(metadata, tree):
    table = tree.table()
    column = table.fullyQualifiedName.root + ".email"
    metadata.patch_column_descriptions(table=table, column_descriptions=[
        ColumnDescription(column_fqn=column, description="where to write")])
    assert again(metadata, table).columns[1].description.root == "where to write"


@pytest.mark.covers("patch_tags")
def test_patch_tags(metadata, tree):
    table = tree.table()
    metadata.patch_tags(entity=Table, source=table, tag_labels=[label("PII.Sensitive"), label("Tier.Tier2")])
    assert [tag.tagFQN.root for tag in again(metadata, table, "tags").tags] == ["PII.Sensitive", "Tier.Tier2"]
    from metadata.ingestion.ometa.mixins.patch_mixin import PatchOperation
    metadata.patch_tags(entity=Table, source=table, tag_labels=[label("PII.Sensitive")], operation=PatchOperation.REMOVE)
    assert [tag.tagFQN.root for tag in again(metadata, table, "tags").tags] == ["Tier.Tier2"]


@pytest.mark.covers("patch_column_tags")
def test_patch_column_tags(metadata, tree):
    table = tree.table()
    column = table.fullyQualifiedName.root + ".email"
    metadata.patch_column_tags(table=table, column_tags=[ColumnTag(column_fqn=column, tag_label=label("PII.Email"))])
    read = again(metadata, table, "tags")
    assert [tag.tagFQN.root for tag in read.columns[1].tags] == ["PII.Email"] and not read.columns[0].tags


@pytest.mark.covers("patch_owner")
def test_patch_owner(metadata, tree, owner):
    table = tree.table()
    metadata.patch_owner(entity=Table, source=table, owners=EntityReferenceList(root=[reference(owner)]))
    read = again(metadata, table, "owners")
    assert [entry.id for entry in read.owners.root] == [owner.id]


@pytest.mark.covers("patch_table_constraints")
def test_patch_table_constraints(metadata, tree):
    table = tree.table()
    metadata.patch_table_constraints(table=table, constraints=[
        TableConstraint(constraintType=ConstraintType.PRIMARY_KEY, columns=["id"])])
    read = again(metadata, table, "tableConstraints")
    assert [(constraint.constraintType, constraint.columns) for constraint in read.tableConstraints] == [
        (ConstraintType.PRIMARY_KEY, ["id"])]


@pytest.mark.covers("get_list_entity_versions", "list_versions", "get_entity_version")
def test_versions(metadata, tree):
    table = tree.table()
    metadata.patch_description(entity=Table, source=table, description="x")
    listed = metadata.get_list_entity_versions(entity=Table, entity_id=table.id)
    assert listed.entityType == "table" and len(listed.versions) == 2
    assert metadata.list_versions(entity=Table, entity_id=table.id) == listed
    old = metadata.get_entity_version(entity=Table, entity_id=table.id, version=0.1)
    assert old.description is None and old.version.root == 0.1
    assert metadata.get_entity_version(entity=Table, entity_id=table.id, version=9.9) is None


@pytest.mark.covers("delete")
def test_delete_and_create_again_revives(metadata, tree):
    request = tree.request()
    table = metadata.create_or_update(request)
    metadata.delete(entity=Table, entity_id=table.id)
    assert metadata.get_by_name(entity=Table, fqn=table.fullyQualifiedName) is None
    revived = metadata.create_or_update(request)
    assert revived.id == table.id and revived.deleted is False
    metadata.delete(entity=Table, entity_id=table.id, hard_delete=True)
    assert metadata.create_or_update(request).id != table.id


def test_restore(metadata, tree):
    table = tree.table()
    metadata.delete(entity=Table, entity_id=table.id)
    metadata.client.put("/tables/restore", data='{"id":"%s"}' % table.id.root)
    assert again(metadata, table).deleted is False


@pytest.mark.covers("delete")
def test_recursive_delete(metadata):
    tree = Tree(metadata)
    table = tree.table()
    with pytest.raises(APIError) as raised:
        metadata.delete(entity=DatabaseService, entity_id=tree.service.id)
    assert raised.value.status_code == 400
    metadata.delete(entity=DatabaseService, entity_id=tree.service.id, recursive=True, hard_delete=True)
    assert again(metadata, table) is None


@pytest.mark.covers("get_entity_reference")
def test_entity_reference(metadata, tree):
    table = tree.table()
    found = metadata.get_entity_reference(entity=Table, fqn=table.fullyQualifiedName)
    assert found.id == table.id and found.type == "table"


@pytest.mark.covers("es_search_from_fqn")
def test_search_by_exact_name(metadata, tree):
    table = tree.table()
    found = metadata.es_search_from_fqn(entity_type=Table, fqn_search_string=table.fullyQualifiedName.root)
    assert [entry.id for entry in found] == [table.id]


def test_names_with_reserved_characters(metadata, tree):
    for name in ("a.b", "a/b c", "x::y", 'say "hi"', "a>b", "表"):
        table = tree.table(name)
        assert table.name.root == name
        assert metadata.get_by_name(entity=Table, fqn=table.fullyQualifiedName).id == table.id, name
