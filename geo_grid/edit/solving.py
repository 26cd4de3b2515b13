"""The solver draws: a grid in parts, or grids anew around what is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.edit.draft import Draft
from geo_grid.edit.errors import RefusedError
from geo_grid.edit.ground import LEAST_CONTACT
from geo_grid.edit.outcome import Outcome, settled
from geo_grid.edit.parts import divided, open_grid
from geo_grid.edit.view import remembered
from geo_grid.zoning.area import _Drawing
from geo_grid.zoning.build import from_edges
from geo_grid.zoning.certificates import violations
from geo_grid.zoning.counts import candidate_counts
from geo_grid.zoning.levels import Options
from geo_grid.zoning.nodes import runs
from geo_grid.zoning.parts import connected_parts, split_piece, whole_area
from geo_grid.zoning.parts import renumber as _renumber
from geo_grid.zoning.solve import solve
from geo_grid.zoning.weights import edge_costs, node_graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.ops import Resolve, Split
    from geo_grid.edit.state import AreaState
    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Graph
    from geo_grid.zoning.parts import Piece
    from geo_grid.zoning.tree import Part

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

#: How far from their mean the parts of a grid may be that no band can hold.
_SLACK = 0.1


def piece_of_area(ground: Ground) -> Piece:
    """Return the area as the solver sees it, without contacts too short to hold a grid together.

    Parameters
    ----------
    ground : Ground
        The area.

    Returns
    -------
    Piece
        All its atoms.
    """
    from dataclasses import replace

    def make() -> Piece:
        atoms = ground.atoms
        keep = atoms.length >= LEAST_CONTACT
        return whole_area(
            replace(
                atoms,
                edge_u=atoms.edge_u[keep],
                edge_v=atoms.edge_v[keep],
                length=atoms.length[keep],
                barrier=atoms.barrier[keep],
            )
        )

    piece: Piece = remembered(ground, ground.base, "piece", make)
    return piece


def options_of(ground: Ground, seed: int) -> Options:
    """Return how the area is drawn.

    Parameters
    ----------
    ground : Ground
        The area.
    seed : int
        Seed.

    Returns
    -------
    Options
        As at the build.
    """
    return Options(ground.min_contact, ground.policy.keep_whole == "always", seed, 1.0)


def split(ground: Ground, state: AreaState, op: Split, numbers: Mapping[str, int]) -> Outcome:
    """Divide a grid by the solver: along its children where they fit, else along buildings, else through them.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Split
        The grid and the number of parts.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    draft = Draft(ground, state)
    level, label = open_grid(draft, op.grid)
    mine = (draft.labels[level] == label) & (ground.atoms.host < 0)
    piece = split_piece(piece_of_area(ground), np.where(mine, 0, -1), connected=False)[0]
    band = ground.policy.levels[level].band
    k = op.parts or _count(piece, band)
    best: tuple[int, Ints] | None = None
    for graph, node in _grains(draft, level, piece):
        if graph.n < k:
            continue
        low, high = _band_of(piece.households, k, band)
        found = solve(graph, low, high, k)
        if found.k == k and (best is None or found.violation < best[0]):
            best = found.violation, found.labels[node]
        if best is not None and not best[0]:
            break
    if best is None:
        raise RefusedError(
            f"grid {op.grid} cannot be divided into {k}", reason="no_solution", grids=[op.grid], mend="Ask for fewer."
        )
    parts = np.full(ground.atoms.n, -1, dtype=np.int64)
    parts[piece.atoms] = best[1]
    return divided(draft, level, label, parts, numbers)


def _count(piece: Piece, band: Band) -> int:
    """Return the number of parts that comes nearest the band, at least two."""
    return next((k for k in candidate_counts(piece.households, piece.n, band.low, band.high) if k > 1), 2)


def _band_of(households: int, k: int, band: Band) -> tuple[int, int]:
    """Return the band of the parts; where no band can hold them, they are to be about alike."""
    if k * band.low <= households <= k * band.high:
        return band.low, band.high
    mean = households / k
    return int(mean * (1 - _SLACK)), int(np.ceil(mean * (1 + _SLACK)))


