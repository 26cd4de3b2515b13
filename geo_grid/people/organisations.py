"""Organisations beside the grids: 社区党委, 小区党支部, 楼栋党小组; by code or by building."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.lookup.columns import texts
from geo_grid.people.account import Faults, Imported, RefusedRowError, account, read_list, rows_of
from geo_grid.people.cells import consent_of, half_width, name_of, phone_of
from geo_grid.people.tables import ORGANISATIONS
from geo_grid.read.ledger import Directory
from geo_grid.read.words import fold

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from geo_grid.model import Plan
    from geo_grid.read.table import Table

#: What the kinds of organisations are called in lists; others are taken as they are written.
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "社区党委": ("社区党组织", "社区党总支", "community party committee", "party committee"),
    "小区党支部": ("小区支部", "党支部", "residential party branch", "party branch"),
    "楼栋党小组": ("楼栋小组", "党小组", "building party group", "party group"),
}
_KIND_OF = {fold(word): kind for kind, words in KIND_WORDS.items() for word in (kind, *words)}


def read_organisations(
    path: str | Path,
    plan: Plan,
    *,
    label: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
) -> Imported:
    """Read organisations from a file.

    Parameters
    ----------
    path : str or Path
        CSV, TSV or XLSX with headings in Chinese or English.
    plan : Plan
        The tables ``areas``, ``grids`` and ``units``.
    label : str, optional
        Name of the file for messages; its own by default.
    layer : str, optional
        Worksheet.
    encoding : str, optional
        Encoding of the text, where it is not found out.

    Returns
    -------
    Imported
        ``taken`` as the table ``organisations``; every row accounted for.

    Raises
    ------
    InputError
        The file cannot be used as a whole.
    """
    return match_organisations(read_list(path, "organisations", label, layer, encoding), plan)


def match_organisations(table: Table, plan: Plan) -> Imported:
    """Take the rows of a list of organisations, or say why not.

    Parameters
    ----------
    table : Table
        The list, read with the role "organisations".
    plan : Plan
        The tables ``areas``, ``grids`` and ``units``.

    Returns
    -------
    Imported
        ``taken`` as the table ``organisations``; every row accounted for.

    Raises
    ------
    InputError
        The list has no rows, or no column of names.
    """
    rows = rows_of(table, {"name": "组织名称 (name)"})
    return account(table, rows, ORGANISATIONS, _Places(plan).take)


class _Places:
    """Where organisations can be."""

    def __init__(self, plan: Plan) -> None:
        areas, grids, units = plan["areas"], plan["grids"], plan["units"]
        self.areas = areas["code"].tolist()
        self.area_at = {code: at for at, code in enumerate(self.areas)}
        self.named: dict[str, list[str]] = {}
        for code, name in zip(self.areas, areas["name"].tolist(), strict=True):
            self.named.setdefault(fold(str(name)), []).append(code)
        self.area_of_grid = dict(zip(grids["code"].tolist(), grids["area_code"].tolist(), strict=True))
        known = units[units["building"].notna()].drop_duplicates("stack_id")
        self.stacks = known["stack_id"].tolist()
        self.buildings = known["building"].tolist()
        self.building_area = known["area_code"].tolist()
        at = np.array([self.area_at[code] for code in self.building_area], dtype=np.int64)
        self.directory = Directory(at, self.buildings)
        self.seen: dict[tuple[Any, ...], int] = {}

    def take(self, row: int, cells: dict[str, str | None]) -> dict[str, Any]:
        faults = Faults()
        name = faults.read(name_of, cells.get("name"))
        where = faults.read(self.whereabouts, cells)
        phone, public = faults.read(phone_of, cells.get("phone")), faults.read(consent_of, cells.get("consent"))
        kind = faults.read(kind_of, half_width(cells.get("kind")), name)
        faults.refuse()
        assert name is not None  # noqa: S101 - else there was a fault
        assert where is not None  # noqa: S101
        area, grid, at = where
        stack = None if at is None else self.stacks[at]
        first = self.seen.setdefault((kind, fold(name), area, grid, stack), row)
        if first != row:
            raise RefusedRowError(f"a double of row {first}: the same organisation at the same place")
        return {
            "kind": kind,
            "name": name,
            "area_code": area,
            "grid_code": grid,
            "stack_id": stack,
            "building": None if at is None else self.buildings[at],
            "contact": half_width(cells.get("contact")),
            "phone": phone,
            "phone_public": int(bool(public) and phone is not None),
        }

    def whereabouts(self, cells: dict[str, str | None]) -> tuple[str, str | None, int | None]:
        """Return area, grid and position of the building that a row means."""
        area, grid = self.place(half_width(cells.get("code")), half_width(cells.get("area_name")))
        at = self.building(half_width(cells.get("building")), area)
        area = area if at is None else self.building_area[at]
        if area is None:
            raise RefusedRowError("neither a code, nor an area, nor a building")
        return area, grid, at

    def place(self, code: str | None, area_name: str | None) -> tuple[str | None, str | None]:
        """Return area and grid that a code or a name of an area means."""
        if code is not None:
            if code in self.area_at:
                return code, None
            if code in self.area_of_grid:
                return self.area_of_grid[code], code
            raise RefusedRowError(f"no area or grid has the code {code}")
        if area_name is None:
            return None, None
        found = self.named.get(fold(area_name), [])
        if len(found) != 1:
            count = f"{len(found)} areas are" if found else "no area is"
            raise RefusedRowError(f"{count} called {area_name}")
        return found[0], None

    def building(self, name: str | None, area: str | None) -> int | None:
        """Return the position of a building, by name or number in its area."""
        if name is None:
            return None
        where = np.array([-1 if area is None else self.area_at[area]], dtype=np.int64)
        at, reason = self.directory.match(where, [name])
        if at[0] < 0:
            raise RefusedRowError(reason[0])
        return int(at[0])


def kind_of(given: str | None, name: str | None) -> str | None:
    """Read what kind of organisation one is.

    Parameters
    ----------
    given : str or None
        A cell.
    name : str or None
        The organisation's name, whose end says it too; None where it cannot be read, which is a fault already.

    Returns
    -------
    str or None
        The kind.

    Raises
    ------
    RefusedRowError
        Neither says.
    """
    if given:
        return _KIND_OF.get(fold(given), given)
    found = next((kind for kind in KIND_WORDS if name is not None and name.endswith(kind)), None)
    if found is None and name is not None:
        raise RefusedRowError(f"no kind, and the name does not end in one of {', '.join(KIND_WORDS)}")
    return found


def organisations_of(organisations: pd.DataFrame, plan: Plan, code: str) -> pd.DataFrame:
    """Return the organisations that concern a grid or an area; for staff, not for the public.

    Parameters
    ----------
    organisations : DataFrame
        The table ``organisations``.
    plan : Plan
        The tables ``grids`` and ``units``.
    code : str
        Code of a grid or an area.

    Returns
    -------
    DataFrame
        Of an area, all in it. Of a grid: those of its area as a whole, of grids above and inside it, and of buildings
        that it has a part of.
    """
    grids, units = plan["grids"], plan["units"]
    mine = grids[grids["code"] == code]
    if not len(mine):
        return organisations[organisations["area_code"] == code].reset_index(drop=True)
    parent = dict(zip(grids["code"].tolist(), texts(grids, "parent_code").tolist(), strict=True))
    line = {code}
    above = parent[code]
    while above is not None:
        line.add(above)
        above = parent.get(above)
    held = units[units[f"grid_code_l{int(mine['level'].iloc[0])}"] == code]
    for column in ("grid_code_l1", "grid_code_l2", "grid_code_l3"):
        line |= set(held[column].dropna())
    by_area = organisations["grid_code"].isna() & organisations["stack_id"].isna()
    by_area &= organisations["area_code"] == mine["area_code"].iloc[0]
    keep = by_area | organisations["grid_code"].isin(line) | organisations["stack_id"].isin(held["stack_id"])
    return organisations[keep].reset_index(drop=True)
