"""The fewest households that change sides until every grid is in its band: a search over single moves."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: States that are looked into before the search gives up.
PATIENCE = 160


class Touch(NamedTuple):
    """A neighbour of a node.

    Parameters
    ----------
    node : int
        The neighbour.
    metres : float
        Length of the common border.
    passable : bool
        Whether a node may go over here to another leaf: no barrier lies between, and the border is long enough.
    holds : int
        The finest level at which the border holds a grid together: where it is not passable, only grids that both are
        in already; −1 for none.
    """

    node: int
    metres: float
    passable: bool
    holds: int


@dataclass(frozen=True, slots=True)
class Board:
    """What may move.

    Parameters
    ----------
    weight : list of int
        Households of each node.
    stays : list of int
        Of these the households that were in it before, with the new data.
    home : list of int
        Leaf each node is in.
    touches : list of list of Touch
        Neighbours of each node.
    chains : list of tuple of int
        For each leaf the grids it lies in, coarsest first; the last one is itself a grid.
    bands : list of tuple of int or None
        Band of each grid; None for one that nothing may enter or leave.
    apart : frozenset of int
        Nodes that are not looked at.
    """

    weight: list[int]
    stays: list[int]
    home: list[int]
    touches: list[list[Touch]]
    chains: list[tuple[int, ...]]
    bands: list[tuple[int, int] | None]
    apart: frozenset[int] = frozenset()

    def homes(self) -> list[set[int]]:
        """Return the nodes in each grid, but for those that are not looked at.

        Returns
        -------
        list of set of int
            Nodes by grid.
        """
        out: list[set[int]] = [set() for _ in self.bands]
        for at, leaf in enumerate(self.home):
            if at not in self.apart:
                for grid in self.chains[leaf]:
                    out[grid].add(at)
        return out

    @property
    def depth(self) -> int:
        """Number of levels."""
        return len(self.chains[0])

    def count(self, values: list[int]) -> list[int]:
        """Add up values of the nodes by grid, as they were.

        Parameters
        ----------
        values : list of int
            Value of each node.

        Returns
        -------
        list of int
            Sum by grid.
        """
        out = [0] * len(self.bands)
        for value, leaf in zip(values, self.home, strict=True):
            if value:
                for grid in self.chains[leaf]:
                    out[grid] += value
        return out


@dataclass(frozen=True, slots=True)
class _State:
    """Who is where; each node moves once at most. ``room`` is how many of those who were there a grid may still lose."""

    label: list[int]
    sizes: list[int]
    room: list[int]
    away: frozenset[int]
    moved: int
    cut: float


@dataclass(order=True, slots=True)
class _Entry:
    """A state in the queue: by the least it can come to, then what is left, then the length of borders."""

    least: int
    left: int
    cut: float
    number: int
    state: _State = field(compare=False)


def bring_home(board: Board, spare: int, patience: int = PATIENCE) -> list[int] | None:
    """Bring all grids into their bands with the fewest households moved, then the shortest borders.

    A move takes a node over to a leaf it touches, with what would be cut off by that. No leaf falls empty, none is
    opened, no grid comes apart, and each keeps most of the households that were there before: so it keeps its code.

    Parameters
    ----------
    board : Board
        The grids; some are out of their bands.
    spare : int
        Households that may move beyond those that must by the counts.
    patience : int, optional
        States to look into.

    Returns
    -------
    list of int or None
        Leaf of each node; None where it was not found.
    """
    levels, homes = _grids_by_level(board), board.homes()
    room = [(count - 1) // 2 for count in board.count(board.stays)]
    start = _State(board.home, board.count(board.weight), room, frozenset(), 0, 0.0)
    left = _least(board, levels, start.sizes)
    most = left + spare
    queue = [_Entry(left, left, 0.0, 0, start)]
    seen: set[tuple[int, ...]] = {tuple(board.home)}
    number = 0
    for _ in range(patience):
        if not queue:
            return None
        entry = heapq.heappop(queue)
        if not entry.left:
            return entry.state.label
        for state in _moves(board, levels, homes, entry.state):
            name = tuple(state.label)
            if name not in seen:
                seen.add(name)
                number += 1
                left = _least(board, levels, state.sizes)
                if state.moved + left > most:
                    continue
                heapq.heappush(queue, _Entry(state.moved + left, left, state.cut, number, state))
    return None


def _grids_by_level(board: Board) -> list[list[int]]:
    """Return the grids with a band by level, coarsest first."""
    return [
        sorted({chain[level] for chain in board.chains if board.bands[chain[level]] is not None})
        for level in range(board.depth)
    ]


def _off(board: Board, grid: int, size: int) -> int:
    band = board.bands[grid]
    return 0 if band is None else min(0, size - band[0]) + max(0, size - band[1])


def _least(board: Board, levels: list[list[int]], sizes: list[int]) -> int:
    """Return how many households must still move at least: at each level the greater of what lacks and what is over."""
    worst = 0
    for grids in levels:
        lacks = over = 0
        for grid in grids:
            off = _off(board, grid, sizes[grid])
            if off < 0:
                lacks -= off
            else:
                over += off
        worst = max(worst, lacks, over)
    return worst


def _moves(board: Board, levels: list[list[int]], homes: list[set[int]], state: _State) -> Iterator[_State]:
    """Make all moves that help one grid: any way to mend all has one of them."""
    level, grid, off = next(
        (level, grid, off)
        for level, grids in enumerate(levels)
        for grid in grids
        if (off := _off(board, grid, state.sizes[grid]))
    )
    label, chains = state.label, board.chains
    wanted: dict[tuple[int, int], None] = {}
    for node in sorted(_inside(board, homes, state, grid, level)):
        leaf = label[node]
        for touch in board.touches[node]:
            other = label[touch.node]
            if touch.passable and chains[other][level] != grid:
                wanted[(touch.node, leaf) if off < 0 else (node, other)] = None
    for node, leaf in wanted:
        found = _moved(board, homes, state, node, leaf)
        if found is not None:
            yield found


def _moved(board: Board, homes: list[set[int]], state: _State, node: int, leaf: int) -> _State | None:
    """Take a node over to a leaf, if that may be; None if not."""
    was = state.label[node]
    one, other = board.chains[was], board.chains[leaf]
    across = [level for level in range(board.depth) if one[level] != other[level]]
    if node in state.away or any(board.bands[grid] is None for level in across for grid in (one[level], other[level])):
        return None
    group = _with_cut_off(board, homes, state, node)
    if group is None or not group.isdisjoint(state.away):
        return None
    stays, weight = (sum(values[at] for at in group) for values in (board.stays, board.weight))
    if any(stays > max(0, state.room[one[level]]) for level in across):
        return None
    if not all(_stays_whole(board, homes, state, group, one[level], level) for level in across[:-1]):
        return None
    label, sizes, room = list(state.label), list(state.sizes), list(state.room)
    for at in group:
        label[at] = leaf
    for level in across:
        room[one[level]] -= stays
        sizes[one[level]] -= weight
        sizes[other[level]] += weight
    cut = state.cut + _lengthened(board, state, group, leaf)
    return _State(label, sizes, room, state.away | group, state.moved + weight, round(cut, 6))


def _inside(board: Board, homes: list[set[int]], state: _State, grid: int, level: int) -> set[int]:
    """Return the nodes that are in a grid of some level now."""
    return (homes[grid] - state.away) | {at for at in state.away if board.chains[state.label[at]][level] == grid}


def _stays_whole(board: Board, homes: list[set[int]], state: _State, group: set[int], grid: int, level: int) -> bool:
    """Tell whether a grid of some level hangs together without a few of its nodes."""
    beside = {touch.node for at in group for touch in board.touches[at] if touch.holds >= level} - group
    mine = {at for at in beside if board.chains[state.label[at]][level] == grid}
    if len({state.label[at] for at in mine} | {state.label[min(group)]}) == 1:
        return True  # what was held together by the group is so by what is left of its leaf
    mine = _inside(board, homes, state, grid, level) - group
    return len(_reached(board, mine, level)) == len(mine)


def _lengthened(board: Board, state: _State, group: set[int], leaf: int) -> float:
    """Return by how many metres borders between leaves grow if some nodes go over to a leaf."""
    was = state.label[min(group)]
    beside = (touch for at in group for touch in board.touches[at] if touch.node not in group)
    return sum(
        touch.metres * ((state.label[touch.node] == was) - (state.label[touch.node] == leaf)) for touch in beside
    )


def _with_cut_off(board: Board, homes: list[set[int]], state: _State, node: int) -> set[int] | None:
    """Return a node and what its leaf would lose with it: all but the part with most households.

    None where that is all of it, or where the leaf was in pieces before.
    """
    level = board.depth - 1
    rest = _inside(board, homes, state, board.chains[state.label[node]][level], level) - {node}
    parts = []
    while rest:
        part = _reached(board, rest, level)
        parts.append(part)
        rest -= part
    if not parts:
        return None
    stays = max(parts, key=lambda part: (sum(board.weight[at] for at in part), len(part), -min(part)))
    if not any(board.weight[at] for at in stays):
        return None
    beside = {touch.node for touch in board.touches[node]}
    goes = [part for part in parts if part is not stays]
    return None if any(part.isdisjoint(beside) for part in goes) else {node}.union(*goes)


def _reached(board: Board, inside: set[int], level: int) -> set[int]:
    """Return the nodes that hang together with the first of some, among these, at a level."""
    if not inside:
        return set()
    first = min(inside)
    found, todo = {first}, [first]
    while todo:
        for touch in board.touches[todo.pop()]:
            if touch.node in inside and touch.node not in found and touch.holds >= level:
                found.add(touch.node)
                todo.append(touch.node)
    return found
