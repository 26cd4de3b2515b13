"""Bands that broke, mended on the units as they stand: units change sides, no border but between them moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geo_grid.cells import dissolve
from geo_grid.cells.segments import match_segments, point_hash, rings_of, sum_pairs
from geo_grid.cells.settings import DEFAULTS
from geo_grid.edit.ground import LEAST_CONTACT
from geo_grid.rebuild.board import Board, Touch
from geo_grid.rebuild.moves import bring_home

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]

_POLYGON = 3  # what GEOS calls it
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


class Part(NamedTuple):
    """What a unit was cut into.

    Parameters
    ----------
    leaf : int
        The finest grid it is in.
    households : int
        Households of it.
    shape : Polygon
        Its ground.
    """

    leaf: int
    households: int
    shape: Any


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
    parts : dict of int to list of Part
        Units that are cut, and what they are cut into, in the building's order.
    pricked : dict of int to Polygon
        Units that a cut of another building puts a vertex into.
    """

    label: Ints
    handed: list[tuple[int, int, int]]
    shapes: dict[int, Any]
    parts: dict[int, list[Part]] = field(default_factory=dict)
    pricked: dict[int, Any] = field(default_factory=dict)


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
    found_at = label[: len(piece.label)]
    chains = np.array(piece.chains, dtype=np.int64)
    moved = chains[piece.label] != chains[found_at]
    changed = set(chains[piece.label][moved].tolist()) | set(chains[found_at][moved].tolist())
    return Mended(found_at, handed, ground_of(piece.chains, piece.shapes, found_at, changed))


def ground_of(
    chains: Sequence[tuple[int, ...]], shapes: Geometries, label: Ints, changed: Collection[int]
) -> dict[int, Any]:
    """Unite units to grids.

    Parameters
    ----------
    chains : sequence of tuple of int
        Grids each leaf lies in.
    shapes : ndarray of Polygon, shape (n,)
        Units.
    label : ndarray of int64, shape (n,)
        Leaf of each.
    changed : collection of int
        Grids that are wanted.

    Returns
    -------
    dict of int to Polygon or MultiPolygon
        Ground of each of them.
    """
    out: dict[int, Any] = {}
    for row in np.array(chains, dtype=np.int64)[label].T:
        wanted = np.intersect1d(row, list(changed))
        if len(wanted):
            mine = np.isin(row, wanted)
            united = dissolve(shapes[mine], np.searchsorted(wanted, row[mine]))
            out |= dict(zip(wanted.tolist(), united.tolist(), strict=True))
    return out


def outside(piece: Piece) -> set[int]:
    """Return the grids that are out of their bands.

    Parameters
    ----------
    piece : Piece
        Units and grids.

    Returns
    -------
    set of int
        Numbers of grids.
    """
    chains = np.array(piece.chains, dtype=np.int64)[piece.label]
    count = np.zeros(len(piece.bands), dtype=np.int64)
    np.add.at(count, chains, piece.weight[:, None])
    bands = ((at, band) for at, band in enumerate(piece.bands) if band is not None)
    return {at for at, (low, high) in bands if not low <= count[at] <= high}


def _touches(piece: Piece, hard: Any, min_contact: float) -> list[list[Touch]]:
    """Return the neighbours of each unit."""
    u, v, metres, barred = contacts(piece.shapes, hard)
    pairs = zip(u.tolist(), v.tolist(), metres.tolist(), (~barred & (metres >= min_contact)).tolist(), strict=True)
    return touches_of(pairs, piece.label.tolist(), piece.chains, piece.apart)


def touches_of(
    pairs: Iterable[tuple[int, int, float, bool]],
    label: Sequence[int],
    chains: Sequence[tuple[int, ...]],
    apart: Collection[int],
) -> list[list[Touch]]:
    """Return the neighbours of each node.

    Parameters
    ----------
    pairs : iterable of tuple
        Two nodes, the metres along which they touch, and whether one may go over to where the other is.
    label : sequence of int
        Leaf of each node.
    chains : sequence of tuple of int
        Grids each leaf lies in.
    apart : collection of int
        Nodes that are not looked at.

    Returns
    -------
    list of list of Touch
        By node.
    """
    out: list[list[Touch]] = [[] for _ in label]
    common: dict[tuple[int, int], int] = {}
    deepest, touch = len(chains[0]) - 1, Touch._make
    for a, b, length, passable in pairs:
        if a in apart or b in apart:
            continue
        holds = deepest
        if not passable:
            leaves = label[a], label[b]
            if leaves not in common:
                one, other = chains[leaves[0]], chains[leaves[1]]
                levels = (at for at, grid in enumerate(one) if grid != other[at])
                common[leaves] = next(levels, len(one)) - 1
            holds = common[leaves]
        out[a].append(touch((b, length, passable, holds)))
        out[b].append(touch((a, length, passable, holds)))
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
    found = _matched(shapes)
    if found is None:
        segments = match_segments(rings_of(shapes))
        shared = np.flatnonzero(segments.shared)
        i, j, ends = segments.i[shared], segments.j[shared], segments.ends[shared]
    else:
        i, j, ends = found
    metres = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    on = on_barriers(ends, hard)
    u, v, length, barred = sum_pairs(i, j, metres, metres * on)
    good = length >= LEAST_CONTACT
    return (
        u[good].astype(np.int64),
        v[good].astype(np.int64),
        length[good].astype(np.float64),
        np.asarray(2 * barred[good] > length[good]),
    )


def _matched(shapes: Geometries) -> tuple[Ints, Ints, Floats] | None:
    """Return the pieces of border that two simple polygons share: which, and both ends of each.

    None where polygons have holes, or several parts, or where it has to be looked at more closely.
    """
    if (shapely.get_type_id(shapes) != _POLYGON).any() or shapely.get_num_interior_rings(shapes).any():
        return None
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    first = np.flatnonzero(owner[1:] == owner[:-1])
    number = point_hash(xy)
    key = number[first] + number[first + 1]
    order = np.argsort(key)
    ordered = key[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1])
    one, two = first[order[again]], first[order[again + 1]]
    start, end = xy[one], xy[one + 1]
    turned = ((start == xy[two + 1]) & (end == xy[two])).all(axis=1)
    if not turned.all() and not (turned | ((start == xy[two]) & (end == xy[two + 1])).all(axis=1)).all():
        return None  # two numbers fell together
    if (again[1:] == again[:-1] + 1).any():
        return None  # one piece of border has three sides
    i, j = owner[one], owner[two]
    return np.minimum(i, j), np.maximum(i, j), np.hstack((start, end))


def on_barriers(ends: Floats, hard: Any) -> NDArray[np.bool_]:
    """Tell which pieces of border lie on barriers.

    Parameters
    ----------
    ends : ndarray of float64, shape (m, 4)
        Both ends of each.
    hard : STRtree or None
        Barriers of full strength.

    Returns
    -------
    ndarray of bool, shape (m,)
        One a piece.
    """
    on = np.zeros(len(ends), dtype=bool)
    if hard is not None and len(ends):
        reach, middles = DEFAULTS.barrier_reach, (ends[:, :2] + ends[:, 2:]) / 2
        if len(hard.query(shapely.box(*(middles.min(axis=0) - reach), *(middles.max(axis=0) + reach)))):
            on[hard.query(shapely.points(middles), predicate="dwithin", distance=reach)[0]] = True
    return on


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
