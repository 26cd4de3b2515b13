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
class KnownPoints:
    """Points that stand in the rims of cells already, for cuts to hit them again.

    Parameters
    ----------
    segment : ndarray of int64, shape (k,)
        Border segment each lies on, never decreasing.
    offset : ndarray of float64, shape (k,)
        Metres from the segment's first end; ascending within a segment.
    xy : ndarray of float64, shape (k, 2)
        The points.
    fixed : ndarray of bool, shape (k,)
        Points that stay whether a cut is there or not.
    reach : ndarray of float64, shape (q,)
        Metres within which the cut of each slice is taken to be at a known point.
    """

    segment: Ints
    offset: Floats
    xy: Floats
    fixed: Bools
    reach: Floats


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
    first_atom = np.concatenate((stacks.stack_ptr[:-1], np.arange(stacks.n, atoms.n)))
    last_atom = np.concatenate((stacks.stack_ptr[1:] - 1, np.arange(stacks.n, atoms.n)))
    cut = runs[first_atom] != runs[last_atom]
    if not cut.any():
        units = np.empty(int(runs[-1]) + 1 if len(runs) else 0, dtype=object)
        units[runs[first_atom]] = cells.polygons
        return units
    return cut_polygons(cells, slice_cells(cells, stacks, settings), first_atom, runs)


def cut_polygons(
    cells: Cells,
    slices: Slices,
    first_atom: Ints,
    runs: Ints,
    *,
    which: Bools | None = None,
    known: KnownPoints | None = None,
) -> Geometries:
    """Cut the polygons of units out of cells that are sliced already.

    Parameters
    ----------
    cells : Cells
        The cells of an area.
    slices : Slices
        Their slices.
    first_atom : ndarray of int64, shape (c,)
        First node of each cell.
    runs : ndarray of int64, shape (n,)
        Unit of each node, as for :func:`unit_polygons`.
    which : ndarray of bool, shape (c,), optional
        Cells whose units are wanted; all by default.
    known : KnownPoints, optional
        Points that stand in the cells' rims already.

    Returns
    -------
    ndarray of object, shape (u,)
        One polygon a unit; None for units of cells that are not wanted.
    """
    wanted = np.ones(len(cells.polygons), dtype=bool) if which is None else which
    units = np.empty(int(runs[-1]) + 1 if len(runs) else 0, dtype=object)
    cuts = _choose_cuts(cells, slices, runs, known)
    sliced = np.zeros(len(cells.polygons), dtype=bool)
    sliced[slices.fans.cell[slices.walk[cuts.kept]]] = True
    touched = np.zeros(len(cells.polygons), dtype=bool)
    segment = np.flatnonzero(np.diff(cuts.ptr))
    touched[cells.segments.i[segment]] = True
    touched[cells.segments.j[segment[cells.segments.j[segment] >= 0]]] = True
    plain = wanted & ~touched & ~sliced
    units[runs[first_atom[plain]]] = cells.polygons[plain]
    whole = np.flatnonzero(wanted & touched & ~sliced)
    units[runs[first_atom[whole]]] = _insert_points(cells, cuts, whole)
    if (wanted & sliced).any():
        _cut_cells(units, slices, cuts, runs, (wanted & sliced)[slices.fans.cell])
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


def kept_cuts(slices: Slices, runs: Ints) -> Ints:
    """Return the cuts between runs.

    Parameters
    ----------
    slices : Slices
        The slices of an area.
    runs : ndarray of int64, shape (n,)
        Unit of each node.

    Returns
    -------
    ndarray of int64
        Positions of the slices whose first cut is made, ascending.
    """
    return np.flatnonzero(runs[slices.atom] != runs[slices.atom[slices.previous]])


def _choose_cuts(cells: Cells, slices: Slices, runs: Ints, known: KnownPoints | None = None) -> _Cuts:
    """Choose the cuts between runs, and number the points they put into border segments."""
    kept = kept_cuts(slices, runs)
    segment, offset = slices.fans.segment[slices.step[kept]], slices.offset[kept]
    inner = (offset > 0) & (offset < cells.segments.length[segment])
    segment, offset, xy = segment[inner], offset[inner], slices.xy[kept[inner]]
    if known is not None and len(known.segment):
        offset, xy = snapped(known, segment, offset, xy, known.reach[kept[inner]])
        stays = known.fixed
        segment = np.concatenate((segment, known.segment[stays]))
        offset, xy = np.concatenate((offset, known.offset[stays])), np.vstack((xy, known.xy[stays]))
    order = np.lexsort((offset, segment))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(segment[order]) != 0) | (np.diff(offset[order]) != 0)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    point = np.full(len(kept), -1, dtype=np.int64)
    point[inner] = number[: int(inner.sum())]
    distinct = order[new]
    ptr = np.searchsorted(segment[distinct], np.arange(len(cells.segments.i) + 1))
    return _Cuts(kept, point, xy[distinct], ptr.astype(np.int64))


