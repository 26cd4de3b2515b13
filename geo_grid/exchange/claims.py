"""Which households a row of an assignment list means, and which of several rows counts."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_grid.errors import InputError
from geo_grid.read.ledger import normal_building
from geo_grid.read.words import fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.exchange.present import Present
    from geo_grid.read.table import Table

    Ints = NDArray[np.int64]
    Objects = NDArray[np.object_]

_RANGE = re.compile(r"(-?\d+)\s*(?:层|楼|f)?(?:\s*[-~–—～至到]\s*(-?\d+)\s*(?:层|楼|f)?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settled:
    """Which row counts for each household.

    Parameters
    ----------
    row : ndarray of int64, shape (n,)
        Position of the row; -1 for none.
    named : ndarray of bool, shape (n,)
        Whether any row names the household, good or not.
    """

    row: Ints
    named: NDArray[np.bool_]


class Claims:
    """The households each row names.

    Parameters
    ----------
    table : Table
        The list.
    columns : dict of str to str
        Its column map.
    present : Present
        The area.

    Raises
    ------
    InputError
        The list has no column that names households.
    """

    def __init__(self, table: Table, columns: dict[str, str], present: Present) -> None:
        if not {"id", "building", "address"} & set(columns):
            listed = ", ".join(map(str, table.frame.columns)) or "no columns"
            raise InputError(
                "the list does not say which households it means", file=table.source.label, mend=f"It has: {listed}"
            )
        self.table = table
        empty = np.full(len(table), None, dtype=object)
        words = ("id", "building", "entrance", "floor", "floor_from", "floor_to", "address")
        self.cells = {word: table.text(columns[word]) if word in columns else empty for word in words}
        self.households = present.households
        self.floors = present.households["floor"].to_numpy(dtype="float64", na_value=np.nan)
        self.by_id = {text: i for i, text in enumerate(present.households["id"])}
        self.buildings = present.households["building"].to_numpy(dtype=object)
        self.by_building = _index(present.households["building"], normal_building)
        self.by_address = _index(present.households["address"], fold)
        self.entrances = np.array([_entrance(text) for text in present.households["entrance"]], dtype=object)

    def settle(self, reason: Objects, key: Objects) -> Settled:
        """Find the row of each household; a row that says more exactly which households it means counts for more.

        Parameters
        ----------
        reason : ndarray of str or None, shape (k,)
            What is wrong with each row; faults found here are added to it.
        key : ndarray of str or None, shape (k,)
            Grid of each row.

        Returns
        -------
        Settled
            A row for each household that one names.
        """
        n = len(self.households)
        claims: dict[int, list[int]] = defaultdict(list)  # by household the rows, those of the exactest kind only
        exact = np.full(n, 99, dtype=np.int64)
        named = np.zeros(n, dtype=bool)
        for row in range(len(self.table)):
            here, kind, fault = self._households(row)
            named[here] = True
            if reason[row] is not None:
                continue
            if fault:
                reason[row] = fault
                continue
            for household in here:
                if kind < exact[household]:
                    exact[household] = kind
                    claims[household] = [row]
                elif kind == exact[household]:
                    claims[household].append(row)
        self._refuse_doubled(claims, reason, key)
        out = np.full(n, -1, dtype=np.int64)
        for household, rows in claims.items():
            if all(reason[row] is None for row in rows):
                out[household] = rows[0]
        return Settled(out, named)

    def _refuse_doubled(self, claims: dict[int, list[int]], reason: Objects, key: Objects) -> None:
        ids = self.households["id"].to_numpy(dtype=object)
        doubled = [(household, rows) for household, rows in claims.items() if len({key[row] for row in rows}) > 1]
        for household, rows in doubled:
            listed = ", ".join(str(self.table.rows[row]) for row in rows[:10])
            for row in rows:
                if reason[row] is None:
                    reason[row] = f"household {ids[household]} is given several grids, in rows {listed}"

    def _households(self, row: int) -> tuple[list[int], int, str]:
        """Return the households of a row, how exactly it names them (0 most), and what is wrong."""
        cells = {word: texts[row] for word, texts in self.cells.items()}
        if cells["id"] is not None:
            found = self.by_id.get(cells["id"], self.by_id.get(cells["id"].removeprefix("'"), -1))
            return (
                ([found], 0, "") if found >= 0 else ([], 0, f"household {cells['id']!r}: none in this area has this id")
            )
        if cells["building"] is not None:
            return self._of_building(cells)
        if cells["address"] is not None:
            here = self.by_address.get(fold(cells["address"]), [])
            return here, 0, "" if here else f"address {cells['address']!r}: no household of this area has it"
        return [], 0, "the row names no household"

    def _of_building(self, cells: dict[str, str | None]) -> tuple[list[int], int, str]:
        name = str(cells["building"])
        here = self.by_building.get(normal_building(name), [])
        if not here:
            return [], 0, f"building {name!r}: no household of this area lives in one of this name"
        same = [i for i in here if self.buildings[i] == name]
        here = same or here  # 3号楼 and 3栋 may be two buildings
        kind = 3
        if cells["entrance"] is not None:
            wanted = _entrance(cells["entrance"])
            here = [i for i in here if self.entrances[i] == wanted]
            kind -= 1
            if not here:
                return [], 0, f"building {name!r}: no household behind entrance {cells['entrance']!r}"
        floors = _floors(cells)
        if floors is None:
            return here, kind, ""
        if floors[0] > floors[1]:
            return [], 0, "the floors are no numbers from low to high"
        here = [i for i in here if floors[0] <= self.floors[i] <= floors[1]]
        if not here:
            return [], 0, f"building {name!r}: no household on floors {floors[0]:g} to {floors[1]:g}"
        return here, kind - 1, ""


def _index(texts: pd.Series, spelling: object) -> dict[str, list[int]]:
    """Return the positions of each text, by a spelling all ways to write it share."""
    assert callable(spelling)  # noqa: S101
    codes, names = pd.factorize(texts)
    found: dict[str, list[int]] = defaultdict(list)
    spelled = [spelling(str(name)) for name in names]
    for position, code in enumerate(codes):
        if code >= 0:
            found[spelled[code]].append(position)
    return found


def _entrance(text: object) -> str | None:
    """Return an entrance without 单元 and the like."""
    if not isinstance(text, str):
        return None
    return normal_building(re.sub(r"单元|门洞|门|entrance", "", text, flags=re.IGNORECASE) or text)


def _floors(cells: dict[str, str | None]) -> tuple[float, float] | None:
    """Return the lowest and the highest floor of a row; None where it means all, low above high where it is no range."""
    low, high = cells["floor_from"], cells["floor_to"]
    if low is not None or high is not None:
        ends = [_RANGE.fullmatch(text) if text is not None else None for text in (low, high)]
        if (low is not None and ends[0] is None) or (high is not None and ends[1] is None):
            return (1.0, 0.0)
        return (
            float(ends[0][1]) if ends[0] else -np.inf,
            float(ends[1][1]) if ends[1] else np.inf,
        )
    if cells["floor"] is None:
        return None
    match = _RANGE.fullmatch(cells["floor"])
    if match is None:
        return (1.0, 0.0)
    return (float(match[1]), float(match[2] or match[1]))
