"""Units of one area as they will be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from geo_grid.rebuild.diff import Difference
    from geo_grid.rebuild.standing import Keys, Standing


@dataclass(slots=True)
class Unit:
    """A unit as it will be.

    Parameters
    ----------
    id, area : str
        As in the table ``units``.
    grids : tuple
        Codes of its grids, coarsest first; None where an area has two levels.
    households : int
        Households in it.
    stack : str
        Its building.
    group : str or None
        Its villager group.
    exclave : int
        1 for a piece of the area without households.
    was : int
        Households before; −1 for a new one.
    people : list of int
        Positions in the new data of households that came to it.
    before : tuple
        Codes of the grids it was in; None for a new one.
    """

    id: str
    area: str
    grids: tuple[str | None, str | None, str | None]
    households: int
    stack: str
    group: str | None
    exclave: int
    was: int
    people: list[int] = field(default_factory=list)
    before: tuple[str | None, str | None, str | None] = (None, None, None)

    @property
    def chain(self) -> tuple[str, ...]:
        """Codes of its grids, coarsest first."""
        return tuple(filter(None, self.grids))

    @property
    def leaf(self) -> str:
        """Code of its finest grid."""
        return next(filter(None, reversed(self.grids)))


@dataclass(slots=True)
class Patch:
    """What new data changes in the units of one area.

    Parameters
    ----------
    area : str
        Code of the area.
    units : dict of str to Unit
        Units that change, and new ones, by id.
    shapes : dict of str to Polygon
        Shapes of those that were cut.
    housed : dict of int to str
        Unit of each household that came, by its position in the new data.
    rehoused : dict of int to str
        Unit of each household that stayed and is in another one, by its position in the old data.
    lost : set of str
        Units whose ground went to another part of the same building.
    why : set of str
        Why the area has to be looked at as a whole; empty where it need not.
    """

    area: str
    units: dict[str, Unit] = field(default_factory=dict)
    shapes: dict[str, Any] = field(default_factory=dict)
    housed: dict[int, str] = field(default_factory=dict)
    rehoused: dict[int, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    why: set[str] = field(default_factory=set)


def described(
    patch: Patch, standing: Standing, diff: Difference, keys: Keys, gone: set[int], names: Collection[str] | None = None
) -> dict[str, tuple[Any, ...]]:
    """Read building, entrance and floors of changed units off their households, as the build does.

    Parameters
    ----------
    patch : Patch
        Changed units.
    standing : Standing
        Units and households of the draft.
    diff : Difference
        What is different.
    keys : Keys
        Of the new data.
    gone : set of int
        Households that are no more.
    names : collection of str, optional
        Units that are wanted; all changed ones by default.

    Returns
    -------
    dict of str to tuple
        ``building, entrance, floor_from, floor_to`` by unit.
    """
    new_of = standing.new_of(diff)
    units = [patch.units[name] for name in (patch.units if names is None else names)]
    rows: dict[str, list[int]] = {unit.id: list(unit.people) for unit in units}
    for unit in units:
        if unit.was >= 0:
            stays = (row for row in standing.people_in(standing.row_of(unit.id)) if row not in gone)
            rows[unit.id] += [int(new_of[row]) for row in stays if row not in patch.rehoused]
    for row, name in patch.rehoused.items():
        if name in rows:
            rows[name].append(int(new_of[row]))
    said = ((name, sorted(members)) for name, members in rows.items())
    return {name: (keys.building(mine), keys.entrance(mine), *keys.floors(mine)) for name, mine in said}
