"""Revisions, heads and the audit; each test runs on each kind of store."""

from __future__ import annotations

import pandas as pd
import pytest
from changes import NOTHING, audit, edit, merged, names, publish, renamed, rows
from plans import URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.store import content_hash, open_store, table_hashes
from geo_grid.store.ledger import ConflictError, Delta, Head, NewRevision


def test_an_area_nobody_edited_is_as_built(ledger):
    assert ledger.head(URBAN_1) == Head(0, ())
    assert ledger.heads() == {}
    assert ledger.revisions(URBAN_1) == []
    assert ledger.edits() == []
    assert ledger.last_edit() == 0
    assert ledger.build() == 0
    assert ledger.origin(URBAN_1) is None


def test_an_edit_is_there_for_everybody_at_once(any_store, any_url, ledger):
    number = edit(ledger, 0, "甲")
    with open_store(any_url) as other, other.ledger() as theirs:
        assert theirs.head(URBAN_1) == Head(number, ()) == Head(1, ())
        assert theirs.state(URBAN_1, 1) == "state 甲"
        assert names(other) == {"甲"}
    assert names(any_store, URBAN_2) != {"甲"}


def test_a_revision_knows_its_parent_author_and_operation(ledger):
    edit(ledger, 0, "a")
    ledger.commit(URBAN_1, 1, NewRevision("s", '{"op":"x"}', "名"), NOTHING, audit(author="bo"), {})
    first, second = ledger.revisions(URBAN_1)
    assert (first["number"], first["parent"], first["name"], first["author"]) == (1, 0, None, "anna")
    assert (second["number"], second["parent"], second["name"], second["author"]) == (2, 1, "名", "bo")
    assert second["op"] == '{"op":"x"}'
    assert second["made_at"] >= first["made_at"]
    assert ledger.revision(URBAN_1, 2) == second
    assert "state" not in second


def test_a_change_based_on_another_revision_is_refused_and_says_what_happened(any_store, ledger):
    edit(ledger, 0, "a")
    edit(ledger, 1, "b")
    with pytest.raises(ConflictError) as caught:
        edit(ledger, 0, "c")
    assert caught.value.head == Head(2, ())
    assert [row["after"] for row in caught.value.edits] == [1, 2]
    assert names(any_store) == {"b"}
    assert len(ledger.edits()) == len(ledger.revisions(URBAN_1)) == 2
    with pytest.raises(ConflictError) as caught:
        edit(ledger, 1, "c")
    assert [row["after"] for row in caught.value.edits] == [2]


def test_what_happened_since_counts_from_when_the_revision_was_last_shown(ledger):
    edit(ledger, 0, "a")
    edit(ledger, 1, "b")
    ledger.move_head(URBAN_1, 2, 1, [2], renamed("a"), audit("undo"))
    ledger.name_revision(URBAN_1, 1, "here", audit("name"))
    edit(ledger, 1, "c")
    with pytest.raises(ConflictError) as caught:
        edit(ledger, 1, "d")
    assert [row["what"] for row in caught.value.edits] == ["name", "rename"]


def test_areas_do_not_disturb_each_other(ledger):
    assert edit(ledger, 0, "a", URBAN_1) == 1
    assert edit(ledger, 0, "b", URBAN_2) == 1
    assert edit(ledger, 1, "c", URBAN_1) == 2
    assert ledger.heads() == {URBAN_1: Head(2, ()), URBAN_2: Head(1, ())}
    assert [row["after"] for row in ledger.edits(area=URBAN_2)] == [1]


