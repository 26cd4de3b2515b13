"""Bands that broke, mended on the patched units of an area: inside the grid above, else inside the one above that."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo_grid.rebuild.judging import ODD
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
    shapes_in : callable
        Takes a grid and its level, or an area and 0, returns the stored shapes of its units.
    shapes_of : callable
        Takes ids of units, returns their stored shapes in the order of their ids.
    """

    hard: Any
    min_contact: float
    shapes_in: Callable[[str, int], dict[str, Any]]
    shapes_of: Callable[[list[str]], list[Any]]


@dataclass(frozen=True, slots=True)
class Moved:
    """What mending changed of the ground of grids.

    Parameters
    ----------
    ground : dict of str to Polygon or MultiPolygon
        Ground of each grid whose border moved.
    squares : dict of str to tuple
        Square metres that each of them took and gave.
    """

    ground: dict[str, Any] = field(default_factory=dict)
    squares: dict[str, tuple[float, float]] = field(default_factory=dict)


class _Plan(NamedTuple):
    """How one piece is mended: its units, its grids, members by unit, and what the search found."""

    units: list[Unit]
    leaves: list[tuple[str, ...]]
    codes: list[str]
    members: dict[str, list[tuple[Any, int, int]]]
    piece: Piece
    found: Mended


def mend_bands(patcher: Patcher, judge: Judge, broken: list[Grid], rules: Rules) -> Moved | None:
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
    Moved or None
        The ground that changed hands; None where the area has to be drawn anew.
    """
    wanted = {grid.parent for grid in broken}
    plans: dict[str, _Plan] = {}
    while wanted:
        parent = wanted.pop()
        if any(above in wanted or above in plans for above in _above(judge, parent)):
            continue  # a larger piece has it
        plan = _mended(patcher, judge, parent, rules)
        if plan is not None:
            plans = {code: known for code, known in plans.items() if parent not in _above(judge, code)}
            plans[parent] = plan
        elif parent in judge.grids:
            wanted.add(judge.grids[parent].parent)
        else:
            return None
    moved = Moved()
    for plan in plans.values():
        _apply(patcher, plan, moved)
    return moved


def _above(judge: Judge, code: str) -> list[str]:
    """Return the grids a grid lies in, and its area."""
    out = []
    while code in judge.grids:
        code = judge.grids[code].parent
        out.append(code)
    return out


def _mended(patcher: Patcher, judge: Judge, parent: str, rules: Rules) -> _Plan | None:
    """Look for a way to mend all that is inside a grid, or an area."""
    level = _level(judge, parent)
    units, shapes = units_inside(patcher, judge, parent, rules)
    leaves = sorted({_chain(unit)[level:] for unit in units})
    codes = sorted({code for chain in leaves for code in chain})
    number = {code: at for at, code in enumerate(codes)}
    bands = [_band(judge.grids[code]) for code in codes]
    if not _countable(judge, level, units):
        return None
    members, ends = _buildings(patcher, units)
    piece = Piece(
        shapes,
        np.array([leaves.index(_chain(unit)[level:]) for unit in units], dtype=np.int64),
        np.array([unit.households for unit in units], dtype=np.int64),
        np.array([unit.households - len(unit.people) if unit.was >= 0 else 0 for unit in units], dtype=np.int64),
        ends,
        frozenset(at for at, unit in enumerate(units) if unit.exclave),
        [tuple(number[code] for code in chain) for chain in leaves],
        bands,
    )
    found = mend_piece(piece, rules.hard, rules.min_contact)
    plan = None if found is None else _Plan(units, leaves, codes, members, piece, found)
    return plan if plan is not None and _codes_stay(plan) else None


def _codes_stay(plan: _Plan) -> bool:
    """Tell whether each grid keeps most of those of its households that are still there."""
    total: dict[str, int] = defaultdict(int)
    lost: dict[str, int] = defaultdict(int)
    chains = [
        [plan.leaves[int(leaf)] for leaf in (plan.piece.label[at], plan.found.label[at])]
        for at in range(len(plan.units))
    ]
    for (was, now), stays in zip(chains, plan.piece.stays.tolist(), strict=True):
        for before, after in zip(was, now, strict=True):
            total[before] += stays
            lost[before] += stays * (before != after)
    for one, other, count in plan.found.handed:
        source, target = (one, other) if count > 0 else (other, one)
        stays = sum(1 for _, old, _ in _handed_over(plan, source, count) if old >= 0)
        for before, after, there in zip(*chains[source], chains[target][1], strict=True):
            lost[before] += stays * (before == after != there)
    return all(2 * lost[code] < count for code, count in total.items() if count)


def _chain(unit: Unit) -> tuple[str, ...]:
    return tuple(code for code in unit.grids if code is not None)


def _level(judge: Judge, code: str) -> int:
    """Return the level of a grid, 0 for an area."""
    return judge.grids[code].level if code in judge.grids else 0


def _band(grid: Grid) -> tuple[int, int] | None:
    """Return the band to be kept; None where a grid was given, or is an exception: nothing enters or leaves it."""
    return None if grid.low is None or grid.high is None or grid.status in ODD else (grid.low, grid.high)


def _countable(judge: Judge, level: int, units: list[Unit]) -> bool:
    """Tell whether so many grids below a level can have all the households in their bands."""
    bands = {code: _band(judge.grids[code]) for code in {str(unit.grids[level]) for unit in units}}
    some = [band for band in bands.values() if band is not None]
    total = sum(unit.households for unit in units if bands[str(unit.grids[level])] is not None)
    return sum(low for low, _ in some) <= total <= sum(high for _, high in some)


def units_inside(patcher: Patcher, judge: Judge, code: str, rules: Rules) -> tuple[list[Unit], Any]:
    """Return the units of a grid, or of the area, as they will be.

    Parameters
    ----------
    patcher : Patcher
        The area, patched.
    judge : Judge
        The grids of the draft.
    code : str
        The grid, or the area.
    rules : Rules
        Tells how shapes are read.

    Returns
    -------
    units : list of Unit
        The units.
    shapes : ndarray of Polygon
        Their ground.
    """
    patch, level = patcher.patch, _level(judge, code)
    stored = rules.shapes_in(code, level)
    names = [name for name in stored if name not in patch.units and name not in patch.lost]
    units = [_as_stored(patcher.standing, name) for name in names]
    mine = (unit for unit in patch.units.values() if not level or unit.grids[level - 1] == code)
    units += [unit for unit in mine if unit.id not in patch.lost]
    missing = [unit.id for unit in units if unit.id not in stored and unit.id not in patch.shapes]
    stored |= dict(zip(sorted(missing), rules.shapes_of(missing), strict=True)) if missing else {}
    shapes = [patch.shapes[unit.id] if unit.id in patch.shapes else stored[unit.id] for unit in units]
    return units, np.array(shapes, dtype=object)


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
    """Return the households of buildings in several parts, in their order, and the ends between parts in several grids.

    A household is told by its key, its position in the old data (−1) and in the new (−1).
    """
    of_stack: dict[str, list[int]] = {}
    for at, unit in enumerate(units):
        if unit.households:
            of_stack.setdefault(unit.stack, []).append(at)
    members: dict[str, list[tuple[Any, int, int]]] = {}
    ends: list[tuple[int, int]] = []
    for stack, mine in of_stack.items():
        if len({units[at].leaf for at in mine}) == 1:
            continue
        parts = [(sorted(_people(patcher, units[at])), at) for at in mine]
        members |= {units[at].id: people for people, at in parts}
        away = _elsewhere(patcher, stack, {units[at].id for at in mine})  # one of these may stand between two others
        parts += [(sorted(_people(patcher, unit)), -1) for unit in away]
        parts.sort(key=lambda part: part[0][0])
        for (some, one), (more, other) in itertools.pairwise(parts):
            last, first = some[-1][0], more[0][0]
            if min(one, other) >= 0 and last[0] == first[0] and last < first and units[one].leaf != units[other].leaf:
                ends.append((one, other))
    return members, ends


def _elsewhere(patcher: Patcher, stack: str, known: set[str]) -> list[Unit]:
    """Return the parts of a building that are not among the known ones."""
    patch, standing = patcher.patch, patcher.standing
    names = (standing.ids[row] for row in standing.units_of_stack(patch.area, stack))
    others = [name for name in names if name not in known and name not in patch.lost]
    units = (patch.units[name] if name in patch.units else _as_stored(standing, name) for name in others)
    return [unit for unit in units if unit.households and unit.stack == stack]


def _people(patcher: Patcher, unit: Unit) -> list[tuple[Any, int, int]]:
    standing, keys = patcher.standing, patcher.keys
    out = [(keys[1].of(at), -1, at) for at in unit.people]
    if unit.was >= 0:
        stays = (row for row in standing.people_in(standing.row_of(unit.id)) if row not in patcher.gone)
        new_of = standing.new_of(patcher.diff)
        out += [(keys[1].of(int(new_of[row])), row, -1) for row in stays]
    return out


def _apply(patcher: Patcher, plan: _Plan, moved: Moved) -> None:
    """Let units and households change sides."""
    patch: Patch = patcher.patch
    moved.ground.update({plan.codes[at]: shape for at, shape in plan.found.shapes.items()})
    for at, unit in enumerate(plan.units):
        leaf = plan.leaves[int(plan.found.label[at])]
        was = plan.leaves[int(plan.piece.label[at])]
        if leaf != was:
            above = len(_chain(unit)) - len(leaf)
            _squares(moved, was, leaf, float(plan.piece.shapes[at].area))
            grids = [*unit.grids[:above], *leaf, *unit.grids[above + len(leaf) :]]
            unit.grids = (grids[0], grids[1], grids[2])
            patch.units[unit.id] = unit
    for one, other, count in plan.found.handed:
        _hand_over(patch, plan, one, other, count)


def _squares(moved: Moved, was: tuple[str, ...], now: tuple[str, ...], area: float) -> None:
    """Count ground that changed sides."""
    for one, other in zip(was, now, strict=True):
        if one != other:
            taken, given = moved.squares.get(one, (0.0, 0.0))
            moved.squares[one] = (taken, given + area)
            taken, given = moved.squares.get(other, (0.0, 0.0))
            moved.squares[other] = (taken + area, given)


def _hand_over(patch: Patch, plan: _Plan, one: int, other: int, count: int) -> None:
    """Let households at the end of a part of a building go over to the next part."""
    sides = (one, other) if count > 0 else (other, one)
    source, target = (plan.units[at] for at in sides)
    some = _handed_over(plan, sides[0], count)
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


def _handed_over(plan: _Plan, source: int, count: int) -> list[tuple[Any, int, int]]:
    """Return the households that go over from a part of a building to the next one, or to the one before."""
    row = plan.members[plan.units[source].id]
    return row[-count:] if count > 0 else row[:-count]
