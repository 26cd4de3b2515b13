"""Edges that meet nothing but each other need no noding: the cells are the same to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_grid.cells import faces
from geo_grid.cells.build import build_cells


def sites_of(kind: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    if kind == "lattice":  # four sites on a circle everywhere: Voronoi vertices fall together, or nearly
        x, y = np.meshgrid(np.arange(12) * 30.0 + 15, np.arange(12) * 30.0 + 15)
        return np.column_stack((x.ravel(), y.ravel())) + rng.choice([0.0, 1e-8, 1e-5], (144, 2)) + 4e5
    return rng.uniform(1, 359, (150, 2)) + 4e5


@pytest.mark.parametrize("kind", ["random", "lattice"])
def test_free_edges_give_the_same_cells(kind, monkeypatch):
    area = shapely.transform(shapely.box(0, 0, 360, 360), lambda xy: xy + 4e5)
    barrier = np.array([shapely.LineString([(4e5 - 9, 4e5 + 100), (4e5 + 200, 4e5 + 171.3), (4e5 + 380, 4e5 + 90)])])
    quick = build_cells(area, sites_of(kind), [(barrier, 1.0)]).polygons
    monkeypatch.setattr(faces, "_crowded", lambda lines: np.ones(len(lines), dtype=bool))
    careful = build_cells(area, sites_of(kind), [(barrier, 1.0)]).polygons
    assert shapely.coverage_is_valid(quick)
    assert np.array_equal(shapely.to_wkb(shapely.normalize(quick)), shapely.to_wkb(shapely.normalize(careful)))
    assert shapely.area(quick).sum() == pytest.approx(area.area, rel=1e-12)


def test_faces_that_leave_a_gap_are_noticed():
    from geo_grid.cells.enclosures import Enclosures

    whole = np.array([shapely.box(0, 0, 2, 1)], dtype=object)
    enclosures = Enclosures(whole, np.zeros(1, dtype=np.int64))
    assert faces._whole(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]), enclosures)
    assert not faces._whole(np.array([shapely.box(0, 0, 1, 1)]), enclosures)
