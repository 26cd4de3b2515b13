"""The polygons of units: cells, or the runs of slices that a building was cut into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.cells.rebuild import polygons_of, ragged
from geo_grid.cells.settings import DEFAULTS, CellSettings
from geo_grid.cells.slices import Slices, slice_cells
from geo_grid.cells.tour import sweep_fans
from geo_grid.errors import ZoningError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.cells.build import Cells
    from geo_grid.units import Stacks
    from geo_grid.zoning.graph import AtomGraph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class _Cuts:
    """The cuts that are made, as points to put into border segments.

    ``kept`` are positions in the slices; ``point`` is the point of each, −1 for a corner that is there already.
    Points are sorted by segment, then along it; those of segment t are ``ptr[t]`` up to ``ptr[t + 1]``.
    """

    kept: Ints
    point: Ints
    xy: Floats
    ptr: Ints


@dataclass(frozen=True, slots=True)
class _Refined:
    """Closed walks with the cut points in them: where each piece starts, its step or edge, its point (or −1)."""

    start: Floats
    source: Ints
    point: Ints


def unit_polygons(
    cells: Cells, stacks: Stacks, atoms: AtomGraph, runs: Ints, settings: CellSettings = DEFAULTS
) -> Geometries:
    """Cut the polygons of units out of their cells.

    Parameters
    ----------
    cells : Cells
        The cells of an area.
    stacks : Stacks
        The stacks whose sites the cells were made of.
    atoms : AtomGraph
        The graph of :func:`geo_grid.cells.atom_graph` of both.
    runs : ndarray of int64, shape (n,)
        Unit of each node, 0 … u − 1, never decreasing and none left out; a unit holds consecutive households of one
        stack, or one cell without households.
    settings : CellSettings
        Tolerances; the ones the graph was made with.

    Returns
    -------
    ndarray of object, shape (u,)
        One valid Polygon a unit. They form an exact coverage of the area; units that hold neighbours share a border.

    Raises
    ------
    ZoningError
        If the runs are not as described.
    """
    runs = np.asarray(runs, dtype=np.int64)
    _check_runs(atoms, runs)
    unit_count = int(runs[-1]) + 1 if len(runs) else 0
    first_atom = np.concatenate((stacks.stack_ptr[:-1], np.arange(stacks.n, atoms.n)))
    last_atom = np.concatenate((stacks.stack_ptr[1:] - 1, np.arange(stacks.n, atoms.n)))
    cut = runs[first_atom] != runs[last_atom]
    units = np.empty(unit_count, dtype=object)
    units[runs[first_atom[~cut]]] = cells.polygons[~cut]
    if not cut.any():
        return units
    slices = slice_cells(cells, stacks, settings)
    cuts = _choose_cuts(cells, slices, runs)
    touched = np.zeros(len(cells.polygons), dtype=bool)
    segment = slices.fans.segment[slices.step[cuts.kept[cuts.point >= 0]]]
    touched[cells.segments.i[segment]] = True
    touched[cells.segments.j[segment[cells.segments.j[segment] >= 0]]] = True
    whole = np.flatnonzero(touched & ~cut)
    units[runs[first_atom[whole]]] = _insert_points(cells, cuts, whole)
    _cut_cells(units, slices, cuts, runs)
    return units


def _check_runs(atoms: AtomGraph, runs: Ints) -> None:
    """Refuse runs that are no runs."""
    if len(runs) != atoms.n:
        raise ZoningError(f"{len(runs)} unit numbers for {atoms.n} nodes")
    new = np.concatenate(([True], runs[1:] != runs[:-1])) if len(runs) else np.zeros(0, dtype=bool)
    if not np.array_equal(runs, np.cumsum(new) - 1):
        raise ZoningError("unit numbers must start at 0 and grow by 0 or 1 from node to node")
    if not new[atoms.cut_rank == 4].all():
        raise ZoningError("a unit must not reach over two stacks or two cells without households")


def _choose_cuts(cells: Cells, slices: Slices, runs: Ints) -> _Cuts:
    """Choose the cuts between runs, and number the points they put into border segments."""
    kept = np.flatnonzero(runs[slices.atom] != runs[slices.atom[slices.previous]])
    step, offset = slices.step[kept], slices.offset[kept]
    segment = slices.fans.segment[step]
    inner = (offset > 0) & (offset < cells.segments.length[segment])
    places = np.column_stack((segment[inner], offset[inner]))
    distinct, first, number = np.unique(places, axis=0, return_index=True, return_inverse=True)
    point = np.full(len(kept), -1, dtype=np.int64)
    point[inner] = number.reshape(-1)
    ptr = np.searchsorted(distinct[:, 0], np.arange(len(cells.segments.i) + 1))
    return _Cuts(kept, point, slices.xy[kept[inner][first]], ptr.astype(np.int64))


def _refine(start: Floats, segment: Ints, flip: Bools, cuts: _Cuts) -> _Refined:
    """Put the cut points into the edges of closed walks."""
    lookup = np.append(np.diff(cuts.ptr), 0)  # the last entry serves steps inside a cell, segment −1
    count = lookup[segment]
    source = np.repeat(np.arange(len(segment)), count + 1)
    rank = ragged(np.zeros(len(segment), dtype=np.int64), count + 1)
    forward = cuts.ptr[segment[source]] + rank - 1
    backward = cuts.ptr[segment[source] + 1] - rank
    point = np.where(rank == 0, -1, np.where(flip[source], backward, forward))
    xy = start[source]
    xy[rank > 0] = cuts.xy[point[rank > 0]]
    return _Refined(xy, source, point)


def _insert_points(cells: Cells, cuts: _Cuts, which: Ints) -> Geometries:
    """Return cells that stay whole with the cut points of their neighbours in their rings."""
    edges = np.flatnonzero(np.isin(cells.rings.polygon, which))
    segments = cells.segments
    refined = _refine(cells.rings.start[edges], segments.edge_segment[edges], segments.edge_flip[edges], cuts)
    source = edges[refined.source]
    return polygons_of(refined.start, cells.rings.ring[source], cells.rings.polygon[source])


def _cut_cells(units: Geometries, slices: Slices, cuts: _Cuts, runs: Ints) -> None:
    """Cut cells into wedges, or into what a stretch of the walk passes where no point sees the cell whole."""
    fans = slices.fans
    refined = _refine(fans.start, fans.segment, fans.flip, cuts)
    walk = fans.walk[refined.source]
    bounds = np.searchsorted(walk, np.arange(len(fans.cell) + 1))
    place = _places_of_cuts(refined, walk, slices, cuts)
    cut_walk = slices.walk[cuts.kept]
    last = np.append(cut_walk[1:] != cut_walk[:-1], [True])
    first_of_walk = place[np.searchsorted(cut_walk, cut_walk)]
    size = np.diff(bounds)[cut_walk]
    span = np.where(last, first_of_walk + size, np.append(place[1:], 0)) - place
    begin, total = bounds[cut_walk], size
    unit = runs[slices.atom[cuts.kept]]
    star = fans.star[cut_walk]
    units[unit[star]] = _wedges(refined, fans.hub, begin[star], total[star], place[star], span[star])
    for k in np.flatnonzero(~star):
        around = begin[k] + (place[k] - begin[k] + np.arange(span[k] + 1)) % total[k]
        fan_pieces = sweep_fans(refined.start[around], fans.hub[refined.source[around]])
        units[unit[k]] = shapely.orient_polygons(shapely.coverage_union_all(fan_pieces))


def _places_of_cuts(refined: _Refined, walk: Ints, slices: Slices, cuts: _Cuts) -> Ints:
    """Return where in the refined walks each cut stands."""
    # a point may stand in the walks of both cells beside it: the walk tells which
    width = len(cuts.xy) + 1
    key = walk * width + refined.point
    inserted = np.flatnonzero(refined.point >= 0)
    order = inserted[np.argsort(key[inserted])]
    wanted = slices.walk[cuts.kept] * width + cuts.point
    place = (
        order[np.minimum(np.searchsorted(key[order], wanted), len(order) - 1)] if len(order) else np.zeros_like(wanted)
    )
    corner = cuts.point < 0
    starts = np.flatnonzero(refined.point < 0)  # one a step, in order
    place[corner] = starts[slices.step[cuts.kept[corner]]]
    return place


def _wedges(refined: _Refined, hub: Floats, begin: Ints, total: Ints, place: Ints, span: Ints) -> Geometries:
    """Make wedges: the hub, then the rim from one cut to the next."""
    count = span + 2
    wedge = np.repeat(np.arange(len(place)), count)
    rank = ragged(np.zeros(len(place), dtype=np.int64), count) - 1
    at = begin[wedge] + (place[wedge] - begin[wedge] + rank) % total[wedge]
    xy = refined.start[at]
    tip = rank < 0
    xy[tip] = hub[refined.source[place]]
    return polygons_of(xy, wedge, wedge)
