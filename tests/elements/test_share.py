"""Promise 5: shares and what lies outside add up to the measure, at every level."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from coverages import CRS, ORIGIN, SIDE, at, elements, squares, voronoi
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.elements import OutsidePart, share_elements
from geo_grid.errors import InputError
from geo_grid.schema import TABLES


def sums(result, leaf):
    """Shares by element, added up at every level; where there is no level 3, level 2 stands in."""
    frame, ids = result.shares, result.elements["id"]
    coarse = leaf.loc[leaf["l3"].isna(), "code"]
    out = {}
    for level in (1, 2, 3):
        part = frame["level"].eq(level)
        if level == 3:
            part |= frame["level"].eq(2) & frame["grid_code"].isin(coarse)
        out[level] = frame[part].groupby("element_id")["measure"].sum().reindex(ids, fill_value=0.0).to_numpy()
    return out


def assert_adds_up(result, leaf):
    measure, outside = (result.elements[column].to_numpy() for column in ("measure", "outside"))
    for level, total in sums(result, leaf).items():
        np.testing.assert_allclose(total + outside, measure, rtol=1e-9, atol=1e-9, err_msg=f"level {level}")


def amount(geometry):
    dimension = shapely.get_dimensions(geometry)
    points = shapely.get_num_coordinates(geometry)
    return np.select([dimension == 0, dimension == 1], [points, shapely.length(geometry)], shapely.area(geometry))


def assert_well_formed(result, leaf):
    """Held is the measure of the geometry, which is valid, of the element's own kind, and inside grid and element."""
    shares = result.shares
    assert list(shares.columns) == TABLES["element_shares"].column_names
    assert list(result.elements.columns) == TABLES["elements"].column_names
    assert not shares.duplicated(["element_id", "grid_code", "level"]).any()
    assert shapely.is_valid(shares.geometry.to_numpy()).all()
    np.testing.assert_allclose(amount(shares.geometry.to_numpy()), shares["held"], rtol=1e-9, atol=1e-9)
    assert (shares["measure"] > 0).all()
    assert (shares["measure"] <= shares["held"] * (1 + 1e-6) + 1e-6).all()
    whole = result.elements.set_index("id").geometry
    for level in (1, 2, 3):
        part = shares[shares["level"] == level]
        grid = leaf.dissolve(f"l{level}", method="coverage").geometry.buffer(2e-3).loc[part["grid_code"]].to_numpy()
        assert (amount(shapely.difference(part.geometry.to_numpy(), grid)) < 1e-6).all()
        wide = shapely.buffer(whole.loc[part["element_id"]].to_numpy(), 2e-3)
        assert shapely.covers(wide, part.geometry.to_numpy()).all()


def border_path(leaf, rng, steps, shake):
    """A path along cell borders, every vertex off by up to ``shake``, that leaves them at both ends."""
    edges = shapely.get_coordinates(shapely.boundary(leaf.geometry.to_numpy()[int(rng.integers(len(leaf)))]))
    start = int(rng.integers(len(edges) - 1))
    around = np.vstack([edges[:-1], edges[:-1]])[start : start + steps + 1]
    path = around + rng.uniform(-shake, shake, around.shape) if shake else around
    inside, outside = rng.uniform(0, SIDE, 2) + ORIGIN, rng.uniform(-SIDE, 2 * SIDE, 2) + ORIGIN
    return np.vstack([inside, path, outside])


coverage = st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 40), st.booleans())


@settings(max_examples=40, deadline=None)
@given(coverage, st.sampled_from([0.0, 1e-7, 1e-5]), st.integers(1, 8))
def test_lines_that_follow_borders_add_up(drawn, shake, steps):
    seed, cells, rural = drawn
    leaf, rng = voronoi(seed, cells, rural=rural), np.random.default_rng(seed)
    layer = elements([shapely.LineString(border_path(leaf, rng, steps, shake)) for _ in range(5)])
    result = share_elements(layer, leaf)
    assert_adds_up(result, leaf)
    assert_well_formed(result, leaf)


