import numpy as np
import pytest
import shapely

from geo_grid.cells import shared_edges
from geo_grid.cells.segments import match_segments, rings_of


def test_shared_edges_of_a_raster():
    boxes = np.array([shapely.box(x, y, x + 1, y + 2) for y in (0, 2) for x in (0, 1)], dtype=object)
    i, j, length = shared_edges(boxes)
    assert list(zip(i.tolist(), j.tolist(), length.tolist(), strict=True)) == [
        (0, 1, 2.0),
        (0, 2, 1.0),
        (1, 3, 1.0),
        (2, 3, 2.0),
    ]


def test_a_polygon_in_the_hole_of_another_is_its_neighbour():
    hole = shapely.box(1, 1, 2, 2)
    _, _, length = shared_edges(np.array([shapely.box(0, 0, 3, 3).difference(hole), hole], dtype=object))
    assert length.tolist() == [4.0]


def test_touching_in_a_point_is_not_sharing():
    i, _, _ = shared_edges(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)], dtype=object))
    assert len(i) == 0


def test_no_polygons():
    i, j, length = shared_edges(np.zeros(0, dtype=object))
    assert len(i) == len(j) == len(length) == 0


def test_overlap_is_refused():
    with pytest.raises(AssertionError, match="no coverage"):
        match_segments(rings_of(np.array([shapely.box(0, 0, 1, 1)] * 3, dtype=object)))


@pytest.mark.parametrize("collide", [False, True])
def test_equal_edges_are_found_whichever_way_they_run(monkeypatch, collide):
    from geo_grid.cells import segments

    if collide:  # points whose numbers fall together are still told apart
        monkeypatch.setattr(segments, "point_hash", lambda xy: np.zeros(len(xy), dtype=np.uint64))
    rng = np.random.default_rng(3)
    points = rng.integers(-3, 3, (400, 4)) * 0.1
    start, end = points[:, :2], points[:, 2:]
    order, first = segments.same_edges(start, end)
    assert sorted(order.tolist()) == list(range(400))
    found = {frozenset(part.tolist()) for part in np.split(order, first[1:])}
    wanted: dict[frozenset, set[int]] = {}
    for i in range(400):
        ends = frozenset((tuple((start[i] + 0.0).tolist()), tuple((end[i] + 0.0).tolist())))
        wanted.setdefault(ends, set()).add(i)
    assert found == {frozenset(edges) for edges in wanted.values()}
    assert len(found) < 400
