"""Units and households of a draft as arrays, to be looked up one by one."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from geo_grid.errors import StoreError
from geo_grid.rebuild.former import LEVEL_COLUMNS
from geo_grid.texts import Texts, objects, one_array
from geo_grid.units import natural_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.rebuild.diff import Difference

    Ints = NDArray[np.int64]


class Standing:
    """What stands in a draft.

    Parameters
    ----------
    people : DataFrame
        Households, see :meth:`geo_grid.store.drafted.Drafted.housed`.
    units : DataFrame
        Units, see :meth:`geo_grid.store.drafted.Drafted.unit_list`.
    """

    def __init__(self, people: pd.DataFrame, units: pd.DataFrame) -> None:
        self.ids, self.stack = (one_array(units[name]).to_numpy(zero_copy_only=False) for name in ("id", "stack_id"))
        self.area = objects(one_array(units["area_code"]))
        self.grids = [objects(one_array(units[name])) for name in LEVEL_COLUMNS]
        self.households = units["households"].to_numpy(dtype=np.int64)
        self.group = objects(one_array(units["group"]))
        self.exclave = units["exclave"].to_numpy(dtype=np.int64)
        self._rows: dict[str, dict[str, int]] = {}
        at = pc.index_in(one_array(people["unit_id"]), value_set=one_array(units["id"]))
        self.unit_of = at.fill_null(-1).to_numpy().astype(np.int64)
        if (self.unit_of < 0).any():
            name = people["id"].iloc[int(np.argmin(self.unit_of))]
            raise StoreError(f"the household {name!r} is in no unit of the plan", mend="Build the plan again.")
        self._order, self._ptr = _grouped(self.unit_of, len(units))
        self._areas = {str(area): rows for area, rows in units.groupby("area_code", sort=False).indices.items()}
        self._stacks: dict[str, dict[str, list[int]]] = {}
        self._fresh: dict[tuple[str, str], int] = {}
        self.x, self.y = people["x"].to_numpy(dtype=np.float64), people["y"].to_numpy(dtype=np.float64)
        self._new: Ints | None = None

    def row_of(self, unit: str) -> int:
        """Return the position of a unit.

        Parameters
        ----------
        unit : str
            Its id.

        Returns
        -------
        int
            Its position.
        """
        area = unit.rpartition("-")[0]  # ids begin with the area, see below; but who knows
        rows = self._rows.get(area)
        if rows is None:
            mine = self._areas.get(area, np.empty(0, dtype=np.int64))
            rows = self._rows[area] = dict(zip(self.ids[mine].tolist(), mine.tolist(), strict=True))
        if unit in rows:
            return rows[unit]
        if "" not in self._rows:
            self._rows[""] = dict(zip(self.ids.tolist(), range(len(self.ids)), strict=True))
        return self._rows[""][unit]

    def units_in(self, area: str) -> Ints:
        """Return the positions of an area's units.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        ndarray of int64
            Positions.
        """
        return np.asarray(self._areas[area], dtype=np.int64)

    def leaves(self) -> NDArray[Any]:
        """Return the finest grid of each household.

        Returns
        -------
        ndarray of str
            Codes.
        """
        leaf = self.grids[0].copy()
        for column in self.grids[1:]:
            there = column != np.array(None)
            leaf[there] = column[there]
        return np.asarray(leaf[self.unit_of])

    def people_in(self, unit: int) -> list[int]:
        """Return the households of a unit.

        Parameters
        ----------
        unit : int
            Its position.

        Returns
        -------
        list of int
            Positions.
        """
        return self._order[self._ptr[unit] : self._ptr[unit + 1]].tolist()

    def people_of(self, area: str) -> list[int]:
        """Return the households of an area.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        list of int
            Positions.
        """
        return [row for unit in self._areas[area].tolist() for row in self.people_in(unit)]

    def units_of_stack(self, area: str, stack: str) -> list[int]:
        """Return the units of a building.

        Parameters
        ----------
        area : str
            Code of the area.
        stack : str
            The building.

        Returns
        -------
        list of int
            Positions.
        """
        if area not in self._stacks:
            found: dict[str, list[int]] = {}
            for row in self._areas[area].tolist():
                found.setdefault(self.stack[row], []).append(row)
            self._stacks[area] = found
        return self._stacks[area][stack]

    def new_of(self, diff: Difference) -> Ints:
        """Return where in the new data each household is.

        Parameters
        ----------
        diff : Difference
            The new data beside the old.

        Returns
        -------
        ndarray of int64
            Positions, −1 for those that are no more.
        """
        if self._new is None:
            self._new = np.full(len(self.unit_of), -1, dtype=np.int64)
            known = np.flatnonzero(diff.match >= 0)
            self._new[diff.match[known]] = known
        return self._new

    def fresh_unit(self, area: str) -> str:
        """Return an id no unit of an area has.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        str
            The id.
        """
        return f"{area}-u{self._next(area, 'u', self.ids):06d}"

    def fresh_stack(self, area: str, letter: str) -> str:
        """Return a name no building, or empty ground, of an area has.

        Parameters
        ----------
        area : str
            Code of the area.
        letter : str
            "b" for a building, "c" for empty ground.

        Returns
        -------
        str
            The name.
        """
        return f"{area}-{letter}{self._next(area, letter, self.stack):06d}"

    def _next(self, area: str, letter: str, names: NDArray[Any]) -> int:
        if (area, letter) not in self._fresh:
            self._fresh[area, letter] = _highest(names[self._areas[area]].tolist(), area)
        self._fresh[area, letter] += 1
        return self._fresh[area, letter]


class Keys:
    """What the place of households in the order of their building depends on, see :mod:`geo_grid.units`.

    Parameters
    ----------
    people : DataFrame
        Households.
    """

    def __init__(self, people: pd.DataFrame) -> None:
        names = ("group", "building", "entrance", "address", "id")
        self._group, self._building, self._entrance, self._address, self._id = (Texts(people[name]) for name in names)
        floors = pd.array(people["floor"], dtype="Int64")
        self._floor, self._no_floor = floors.to_numpy(np.int64, na_value=0), floors.isna()
        self._known: dict[str | None, tuple[int, str]] = {}
        self._keys: dict[int, tuple[Any, ...]] = {}

    def of(self, row: int) -> tuple[Any, ...]:
        """Return the key of one household.

        Parameters
        ----------
        row : int
            Its position.

        Returns
        -------
        tuple
            Group, building, entrance, floor, and what tells it from others of its floor, to be compared.
        """
        found = self._keys.get(row)
        if found is None:
            texts = self._group[row], self._building[row], self._entrance[row]
            above = [self._known.get(text) or self._often(text) for text in texts]
            floor = float("inf") if self._no_floor[row] else float(self._floor[row])
            found = self._keys[row] = (*above, floor, _Last(self, row))
        return found

    def _often(self, text: str | None) -> tuple[int, str]:
        """Learn the key of a text that many households share."""
        found = self._known[text] = _key(text)
        return found

    def last(self, row: int) -> tuple[Any, ...]:
        """Return what tells a household from others of its floor.

        Parameters
        ----------
        row : int
            Its position.

        Returns
        -------
        tuple
            Address and id, to be compared.
        """
        return _key(self._address[row]), _key(self._id[row])

    def group(self, row: int) -> str | None:
        """Return the villager group that is said of one household.

        Parameters
        ----------
        row : int
            Its position.

        Returns
        -------
        str or None
            None where none is.
        """
        said = self._group[row]
        return said if isinstance(said, str) and said.strip() else None

    def building(self, rows: list[int]) -> str | None:
        """Return the building of some households.

        Parameters
        ----------
        rows : list of int
            Their positions.

        Returns
        -------
        str or None
            What the first one says of whom one is known.
        """
        return next((text for row in rows if (text := self._building[row]) is not None), None)

    def entrance(self, rows: list[int]) -> str | None:
        """Return the entrance of some households.

        Parameters
        ----------
        rows : list of int
            Their positions.

        Returns
        -------
        str or None
            None where none is known of any, or they are at several.
        """
        found = None
        for row in rows:
            text = self._entrance[row]
            if text is not None and text != found:
                if found is not None:
                    return None
                found = text
        return found

    def floors(self, rows: list[int]) -> tuple[int | None, int | None]:
        """Return the floors of some households.

        Parameters
        ----------
        rows : list of int
            Their positions.

        Returns
        -------
        tuple
            The lowest and the highest; None where none is known of any.
        """
        known = [int(self._floor[row]) for row in rows if not self._no_floor[row]]
        return min(known, default=None), max(known, default=None)


class _Last:
    """The end of a key, worked out where all before it is the same."""

    __slots__ = ("_found", "_keys", "_row")

    def __init__(self, keys: Keys, row: int) -> None:
        self._keys, self._row = keys, row
        self._found: tuple[Any, ...] = ()

    def _value(self) -> tuple[Any, ...]:
        if not self._found:
            self._found = self._keys.last(self._row)
        return self._found

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _Last) and self._value() == other._value())

    def __lt__(self, other: _Last) -> bool:
        return self._value() < other._value()

    __hash__ = None  # type: ignore[assignment]


def _highest(names: list[str], area: str) -> int:
    """Return the highest number that names of an area end with, −1 for none."""
    begin, best = len(area) + 2, -1  # a hyphen and a letter lie between
    if len(set(map(len, names))) == 1:  # of texts of one length and letter the greatest has the greatest number
        names = sorted(names)
        while names and names[-1][begin:].isdecimal():
            best = max(best, int(names[-1][begin:]))
            names = names[: bisect_left(names, names[-1][:begin])]
    return max((int(name[begin:]) for name in names if name[begin:].isdecimal()), default=best)


def _key(text: Any) -> tuple[int, str]:
    return (0, natural_key(text)) if isinstance(text, str) and text.strip() else (-1, "")


def _grouped(of: Ints, count: int) -> tuple[Ints, Ints]:
    order = np.argsort(of, kind="stable")
    return order, np.searchsorted(of[order], np.arange(count + 1)).astype(np.int64)
