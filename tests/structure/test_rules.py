"""docs/reliability.md and the tests that carry its rules' numbers hold each other to their word."""

import re

from harness import ROOT

ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+?) \| (.*?) \|$", re.M)
PYTHON_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)", re.M)
CPP_TEST = re.compile(r'TEST_CASE(?:_FIXTURE|_TEMPLATE)?\([^"]*"([^"]+)"')
NUMBER = re.compile(r"^[adhilowz]\d+$")


def rules():
    """{number: the test files that the page names}"""
    page = (ROOT / "docs" / "reliability.md").read_text()
    return {number: re.findall(r"`(tests/[^`]+)`", where) for number, _, where in ROW.findall(page)}


def numbers_in(path):
    """The rule numbers in the names of a file's tests."""
    text = path.read_text(errors="replace")
    if path.suffix == ".py":
        words = (name.split("_")[1:] for name in PYTHON_TEST.findall(text))
    else:
        words = (re.split(r"[,\s]+", name.split(":")[0].lower()) for name in CPP_TEST.findall(text) if ":" in name)
    return {word.upper() for name in words for word in name if NUMBER.match(word)}


def proofs():
    """{number: files with a test that carries it}"""
    found = {}
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix in (".py", ".cpp"):
            for number in numbers_in(path):
                found.setdefault(number, set()).add(str(path.relative_to(ROOT)))
    return found


def test_every_rule_of_the_page_has_a_test_where_the_page_says():
    proved = proofs()
    listed = rules()
    assert len(listed) > 40
    wrong = {number: (files, sorted(proved.get(number, ()))) for number, files in listed.items()
             if not files or not set(files) <= proved.get(number, set())}
    assert not wrong, "\n".join(f"{number}: the page says {said}, the tests are in {there}" for number, (said, there) in wrong.items())


def test_every_number_in_a_test_is_a_rule_of_the_page():
    unknown = {number: sorted(files) for number, files in proofs().items() if number not in rules()}
    assert not unknown, unknown
