"""New households in the cells as they stand: who joins which unit, which cells fall empty, which are cut for a new house."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.rebuild.changed import Patch, Unit
from geo_grid.rebuild.handing import Moved
from geo_grid.rebuild.splitting import split_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from geo_grid.rebuild.diff import Difference
    from geo_grid.rebuild.places import Places
    from geo_grid.rebuild.standing import Keys, Standing


@dataclass(slots=True)
class _House:
    """A new building: its place, and the households in it."""

    xy: tuple[float, float]
    people: list[int]


class Patcher:
    """Patches the units of one area.

    Parameters
    ----------
    area : str
        Code of the area.
    standing : Standing
        Units and households of the draft.
    diff : Difference
        What is different.
    places : Places
        Where buildings stand.
    keys : tuple of Keys
        Of the old and the new data.
    gone, come : sequence of int
        Households of the area that are no more, and those that came.
    cut : bool
        Whether cells are cut for new houses; else these share the ground of the house they stand by.
    """

    def __init__(
        self,
        area: str,
        standing: Standing,
        diff: Difference,
        places: Places,
        keys: tuple[Keys, Keys],
        gone: Sequence[int],
        come: Sequence[int],
        *,
        cut: bool = True,
    ) -> None:
        self.standing, self.diff, self.keys, self.cut = standing, diff, keys, cut
        self.patch = Patch(area)
        self.gone = set(gone)
        self.houses: list[_House] = []
        self.moved = Moved()
        for row in gone:
            self.unit(int(standing.unit_of[row])).households -= 1
        if len(come):
            self._settle(places, come)

    def unit(self, row: int) -> Unit:
        """Return a unit of the draft, to be changed.

        Parameters
        ----------
        row : int
            Its position.

        Returns
        -------
        Unit
            The unit.
        """
        standing = self.standing
        name = standing.ids[row]
        if name not in self.patch.units:
            grids = tuple(column[row] for column in standing.grids)
            count = int(standing.households[row])
            self.patch.units[name] = Unit(
                name,
                self.patch.area,
                grids,
                count,
                standing.stack[row],
                standing.group[row],
                int(standing.exclave[row]),
                count,
                before=grids,
            )
        return self.patch.units[name]

    def _settle(self, places: Places, come: Sequence[int]) -> None:
        """Let households that came join the building they live in, or found one."""
        for at, x, y, stack in places.of(self.patch.area, come):
            if isinstance(stack, str):
                self._join(stack, at)
            elif stack is None:
                self.houses.append(_House((x, y), [at]))
            else:
                self.houses[stack].people.append(at)

    def _join(self, stack: str, at: int) -> None:
        """Let a household join a building: the unit its neighbours in the building's order are in."""
        standing = self.standing
        units = standing.units_of_stack(self.patch.area, stack)
        row = units[0] if len(units) == 1 else self._by_order(units, at)
        unit = self.unit(row)
        unit.households += 1
        unit.people.append(at)
        self.patch.housed[at] = unit.id

    def _by_order(self, units: Sequence[int], at: int) -> int:
        standing = self.standing
        parts = [[row for row in standing.people_in(unit) if row not in self.gone] for unit in units]
        of, mine = self.keys[0].of, self.keys[1].of(at)
        # each part is a run of the building's order: the first of its households says where it stands among the others
        parts = sorted((part for part in parts if part), key=lambda part: of(part[0]))
        if not parts:
            return units[0]
        place = bisect_left(parts, mine, key=lambda part: of(part[0]))
        keyed = [(of(row), row) for part in parts[max(0, place - 1) : place + 1] for row in part]
        before = max((one for one in keyed if one[0] < mine), default=None)
        after = min((one for one in keyed if not one[0] < mine), default=None)
        for near in (before, after):
            if near is not None and near[0][:3] == mine[:3]:
                return int(standing.unit_of[near[1]])
        chosen = before or after  # of another entrance, or building: at the seam between two parts it may join either
        assert chosen is not None  # noqa: S101  there are members
        return int(standing.unit_of[chosen[1]])

    def reorder(self, stacks: set[str]) -> None:
        """Let buildings be cut at the same counts where other floors or doors are said of their households.

        Parameters
        ----------
        stacks : set of str
            The buildings.
        """
        standing = self.standing
        new_of = standing.new_of(self.diff)
        for stack in sorted(stacks):
            units = standing.units_of_stack(self.patch.area, stack)
            if len(units) == 1:
                continue
            self.patch.why.add("other floors or doors are said of a building's households")
            stays = {row: unit for unit in units for row in standing.people_in(unit) if row not in self.gone}
            old = sorted(stays, key=self.keys[0].of)
            rank = {unit: place for place, unit in reversed(list(enumerate(stays[row] for row in old)))}
            members = [(self.keys[1].of(int(new_of[row])), row, -1) for row in stays]
            by_name = {standing.ids[unit]: unit for unit in units}
            come = [at for unit in units for at in self.unit(unit).people]
            members += [(self.keys[1].of(at), -1, at) for at in come]
            seats = [
                unit
                for unit in sorted(units, key=lambda one: rank.get(one, len(old)))
                for _ in range(self.unit(unit).households)
            ]
            for unit in units:
                self.unit(unit).people = []
            for (_, row, at), unit in zip(sorted(members), seats, strict=True):
                if at >= 0:
                    self.unit(unit).people.append(at)
                    self.patch.housed[at] = standing.ids[unit]
                elif by_name[standing.ids[stays[row]]] != unit:
                    self.patch.rehoused[row] = standing.ids[unit]

    def place_houses(self, near: Iterator[list[tuple[str, Any]]], shapes: Callable[[list[str]], list[Any]]) -> None:
        """Give new buildings their ground.

        Parameters
        ----------
        near : iterator of list of tuple
            For each new building the ids and shapes of units near it.
        shapes : callable
            Takes ids of units, returns their shapes as stored.
        """
        for house in self.houses:
            self._place(house, next(near), shapes)

    def _place(
        self, house: _House, near: list[tuple[str, Any]], stored_shapes: Callable[[list[str]], list[Any]]
    ) -> None:
        import shapely

        patch = self.patch
        names = sorted(
            {name for name, _ in near}
            | {name for name in patch.shapes if name in patch.units and patch.units[name].was < 0}
        )
        stored = dict(near)
        shapes = [patch.shapes.get(name, stored.get(name)) for name in names]
        away = shapely.distance(np.array(shapes, dtype=object), shapely.Point(house.xy))
        name = names[int(np.lexsort((names, away))[0])]
        shape = shapes[names.index(name)]
        unit = patch.units[name] if name in patch.units else self.unit(self.standing.row_of(name))
        if unit.households == 0 and self._can_leave(unit, stored_shapes):
            self._take_over(unit, house)
            return
        parts = None
        if self.cut and unit.households:
            parts = split_cell(shape, self._site(unit), house.xy, self._beside(unit, stored_shapes))
        if parts is None:  # no ground of its own is to be had: it shares that of the house it stands by
            self._share(unit, house)
            return
        fresh = Unit(
            self.standing.fresh_unit(patch.area),
            patch.area,
            unit.grids,
            len(house.people),
            self.standing.fresh_stack(patch.area, "b"),
            unit.group,
            0,
            -1,
            list(house.people),
        )
        patch.units[fresh.id] = fresh
        patch.shapes[unit.id], patch.shapes[fresh.id] = parts
        patch.housed.update(dict.fromkeys(house.people, fresh.id))

    def _site(self, unit: Unit) -> tuple[float, float] | None:
        """Return the place of the house that stands in a unit; None where it is a part of a house."""
        standing = self.standing
        if unit.was < 0:
            at = unit.people[0]
            return float(self.diff.new["x"].iloc[at]), float(self.diff.new["y"].iloc[at])
        row = standing.row_of(unit.id)
        if len(standing.units_of_stack(self.patch.area, standing.stack[row])) > 1:
            return None
        stays = [one for one in standing.people_in(row) if one not in self.gone]
        return (float(standing.x[stays[0]]), float(standing.y[stays[0]])) if stays else None

    def _beside(self, unit: Unit, stored_shapes: Callable[[list[str]], list[Any]]) -> Any:
        """Return the other parts of the building a unit is a part of; None where it is all of it."""
        import shapely

        if unit.was < 0:
            return None
        standing = self.standing
        rows = standing.units_of_stack(self.patch.area, standing.stack[standing.row_of(unit.id)])
        others = [standing.ids[row] for row in rows if standing.ids[row] != unit.id]
        return shapely.multipolygons(stored_shapes(others)) if others else None

    def _can_leave(self, unit: Unit, stored_shapes: Callable[[list[str]], list[Any]]) -> bool:
        """Tell whether an empty part of a building can become another's ground: the rest must still hang together."""
        import shapely

        standing, units, area = self.standing, self.patch.units, self.patch.area
        row = standing.row_of(unit.id) if unit.was >= 0 else -1
        if row < 0 or unit.stack != standing.stack[row]:
            return True
        rows = [one for one in standing.units_of_stack(area, unit.stack) if one != row]
        now = {standing.ids[one]: units.get(standing.ids[one]) for one in rows}
        rest = [name for name, other in now.items() if other is None or other.stack == unit.stack]
        if not any(other is None or other.households for other in (now[name] for name in rest)):
            return True
        cut = self.patch.shapes
        asked = [name for name in rest if name not in cut]
        shapes = [cut[name] for name in rest if name in cut] + (stored_shapes(asked) if asked else [])
        return bool(shapely.coverage_union_all(shapes).geom_type == "Polygon")

    def _take_over(self, unit: Unit, house: _House) -> None:
        """Let a new building have empty ground as it is."""
        if unit.exclave:
            unit.exclave = 0
            self.patch.why.add("a piece of the area without households has some now")
        unit.households = len(house.people)
        unit.people += house.people
        unit.stack = self.standing.fresh_stack(self.patch.area, "b")
        self.patch.housed.update(dict.fromkeys(house.people, unit.id))

    def _share(self, unit: Unit, house: _House) -> None:
        standing = self.standing
        if unit.was < 0 or unit.stack != standing.stack[standing.row_of(unit.id)]:  # a new house stands there already
            unit.households += len(house.people)
            unit.people += house.people
            self.patch.housed.update(dict.fromkeys(house.people, unit.id))
            return
        for at in house.people:
            self._join(unit.stack, at)

    def finish(self, shapes: Callable[[list[str]], list[Any]]) -> Patch:
        """Say what fell empty.

        Parameters
        ----------
        shapes : callable
            Takes ids of units, returns their shapes as stored.

        Returns
        -------
        Patch
            All that changes in the area.
        """
        empty = [unit for unit in self.patch.units.values() if unit.households == 0 and unit.was > 0]
        given = True
        while given:  # what lies behind another empty part can be given after it
            left = [unit for unit in empty if not self._give_to_rest(unit, shapes)]
            given, empty = len(left) < len(empty), left
        for unit in empty:
            unit.stack, unit.group = self.standing.fresh_stack(self.patch.area, "c"), None
        return self.patch

    def _give_to_rest(self, unit: Unit, shapes: Callable[[list[str]], list[Any]]) -> bool:
        """Give the ground of an empty part of a building to a part that is not; whether there is one."""
        import shapely

        standing, patch = self.standing, self.patch
        rows = standing.units_of_stack(patch.area, unit.stack)
        names = [standing.ids[row] for row in rows if standing.ids[row] not in patch.lost]
        lived = [name for name in names if self.unit(standing.row_of(name)).households]
        for name in lived:
            mine, theirs = (patch.shapes[one] if one in patch.shapes else shapes([one])[0] for one in (unit.id, name))
            both = shapely.coverage_union_all([mine, theirs])
            if both.geom_type == "Polygon":
                patch.shapes[name] = both
                patch.lost.add(unit.id)
                patch.why.add("a part of a building has fallen empty")
                return True
        if lived:
            patch.why.add("a part of a building has fallen empty")
        return False
