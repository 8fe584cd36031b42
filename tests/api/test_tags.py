"""Labels on tables and columns."""

import pytest

from client import text_of, unique

SDK = {"X-Metadata-Dialect": "openmetadata"}


def label(fqn, **more):
    return {"tagFQN": fqn, "source": "Classification"} | more


@pytest.fixture
def home(api):
    """A classification with two tags, one of which excludes its siblings' like when told to."""
    def make(**more):
        name = unique("Cls")
        api.post("/classifications", {"name": name, "description": "d"} | more)
        for tag in ("one", "two"):
            api.post("/tags", {"name": tag, "classification": name, "description": f"tag {tag}"})
        return name
    return make


def test_a_label_is_filled_from_its_tag(api, chain):
    made = chain.table(tags=[label("PII.Email")])
    shown = made["tags"][0]
    assert (shown["labelType"], shown["state"], shown["name"]) == ("Manual", "Confirmed", "Email")
    kept = chain.table(tags=[label("PII.Email", labelType="Automated", state="Suggested")])["tags"][0]
    assert (kept["labelType"], kept["state"]) == ("Automated", "Suggested")


@pytest.mark.parametrize("wrong", [label("No.Such"), label("PII"), label("pii.email")])
def test_an_unknown_tag_is_404(api, chain, wrong):
    message = api.error("POST", "/tables", 404, json=chain.body(tags=[wrong]))["message"]
    assert message == f"tag instance for {wrong['tagFQN']} not found"
    column = {"name": "c", "dataType": "INT", "tags": [wrong]}
    api.error("POST", "/tables", 404, json=chain.body(columns=[column]))


@pytest.mark.parametrize("wrong", [{}, {"source": "Classification"}, label("PII.Email", labelType="Guessed"),
                                   label("PII.Email", state="Maybe"), {"tagFQN": "PII.Email", "source": "Elsewhere"},
                                   label("PII.Email", extra=1), "PII.Email", None])
def test_a_malformed_label_is_refused(api, chain, wrong):
    api.error("POST", "/tables", 400, json=chain.body(tags=[wrong]))


def test_a_deleted_tag_counts_as_unknown(api, chain, home):
    name = home()
    tag = api.get(f"/tags/name/{name}.one")
    api.delete(f"/tags/{tag['id']}")
    api.error("POST", "/tables", 404, json=chain.body(tags=[label(f"{name}.one")]))


def test_a_disabled_tag_cannot_be_assigned(api, chain, home):
    name = home()
    tag = api.get(f"/tags/name/{name}.one")
    api.patch(f"/tags/{tag['id']}", [{"op": "add", "path": "/disabled", "value": True}])
    assert "disabled" in text_of(api.error("POST", "/tables", 400, json=chain.body(tags=[label(f"{name}.one")])))


def test_exclusive_classifications_admit_one(api, chain, home):
    name = home(mutuallyExclusive=True)
    both = [label(f"{name}.one"), label(f"{name}.two")]
    wrong = api.error("POST", "/tables", 400, json=chain.body(tags=both))
    assert f"Tag labels {name}.one and {name}.two are mutually exclusive and can't be assigned together" in text_of(wrong)
    api.error("POST", "/tables", 400, json=chain.body(columns=[{"name": "c", "dataType": "INT", "tags": both}]))
    made = chain.table(tags=both[:1])
    swapped = api.patch(f"/tables/{made['id']}", [{"op": "replace", "path": "/tags/0", "value": both[1]}])
    assert [tag["tagFQN"] for tag in swapped["tags"]] == [f"{name}.two"]
    free = home()
    assert len(chain.table(tags=[label(f"{free}.one"), label(f"{free}.two")])["tags"]) == 2


def test_labels_are_sorted_and_never_twice(api, chain):
    made = chain.table(tags=[label("Tier.Tier1"), label("PII.Email"), label("Tier.Tier1")])
    assert [tag["tagFQN"] for tag in made["tags"]] == ["PII.Email", "Tier.Tier1"]


def test_usage_is_counted(api, chain, home):
    name = home()
    chain.table(tags=[label(f"{name}.one")])
    gone = chain.table(columns=[{"name": "c", "dataType": "INT", "tags": [label(f"{name}.one")]}])
    count = lambda: api.get(f"/tags/name/{name}.one?fields=usageCount")["usageCount"]
    assert count() == 2
    assert "usageCount" not in api.get(f"/tags/name/{name}.one")
    api.delete(f"/tables/{gone['id']}?hardDelete=true")
    assert count() == 1


def test_a_removed_tag_leaves_its_labels(api, chain, home):
    name = home()
    made = chain.table(tags=[label(f"{name}.one"), label("PII.Email")])
    api.delete(f"/tags/{api.get(f'/tags/name/{name}.one')['id']}?hardDelete=true")
    read = api.get(f"/tables/{made['id']}?fields=tags", headers=SDK)
    assert [tag["tagFQN"] for tag in read["tags"]] == ["PII.Email"]


def test_a_renamed_tag_takes_its_labels_along(api, chain, home):
    name = home()
    made = chain.table(tags=[label(f"{name}.one")])
    tag = api.get(f"/tags/name/{name}.one")
    renamed = api.patch(f"/tags/{tag['id']}", [{"op": "replace", "path": "/name", "value": "uno"}])
    assert renamed["fullyQualifiedName"] == f"{name}.uno"
    read = api.get(f"/tables/{made['id']}?fields=tags", headers=SDK)
    assert [shown["tagFQN"] for shown in read["tags"]] == [f"{name}.uno"]
    api.error("GET", f"/tags/name/{name}.one", 404)


def test_tags_below_tags(api, home):
    name = home()
    child = api.post("/tags", {"name": "child", "classification": name, "parent": f"{name}.one", "description": "d"})
    assert child["fullyQualifiedName"] == f"{name}.one.child"
    assert child["parent"]["fullyQualifiedName"] == f"{name}.one" and child["classification"]["name"] == name
