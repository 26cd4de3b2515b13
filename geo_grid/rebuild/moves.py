"""The fewest households that change sides until every grid is in its band: a search over single moves."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from geo_grid.rebuild.board import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.rebuild.board import Board

#: States that are looked into before the search gives up.
PATIENCE = 160
#: In haste, how much more a household counts that is lacking, or to spare, than one that moved.
_HASTE = 2


class _Move(NamedTuple):
    """Nodes that go over to a leaf: at which levels that is another grid, and what it comes to."""

    before: State
    group: set[int]
    leaf: int
    across: tuple[int, ...]
    weight: int
    lacks: list[int]
    over: list[int]


class _Known(NamedTuple):
    """What many states share: the nodes of each grid, and what goes with a node of a leaf nothing left or came to."""

    homes: list[set[int]]
    groups: dict[int, set[int] | None]


@dataclass(order=True, slots=True)
class _Entry:
    """A state in the queue: by the least it can come to, then what is left, then the length of borders."""

    least: int
    left: int
    cut: float
    number: int
    move: _Move | None = field(compare=False)


def bring_home(board: Board, spare: int, patience: int = PATIENCE, *, hasty: bool = False) -> list[int] | None:
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
    hasty : bool, optional
        Whether what all bands lack, or have to spare, is added up to tell how far a state is from the end: few households
        are moved then, but not always the fewest, and many bands that broke do not multiply what has to be looked into.

    Returns
    -------
    list of int or None
        Leaf of each node; None where it was not found.
    """
    start = _start(board, levels := _grids_by_level(board))
    known = _Known(board.homes(), {})
    most = max(*start.lacks, *start.over) + spare
    left = _left(start, hasty)
    queue = [_Entry(_HASTE * left if hasty else left, left, 0.0, 0, None)]
    seen: set[frozenset[tuple[int, int]]] = {frozenset()}
    number = 0
    while queue and patience:
        entry = heapq.heappop(queue)
        state = start if entry.move is None else _moved(board, entry.move, entry.cut)
        if entry.move is not None and not _stays_whole(board, known.homes, state, entry.move):
            continue  # looked at only here: most moves never come to their turn
        if not entry.left:
            return state.label
        patience -= 1
        for move in _moves(board, levels, known, state):
            moved = state.moved + move.weight
            if moved + max(*move.lacks, *move.over) > most:
                continue
            name = frozenset((state.away | dict.fromkeys(move.group, move.leaf)).items())
            if name not in seen:
                seen.add(name)
                number += 1
                left = _left(move, hasty)
                least = moved + (_HASTE * left if hasty else left)
                cut = round(state.cut + _lengthened(board, state, move.group, move.leaf), 6)
                heapq.heappush(queue, _Entry(least, left, cut, number, move))
    return None


def _left(state: State | _Move, hasty: bool) -> int:
    """Return how many households have still to move: at least so many, or what all bands lack or have to spare."""
    return sum(state.lacks) + sum(state.over) if hasty else max(*state.lacks, *state.over)


def _grids_by_level(board: Board) -> list[list[int]]:
    """Return the grids with a band by level, coarsest first."""
    return [
        sorted({chain[level] for chain in board.chains if board.bands[chain[level]] is not None})
        for level in range(board.depth)
    ]