def test_undo_and_redo_move_the_head_and_the_tables(any_store, ledger):
    built = content_hash(any_store.read())
    edit(ledger, 0, "a")
    after = content_hash(any_store.read())
    plan = tiny_plan()["grids"]
    back = Delta({"grids": plan.loc[plan["area_code"] == URBAN_1]}, {}, None)
    ledger.move_head(URBAN_1, 1, 0, [1], back, audit("undo"))
    assert ledger.head(URBAN_1) == Head(0, (1,))
    assert content_hash(any_store.read()) == built
    ledger.move_head(URBAN_1, 0, 1, [], renamed("a"), audit("redo"))
    assert ledger.head(URBAN_1) == Head(1, ())
    assert content_hash(any_store.read()) == after
    assert [(row["what"], row["before"], row["after"]) for row in ledger.edits()] == [
        ("rename", 0, 1),
        ("undo", 1, 0),
        ("redo", 0, 1),
    ]


def test_an_edit_after_an_undo_makes_a_branch_and_loses_nothing(ledger):
    edit(ledger, 0, "a")
    edit(ledger, 1, "b")
    ledger.move_head(URBAN_1, 2, 1, [2], renamed("a"), audit("undo"))
    assert edit(ledger, 1, "c") == 3
    assert [(row["number"], row["parent"]) for row in ledger.revisions(URBAN_1)] == [(1, 0), (2, 1), (3, 1)]
    assert ledger.head(URBAN_1) == Head(3, ())
    assert ledger.state(URBAN_1, 2) == "state b"


def test_a_snapshot_of_mine_lies_beside_the_head(any_store, ledger):
    edit(ledger, 0, "theirs")
    number = ledger.branch(URBAN_1, 0, NewRevision("mine", "{}", "我的"), audit("keep"), {})
    assert number == 2
    assert ledger.head(URBAN_1) == Head(1, ())
    assert names(any_store) == {"theirs"}
    assert (ledger.revision(URBAN_1, 2)["parent"], ledger.revision(URBAN_1, 2)["name"]) == (0, "我的")
    assert ledger.edits()[-1]["after"] == 2


def test_a_revision_can_be_named_and_its_name_taken_away(ledger):
    edit(ledger, 0, "a")
    ledger.name_revision(URBAN_1, 1, "before the meeting", audit("name"))
    assert ledger.revision(URBAN_1, 1)["name"] == "before the meeting"
    ledger.name_revision(URBAN_1, 1, None, audit("name"))
    assert ledger.revision(URBAN_1, 1)["name"] is None
    assert len(ledger.edits()) == 3


@pytest.mark.parametrize(
    "use",
    [
        lambda ledger: ledger.revision(URBAN_1, 7),
        lambda ledger: ledger.state(URBAN_1, 7),
        lambda ledger: ledger.name_revision(URBAN_1, 7, "x", audit()),
        lambda ledger: ledger.move_head(URBAN_1, 0, 7, [], NOTHING, audit()),
        lambda ledger: ledger.branch(URBAN_1, 7, NewRevision("s", "{}"), audit(), {}),
    ],
    ids=["revision", "state", "name", "go", "branch"],
)
def test_a_revision_that_is_not_there_is_refused_and_nothing_written(ledger, use):
    with pytest.raises(StoreError, match="no revision 7"):
        use(ledger)
    assert ledger.edits() == []


def test_an_area_that_is_not_there_is_refused(ledger):
    with pytest.raises(StoreError, match="no area has the code"):
        edit(ledger, 0, "a", "999")
    assert ledger.heads() == {}
    assert ledger.edits() == []


def test_all_tables_of_an_area_change_together(any_store, ledger):
    before = any_store.read()
    gone, keep = f"{URBAN_1}0010102", f"{URBAN_1}0010101"
    ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), merged(), audit("merge"), {})
    after = any_store.area_plan(URBAN_1)
    assert gone not in set(after["grids"]["code"])
    assert gone not in set(after["units"]["grid_code_l3"])
    grid = after["grids"].set_index("code").loc[keep]
    assert grid["households"] == after["units"].loc[after["units"]["grid_code_l3"] == keep, "households"].sum()
    assert grid["geom"].area == pytest.approx(2 * 100 * 100)
    assert len(any_store.read(["units"])["units"]) == len(before["units"])


