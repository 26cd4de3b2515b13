"""Bands that whole units will not mend: parts of buildings are cut anew, household by household, among the grids inside one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo_grid.cells.segments import match_segments, rings_of
from geo_grid.rebuild.board import Board
from geo_grid.rebuild.local import SPARE, Mended, Part, contacts, ground_of, on_barriers, outside, touches_of
from geo_grid.rebuild.moves import bring_home
from geo_grid.rebuild.slicing import cut_unit, edges_of, slice_unit, sound, with_points
from geo_grid.zoning.parts import connected_parts
from geo_grid.zoning.rezone_piece import FINE_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geo_grid.rebuild.local import Piece
    from geo_grid.rebuild.slicing import Edge, Slice

#: Units up to which all may be cut; of more only those in grids out of their bands, and those beside them.
_FEW = 60
#: States to look into for the fewest households moved, and then for few.
_THOROUGH, _HASTY = 12, 24
#: A stretch of a piece of border: the node it belongs to, and where it begins and ends.
Stretch = tuple[int, float, float]


class _Borders(NamedTuple):
    """The borders between units: which units, metres, and whether a barrier lies there."""

    edge: list[Edge]
    i: list[int]
    j: list[int]
    metres: list[float]
    barred: list[bool]


class _Nodes(NamedTuple):
    """Units that stay whole, and households, or a few together, of those that may be cut."""

    first: list[int]
    unit: list[int]
    weight: list[int]
    home: list[int]


def mend_by_cutting(
    piece: Piece, stacks: Sequence[str], away: Mapping[str, Sequence[Any]], hard: Any, min_contact: float
) -> Mended | None:
    """Bring grids back into their bands by moving single households of buildings, with their share of the ground.

    Parameters
    ----------
    piece : Piece
        Units and grids.
    stacks : sequence of str
        Building of each unit.
    away : mapping of str to sequence of Polygon
        Ground of parts of these buildings that are not in the piece.
    hard : STRtree or None
        Barriers that no grid should newly cross.
    min_contact : float
        Metres of common border that make neighbours.

    Returns
    -------
    Mended or None
        None where that does not do, or another number of grids is wanted.
    """
    borders = _borders(piece, hard)
    slices = _slices(piece, borders, stacks, away)
    if not slices:
        return None
    nodes = _nodes(piece, slices)
    apart = frozenset(nodes.first[at] for at in piece.apart)
    pairs = _contacts(borders, slices, nodes, min_contact)
    touches = touches_of(pairs, nodes.home, piece.chains, apart)
    board = Board(nodes.weight, nodes.weight, nodes.home, touches, piece.chains, piece.bands, apart)
    found = bring_home(board, SPARE, _THOROUGH)
    if found is None:  # many bands broke at once: all ways to mend the first are not tried with all for the others
        found = bring_home(board, SPARE, _HASTY, hasty=True)
    return None if found is None else _made(piece, borders, slices, nodes, found)


def _borders(piece: Piece, hard: Any) -> _Borders:
    segments = match_segments(rings_of(piece.shapes))
    shared = np.flatnonzero(segments.shared)
    ends = segments.ends[shared]
    edge = [((x, y), (right, top)) for x, y, right, top in ends.tolist()]
    i, j, metres = segments.i[shared].tolist(), segments.j[shared].tolist(), segments.length[shared].tolist()
    return _Borders(edge, i, j, metres, on_barriers(ends, hard).tolist())


def _slices(
    piece: Piece, borders: _Borders, stacks: Sequence[str], away: Mapping[str, Sequence[Any]]
) -> dict[int, Slice]:
    """Return the units that may be cut."""
    inner, outer = defaultdict[int, set["Edge"]](set), defaultdict[int, set["Edge"]](set)
    beside = defaultdict[int, set[int]](set)
    for edge, i, j in zip(borders.edge, borders.i, borders.j, strict=True):
        beside[i].add(j)
        beside[j].add(i)
        if stacks[i] == stacks[j]:
            inner[i].add(edge)
            inner[j].add(edge)
        elif i not in piece.apart and j not in piece.apart:
            outer[i].add(edge)
            outer[j].add(edge)
    wanted = set(range(len(stacks)))
    if len(stacks) > _FEW:
        off = outside(piece)
        here = {at for at, leaf in enumerate(piece.label.tolist()) if not off.isdisjoint(piece.chains[leaf])}
        wanted = here.union(*(beside[at] for at in here))
    elsewhere = {stack: {edge for shape in shapes for edge in edges_of(shape)} for stack, shapes in away.items()}
    out = {}
    for at in sorted(wanted - piece.apart):
        if piece.weight[at] > 1:
            known = inner[at] | elsewhere.get(stacks[at], set())
            found = slice_unit(piece.shapes[at], int(piece.weight[at]), known, outer[at])
            if found is not None and len(found.sizes) > 1:
                out[at] = found
    return out


def _nodes(piece: Piece, slices: Mapping[int, Slice]) -> _Nodes:
    nodes = _Nodes([], [], [], [])
    for at, (weight, leaf) in enumerate(zip(piece.weight.tolist(), piece.label.tolist(), strict=True)):
        sizes = slices[at].sizes if at in slices else [weight]
        nodes.first.append(len(nodes.weight))
        nodes.unit.extend([at] * len(sizes))
        nodes.weight.extend(sizes)
        nodes.home.extend([leaf] * len(sizes))
    return nodes


def _contacts(
    borders: _Borders, slices: Mapping[int, Slice], nodes: _Nodes, min_contact: float
) -> Iterator[tuple[int, int, float, bool]]:
    """Yield nodes that touch, along how many metres, and whether one may go over to where the other is.

    Units are neighbours by what they have in common; a household of one may touch less, as at the build.
    """
    length, barred = defaultdict[tuple[int, int], float](float), defaultdict[tuple[int, int], float](float)
    units: dict[tuple[int, int], list[float]] = {}
    spans = {at: _spans(part, nodes.first[at]) for at, part in slices.items()}
    for edge, i, j, metres, on in zip(*borders, strict=True):
        both = [_on_edge(spans.get(at), slices.get(at), nodes.first[at], edge, metres) for at in (i, j)]
        pair = units.setdefault((i, j), [0.0, 0.0])
        pair[0] += metres
        pair[1] += metres * on
        for a, start, end in both[0]:
            for b, begin, stop in both[1]:
                common = min(end, stop) - max(start, begin)
                if common > 0:
                    length[a, b] += common
                    barred[a, b] += common * on
    near = {units_pair for units_pair, (common, on) in units.items() if common >= min_contact and 2 * on <= common}
    for (a, b), metres in length.items():
        known = (nodes.unit[a], nodes.unit[b]) in near
        yield a, b, metres, known and metres >= FINE_SHARE * min_contact and 2 * barred[a, b] <= metres
    for at, part in slices.items():
        first, count = nodes.first[at], len(part.sizes)
        for number in range(0 if part.whole and count > 2 else 1, count):
            yield first + (number - 1) % count, first + number, part.radius(number), True


def _spans(part: Slice, first: int) -> dict[Edge, list[Stretch]]:
    """Return by piece of border which nodes hold which stretch of it, from its smaller end."""
    out: dict[Edge, list[Stretch]] = {}
    at, last = 0, len(part.sizes) - 1
    for (edge, flip, start), end in zip(part.edges(), part.along[1:], strict=True):
        row = []
        while True:
            one, other = max(start, part.places[at].along), min(end, part.places[at + 1].along)
            if other > one:
                row.append((first + at, end - other, end - one) if flip else (first + at, one - start, other - start))
            if part.places[at + 1].along >= end or at == last:
                break
            at += 1
        out[edge] = row
    return out


def _on_edge(
    spans: dict[Edge, list[Stretch]] | None, part: Slice | None, first: int, edge: Edge, metres: float
) -> list[Stretch]:
    """Return which nodes of a unit hold a piece of its border: at a cut that stands it is one of the outer ones."""
    if spans is None or part is None:
        return [(first, 0.0, metres)]
    if edge in spans:
        return spans[edge]
    return [(first if part.rim[0] in edge else first + len(part.sizes) - 1, 0.0, metres)]


def _runs(part: Slice, leaf: list[int]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return where a part is cut, and leaf and households of what that makes of it, in the building's order."""
    count = len(leaf)
    cuts = [at for at in range(0 if part.whole else 1, count) if leaf[at] != leaf[at - 1]]
    begins = cuts if part.whole else [0, *cuts]
    ends = [*begins[1:], begins[0] + count if part.whole else count]
    runs = [
        (leaf[one], sum(part.sizes[at % count] for at in range(one, other)))
        for one, other in zip(begins, ends, strict=True)
    ]
    return cuts, runs