def snapped(known: KnownPoints, segment: Ints, offset: Floats, xy: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Move cuts to the known points that they are meant to be at.

    Parameters
    ----------
    known : KnownPoints
        Points that stand in rims.
    segment : ndarray of int64, shape (q,)
        Border segment of each cut.
    offset : ndarray of float64, shape (q,)
        Metres from the segment's first end.
    xy : ndarray of float64, shape (q, 2)
        Where each cut meets the rim.
    reach : ndarray of float64, shape (q,)
        Metres within which each is taken to be at a known point.

    Returns
    -------
    tuple of ndarray
        Offsets and places, those within reach of a known point at the nearest one.
    """
    count = len(known.segment)
    order = np.lexsort((np.concatenate((known.offset, offset)), np.concatenate((known.segment, segment))))
    place = np.arange(len(order))
    is_known = order < count
    before = np.maximum.accumulate(np.where(is_known, place, -1))
    after = np.minimum.accumulate(np.where(is_known, place, len(order))[::-1])[::-1]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = place
    offset, xy, best = offset.copy(), xy.copy(), reach.copy()
    wanted = offset.copy()
    for side in (before, after):
        at = side[rank[count:]]
        near = order[np.clip(at, 0, len(order) - 1)]
        near = np.where((at >= 0) & (at < len(order)), near, 0)
        away = np.abs(known.offset[near] - wanted)
        hit = (at >= 0) & (at < len(order)) & (known.segment[near] == segment) & (away <= best)
        offset[hit], xy[hit], best[hit] = known.offset[near[hit]], known.xy[near[hit]], away[hit]
    return offset, xy


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


def _cut_cells(units: Geometries, slices: Slices, cuts: _Cuts, runs: Ints, chosen: Bools) -> None:
    """Cut the cells of chosen walks into wedges, or into what a stretch of the walk passes where no point sees all."""
    fans = slices.fans
    steps = np.flatnonzero(chosen[fans.walk])
    refined = _refine(fans.start[steps], fans.segment[steps], fans.flip[steps], cuts)
    refined = _Refined(refined.start, steps[refined.source], refined.point)
    walk = fans.walk[refined.source]
    bounds = np.searchsorted(walk, np.arange(len(fans.cell) + 1))
    mine = chosen[slices.walk[cuts.kept]]
    kept, point = cuts.kept[mine], cuts.point[mine]
    place = _places_of_cuts(refined, walk, steps, slices, kept, point)
    cut_walk = slices.walk[kept]
    last = np.append(cut_walk[1:] != cut_walk[:-1], [True])
    first_of_walk = place[np.searchsorted(cut_walk, cut_walk)]
    size = np.diff(bounds)[cut_walk]
    span = np.where(last, first_of_walk + size, np.append(place[1:], 0)) - place
    begin, total = bounds[cut_walk], size
    unit = runs[slices.atom[kept]]
    star = fans.star[cut_walk]
    if (span < star).any():  # a wedge has a piece of the rim; a stretch of triangles may pass a single point of it
        raise ZoningError("cuts of one building do not follow each other around its rim")
    units[unit[star]] = _wedges(refined, fans.hub, begin[star], total[star], place[star], span[star])
    for k in np.flatnonzero(~star):
        around = begin[k] + (place[k] - begin[k] + np.arange(span[k] + 1)) % total[k]
        fan_pieces = sweep_fans(refined.start[around], fans.hub[refined.source[around]])
        units[unit[k]] = shapely.orient_polygons(shapely.coverage_union_all(fan_pieces))


def _places_of_cuts(refined: _Refined, walk: Ints, steps: Ints, slices: Slices, kept: Ints, point: Ints) -> Ints:
    """Return where in the refined walks each cut stands."""
    # a point may stand in the walks of both cells beside it: the walk tells which
    width = int(max(refined.point.max(initial=0), point.max(initial=0))) + 2
    key = walk * width + refined.point
    inserted = np.flatnonzero(refined.point >= 0)
    order = inserted[np.argsort(key[inserted])]
    wanted = slices.walk[kept] * width + point
    place = (
        order[np.minimum(np.searchsorted(key[order], wanted), len(order) - 1)] if len(order) else np.zeros_like(wanted)
    )
    corner = point < 0
    starts = np.flatnonzero(refined.point < 0)  # one a step, in order
    place[corner] = starts[np.searchsorted(steps, slices.step[kept[corner]])]
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
