"""A part of a building is cut as the build cuts it, and nobody else gets a vertex that is not written with it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.rebuild.cutting import mend_by_cutting
from geo_grid.rebuild.local import Piece
from geo_grid.rebuild.slicing import cut_unit, edges_of, slice_unit, sound

#: Two blocks side by side on plots of 40 by 40 m, each a grid of its own; the border between them is open.
WEST, EAST = (shapely.box(x, 0, x + 40, 40) for x in (0, 40))


def piece(weights, bands, shapes=(WEST, EAST)):
    count = len(weights)
    return Piece(
        np.array(shapes, dtype=object),
        np.arange(count),
        np.array(weights),
        np.array(weights),
        [],
        frozenset(),
        [(at,) for at in range(count)],
        bands,
    )


def test_a_household_too_many_goes_next_door_with_its_share_of_the_ground():
    found = mend_by_cutting(piece([21, 12], [(10, 20)] * 2), ["a", "b"], {}, None, 3.0)
    assert found.label.tolist() == [0, 1]
    small, large = sorted(found.parts[0], key=lambda part: part.households)
    assert [(part.leaf, part.households) for part in (small, large)] == [(1, 1), (0, 20)]
    assert small.shape.area == pytest.approx(WEST.area / 21, rel=0.3)
    assert shapely.coverage_is_valid([small.shape, large.shape, found.pricked[1]])
    assert set(found.parts) == {0}
    assert found.shapes[0].equals(large.shape)
    assert found.shapes[1].geom_type == "Polygon"
    assert found.shapes[1].area == pytest.approx(EAST.area + small.shape.area)


@pytest.mark.parametrize(
    ("hard", "min_contact"), [(shapely.STRtree([shapely.LineString([(40, 0), (40, 40)])]), 3.0), (None, 41.0)]
)
def test_nobody_goes_over_a_barrier_nor_through_a_narrow_gap(hard, min_contact):
    assert mend_by_cutting(piece([21, 12], [(10, 20)] * 2), ["a", "b"], {}, hard, min_contact) is None


def test_a_grid_that_is_given_neither_takes_nor_gives():
    assert mend_by_cutting(piece([21, 12], [(10, 20), None]), ["a", "b"], {}, None, 3.0) is None


def test_both_sides_of_a_border_may_be_cut():
    third = shapely.box(80, 0, 120, 40)
    found = mend_by_cutting(piece([22, 20, 12], [(10, 20)] * 3, (WEST, EAST, third)), list("abc"), {}, None, 3.0)
    shapes = [part.shape for parts in found.parts.values() for part in parts]
    shapes += [found.pricked.get(at, shape) for at, shape in enumerate((WEST, EAST, third)) if at not in found.parts]
    assert shapely.coverage_is_valid(shapes)
    counts = np.zeros(3, dtype=int)
    for at, weight in enumerate([22, 20, 12]):
        for leaf, households in [part[:2] for part in found.parts.get(at, [(int(found.label[at]), weight)])]:
            counts[leaf] += households
    assert counts.tolist() == [20, 20, 14]
    assert set(found.shapes) == {0, 1, 2}


@settings(max_examples=40)
@given(
    corners=st.lists(st.integers(0, 359), min_size=5, max_size=12, unique=True),
    households=st.integers(2, 30),
    data=st.data(),
)
def test_parts_tile_a_cell_of_any_form(corners, households, data):
    angle = np.radians(np.sort(corners))
    cell = shapely.Polygon(np.column_stack((np.cos(angle), np.sin(angle))) * 30 + [500_000, 4_000_000])
    if not cell.is_valid or cell.area < 200:
        return
    found = slice_unit(cell, households, [], set(edges_of(cell)))
    if found is None:
        return
    cuts = data.draw(st.sets(st.integers(0, len(found.sizes) - 1), min_size=min(2, len(found.sizes))))
    inserted = {}
    for place in (found.places[cut] for cut in cuts):
        if place.edge is not None:
            inserted.setdefault(place.edge, set()).add(place.offset)
    parts = cut_unit(found, sorted(cuts), inserted)
    assert sum(found.sizes) == households
    assert shapely.area(parts).sum() == pytest.approx(cell.area)
    assert shapely.is_valid(parts).all()
    if len(parts) > 1:
        assert shapely.coverage_is_valid(parts)
        assert not sound(cell, parts[1:], [1] * (len(parts) - 1))