def test_households_move_to_other_units(any_store, ledger):
    households = rows("households").head(3)
    target = rows("units")["id"].iloc[-2]
    moved = pd.DataFrame({"id": households["id"], "unit_id": target})
    ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), Delta({}, {}, moved), audit(), {})
    after = any_store.read(["households"])["households"].set_index("id")
    assert set(after.loc[households["id"], "unit_id"]) == {target}
    assert (after["unit_id"] == target).sum() == 3 + (tiny_plan()["households"]["unit_id"] == target).sum()


def test_exceptions_shares_and_the_area_itself_can_be_written(any_store, ledger):
    plan = tiny_plan()
    exceptions = (
        plan["exceptions"].head(1).assign(grid_code=f"{URBAN_1}001", reason="decided", proof='{"words":"因为"}')
    )
    shares = plan["element_shares"]
    shares = shares.loc[shares["grid_code"].str.startswith(URBAN_1)].head(2).assign(held=7.5)
    areas = rows("areas").assign(name="新名") if "area_code" in plan["areas"] else None
    areas = plan["areas"].loc[plan["areas"]["code"] == URBAN_1].assign(name="新名") if areas is None else areas
    delta = Delta({"exceptions": exceptions, "element_shares": shares, "areas": areas}, {}, None)
    ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), delta, audit(), {})
    after = any_store.area_plan(URBAN_1)
    assert after["areas"]["name"].tolist() == ["新名"]
    assert f"{URBAN_1}001" in set(after["exceptions"]["grid_code"])
    assert (after["element_shares"]["held"] == 7.5).sum() == 2
    keys = [(row.element_id, row.grid_code) for row in shares.itertuples()]
    delta = Delta({}, {"element_shares": keys, "exceptions": [(f"{URBAN_1}001",)]}, None)
    ledger.commit(URBAN_1, 1, NewRevision("s", "{}"), delta, audit(), {})
    after = any_store.area_plan(URBAN_1)
    assert not (after["element_shares"]["held"] == 7.5).any()
    assert f"{URBAN_1}001" not in set(after["exceptions"]["grid_code"])


def test_writing_back_what_is_there_changes_no_bit(any_store, ledger):
    before = table_hashes(any_store.read())
    plan = any_store.area_plan(URBAN_1)
    tables = {name: plan[name] for name in ("areas", "units", "grids", "exceptions", "element_shares")}
    households = plan["households"][["id", "unit_id"]]
    ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), Delta(tables, {}, households), audit(), {})
    assert table_hashes(any_store.read()) == before


@pytest.mark.parametrize(
    ("delta", "message"),
    [
        (Delta({"households": rows("households")}, {}, None), "does not change the table"),
        (Delta({"units": rows("units", URBAN_2)}, {}, None), "of another area"),
        (Delta({}, {"element_shares": [("e",)]}, None), "named by a tuple"),
        (Delta({"grids": rows("grids").drop(columns="name")}, {}, None), "no column 'name'"),
        (Delta({"grids": rows("grids").assign(name=None)}, {}, None), "no value for 'name'"),
        (Delta({"grids": rows("grids").assign(name="a\x00")}, {}, None), "NUL"),
        (Delta({"grids": rows("grids").assign(households=1.5)}, {}, None), "not of type int"),
        (Delta({"grids": rows("grids").assign(level="one")}, {}, None), "not of type int"),
        (Delta({"grids": rows("grids").assign(geom=None)}, {}, None), "no geometry"),
        (Delta({"units": rows("units").assign(geom=rows("grids")["geom"].iloc[0])}, {}, None), "where a POLYGON"),
    ],
    ids=range(10),
)
def test_a_delta_that_does_not_fit_leaves_everything_as_it_was(any_store, ledger, delta, message):
    before = content_hash(any_store.read())
    with pytest.raises(StoreError, match=message):
        ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), delta, audit(), {URBAN_1: 9})
    assert content_hash(any_store.read()) == before
    assert ledger.head(URBAN_1) == Head(0, ())
    assert ledger.edits() == []
    assert ledger.code_numbers(URBAN_1)[URBAN_1] == 2


