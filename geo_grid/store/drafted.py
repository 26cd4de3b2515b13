"""What the plan's tables say of households and grids, read without shapes: a city's in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.compute as pc

from geo_grid.schema import TABLES
from geo_grid.store.columns import frame_of_columns
from geo_grid.store.ledger_base import CURRENT_BUILD
from geo_grid.store.numbers import highest_numbers
from geo_grid.store.renewing import Renewing
from geo_grid.texts import one_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from geo_grid.store.backend import Transaction

_AT_ONCE = 100  # areas read at once: a whole city's rows would fill the memory
_PEOPLE = (
    "id",
    "source",
    "source_row",
    "area_code",
    "building",
    "entrance",
    "floor",
    "address",
    "group",
    "residents",
    "unit_id",
)
_LEVELS = ("grid_code_l1", "grid_code_l2", "grid_code_l3")
_GRIDS = ("code", "level", "parent_code", "area_code", "name", "households", "low", "high", "status", "role")
_UNITS = (
    "id",
    "area_code",
    *_LEVELS,
    "households",
    "stack_id",
    "building",
    "entrance",
    "floor_from",
    "floor_to",
    "group",
    "exclave",
)
_WHOLE = {"level": "int64", "households": "int64", "low": "Int64", "high": "Int64"}


class Drafted(Renewing):
    """The part of the ledger that reads the draft."""

    def housed(self, *, grids: bool = True) -> pd.DataFrame:
        """Return the households of the draft and the grids they are in.

        Parameters
        ----------
        grids : bool
            Whether the grids are wanted.

        Returns
        -------
        DataFrame
            ``id, source, source_row, area_code, building, entrance, floor, address, group, residents, unit_id``,
            ``x, y``, and the codes of the grids, ``grid_code_l1`` to ``grid_code_l3``; as they were written.
        """
        people = self._backend.columns(TABLES["households"], _PEOPLE, places=True)
        if grids:
            units = self._backend.columns(TABLES["units"], ("id", *_LEVELS))
            at = pc.index_in(one_array(people["unit_id"]), value_set=one_array(units["id"]))
            for name in _LEVELS:
                people = people.append_column(name, one_array(units[name]).take(at))
        return frame_of_columns(people, ("floor", "residents"))

    def household_grids(self, areas: Sequence[str]) -> pd.DataFrame:
        """Return the grids that households of the draft are in, without anything else of them.

        Parameters
        ----------
        areas : sequence of str
            Codes of areas.

        Returns
        -------
        DataFrame
            ``id, area_code, grid_code_l1, grid_code_l2, grid_code_l3``.
        """
        names = ("id", "area_code", *_LEVELS)
        with self._backend.reading() as tx:
            rows = [row for chunk in _chunks(areas) for row in _joined(tx, ("id", "area_code"), chunk)]
        return pd.DataFrame.from_records(rows, columns=list(names)).astype("str")

    def unit_list(self) -> pd.DataFrame:
        """Return the units of the draft without their shapes.

        Returns
        -------
        DataFrame
            The columns of the table ``units``, in its order.
        """
        found = self._backend.columns(TABLES["units"], _UNITS)
        return frame_of_columns(found, ("floor_from", "floor_to"))

    def grid_list(self) -> pd.DataFrame:
        """Return the grids of the draft.

        Returns
        -------
        DataFrame
            ``code, level, parent_code, area_code, name, households, low, high, status, role``.
        """
        return frame_of_columns(self._backend.columns(TABLES["grids"], _GRIDS), ("low", "high"))

    def published_grid_list(self, version: int) -> pd.DataFrame:
        """Return the grids of a published version.

        Parameters
        ----------
        version : int
            Its number.

        Returns
        -------
        DataFrame
            As :meth:`grid_list`.
        """
        query = (
            f"SELECT {_quoted(_GRIDS)} FROM published_grids"  # noqa: S608  names come from here
            " WHERE edition IN (SELECT edition FROM version_areas WHERE version = ?)"
        )
        return _grid_frame(self._rows(query, (version,)))

    def all_numbers(self) -> dict[str, int]:
        """Return the highest number ever given under each parent, in all areas.

        Returns
        -------
        dict of str to int
            By code of the area or grid above: as built, drafted and published, whether the grid is still there or not.
        """
        kept = self._rows("SELECT parent_code, highest FROM code_numbers", (), "code_numbers")
        with self._backend.reading() as tx:
            found = highest_numbers(tx.rows("SELECT code, parent_code, area_code FROM grids"))
        out = {parent: number for numbers in found.values() for parent, number in numbers.items()}
        for parent, number in kept:
            out[parent] = max(out.get(parent, 0), int(number))
        return out

    def ancestry(self) -> tuple[int, dict[str, str]] | None:
        """Return the grids that households were in before the present plan was built.

        Returns
        -------
        tuple or None
            Number of the version whose grids they are, and by area what
            :func:`geo_grid.store.ancestry.ancestry_text` made; None where nothing is kept of it.
        """
        query = f"SELECT area_code, version, state FROM ancestry WHERE build = ({CURRENT_BUILD})"  # noqa: S608
        rows = self._rows(query, (), "ancestry")
        return (int(rows[0][1]), {area: text for area, _, text in rows}) if rows else None


def chains_of(grids: pd.DataFrame) -> dict[str, dict[int, str]]:
    """Return for each grid the grids it lies in, and itself, by level.

    Parameters
    ----------
    grids : DataFrame
        ``code, level, parent_code``.

    Returns
    -------
    dict of str to dict
        Code by level, by code.
    """
    rows = zip(grids["code"], grids["level"], grids["parent_code"].astype(object), strict=True)
    up = {code: (int(level), above) for code, level, above in rows}
    out: dict[str, dict[int, str]] = {}
    for code in up:
        chain: dict[int, str] = {}
        at: Any = code
        while isinstance(at, str) and at in up:
            level, above = up[at]
            chain[level], at = at, above
        out[code] = chain
    return out


def _chunks(areas: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(areas), _AT_ONCE):
        yield areas[start : start + _AT_ONCE]


def _quoted(names: Sequence[str], table: str = "") -> str:
    return ", ".join(f'{table}"{name}"' for name in names)


def _joined(tx: Transaction, names: Sequence[str], areas: Sequence[str]) -> list[tuple[Any, ...]]:
    """Read households with the grids of their units."""
    marks = ", ".join("?" * len(areas))
    columns = ", ".join((_quoted(names, "h."), _quoted(_LEVELS, "u.")))
    query = (
        f"SELECT {columns} FROM households h JOIN units u ON u.id = h.unit_id"  # noqa: S608
        f" WHERE h.area_code IN ({marks})"
    )
    return tx.rows(query, list(areas))


def _grid_frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return _framed(rows, _GRIDS)


def _framed(rows: list[tuple[Any, ...]], names: Sequence[str]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pd.DataFrame(
        {name: pd.array(values, dtype=_WHOLE.get(name, "str")) for name, values in zip(names, columns, strict=True)}
    )
