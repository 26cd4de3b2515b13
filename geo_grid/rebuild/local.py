"""Bands that broke, mended on the units as they stand: units change sides, no border but between them moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.cells import dissolve
from geo_grid.cells.segments import match_segments, rings_of, sum_pairs
from geo_grid.cells.settings import DEFAULTS
from geo_grid.edit.ground import LEAST_CONTACT
from geo_grid.rebuild.moves import Board, Touch, bring_home

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]

#: Households at the end of a part of a building that may go over to the next part.
TAIL = 4
#: Households that may change sides beyond what the counts force: where more would, buildings are better cut anew.
SPARE = 15


@dataclass(frozen=True, slots=True)
class Piece:
    """The units of one grid, or of an area, to be shared out anew among the grids inside it.

    Parameters
    ----------
    shapes : ndarray of Polygon, shape (n,)
        Units.
    label : ndarray of int64, shape (n,)
        Leaf of each, 0 … k − 1: the finest grid it is in.
    weight : ndarray of int64, shape (n,)
        Households of each.
    stays : ndarray of int64, shape (n,)
        Of these the households that were in the unit before.
    ends : list of tuple of int
        Pairs of units that are parts of one building, one after the other.
    apart : frozenset of int
        Units that stay where they are and hold nothing together: pieces of an area without households.
    chains : list of tuple of int
        For each leaf the grids it lies in, coarsest first, itself the last; numbers of ``bands``.
    bands : list of tuple of int or None
        Band of each grid; None where nothing may enter or leave.
    """

    shapes: Geometries
    label: Ints
    weight: Ints
    stays: Ints
    ends: list[tuple[int, int]]
    apart: frozenset[int]
    chains: list[tuple[int, ...]]
    bands: list[tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Mended:
    """How the grids come back into their bands.

    Parameters
    ----------
    label : ndarray of int64, shape (n,)
        Leaf of each unit.
    handed : list of tuple of int
        Unit, next unit of its building, and how many households go from the one to the other; below 0: come back.
    shapes : dict of int to Polygon or MultiPolygon
        Ground of each grid that changed, at any level.
    """

    label: Ints
    handed: list[tuple[int, int, int]]
    shapes: dict[int, Any]


def mend_piece(piece: Piece, hard: Any, min_contact: float) -> Mended | None:
    """Bring grids back into their bands by moving whole units, and households between parts of a building.

    Parameters
    ----------
    piece : Piece
        Units and grids.
    hard : STRtree or None
        Barriers that no grid should newly cross.
    min_contact : float
        Metres of common border that make neighbours.

    Returns
    -------
    Mended or None
        None where that does not do, or another number of grids is wanted.
    """
    start, weight, edges, owner = _with_tails(piece)
    # whether a household at an end is new is not asked: it counts as one that was there
    stays = np.maximum(0, piece.stays - (piece.weight - np.array(weight[: len(piece.weight)], dtype=np.int64))).tolist()
    stays += [1] * len(owner)
    touches = _touches(piece, hard, min_contact)
    touches += [[] for _ in range(len(start) - len(touches))]
    deepest = len(piece.chains[0]) - 1
    for a, b in edges:
        for one, other in ((a, b), (b, a)):
            touches[one].append(Touch(other, min_contact, passable=True, holds=deepest))
    found = bring_home(Board(weight, stays, start, touches, piece.chains, piece.bands, piece.apart), SPARE)
    if found is None:
        return None
    label = np.array(found, dtype=np.int64)
    handed = _handed(piece, label, owner)
    if handed is None:
        return None
    return Mended(label[: len(piece.label)], handed, _ground(piece, label[: len(piece.label)]))


def _ground(piece: Piece, label: Ints) -> dict[int, Any]:
    """Return the ground of each grid that won or lost a unit."""
    chains = np.array(piece.chains, dtype=np.int64)
    out: dict[int, Any] = {}
    for was, now in zip(chains[piece.label].T, chains[label].T, strict=True):
        moved = was != now
        changed = np.unique(np.concatenate((was[moved], now[moved])))
        if len(changed):
            mine = np.isin(now, changed)
            shapes = dissolve(piece.shapes[mine], np.searchsorted(changed, now[mine]))
            out |= dict(zip(changed.tolist(), shapes.tolist(), strict=True))
    return out


def _touches(piece: Piece, hard: Any, min_contact: float) -> list[list[Touch]]:
    """Return the neighbours of each unit."""
    out: list[list[Touch]] = [[] for _ in piece.label]
    label, chains = piece.label.tolist(), piece.chains
    u, v, metres, blocked = contacts(piece.shapes, hard)
    for a, b, length, barred in zip(u.tolist(), v.tolist(), metres.tolist(), blocked.tolist(), strict=True):
        if a in piece.apart or b in piece.apart:
            continue
        one, other = chains[label[a]], chains[label[b]]
        passable = length >= min_contact and not barred
        common = len(one) if passable else next((at for at, grid in enumerate(one) if grid != other[at]), len(one))
        out[a].append(Touch(b, length, passable, common - 1))
        out[b].append(Touch(a, length, passable, common - 1))
    return out


def contacts(shapes: Geometries, hard: Any) -> tuple[Ints, Ints, Floats, NDArray[np.bool_]]:
    """Find which units touch.

    Parameters
    ----------
    shapes : ndarray of Polygon, shape (n,)
        Units.
    hard : STRtree or None
        Barriers of full strength.

    Returns
    -------
    u, v : ndarray of int64, shape (m,)
        Both units.
    metres : ndarray of float64, shape (m,)
        Along how many metres they touch.
    blocked : ndarray of bool, shape (m,)
        Whether one of the barriers lies between them.
    """
    segments = match_segments(rings_of(shapes))
    shared = np.flatnonzero(segments.shared)
    i, j, metres = segments.i[shared], segments.j[shared], segments.length[shared]
    on = np.zeros(len(shared))
    if hard is not None and len(shared):
        ends = segments.ends[shared]
        middles = shapely.points((ends[:, :2] + ends[:, 2:]) / 2)
        on[np.unique(hard.query(middles, predicate="dwithin", distance=DEFAULTS.barrier_reach)[0])] = 1.0
    u, v, length, barred = sum_pairs(i, j, metres, metres * on)
    good = length >= LEAST_CONTACT
    return (
        u[good].astype(np.int64),
        v[good].astype(np.int64),
        length[good].astype(np.float64),
        np.asarray(2 * barred[good] > length[good]),
    )


def _with_tails(piece: Piece) -> tuple[list[int], list[int], list[tuple[int, int]], list[tuple[int, int]]]:
    """Make nodes of their own of the households at both sides of an end between two parts of a building.

    Returns leaf and weight of each node, edges between nodes, and for the nodes beyond the units the end they belong
    to and their place at it.
    """
    weight, label = piece.weight.tolist(), piece.label.tolist()
    edges: list[tuple[int, int]] = []
    owner: list[tuple[int, int]] = []
    start, size = list(label), list(weight)
    for number, (a, b) in enumerate(piece.ends):
        take = [_tail(weight[a]), _tail(weight[b])]
        nodes = [a]
        for side, unit in ((0, a), (1, b)):
            for _ in range(take[side]):
                owner.append((number, len(nodes) - 1))
                nodes.append(len(start))
                start.append(label[unit])
                size.append(1)
            size[unit] -= take[side]
        edges += list(zip(nodes, [*nodes[1:], b], strict=True))
    return start, size, edges, owner


def _tail(households: int) -> int:
    """Return how many households at the end of a part of a building may go over; a part has two ends."""
    return min(TAIL, (households - 1) // 2)


def _handed(piece: Piece, label: Ints, owner: list[tuple[int, int]]) -> list[tuple[int, int, int]] | None:
    """Return how many households go over at each end inside a building; None where a part would have to be cut anew."""
    n = len(piece.label)
    rows: dict[int, list[int]] = {}
    for at, (number, _) in enumerate(owner):
        rows.setdefault(number, []).append(int(label[n + at]))
    out: list[tuple[int, int, int]] = []
    for number, row in rows.items():
        a, b = piece.ends[number]
        one, other = int(label[a]), int(label[b])
        if one == other:
            if any(zone != one for zone in row):
                return None
            continue
        mine = next((at for at, zone in enumerate(row) if zone != one), len(row))
        if any(zone != other for zone in row[mine:]):
            return None
        before = _tail(int(piece.weight[a]))
        if mine != before:
            out.append((a, b, before - mine))
    return out