@settings(max_examples=40, deadline=None)
@given(coverage, st.sampled_from([0.0, 1e-7]))
def test_a_border_is_held_by_both_sides_and_counted_once(drawn, shake):
    seed, cells, rural = drawn
    leaf, rng = voronoi(seed, cells, rural=rural), np.random.default_rng(seed)
    first, second, lines = shared_borders(leaf)
    shaken = [
        shapely.transform(line, lambda xy: xy + rng.uniform(-shake, shake, xy.shape) if shake else xy) for line in lines
    ]
    result = share_elements(elements(shaken), leaf)
    shares = result.shares.set_index(["element_id", "level"]).sort_index()
    codes = leaf[["l1", "l2", "l3"]].to_numpy()
    for i, (one, other, line) in enumerate(zip(first, second, shaken, strict=True)):
        for level in (1, 2):
            part = shares.loc[[(f"e{i}", level)]]
            parties = {codes[one][level - 1], codes[other][level - 1]}
            assert set(part["grid_code"]) == parties
            np.testing.assert_allclose(part["held"], line.length, rtol=1e-9)
            np.testing.assert_allclose(part["measure"], line.length / len(parties), rtol=1e-9)


def shared_borders(leaf):
    """Up to a dozen pairs of neighbouring leaves, and the line between them."""
    cells = leaf.geometry.to_numpy()
    first, second = shapely.STRtree(cells).query(cells, predicate="intersects")
    first, second = first[first < second], second[first < second]
    lines = shapely.line_merge(shapely.intersection(shapely.boundary(cells[first]), shapely.boundary(cells[second])))
    real = (shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 0.01)
    return first[real][:12], second[real][:12], lines[real][:12]


@settings(max_examples=40, deadline=None)
@given(coverage, st.integers(3, 9))
def test_polygons_add_up(drawn, corners):
    seed, cells, rural = drawn
    leaf, rng = voronoi(seed, cells, rural=rural), np.random.default_rng(seed)
    blobs = [
        shapely.convex_hull(shapely.MultiPoint(rng.uniform(-0.5 * SIDE, 1.5 * SIDE, (corners, 2)) + ORIGIN))
        for _ in range(4)
    ]
    cell = leaf.geometry.iloc[int(rng.integers(len(leaf)))]
    around = shapely.box(*(ORIGIN - 5 * SIDE), *(ORIGIN + 6 * SIDE))
    square = shapely.box(*ORIGIN, *(ORIGIN + SIDE))
    layer = elements(
        [*blobs, cell, cell.buffer(1e-7), around, around.difference(cell), square, around.difference(square)], "forest"
    )
    result = share_elements(layer, leaf)
    assert_adds_up(result, leaf)
    assert_well_formed(result, leaf)
    table = result.elements
    np.testing.assert_allclose(table["outside"].iloc[6], 121 * SIDE**2 - SIDE**2, rtol=1e-9)
    np.testing.assert_allclose(table["outside"].iloc[9], table["measure"].iloc[9], rtol=1e-9)
    finest = result.shares[result.shares["element_id"].eq("e4") & result.shares["level"].eq(2)]
    assert len(finest) == 1  # touching neighbours hold nothing


