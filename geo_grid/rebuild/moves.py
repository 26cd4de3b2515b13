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
    """Who is where; each node moves once at most. ``room`` is how many of those who were there a grid may still lose.

    ``lacks`` and ``over`` say by level how many households are wanted, and to spare; ``away`` where nodes went.
    """

    label: list[int]
    sizes: list[int]
    room: list[int]
    lacks: list[int]
    over: list[int]
    away: dict[int, int]
    moved: int
    cut: float


class _Move(NamedTuple):
    """Nodes that go over to a leaf: at which levels that is another grid, and what it comes to."""

    before: _State
    group: set[int]
    leaf: int
    across: list[int]
    weight: int
    lacks: list[int]
    over: list[int]
    cut: float


@dataclass(order=True, slots=True)
class _Entry:
    """A state in the queue: by the least it can come to, then what is left, then the length of borders."""

    least: int
    left: int
    cut: float
    number: int
    move: _Move | None = field(compare=False)


def bring_home(board: Board, spare: int, patience: int = PATIENCE, haste: int = 1) -> list[int] | None:
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
    haste : int, optional
        How much more a household counts that has still to move than one that moved: above 1 few are moved, but not
        always the fewest, and many bands that broke do not multiply what has to be looked into.

    Returns
    -------
    list of int or None
        Leaf of each node; None where it was not found.
    """
    levels, homes = _grids_by_level(board), board.homes()
    start = _start(board, levels)
    left = max(*start.lacks, *start.over)
    most = left + spare
    queue = [_Entry(haste * left, left, 0.0, 0, None)]
    seen: set[frozenset[tuple[int, int]]] = {frozenset()}
    number = 0
    while queue and patience:
        entry = heapq.heappop(queue)
        state = start if entry.move is None else _moved(board, entry.move)
        if entry.move is not None and not _stays_whole(board, homes, state, entry.move):
            continue  # looked at only here: most moves never come to their turn
        if not entry.left:
            return state.label
        patience -= 1
        for move in _moves(board, levels, homes, state):
            left = max(*move.lacks, *move.over)
            moved = state.moved + move.weight
            if moved + left > most:
                continue
            name = frozenset((state.away | dict.fromkeys(move.group, move.leaf)).items())
            if name not in seen:
                seen.add(name)
                number += 1
                heapq.heappush(queue, _Entry(moved + haste * left, left, move.cut, number, move))
    return None


def _grids_by_level(board: Board) -> list[list[int]]:
    """Return the grids with a band by level, coarsest first."""
    return [
        sorted({chain[level] for chain in board.chains if board.bands[chain[level]] is not None})
        for level in range(board.depth)
    ]


def _start(board: Board, levels: list[list[int]]) -> _State:
    room = [(count - 1) // 2 for count in board.count(board.stays)]
    sizes = board.count(board.weight)
    off = [[_off(board, grid, sizes[grid]) for grid in grids] for grids in levels]
    lacks, over = [-sum(min(0, one) for one in row) for row in off], [sum(max(0, one) for one in row) for row in off]
    return _State(board.home, sizes, room, lacks, over, {}, 0, 0.0)


def _off(board: Board, grid: int, size: int) -> int:
    band = board.bands[grid]
    if band is None or band[0] <= size <= band[1]:
        return 0
    return size - band[0] if size < band[0] else size - band[1]


def _moves(board: Board, levels: list[list[int]], homes: list[set[int]], state: _State) -> Iterator[_Move]:
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
        found = _move(board, homes, state, node, leaf)
        if found is not None:
            yield found


def _move(board: Board, homes: list[set[int]], state: _State, node: int, leaf: int) -> _Move | None:
    """Take a node over to a leaf, if that may be; None if not. Whether what it leaves stays whole is not looked at."""
    one, other = board.chains[state.label[node]], board.chains[leaf]
    across = [level for level in range(board.depth) if one[level] != other[level]]
    if node in state.away or not _may(board, state, across, one, other, board.stays[node]):
        return None
    group = _with_cut_off(board, homes, state, node)
    if group is None or not group.isdisjoint(state.away):
        return None
    stays, weight = (sum([values[at] for at in group]) for values in (board.stays, board.weight))
    if not _may(board, state, across, one, other, stays):
        return None
    lacks, over = list(state.lacks), list(state.over)
    for level in across:
        for grid, change in ((one[level], -weight), (other[level], weight)):
            before, after = _off(board, grid, state.sizes[grid]), _off(board, grid, state.sizes[grid] + change)
            lacks[level] += (min(0, before)) - (min(0, after))
            over[level] += (max(0, after)) - (max(0, before))
    cut = round(state.cut + _lengthened(board, state, group, leaf), 6)
    return _Move(state, group, leaf, across, weight, lacks, over, cut)


def _may(
    board: Board, state: _State, across: list[int], one: tuple[int, ...], other: tuple[int, ...], stays: int
) -> bool:
    """Tell whether so many of those who were there may go from one leaf to another."""
    return all(
        board.bands[one[level]] is not None
        and board.bands[other[level]] is not None
        and stays <= max(0, state.room[one[level]])
        for level in across
    )


def _moved(board: Board, move: _Move) -> _State:
    """Let nodes go over."""
    state, group, leaf = move.before, move.group, move.leaf
    one, other = board.chains[state.label[min(group)]], board.chains[leaf]
    label, sizes, room = list(state.label), list(state.sizes), list(state.room)
    for at in group:
        label[at] = leaf
    stays = sum(board.stays[at] for at in group)
    for level in move.across:
        room[one[level]] -= stays
        sizes[one[level]] -= move.weight
        sizes[other[level]] += move.weight
    away = state.away | dict.fromkeys(group, leaf)
    return _State(label, sizes, room, move.lacks, move.over, away, state.moved + move.weight, move.cut)


def _inside(board: Board, homes: list[set[int]], state: _State, grid: int, level: int) -> set[int]:
    """Return the nodes that are in a grid of some level now."""
    if not state.away:
        return homes[grid]
    away = state.away
    return (homes[grid] - away.keys()) | {at for at, leaf in away.items() if board.chains[leaf][level] == grid}


def _stays_whole(board: Board, homes: list[set[int]], state: _State, move: _Move) -> bool:
    """Tell whether the grids above their leaf hang together without nodes that went."""
    group, was = move.group, board.chains[move.before.label[min(move.group)]]
    for level in move.across[:-1]:
        grid = was[level]
        beside = {touch.node for at in group for touch in board.touches[at] if touch.holds >= level} - group
        mine = {at for at in beside if board.chains[state.label[at]][level] == grid}
        if len({state.label[at] for at in mine}) == 1:
            continue  # they hang together in their leaf
        if not mine:
            inside = _inside(board, homes, state, grid, level)
            if len(_reached(board, inside, level)) != len(inside):
                return False
        elif not _hang_together(board, state, mine, level):
            return False
    return True


def _hang_together(board: Board, state: _State, some: set[int], level: int, without: int = -1) -> bool:
    """Tell whether nodes of one grid hang together within it, without one of its nodes."""
    label, chains = state.label, board.chains
    first = min(some)
    grid, left = chains[label[first]][level], some - {first}
    found, todo = {first, without}, [first]
    for at in todo:  # nearest first: they mostly are close by
        if not left:
            return True
        for touch in board.touches[at]:
            node = touch.node
            if node not in found and touch.holds >= level and chains[label[node]][level] == grid:
                found.add(node)
                left.discard(node)
                todo.append(node)
    return not left


def _lengthened(board: Board, state: _State, group: set[int], leaf: int) -> float:
    """Return by how many metres borders between leaves grow if some nodes go over to a leaf."""
    label = state.label
    was, grown = label[min(group)], 0.0
    for at in group:
        for touch in board.touches[at]:
            if touch.node not in group:
                grown += touch.metres * ((label[touch.node] == was) - (label[touch.node] == leaf))
    return grown


def _with_cut_off(board: Board, homes: list[set[int]], state: _State, node: int) -> set[int] | None:
    """Return a node and what its leaf would lose with it: all but the part with most households.

    None where that is all of it, or where the leaf was in pieces before.
    """
    level, label = board.depth - 1, state.label
    leaf = label[node]
    beside = {touch.node for touch in board.touches[node] if label[touch.node] == leaf and touch.holds >= level}
    grid = board.chains[leaf][level]
    if beside and _hang_together(board, state, beside, level, node):
        return {node} if state.sizes[grid] > board.weight[node] else None
    rest = _inside(board, homes, state, grid, level) - {node}
    parts = []
    while rest:
        part = _reached(board, rest, level)
        parts.append(part)
        rest = rest - part
    if not parts:
        return None
    stays = max(parts, key=lambda part: (sum(board.weight[at] for at in part), len(part), -min(part)))
    if not any(board.weight[at] for at in stays):
        return None
    goes = [part for part in parts if part is not stays]
    touched = {touch.node for touch in board.touches[node]}
    return None if any(part.isdisjoint(touched) for part in goes) else {node}.union(*goes)


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
