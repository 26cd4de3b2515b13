"""What mending found, done to the units of an area: they change sides, households go over, parts of buildings are cut."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.rebuild.changed import Patch, Unit
    from geo_grid.rebuild.local import Mended, Part, Piece
    from geo_grid.rebuild.patch import Patcher


@dataclass(frozen=True, slots=True)
class Moved:
    """What mending changed of the ground of grids.

    Parameters
    ----------
    ground : dict of str to Polygon or MultiPolygon
        Ground of each grid whose border moved.
    squares : dict of str to tuple
        Square metres that each of them took and gave.
    units : set of str
        Units that changed sides, or households, or ground.
    """

    ground: dict[str, Any] = field(default_factory=dict)
    squares: dict[str, tuple[float, float]] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)

    def count(self, was: tuple[str, ...], now: tuple[str, ...], area: float) -> None:
        """Count ground that changed sides.

        Parameters
        ----------
        was, now : tuple of str
            Grids it was in, and is in, level by level.
        area : float
            Square metres.
        """
        for one, other in zip(was, now, strict=True):
            if one != other:
                self._add(one, 0.0, area)
                self._add(other, area, 0.0)

    def add(self, other: Moved) -> None:
        """Add what changed later.

        Parameters
        ----------
        other : Moved
            Ground that changed hands after this.
        """
        self.ground.update(other.ground)
        for code, (taken, given) in other.squares.items():
            self._add(code, taken, given)

    def _add(self, code: str, taken: float, given: float) -> None:
        one, other = self.squares.get(code, (0.0, 0.0))
        self.squares[code] = (one + taken, other + given)


class Plan(NamedTuple):
    """How one piece is mended.

    Parameters
    ----------
    units : list of Unit
        Its units.
    leaves : list of tuple of str
        Grids of each leaf, from the coarsest that is in question.
    codes : list of str
        Code of each grid.
    members : dict of str to list of tuple
        Households by unit in the order of their building: key, position in the old data (−1) and in the new (−1).
    piece : Piece
        What was to be mended.
    found : Mended
        What the search found.
    """

    units: list[Unit]
    leaves: list[tuple[str, ...]]
    codes: list[str]
    members: dict[str, list[tuple[Any, int, int]]]
    piece: Piece
    found: Mended


def codes_stay(plan: Plan) -> bool:
    """Tell whether each grid keeps most of those of its households that are still there.

    Parameters
    ----------
    plan : Plan
        What is to change.

    Returns
    -------
    bool
        True if all codes go on.
    """
    chains, label = np.array(plan.piece.chains, dtype=np.int64), plan.found.label
    was, now = chains[plan.piece.label], chains[label]
    total, lost = np.zeros((2, len(plan.codes)), dtype=np.int64)
    stays = np.broadcast_to(plan.piece.stays[:, None], was.shape)
    np.add.at(total, was, stays)
    np.add.at(lost, was, np.where(was == now, 0, stays))
    for one, other, count in plan.found.handed:
        source, target = (one, other) if count > 0 else (other, one)
        there = sum(1 for _, old, _ in _handed_over(plan, source, count) if old >= 0)
        lost[was[source]] += there * ((was[source] == now[source]) & (now[source] != now[target]))
    for at in plan.found.parts:
        for part, some in _parts(plan, at):
            there = sum(1 for _, old, _ in some if old >= 0)
            lost[was[at]] += there * ((was[at] != chains[part.leaf]).astype(np.int64) - (was[at] != now[at]))
    return bool((2 * lost < total)[total > 0].all())


def in_order(plan: Plan) -> bool:
    """Tell whether households that go over stand at the end of their part, next to those of the other.

    Parameters
    ----------
    plan : Plan
        What is to change.

    Returns
    -------
    bool
        False where new households stand between those of another part.
    """
    members, units = plan.members, plan.units
    ends = ((members[units[one].id][-1][0], members[units[other].id][0][0]) for one, other, _ in plan.found.handed)
    return all(last < first for last, first in ends)


def _parts(plan: Plan, at: int) -> Iterator[tuple[Part, list[tuple[Any, int, int]]]]:
    """Yield what a unit is cut into, with the households of each part."""
    first, row = 0, plan.members[plan.units[at].id]
    for part in plan.found.parts[at]:
        yield part, row[first : first + part.households]
        first += part.households


def change_sides(patcher: Patcher, plan: Plan, moved: Moved) -> None:
    """Let units and households change sides.

    Parameters
    ----------
    patcher : Patcher
        The area, patched; changed.
    plan : Plan
        What changes.
    moved : Moved
        Ground that changed hands; added to.
    """
    patch: Patch = patcher.patch
    moved.ground.update({plan.codes[at]: shape for at, shape in plan.found.shapes.items()})
    for at, unit in enumerate(plan.units):
        leaf = plan.leaves[int(plan.found.label[at])]
        was = plan.leaves[int(plan.piece.label[at])]
        if leaf != was:
            if at not in plan.found.parts:
                moved.count(was, leaf, float(plan.piece.shapes[at].area))
            unit.grids = _grids_in(unit, leaf)
            patch.units[unit.id] = unit
            moved.units.add(unit.id)
    for one, other, count in plan.found.handed:
        _hand_over(patch, plan, one, other, count)
        moved.units.update(plan.units[at].id for at in (one, other))
    for at, shape in plan.found.pricked.items():
        unit = plan.units[at]
        patch.units[unit.id], patch.shapes[unit.id] = unit, shape
        moved.units.add(unit.id)
    for at in plan.found.parts:
        _cut(patcher, plan, at, moved)


def _grids_in(unit: Unit, leaf: tuple[str, ...]) -> tuple[str | None, str | None, str | None]:
    """Return the grids of a unit once its finest ones are those of a leaf."""
    above = len(unit.chain) - len(leaf)
    grids = [*unit.grids[:above], *leaf, *unit.grids[len(unit.chain) :]]
    return grids[0], grids[1], grids[2]


def _cut(patcher: Patcher, plan: Plan, at: int, moved: Moved) -> None:
    """Make several units of one: what is in the grid it was in, or most of it, goes on with its name."""
    patch, unit = patcher.patch, plan.units[at]
    was = plan.leaves[int(plan.piece.label[at])]
    some = list(_parts(plan, at))
    goes_on = max(range(len(some)), key=lambda k: (some[k][0].leaf == plan.found.label[at], some[k][0].households))
    new = set(unit.people)
    for number, (part, people) in enumerate(some):
        leaf = plan.leaves[part.leaf]
        come = [now for _, _, now in people if now in new]
        if number == goes_on:
            target, kept = unit, (part.households, come)
        else:
            target = replace(
                unit,
                id=patcher.standing.fresh_unit(patch.area),
                grids=_grids_in(unit, leaf),
                households=part.households,
                was=-1,
                people=come,
                before=(None, None, None),
            )
            patch.rehoused.update({old: target.id for _, old, _ in people if old >= 0})
        patch.housed.update(dict.fromkeys(come, target.id))
        patch.units[target.id], patch.shapes[target.id] = target, part.shape
        moved.units.add(target.id)
        moved.count(was, leaf, float(part.shape.area))
    unit.households, unit.people = kept


def _hand_over(patch: Patch, plan: Plan, one: int, other: int, count: int) -> None:
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


def _handed_over(plan: Plan, source: int, count: int) -> list[tuple[Any, int, int]]:
    """Return the households that go over from a part of a building to the next one, or to the one before."""
    row = plan.members[plan.units[source].id]
    return row[-count:] if count > 0 else row[:-count]