def _start(board: Board, levels: list[list[int]]) -> State:
    room = [(count - 1) // 2 for count in board.count(board.stays)]
    sizes = board.count(board.weight)
    off = [[_off(board, grid, sizes[grid]) for grid in grids] for grids in levels]
    lacks, over = [-sum(min(0, one) for one in row) for row in off], [sum(max(0, one) for one in row) for row in off]
    return State(board.home, sizes, room, lacks, over, {}, 0, 0.0)


def _off(board: Board, grid: int, size: int) -> int:
    band = board.bands[grid]
    if band is None or band[0] <= size <= band[1]:
        return 0
    return size - band[0] if size < band[0] else size - band[1]


def _moves(board: Board, levels: list[list[int]], known: _Known, state: State) -> Iterator[_Move]:
    """Make all moves that help one grid: any way to mend all has one of them."""
    level, grid, off = next(
        (level, grid, off)
        for level, grids in enumerate(levels)
        for grid in grids
        if (off := _off(board, grid, state.sizes[grid]))
    )
    label, chains = state.label, board.chains
    wanted: dict[tuple[int, int], None] = {}
    for node in sorted(_inside(board, known.homes, state, grid, level)):
        leaf = label[node]
        for touch in board.touches[node]:
            other = label[touch.node]
            if touch.passable and chains[other][level] != grid:
                wanted[(touch.node, leaf) if off < 0 else (node, other)] = None
    touched = {*state.away.values(), *(board.home[node] for node in state.away)}
    here: dict[int, set[int] | None] = {}
    for node, leaf in wanted:
        across = board.between(label[node], leaf)
        if not across or node in state.away or not _may(board, state, across, node, board.stays[node]):
            continue
        groups = here if label[node] in touched else known.groups
        if node not in groups:
            groups[node] = _with_cut_off(board, known.homes, state, node)
        group = groups[node]
        if group is not None and group.isdisjoint(state.away):
            found = _move(board, state, node, group, leaf)
            if found is not None:
                yield found


def _move(board: Board, state: State, node: int, group: set[int], leaf: int) -> _Move | None:
    """Take a node, and what is cut off by that, over to a leaf, if that may be; None if not.

    Whether what they leave stays whole at the levels above is not looked at.
    """
    was = state.label[node]
    across, weight = board.between(was, leaf), board.weight[node]
    if len(group) > 1:
        stays, weight = (sum([values[at] for at in group]) for values in (board.stays, board.weight))
        if not _may(board, state, across, node, stays):
            return None
    lacks, over = list(state.lacks), list(state.over)
    for level in across:
        for grid, change in ((board.chains[was][level], -weight), (board.chains[leaf][level], weight)):
            before, after = _off(board, grid, state.sizes[grid]), _off(board, grid, state.sizes[grid] + change)
            lacks[level] += min(0, before) - min(0, after)
            over[level] += max(0, after) - max(0, before)
    return _Move(state, group, leaf, across, weight, lacks, over)


def _may(board: Board, state: State, across: tuple[int, ...], node: int, stays: int) -> bool:
    """Tell whether so many of those who were there may go with a node."""
    if not stays:
        return True
    chain = board.chains[state.label[node]]
    return all(stays <= state.room[chain[level]] for level in across)


def _moved(board: Board, move: _Move, cut: float) -> State:
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
    return State(label, sizes, room, move.lacks, move.over, away, state.moved + move.weight, cut)


def _inside(board: Board, homes: list[set[int]], state: State, grid: int, level: int) -> set[int]:
    """Return the nodes that are in a grid of some level now."""
    if not state.away:
        return homes[grid]
    away = state.away
    return (homes[grid] - away.keys()) | {at for at, leaf in away.items() if board.chains[leaf][level] == grid}


def _stays_whole(board: Board, homes: list[set[int]], state: State, move: _Move) -> bool:
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


def _hang_together(board: Board, state: State, some: set[int], level: int, without: int = -1) -> bool:
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


def _lengthened(board: Board, state: State, group: set[int], leaf: int) -> float:
    """Return by how many metres borders between leaves grow if some nodes go over to a leaf."""
    label = state.label
    was, grown = label[min(group)], 0.0
    for at in group:
        for touch in board.touches[at]:
            if touch.node not in group:
                grown += touch.metres * ((label[touch.node] == was) - (label[touch.node] == leaf))
    return grown


def _with_cut_off(board: Board, homes: list[set[int]], state: State, node: int) -> set[int] | None:
    """Return a node and what its leaf would lose with it: all but the part with most households.

    None where that is all of it, or where the leaf was in pieces before.
    """
    level, label = board.depth - 1, state.label
    leaf = label[node]
    beside = {touch.node for touch in board.touches[node] if label[touch.node] == leaf and touch.holds >= level}
    grid = board.chains[leaf][level]
    if beside and (len(beside) == 1 or _hang_together(board, state, beside, level, node)):
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