def _grains(draft: Draft, level: int, piece: Piece) -> Iterator[tuple[Graph, Ints]]:
    """Yield graphs of a grid, coarse to fine, and the node of each atom: children, buildings, households."""
    if level + 1 < len(draft.labels):
        child = _renumber(draft.labels[level + 1][piece.atoms])
        count = int(child.max()) + 1
        weight = np.bincount(child, piece.weight, count).astype(np.int64)
        yield from_edges(count, child[piece.u], child[piece.v], piece.length, weight), child
    run, sizes = runs(piece)
    band = draft.ground.policy.levels[level].band
    costs = edge_costs(piece, (sizes > band.high)[run])
    contact = draft.ground.min_contact
    yield node_graph(piece, run, costs, contact).graph, run
    if draft.ground.policy.keep_whole != "always":
        every = np.arange(piece.n)
        yield node_graph(piece, every, costs, contact / 4).graph, every


def resolve(ground: Ground, state: AreaState, op: Resolve, numbers: Mapping[str, int]) -> Outcome:
    """Draw grids anew around what is locked.

    A grid that holds a locked one keeps its border, and is drawn anew inside. Where nothing better is found, grids stay.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Resolve
        The grids, or all.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    draft = Draft(ground, state)
    drawing = _Drawing(ground.policy, options_of(ground, op.seed))
    if op.grids is None:
        _redraw(draft, drawing, 0, set(range(len(draft.view.codes[0]))))
    else:
        for level in range(ground.depth):
            found = [draft.find(code) for code in op.grids]
            _redraw(draft, drawing, level, {label for at, label in found if at == level})
    return settled(draft, numbers)


def _redraw(draft: Draft, drawing: _Drawing, level: int, chosen: set[int]) -> None:
    """Draw some grids of a level anew, those of one parent together."""
    if not chosen or level >= len(draft.labels):
        return
    view, ground = draft.view, draft.ground
    locked = {label for label in chosen if view.codes[level][label] in draft.state.locked}
    held = _holding(draft, level) | ({*chosen} if ground.given and level == 0 else set())
    free = np.array(sorted(chosen - locked - held), dtype=np.int64)
    mine = np.isin(view.labels[level], free) & (ground.atoms.host < 0)
    above = view.labels[level - 1] if level else np.zeros(ground.atoms.n, dtype=np.int64)
    for piece in split_piece(piece_of_area(ground), np.where(mine, above, -1)):
        if piece.households:
            _take(draft, drawing.draw(piece, level, alone=False), level)
    inside = np.isin(view.labels[level], sorted((chosen & held) - locked))
    if level + 1 < len(draft.labels) and inside.any():
        _redraw(draft, drawing, level + 1, set(np.unique(view.labels[level + 1][inside]).tolist()))


def _holding(draft: Draft, level: int) -> set[int]:
    """Return the grids of a level that a locked one lies in."""
    out = set()
    for code in draft.state.locked:
        at, label = draft.find(code)
        if at > level:
            out.add(int(draft.view.labels[level][int(np.argmax(draft.view.labels[at] == label))]))
    return out


def _take(draft: Draft, part: Part, level: int) -> None:
    """Write the zones of a part into the draft, unless the grids as they are are better."""
    row, atoms = draft.view.labels[level], part.piece.atoms
    was = np.bincount(_renumber(row[atoms]), part.piece.weight).astype(np.int64)
    shortfall = part.shortfall
    before = int(violations(was, part.band).sum()) - max(part.least, part.lumps)
    whole = connected_parts(part.piece.n, part.piece.u, part.piece.v, row[atoms]).max() + 1 == len(was)
    if whole and level + 1 == len(draft.labels) and shortfall > before:
        return
    _write(draft, [(zone, level) for zone in part.zones])


def _write(draft: Draft, zones: list[tuple[object, int]]) -> None:
    while zones:
        zone, level = zones.pop()
        draft.labels[level][zone.piece.atoms] = draft.new(level)  # type: ignore[attr-defined]
        zones += [(child, level + 1) for part in zone.parts for child in part.zones]  # type: ignore[attr-defined]
