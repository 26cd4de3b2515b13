"""A band that broke at the finest level, mended inside the grid above: units change sides, no border outside moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.cells import dissolve
from geo_grid.cells.segments import match_segments, rings_of, sum_pairs
from geo_grid.cells.settings import DEFAULTS
from geo_grid.edit.ground import LEAST_CONTACT
from geo_grid.errors import ZoningError
from geo_grid.zoning.build import from_edges
from geo_grid.zoning.parts import connected_parts
from geo_grid.zoning.repair import mend_nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]

#: Households at the end of a part of a building that may go over to the next part.
TAIL = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """The units of one grid, to be shared out anew among its children.

    Parameters
    ----------
    shapes : ndarray of Polygon, shape (n,)
        Units.
    label : ndarray of int64, shape (n,)
        Child of each, 0 … k − 1.
    weight : ndarray of int64, shape (n,)
        Households of each.
    chains : list of tuple of int
        Pairs of units that are parts of one building, one after the other, with no entrance's end between them.
    low, high : int
        Band of the children.
    """

    shapes: Geometries
    label: Ints
    weight: Ints
    chains: list[tuple[int, int]]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Mended:
    """How the children come back into their bands.

    Parameters
    ----------
    label : ndarray of int64, shape (n,)
        Child of each unit.
    handed : list of tuple of int
        Unit, next unit of its building, and how many households go from the one to the other; below 0: come back.
    shapes : dict of int to Polygon or MultiPolygon
        Ground of each child that changed.
    """

    label: Ints
    handed: list[tuple[int, int, int]]
    shapes: dict[int, Any]


def mend_piece(piece: Piece, hard: Any, min_contact: float, seed: int) -> Mended | None:
    """Bring children back into their bands by moving whole units, and households between parts of a building.

    Parameters
    ----------
    piece : Piece
        Units and children.
    hard : STRtree or None
        Barriers that no grid should newly cross.
    min_contact : float
        Metres of common border that make neighbours.
    seed : int
        Seed.

    Returns
    -------
    Mended or None
        None where that does not do, or another number of children is wanted.
    """
    u, v, metres, blocked = _contacts(piece.shapes, hard)
    same = piece.label[u] == piece.label[v]
    whole = connected_parts(len(piece.label), u, v, piece.label)
    if len(np.unique(whole)) != len(np.unique(piece.label)):
        return None  # a child is in pieces: its exclaves are not for this to judge
    keep = same | ((metres >= min_contact) & ~blocked)
    ends, start, weight, owner = _with_tails(piece)
    graph = from_edges(
        len(start),
        np.concatenate((u[keep], ends[:, 0])),
        np.concatenate((v[keep], ends[:, 1])),
        np.concatenate((metres[keep], np.full(len(ends), min_contact))),
        weight,
    )
    try:
        label = mend_nodes(
            graph, start, start, weight, piece.low, piece.high, locked=np.zeros(len(start), dtype=bool), seed=seed
        )
    except ZoningError:
        return None
    sizes = np.bincount(label, weight)
    known = np.unique(piece.label)
    if not np.array_equal(np.unique(label), known) or ((sizes[known] < piece.low) | (sizes[known] > piece.high)).any():
        return None
    n = len(piece.label)
    handed = _handed(piece, label, owner)
    if handed is None:
        return None
    now = label[:n]
    moved = now != piece.label
    changed = np.unique(np.concatenate((now[moved], piece.label[moved])))
    shapes: dict[int, Any] = {}
    if len(changed):
        mine = np.isin(now, changed)
        shapes = dict(
            zip(
                changed.tolist(),
                dissolve(piece.shapes[mine], np.searchsorted(changed, now[mine])).tolist(),
                strict=True,
            )
        )
    return Mended(now, handed, shapes)


def _contacts(shapes: Geometries, hard: Any) -> tuple[Ints, Ints, Floats, NDArray[np.bool_]]:
    """Return which units touch, along how many metres, and whether a hard barrier lies between them."""
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


def _with_tails(piece: Piece) -> tuple[Ints, Ints, Ints, list[tuple[int, int]]]:
    """Make nodes of their own of the households at both sides of an end between two parts of a building.

    Returns edges between nodes, child and weight of each node, and for the nodes beyond the units the chain they
    belong to and their place in it.
    """
    weight, label = piece.weight.tolist(), piece.label.tolist()
    edges: list[tuple[int, int]] = []
    owner: list[tuple[int, int]] = []
    start, size = list(label), list(weight)
    for number, (a, b) in enumerate(piece.chains):
        take = [min(TAIL, (weight[a] - 1) // 2), min(TAIL, (weight[b] - 1) // 2)]
        nodes = [a]
        for side, unit in ((0, a), (1, b)):
            for _ in range(take[side]):
                owner.append((number, len(nodes) - 1))
                nodes.append(len(start))
                start.append(label[unit])
                size.append(1)
            size[unit] -= take[side]
        edges += list(zip(nodes, [*nodes[1:], b], strict=True))
    return (
        np.array(edges, dtype=np.int64).reshape(-1, 2),
        np.array(start, dtype=np.int64),
        np.array(size, dtype=np.int64),
        owner,
    )


def _handed(piece: Piece, label: Ints, owner: list[tuple[int, int]]) -> list[tuple[int, int, int]] | None:
    """Return how many households go over at each end inside a building; None where a part would have to be cut anew."""
    n = len(piece.label)
    chains: dict[int, list[int]] = {}
    for at, (number, _) in enumerate(owner):
        chains.setdefault(number, []).append(int(label[n + at]))
    out: list[tuple[int, int, int]] = []
    for number, row in chains.items():
        a, b = piece.chains[number]
        one, other = int(label[a]), int(label[b])
        mine = next((at for at, zone in enumerate(row) if zone != one), len(row)) if one != other else None
        before = min(TAIL, (int(piece.weight[a]) - 1) // 2)
        if mine is None:
            if any(zone != one for zone in row):
                return None
            continue
        if any(zone != other for zone in row[mine:]):
            return None
        if mine != before:
            out.append((a, b, before - mine))
    return out
