"""What comes after an inspection: photos in parts, tables, figures, history after a redraw, and forgetting."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from field_cases import GRID, NOON, Desk
from hypothesis import given
from hypothesis import strategies as st
from plans import ORIGIN, SIDE, URBAN_1, VILLAGE, tiny_plan

from geo_grid.field.categories import CATEGORIES
from geo_grid.field.figures import figures, overdue
from geo_grid.field.history import today
from geo_grid.field.matters import STATUSES, TRANSITIONS
from geo_grid.field.merge import merge
from geo_grid.field.policy import FieldSettings
from geo_grid.field.retention import coarse_records, due_for_thinning, thinned_points
from geo_grid.field.rows import frames
from geo_grid.field.tables import FIELD_TABLES
from geo_grid.field.times import timestamp_of
from geo_grid.field.uploads import chunk_plan, take_chunk, whole
from geo_grid.lookup import LookupIndex
from geo_grid.store.values import plain_rows

PLAN = tiny_plan()
INDEX = LookupIndex(PLAN)
SMALL = FieldSettings(chunk_bytes=16)
PLACE = {"lon": 111.1, "lat": 37.5, "accuracy": 5.0, "place_source": "gps", "plan_version": 1}
STAMP = {"x": 1.0, "y": 2.0, "area_code": URBAN_1, "grid_code": GRID}


@given(st.binary(min_size=1, max_size=100), st.lists(st.integers(0, 6), max_size=12))
def test_an_upload_goes_on_wherever_it_was_cut(photo: bytes, strays: list[int]) -> None:
    disk = b""
    every = chunk_plan(len(photo), SMALL.chunk_bytes)
    # parts in any order and again and again, then what is still to be sent, in parts of another size
    for chunk in (every[each % len(every)] for each in strays):
        part = photo[chunk.offset : chunk.offset + chunk.length]
        step = take_chunk(len(photo), len(disk), chunk.offset, part, SMALL, hashlib.sha256(part).hexdigest())
        assert (step.refused == "gap") == (chunk.offset > len(disk))
        if step.write:
            disk += part[step.skip :]
        assert step.received == len(disk)
        assert step.complete == (len(disk) == len(photo) and step.refused is None)
    for chunk in chunk_plan(len(photo), 7, len(disk)):
        step = take_chunk(len(photo), len(disk), chunk.offset, photo[chunk.offset :][: chunk.length], SMALL)
        disk += photo[chunk.offset :][: chunk.length][step.skip :]
    assert disk == photo


def test_parts_that_cannot_be_right_are_refused() -> None:
    assert take_chunk(10, 0, 5, b"123456", SMALL).refused == "too_long"
    assert take_chunk(100, 0, 0, b"1" * 17, SMALL).refused == "too_long"
    assert take_chunk(10, 0, -1, b"1", SMALL).refused == "too_long"
    assert take_chunk(10, 0, 0, b"1", SMALL, "0" * 64).refused == "damaged"
    assert [chunk.offset for chunk in chunk_plan(40, 16, 7)] == [7, 23, 39]


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"\xff\xd8\xff\xe0 picture", "image/jpeg", None),
        (b"RIFF0000WEBPVP8 ", "image/webp", None),
        (b"RIFF0000WAVEfmt ", "image/webp", "not_a_photo"),
        (b"<svg onload='1'>", "image/png", "not_a_photo"),
        (b"<html>", "image/gif", "not_a_photo"),
    ],
)
def test_a_photo_is_known_by_its_content(data: bytes, kind: str, said: str | None) -> None:
    digest = hashlib.sha256(data).hexdigest()
    assert whole(data, len(data), digest, kind) == said
    assert whole(data + b"1", len(data), digest, kind) == "damaged"
    assert whole(data, len(data), "0" * 64, kind) == "damaged"


def story() -> list[Any]:
    """Four matters: mended in time, open and late, rejected, in conflict."""
    desk = Desk()
    made = [desk.event("found", body=PLACE, stamp=STAMP) for _ in range(4)]
    mended = desk.follow(made[0], "mended", "王")
    rejected = desk.follow(made[2], "rejected")
    sides = [desk.follow(made[3], "assigned"), desk.follow(made[3], "mended", "李")]
    note = desk.follow(made[0], "noted")
    record = desk.event("record", body=PLACE | {"checklist": {"a": 1}}, stamp=STAMP)
    photo_body = {"role": "record", "sha256": "0" * 64, "size": 1, "width": 1, "height": 1, "content_type": "image/png"}
    photo = desk.event("photo", body=photo_body | {"owner_id": record.id, "taken_at": record.made_at})
    round_ = {"round_id": record.id, "started_at": record.made_at, "ended_at": record.made_at, "points": [[1, 2, 0, 5]]}
    track = desk.event("track", body=round_, stamp=STAMP)
    return [*made, mended, rejected, *sides, note, record, photo, track]


def test_tables_hold_everything_and_fit_the_stores() -> None:
    events = story()
    tables = frames(merge(events))
    for name, frame in tables.items():
        assert len(plain_rows(FIELD_TABLES[name], frame)) == len(frame) > 0
        assert list(frame.columns) == FIELD_TABLES[name].column_names
    ids = {id_ for name in ("records", "photos", "matter_changes", "tracks") for id_ in tables[name]["id"]}
    assert ids == {event.id for event in events}
    assert tables["matters"]["conflict"].tolist() == [0, 0, 0, 1]


def test_figures_add_up() -> None:
    matters = frames(merge(story()))["matters"]
    start, end = timestamp_of(NOON), timestamp_of(NOON + dt.timedelta(days=30))
    late = timestamp_of(NOON + dt.timedelta(days=CATEGORIES["river"].mend_days, hours=1))
    row = figures(matters, start, end, start, digits=6).iloc[0]
    assert row["code"] == URBAN_1[:6]
    assert (row["found"], row["mended"], row["open"], row["overdue"], row["conflicts"], row["rejected"]) == (
        3,
        1,
        2,
        0,
        1,
        1,
    )
    assert row["share_mended"] == pytest.approx(1 / 3)
    after = figures(matters, start, end, late, digits=0, by_category=False).iloc[0]
    assert after["overdue"] == overdue(matters, late).sum() == 3  # two are not mended, one is not closed
    assert figures(matters, end, end, start)["found"].sum() == 0
    assert len(figures(matters[:0], start, end, start)) == 0


def test_categories_and_ways_are_whole() -> None:
    assert len(CATEGORIES) == 10
    hazards = [category.hazard for category in CATEGORIES.values()]
    assert hazards == sorted(hazards, reverse=True)
    reached = {"found", "rejected"}
    for kind, way in TRANSITIONS.items():
        assert set(way.sources) <= set(STATUSES)
        reached |= {kind} if kind in STATUSES else set()
    assert reached == set(STATUSES)


def records(*rows: tuple[str | None, str | None, float, float, int]) -> pd.DataFrame:
    """Element, grid then, place in squares, version."""
    return pd.DataFrame(
        {
            "id": [str(i) for i in range(len(rows))],
            "element_id": [element for element, *_ in rows],
            "grid_code": [code for _, code, *_ in rows],
            "x": [ORIGIN[0] + SIDE * row[2] for row in rows],
            "y": [ORIGIN[1] + SIDE * row[3] for row in rows],
            "plan_version": [row[4] for row in rows],
        }
    )


LINEAGE = pd.DataFrame(
    {
        "version": [2, 2, 3, 4],
        "level": [1, 1, 1, 1],
        "old_code": ["old", "old", "mid", "gone"],
        "new_code": ["mid", "other", f"{URBAN_1}002", None],
        "households": [300, 20, 320, 0],
        "kind": ["split", "split", "moved", "retired"],
    }
)


def test_history_follows_element_and_place_not_the_code() -> None:
    nowhere = float("nan")
    wrong = f"{URBAN_1}002"
    found = today(
        records(
            ("river-1", wrong, 2.5, 4.05, 1),  # nearest share of the river, though another code was written then
            ("river-1", wrong, 2.5, 2.5, 9),
            ("no-more", wrong, 0.5, 5.5, 1),
            (None, "old", 2.5, 0.5, 1),
            (None, "old", nowhere, nowhere, 1),
            (None, "old", nowhere, nowhere, 2),
            (None, "mid", nowhere, nowhere, 2),
            (None, "gone", nowhere, nowhere, 1),
            (None, f"{wrong}0101", nowhere, nowhere, 1),
        ),
        INDEX,
        LINEAGE,
    )
    assert found[["grid_code", "how"]].to_numpy().tolist() == [
        [f"{URBAN_1}001", "element"],
        [f"{URBAN_1}001", "element"],
        [f"{VILLAGE}001", "place"],
        [f"{URBAN_1}001", "place"],
        [f"{URBAN_1}002", "lineage"],
        [None, "lost"],
        [f"{URBAN_1}002", "lineage"],
        [None, "lost"],
        [f"{URBAN_1}002", "lineage"],
    ]


def test_history_is_where_a_look_by_hand_finds_it() -> None:
    dice = np.random.default_rng(0)
    shares = PLAN["element_shares"]
    tops = shares[shares["level"] == 1]
    rows = [(str(dice.choice(tops["element_id"])), None, float(x), float(y), 1) for x, y in dice.uniform(0, 8, (60, 2))]
    found = today(records(*rows), INDEX)
    for (element, _, x, y, _), code, how in zip(rows, found["grid_code"], found["how"], strict=True):
        point = shapely.Point(ORIGIN[0] + SIDE * x, ORIGIN[1] + SIDE * y)
        own = tops[tops["element_id"] == element]
        far = shapely.distance(own["geom"].to_numpy(), point)
        if far.min() <= 499:
            assert how == "element"
            assert far[own["grid_code"].to_numpy() == code].min() == pytest.approx(far.min(), abs=1e-2)
        elif far.min() >= 501:
            assert how in ("place", "lost")


def tracks(*ages: int) -> pd.DataFrame:
    points = json.dumps([[111.1 + i * 1e-4, 37.5, i * 10, 7.0] for i in range(400)])
    return pd.DataFrame(
        {
            "id": [str(age) for age in ages],
            "ended_at": [timestamp_of(NOON - dt.timedelta(days=age)) for age in ages],
            "points": points,
            "thinned_at": None,
        }
    )


def test_positions_of_persons_are_thinned_out_and_then_gone() -> None:
    settings = FieldSettings()
    rows = tracks(1, 89, 91, 364, 366)
    found = due_for_thinning(rows, NOON, settings).set_index("id")
    assert found["action"].to_dict() == {"91": "thin", "364": "thin", "366": "delete"}
    thin = json.loads(found.loc["91", "points"])
    given_points = json.loads(rows["points"].iloc[0])
    assert [point[:2] for point in thin[:1] + thin[-1:]] == [given_points[0][:2], given_points[-1][:2]]
    assert 10 <= len(thin) <= 20  # 3.5 km, one every 200 m
    assert all(point[2] % 3600 == 0 for point in thin)
    rows.loc[rows["id"] == "91", "thinned_at"] = "then"
    assert "91" not in set(due_for_thinning(rows, NOON, settings)["id"])
    assert json.loads(thinned_points("[[1, 2, 3, 4]]", 10)) == [[1, 2, 0, 0]]


def test_old_records_keep_what_was_done_but_not_exactly_where() -> None:
    table = pd.DataFrame(
        {
            "id": ["old", "new"],
            "made_at": [timestamp_of(NOON - dt.timedelta(days=days)) for days in (800, 1)],
            "lon": [111.123456, 111.1],
            "lat": [37.654321, 37.5],
            "x": [511_234.5, 1.0],
            "y": [4_154_321.0, 1.0],
            "accuracy": [3.0, 3.0],
        }
    )
    found = coarse_records(table, NOON, FieldSettings())
    assert found.to_numpy().tolist() == [["old", 111.123, 37.654, 511_200.0, 4_154_300.0, 100.0]]
    table.loc[0, ["lon", "lat", "x", "y", "accuracy"]] = found.iloc[0, 1:].tolist()
    assert len(coarse_records(table, NOON, FieldSettings())) == 0


def test_a_digest_is_of_what_was_said() -> None:
    event = Desk().event("record", body=PLACE)
    stamped = dataclasses.replace(event, stamp=STAMP, received_at="later", role="planner", prefix="1")
    assert stamped.digest() == event.digest()
    assert dataclasses.replace(event, author="李").digest() != event.digest()
    assert event.told()["body"] == event.said()["body"] == PLACE