def test_an_interrupt_in_mid_edit_leaves_everything_as_it_was(any_store, ledger, monkeypatch):
    edit(ledger, 0, "a")

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("geo_grid.store.history.write_audit", stop)
    with pytest.raises(KeyboardInterrupt):
        edit(ledger, 1, "b")
    monkeypatch.undo()
    assert names(any_store) == {"a"}
    assert ledger.head(URBAN_1) == Head(1, ())
    assert edit(ledger, 1, "c") == 2


def test_every_change_has_one_row_in_the_audit(ledger):
    edit(ledger, 0, "a")
    ledger.commit(URBAN_1, 1, NewRevision("s", "{}"), NOTHING, audit("lock", "bo", "为了 'the' 检查"), {})
    first, second = ledger.edits()
    assert (first["area_code"], first["author"], first["what"], first["before"], first["after"]) == (
        URBAN_1,
        "anna",
        "rename",
        0,
        1,
    )
    assert first["request"] == {"op": "rename", "name": "名"}
    assert first["change"] == {"renamed": 1}
    assert (first["why"], second["why"]) == (None, "为了 'the' 检查")
    assert first["made_at"].endswith("+00:00")
    assert ledger.last_edit() == second["id"] > first["id"]


def test_the_audit_can_be_asked_for_a_part(ledger):
    for number in range(3):
        edit(ledger, number, "x")
    edit(ledger, 0, "y", VILLAGE)
    ids = [row["id"] for row in ledger.edits()]
    assert ids == sorted(ids)
    assert [row["id"] for row in ledger.edits(since=ids[1])] == ids[2:]
    assert [row["id"] for row in ledger.edits(area=VILLAGE)] == ids[3:]
    assert [row["id"] for row in ledger.edits(prefix=VILLAGE[:10])] == ids[3:]
    assert [row["id"] for row in ledger.edits(prefix="")] == ids
    assert [row["id"] for row in ledger.edits(limit=2)] == ids[:2]
    assert [row["id"] for row in ledger.edits(limit=2, newest=True)] == ids[2:]
    assert ledger.edits(prefix="14110290120_") == []


def test_an_audit_that_is_not_json_is_refused(ledger):
    spoilt = audit()._replace(change={"a": {1, 2}})
    with pytest.raises(StoreError, match="not JSON"):
        ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), NOTHING, spoilt, {})
    assert ledger.head(URBAN_1) == Head(0, ())


@pytest.mark.parametrize("sign", ["\x00", "\ud800"], ids=["nul", "half a pair"])
def test_text_that_one_of_the_stores_cannot_hold_is_refused_by_both(ledger, sign):
    edit(ledger, 0, "a")
    note, good = f"a{sign}b", NewRevision("s", "{}")
    attempts = [
        lambda: ledger.commit(URBAN_1, 1, NewRevision("s", "{}", note), NOTHING, audit(), {}),
        lambda: ledger.commit(URBAN_1, 1, NewRevision(note, "{}"), NOTHING, audit(), {}),
        lambda: ledger.commit(URBAN_1, 1, good, NOTHING, audit(author=note), {}),
        lambda: ledger.commit(URBAN_1, 1, good, NOTHING, audit(why=note), {}),
        lambda: ledger.name_revision(URBAN_1, 1, note, audit()),
        lambda: ledger.add_comment(URBAN_1, note, "anna"),
        lambda: ledger.put_account({"name": note, "role": "planner"}),
        lambda: publish(ledger, name=note),
        lambda: publish(ledger, note=note),
    ]
    for attempt in attempts:
        with pytest.raises(StoreError):
            attempt()
    assert ledger.head(URBAN_1) == Head(1, ())
    assert (ledger.accounts(), ledger.comments(), ledger.versions()) == ([], [], [])
    request = audit()._replace(request={"name": "a\x00b"})  # JSON writes it as an escape
    assert ledger.commit(URBAN_1, 1, good, NOTHING, request, {}) == 2
    assert ledger.edits()[-1]["request"] == {"name": "a\x00b"}


