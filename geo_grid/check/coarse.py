"""The smallest violation of a little piece, by looking at every way to divide it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from geo_grid.check.facts import Facts, Ints

#: Buildings up to which all divisions are looked at: 3 to this power steps.
MOST_NODES = 12
_NEVER = 1 << 62


def smallest_by_search(facts: Facts, units: Ints, low: int, high: int) -> int | None:
    """Return the smallest violation of any division of a piece into connected grids that take buildings whole.

    Parameters
    ----------
    facts : Facts
        The plan.
    units : ndarray of int64
        Units of the piece.
    low, high : int
        Band of each grid.

    Returns
    -------
    int or None
        Households outside the band; None where the piece is too large to look at all divisions, or where a building
        may be cut and the units alone do not tell how.
    """
    area = int(facts.unit_area[units[0]])
    kind = str(facts.tables["areas"]["kind"].iloc[area])
    whole = facts.meta["policy"].get(kind, {}).get("keep_whole") == "always"
    stack = facts.texts("units", "stack_id")[units].astype(str)
    _, node = np.unique(stack, return_inverse=True)
    count = int(node.max()) + 1
    weight = np.bincount(node, weights=facts.ints("units", "households")[units]).astype(int).tolist()
    if count > MOST_NODES or (not whole and max(weight) > 1):
        return None
    place = np.full(len(facts.unit_area), -1, dtype=np.int64)
    place[units] = node
    i, j = (place[side] for side in facts.touch)
    near = [1 << n for n in range(count)]
    for a, b in zip(*(side[(i >= 0) & (j >= 0)].tolist() for side in (i, j)), strict=True):
        near[a] |= 1 << b
        near[b] |= 1 << a
    return least_division(weight, near, low, high)


def least_division(weight: list[int], near: list[int], low: int, high: int) -> int:
    """Return the smallest sum of violations over all divisions of a graph into connected parts.

    Parameters
    ----------
    weight : list of int
        Households of each node.
    near : list of int
        Neighbours of each node as bits, itself included.
    low, high : int
        Band of each part.

    Returns
    -------
    int
        Households outside the band.
    """
    count = len(weight)
    cost: dict[int, int] = {}
    for nodes in range(1, 1 << count):
        if _connected(nodes, near):
            total = sum(weight[n] for n in range(count) if nodes >> n & 1)
            cost[nodes] = max(0, low - total, total - high)

    @cache
    def best(rest: int) -> int:
        if not rest:
            return 0
        first = rest & -rest
        others = rest ^ first
        part, out = others, cost.get(rest, _NEVER)
        while True:  # every set that holds the first node left
            nodes = part | first
            if nodes in cost and cost[nodes] < out:
                out = min(out, cost[nodes] + best(rest ^ nodes))
            if not part:
                return out
            part = (part - 1) & others

    return best((1 << count) - 1)


def _connected(nodes: int, near: list[int]) -> bool:
    seen, new = 0, nodes & -nodes
    while new:
        seen |= new
        reach = 0
        while new:
            bit = new & -new
            reach |= near[bit.bit_length() - 1]
            new ^= bit
        new = reach & nodes & ~seen
    return seen == nodes
