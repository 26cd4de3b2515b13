"""Plans with one thing wrong, and the faults the check must find in each: no more, no fewer."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from plans import CRS, EMPTY, ORIGIN, SIDE, URBAN_1, URBAN_2, VILLAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.model import Plan

PARK = f"{URBAN_1}-u005"
ISLAND = f"{URBAN_1}-u042"
CORNER = f"{URBAN_2}-u077"  # without households
TOP_1, TOP_2 = f"{URBAN_1}001", f"{URBAN_1}002"
QUIET = f"{TOP_2}0305"  # a finest grid without elements


class Mutation(NamedTuple):
    """A change, and what it breaks."""

    change: Callable[[Plan], None]
    codes: set[str]


MUTATIONS: dict[str, Mutation] = {}


def breaks(*codes: str) -> Callable[[Callable[[Plan], None]], Callable[[Plan], None]]:
    """Note what a change breaks; the first code is the one it is there for."""

    def note(change: Callable[[Plan], None]) -> Callable[[Plan], None]:
        MUTATIONS[f"{codes[0]}-{change.__name__}"] = Mutation(change, set(codes))
        return change

    return note


def put(plan: Plan, table: str, where: dict[str, Any], **values: Any) -> None:
    """Change values in the rows that match; at least one must."""
    frame = plan[table]
    mask = np.ones(len(frame), dtype=bool)
    for column, value in where.items():
        mask &= (frame[column] == value).fillna(value=False).to_numpy(dtype=bool)
    assert mask.any()
    for column, value in values.items():
        if column == "geom":
            changed = frame["geom"].to_numpy().copy()
            changed[mask] = value
            plan.tables[table] = frame = frame.assign(geom=gpd.GeoSeries(changed, crs=CRS))
        else:
            frame.loc[mask, column] = value


def add(plan: Plan, table: str, where: dict[str, Any], **values: Any) -> None:
    """Add a copy of the first row that matches, with other values."""
    frame = plan[table]
    mask = np.ones(len(frame), dtype=bool)
    for column, value in where.items():
        mask &= (frame[column] == value).fillna(value=False).to_numpy(dtype=bool)
    row = frame[mask].iloc[:1].copy()
    for column, value in values.items():
        row[column] = [value]
    plan.tables[table] = pd.concat([frame, row], ignore_index=True)


def drop(plan: Plan, table: str, mask: Any) -> None:
    assert mask.any()
    plan.tables[table] = plan[table][~mask].reset_index(drop=True)


def geom(plan: Plan, table: str, key: str, value: str) -> Any:
    frame = plan[table]
    return frame.loc[frame[key] == value, "geom"].iloc[0]


def at(x: float, y: float) -> tuple[float, float]:
    """Turn squares into metres."""
    return (ORIGIN[0] + SIDE * x, ORIGIN[1] + SIDE * y)


def with_vertex(geometry: Any, where: tuple[float, float], moved: tuple[float, float] | None = None) -> Any:
    """Insert a vertex into the ring that passes a place, there or a little aside."""
    out = []
    for part in shapely.get_parts(geometry):
        ring = shapely.get_coordinates(part)
        for i, (a, b) in enumerate(itertools.pairwise(ring)):
            if shapely.distance(shapely.linestrings([a, b]), shapely.points(where)) < 1e-9:
                ring = np.insert(ring, i + 1, moved or where, axis=0)
                break
        out.append(shapely.polygons(ring))
    return shapely.multipolygons(out) if geometry.geom_type == "MultiPolygon" else out[0]


def spiked(geometry: Any, where: tuple[float, float], tip: tuple[float, float]) -> Any:
    """Let a ring run out to a tip and back: no area is gained, but it is not valid."""
    ring = shapely.get_coordinates(shapely.get_parts(geometry)[0])
    i = int(np.argmin(np.hypot(*(ring[:-1] - where).T)))
    polygon = shapely.polygons(np.concatenate([ring[: i + 1], [tip], ring[i:]]))
    return shapely.multipolygons([polygon]) if geometry.geom_type == "MultiPolygon" else polygon


# --- 0: the account of rows


@breaks("rows_not_stated")
def nothing_stated(plan):
    plan.meta.pop("household_rows")


@breaks("rows_lost")
def total_does_not_add_up(plan):
    plan.meta["household_rows"]["read"] += 1


@breaks("rows_lost")
def a_source_had_one_more(plan):
    plan.meta["read_rows"]["households.csv"] += 1


@breaks("rows_placed")
def fewer_placed_than_said(plan):
    plan.meta["household_rows"]["read"] += 1
    plan.meta["household_rows"]["placed"] += 1


@breaks("rows_quarantined", "rows_lost")
def a_quarantined_row_dropped(plan):
    plan.tables["quarantine"] = plan["quarantine"].iloc[1:]


@breaks("row_placed_and_quarantined")
def both(plan):
    put(plan, "quarantine", {"row": 1174}, row=1)


# --- 1: membership


@breaks("household_twice")
def same_id(plan):
    put(plan, "households", {"id": "h0002"}, id="h0001")


@breaks("household_without_unit", "unit_count")
def no_such_unit(plan):
    put(plan, "households", {"id": "h0001"}, unit_id="nowhere")


@breaks("household_in_other_area")
def other_area(plan):
    put(plan, "households", {"id": "h0001"}, area_code=VILLAGE, geom=shapely.Point(at(0.5, 5.5)))


@breaks("household_outside_area")
def moved_out(plan):
    put(plan, "households", {"id": "h0001"}, geom=shapely.Point(at(-0.5, 0.5)))


@breaks("unit_count")
def moved_to_another_unit(plan):
    put(plan, "households", {"id": "h0001"}, unit_id=f"{URBAN_1}-u001")


@breaks("unit_twice")
def same_unit(plan):
    put(plan, "units", {"id": PARK}, id=f"{URBAN_1}-u000")


@breaks("unit_without_area", "grid_not_connected", "grid_parts", "grid_not_its_units")
def unit_of_no_area(plan):
    # the rest of its grids hangs together without it: only the finest grid does not add up
    put(plan, "units", {"id": PARK}, area_code="nowhere")


@breaks("unit_without_grid")
def no_middle_grid(plan):
    put(plan, "units", {"id": CORNER}, grid_code_l2="nowhere")


@breaks("unit_with_extra_grid")
def third_level_in_a_village(plan):
    put(plan, "units", {"area_code": EMPTY}, grid_code_l3=f"{EMPTY}0010101")


@breaks("unit_in_wrong_grid", "child_not_in_parent")
def grid_of_another_level(plan):
    unit = plan["units"][(plan["units"]["group"] == "二组") & (plan["units"]["households"] == 0)]["id"].iloc[0]
    put(plan, "units", {"id": unit}, grid_code_l1=f"{VILLAGE}00201")


@breaks("grid_without_area", "unit_in_wrong_grid", "grid_parent")
def grid_of_no_area(plan):
    put(plan, "grids", {"code": QUIET}, area_code="nowhere")


@breaks("grid_level", "unit_in_wrong_grid", "grid_parent")
def fourth_level(plan):
    put(plan, "grids", {"code": QUIET}, level=4)


@breaks("grid_parent")
def parent_of_a_top_grid(plan):
    put(plan, "grids", {"code": TOP_1}, parent_code="nowhere")


@breaks("grid_parent", "child_not_in_parent", "parent_not_tiled")
def orphan(plan):
    put(plan, "grids", {"code": QUIET}, parent_code=None)


@breaks("child_not_in_parent")
def unit_of_another_parent(plan):
    put(plan, "units", {"id": CORNER}, grid_code_l2=f"{URBAN_2}00104")


@breaks("grid_without_units", "parent_not_tiled")
def grid_too_many(plan):
    add(plan, "grids", {"code": QUIET}, code=f"{TOP_2}0399")


@breaks("grid_count")
def one_too_many(plan):
    put(plan, "grids", {"code": QUIET}, households=16)


@breaks("area_count")
def area_one_too_many(plan):
    put(plan, "areas", {"code": URBAN_1}, households=601)


@breaks("area_without_units", "area_not_tiled")
def area_too_many(plan):
    far = shapely.multipolygons([shapely.box(*at(50, 50), *at(51, 51))])
    add(plan, "areas", {"code": EMPTY}, code="141102901299", geom=far)


@breaks("area_kind", "unit_with_extra_grid", "grid_level", "share_sum", "share_parent")
def unknown_kind(plan):
    put(plan, "areas", {"code": EMPTY}, kind="suburb")


# --- 2: connection


@breaks("grid_invalid")
def spike_in_a_grid(plan):
    put(plan, "grids", {"code": QUIET}, geom=spiked(geom(plan, "grids", "code", QUIET), at(10, 3), at(9.5, 2.5)))


@breaks("unit_invalid")
def spike_in_a_unit(plan):
    unit = plan["units"].loc[plan["units"]["grid_code_l3"] == QUIET, "id"].iloc[0]
    put(plan, "units", {"id": unit}, geom=spiked(geom(plan, "units", "id", unit), at(10, 3), at(9.5, 2.5)))


@breaks("exclave_with_households")
def lived_in_exclave(plan):
    unit = plan["units"].loc[plan["units"]["group"] == "一组", "id"].iloc[2]
    put(plan, "units", {"id": unit}, exclave=1)


@breaks("exclave_not_apart")
def corner_as_exclave(plan):
    put(plan, "units", {"id": CORNER}, exclave=1)


@breaks("grid_of_exclaves")
def nothing_but_exclaves(plan):
    put(plan, "units", {"area_code": EMPTY}, exclave=1)


@breaks("grid_not_connected")
def two_squares_exchanged(plan):
    _exchange(plan, f"{TOP_2}0203", f"{TOP_2}0303")


@breaks("grid_not_connected")
def exclave_not_declared(plan):
    put(plan, "units", {"id": ISLAND}, exclave=0)


@breaks("grid_not_connected")
def group_in_two_pieces_without_exception(plan):
    drop(plan, "exceptions", plan["exceptions"]["grid_code"] == f"{VILLAGE}003")
    put(plan, "grids", {"code": f"{VILLAGE}003"}, status="given")


@breaks("grid_parts", "area_not_tiled", "parent_not_tiled")
def exclave_missing_on_the_map(plan):
    parts = shapely.get_parts(geom(plan, "grids", "code", TOP_2))
    put(plan, "grids", {"code": TOP_2}, geom=shapely.multipolygons(parts[shapely.area(parts) > 50_000]))


@breaks("grid_not_its_units")
def border_between_finest_grids_moved(plan):
    for code in (f"{TOP_2}0203", f"{TOP_2}0204"):
        put(
            plan, "grids", {"code": code}, geom=with_vertex(geom(plan, "grids", "code", code), at(8, 1.5), at(8.1, 1.5))
        )


def _exchange(plan, first, second):
    """Let two finest grids, and their units, change places in the hierarchy, polygons and all."""
    units, grids = plan["units"], plan["grids"]
    columns = ["grid_code_l2", "grid_code_l3"]
    one, two = (units["grid_code_l3"] == code for code in (first, second))
    a, b = units.loc[one, columns].iloc[0].tolist(), units.loc[two, columns].iloc[0].tolist()
    units.loc[one, columns], units.loc[two, columns] = [b], [a]
    for level in (2, 3):
        for code in {a[level - 2], b[level - 2]}:
            parts = units.loc[units[f"grid_code_l{level}"] == code, "geom"].to_numpy()
            union = shapely.coverage_union_all(parts)
            put(plan, "grids", {"code": code}, geom=shapely.multipolygons(shapely.get_parts(union)))
    assert grids is not None


# --- 3: tiling


@breaks("border_shift")
def border_far_from_the_input(plan):
    put(plan, "areas", {"code": URBAN_1}, border_shift=0.0011)


@breaks("area_invalid")
def spike_in_an_area(plan):
    put(plan, "areas", {"code": EMPTY}, geom=spiked(geom(plan, "areas", "code", EMPTY), at(0, 8), at(0.5, 7.5)))


@breaks("area_not_tiled")
def area_larger_than_its_grids(plan):
    old = geom(plan, "areas", "code", EMPTY)
    put(plan, "areas", {"code": EMPTY}, geom=with_vertex(old, at(5, 8), at(5, 8.1)))


@breaks("parent_not_tiled")
def border_between_parents_moved(plan):
    for code in (f"{TOP_2}02", f"{TOP_2}03"):
        put(
            plan, "grids", {"code": code}, geom=with_vertex(geom(plan, "grids", "code", code), at(7.5, 2), at(7.5, 2.1))
        )


@breaks("units_no_coverage", "grid_not_connected", "grid_parts")
def a_vertex_on_one_side_only(plan):
    unit = f"{URBAN_1}-u002"
    put(plan, "units", {"id": unit}, geom=with_vertex(geom(plan, "units", "id", unit), at(2.5, 0.5)))


@breaks("areas_no_coverage")
def a_vertex_in_one_area_only(plan):
    put(plan, "areas", {"code": URBAN_1}, geom=with_vertex(geom(plan, "areas", "code", URBAN_1), at(7.5, 4)))


# --- 4: bands and exceptions


@breaks("band_not_policy")
def own_band(plan):
    put(plan, "grids", {"code": QUIET}, low=11)


@breaks("band_missing")
def no_band(plan):
    put(plan, "grids", {"code": QUIET}, low=pd.NA, high=pd.NA, status="given")


@breaks("group_twice")
def one_group_two_grids(plan):
    put(plan, "units", {"group": "二组"}, group="一组")


@breaks("band_missing")
def a_grid_of_two_groups(plan):
    unit = plan["units"].loc[plan["units"]["group"] == "一组", "id"].iloc[0]
    put(plan, "units", {"id": unit}, group="五组")


@breaks("out_of_band")
def exception_left_out(plan):
    drop(plan, "exceptions", plan["exceptions"]["reason"] == "count_gap")
    put(plan, "grids", {"code": f"{URBAN_2}001"}, status="in_band")


@breaks("status_wrong")
def called_given(plan):
    put(plan, "grids", {"code": QUIET}, status="given")


@breaks("status_wrong")
def called_an_exception(plan):
    put(plan, "grids", {"code": QUIET}, status="exception")


@breaks("status_wrong")
def exception_called_in_band(plan):
    put(plan, "grids", {"code": f"{URBAN_2}001"}, status="in_band")


@breaks("status_wrong")
def unknown_status(plan):
    put(plan, "grids", {"code": QUIET}, status="fine")


@breaks("exception_without_grid")
def exception_of_nothing(plan):
    add(plan, "exceptions", {"reason": "count_gap"}, grid_code="nowhere")


@breaks("exception_twice")
def same_exception(plan):
    add(plan, "exceptions", {"reason": "count_gap"})


@breaks("exception_level")
def other_level(plan):
    put(plan, "exceptions", {"reason": "count_gap"}, level=2)


@breaks("exception_violation", "smallest_violation")
def both_too_small(plan):
    put(plan, "exceptions", {"reason": "count_gap"}, violation=9, smallest_violation=9)


@breaks("exception_violation")
def too_small(plan):
    put(plan, "exceptions", {"reason": "count_gap"}, violation=9)


@breaks("exception_needless")
def in_band_after_all(plan):
    add(plan, "exceptions", {"reason": "count_gap"}, grid_code=QUIET, level=3, violation=0, smallest_violation=0)
    put(plan, "grids", {"code": QUIET}, status="exception")


@breaks("smallest_violation")
def claims_less(plan):
    put(plan, "exceptions", {"reason": "count_gap"}, smallest_violation=9)


@breaks("smallest_violation")
def given_with_violation(plan):
    put(plan, "exceptions", {"reason": "given_group"}, smallest_violation=1)


@breaks("exception_proof")
def not_json(plan):
    put(plan, "exceptions", {"reason": "count_gap"}, proof="see the minutes")


@breaks("exception_proof")
def not_an_object(plan):
    put(plan, "exceptions", {"reason": "count_gap"}, proof="[510]")


@breaks("exception_proof")
def other_count(plan):
    put(plan, "exceptions", {"reason": "count_gap"}, proof=json.dumps({"piece_households": 511}))


@breaks("exception_proof")
def other_pieces(plan):
    put(plan, "exceptions", {"reason": "given_group"}, proof=json.dumps({"pieces_households": [11, 6]}))


def _reason(old, new):
    def change(plan):
        put(plan, "exceptions", {"reason": old}, reason=new)

    change.__name__ = f"{old}_as_{new}"
    return change


for _old, _new in (
    ("count_gap", "because"),
    ("count_gap", "too_few_households"),
    ("count_gap", "disconnected_part"),
    ("count_gap", "units_too_coarse"),
    ("count_gap", "not_proved"),
    ("count_gap", "given_group"),
    ("too_few_households", "count_gap"),
    ("too_few_households", "disconnected_part"),
    ("disconnected_part", "too_few_households"),
    ("disconnected_part", "count_gap"),
):
    breaks("exception_reason")(_reason(_old, _new))


@breaks("exception_reason")
def whole_group_called_split(plan):
    add(
        plan,
        "exceptions",
        {"reason": "given_group"},
        grid_code=f"{VILLAGE}001",
        proof=json.dumps({"pieces_households": [15, 15]}),
    )
    put(plan, "grids", {"code": f"{VILLAGE}001"}, status="exception")


# --- 5: elements


@breaks("element_twice")
def same_element(plan):
    put(plan, "elements", {"id": "well-10"}, id="well-9")


@breaks("element_class")
def unknown_class(plan):
    put(plan, "elements", {"id": "hill-7"}, **{"class": "volcano"})


@breaks("element_invalid")
def spike_in_an_element(plan):
    put(plan, "elements", {"id": "mine-6"}, geom=spiked(geom(plan, "elements", "id", "mine-6"), at(12, 1), at(13, 2)))


@breaks("element_measure", "share_sum")
def other_measure(plan):
    put(plan, "elements", {"id": "mine-6"}, measure=40_001.0)


@breaks("element_unit")
def other_unit(plan):
    put(plan, "elements", {"id": "mine-6"}, measure_unit="m")


@breaks("share_twice")
def same_share(plan):
    add(plan, "element_shares", {"element_id": "road-2"}, measure=0.0)


@breaks("share_without_element")
def share_of_nothing(plan):
    add(plan, "element_shares", {"element_id": "road-2"}, element_id="nothing")


@breaks("share_without_grid")
def share_in_nothing(plan):
    add(plan, "element_shares", {"element_id": "road-2"}, grid_code="nowhere")


@breaks("share_invalid")
def spike_in_a_share(plan):
    where = {"element_id": "mine-6", "level": 1}
    share = plan["element_shares"].query("element_id == 'mine-6' and level == 1")["geom"].iloc[0]
    put(plan, "element_shares", where, geom=spiked(share, at(12, 1), at(13, 2)))


@breaks("share_level")
def share_of_another_level(plan):
    put(plan, "element_shares", {"element_id": "well-8", "level": 2}, level=1)


@breaks("share_held")
def holds_another_amount(plan):
    put(plan, "element_shares", {"element_id": "mine-6", "level": 1}, held=40_001.0)


@breaks("share_over")
def counts_more_than_it_holds(plan):
    shares = plan["element_shares"]
    mine = shares["element_id"] == "well-9"
    shares.loc[mine, "measure"] = np.where(shares.loc[mine, "grid_code"].str.startswith(TOP_1), 1.5, -0.5)


@breaks("share_sum")
def a_metre_lost(plan):
    shares = plan["element_shares"]
    for code in (TOP_2, f"{TOP_2}01", f"{TOP_2}0103"):
        shares.loc[(shares["element_id"] == "road-2") & (shares["grid_code"] == code), "measure"] -= 1


@breaks("share_parent")
def children_count_otherwise(plan):
    shares = plan["element_shares"]
    for code, amount in ((f"{TOP_1}04", 10), (f"{TOP_2}04", -10)):
        shares.loc[(shares["element_id"] == "river-1") & (shares["grid_code"] == code), "measure"] += amount


@breaks("share_outside_grid")
def shares_exchanged(plan):
    one, two = ({"element_id": "road-2", "grid_code": f"{TOP_2}01{i:02d}"} for i in (2, 3))
    shares = plan["element_shares"]
    road = shares[shares["element_id"] == "road-2"].set_index("grid_code")["geom"]
    put(plan, "element_shares", one, geom=road[two["grid_code"]])
    put(plan, "element_shares", two, geom=road[one["grid_code"]])


@breaks("share_off_element")
def share_beside_the_road(plan):
    share = shapely.linestrings([at(7, 0.6), at(8, 0.6)])
    put(plan, "element_shares", {"element_id": "road-2", "grid_code": f"{TOP_2}0103"}, geom=share)


@breaks("share_missing")
def only_one_bank_holds_the_river(plan):
    river = plan["element_shares"]["element_id"] == "river-1"
    drop(plan, "element_shares", river & plan["element_shares"]["grid_code"].str.startswith(URBAN_1))
    shares = plan["element_shares"]
    shares.loc[shares["element_id"] == "river-1", "measure"] *= 2


@breaks("outside", "share_missing")
def a_well_called_outside(plan):
    drop(plan, "element_shares", plan["element_shares"]["element_id"] == "well-8")
    put(plan, "elements", {"id": "well-8"}, outside=1.0)


@breaks("outside")
def a_hill_called_outside(plan):
    put(plan, "elements", {"id": "hill-7"}, outside=16_000.0)
    shares = plan["element_shares"]
    shares.loc[shares["element_id"] == "hill-7", "measure"] = 4_000.0


# --- 6: codes


@breaks("area_code_twice", "area_without_units", "area_not_tiled")
def same_area_code(plan):
    far = shapely.multipolygons([shapely.box(*at(50, 50), *at(51, 51))])
    add(plan, "areas", {"code": EMPTY}, geom=far)


@breaks("grid_code_twice", "grid_without_units", "parent_not_tiled")
def same_grid_code(plan):
    add(plan, "grids", {"code": QUIET})


@breaks("area_code")
def eleven_digits(plan):
    plan.meta["code_profile"]["area_digits"] = 11


@breaks("grid_code")
def wider_codes(plan):
    plan.meta["code_profile"]["levels"]["rural"] = [3, 3]


@breaks("grid_code")
def separated_codes(plan):
    plan.meta["code_profile"]["separator"] = "-"
