"""Adds up what meson's log of doctest programs and pytest's report say. Last line: "N passed, N failed"; exit 1 on a failure.

Further arguments are a command that is one more check. With TEST_COUNTS in the environment, the two numbers are also appended to that file.
"""

import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

DOCTEST = re.compile(r"\[doctest\] test cases:\s+\d+\s+\|\s+(\d+) passed\s+\|\s+(\d+) failed\s+\|\s+(\d+) skipped")
RESULT = re.compile(r"^result:\s+(?:exit status (\d+)|(killed).*)", re.M)


def cpp(path):
    """(passed, failed, skipped) cases of the programs; one that says nothing of cases counts as one."""
    passed = failed = skipped = 0
    text = path.read_text(errors="replace") if path.exists() else ""
    programs = re.split(r"^=+ \d+/\d+ =+$", text, flags=re.M)[1:]
    for program in programs:
        result = RESULT.search(program)
        bad = not result or result.group(1) != "0"
        cases = DOCTEST.findall(program)
        for one in cases:
            passed, failed, skipped = passed + int(one[0]), failed + int(one[1]), skipped + int(one[2])
        if not cases:
            passed, failed = passed + (not bad), failed + bad
        elif bad and not any(int(one[1]) for one in cases):
            failed += 1  # ended badly after its cases, as a sanitizer's report does
    return passed, failed + (not programs), skipped


def python(path):
    if not path.exists():
        return 0, 1, 0
    suite = xml.etree.ElementTree.parse(path).getroot().find("testsuite")
    count = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    failed = count["failures"] + count["errors"]
    return max(0, count["tests"] - failed - count["skipped"]), failed + (count["tests"] == 0), count["skipped"]


def main():
    parts = [("C++", cpp(pathlib.Path(sys.argv[1]))), ("pytest", python(pathlib.Path(sys.argv[2])))]
    if sys.argv[3:]:
        good = subprocess.run(sys.argv[3:]).returncode == 0
        parts.append((pathlib.Path(sys.argv[4]).stem, (int(good), int(not good), 0)))
    for name, (passed, failed, skipped) in parts:
        print(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")
    passed, failed = (sum(counts[index] for _, counts in parts) for index in (0, 1))
    if "TEST_COUNTS" in os.environ:
        with open(os.environ["TEST_COUNTS"], "a") as counts:
            counts.write(f"{passed} {failed}\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
