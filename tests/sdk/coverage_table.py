"""docs/sdk-coverage.md from what a run of the tests saw.

    coverage_table.py FOLDER --write|--check FILE

FOLDER has what recorder.py left. A public method of the client that is in no test and has no reason in methods.json is an error, and so
is a test that failed.
"""

import collections
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
HEAD = """# The Python client's methods

What of the real client, `openmetadata-ingestion` {version}, works against this server: every public method of its class `OpenMetadata`, and of
`metadata.sdk`'s entities (`sdk.…`). The test run makes this table, and fails when it is no longer true: `tools/sdk-coverage` writes it anew.

M: needed by `metadata ingest`, `profile`, `test` or the guide; S: should be there; L: may come later. *Routes* are those that the client asked
for in the tests, `{{collection}}` standing for those of several types. Each test looks at what comes back.

{counts}

| Method | Rank | State | Routes | Tests |
|---|---|---|---|---|
"""


def public(owner):
    return {name for name in dir(owner) if not name.startswith("_")}


def every_method():
    from metadata.ingestion.ometa.ometa_api import OpenMetadata
    from metadata.sdk.entities.base import BaseEntity
    return public(OpenMetadata) | {"sdk." + name for name in public(BaseEntity)}


def client_version():
    from importlib.metadata import version
    return version("openmetadata-ingestion")


def collections_of_types():
    rows = json.loads((HERE.parent / "contract" / "entities.json").read_text()).values()
    return sorted((row["route"][1:] for row in rows), key=len, reverse=True)


def shown_routes(routes, known):
    """A route a line; those of more than two types as one."""
    groups = collections.defaultdict(set)
    for method, path in routes:
        path = path.removeprefix("/api/v1/")
        collection = next((one for one in known if path == one or path.startswith(one + "/")), None)
        rest = path[len(collection):] if collection else path
        groups[method, rest if collection else None].add((collection, path))
    lines = set()
    for (method, rest), found in groups.items():
        if rest is not None and len({collection for collection, _ in found}) > 2:
            lines.add(f"{method} /{{collection}}{rest}")
        else:
            lines |= {f"{method} /{path}" for _, path in found}
    return sorted(lines, key=lambda line: (line.split(" ")[1], line))


def table(folder):
    """(the text, what is wrong)"""
    methods = json.loads((HERE / "methods.json").read_text())
    ranks = {name: rank for rank, names in methods["ranks"].items() for name in names}
    tests, routes, wrong = collections.defaultdict(set), collections.defaultdict(set), []
    for part in sorted(pathlib.Path(folder).glob("*.json")):
        for test in json.loads(part.read_text()):
            for name in test["covers"]:
                if not test["passed"] or name not in test["calls"]:
                    wrong.append(f"{name}: {test['test']} did not pass")
                    continue
                tests[name].add(test["test"].split("[")[0].removeprefix("tests/").removeprefix("sdk/"))
                routes[name] |= {tuple(route) for route in test["calls"][name]}
    known, lines, counts = collections_of_types(), [], collections.Counter()
    names = every_method()
    wrong += [f"{name}: the client has no such method" for name in sorted((set(ranks) | set(tests)) - names)]
    for name in sorted(names, key=lambda name: (name.startswith("sdk."), name)):
        rank = ranks.get(name, "–")
        if tests[name]:
            state = "works"
        elif name in methods["no_request"]:
            state = "asks nothing of a server: " + methods["no_request"][name]
        elif name in methods["missing"]:
            state = "missing: " + methods["missing"][name]
        else:
            wrong.append(f"{name}: no test covers it, and nothing says why")
            state = "unknown"
        if tests[name] and name in methods["missing"]:
            wrong.append(f"{name}: methods.json says that it is missing, and it works")
        counts[rank, state.split(":")[0]] += 1
        asked = "<br>".join(f"`{line}`" for line in shown_routes(routes[name], known))
        where = "<br>".join(f"`{test}`" for test in sorted(tests[name]))
        lines.append(f"| `{name}` | {rank} | {state} | {asked} | {where} |")
    summary = []
    for rank in ("M", "S", "L"):
        total = sum(count for (of, _), count in counts.items() if of == rank)
        summary.append(f"{rank}: {counts[rank, 'works']} of {total} work.")
    quiet = counts["–", "asks nothing of a server"]
    summary.append(f"{quiet} methods ask nothing of a server.")
    return HEAD.format(version=client_version(), counts=" ".join(summary)) + "\n".join(lines) + "\n", wrong


def main():
    folder, what, file = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    text, wrong = table(folder)
    if what == "--write":
        file.write_text(text)
    elif not file.exists() or file.read_text() != text:
        wrong.append(f"{file} is not what the tests show: tools/sdk-coverage")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
