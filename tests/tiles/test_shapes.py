"""Drawing commands: an independent decoder reads back what was written."""

from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_grid.tiles.cutting import cut_into_tiles
from geo_grid.tiles.message import Feature, encoded_value, layer_message, varint, varints
from geo_grid.tiles.settings import BUFFER, EXTENT
from geo_grid.tiles.shapes import drawn


def back(shapes: list, dimension: int) -> list:
    features = [
        Feature((encoded_value(i),), dimension, command)
        for i, command in enumerate(drawn(np.array(shapes), dimension))
        if command
    ]
    content = layer_message("x", ("n",), features)
    layer = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})["x"]
    out = [None] * len(shapes)
    for feature in layer["features"]:
        out[feature["properties"]["n"]] = shapely.geometry.shape(feature["geometry"])
    return out


def test_polygons_with_holes_and_islands_in_them() -> None:
    outer, hole, island = shapely.box(0, 0, 100, 100), shapely.box(20, 20, 80, 80), shapely.box(40, 40, 60, 60)
    ring = outer.difference(hole)
    both = shapely.MultiPolygon([ring, island])
    for shape, found in zip([ring, both, island, outer], back([ring, both, island, outer], 2), strict=True):
        assert found.is_valid
        assert shapely.equals(found, shape)


def test_turned_rings_are_turned_back() -> None:
    box = shapely.box(0, 0, 100, 100)
    assert shapely.equals(back([box.reverse()], 2)[0], back([box], 2)[0])


def test_lines_and_points_of_several_parts() -> None:
    lines = shapely.MultiLineString([[(0, 0), (5, 5), (9, 5)], [(20, 20), (30, 1)]])
    assert shapely.equals(back([lines], 1)[0], lines)
    points = shapely.MultiPoint([(1, 2), (30, 4)])
    assert shapely.equals(back([points], 0)[0], points)


def test_what_rounds_to_nothing_is_empty() -> None:
    assert drawn(np.array([shapely.box(0.1, 0.1, 0.3, 40)]), 2) == [b""]
    assert drawn(np.array([shapely.LineString([(0.1, 0.1), (0.2, 0.2)])]), 1) == [b""]
    assert drawn(np.array([shapely.Polygon()]), 2) == [b""]
    assert drawn(np.array([shapely.Point()]), 0) == [b""]
    assert drawn(np.array([], dtype=object), 2) == []
    speck = shapely.box(0, 0, 100, 100).difference(shapely.box(50, 50, 50.2, 50.2))
    assert shapely.equals(back([speck], 2)[0], shapely.box(0, 0, 100, 100))
    lost = shapely.MultiPolygon(
        [shapely.box(0, 0, 0.2, 0.2).difference(shapely.box(0.05, 0.05, 0.1, 0.1)), shapely.box(5, 5, 9, 9)]
    )
    assert shapely.equals(back([lost], 2)[0], shapely.box(5, 5, 9, 9))


def test_thin_wedges_are_valid_when_rounded() -> None:
    random = np.random.default_rng(3)
    tips = random.uniform(0, 60, (3000, 6)).reshape(3000, 3, 2)
    middle = tips.mean(axis=1, keepdims=True)
    wedges = shapely.polygons(np.concatenate([tips, tips[:, :1] * 0.98 + middle * 0.02], axis=1))
    wedges = wedges[shapely.is_valid(wedges)]
    crossed = ~shapely.is_valid(shapely.transform(wedges, np.rint))
    assert crossed.sum() > 10
    found = back(list(wedges), 2)
    assert all(shape is None or shape.is_valid for shape in found)
    for wedge, shape in zip(wedges[crossed], np.array(found, dtype=object)[crossed], strict=True):
        if shape is not None:
            assert shapely.area(shapely.symmetric_difference(wedge, shape)) <= shapely.length(wedge)


def test_vertices_that_fall_together_are_one() -> None:
    shape = shapely.Polygon([(0.2, 0.1), (50, 0), (50.3, 0.2), (50, 50), (0, 50), (-0.1, 0.3), (0, -0.2)])
    assert shapely.get_num_coordinates(back([shape], 2)[0]) == 5


@given(st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_many_numbers_are_written_like_single_ones(numbers: list[int]) -> None:
    written, starts = varints(np.array(numbers, dtype=np.uint64))
    assert written.tobytes() == b"".join(varint(number) for number in numbers)
    assert starts[-1] == len(written)


@given(st.integers(0, 2**32 - 1), st.integers(3, 40))
def test_random_stars_come_back(seed: int, corners: int) -> None:
    random = np.random.default_rng(seed)
    angle = np.sort(random.uniform(0, 2 * np.pi, corners))
    far = random.uniform(300, 2000, corners)
    star = shapely.Polygon(np.rint(np.column_stack([2048 + far * np.cos(angle), 2048 + far * np.sin(angle)])))
    if not star.is_valid or star.area == 0:
        return
    assert shapely.equals(back([star], 2)[0], star)


@pytest.mark.parametrize("power", [0, 1, 3, 5])
def test_cut_pieces_are_the_whole_again(power: int) -> None:
    random = np.random.default_rng(power)
    side = EXTENT << power
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    far = side * random.uniform(0.3, 0.6, 60)
    star = shapely.Polygon(np.column_stack([far * np.cos(angle), far * np.sin(angle)]) + 7.3 * EXTENT)
    line = shapely.LineString(shapely.get_coordinates(star)[::7])
    pieces = cut_into_tiles(np.array([star, line]))
    assert len({*zip(pieces.row.tolist(), pieces.x.tolist(), pieces.y.tolist(), strict=True)}) == len(pieces.row)
    core = shapely.box(0, 0, EXTENT, EXTENT)
    rim = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    for row, whole in ((0, star), (1, line)):
        mine = pieces.row == row
        corners = np.column_stack([pieces.x, pieces.y])[mine] * EXTENT
        parts = shapely.intersection(pieces.shape[mine], core)
        measure = shapely.area if row == 0 else shapely.length
        assert measure(parts).sum() == pytest.approx(measure(whole), rel=1e-9)
        for shape, (x, y) in zip(pieces.shape[mine], corners, strict=True):
            wanted = shapely.intersection(whole, shapely.transform(rim, lambda at, x=x, y=y: at + np.array([x, y])))
            assert measure(shape) == pytest.approx(measure(wanted), rel=1e-9, abs=1e-6)