def test_numbers_come_from_the_codes_and_are_never_lowered(ledger):
    numbers = ledger.code_numbers(URBAN_1)
    assert numbers[URBAN_1] == 2
    assert numbers[f"{URBAN_1}001"] == 4
    assert numbers[f"{URBAN_1}00101"] == 5
    assert not any(parent.startswith(URBAN_2) for parent in numbers)
    ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), NOTHING, audit(), {URBAN_1: 7})
    ledger.commit(URBAN_1, 1, NewRevision("s", "{}"), NOTHING, audit(), {URBAN_1: 5})
    assert ledger.code_numbers(URBAN_1)[URBAN_1] == 7


def test_a_retired_code_is_remembered_though_nobody_says_so(ledger):
    last = f"{URBAN_1}0010105"
    ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), Delta({}, {"grids": [(last,)]}, None), audit(), {})
    assert ledger.code_numbers(URBAN_1)[f"{URBAN_1}00101"] == 5
    new = rows("grids").tail(1).assign(code=f"{URBAN_1}0010109", parent_code=f"{URBAN_1}00101")
    ledger.commit(URBAN_1, 1, NewRevision("s", "{}"), Delta({"grids": new}, {}, None), audit(), {})
    gone = Delta({}, {"grids": [(f"{URBAN_1}0010109",)]}, None)
    ledger.commit(URBAN_1, 2, NewRevision("s", "{}"), gone, audit(), {})
    assert ledger.code_numbers(URBAN_1)[f"{URBAN_1}00101"] == 9


def test_codes_with_a_separator_are_counted(any_store):
    plan = tiny_plan()
    short = f"{URBAN_1}-007"
    grids = plan["grids"]
    grids.loc[grids["code"] == f"{URBAN_1}001", "code"] = short
    any_store.write(plan)
    with any_store.ledger() as ledger:
        assert ledger.code_numbers(URBAN_1)[URBAN_1] == 7


def test_what_an_area_was_built_as_is_kept_with_its_first_edit(ledger):
    edit(ledger, 0, "a", origin="as built")
    edit(ledger, 1, "b", origin="something else")
    ledger.branch(URBAN_2, 0, NewRevision("s", "{}"), audit("keep"), {}, origin="built too")
    assert ledger.origin(URBAN_1) == "as built"
    assert ledger.origin(URBAN_2) == "built too"
    assert ledger.origin(VILLAGE) is None


def test_figures_of_areas(ledger):
    figures = ledger.area_figures()
    assert [row["code"] for row in figures] == tiny_plan()["areas"]["code"].tolist()
    assert {row["open"] for row in figures} == {0}
    opened = rows("grids").head(2).assign(status="open")
    ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), Delta({"grids": opened}, {}, None), audit(), {})
    assert ledger.area_figures(URBAN_1) == [
        {"code": URBAN_1, "name": "凤山社区", "kind": "urban", "households": 600, "open": 2}
    ]
    assert ledger.area_figures("999") == []


def test_a_ledger_may_be_used_again_after_it_was_closed(ledger):
    edit(ledger, 0, "a")
    ledger.close()
    ledger.close()
    assert edit(ledger, 1, "b") == 2
    assert ledger.head(URBAN_1) == Head(2, ())


def test_reading_makes_no_tables(any_store, any_url, ledger):
    ledger.edits()
    ledger.head(URBAN_1)
    assert any_store.latest_version() is None
    if any_url.endswith(".gpkg"):
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(any_url)) as db:
            assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'edits'").fetchone() is None