def _made(
    piece: Piece, borders: _Borders, slices: Mapping[int, Slice], nodes: _Nodes, found: list[int]
) -> Mended | None:
    """Cut units where their households are in several grids now."""
    label = piece.label.copy()
    cuts: dict[int, tuple[list[int], list[tuple[int, int]]]] = {}
    inserted = defaultdict[Any, set[float]](set)
    for at, first in enumerate(nodes.first):
        leaf = found[first : nodes.first[at + 1] if at + 1 < len(nodes.first) else None]
        if len(set(leaf)) == 1:
            label[at] = leaf[0]
            continue
        cuts[at] = _runs(slices[at], leaf)
        for number in cuts[at][0]:
            place = slices[at].places[number]
            if place.edge is not None:
                inserted[place.edge].add(place.offset)
    parts: dict[int, list[Part]] = {}
    for at, (where, runs) in cuts.items():
        made = cut_unit(slices[at], where, inserted)
        if not sound(piece.shapes[at], made, [households for _, households in runs]):
            return None
        parts[at] = [Part(leaf, households, shape) for (leaf, households), shape in zip(runs, made, strict=True)]
        mine = [part for part in parts[at] if part.leaf == piece.label[at]] or parts[at]
        label[at] = max(mine, key=lambda part: part.households).leaf
    beside = {at for edge, i, j in zip(*borders[:3], strict=True) if edge in inserted for at in (i, j)} - set(parts)
    pricked = {at: with_points(piece.shapes[at], inserted) for at in sorted(beside)}
    rows = list(_units(piece, label, parts, pricked))
    shapes, leaves = np.array([shape for shape, _, _ in rows], dtype=object), np.array([leaf for _, leaf, _ in rows])
    changed = _changed(piece, label, parts, pricked)
    if not _whole(piece, shapes, leaves, np.array([is_apart for _, _, is_apart in rows]), changed):
        return None
    return Mended(label, [], ground_of(piece.chains, shapes, leaves, changed), parts, pricked)


