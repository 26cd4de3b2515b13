"""Units that touch are found by their common corners, whichever way they are drawn."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_grid.cells.segments import shared_edges
from geo_grid.rebuild.local import contacts

corners = st.tuples(st.integers(0, 99), st.integers(0, 99))


def cells(places):
    """The cells of some places, with the same vertices on both sides of every border."""
    points = shapely.MultiPoint(sorted(places))
    parts = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=shapely.box(0, 0, 100, 100)))
    return np.array(parts, dtype=object)


def same(shapes):
    u, v, metres, barred = contacts(shapes, None)
    i, j, length = shared_edges(shapes)
    long = length >= 1e-3
    assert (u.tolist(), v.tolist()) == (i[long].tolist(), j[long].tolist())
    assert metres == pytest.approx(length[long])
    assert not barred.any()


@given(places=st.sets(corners, min_size=3, max_size=25), data=st.data())
def test_contacts_are_the_common_borders(places, data):
    shapes = cells(places)
    same(shapes)
    turned = data.draw(st.lists(st.booleans(), min_size=len(shapes), max_size=len(shapes)))
    same(np.where(turned, shapely.reverse(shapes), shapes))


@given(places=st.sets(corners, min_size=6, max_size=25), chosen=st.randoms())
def test_contacts_of_units_of_several_parts_or_with_holes(places, chosen):
    shapes = cells(places).tolist()
    chosen.shuffle(shapes)
    some = [shapely.coverage_union_all(shapes[:3]), *shapes[3:]]
    same(np.array(some, dtype=object))
    around = shapely.Polygon([(-9, -9), (109, -9), (109, 109), (-9, 109)], [[(0, 0), (9, 0), (9, 9), (0, 9)]])
    same(np.array([around, shapely.box(0, 0, 9, 9)], dtype=object))


def test_what_overlaps_is_no_coverage():
    box = shapely.box(0, 0, 9, 9)
    with pytest.raises(AssertionError, match="no coverage"):
        contacts(np.array([box, box, box], dtype=object), None)


@pytest.mark.parametrize(("place", "expected"), [(10, True), (13, False), (900, False)])
def test_a_barrier_lies_between_units_where_it_runs_along_their_border(place, expected):
    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], dtype=object)
    _, _, metres, barred = contacts(shapes, shapely.STRtree([shapely.LineString([(place, -5), (place, 15)])]))
    assert metres.tolist() == [10.0]
    assert barred.tolist() == [expected]
