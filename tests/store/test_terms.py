"""What a new roster makes of stored terms."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rosters import DAY, member

from geo_grid.store.terms import over, settle

TODAY, YESTERDAY = DAY.isoformat(), (DAY - dt.timedelta(days=1)).isoformat()
GRIDS, NAMES = ("g1", "g2"), ("甲", "乙", "Li Na")


def stored(number: int, *words: str, **values: object) -> dict[str, object]:
    return {"id": number} | member(*words, **values)


def test_the_first_roster_is_taken_as_it_is() -> None:
    found = settle([], [member("g1", "甲"), member("g2", "乙", term_from="2026-09-01")], DAY)
    assert [row["term_from"] for row in found.added] == [None, "2026-09-01"]
    assert (found.changed, found.ended, found.kept) == ([], [], 0)


def test_who_is_not_in_it_any_more_was_in_charge_until_the_day_before() -> None:
    found = settle([stored(1, "g1", "甲"), stored(2, "g2", "乙")], [member("g2", "乙"), member("g1", "丙")], DAY)
    assert [(row["id"], row["term_to"]) for row in found.ended] == [(1, YESTERDAY)]
    assert [(row["name"], row["term_from"]) for row in found.added] == [("丙", TODAY)]
    assert found.kept == 1


def test_a_phone_is_corrected_and_a_blank_in_a_name_is_nothing() -> None:
    found = settle([stored(1, "g1", "Li Na", phone="110")], [member("g1", "LiNa", phone="120", source_row=9)], DAY)
    (row,) = found.changed
    assert (row["id"], row["phone"], row["name"], row["source_row"]) == (1, "120", "LiNa", 9)
    assert not found.added
    assert not found.ended


def test_a_later_beginning_is_another_term() -> None:
    found = settle([stored(1, "g1", "甲", term_from="2024-01-01")], [member("g1", "甲", term_from="2026-06-01")], DAY)
    assert [(row["id"], row["term_to"]) for row in found.ended] == [(1, "2026-05-31")]
    assert [row["term_from"] for row in found.added] == ["2026-06-01"]


def test_a_term_that_had_not_begun_never_comes() -> None:
    found = settle([stored(1, "g1", "甲", term_from="2026-06-01")], [member("g1", "乙")], DAY)
    (row,) = found.ended
    assert over(row, TODAY)
    assert row["term_to"] < row["term_from"]


def test_who_comes_back_begins_anew() -> None:
    before = stored(1, "g1", "甲", term_to="2025-01-01")
    found = settle([before], [member("g1", "甲")], DAY)
    assert [row["term_from"] for row in found.added] == [TODAY]
    assert not found.ended


dates = st.sampled_from([None, "2025-01-01", YESTERDAY, TODAY, "2026-04-01", "2027-01-01"])


@st.composite
def lists(draw: st.DrawFn, *, ended: bool) -> list[dict[str, object]]:
    """Terms of a few people at a few grids, as a reader lets them through: none overlaps, none runs backwards."""
    out: list[dict[str, object]] = []
    for number in range(draw(st.integers(0, 6))):
        begin, end = draw(dates), draw(dates)
        if end is not None and (end < (begin or "") or (not ended and end < TODAY)):
            continue
        row = stored(number, draw(st.sampled_from(GRIDS)), draw(st.sampled_from(NAMES)), term_from=begin, term_to=end)
        if all((row["grid_code"], row["name"]) != (other["grid_code"], other["name"]) for other in out):
            out.append(row)
    return out


def in_charge(rows: list[dict[str, object]], day: str) -> set[tuple[object, object]]:
    return {
        (row["grid_code"], row["name"])
        for row in rows
        if (row["term_from"] or "") <= day <= (row["term_to"] or "9999-12-31")  # type: ignore[operator]
    }


@given(lists(ended=True), lists(ended=False))
def test_nothing_that_was_is_forgotten_and_the_roster_holds_from_the_day(
    before: list[dict[str, object]], roster: list[dict[str, object]]
) -> None:
    given_rows = [{name: value for name, value in row.items() if name != "id"} for row in roster]
    found = settle(before, given_rows, DAY)
    now = {row["id"]: row for row in before}
    now |= {row["id"]: row for row in (*found.changed, *found.ended)}
    assert now.keys() == {row["id"] for row in before}, "no row is removed"
    after = [*now.values(), *({"id": 100 + at} | row for at, row in enumerate(found.added))]
    for day in ("2024-12-31", "2025-06-01", YESTERDAY):
        assert in_charge(before, day) <= in_charge(after, day)
    listed = {(row["grid_code"], row["name"]) for row in roster}
    for day in (TODAY, "2026-03-20", "2026-12-31"):
        # where a roster says no beginning, one that is known and to come holds
        coming = {(row["grid_code"], row["name"]) for row in before if (row["term_from"] or "") > day}
        silent = {(row["grid_code"], row["name"]) for row in roster if row["term_from"] is None}
        assert in_charge(roster, day) - (coming & silent) <= in_charge(after, day)
        assert in_charge(after, day) <= listed
    again = settle(after, given_rows, DAY)
    assert (again.added, again.changed, again.ended) == ([], [], []), "the same roster twice changes nothing"


@pytest.mark.parametrize(("row", "gone"), [({}, False), ({"term_to": YESTERDAY}, True), ({"term_to": TODAY}, False)])
def test_a_term_is_over_after_its_last_day(row: dict[str, str], gone: bool) -> None:
    assert over(member("g1", "甲", **row), TODAY) is gone
