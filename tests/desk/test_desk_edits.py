"""Edits through the desk: what is stored is what the functions worked out, and the way back is exact."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from plans import EMPTY, URBAN_1, URBAN_2, VILLAGE

from geo_grid.desk import Desk
from geo_grid.edit import RefusedError
from geo_grid.errors import UsageError
from geo_grid.store import content_hash, open_store
from geo_grid.store.ledger import ConflictError

if TYPE_CHECKING:
    import pandas as pd

A, B = f"{URBAN_1}0010101", f"{URBAN_1}0010102"  # two floors' ranges of one building
C = f"{URBAN_1}0010103"


def units_of(desk: Desk, area: str, grid: str) -> list[str]:
    units = desk.view(area).tables["units"]
    return units.loc[units["grid_code_l3"] == grid, "id"].tolist()


def move(desk: Desk, to: str, source: str) -> dict[str, Any]:
    return {"op": "move", "units": units_of(desk, URBAN_1, source)[:1], "to": to, "level": 3}


def stored(address: str, table: str, area: str = URBAN_1) -> pd.DataFrame:
    with open_store(address) as store:
        return store.area_plan(area, [table])[table]


def test_what_an_edit_worked_out_is_what_the_store_holds(desk: Desk, address: str) -> None:
    before = desk.view(URBAN_1)
    done = desk.edit(URBAN_1, 0, move(desk, B, C), author="li", why="near the gate")
    assert done.number == 1
    view = desk.view(URBAN_1)
    assert view.number == view.head.number == 1
    for table, key in (("units", "id"), ("grids", "code")):
        shown = view.tables[table].sort_values(key, ignore_index=True)
        kept = stored(address, table).sort_values(key, ignore_index=True)
        assert shown[key].tolist() == kept[key].tolist()
        assert shown["households"].tolist() == kept["households"].tolist()
        assert kept["geom"].geom_equals(shown["geom"].set_crs(kept.crs, allow_override=True)).all()
    assert before.tables["grids"].set_index("code").loc[B, "households"] == 15
    assert view.tables["grids"].set_index("code").loc[B, "households"] > 15
    assert [fault.grid for fault in view.faults] != []


def test_another_desk_sees_the_same_area(desk: Desk, address: str) -> None:
    desk.edit(URBAN_1, 0, move(desk, B, C), author="li")
    with open_store(address) as store:
        other = Desk(store)
        mine, theirs = desk.view(URBAN_1), other.view(URBAN_1)
        assert theirs.state.to_text() == mine.state.to_text()
        for table in ("units", "grids"):
            assert mine.tables[table].drop(columns="geom").equals(theirs.tables[table].drop(columns="geom"))
        other.undo(URBAN_1, 1, author="wang")
        other.close()
    assert desk.view(URBAN_1).number == 0


def test_undo_takes_every_table_back_to_the_last_digit(desk: Desk, address: str) -> None:
    with open_store(address) as store:
        before = content_hash(store.read())
    desk.edit(URBAN_1, 0, move(desk, B, C), author="li")
    desk.edit(URBAN_1, 1, {"op": "merge", "grids": [A, B], "into": A}, author="li")
    with open_store(address) as store:
        assert content_hash(store.read()) != before
    desk.undo(URBAN_1, 2, author="li")
    desk.undo(URBAN_1, 1, author="li")
    with open_store(address) as store:
        assert content_hash(store.read()) == before
    with pytest.raises(UsageError):
        desk.undo(URBAN_1, 0, author="li")


def test_an_edit_after_an_undo_makes_a_branch_and_loses_nothing(desk: Desk) -> None:
    desk.edit(URBAN_1, 0, move(desk, B, C), author="li")
    first = desk.view(URBAN_1).state.to_text()
    desk.undo(URBAN_1, 1, author="li")
    desk.edit(URBAN_1, 0, {"op": "rename", "grid": A, "name": "东楼"}, author="li")
    assert desk.view(URBAN_1).number == 2
    assert desk.children(URBAN_1, 0) == [1, 2]
    desk.undo(URBAN_1, 2, author="li")
    desk.redo(URBAN_1, 0, author="li", to=1)
    assert desk.view(URBAN_1).state.to_text() == first
    assert [row["parent"] for row in desk.history(URBAN_1)] == [0, 0]


def test_redo_goes_back_where_undo_came_from(desk: Desk) -> None:
    desk.edit(URBAN_1, 0, {"op": "rename", "grid": A, "name": "甲"}, author="li")
    desk.edit(URBAN_1, 1, {"op": "rename", "grid": A, "name": "乙"}, author="li")
    desk.undo(URBAN_1, 2, author="li")
    desk.undo(URBAN_1, 1, author="li")
    desk.redo(URBAN_1, 0, author="li")
    desk.redo(URBAN_1, 1, author="li")
    assert desk.view(URBAN_1).number == 2
    with pytest.raises(UsageError):
        desk.redo(URBAN_1, 2, author="li")


def test_a_change_based_on_an_older_revision_is_a_conflict_that_says_what_happened(desk: Desk) -> None:
    desk.edit(URBAN_1, 0, {"op": "rename", "grid": A, "name": "东楼"}, author="wang")
    with pytest.raises(ConflictError) as caught:
        desk.edit(URBAN_1, 0, {"op": "rename", "grid": A, "name": "西楼"}, author="li")
    assert caught.value.head.number == 1
    assert [edit["author"] for edit in caught.value.edits] == ["wang"]


def test_mine_can_be_kept_beside_theirs(desk: Desk) -> None:
    desk.edit(URBAN_1, 0, {"op": "rename", "grid": A, "name": "东楼"}, author="wang")
    op = {"op": "rename", "grid": A, "name": "西楼"}
    number = desk.keep(URBAN_1, 0, op, author="li", name="李的方案")
    assert desk.view(URBAN_1).number == 1
    row = next(row for row in desk.history(URBAN_1) if row["number"] == number)
    assert (row["name"], row["parent"], row["author"]) == ("李的方案", 0, "li")
    desk.go(URBAN_1, 1, number, author="li")
    assert desk.view(URBAN_1).number == number


def test_of_many_who_change_one_revision_one_wins(desk: Desk) -> None:
    won, lost, other = [], [], []

    def writer(number: int) -> None:
        try:
            op = {"op": "rename", "grid": A, "name": f"名{number}"}
            won.append(desk.edit(URBAN_1, 0, op, author=f"p{number}"))
        except ConflictError as error:
            lost.append(error)
        except Exception as error:  # noqa: BLE001 - shown below
            other.append(error)

    desk.view(URBAN_1)
    threads = [threading.Thread(target=writer, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not other
    assert (len(won), len(lost)) == (1, 11)
    assert len(desk.history(URBAN_1)) == 1


def test_a_preview_stores_nothing(desk: Desk, address: str) -> None:
    with open_store(address) as store:
        before = content_hash(store.read())
    shown = desk.preview(URBAN_1, 0, move(desk, B, C))
    assert shown.number is None
    assert len(shown.delta.upserts["units"])
    assert desk.history(URBAN_1) == []
    with open_store(address) as store:
        assert content_hash(store.read()) == before


def test_what_is_refused_stores_nothing(desk: Desk) -> None:
    far = f"{URBAN_1}0020405"
    with pytest.raises(RefusedError) as caught:
        desk.edit(URBAN_1, 0, move(desk, far, C), author="li")
    assert caught.value.reason == "breaks_contiguity"
    assert desk.history(URBAN_1) == []
    assert desk.ledger.edits() == []


def test_every_accepted_change_has_one_line_in_the_audit(desk: Desk) -> None:
    desk.edit(URBAN_1, 0, {"op": "rename", "grid": A, "name": "甲"}, author="li", why="  the board asked  ")
    desk.undo(URBAN_1, 1, author="wang")
    desk.redo(URBAN_1, 0, author="wang")
    desk.name(URBAN_1, 1, " 定稿 ", author="li")
    rows = desk.ledger.edits()
    assert [(row["author"], row["what"], row["before"], row["after"]) for row in rows] == [
        ("li", "rename", 0, 1),
        ("wang", "undo", 1, 0),
        ("wang", "redo", 0, 1),
        ("li", "snapshot", None, 1),
    ]
    assert rows[0]["why"] == "the board asked"
    assert rows[0]["request"]["name"] == "甲"
    assert [row["name"] for row in desk.history(URBAN_1)] == ["定稿"]


def test_areas_of_every_kind_open(desk: Desk) -> None:
    for area in (URBAN_1, URBAN_2, VILLAGE, EMPTY):
        view = desk.view(area)
        assert view.number == 0
        assert len(view.tables["units"])
    assert {row["code"]: row["revision"] for row in desk.areas()} == dict.fromkeys(
        (URBAN_1, URBAN_2, VILLAGE, EMPTY), 0
    )
    assert [row["code"] for row in desk.areas(URBAN_2)] == [URBAN_2]


def test_compare_says_who_gained_what_from_whom(desk: Desk) -> None:
    gained = desk.view(URBAN_1).tables["units"].set_index("id").loc[units_of(desk, URBAN_1, C)[0], "households"]
    desk.edit(URBAN_1, 0, move(desk, B, C), author="li")
    found = desk.compare(URBAN_1, "built", "draft")
    row = next(row for row in found["rows"] if row["code"] == B)
    assert (row["before"], row["after"]) == (15, 15 + gained)
    assert row["gained"] == [{"from": C, "households": gained}]
    with pytest.raises(UsageError):
        desk.compare(URBAN_1, "published", "draft")


@pytest.mark.parametrize("name", ["", "   ", "长" * 81])
def test_names_have_limits(desk: Desk, name: str) -> None:
    desk.edit(URBAN_1, 0, {"op": "rename", "grid": A, "name": "甲"}, author="li")
    with pytest.raises(UsageError):
        desk.name(URBAN_1, 1, name, author="li")
