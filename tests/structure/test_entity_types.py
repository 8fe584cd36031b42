"""docs/entity-types.md says what the descriptions say."""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def test_the_page_of_entity_types_is_up_to_date():
    checked = subprocess.run([sys.executable, ROOT / "tools" / "entity-types", "--check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_every_entity_type_has_a_row_and_a_section():
    page = (ROOT / "docs" / "entity-types.md").read_text()
    files = sorted((ROOT / "lib" / "model" / "entities").glob("*.json"))
    assert len(files) >= 57
    for path in files:
        description = json.loads(path.read_text())
        assert f"| [{description['type']}](#{description['type'].lower()}) | `{description['collection']}` |" in page
        assert f"\n## {description['type']}\n" in page
