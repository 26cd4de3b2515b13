"""Random areas, sites, barriers and cuts, full of coincidences: most coordinates lie on a coarse lattice."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import strategies as st

from geo_grid.cells.segments import match_segments, rings_of
from geo_grid.units import Stacks

EAST, NORTH = 536_000.0, 4_152_000.0
SPACING = 10.0
LATTICE = 8

lattice_points = st.tuples(st.integers(0, LATTICE), st.integers(0, LATTICE))


def at(points):
    """Place lattice points in the projected plane."""
    return np.array(points, dtype=np.float64) * SPACING + [EAST, NORTH]


@st.composite
def areas(draw):
    """Union of boxes and triangles less some others: concave, with holes, in several parts, touching in points."""
    shapes = []
    for _ in range(draw(st.integers(1, 4))):
        corners = draw(st.lists(lattice_points, min_size=3, max_size=3, unique=True))
        flat = shapely.Polygon(at(corners))
        shape = flat if draw(st.booleans()) and flat.area > 0 else shapely.box(*shapely.MultiPoint(at(corners)).bounds)
        shapes.append(shape)
    area = shapely.union_all([shape for shape in shapes if shape.area > 0])
    for _ in range(draw(st.integers(0, 2))):
        x, y = at([draw(lattice_points)])[0]
        area = area.difference(shapely.box(x - 4, y - 4, x + 5, y + 6))
    pieces = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and part.area > 1]
    if not pieces:
        return shapely.box(EAST, NORTH, EAST + 80, NORTH + 80)
    return pieces[0] if len(pieces) == 1 else shapely.MultiPolygon(pieces)


@st.composite
def barriers(draw):
    """Lines that cross, dangle, repeat, and run along borders."""
    layers = []
    for strength in draw(st.sampled_from([(), (1.0,), (0.3, 1.0)])):
        lines = []
        for _ in range(draw(st.integers(1, 4))):
            points = draw(st.lists(lattice_points, min_size=2, max_size=5, unique=True))
            shift = draw(st.sampled_from([0.0, 0.0, 3.7, 1e-4, 0.02]))
            lines.append(shapely.LineString(at(points) + shift))
        layers.append((np.array(lines, dtype=object), strength))
    return layers


@st.composite
def sites(draw, area, most=14):
    """Places in the area or on its border, on barriers and their crossings, or a centimetre from each other."""
    inside = shapely.get_coordinates(shapely.point_on_surface(shapely.get_parts(area)))
    places = [inside[draw(st.integers(0, len(inside) - 1))]]
    for _ in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(["lattice", "half", "free", "near"]))
        if kind == "near":
            places.append(places[-1] + np.array([0.01, 0.0]) * draw(st.sampled_from([1, -1])))
        elif kind == "free":
            places.append(at([(draw(st.floats(0, LATTICE)), draw(st.floats(0, LATTICE)))])[0])
        else:
            places.append(at([draw(lattice_points)])[0] + (5.0 if kind == "half" else 0.0))
    kept: list[np.ndarray] = []
    for place in places:
        close = any(np.hypot(*(place - other)) <= 1e-3 for other in kept)
        if not close and area.covers(shapely.Point(place)):
            kept.append(place)
    return np.array(kept).reshape(-1, 2)


def open_border(polygons):
    """Metres of border that no two polygons match: the outer border, unless there are cracks."""
    segments = match_segments(rings_of(polygons))
    return segments.length[~segments.shared].sum()


def stacks_of(xy, sizes, rng):
    """Make stacks of given sizes at given sites, with random cut ranks."""
    sizes = np.asarray(sizes, dtype=np.int64)
    ptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    rank = rng.integers(0, 4, ptr[-1])
    rank[ptr[:-1]] = 4
    return Stacks(np.arange(ptr[-1]), ptr, xy, rank, np.full(ptr[-1], -1, dtype=np.int64), ())


def random_runs(atoms, rng, share):
    """Cut stacks at random into runs of consecutive households."""
    new = (atoms.cut_rank == 4) | (rng.random(atoms.n) < share)
    return np.cumsum(new) - 1


@st.composite
def tilings(draw):
    """An area with barriers, sites and stack sizes."""
    area = draw(areas())
    xy = draw(sites(area))
    sizes = [draw(st.one_of(st.integers(1, 4), st.integers(1, 600))) for _ in xy]
    return area, draw(barriers()), xy, sizes
