"""Suggestions by the real client: made, changed, decided on one by one and all together."""

import time

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.feed.createSuggestion import CreateSuggestionRequest
from metadata.generated.schema.entity.data.table import Table
from metadata.generated.schema.entity.feed.suggestion import Suggestion, SuggestionStatus, SuggestionType
from metadata.generated.schema.entity.teams.user import User
from metadata.generated.schema.type.basic import EntityLink
from metadata.generated.schema.type.tagLabel import LabelType, State, TagLabel, TagSource
from metadata.ingestion.ometa.client import APIError

from client import Chain


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api, "clientSuggest")


@pytest.fixture(scope="module")
def me(metadata):
    return metadata.get_by_name(entity=User, fqn="ingestion-bot")


@pytest.fixture
def table(metadata, chain):
    return metadata.get_by_id(entity=Table, entity_id=chain.table()["id"])


def link(table, *rest):
    return EntityLink("<#E::" + "::".join(("table", table.fullyQualifiedName.root, *rest)) + ">")


def describe(metadata, table, text, *rest):
    request = {"description": text, "type": SuggestionType.SuggestDescription, "entityLink": link(table, *rest)}
    return metadata.create(CreateSuggestionRequest(root=request)).root


def label(metadata, table, fqn, *rest):
    tag = TagLabel(tagFQN=fqn, source=TagSource.Classification, labelType=LabelType.Automated, state=State.Suggested)
    request = {"tagLabels": [tag], "type": SuggestionType.SuggestTagLabel, "entityLink": link(table, *rest)}
    return metadata.create(CreateSuggestionRequest(root=request)).root


def now(metadata, suggestion):
    return Suggestion(**metadata.client.get(f"/suggestions/{suggestion.id.root}")).root


def read(metadata, table):
    return metadata.get_by_id(entity=Table, entity_id=table.id, fields=["tags"])


@pytest.mark.covers("update_suggestion")
def test_update_suggestion_takes_the_new_text(metadata, table, me):
    made = describe(metadata, table, "first", "columns", "id", "description")
    assert made.status == SuggestionStatus.Open and made.createdBy.id == me.id and made.entityLink == link(table, "columns", "id", "description")
    changed = made.model_copy(update={"description": "second"})
    answer = metadata.update_suggestion(Suggestion(root=changed)).root
    assert answer.description == "second" and answer.id == made.id and answer.createdAt == made.createdAt and answer.updatedBy == "ingestion-bot"
    assert now(metadata, made) == answer
    assert read(metadata, table).columns[0].description is None


@pytest.mark.covers("accept_suggestion")
def test_accept_suggestion_makes_the_change(metadata, table):
    made = describe(metadata, table, "The key", "columns", "id", "description")
    assert metadata.accept_suggestion(made.id) is None
    assert now(metadata, made).status == SuggestionStatus.Accepted
    after = read(metadata, table)
    assert after.columns[0].description.root == "The key" and after.version.root == 0.2 and after.updatedBy == "ingestion-bot"
    tagged = label(metadata, table, "PII.Sensitive", "columns", "email", "tags")
    metadata.accept_suggestion(str(tagged.id.root))
    tags = read(metadata, table).columns[1].tags
    assert [(tag.tagFQN.root, tag.labelType, tag.state) for tag in tags] == [("PII.Sensitive", LabelType.Automated, State.Suggested)]
    with pytest.raises(APIError, match="Accepted already"):
        metadata.accept_suggestion(made.id)


@pytest.mark.covers("reject_suggestion")
def test_reject_suggestion_changes_the_suggestion_only(metadata, table):
    made = describe(metadata, table, "Nonsense")
    assert metadata.reject_suggestion(made.id) is None
    assert now(metadata, made).status == SuggestionStatus.Rejected
    after = read(metadata, table)
    assert after.description is None and after.version.root == 0.1
    with pytest.raises(APIError, match="Rejected already"):
        metadata.accept_suggestion(made.id)


@pytest.mark.covers("accept_all_suggestions")
def test_accept_all_suggestions_makes_all_changes_of_one_type(metadata, table, me):
    texts = [describe(metadata, table, "The table"), describe(metadata, table, "The key", "columns", "id", "description")]
    tagged = label(metadata, table, "PII.None")
    time.sleep(0.01)
    assert metadata.accept_all_suggestions(fqn=table.fullyQualifiedName, user_id=me.id) is None
    after = read(metadata, table)
    assert (after.description.root, after.columns[0].description.root, after.version.root) == ("The table", "The key", 0.2)
    assert [now(metadata, one).status for one in (*texts, tagged)] == [SuggestionStatus.Accepted, SuggestionStatus.Accepted, SuggestionStatus.Open]
    metadata.accept_all_suggestions(fqn=table.fullyQualifiedName.root, user_id=str(me.id.root), suggestion_type=SuggestionType.SuggestTagLabel)
    assert now(metadata, tagged).status == SuggestionStatus.Accepted
    assert [tag.tagFQN.root for tag in read(metadata, table).tags] == ["PII.None"]


@pytest.mark.covers("reject_all_suggestions")
def test_reject_all_suggestions_leaves_the_entity_alone(metadata, table, me):
    texts = [describe(metadata, table, "The table"), describe(metadata, table, "The key", "columns", "id", "description")]
    tagged = label(metadata, table, "PII.None")
    time.sleep(0.01)
    assert metadata.reject_all_suggestions(fqn=table.fullyQualifiedName, user_id=me.id) is None
    assert [now(metadata, one).status for one in (*texts, tagged)] == [SuggestionStatus.Rejected, SuggestionStatus.Rejected, SuggestionStatus.Open]
    metadata.reject_all_suggestions(fqn=table.fullyQualifiedName, user_id=me.id, suggestion_type=SuggestionType.SuggestTagLabel)
    assert now(metadata, tagged).status == SuggestionStatus.Rejected
    after = read(metadata, table)
    assert after.description is None and not after.tags and after.version.root == 0.1


def test_suggestions_are_listed_as_the_client_lists_entities(metadata, table, me):
    made = [describe(metadata, table, f"text {i}").id for i in range(3)]
    params = {"entityFQN": table.fullyQualifiedName.root, "userId": str(me.id.root)}
    page = metadata.list_entities(entity=Suggestion, params=params, limit=2)
    assert page.total == 3 and len(page.entities) == 2 and page.after
    rest = metadata.list_entities(entity=Suggestion, params=params, limit=2, after=page.after)
    assert {one.root.id.root for one in page.entities + rest.entities} == {one.root for one in made}
