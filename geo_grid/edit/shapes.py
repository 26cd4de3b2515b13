"""Polygons of the units of a state: those that are stored where nothing changed, else cut anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.cells.unit_polygons import cut_polygons, kept_cuts, snapped
from geo_grid.edit.view import absent, remembered, runs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]


def cuts_of(ground: Ground, runs: Ints) -> Ints:
    """Return the cuts that are made between units.

    Parameters
    ----------
    ground : Ground
        The area.
    runs : ndarray of int64, shape (n,)
        Unit of each atom.

    Returns
    -------
    ndarray of int64
        Positions in the ground's slices, ascending.
    """
    return kept_cuts(ground.slices, runs)


def cells_apart(ground: Ground, one: Ints, other: Ints) -> Bools:
    """Say which cells' polygons may differ between two ways of cutting.

    Parameters
    ----------
    ground : Ground
        The area.
    one, other : ndarray of int64
        Cuts of each, see :func:`cuts_of`.

    Returns
    -------
    ndarray of bool, shape (c,)
        Cells that are cut otherwise, and those beside a cut that only one side makes.
    """
    marks = np.zeros(len(ground.stack_ids), dtype=bool)
    changed = np.setxor1d(one, other, assume_unique=True)
    slices, segments = ground.slices, ground.cells.segments
    marks[slices.fans.cell[slices.walk[changed]]] = True
    segment = slices.fans.segment[slices.step[changed]]
    segment = segment[segment >= 0]
    marks[segments.i[segment]] = True
    beside = segments.j[segment]
    marks[beside[beside >= 0]] = True
    return marks


def unit_shapes(ground: Ground, state: AreaState, wanted: Bools | None = None) -> Geometries:
    """Return the polygons of units.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.
    wanted : ndarray of bool, shape (c,), optional
        Cells whose units are wanted; all by default.

    Returns
    -------
    ndarray of Polygon
        One a unit of the state; None for units of cells that are not wanted.
    """
    runs = runs_of(ground, state)
    # what is known already; asking for more adds to it
    shapes: Geometries = remembered(ground, state, "shapes", lambda: np.full(int(runs[-1]) + 1, None, dtype=object))
    of_unit = np.repeat(np.arange(len(ground.stack_ids)), np.diff(np.append(runs[ground.first_atom[:-1]], len(shapes))))
    missing = np.zeros(len(ground.stack_ids), dtype=bool)
    missing[of_unit[absent(shapes)]] = True
    if wanted is not None:
        missing &= wanted
    if missing.any():
        _fill(ground, runs, shapes, missing, of_unit)
    return shapes


def _fill(ground: Ground, runs: Ints, shapes: Geometries, missing: Bools, of_unit: Ints) -> None:
    anew = cells_apart(ground, cuts_of(ground, ground.runs), cuts_of(ground, runs)) | ground.odd
    stored_of_unit = np.repeat(
        np.arange(len(ground.stack_ids)), np.diff(np.append(ground.runs[ground.first_atom[:-1]], len(ground.polygons)))
    )
    same = missing & ~anew
    shapes[same[of_unit]] = ground.polygons[same[stored_of_unit]]
    if (missing & anew).any():
        mine = (missing & anew)[of_unit]
        cut = cut_polygons(
            ground.cells, ground.slices, ground.first_atom[:-1], runs, which=missing & anew, known=ground.known
        )
        shapes[mine] = cut[mine]


def border_cuts(ground: Ground, runs: Ints) -> Ints:
    """Return the cuts that put a point into the area's border that is not there yet.

    Parameters
    ----------
    ground : Ground
        The area.
    runs : ndarray of int64, shape (n,)
        Unit of each atom.

    Returns
    -------
    ndarray of int64
        Positions in the ground's slices, ascending.
    """
    fresh: Bools = remembered(ground, ground.base, "fresh", lambda: _fresh(ground))
    cuts = cuts_of(ground, runs)
    return cuts[fresh[cuts]]


def _fresh(ground: Ground) -> Bools:
    """Mark slices whose first cut would put a new point into the area's border."""
    slices, segments, known = ground.slices, ground.cells.segments, ground.known
    segment = slices.fans.segment[slices.step]
    inner = (segment >= 0) & (slices.offset > 0) & (slices.offset < segments.length[segment])
    fresh = inner & (segments.j[segment] < 0)
    if fresh.any() and len(known.segment):
        at, where = np.flatnonzero(fresh), np.full((int(fresh.sum()), 2), np.nan)
        _, xy = snapped(known, segment[at], slices.offset[at], where, known.reach[at])
        fresh[at[~np.isnan(xy[:, 0])]] = False
    return fresh