def _units(
    piece: Piece, label: Any, parts: Mapping[int, list[Part]], pricked: Mapping[int, Any]
) -> Iterator[tuple[Any, int, bool]]:
    """Yield ground and leaf of all units as they will be, and whether they are looked at for what hangs together."""
    for at, shape in enumerate(piece.shapes):
        if at in parts:
            yield from ((part.shape, part.leaf, False) for part in parts[at])
        else:
            yield pricked.get(at, shape), int(label[at]), at in piece.apart


def _changed(piece: Piece, label: Any, parts: Mapping[int, list[Part]], pricked: Mapping[int, Any]) -> set[int]:
    """Return the grids that get other ground, or other vertices."""
    out: set[int] = set()
    for at, (was, now) in enumerate(zip(piece.label.tolist(), label.tolist(), strict=True)):
        leaves = {was, now, *(part.leaf for part in parts.get(at, ()))}
        if len(leaves) > 1 or at in pricked:
            out |= {grid for leaf in leaves for grid in piece.chains[leaf]}
    return out


def _whole(piece: Piece, shapes: Any, leaves: Any, apart: Any, changed: set[int]) -> bool:
    """Tell whether each grid of some hangs together."""
    u, v, _, _ = contacts(shapes, None)
    for row in np.array(piece.chains)[leaves].T:
        grid = np.where(apart, -1, row)
        part = connected_parts(len(grid), u, v, grid)
        pieces = set(zip(grid.tolist(), part.tolist(), strict=True))
        if sum(1 for one, _ in pieces if one in changed) != len(changed.intersection(grid.tolist())):
            return False
    return True
