"""Bands that broke at the finest level, mended parent by parent on the patched units of an area."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo_grid.rebuild.local import Mended, Piece, mend_piece

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.rebuild.changed import Patch, Unit
    from geo_grid.rebuild.judging import Grid, Judge
    from geo_grid.rebuild.patch import Patcher
    from geo_grid.rebuild.standing import Standing


class Rules(NamedTuple):
    """What mending goes by.

    Parameters
    ----------
    hard : STRtree or None
        Barriers of full strength.
    min_contact : float
        Metres of common border that make neighbours.
    seed : int
        Seed.
    shapes_in : callable
        Takes a grid and its level, returns the stored shapes of its units.
    """

    hard: Any
    min_contact: float
    seed: int
    shapes_in: Callable[[str, int], dict[str, Any]]


class _Plan(NamedTuple):
    """How one parent is mended: its units, its children, members by unit, and what the solver found."""

    units: list[Unit]
    children: list[str]
    members: dict[str, list[tuple[Any, int, int]]]
    found: Mended


def mend_bands(patcher: Patcher, judge: Judge, broken: list[Grid], rules: Rules) -> dict[str, Any] | None:
    """Mend the bands that broke, if whole units and ends of buildings will do.

    Parameters
    ----------
    patcher : Patcher
        The area, patched; changed where all can be mended.
    judge : Judge
        The grids of the draft.
    broken : list of Grid
        Grids out of their bands.
    rules : Rules
        What mending goes by.

    Returns
    -------
    dict of str to Polygon or MultiPolygon, or None
        Ground of each grid whose border moved; None where the area has to be drawn anew.
    """
    deepest = max(grid.level for grid in judge.of_area(patcher.patch.area))
    if any(grid.level != deepest or deepest == 1 for grid in broken):
        return None
    plans = []
    for parent in sorted({grid.parent for grid in broken}):
        plan = _mended(patcher, judge, parent, deepest, rules)
        if plan is None:
            return None
        plans.append(plan)
    shapes: dict[str, Any] = {}
    for plan in plans:
        _apply(patcher, plan, deepest)
        shapes |= {plan.children[at]: shape for at, shape in plan.found.shapes.items()}
    return shapes


def _mended(patcher: Patcher, judge: Judge, parent: str, level: int, rules: Rules) -> _Plan | None:
    patch, standing = patcher.patch, patcher.standing
    stored = rules.shapes_in(parent, level - 1)
    units = [patch.units[name] if name in patch.units else _as_stored(standing, name) for name in stored]
    units += [unit for unit in patch.units.values() if unit.was < 0 and unit.grids[level - 2] == parent]
    if any(unit.exclave for unit in units):
        return None
    children = sorted({str(unit.leaf) for unit in units})
    band = judge.grids[children[0]]
    assert band.low is not None  # noqa: S101  it broke
    assert band.high is not None  # noqa: S101
    members, chains = _buildings(patcher, units)
    piece = Piece(
        np.array([patch.shapes.get(unit.id, stored.get(unit.id)) for unit in units], dtype=object),
        np.array([children.index(str(unit.leaf)) for unit in units], dtype=np.int64),
        np.array([unit.households for unit in units], dtype=np.int64),
        chains,
        band.low,
        band.high,
    )
    found = mend_piece(piece, rules.hard, rules.min_contact, rules.seed)
    return None if found is None else _Plan(units, children, members, found)


def _as_stored(standing: Standing, name: str) -> Unit:
    """Return a unit that did not change; not yet one of the patch."""
    from geo_grid.rebuild.changed import Unit

    row = standing.row_of(name)
    grids = (standing.grids[0][row], standing.grids[1][row], standing.grids[2][row])
    count = int(standing.households[row])
    return Unit(
        name,
        standing.area[row],
        grids,
        count,
        standing.stack[row],
        standing.group[row],
        int(standing.exclave[row]),
        count,
        before=grids,
    )


def _buildings(
    patcher: Patcher, units: list[Unit]
) -> tuple[dict[str, list[tuple[Any, int, int]]], list[tuple[int, int]]]:
    """Return the households of buildings in several parts, in their order, and the ends inside them.

    A household is told by its key, its position in the old data (−1) and in the new (−1).
    """
    of_stack: dict[str, list[int]] = {}
    for at, unit in enumerate(units):
        if unit.households:
            of_stack.setdefault(unit.stack, []).append(at)
    members: dict[str, list[tuple[Any, int, int]]] = {}
    chains: list[tuple[int, int]] = []
    for parts in of_stack.values():
        if len(parts) == 1:
            continue
        for at in parts:
            members[units[at].id] = sorted(_people(patcher, units[at]))
        parts.sort(key=lambda at: members[units[at].id][0])
        for one, other in itertools.pairwise(parts):
            last, first = members[units[one].id][-1][0], members[units[other].id][0][0]
            if last[:3] == first[:3] and last < first and units[one].leaf != units[other].leaf:
                chains.append((one, other))
    return members, chains


def _people(patcher: Patcher, unit: Unit) -> list[tuple[Any, int, int]]:
    standing, keys = patcher.standing, patcher.keys
    out = [(keys[1].of(at), -1, at) for at in unit.people]
    if unit.was >= 0:
        stays = (row for row in standing.people_in(standing.row_of(unit.id)) if row not in patcher.gone)
        new_of = standing.new_of(patcher.diff)
        out += [(keys[1].of(int(new_of[row])), row, -1) for row in stays]
    return out


def _apply(patcher: Patcher, plan: _Plan, level: int) -> None:
    """Let units and households change sides."""
    patch: Patch = patcher.patch
    for at, unit in enumerate(plan.units):
        leaf = plan.children[int(plan.found.label[at])]
        if leaf != unit.leaf:
            grids = list(unit.grids)
            grids[level - 1] = leaf
            unit.grids = (grids[0], grids[1], grids[2])
            patch.units[unit.id] = unit
    for one, other, count in plan.found.handed:
        a, b = plan.units[one], plan.units[other]
        source, target = (a, b) if count > 0 else (b, a)
        row = plan.members[source.id]
        some = row[-count:] if count > 0 else row[:-count]
        for _, old, new in some:
            if old >= 0:
                patch.rehoused[old] = target.id
            else:
                patch.housed[new] = target.id
                source.people.remove(new)
                target.people.append(new)
        source.households -= len(some)
        target.households += len(some)
        patch.units[source.id], patch.units[target.id] = source, target
