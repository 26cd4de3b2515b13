"""A new build into a store that was edited: what is kept beside the plan stays. On each kind of store."""

from __future__ import annotations

import pytest
from changes import audit, edit, names, publish, renamed
from plans import URBAN_1, URBAN_2, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.store import content_hash, open_store, table_hashes
from geo_grid.store.ledger import ConflictError, Head, NewRevision


@pytest.fixture
def edited(any_store):
    with any_store.ledger() as ledger:
        edit(ledger, 0, "a", origin="built")
        publish(ledger)
        edit(ledger, 1, "b")
        ledger.put_account({"name": "anna", "role": "planner"})
        ledger.add_comment(URBAN_1, "?", "anna")
    return any_store


def rebuilt():
    plan = tiny_plan()
    plan.meta["built_at"] = "2025-02-02T00:00:00+00:00"
    plan.tables["areas"] = plan["areas"].assign(name="新")
    return plan


def test_the_plan_is_new_and_areas_are_as_built(edited):
    edited.write(rebuilt())
    assert content_hash(edited.read()) == content_hash(rebuilt())
    with edited.ledger() as ledger:
        assert ledger.head(URBAN_1) == Head(0, ())
        assert ledger.heads() == {}
        assert ledger.revisions(URBAN_1) == []
        assert ledger.origin(URBAN_1) is None


def test_versions_audit_accounts_and_comments_stay(edited):
    before = table_hashes(edited.read(version=1))
    with edited.ledger() as ledger:
        edits = ledger.edits()
    edited.write(rebuilt())
    assert table_hashes(edited.read(version=1)) == before
    with edited.ledger() as ledger:
        assert ledger.edits()[:-1] == edits
        assert ledger.account("anna") is not None
        assert len(ledger.comments(URBAN_1)) == 1
        assert ledger.state(URBAN_1, 2) == "state b"


def test_the_audit_says_that_it_was_built(edited):
    edited.write(rebuilt())
    with edited.ledger() as ledger:
        row = ledger.edits()[-1]
        assert (row["what"], row["area_code"], row["before"], row["after"]) == ("build", "", None, None)
        assert row["request"]["built_at"] == "2025-02-02T00:00:00+00:00"
        assert ledger.build() == row["id"]


def test_an_edit_made_on_the_former_plan_is_refused(edited):
    with edited.ledger() as ledger:
        build = ledger.build()
        edited.write(rebuilt())
        with pytest.raises(ConflictError) as caught:
            edit(ledger, 2, "late")
        assert [row["what"] for row in caught.value.edits] == []
        with pytest.raises(ConflictError) as caught:
            edit(ledger, 0, "late", build=build)
        assert [row["what"] for row in caught.value.edits] == ["build"]
        assert names(edited) != {"late"}
        edit(ledger, 0, "on time", build=ledger.build())


def test_revisions_of_the_former_plan_cannot_be_gone_to(edited):
    edited.write(rebuilt())
    with edited.ledger() as ledger:
        with pytest.raises(StoreError, match="no revision 1"):
            ledger.move_head(URBAN_1, 0, 1, [], renamed("a"), audit("go"))
        number = edit(ledger, 0, "c")
        assert number == 3  # a number is never given twice
        assert [(row["number"], row["parent"]) for row in ledger.revisions(URBAN_1)] == [(3, 0)]
        with pytest.raises(StoreError, match="no revision 2"):
            ledger.branch(URBAN_1, 2, NewRevision("s", "{}"), audit("keep"), {})


def test_codes_of_the_former_plan_are_never_given_again(edited):
    with edited.ledger() as ledger:
        ledger.commit(URBAN_1, 2, NewRevision("s", "{}"), renamed("c"), audit(), {f"{URBAN_1}00101": 31})
    plan = rebuilt()
    plan.tables["grids"] = plan["grids"].loc[plan["grids"]["area_code"] != URBAN_2]
    edited.write(plan)
    with edited.ledger() as ledger:
        assert ledger.code_numbers(URBAN_1)[f"{URBAN_1}00101"] == 31
        assert ledger.code_numbers(URBAN_2)[URBAN_2] == 1


def test_the_next_version_is_the_whole_new_plan(edited):
    edited.write(rebuilt())
    with edited.ledger() as ledger:
        assert ledger.published_heads() == {}
        publish(ledger, URBAN_2)
        assert set(ledger.published_heads()) == set(tiny_plan()["areas"]["code"])
    published, draft = table_hashes(edited.read(version=2)), table_hashes(edited.read())
    assert published == {name: draft[name] for name in published}


def test_an_area_that_is_not_built_any_more_is_not_in_the_next_version(edited):
    plan = rebuilt()
    for name, column in (
        ("areas", "code"),
        ("units", "area_code"),
        ("grids", "area_code"),
        ("households", "area_code"),
    ):
        plan.tables[name] = plan[name].loc[plan[name][column] != URBAN_2]
    edited.write(plan)
    with edited.ledger() as ledger:
        publish(ledger)
    assert URBAN_2 not in set(edited.read(["areas"], version=2)["areas"]["code"])
    assert URBAN_2 in set(edited.read(["areas"], version=1)["areas"]["code"])


def test_a_plan_in_another_coordinate_system_leaves_versions_in_theirs(edited):
    before = content_hash(edited.read(version=1))
    plan = rebuilt()
    plan.crs = plan.meta["crs"] = "EPSG:32649"
    for name, frame in plan.tables.items():
        if "geom" in frame:
            plan.tables[name] = frame.set_crs(plan.crs, allow_override=True)
    edited.write(plan)
    assert content_hash(edited.read()) == content_hash(plan)
    with edited.ledger() as ledger:
        edit(ledger, 0, "c")
        publish(ledger)
    assert edited.read(["areas"], version=1)["areas"].crs == "EPSG:4546"
    assert edited.read(["areas"], version=2)["areas"].crs == "EPSG:32649"
    assert content_hash(edited.read(version=1)) == before


def test_a_build_that_fails_keeps_plan_and_heads(edited, monkeypatch):
    before = content_hash(edited.read())

    def stop(*args):
        raise KeyboardInterrupt

    for module in ("gpkg_write", "postgis"):
        monkeypatch.setattr(f"geo_grid.store.{module}.end_build", stop)
    with pytest.raises(KeyboardInterrupt):
        edited.write(rebuilt())
    monkeypatch.undo()
    assert content_hash(edited.read()) == before
    with edited.ledger() as ledger:
        assert ledger.head(URBAN_1) == Head(2, ())
        assert edit(ledger, 2, "c") == 3


def test_a_ledger_that_stays_open_sees_the_new_plan(edited, any_url):
    with edited.ledger() as ledger:
        assert ledger.head(URBAN_1) == Head(2, ())
        with open_store(any_url) as other:
            other.write(rebuilt())
        assert ledger.head(URBAN_1) == Head(0, ())
        edit(ledger, 0, "c")
    with edited.ledger() as ledger:
        assert ledger.head(URBAN_1) == Head(3, ())
    assert names(edited) == {"c"}
