"""Bands that broke, mended on the patched units of an area: inside the grid above, else inside the one above that."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo_grid.rebuild.changed import Unit
from geo_grid.rebuild.cutting import mend_by_cutting
from geo_grid.rebuild.handing import Moved, Plan, change_sides, codes_stay, in_order
from geo_grid.rebuild.judging import ODD
from geo_grid.rebuild.local import Mended, Piece, mend_piece

if TYPE_CHECKING:
    from collections.abc import Callable

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
    plans: dict[str, Plan] = {}
    while wanted:
        parent = min(wanted)  # in an order no hash decides: ids are given out by it
        wanted.remove(parent)
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
    for _, plan in sorted(plans.items()):
        change_sides(patcher, plan, moved)
    return moved


def _above(judge: Judge, code: str) -> list[str]:
    """Return the grids a grid lies in, and its area."""
    out = []
    while code in judge.grids:
        code = judge.grids[code].parent
        out.append(code)
    return out


def _mended(patcher: Patcher, judge: Judge, parent: str, rules: Rules) -> Plan | None:
    """Look for a way to mend all that is inside a grid, or an area."""
    level = _level(judge, parent)
    units, shapes = units_inside(patcher, judge, parent, rules)
    chains = [unit.chain[level:] for unit in units]
    leaves = sorted(set(chains))
    leaf_of = {chain: at for at, chain in enumerate(leaves)}
    codes = sorted({code for chain in leaves for code in chain})
    number = {code: at for at, code in enumerate(codes)}
    bands = [_band(judge.grids[code]) for code in codes]
    if not _countable(judge, level, units):
        return None
    piece = Piece(
        shapes,
        np.array([leaf_of[chain] for chain in chains], dtype=np.int64),
        np.array([unit.households for unit in units], dtype=np.int64),
        np.array([unit.households - len(unit.people) if unit.was >= 0 else 0 for unit in units], dtype=np.int64),
        _ends(patcher, units),
        frozenset(at for at, unit in enumerate(units) if unit.exclave),
        [tuple(number[code] for code in chain) for chain in leaves],
        bands,
    )
    found = mend_piece(piece, rules.hard, rules.min_contact)
    plan = None if found is None else Plan(units, leaves, codes, _members(patcher, units, found), piece, found)
    if plan is None or not (in_order(plan) and codes_stay(plan)):
        away = _ground_elsewhere(patcher, units, rules)
        found = mend_by_cutting(piece, [unit.stack for unit in units], away, rules.hard, rules.min_contact)
        if found is None:
            return None
        plan = Plan(units, leaves, codes, _members(patcher, units, found), piece, found)
    return plan if codes_stay(plan) else None


def _members(patcher: Patcher, units: list[Unit], found: Mended) -> dict[str, list[tuple[Any, int, int]]]:
    """Return the households of parts of buildings that give or take some, or are cut, in their order."""
    some = {at for one, other, _ in found.handed for at in (one, other)} | found.parts.keys()
    return {units[at].id: sorted(_people(patcher, units[at])) for at in sorted(some)}


def _ground_elsewhere(patcher: Patcher, units: list[Unit], rules: Rules) -> dict[str, list[Any]]:
    """Return the ground of parts of the same buildings that are in other grids."""
    here, standing = {unit.id for unit in units}, patcher.standing
    shapes = patcher.patch.shapes
    out: dict[str, list[Any]] = {}
    stands = (unit.stack for unit in units if unit.was > 0 and unit.stack == standing.stack[standing.row_of(unit.id)])
    for stack in sorted(set(stands)):
        away = sorted(unit.id for unit in _elsewhere(patcher, stack, here))
        if away:
            stored = [name for name in away if name not in shapes]
            out[stack] = [*(shapes[name] for name in away if name in shapes), *rules.shapes_of(stored)]
    return out


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


def _ends(patcher: Patcher, units: list[Unit]) -> list[tuple[int, int]]:
    """Return the ends between parts of one building that are in several grids.

    A part is a run of the building's order: one of its households says where it stands among the others.
    """
    of_stack: dict[str, list[int]] = {}
    for at, unit in enumerate(units):
        if unit.households:
            of_stack.setdefault(unit.stack, []).append(at)
    ends: list[tuple[int, int]] = []
    for stack, mine in of_stack.items():
        if len({units[at].leaf for at in mine}) == 1:
            continue
        parts = [(_somebody(patcher, units[at]), at) for at in mine]
        away = _elsewhere(patcher, stack, {units[at].id for at in mine})  # one of these may stand between two others
        parts += [(_somebody(patcher, unit), -1) for unit in away]
        parts.sort()
        for (key, one), (next_key, other) in itertools.pairwise(parts):
            if min(one, other) >= 0 and key[0] == next_key[0] and units[one].leaf != units[other].leaf:
                ends.append((one, other))
    return ends


def _somebody(patcher: Patcher, unit: Unit) -> Any:
    """Return the key of a household of a unit: one that was there before, if there is."""
    standing, keys = patcher.standing, patcher.keys
    if unit.was >= 0:
        new_of = standing.new_of(patcher.diff)
        for row in standing.people_in(standing.row_of(unit.id)):
            if row not in patcher.gone:
                return keys[1].of(int(new_of[row]))
    return min(keys[1].of(at) for at in unit.people)


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
