"""A new house on the ground of another villager group: it goes to its own group where it touches that."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.cells import dissolve
from geo_grid.rebuild.bands import units_inside
from geo_grid.rebuild.handing import Moved
from geo_grid.rebuild.local import contacts
from geo_grid.zoning.parts import connected_parts

if TYPE_CHECKING:
    from geo_grid.rebuild.bands import Rules
    from geo_grid.rebuild.changed import Unit
    from geo_grid.rebuild.judging import Judge
    from geo_grid.rebuild.patch import Patcher


def settle_groups(patcher: Patcher, judge: Judge, rules: Rules) -> Moved | None:
    """Give new houses, with their ground, to the villager groups they are said to belong to.

    Parameters
    ----------
    patcher : Patcher
        The area, patched; changed.
    judge : Judge
        The grids of the draft.
    rules : Rules
        What mending goes by.

    Returns
    -------
    Moved or None
        The ground that changed hands; None where a household is on the ground of another group and cannot leave it so.
    """
    moved, touched = Moved(), dict[str, None]()
    for name, said in _strangers(patcher, judge).items():
        unit = patcher.patch.units[name]
        grids = _own(patcher, judge, rules, unit, said)
        if grids is None:
            return None
        area, was = float(patcher.patch.shapes[name].area), unit.chain
        unit.group, unit.grids = said, grids
        moved.count(was, unit.chain, area)
        touched |= dict.fromkeys((*was, *unit.chain))
    tops = [code for code in touched if judge.grids[code].level == 1]
    for top in tops:
        ground = _ground(patcher, judge, rules, top, touched)
        if ground is None:
            return None
        moved.ground.update(ground)
    return moved


def _strangers(patcher: Patcher, judge: Judge) -> dict[str, str | None]:
    """Return the units to which households of other groups came, and these; None where not all in it are of one."""
    group, patch = patcher.keys[1].group, patcher.patch
    out: dict[str, str | None] = {}
    for at, name in patch.housed.items():
        said, unit = group(at), patch.units[name]
        if said is not None and (judge.grids[unit.chain[0]].low is not None or unit.group != said):
            alone = unit.was < 0 and {group(other) for other in unit.people} == {said}
            out[name] = said if alone else None
    return out


def _own(
    patcher: Patcher, judge: Judge, rules: Rules, unit: Unit, said: str | None
) -> tuple[str | None, str | None, str | None] | None:
    """Return the grids of the group of a new house that its ground touches most; None where it touches none."""
    standing, area = patcher.standing, patcher.patch.area
    rows = standing.units_in(area)
    rows = rows[standing.group[rows] == said]
    tops = {str(standing.grids[0][row]) for row in rows[standing.households[rows] > 0].tolist()}
    if said is None or len(tops) != 1 or judge.grids[unit.chain[0]].low is not None:
        return None
    units, shapes = units_inside(patcher, judge, tops.pop(), rules)
    u, v, metres, barred = contacts(np.array([patcher.patch.shapes[unit.id], *shapes], dtype=object), rules.hard)
    reach: dict[tuple[Any, ...], float] = defaultdict(float)
    for at in np.flatnonzero((u == 0) & ~barred & (metres >= rules.min_contact)).tolist():
        beside = units[int(v[at]) - 1]
        if not beside.exclave:
            reach[beside.grids] += float(metres[at])
    return max(sorted(reach, key=str), key=lambda grids: reach[grids]) if reach else None


def _ground(patcher: Patcher, judge: Judge, rules: Rules, top: str, touched: dict[str, None]) -> dict[str, Any] | None:
    """Return the ground of a group and of touched grids in it; None where one of them fell to pieces."""
    units, shapes = units_inside(patcher, judge, top, rules)
    u, v, _, _ = contacts(shapes, None)
    home = np.array([not unit.exclave for unit in units])
    out: dict[str, Any] = {}
    for level in range(judge.grids[top].level - 1, len(units[0].chain)):
        codes = np.array([unit.chain[level] for unit in units], dtype=object)
        for code in sorted(set(codes.tolist()) & touched.keys()):
            mine = codes == code
            pieces = int(connected_parts(len(units), u, v, np.where(mine & home, 0, -1)).max()) + 1
            if pieces > 1 and code not in {grid.code for grid in judge.odd(patcher.patch.area)}:
                return None
            out[code] = dissolve(shapes[mine], np.zeros(int(mine.sum()), dtype=np.int64))[0]
    return out