@settings(max_examples=40, deadline=None)
@given(coverage)
def test_children_add_up_to_their_parent(drawn):
    seed, cells, _ = drawn
    leaf, rng = voronoi(seed, cells), np.random.default_rng(seed)
    blob = shapely.buffer(shapely.Point(rng.uniform(0, SIDE, 2) + ORIGIN), rng.uniform(1, SIDE))
    shares = share_elements(elements([blob], "forest"), leaf).shares.set_index("level")
    parent = leaf.drop_duplicates("l3").set_index("l3")["l2"]
    found = shares.loc[[3]].groupby(shares.loc[[3], "grid_code"].map(parent))["measure"].sum()
    np.testing.assert_allclose(found, shares.loc[[2]].set_index("grid_code")["measure"].loc[found.index], rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(coverage, st.integers(1, 6))
def test_points_add_up_on_corners_borders_and_outside(drawn, each):
    seed, cells, rural = drawn
    leaf, rng = voronoi(seed, cells, rural=rural), np.random.default_rng(seed)
    corners = shapely.get_coordinates(leaf.geometry.to_numpy())
    corners = corners[rng.integers(len(corners), size=each)]
    anywhere = rng.uniform(-SIDE, 2 * SIDE, (each, 2)) + ORIGIN
    layer = elements(
        [*shapely.points(corners), *shapely.points(anywhere), shapely.MultiPoint(np.vstack([corners, anywhere]))],
        "well",
    )
    result = share_elements(layer, leaf)
    assert_adds_up(result, leaf)
    assert_well_formed(result, leaf)
    square = shapely.box(*ORIGIN, *(ORIGIN + SIDE))
    beyond = int((~shapely.intersects(square, shapely.points(anywhere))).sum())
    assert result.elements["outside"].iloc[-1] == beyond


def test_a_crossing_line_is_cut_at_the_border():
    leaf = squares(4, 1)
    line = shapely.LineString(at((50, 30), (250, 70)))
    shares = share_elements(elements([line]), leaf).shares
    third = shares[shares["level"] == 3].set_index("grid_code")
    np.testing.assert_allclose(third["measure"], line.length * np.array([0.25, 0.5, 0.25]))
    middle = third.geometry.iloc[1]
    np.testing.assert_allclose(shapely.get_coordinates(middle), at((100, 40), (200, 60)), atol=1e-6)
    # cuts that level 1 does not need leave no vertex there
    first = shares[shares["level"] == 1].geometry.iloc[0]
    assert shapely.get_num_coordinates(first) == 2


def test_a_line_through_a_corner_holds_only_what_it_crosses():
    leaf = squares(2, 2)
    line = shapely.LineString(at((20, 20), (180, 180)))
    third = share_elements(elements([line]), leaf).shares.query("level == 3")
    assert third["measure"].tolist() == pytest.approx([line.length / 2] * 2)
    assert set(third["grid_code"]) == set(leaf["code"].iloc[[0, 3]])


def test_a_line_that_only_touches_a_border_stays_where_it_is():
    leaf = squares(2, 1)
    line = shapely.LineString(at((10, 10), (100, 50), (10, 90)))
    third = share_elements(elements([line]), leaf).shares.query("level == 3")
    assert third["grid_code"].tolist() == [leaf["code"].iloc[0]]
    assert third.geometry.iloc[0].equals(line)


def test_along_the_rim_the_grid_inside_has_it_whole():
    leaf = squares(2, 1)
    line = shapely.LineString(at((-50, 0), (250, 0)))
    result = share_elements(elements([line]), leaf)
    third = result.shares.query("level == 3")
    assert third["measure"].tolist() == third["held"].tolist() == pytest.approx([100.0, 100.0])
    assert result.outside == [OutsidePart("e0", "river", None, 300.0, pytest.approx(100.0), "m")]


def test_a_border_between_children_counts_whole_for_their_parent():
    leaf = squares(10, 1)  # 5 leaves in the west, 5 in the east
    inner, outer = (shapely.LineString(at((x, 0), (x, 100))) for x in (100, 500))
    shares = share_elements(elements([inner, outer]), leaf).shares.set_index(["element_id", "level"])
    assert shares.loc[[("e0", 1)], "measure"].tolist() == [100.0]
    assert shares.loc[[("e0", 3)], "measure"].tolist() == [50.0, 50.0]
    assert shares.loc[[("e1", 1)], "measure"].tolist() == [50.0, 50.0]
    assert shares.loc[[("e1", 1)], "held"].tolist() == [100.0, 100.0]


def test_beside_a_village_the_community_has_half_at_every_level():
    leaf = squares(10, 1, rural=True)
    line = shapely.LineString(at((500, 0), (500, 100)))
    shares = share_elements(elements([line]), leaf).shares.set_index("level")
    assert shares.loc[[3], "measure"].tolist() == [50.0]  # the other half stays with the village's level 2
    assert shares.loc[[2], "measure"].tolist() == [50.0, 50.0]


def test_a_point_on_a_border_counts_half_for_each_side():
    leaf = squares(2, 1)
    shares = share_elements(elements([shapely.Point(*at((100, 50))[0])], "well"), leaf).shares
    third = shares[shares["level"] == 3]
    assert third["measure"].tolist() == [0.5, 0.5]
    assert third["held"].tolist() == [1.0, 1.0]
    assert shares[shares["level"] == 1]["measure"].tolist() == [1.0]


def test_elements_that_overlap_stay_two_elements():
    leaf = squares(2, 1)
    field = shapely.box(*at((20, 20))[0], *at((180, 80))[0])
    result = share_elements(elements([field, field], "farmland"), leaf)
    assert result.shares.query("level == 3")["measure"].tolist() == [4800.0] * 4


def test_a_clearing_belongs_to_no_forest():
    leaf = squares(3, 3)
    ring = shapely.box(*at((0, 0))[0], *at((300, 300))[0])
    clearing = shapely.box(*at((100, 100))[0], *at((200, 200))[0])
    third = share_elements(elements([ring.difference(clearing)], "forest"), leaf).shares.query("level == 3")
    assert leaf["code"].iloc[4] not in set(third["grid_code"])
    assert third["measure"].tolist() == [10_000.0] * 8


def test_heights_are_left_out():
    line = shapely.LineString([(*at((10, 10))[0], 900.0), (*at((60, 10))[0], 950.0)])
    result = share_elements(elements([line]), squares(1, 1))
    assert result.elements["measure"].tolist() == [50.0]
    assert not result.shares.geometry.has_z.any()


def test_no_elements_and_no_grids_near_are_fine():
    leaf = squares(2, 2)
    nothing = share_elements(elements([]), leaf)
    assert len(nothing.shares) == len(nothing.elements) == 0
    assert list(nothing.shares.columns) == TABLES["element_shares"].column_names
    afar = [
        shapely.Point(*at((9e4, 0))[0]),
        shapely.LineString(at((9e4, 0), (9.1e4, 0))),
        shapely.box(*at((9e4, 0))[0], *at((9.1e4, 50))[0]),
    ]
    result = share_elements(elements(afar), leaf)
    assert len(result.shares) == 0
    assert result.elements["outside"].tolist() == result.elements["measure"].tolist() == [1.0, 1000.0, 50_000.0]
    assert [part.measure_unit for part in result.outside] == ["count", "m", "m2"]


def test_what_does_not_fit_is_refused():
    leaf = squares(2, 1)
    point = shapely.Point(*at((1, 1))[0])
    with pytest.raises(InputError, match=r"elements\.gpkg, row 2: element 'e1' is of type GeometryCollection"):
        share_elements(elements([point, shapely.GeometryCollection([point])]), leaf)
    with pytest.raises(InputError, match="one coordinate system"):
        share_elements(elements([point]).to_crs("EPSG:4490"), leaf)
    with pytest.raises(InputError, match=r"row 2, column id: element 'e0' stands twice"):
        share_elements(elements([point, point]).assign(id="e0"), leaf)
    with pytest.raises(InputError, match="not the finest of its area"):
        share_elements(elements([point]), leaf.assign(code=leaf["l2"]))


def test_the_geometry_of_the_grids_may_have_any_name():
    leaf = squares(2, 1).rename_geometry("geom")
    result = share_elements(elements([shapely.Point(*at((1, 1))[0])]), leaf)
    assert isinstance(result.shares, gpd.GeoDataFrame)
    assert result.shares.crs == CRS
