"""The land of a stored area: its cells, where each is cut, and whether the stored units can be cut the same way again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.cells import Cells, CellSettings
from geo_grid.cells.build import _parts
from geo_grid.cells.segments import match_segments, rings_of
from geo_grid.cells.slices import _rasters, slice_cells
from geo_grid.cells.tour import Point, walk_triangles
from geo_grid.cells.unit_polygons import KnownPoints, cut_polygons, kept_cuts, snapped
from geo_grid.edit.rims import Reading, bare_rims

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.cells.slices import Slices
    from geo_grid.edit.rims import Rims
    from geo_grid.units import Stacks

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: A cut hits a point that is there already if it is within this share of the cuts' raster.
_HIT = 0.45
#: A cut that is made now is at the stored point within this many steps of the raster.
_NEAR = 10.0
#: Corners of a rim up to which every beginning is tried.
_LONG = 80
#: Less likely ways to read a cell, see :class:`geo_grid.edit.rims.Reading`: moved, full, turned to which place.
_WAYS: tuple[tuple[bool, bool, int | None], ...] = (
    (True, False, None),
    (False, True, None),
    (True, True, None),
    (False, False, 0),
    (False, True, 0),
    (False, False, 1),
    (False, False, 2),
    (False, False, 3),
)
#: A stored polygon that lies further (m) from the one cut anew was cut otherwise.
_ROUNDING = 1e-5


@dataclass(frozen=True, slots=True)
class Land:
    """Cells and cuts of a stored area.

    Parameters
    ----------
    cells : Cells
        The cells, without the points that cuts put into their rims.
    slices : Slices
        Where each household's share of its cell begins.
    known : KnownPoints
        Points that cuts put into the rims.
    odd : ndarray of bool, shape (c,)
        Cells whose stored units cannot be cut the same way again.
    """

    cells: Cells
    slices: Slices
    known: KnownPoints
    odd: Bools


def read_land(
    stored: Geometries,
    stacks: Stacks,
    first_atom: Ints,
    runs: Ints,
    barriers: list[tuple[Geometries, float]],
    changed: Bools | None = None,
) -> Land:
    """Read cells and cuts off the units of an area.

    Parameters
    ----------
    stored : ndarray of Polygon, shape (u,)
        The units, in the order of their atoms.
    stacks : Stacks
        Its buildings.
    first_atom : ndarray of int64, shape (c + 1,)
        Where the atoms of each cell begin.
    runs : ndarray of int64, shape (n,)
        Unit of each atom.
    barriers : list of (ndarray of LineString, float)
        Barrier lines and their strength, weakest first.
    changed : ndarray of bool, shape (c,), optional
        Cells that other households are in than they were cut for: no other way of reading them is tried.

    Returns
    -------
    Land
        What was read.
    """
    hopeful = np.ones(len(first_atom) - 1, dtype=bool) if changed is None else ~changed
    cell = np.searchsorted(first_atom, np.flatnonzero(np.diff(runs, prepend=-1)), side="right") - 1
    moved, full = np.zeros((2, len(first_atom) - 1), dtype=bool)
    best = Reading(moved, full, np.zeros(len(moved), dtype=np.int64))
    land, wrong = _read(best, cell, stored, stacks, first_atom, runs, barriers)
    wrong &= hopeful
    for move, fill, which in _WAYS:
        if not wrong.any():
            break
        turn = best.turn if which is None else np.where(wrong, _turns(land, wrong, which), best.turn)
        trial = Reading(best.moved ^ (wrong & move), best.full | (wrong & fill), turn)
        found, still = _read(trial, cell, stored, stacks, first_atom, runs, barriers)
        still &= hopeful
        right = wrong & ~still
        if right.any():
            best = Reading(
                np.where(right, trial.moved, best.moved),
                np.where(right, trial.full, best.full),
                np.where(right, trial.turn, best.turn),
            )
            land, wrong = (
                (found, still)
                if not (wrong & still).any()
                else _read(best, cell, stored, stacks, first_atom, runs, barriers)
            )
            wrong &= hopeful
    return land


def _turns(land: Land, wrong: Bools, which: int) -> Ints:
    """Return where the rim of cells must begin for the walk over their triangles to begin where it does now.

    There may be several such places, for the triangles depend on it too: ``which`` says which one of them.
    """
    turn = np.zeros(len(wrong), dtype=np.int64)
    fans, rings = land.slices.fans, land.cells.rings
    for cell in fans.cell[~fans.star & wrong[fans.cell]].tolist():
        start = rings.start[rings.polygon == cell]
        if len(start) > _LONG or shapely.get_num_interior_rings(land.cells.polygons[cell]):
            continue
        number, seen = np.zeros(len(start), dtype=np.int64), list[frozenset[Point]]()
        for shift in range(len(start)):
            corners = np.roll(start, -shift, axis=0)
            walk = walk_triangles(shapely.polygons(corners), corners, number)
            edge = next(edge for edge in walk.edge if edge >= 0)
            triangles = frozenset(walk.hub)
            if (corners[edge] == start[0]).all() and triangles not in seen:
                seen.append(triangles)
                turn[cell] = shift
                if len(seen) > which:
                    break
    return turn


def _read(
    reading: Reading,
    cell: Ints,
    stored: Geometries,
    stacks: Stacks,
    first_atom: Ints,
    runs: Ints,
    barriers: list[tuple[Geometries, float]],
) -> tuple[Land, Bools]:
    """Return the land, and the cells that are at fault where units cannot be cut the same way again."""
    rims = bare_rims(stored, cell, reading)
    cells = _cells(rims, stacks, barriers)
    slices = _at_hubs(slice_cells(cells, stacks, CellSettings()), rims.hubs)
    known = _known(rims, cells, slices)
    slices = _on_known(cells, slices, known, runs)
    wrong = _wrong(cells, slices, first_atom, runs, known, stored)
    odd = wrong | _missed(cells, slices, runs, known)
    shared = cells.segments.shared
    i, j = cells.segments.i[shared], cells.segments.j[shared]
    beside = np.concatenate((i[odd[j]], j[odd[i]]))  # cuts of an odd cell stand in its neighbours' rims
    odd[beside] = True
    return Land(cells, slices, known, odd), wrong


def _cells(rims: Rims, stacks: Stacks, barriers: list[tuple[Geometries, float]]) -> Cells:
    rings = rings_of(rims.polygons)
    segments = match_segments(rings)
    strength = np.zeros(len(segments.i))
    between = np.flatnonzero(segments.shared)
    if barriers and len(between):
        middles = shapely.points((segments.ends[between, :2] + segments.ends[between, 2:]) / 2)
        for lines, value in barriers:  # weakest first
            near = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=CellSettings().barrier_reach)[0]
            strength[between[np.unique(near)]] = value
    return Cells(rims.polygons, stacks.xy, rings, segments, strength, _parts(len(rims.polygons), segments))


def _at_hubs(slices: Slices, hubs: Floats) -> Slices:
    """Let cuts meet where the stored ones meet, to the last digit."""
    fans = slices.fans
    stored = hubs[fans.cell][fans.walk]
    near = np.repeat(fans.star, np.diff(fans.ptr)) & (np.abs(stored - fans.hub).max(axis=1, initial=0.0) <= _ROUNDING)
    return replace(slices, fans=replace(fans, hub=np.where(near[:, None], stored, fans.hub)))


def _known(rims: Rims, cells: Cells, slices: Slices) -> KnownPoints:
    segment = cells.segments.edge_segment[rims.edge]
    away = rims.xy - cells.segments.ends[segment, :2]
    offset = np.hypot(away[:, 0], away[:, 1])
    order = np.lexsort((offset, segment))
    raster = _rasters(slices.fans, np.diff(slices.ptr), CellSettings().cut_step)
    return KnownPoints(
        segment[order], offset[order], rims.xy[order], rims.fixed[order], _HIT * np.repeat(raster, np.diff(slices.ptr))
    )


def _inner_cuts(cells: Cells, slices: Slices, runs: Ints) -> tuple[Ints, Ints]:
    """Return the cuts between units that meet a rim inside a segment, and these segments."""
    kept = kept_cuts(slices, runs)
    segment = slices.fans.segment[slices.step[kept]]
    inner = (slices.offset[kept] > 0) & (slices.offset[kept] < cells.segments.length[segment])
    return kept[inner], segment[inner]


def _on_known(cells: Cells, slices: Slices, known: KnownPoints, runs: Ints) -> Slices:
    """Put the cuts that are made now on the very points where they are stored."""
    kept = kept_cuts(slices, runs)
    fans, length = slices.fans, cells.segments.length
    step, offset, xy = slices.step.copy(), slices.offset.copy(), slices.xy.copy()
    near = _NEAR / _HIT * known.reach
    # a cut may have been stored at the corner before, or beyond the corner where it is found now
    onward = np.minimum(step + 1, fans.ptr[slices.walk + 1] - 1)
    back = np.maximum(step - 1, fans.ptr[slices.walk])
    done = np.zeros(len(step), dtype=bool)
    for shift in (step.copy(), back, onward):
        mine = kept[~done[kept] & (fans.segment[shift[kept]] >= 0)]
        segment = fans.segment[shift[mine]]
        away = xy[mine] - cells.segments.ends[segment, :2]
        along = np.where(shift[mine] == step[mine], offset[mine], np.hypot(away[:, 0], away[:, 1]))
        at, place = snapped(known, segment, along, np.full((len(mine), 2), np.nan), near[mine])
        hit = ~np.isnan(place[:, 0])
        step[mine[hit]], offset[mine[hit]], xy[mine[hit]] = shift[mine[hit]], at[hit], place[hit]
        done[mine[hit]] = True
    for shift in (step.copy(), onward):
        mine = kept[~done[kept] & (fans.segment[shift[kept]] >= 0)]
        corner = fans.start[shift[mine]]
        hit = np.hypot(*(xy[mine] - corner).T) <= near[mine]
        flip = fans.flip[shift[mine]]
        at = np.where(flip, length[fans.segment[shift[mine]]], 0.0)
        step[mine[hit]], offset[mine[hit]], xy[mine[hit]] = shift[mine[hit]], at[hit], corner[hit]
        done[mine[hit]] = True
    # where a building has other households than it was cut for, two cuts may be near one point, or a cut nearer to the
    # next one's: they stay where they are
    walk = slices.walk[kept]
    rows, times = np.unique(np.column_stack((walk, xy[kept])), axis=0, return_counts=True)
    way = np.where(fans.flip[step[kept]], -offset[kept], offset[kept])
    back = (np.diff(step[kept]) < 0) | ((np.diff(step[kept]) == 0) & (np.diff(way) < 0))
    back &= walk[1:] == walk[:-1]
    doubtful = np.isin(slices.walk, np.concatenate((rows[times > 1, 0].astype(np.int64), walk[1:][back])))
    step[doubtful], offset[doubtful], xy[doubtful] = (
        values[doubtful] for values in (slices.step, slices.offset, slices.xy)
    )
    ordered = (np.diff(step) >= 0).all()
    return replace(slices, step=step, offset=offset, xy=xy, owner=_owners(slices, step)) if ordered else slices


def _owners(slices: Slices, step: Ints) -> Ints:
    """Return the slice that each step of the walks starts in."""
    fans, ptr = slices.fans, slices.ptr
    before = np.searchsorted(step, np.arange(len(fans.start)), side="left") - 1
    return np.where(before < ptr[fans.walk], ptr[fans.walk + 1] - 1, before)


def _wrong(cells: Cells, slices: Slices, first_atom: Ints, runs: Ints, known: KnownPoints, stored: Geometries) -> Bools:
    """Say of which cells the units, cut anew, come out elsewhere than they are stored."""
    anew = cut_polygons(cells, slices, first_atom[:-1], runs, known=known)
    differs = np.flatnonzero(~shapely.equals_exact(shapely.normalize(anew), shapely.normalize(stored), 1e-9))
    far = shapely.hausdorff_distance(shapely.boundary(anew[differs]), shapely.boundary(stored[differs])) > _ROUNDING
    wrong = np.zeros(len(first_atom) - 1, dtype=bool)
    cell_of_unit = np.repeat(np.arange(len(wrong)), np.diff(np.append(runs[first_atom[:-1]], len(stored))))
    wrong[cell_of_unit[differs[far]]] = True
    return wrong


def _missed(cells: Cells, slices: Slices, runs: Ints, known: KnownPoints) -> Bools:
    """Say beside which cells a cut misses its point, or no cut hits a point: it must not stand in one of two only."""
    odd = np.zeros(len(cells.polygons), dtype=bool)
    kept, segment = _inner_cuts(cells, slices, runs)
    places = np.column_stack((segment, slices.offset[kept]))
    points = np.column_stack((known.segment, known.offset))
    hit, used = _same_rows(places, points), _same_rows(points, places) | known.fixed
    for missed in (segment[~hit], known.segment[~used]):
        odd[cells.segments.i[missed]] = True
        odd[cells.segments.j[missed[cells.segments.shared[missed]]]] = True
    return odd


def _same_rows(rows: NDArray[Any], others: NDArray[Any]) -> Bools:
    """Say which rows stand among others, to the last digit."""
    _, number = np.unique(np.vstack((rows, others)), axis=0, return_inverse=True)
    number = number.reshape(-1)
    return np.isin(number[: len(rows)], number[len(rows) :])
