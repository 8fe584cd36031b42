"""The real client's smaller helpers that patch: one column, one label, domains, roles, policies, test cases."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.domains.createDomain import CreateDomainRequest
from metadata.generated.schema.api.policies.createPolicy import CreatePolicyRequest
from metadata.generated.schema.api.teams.createRole import CreateRoleRequest
from metadata.generated.schema.entity.data.table import Table
from metadata.generated.schema.entity.domains.domain import DomainType
from metadata.generated.schema.entity.policies.accessControl.resourceDescriptor import Operation
from metadata.generated.schema.entity.policies.accessControl.rule import Effect, Rule
from metadata.generated.schema.entity.policies.policy import Rules
from metadata.generated.schema.entity.teams.role import Role
from metadata.generated.schema.tests.testCase import TestCase, TestCaseParameterValue
from metadata.generated.schema.type.basic import Markdown
from metadata.generated.schema.type.entityReference import EntityReference
from metadata.generated.schema.type.entityReferenceList import EntityReferenceList
from metadata.ingestion.models.patch_request import PatchOperation

from client import unique
from test_client import Tree, again, label


@pytest.fixture(scope="module")
def tree(metadata):
    return Tree(metadata)


@pytest.mark.covers("patch_column_description")
def test_the_description_of_one_column(metadata, tree):
    table = tree.table()
    column = table.fullyQualifiedName.root + ".email"
    assert metadata.patch_column_description(table=table, column_fqn=column, description="where to write").columns[1].description.root \
        == "where to write"
    assert metadata.patch_column_description(table=table, column_fqn=column, description="another") is None  # it is described
    metadata.patch_column_description(table=table, column_fqn=column, description="another", force=True)
    read = again(metadata, table)
    assert read.columns[1].description.root == "another" and read.columns[0].description is None


@pytest.mark.covers("patch_column_tag")
def test_one_label_of_one_column(metadata, tree):
    table = tree.table()
    column = table.fullyQualifiedName.root + ".email"
    metadata.patch_column_tag(table=table, column_fqn=column, tag_label=label("PII.Email"))
    metadata.patch_column_tag(table=table, column_fqn=column, tag_label=label("PersonalData.Personal"))
    assert {tag.tagFQN.root for tag in again(metadata, table, "tags").columns[1].tags} == {"PII.Email", "PersonalData.Personal"}
    metadata.patch_column_tag(table=table, column_fqn=column, tag_label=label("PII.Email"), operation=PatchOperation.REMOVE)
    read = again(metadata, table, "tags")
    assert [tag.tagFQN.root for tag in read.columns[1].tags] == ["PersonalData.Personal"] and not read.columns[0].tags


@pytest.mark.covers("patch_tag")
def test_one_label_of_a_table(metadata, tree):
    table = tree.table()
    metadata.patch_tag(entity=Table, source=table, tag_label=label("Tier.Tier2"))
    metadata.patch_tag(entity=Table, source=table, tag_label=label("PII.Sensitive"))
    assert {tag.tagFQN.root for tag in again(metadata, table, "tags").tags} == {"Tier.Tier2", "PII.Sensitive"}
    metadata.patch_tag(entity=Table, source=table, tag_label=label("Tier.Tier2"), operation=PatchOperation.REMOVE)
    assert [tag.tagFQN.root for tag in again(metadata, table, "tags").tags] == ["PII.Sensitive"]


@pytest.mark.covers("patch_domain")
def test_domains_of_a_table(metadata, tree):
    domains = [metadata.create_or_update(CreateDomainRequest(name=unique("dom"), domainType=DomainType.Aggregate, description="d"))
               for _ in range(2)]
    lists = [EntityReferenceList(root=[EntityReference(id=domain.id, type="domain")]) for domain in domains]
    table = tree.table()
    metadata.patch_domain(entity=Table, source=table, domains=lists[0])
    assert [entry.id for entry in again(metadata, table, "domains").domains.root] == [domains[0].id]
    assert metadata.patch_domain(entity=Table, source=table, domains=lists[1]) is None  # it has one
    metadata.patch_domain(entity=Table, source=table, domains=lists[1], force=True)
    read = again(metadata, table, "domains").domains.root
    assert [(entry.id, entry.inherited) for entry in read] == [(domains[1].id, None)]
    metadata.patch_domain(entity=Table, source=table, force=True)
    assert again(metadata, table, "domains").domains.root == []


@pytest.mark.covers("patch_test_case_definition")
def test_the_parameters_of_a_test_case(metadata, tree):
    table = tree.table()
    fqn = table.fullyQualifiedName.root
    case = metadata.get_or_create_test_case(
        test_case_fqn=f"{fqn}.rows", entity_link=f"<#E::table::{fqn}>", test_definition_fqn="tableRowCountToEqual",
        test_case_parameter_values=[TestCaseParameterValue(name="value", value="3")])
    changed = metadata.patch_test_case_definition(
        test_case=case, entity_link=f"<#E::table::{fqn}>",
        test_case_parameter_values=[TestCaseParameterValue(name="value", value="7")], compute_passed_failed_row_count=True)
    assert changed.id == case.id and changed.version.root == 0.2
    read = metadata.get_by_id(TestCase, case.id, fields=["testDefinition", "testSuite"])
    assert [(value.name, value.value) for value in read.parameterValues] == [("value", "7")] and read.computePassedFailedRowCount


# ---- roles and policies ----------------------------------------------------------------------------------------------

def rule_of(name, *operations):
    return Rule(name=name, effect=Effect.allow, operations=list(operations), resources=["table"], condition="isOwner()",
                description=Markdown(f"about {name}"))


@pytest.fixture
def policies(admin_client):
    return [admin_client.create_or_update(CreatePolicyRequest(
        name=unique("pol"), displayName="p", description="d", rules=Rules(root=[rule_of("first", Operation.ViewBasic)]))) for _ in range(2)]


@pytest.mark.covers("patch_role_policy")
def test_a_policy_is_added_to_a_role_and_taken_away(admin_client, policies):
    role = admin_client.create_or_update(CreateRoleRequest(name=unique("role"), policies=[policies[0].fullyQualifiedName]))
    more = admin_client.patch_role_policy(role.id, policies[1].id)
    assert {policy.name for policy in more.policies.root} == {policy.name.root for policy in policies}
    read = admin_client.get_by_id(Role, role.id, fields=["policies"])
    assert len(read.policies.root) == 2
    # The client writes the policies that stay anew, member by member, from what their references say.
    assert {policy.description.root for policy in read.policies.root} == {"d"}
    for gone, kept in (policies, reversed(policies)):
        fewer = admin_client.patch_role_policy(role.id, gone.id, operation=PatchOperation.REMOVE)
        assert [policy.id.root for policy in fewer.policies.root] == [kept.id.root]
        assert admin_client.patch_role_policy(role.id, kept.id, operation=PatchOperation.REMOVE) is None  # it was the last
        admin_client.patch_role_policy(role.id, gone.id)


@pytest.mark.covers("patch_policy_rule")
def test_rules_of_a_policy(admin_client, policies):
    policy = policies[0]
    more = admin_client.patch_policy_rule(policy.id, rule_of("second", Operation.EditTags, Operation.EditOwners))
    assert [rule.name for rule in more.rules.root] == ["first", "second"]
    assert more.rules.root[1].operations == [Operation.EditTags, Operation.EditOwners]
    fewer = admin_client.patch_policy_rule(policy.id, rule_of("first", Operation.ViewBasic), operation=PatchOperation.REMOVE)
    assert [(rule.name, rule.operations) for rule in fewer.rules.root] == [("second", [Operation.EditTags, Operation.EditOwners])]
