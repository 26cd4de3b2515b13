"""What the map may say of a plan, without any web."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import CRS, EMPTY, URBAN_1, URBAN_2, VILLAGE, tiny_plan

from webmap import Settings
from webmap.atlas import Atlas, PublicPlan, UnknownCodeError
from webmap.atlas.buildings import shared_buildings
from webmap.atlas.colouring import neighbour_colours
from webmap.atlas.figures import group_of
from webmap.atlas.geo import Projector
from webmap.atlas.search import folded


def card(atlas: Atlas, code: str) -> dict:
    return json.loads(atlas.card(code))


def test_card_of_a_grid_says_what_it_is_and_where_it_belongs(atlas: Atlas) -> None:
    told = card(atlas, f"{URBAN_1}00101")
    assert (told["level"], told["role"], told["households"]) == (2, "网格助理员", 75)
    assert (told["low"], told["high"], told["state"]) == (50, 100, "in_band")
    assert told["parent_grid"]["code"] == f"{URBAN_1}001"
    assert [child["code"][-2:] for child in told["children"]] == ["01", "02", "03", "04", "05"]
    assert sum(child["households"] for child in told["children"]) == told["households"]
    assert told["exception"] is None


@pytest.fixture(scope="module")
def exact() -> Atlas:
    """What staff may see."""
    return Atlas(PublicPlan(tiny_plan(), least_count=0))


def test_households_of_children_add_up_everywhere(exact: Atlas) -> None:
    atlas = exact
    for code in atlas.plan.grid_row:
        told = card(atlas, code)
        if told["children"]:
            assert sum(child["households"] for child in told["children"]) == told["households"]


def test_elements_of_all_grids_add_up_to_the_elements(atlas: Atlas) -> None:
    """What the cards of level 1 say, with what lies outside, is the whole of each class."""
    sums: dict[tuple[str, str], float] = {}
    for code, row in atlas.plan.grid_row.items():
        if atlas.plan.grids["level"][row] != 1:
            continue
        for group in card(atlas, code)["elements"]:
            key = group["class"], group["unit"]
            sums[key] = sums.get(key, 0.0) + sum(item["measure"] for item in group["items"])
    for row in json.loads(atlas.summary())["elements"]:
        assert sums[row["class"], row["unit"]] + row["outside"] == pytest.approx(row["measure"])


def test_a_shared_border_is_held_whole_by_both(atlas: Atlas) -> None:
    river = next(group for group in card(atlas, f"{URBAN_1}001")["elements"] if group["class"] == "river")
    assert river["items"][0]["name"] == "三川河"
    assert river["items"][0]["measure"] == pytest.approx(250)
    assert river["held"] == pytest.approx(500)


def test_a_cut_building_names_all_its_floors(atlas: Atlas) -> None:
    for code, own in ((f"{URBAN_1}0010101", [1, 3]), (f"{URBAN_1}0010102", [4, 6])):
        (building,) = card(atlas, code)["buildings"]
        assert building["building"] == "1号楼"
        assert {part["grid"]: part["floors"] for part in building["parts"]}[code] == own
        assert [part["floors"] for part in building["parts"]] == [[1, 3], [4, 6]]
    assert card(atlas, f"{URBAN_1}00101")["buildings"] == [], "one grid has all of it at level 2"


def test_a_stacked_grid_is_labelled_with_its_floors(atlas: Atlas) -> None:
    features = json.loads(atlas.grids(URBAN_1, 3))["features"]
    stacks = {feature["properties"]["code"]: feature["properties"]["stack"] for feature in features}
    told = {code[-4:]: stack for code, stack in stacks.items() if stack}
    assert told == {"0101": {"building": "1号楼", "floors": [1, 3]}, "0102": {"building": "1号楼", "floors": [4, 6]}}


def test_a_small_building_is_not_named() -> None:
    plan = tiny_plan()
    plan["units"].loc[plan["units"]["stack_id"] == "s-1", "households"] = 2
    small = Atlas(PublicPlan(plan), Settings(names_from=5))
    assert card(small, f"{URBAN_1}0010101")["buildings"] == []
    assert '"1号楼"' not in small.units(URBAN_1)
    assert '"1号楼"' in Atlas(PublicPlan(plan), Settings(names_from=4)).units(URBAN_1)


def test_small_counts_are_told_to_staff_alone(atlas: Atlas, exact: Atlas) -> None:
    small = f"{VILLAGE}002"
    known = card(exact, small)
    assert 0 < known["households"] < 10
    told = card(atlas, small)
    assert told["households"] == "<10"
    assert told["exception"] is None or told["exception"]["violation"] is None


def test_how_far_a_small_grid_is_from_its_band_is_not_told(atlas: Atlas, exact: Atlas) -> None:
    """Neither by its violation, nor by its proof, nor by its place in the list."""
    told, known = (json.loads(each.exceptions())["items"] for each in (atlas, exact))
    by_code = {item["code"]: item for item in known}
    small = {code for code, item in by_code.items() if item["households"] < 10}
    assert small
    for item in told:
        exception = item["exception"]
        assert "by_zones" not in (exception["proof"] or {})
        if item["code"] in small:
            assert item["households"] == "<10"
            assert exception["violation"] is None
            assert exception["smallest_violation"] is None
        else:
            assert exception["violation"] == by_code[item["code"]]["exception"]["violation"]
    order = [(-(item["exception"]["violation"] or 0), item["code"]) for item in told]
    assert order == sorted(order)


def units_of(atlas: Atlas, code: str) -> tuple[list[object], list[object]]:
    features = json.loads(atlas.units(code))["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    return [feature["properties"]["households"] for feature in features], shapes


def test_units_with_few_households_have_no_count(atlas: Atlas, exact: Atlas) -> None:
    for code in atlas.area_codes:
        told, known = units_of(atlas, code)[0], units_of(exact, code)[0]
        assert sorted(count for count in told if count is not None) == sorted(count for count in known if count >= 10)


def test_cells_of_homes_are_joined_for_the_public() -> None:
    """Else where each home is could be worked out from the borders of its cell and of those around."""
    plan = tiny_plan()
    homes = plan["units"]["households"] < 5
    plan["units"].loc[plan["units"]["area_code"] == VILLAGE, "households"] = 1
    public, exact = Atlas(PublicPlan(plan)), Atlas(PublicPlan(plan, least_count=0))
    assert homes.any()
    told, shapes = units_of(public, VILLAGE)
    known, cells = units_of(exact, VILLAGE)
    assert len(cells) > len(shapes)
    assert set(told) == {None}
    assert sum(known) == len(cells)
    finest = [
        shapely.geometry.shape(feature["geometry"]) for feature in json.loads(public.grids(VILLAGE, 2))["features"]
    ]
    assert len(shapes) == len(finest), "a grid of homes alone is one piece"
    assert all(any(shape.equals(grid) for grid in finest) for shape in shapes)
    assert shapely.area(shapes).sum() == pytest.approx(shapely.area(cells).sum(), rel=1e-6)


def test_exceptions_are_told_with_reason_and_proof_worst_first(exact: Atlas) -> None:
    atlas = exact
    told = json.loads(atlas.exceptions())
    assert told["total"] == 6
    violations = [item["exception"]["violation"] for item in told["items"]]
    assert violations == sorted(violations, reverse=True)
    gap = next(item for item in told["items"] if item["exception"]["reason"] == "count_gap")
    assert gap["exception"]["proof"]["piece_households"] == 510
    assert gap["area_name"] == "河湾社区"
    assert json.loads(atlas.exceptions(URBAN_1))["total"] == 0


def test_words_planners_wrote_for_each_other_are_not_told_to_everybody() -> None:
    plan = tiny_plan()
    plan["exceptions"].loc[0, ["reason", "proof"]] = ["decided", json.dumps({"words": "王家不同意"})]
    told = Atlas(PublicPlan(plan)).exceptions()
    assert "王家" not in told
    assert [item["exception"]["proof"] for item in json.loads(told)["items"]].count(None) == 1


def test_exceptions_are_paged(plan: PublicPlan) -> None:
    paged = Atlas(plan, Settings(exceptions_limit=4))
    pages = [json.loads(paged.exceptions(offset=offset))["items"] for offset in (0, 4, 8)]
    assert [len(page) for page in pages] == [4, 2, 0]
    assert len({item["code"] for page in pages for item in page}) == 6


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (f"{URBAN_1}001", "in_band"),
        (f"{URBAN_2}001", "above"),
        (f"{EMPTY}001", "below"),
        (f"{VILLAGE}001", "given"),
        (f"{VILLAGE}003", "exception"),
        (f"{VILLAGE}00302", "below"),
    ],
)
def test_state_of_a_grid(atlas: Atlas, code: str, state: str) -> None:
    assert card(atlas, code)["state"] == state


def test_a_level_an_area_has_not_gives_its_finest(atlas: Atlas) -> None:
    assert json.loads(atlas.grids(VILLAGE, 3)) == json.loads(atlas.grids(VILLAGE, 2))


def test_drawn_grids_still_share_their_borders(atlas: Atlas) -> None:
    """Rounding to degrees opens no gap: common corners stay common."""
    for level in (1, 2, 3):
        features = json.loads(atlas.grids(URBAN_1, level))["features"]
        shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
        area = shapely.from_geojson(json.dumps(json.loads(atlas.area(URBAN_1))["geometry"]))
        assert shapely.area(shapes).sum() == pytest.approx(area.area, rel=1e-5)
        corners = {tuple(point) for point in shapely.get_coordinates(area)}
        assert corners <= {tuple(point) for shape in shapes for point in shapely.get_coordinates(shape)}


def test_labels_lie_in_their_grids(atlas: Atlas) -> None:
    for code in atlas.area_codes:
        for feature in json.loads(atlas.grids(code, 3))["features"]:
            point = shapely.Point(feature["properties"]["label"])
            assert shapely.from_geojson(json.dumps(feature["geometry"])).contains(point)


@pytest.mark.parametrize("ask", ["area", "units", "elements", "card", "exceptions", "grids"])
def test_unknown_codes_are_named(atlas: Atlas, ask: str) -> None:
    arguments = ("x<y", 1) if ask == "grids" else ("x<y",)
    with pytest.raises(UnknownCodeError, match="x<y"):
        getattr(atlas, ask)(*arguments)


def test_overview_is_simplified_together(plan: PublicPlan) -> None:
    rough = json.loads(Atlas(plan, Settings(overview_vertices=10)).areas())["features"]
    exact = json.loads(Atlas(plan).areas())["features"]
    assert all(feature["properties"]["simplified"] for feature in rough)
    assert not any(feature["properties"]["simplified"] for feature in exact)
    assert len(json.dumps(rough)) < len(json.dumps(exact))
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in rough]
    assert shapely.coverage_is_valid(shapes)


def test_part_is_one_area_and_what_concerns_it(plan: PublicPlan) -> None:
    part = plan.part(VILLAGE)
    assert list(part.areas["code"]) == [VILLAGE]
    assert set(part.grids["area_code"]) == set(part.units["area_code"]) == {VILLAGE}
    assert set(part.exceptions["grid_code"]) <= set(part.grids["code"])
    assert set(part.elements["id"]) == set(part.shares["element_id"])
    with pytest.raises(KeyError):
        plan.part("nowhere")


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (URBAN_1, URBAN_1),
        ("凤山社区", URBAN_1),
        ("岭上", VILLAGE),
        ("１４１１０２９０１２０１", VILLAGE),
        (f"{VILLAGE}003", f"{VILLAGE}003"),
        ("三组", f"{VILLAGE}003"),
        ("凤山 0010203", f"{URBAN_1}0010203"),
    ],
)
def test_search_finds_first(atlas: Atlas, query: str, first: str) -> None:
    assert json.loads(atlas.search(query))["hits"][0]["code"] == first


@pytest.mark.parametrize("query", ["", "  ", "没有", ".*", "凤山 河湾"])
def test_search_finds_nothing(atlas: Atlas, query: str) -> None:
    assert json.loads(atlas.search(query))["hits"] == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12))
def test_any_search_is_answered_within_the_limit(plan: PublicPlan, query: str) -> None:
    hits = json.loads(_small(plan).search(query))["hits"]
    assert len(hits) <= 3
    words = folded(query).split()
    for hit in hits:
        hay = folded(f"{hit['code']} {hit['name']} {hit['area_name']}")
        assert all(word in hay for word in words)


_made: dict[int, Atlas] = {}


def _small(plan: PublicPlan) -> Atlas:
    return _made.setdefault(id(plan), Atlas(plan, Settings(search_limit=3)))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.randoms(use_true_random=False))
def test_neighbours_differ_in_colour(rows: int, columns: int, random) -> None:
    boxes = [shapely.box(x, y, x + 1, y + 1) for y in range(rows) for x in range(columns)]
    random.shuffle(boxes)
    colours = neighbour_colours(boxes)
    for i, one in enumerate(boxes):
        for j, other in enumerate(boxes[:i]):
            if one.intersects(other):
                assert colours[i] != colours[j]
    assert neighbour_colours(boxes) == colours


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 4), st.one_of(st.none(), st.integers(1, 30))),
        max_size=25,
    )
)
def test_shared_buildings_keep_every_household(rows: list[tuple]) -> None:
    units = pd.DataFrame(
        {
            "stack_id": [f"s{stack}" for stack, *_ in rows],
            "building": pd.array([None] * len(rows), dtype="str"),
            "entrance": pd.array([None] * len(rows), dtype="str"),
            "floor_from": pd.array([floor for *_, floor in rows], dtype="Int64"),
            "floor_to": pd.array([floor for *_, floor in rows], dtype="Int64"),
            "households": np.array([count for _, _, count, _ in rows], dtype=int),
            "grid_code_l1": [f"g{grid}" for _, grid, *_ in rows],
        }
    )
    told = shared_buildings(units, "grid_code_l1")
    lived = units[units["households"] > 0]
    for _, part in lived.groupby("stack_id"):
        grids = set(part["grid_code_l1"])
        for grid in grids:
            sizes = [building["households"] for building in told.get(grid, ())]
            if len(grids) > 1:
                assert part["households"].sum() in sizes
    for grid, buildings in told.items():
        for building in buildings:
            assert grid in {part["grid"] for part in building["parts"]}
            assert building["households"] == sum(part["households"] for part in building["parts"])
            assert len(building["parts"]) > 1


@pytest.mark.parametrize(
    ("code", "parent", "group"),
    [
        ("141102901001", None, "141102901"),
        ("141102901001", float("nan"), "141102901"),
        ("141102901001", "T-1", "T-1"),
        ("A-1", None, ""),
        ("abcdefghijkl", None, ""),
    ],
)
def test_group_of_an_area(code: str, parent: object, group: str) -> None:
    assert group_of(code, parent) == group


def test_numbers_follow_codes_and_names(plan: PublicPlan) -> None:
    assert plan.number(f"{URBAN_1}0010203") == "1-2-3"
    assert plan.label(f"{URBAN_1}0010203") == "1-2-3", "the name is too long for the map"
    assert plan.label(f"{VILLAGE}003") == "三组"


def test_place_names_are_told_where_known() -> None:
    plan = tiny_plan()
    plan.meta["place_names"] = {"141102901": "凤山镇", "141102": "离石区", "999": "unused"}
    assert json.loads(Atlas(PublicPlan(plan)).summary())["places"] == {"141102": "离石区", "141102901": "凤山镇"}


def test_bounds_of_nothing_is_none() -> None:
    projector = Projector(CRS)
    assert projector.bounds(np.array([], dtype=object)) is None
    assert projector.bounds(np.array([shapely.Polygon()], dtype=object)) is None
    assert projector.points(np.array([shapely.Polygon(), shapely.box(0, 0, 1, 1)], dtype=object))[0] is None


def test_a_plan_without_elements_or_exceptions_is_shown() -> None:
    atlas = Atlas(_bare())
    assert json.loads(atlas.summary())["elements"] == []
    assert json.loads(atlas.exceptions()) == {"total": 0, "reasons": {}, "offset": 0, "items": []}
    assert json.loads(atlas.elements(URBAN_1))["features"] == []
    assert card(atlas, f"{URBAN_1}001")["elements"] == []


def _bare() -> PublicPlan:
    plan = tiny_plan()
    for name in ("elements", "element_shares", "exceptions"):
        plan.tables[name] = plan.tables[name].iloc[:0]
    return PublicPlan(plan)
