"""Vacancies, doubles, what the public sees, and who answers for elements."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from plans import URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.people import STAFF, doubles, in_term, public_staff, responsible_for_elements, vacancies
from geo_grid.people.account import typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

ON = dt.date(2026, 3, 1)


def staff_of(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of grid code, name, and optionally phone, consent, first and last day."""
    grids = tiny_plan()["grids"].set_index("code")
    out = []
    for number, (code, name, *rest) in enumerate(rows, start=1):
        phone, public, begin, end = (*rest, *(None, 0, None, None)[len(rest) :])
        told = {"id": number, "grid_code": code, "level": int(grids["level"][code]), "role": grids["role"][code]}
        told |= {"name": name, "phone": phone, "phone_public": public, "term_from": begin, "term_to": end}
        out.append(told | {"source": "roster.csv", "source_row": number})
    return typed(out, STAFF)


def test_both_ends_of_a_term_belong_to_it() -> None:
    code = f"{URBAN_1}001"
    terms: Sequence[tuple[str | None, str | None]] = [
        ("2026-03-01", "2026-03-01"),
        ("2026-03-02", None),
        (None, "2026-02-28"),
        (None, None),
    ]
    staff = staff_of(*((code, f"p{i}", None, 0, *term) for i, term in enumerate(terms)))
    assert in_term(staff, ON).tolist() == [True, False, False, True]


def test_vacancies_are_the_grids_without_anybody() -> None:
    grids = tiny_plan()["grids"]
    staff = staff_of((f"{URBAN_1}001", "a"), (f"{URBAN_1}002", "b", None, 0, "2026-04-01", None))
    found = vacancies(staff, grids, ON)
    assert set(found["code"]) == set(grids["code"]) - {f"{URBAN_1}001"}
    assert found["level"].is_monotonic_increasing
    assert found.set_index("code")["next_from"].dropna().to_dict() == {f"{URBAN_1}002": "2026-04-01"}
    assert len(vacancies(staff_of(), grids, ON)) == len(grids)
    full = staff_of(*((code, "x") for code in grids["code"]))
    assert len(vacancies(full, grids, ON)) == 0


def test_doubles_are_grids_with_two_and_people_with_two() -> None:
    top, other, middle = f"{URBAN_1}001", f"{URBAN_1}002", f"{URBAN_1}00101"
    staff = staff_of(
        (top, "a", "13800000001"),
        (top, "b", "13800000002"),
        (other, "a", "13800000001"),
        (middle, "a", "13800000001"),  # of another level: an assistant may well be the worker
        (f"{URBAN_2}001", "c", None),
        (f"{VILLAGE}001", "c", None),
        (other, "d", None, 0, None, "2026-01-01"),
    )
    found = doubles(staff, ON)
    assert found[["kind", "codes", "names", "ids"]].to_numpy().tolist() == [
        ["grid", (top,), ("a", "b"), (1, 2)],
        ["person", (top, other), ("a",), (1, 3)],
    ]
    assert doubles(staff_of(), ON).empty


def test_phones_are_published_with_consent_alone() -> None:
    top, middle = f"{URBAN_1}001", f"{URBAN_1}00101"
    staff = staff_of(
        (top, "a", "13800000001", 1),
        (top, "b", "13800000002", 0),
        (top, "c", None, 1),
        (top, "d", "13800000003", 1, None, "2026-01-01"),
    )
    assert public_staff(staff, [top, middle], ON) == {
        top: [
            {"role": "网格员", "name": "a", "phone": "13800000001"},
            {"role": "网格员", "name": "b", "phone": None},
            {"role": "网格员", "name": "c", "phone": None},
        ],
        middle: [],
    }


def responsible(staff: pd.DataFrame) -> pd.DataFrame:
    plan = tiny_plan()
    found = responsible_for_elements(plan["elements"], plan["element_shares"], plan["grids"], staff, ON)
    assert found["element_id"].tolist() == plan["elements"]["id"].tolist()
    return found.set_index("element_id")


def test_the_worker_of_the_largest_share_answers_for_an_element() -> None:
    plan = tiny_plan()
    found = responsible(staff_of(*((code, f"p{code}") for code in plan["grids"]["code"])))
    shares = plan["element_shares"]
    for id_, row in found.to_dict("index").items():
        mine = shares[(shares["element_id"] == id_) & (shares["level"] == 1)]
        if not len(mine):
            assert (row["reason"], row["name"]) == ("outside", None)
            continue
        assert row["reason"] == "largest_share"
        most = mine["measure"].max()
        assert row["grid_code"] == min(mine["grid_code"][mine["measure"] == most])
        assert row["name"] == f"p{row['grid_code']}"
    assert found.index[found["reason"] == "outside"].tolist() == ["well-10"]


def test_those_on_the_same_ground_stand_in_before_the_neighbour() -> None:
    plan = tiny_plan()
    shares = plan["element_shares"]
    forest = shares[(shares["element_id"] == "forest-4")].sort_values(["measure", "grid_code"], ascending=[False, True])
    first, second = forest[forest["level"] == 1]["grid_code"].iloc[:2]
    below = forest[(forest["level"] == 2) & forest["grid_code"].str.startswith(first)]["grid_code"].iloc[0]
    both = responsible(staff_of((second, "neighbour"), (below, "liaison"))).loc["forest-4"]
    assert both[["grid_code", "level", "name", "reason"]].tolist() == [below, 2, "liaison", "finer_grid"]
    alone = responsible(staff_of((second, "neighbour"))).loc["forest-4"]
    assert alone[["grid_code", "name", "reason"]].tolist() == [second, "neighbour", "next_share"]
    nobody = responsible(staff_of()).loc["forest-4"]
    assert nobody[["grid_code", "name", "reason"]].tolist() == [first, None, "vacant"]


def test_one_of_two_at_a_grid_answers() -> None:
    code = f"{URBAN_2}001"
    found = responsible(staff_of((code, "late", None, 0, "2026-05-01", None), (code, "a"), (code, "b")))
    assert found.loc["mine-6", "name"] == "a"


@pytest.mark.parametrize("empty", ["elements", "element_shares"])
def test_nothing_to_answer_for(empty: str) -> None:
    plan = tiny_plan()
    plan.tables[empty] = plan[empty].iloc[:0]
    found = responsible_for_elements(plan["elements"], plan["element_shares"], plan["grids"], staff_of(), ON)
    assert len(found) == len(plan["elements"])
    assert set(found["reason"]) <= {"outside"}
