"""Duties: who sees what, when it is due, what was seen, in which order to walk, and who has too much."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from plans import CRS, ORIGIN, SIDE, URBAN_1, tiny_plan

from geo_grid.errors import ConfigError
from geo_grid.field.cover import cover, load
from geo_grid.field.duties import duties, visits
from geo_grid.field.evidence import evidence_of_records, evidence_of_tracks, local_days
from geo_grid.field.patrol import patrol_list
from geo_grid.field.policy import ClassDuty, FieldPolicy, PatrolPolicy, Season, read_field_policy
from geo_grid.field.rounds import order_of, todays_round
from geo_grid.field.samples import sample
from geo_grid.field.seen import look
from geo_grid.lookup import LookupIndex
from geo_grid.people import responsible_for_elements

PLAN = tiny_plan()
INDEX = LookupIndex(PLAN)
ELEMENTS, SHARES, GRIDS = (PLAN[name] for name in ("elements", "element_shares", "grids"))
ON = dt.date(2026, 7, 6)
POLICY = PatrolPolicy()


def staff(*codes: str, phone: str | None = None) -> pd.DataFrame:
    rows = GRIDS.set_index("code").loc[list(codes)]
    return pd.DataFrame(
        {
            "id": np.arange(1, len(codes) + 1),
            "grid_code": list(codes),
            "level": rows["level"].to_numpy(),
            "role": rows["role"].to_numpy(),
            "name": [f"张{i}" for i in range(len(codes))] if phone is None else "张",
            "phone": phone,
            "term_from": None,
            "term_to": None,
        }
    )


ALL = staff(*GRIDS["code"])


def listed(people: pd.DataFrame = ALL, policy: PatrolPolicy = POLICY, **given: Any) -> pd.DataFrame:
    return patrol_list(ELEMENTS, SHARES, GRIDS, people, policy, ON, **given)


def proofs(*rows: tuple[str, str | None, Any]) -> pd.DataFrame:
    """Evidence: day, element, and a shape in squares."""
    return pd.DataFrame(
        {
            "day": np.array([day for day, *_ in rows], dtype="datetime64[s]"),
            "element_id": np.array([element for _, element, _ in rows], dtype=object),
            "record": np.array([element is not None for _, element, _ in rows], dtype=bool),
            "geom": np.array(
                [shapely.transform(shape, lambda at: at * SIDE + ORIGIN) for *_, shape in rows], dtype=object
            ),
        }
    )


def seen(patrol: pd.DataFrame, evidence: pd.DataFrame, policy: PatrolPolicy = POLICY, on: dt.date = ON) -> Any:
    return look(patrol, SHARES, evidence, policy, on)


def test_every_share_is_on_the_list_of_its_grid_once() -> None:
    patrol = listed()
    assert sorted(patrol["share"]) == list(range(len(SHARES)))
    assert (patrol["grid_code"].to_numpy() == SHARES["grid_code"].to_numpy()[patrol["share"]]).all()
    assert (patrol["how"] == "own").all()
    for level in (1, 2):
        part = listed(levels=(level,)).groupby("element_id")["measure"].sum()
        whole = ELEMENTS.set_index("id")
        inside = (whole["measure"] - whole["outside"])[part.index]
        assert np.allclose(part, inside, rtol=1e-6)


def test_a_class_that_is_nobodys_duty_is_on_no_list() -> None:
    policy = PatrolPolicy({"river": ClassDuty(7, 50.0)})
    assert set(listed(policy=policy)["class"]) == {"river"}


@given(st.sets(st.sampled_from(sorted(GRIDS["code"])), max_size=30))
def test_who_goes_is_who_answers_for_the_element(codes: set[str]) -> None:
    people = staff(*sorted(codes))
    patrol = listed(people)
    answers = responsible_for_elements(ELEMENTS, SHARES, GRIDS, people, ON).set_index("element_id")
    top = patrol[patrol["level"] == 1].sort_values(["measure", "grid_code"], ascending=[False, True])
    for element, row in top.drop_duplicates("element_id").set_index("element_id").iterrows():
        answer = answers.loc[element]
        wanted = answer["staff_id"] if answer["reason"] in ("largest_share", "finer_grid") else None
        assert (None if pd.isna(row["staff_id"]) else row["staff_id"]) == wanted
        assert row["how"] == {"largest_share": "own", "finer_grid": "finer_grid"}.get(answer["reason"], "vacant")


def test_a_vacant_finer_grid_is_walked_by_the_one_above() -> None:
    patrol = listed(staff(f"{URBAN_1}001"))
    finer = patrol[patrol["grid_code"].str.startswith(f"{URBAN_1}001") & (patrol["level"] > 1)]
    assert set(finer["how"]) == {"coarser_grid"}
    assert set(patrol[~patrol["grid_code"].str.startswith(f"{URBAN_1}001")]["how"]) == {"vacant"}


def test_a_point_is_seen_by_a_record_of_it_and_by_nothing_else() -> None:
    patrol = listed(levels=(1,))
    well = (patrol["element_id"] == "well-8").to_numpy()
    at, by = shapely.Point(1.5, 5.25), shapely.LineString([(1.4, 5.25), (1.6, 5.25)])
    for evidence, expected in (
        (proofs(("2026-07-01", "well-8", at)), "2026-07-01"),
        (proofs(("2026-07-01", None, by)), None),
        (proofs(("2026-07-01", "well-9", at)), None),
        (proofs(("2026-07-01", "well-8", shapely.Point(3, 5.25))), None),
        (proofs(("2026-07-08", "well-8", at)), None),  # after today
    ):
        found = seen(patrol, evidence).fresh_since()[well]
        assert [None if np.isnat(each) else str(each) for each in found] == [expected]


def test_a_line_is_seen_by_its_length_and_is_as_fresh_as_its_oldest_needed_part() -> None:
    patrol = listed(levels=(1,))
    gully = patrol[patrol["class"] == "gully"].reset_index(drop=True)
    first = shapely.LineString([(2.5, 5.6), (4.2, 5.6)])
    rest = shapely.LineString([(4.2, 5.6), (8.5, 5.6)])
    half = seen(gully, proofs(("2026-07-01", None, first)))
    held = gully["held"].sum()
    assert (half.part(dt.date(2026, 7, 1)) * gully["held"]).sum() == pytest.approx(
        170 + 48, abs=25
    )  # 48 m: around the end
    assert half.part(dt.date(2026, 7, 2)).sum() == 0
    whole = seen(gully, proofs(("2026-07-01", None, first), ("2026-07-04", None, rest)))
    assert (whole.part(dt.date(2026, 7, 1)) * gully["held"]).sum() == pytest.approx(held)
    days_apart = np.array([f"2026-07-0{2 * (row % 2) + 1}" for row in range(len(gully))], dtype="datetime64[D]")
    apart = np.where(days_apart == days_apart[0], whole.part(dt.date(2026, 7, 1)), whole.part(dt.date(2026, 7, 3)))
    assert (whole.part(days_apart) == apart).all(), "each share from its own day on"
    days = {str(each) for each in whole.fresh_since()}
    assert days == {"2026-07-01", "2026-07-04"}
    assert str(whole.fresh_since()[gully["grid_code"].to_numpy().argmax()]) == "2026-07-04"


def test_a_surface_is_seen_by_the_part_in_view() -> None:
    forest = listed(levels=(1,))
    forest = forest[forest["class"] == "forest"].reset_index(drop=True)
    policy = PatrolPolicy({**POLICY.classes, "forest": ClassDuty(15, 100.0, 0.6)}, places=2000)
    path = shapely.LineString([(0.5, 6), (6.5, 6)])
    part = seen(forest, proofs(("2026-07-01", None, path)), policy).part(dt.date(2026, 7, 1))
    buffer = shapely.buffer(path, 1.0)
    for share, got in zip(forest["share"], part, strict=True):
        shape = shapely.transform(SHARES["geom"].iloc[share], lambda at: (at - ORIGIN) / SIDE)
        assert got == pytest.approx(shapely.area(buffer & shape) / shapely.area(shape), abs=0.05)


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(3, 8), st.integers(1, 6)), max_size=8))
def test_more_proof_never_makes_anything_less_seen(places: list[tuple[float, float, int]]) -> None:
    patrol = listed(levels=(1,))
    evidence = proofs(*((f"2026-07-{day:02d}", None, shapely.Point(x, y)) for x, y, day in places))
    few, all_ = seen(patrol, evidence.iloc[: len(evidence) // 2]), seen(patrol, evidence)
    assert (few.part(dt.date(2026, 7, 1)) <= all_.part(dt.date(2026, 7, 1)) + 1e-12).all()
    before, after = few.fresh_since(), all_.fresh_since()
    assert (np.isnat(before) | (after >= before)).all()


@pytest.mark.parametrize("step", [7.0, 25.0])
def test_samples_weigh_what_they_stand_for(step: float) -> None:
    shapes = SHARES["geom"].to_numpy()
    made = sample(shapes, np.full(len(shapes), step), 100)
    weight = np.bincount(made.share, made.weight, minlength=len(shapes))
    assert np.allclose(weight, SHARES["held"], rtol=1e-9)
    assert (shapely.distance(shapes[made.share], shapely.points(made.place)) < 1e-6).all()


def test_positions_that_prove_nothing_are_left_out() -> None:
    records = pd.DataFrame(
        {
            "element_id": ["a", "a", "a", None],
            "place_source": ["gps", "hand", "gps", "gps"],
            "accuracy": [5.0, np.nan, 500.0, 5.0],
            "made_at": ["2026-07-05T16:30:00.000+00:00"] * 4,
            "x": [1.0, 2.0, 3.0, 4.0],
            "y": [0.0] * 4,
        }
    )
    found = evidence_of_records(records, POLICY)
    assert shapely.get_x(found["geom"].to_numpy()).tolist() == [1.0, 4.0]
    assert found["record"].tolist() == [True, False]
    assert str(found["day"].iloc[0].date()) == "2026-07-06"  # after midnight in Shanxi
    assert str(local_days(np.array(["2026-07-05T15:59:59Z"]), 8)[0]) == "2026-07-05"


def test_a_gap_in_a_track_is_no_walk() -> None:
    x, y = ORIGIN[0] + np.array([0.0, 50, 100, 1100, 1150, 3000]), np.full(6, ORIGIN[1])
    lon, lat = INDEX.degrees(x, y)
    points = [[float(a), float(b), i, 500.0 if i == 2 else 5.0] for i, (a, b) in enumerate(zip(lon, lat, strict=True))]
    tracks = pd.DataFrame({"points": [json.dumps(points)] * 2, "started_at": ["2026-07-06T01:00:00Z"] * 2})
    found = evidence_of_tracks(tracks, CRS, POLICY)
    assert [round(each) for each in shapely.length(found["geom"].to_numpy())] == [50, 50, 0, 50, 50, 0]


def test_what_is_due_and_how_often() -> None:
    patrol = listed(levels=(1,))
    fresh = np.full(len(patrol), np.datetime64("NaT"), dtype="datetime64[D]")
    fresh[0], fresh[1] = np.datetime64("2026-07-05"), np.datetime64("2026-05-01")
    due = duties(patrol, fresh, on=ON, last=dt.date(2026, 7, 31), begun=ON)
    every = patrol["every"].to_numpy()
    assert due["due"].iloc[0].date() == dt.date(2026, 7, 5) + dt.timedelta(days=int(every[0]))
    assert due["state"].iloc[1] == "overdue"
    days = [due["due"].iloc[row].date() for row in range(len(due))]
    for row, day in enumerate(days):
        start, count = max(day, ON), 0
        while start <= dt.date(2026, 7, 31):
            count, start = count + 1, start + dt.timedelta(days=int(every[row]))
        assert due["times"].iloc[row] == count
        assert due["state"].iloc[row] == (
            "overdue" if day < ON else "due" if day <= dt.date(2026, 7, 31) else "seen" if row == 0 else "later"
        )
    written = visits(due, on=ON)
    assert len(written) == due["times"].sum()
    assert written["day"].is_monotonic_increasing
    assert written["day"].min().date() >= ON
    # what was never seen is spread over its interval
    never = due[2:]
    assert ((never["due"] - pd.Timestamp(ON)).dt.days < never["every"]).all()


def test_what_was_never_seen_does_not_count_as_seen() -> None:
    patrol = listed(levels=(1,)).head(3)
    patrol["every"] = 90
    fresh = np.array(["NaT", "2026-06-30", "2026-07-01"], dtype="datetime64[D]")
    days = {"on": ON, "last": dt.date(2026, 7, 31), "begun": dt.date(2026, 7, 6)}
    fresh_due = duties(patrol[1:], fresh[1:], **days)
    assert fresh_due["state"].tolist() == ["later", "seen"], "of this month, or of the one before"
    assert duties(patrol[1:], fresh[1:], first=dt.date(2026, 6, 1), **days)["state"].tolist() == ["seen", "seen"]
    never = duties(patrol[:1], fresh[:1], **(days | {"begun": dt.date(2026, 8, 1)}))
    assert never["state"].tolist() == ["later"]


def test_seasons_go_over_the_new_year() -> None:
    season = Season("10-01", "05-31", 7)
    holds = {
        day: season.holds(dt.date.fromisoformat(day))
        for day in ("2026-10-01", "2026-05-31", "2026-06-01", "2026-01-01")
    }
    assert holds == {"2026-10-01": True, "2026-05-31": True, "2026-06-01": False, "2026-01-01": True}
    assert POLICY.classes["forest"].every_on(dt.date(2026, 12, 1)) == 7
    assert POLICY.classes["river"].every_on(dt.date(2026, 12, 1)) == 15


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=7, unique=True), st.booleans())
def test_a_round_visits_everything_once_and_is_nearly_the_shortest(places: list[tuple[int, int]], here: bool) -> None:
    at = np.array(places, dtype=float)
    start = (0.0, 0.0) if here else None
    order = order_of(at, start)
    assert sorted(order) == list(range(len(places)))

    def length(way: Any) -> float:
        stops = at[list(way)] if start is None else np.vstack([start, at[list(way)]])
        return float(np.hypot(*np.diff(stops, axis=0).T).sum())

    best = min(length(way) for way in itertools.permutations(range(len(places))))
    assert length(order) <= 1.35 * best + 1e-9
    turned = [
        length([*order[:i], *order[i : j + 1][::-1], *order[j + 1 :]])
        for i, j in itertools.combinations(range(len(order)), 2)
    ]
    assert all(length(order) <= other + 1e-6 for other in turned)


def test_the_round_of_today() -> None:
    patrol = listed(levels=(1,))
    due = duties(patrol, np.full(len(patrol), np.datetime64("NaT")), on=ON, last=ON, begun=dt.date(2026, 1, 1))
    here = (ORIGIN[0], ORIGIN[1])
    round_ = todays_round(due, SHARES, ON, start=here)
    assert sorted(round_["share"]) == sorted(patrol["share"])
    stops = np.vstack([here, round_[["x", "y"]].to_numpy()])
    assert np.allclose(np.hypot(*np.diff(stops, axis=0).T), round_["metres"])
    near = shapely.distance(SHARES["geom"].to_numpy()[round_["share"]], shapely.points(round_[["x", "y"]].to_numpy()))
    assert (near < 1e-6).all()
    assert len(todays_round(due[:0], SHARES, ON)) == 0


def test_cover_counts_borders_once_and_tells_townships_and_counties() -> None:
    patrol = listed()
    path = shapely.LineString([(-1, 4), (5, 4)])
    found = seen(patrol, proofs(("2026-07-01", None, path)))
    due = duties(patrol, found.fresh_since(), on=ON, last=dt.date(2026, 7, 31), begun=dt.date(2026, 1, 1))
    table = cover(due, found.part(dt.date(2026, 7, 1)), POLICY, digits=6).set_index("class")
    assert table["code"].unique().tolist() == ["141102"]
    river = table.loc["river"]
    assert river["unit"] == "km"
    assert river["whole"] == pytest.approx(1.0)  # both banks hold it; it is one kilometre
    assert river["seen"] == pytest.approx(0.55, abs=0.02)
    assert table.loc["forest", "unit"] == "ha"
    assert table.loc["well", "whole"] == 2
    assert table.loc["well", "done"] == 0
    areas = cover(due, found.part(dt.date(2026, 7, 1)), POLICY, digits=12)
    assert areas.groupby("class")["whole"].sum().to_dict() == pytest.approx(table["whole"].to_dict())


def test_load_is_compared_within_a_role() -> None:
    tops = list(GRIDS[GRIDS["level"] == 1]["code"])
    people = staff(*tops)
    people.loc[people["grid_code"].isin(tops[:2]), ["name", "phone"]] = ["张三", "13800000000"]
    patrol = patrol_list(ELEMENTS, SHARES, GRIDS, people, POLICY, ON, levels=(1,))
    table = load(patrol, GRIDS, people, POLICY, ON)
    assert len(table) == len(tops) - 1
    double = table[table["name"] == "张三"].iloc[0]
    assert double["grids"] == 2
    assert double["ids"] == (1, 2)
    assert double["households"] == GRIDS.set_index("code").loc[tops[:2], "households"].sum()
    held = patrol["held"].to_numpy()
    assert table["km"].sum() == pytest.approx(held[(patrol["unit"] == "m").to_numpy()].sum() / 1000)
    assert table["ha"].sum() == pytest.approx(held[(patrol["unit"] == "m2").to_numpy()].sum() / 10_000)
    homes = table[table["households"] > 0]["households"]
    assert double["times_households"] == pytest.approx(double["households"] / homes.median())
    assert (
        table["too_much"].tolist()
        == (table[[f"times_{each}" for each in ("households", "km", "ha")]].max(axis=1) > 2).tolist()
    )
    assert len(load(patrol[:0], GRIDS, people[:0], POLICY, ON)) == 0


def test_the_policy_is_read_and_slips_of_the_pen_are_refused() -> None:
    read = read_field_policy(
        {
            "urban": {"bands": "not looked at"},
            "patrol": {"river": {"every": 5, "season": False}, "hill": False, "too_much": 1.5},
            "matters": {"river": {"mend_days": 4}, "mend_on_spot": False},
            "field": {"refuse_far": True, "far_metres": 80},
        }
    )
    assert read.patrol.classes["river"] == ClassDuty(5, 50.0, season=None)
    assert "hill" not in read.patrol.classes
    assert (read.patrol.too_much, read.categories["river"].mend_days, read.mend_on_spot) == (1.5, 4, False)
    assert (read.settings.refuse_far, read.settings.far_metres) == (True, 80.0)
    assert read_field_policy({}) == FieldPolicy()


@pytest.mark.parametrize(
    "values",
    [
        {"patrol": {"rivers": {"every": 5}}},
        {"patrol": {"river": {"every": 0}}},
        {"patrol": {"river": {"part": 1.5}}},
        {"patrol": {"river": {"season": {"first": "13-01", "last": "05-31", "every": 7}}}},
        {"patrol": {"river": {"season": {"first": "10-01", "last": "05-31"}}}},
        {"matters": {"mine": {}}},
        {"field": {"far_meters": 100}},
        {"field": {"track_days": 400}},
        {"field": {"photos": math.pi}},
    ],
)
def test_what_the_policy_cannot_mean_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        read_field_policy(values)
    assert "policy." in str(caught.value)
