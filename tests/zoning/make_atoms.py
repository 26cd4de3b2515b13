"""Areas made of square cells, as the zoning sees them: no geometry library needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.graph import AtomGraph

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 30.0
ABSENT = -1


def _arc(households: int, dwelling: int) -> tuple[float, float]:
    return 4 * dwelling / households, 4 * (dwelling + 1) / households


def _along(arc: tuple[float, float], side: int) -> tuple[float, float]:
    """Clip an arc to one side; sides run clockwise from the north."""
    return max(arc[0], side) - side, min(arc[1], side + 1) - side


def make_city(
    households: np.ndarray,
    *,
    floor: int = 4,
    barrier: Callable[[int, int, int, int], float] = lambda *_: 0.0,
    group: Callable[[int, int, int], int] = lambda *_: -1,
) -> AtomGraph:
    """Make an area of square cells.

    ``households`` has one number a cell: dwellings of the building there, 0 for a cell without households, ABSENT for
    no cell at all. ``barrier(row, column, row', column')`` is the strength between two cells; ``group(row, column,
    dwelling)`` the villager group. Dwellings of a building are slices of its cell, clockwise; pieces without any
    household become exclaves of the nearest household.
    """
    shape = households.shape
    cells = [(r, c) for r in range(shape[0]) for c in range(shape[1]) if households[r, c] != ABSENT]
    filled = [cell for cell in cells if households[cell] > 0]
    bare = [cell for cell in cells if households[cell] == 0]
    first: dict[tuple[int, int], int] = {}
    weight, stack, rank, groups, xs, ys = [], [], [], [], [], []
    for s, (r, c) in enumerate(filled):
        first[r, c] = len(weight)
        for d in range(households[r, c]):
            angle = 2 * np.pi * (d + 0.5) / households[r, c]
            mine, before = group(r, c, d), group(r, c, d - 1) if d else None
            weight.append(1)
            stack.append(s)
            rank.append(4 if d == 0 else 3 if mine != before else 1 if d % floor == 0 else 0)
            groups.append(mine)
            xs.append(c * SIDE + 8 * np.sin(angle))
            ys.append(-r * SIDE + 8 * np.cos(angle))
    for r, c in bare:
        first[r, c] = len(weight)
        weight.append(0)
        stack.append(-1)
        rank.append(4)
        groups.append(-1)
        xs.append(c * SIDE)
        ys.append(-r * SIDE)
    edges: dict[tuple[int, int], tuple[float, float]] = {}
    for r, c in filled:
        for d in range(1, households[r, c]):
            edges[first[r, c] + d - 1, first[r, c] + d] = (SIDE / 2, 0.0)
        if households[r, c] > 2:
            edges[first[r, c], first[r, c] + int(households[r, c]) - 1] = (SIDE / 2, 0.0)
    for r, c in cells:
        for other, side, facing in (((r, c + 1), 1, 3), ((r + 1, c), 2, 0)):
            if other in first:
                _touch(edges, households, first, (r, c), other, side, facing, barrier(r, c, *other))
    key = sorted(edges)
    n = len(weight)
    u = np.array([a for a, _ in key], np.int64)
    v = np.array([b for _, b in key], np.int64)
    metres = np.array([edges[k] for k in key], float).reshape(-1, 2)
    atoms = AtomGraph(
        np.array(weight, np.int64),
        np.array(stack, np.int64),
        np.array(rank, np.int64),
        np.array(groups, np.int64),
        u,
        v,
        metres[:, 0].copy(),
        metres[:, 1].copy(),
        np.array(xs, float),
        np.array(ys, float),
        np.full(n, -1, np.int64),
    )
    return _with_hosts(atoms)


def _touch(edges, households, first, cell, other, side, facing, strength):
    for d in range(max(1, households[cell])):
        a = _along(_arc(max(1, households[cell]), d), side)
        for e in range(max(1, households[other])):
            b = _along(_arc(max(1, households[other]), e), facing)
            shared = min(a[1], 1 - b[0]) - max(a[0], 1 - b[1])
            if shared > 1e-9:
                i, j = first[cell] + d, first[other] + e
                pair = (min(i, j), max(i, j))
                was = edges.get(pair, (0.0, 0.0))
                edges[pair] = (was[0] + shared * SIDE, was[1] + shared * SIDE * strength)


def flood(n: int, u: np.ndarray, v: np.ndarray, labels: np.ndarray) -> list[list[int]]:
    """Return the connected parts of equally labelled nodes, by a plain search."""
    beside: list[list[int]] = [[] for _ in range(n)]
    for a, b in zip(u.tolist(), v.tolist(), strict=True):
        if labels[a] == labels[b]:
            beside[a].append(b)
            beside[b].append(a)
    seen = [bool(label < 0) for label in labels]
    parts = []
    for i in range(n):
        if seen[i]:
            continue
        seen[i] = True
        part = [i]
        for a in part:
            for b in beside[a]:
                if not seen[b]:
                    seen[b] = True
                    part.append(b)
        parts.append(part)
    return parts


def _with_hosts(atoms: AtomGraph) -> AtomGraph:
    settled = np.flatnonzero(atoms.weight > 0)
    if not len(settled):
        return atoms
    for part in flood(atoms.n, atoms.edge_u, atoms.edge_v, np.zeros(atoms.n, np.int64)):
        if not atoms.weight[part].any():
            for i in part:
                far = (atoms.x[settled] - atoms.x[i]) ** 2 + (atoms.y[settled] - atoms.y[i]) ** 2
                atoms.host[i] = settled[far.argmin()]
    return atoms


def make_graph(weight, edges, *, length: float = 10.0) -> AtomGraph:
    """Make an area of single houses from a list of edges; a weight of 0 is a cell without households."""
    weight = np.asarray(weight, np.int64)
    n = len(weight)
    pairs = sorted({(min(a, b), max(a, b)) for a, b in edges})
    u = np.array([a for a, _ in pairs], np.int64)
    v = np.array([b for _, b in pairs], np.int64)
    stack = np.where(weight > 0, np.cumsum(weight > 0) - 1, -1)
    angle = np.arange(n) * 2.4
    return AtomGraph(
        weight,
        stack,
        np.full(n, 4, np.int64),
        np.full(n, -1, np.int64),
        u,
        v,
        np.full(len(u), length),
        np.zeros(len(u)),
        np.sqrt(np.arange(n)) * np.cos(angle) * 20,
        np.sqrt(np.arange(n)) * np.sin(angle) * 20,
        np.full(n, -1, np.int64),
    )
