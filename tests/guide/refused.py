"""The guide's snippets that the published Python client refuses by itself, and the nearest form that works.

docs/sdk-differences.md shows this list; `python3 tests/guide/refused.py` writes it there.
"""

import dataclasses
import pathlib

from guide_text import block

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "sdk-differences.md"
BEGIN, END = "<!-- list: made by tests/guide/refused.py -->\n", "<!-- end of list -->\n"


@dataclasses.dataclass
class Refused:
    title: str
    heading: str  # where the snippet stands in the guide
    part: str  # the comment that heads it within the snippet, or empty
    why: str
    works: str
    error: str = ""  # the exception that the guide's form ends with; empty: it ends without the effect it speaks of
    later: bool = False  # the working form waits for a part of the server that answers "not implemented" so far

    def guide(self):
        found = block(self.heading, "python")
        return found.part(self.part) if self.part else found.text


REFUSED = [
    Refused(
        "Creating a table", "CRUD Operations", "Create",
        "`Table` is the shape of an answer: it cannot be made without an `id`, and `create_or_update` takes create requests only.",
        """\
from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.entity.data.table import Column, DataType

created_table = metadata.create_or_update(CreateTableRequest(
    name="customer_orders",
    databaseSchema="snowflake.sales_db.public",
    columns=[Column(name="order_id", dataType=DataType.BIGINT)],
))
""", "ValidationError"),
    Refused(
        "Updating a table", "CRUD Operations", "Update",
        "The same: `create_or_update` refuses a `Table` before any request. A change to something that was read is a patch.",
        """\
updated_table = metadata.patch_description(
    entity=Table, source=table, description="Updated description", force=True)
""", "InvalidEntityException"),
    Refused(
        "Simple search", "Search", "Simple search",
        "`es_search_from_fqn` looks for one whole name (with `*` as a wildcard), not for a word, so that `customer` finds nothing.",
        """\
tables = metadata.es_search_from_fqn(
    entity_type=Table,
    fqn_search_string="snowflake.sales_db.public.customer_orders",
)
"""),
    Refused(
        "Advanced search", "Search", "Advanced search",
        "The client has no method `es_search`. Its REST client asks the route that the guide describes.",
        """\
search_results = metadata.client.get(
    "/search/query?q=customer%20orders&index=table&size=20&filters=database:snowflake.sales_db")
""", "AttributeError"),
    Refused(
        "Adding lineage", "Lineage", "Add lineage",
        "`add_lineage` sends its argument as the whole body, which needs the member `edge` around it. The server refuses the bare "
        "edge, and the client gives the refusal back as a value, `{\"error\": …}`, instead of raising it.",
        """\
from metadata.generated.schema.api.lineage.addLineage import AddLineageRequest
from metadata.generated.schema.type.entityLineage import EntitiesEdge
from metadata.generated.schema.type.entityReference import EntityReference

lineage = metadata.add_lineage(AddLineageRequest(edge=EntitiesEdge(
    fromEntity=EntityReference(id=source_id, type="table"),
    toEntity=EntityReference(id=target_id, type="table"),
)))
"""),
    Refused(
        "Finding out that a table is not there", "Error Handling", "",
        "`get_by_name` answers `None` for an unknown name; only other failures are raised. The branch for 404 is never reached.",
        """\
from metadata.ingestion.ometa.client import APIError

try:
    table = metadata.get_by_name(entity=Table, fqn=fqn)
    if table is None:
        print(f"Table not found: {fqn}")
except APIError as e:
    if e.status_code == 401:
        print("Authentication failed")
    else:
        print(f"API error: {e}")
"""),
    Refused(
        "Syncing dbt models", "Example 1: Sync dbt Models", "",
        "Like creating a table: what is sent is a create request, and it names its schema.",
        """\
import json
from pathlib import Path

from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.entity.data.table import Column


def sync_dbt_models(metadata, manifest_path):
    with open(manifest_path) as f:
        manifest = json.load(f)

    for node_id, node in manifest['nodes'].items():
        if node['resource_type'] == 'model':
            table = CreateTableRequest(
                name=node['name'],
                description=node.get('description', ''),
                columns=[
                    Column(
                        name=col_name,
                        dataType=col['type'],
                        description=col.get('description', '')
                    )
                    for col_name, col in node['columns'].items()
                ],
                databaseSchema=schema_fqn,
            )

            metadata.create_or_update(table)
            print(f"Synced: {node['name']}")
""", "ValidationError"),
]


def render():
    text = BEGIN
    for entry in REFUSED:
        text += f"\n## {entry.title}\n\n{entry.why}\n"
        if entry.error:
            text += f"The guide's form ends with `{entry.error}`.\n"
        if entry.later:
            text += "The form that works waits for a part of the server that is not built yet and answers 501 until then.\n"
        text += f"\nThe guide:\n\n```python\n{entry.guide()}```\n\nWorks:\n\n```python\n{entry.works}```\n"
    return text + "\n" + END


if __name__ == "__main__":
    document = DOCUMENT.read_text(encoding="utf-8")
    head, tail = document.split(BEGIN)[0], document.split(END)[1]
    DOCUMENT.write_text(head + render() + tail, encoding="utf-8")
