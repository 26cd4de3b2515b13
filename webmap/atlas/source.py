"""The public part of a stored plan, indexed for questions; the only module that touches a store."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_grid.figures import city_figures, figures_told
from geo_grid.lookup import LEAST_COUNT, public_count
from geo_grid.model import Plan
from geo_grid.schema import TABLES
from webmap.atlas.buildings import shared_buildings

if TYPE_CHECKING:
    from pathlib import Path

#: Tables an answer may draw from.
PUBLIC = tuple(name for name, table in TABLES.items() if table.public and name != "meta")

#: Longest name that is written on the map.
LABEL_CHARACTERS = 6


class PublicPlan:
    """The public tables of a plan.

    Parameters
    ----------
    plan : Plan
        A plan; what is not public in it is not kept.
    least_count : int
        The least count of households that is told exactly; 0 tells all, for staff.
    """

    def __init__(self, plan: Plan, least_count: int = LEAST_COUNT) -> None:
        self.least_count = least_count
        self._plan = Plan(plan.crs, {name: plan.tables[name] for name in PUBLIC}, plan.meta)
        self.crs = plan.crs
        self.meta: dict[str, Any] = dict(plan.meta)
        tables = {name: plan.tables[name].reset_index(drop=True) for name in PUBLIC}
        self.areas: Any = tables["areas"].sort_values("code", kind="stable", ignore_index=True)
        self.units: Any = tables["units"]
        self.grids: Any = _with_state(tables["grids"].sort_values(["level", "code"], kind="stable", ignore_index=True))
        self.exceptions: Any = tables["exceptions"]
        self.elements: Any = tables["elements"]
        self.shares: Any = tables["element_shares"]
        self._buildings: dict[tuple[str, int], dict[str, list[dict[str, Any]]]] = {}

    @property
    def stored(self) -> Plan:
        """The public tables as they are stored."""
        return self._plan

    def count(self, households: int) -> int | str:
        """Return a count of households as it may be told.

        Parameters
        ----------
        households : int
            The count.

        Returns
        -------
        int or str
            The count, or "<10".
        """
        return public_count(households, self.least_count)

    @cached_property
    def figures(self) -> dict[str, Any]:
        """Numbers of the city, its counties, townships and areas, as they may be told."""
        return figures_told(city_figures(self._plan), self.least_count)

    @cached_property
    def area_row(self) -> dict[str, int]:
        """Position of each area."""
        return {code: row for row, code in enumerate(self.areas["code"])}

    @cached_property
    def grid_row(self) -> dict[str, int]:
        """Position of each grid."""
        return {code: row for row, code in enumerate(self.grids["code"])}

    @cached_property
    def element_row(self) -> dict[str, int]:
        """Position of each element."""
        return {code: row for row, code in enumerate(self.elements["id"])}

    @cached_property
    def exception_row(self) -> dict[str, int]:
        """Position of the exception of each grid that has one."""
        return {code: row for row, code in enumerate(self.exceptions["grid_code"])}

    @cached_property
    def grids_of_area(self) -> dict[tuple[str, int], Any]:
        """Positions of grids by area and level."""
        return dict(self.grids.groupby(["area_code", "level"]).indices)

    @cached_property
    def children(self) -> dict[str, Any]:
        """Positions of grids by parent."""
        return dict(self.grids.dropna(subset=["parent_code"]).groupby("parent_code").groups)

    @cached_property
    def units_of_area(self) -> dict[str, Any]:
        """Positions of units by area."""
        return dict(self.units.groupby("area_code").indices)

    @cached_property
    def shares_of_grid(self) -> dict[str, Any]:
        """Positions of element shares by grid."""
        return dict(self.shares.groupby("grid_code").indices)

    @cached_property
    def grid_columns(self) -> dict[str, list[Any]]:
        """Grids without geometry, as plain values by column."""
        return _plain(self.grids)

    @cached_property
    def share_columns(self) -> dict[str, list[Any]]:
        """Element shares without geometry, as plain values by column."""
        return _plain(self.shares)

    @cached_property
    def element_columns(self) -> dict[str, list[Any]]:
        """Elements without geometry, as plain values by column."""
        return _plain(self.elements)

    @cached_property
    def area_names(self) -> list[str]:
        """Names of areas."""
        return list(self.areas["name"])

    @cached_property
    def area_kinds(self) -> list[str]:
        """Kinds of areas."""
        return list(self.areas["kind"])

    @cached_property
    def grid_boxes(self) -> Any:
        """Bounds (m) of each grid."""
        return shapely.bounds(self.grids["geom"].to_numpy())

    @cached_property
    def share_boxes(self) -> Any:
        """Bounds (m) of each element share."""
        return shapely.bounds(self.shares["geom"].to_numpy())

    def shared_buildings(self, area: str, level: int) -> dict[str, list[dict[str, Any]]]:
        """Return the buildings that grids of an area share at a level.

        Parameters
        ----------
        area : str
            Code of the area.
        level : int
            1, 2 or 3.

        Returns
        -------
        dict of str to list of dict
            By grid, as :func:`webmap.atlas.buildings.shared_buildings` tells them, with the label of each grid.
        """
        key = area, level
        if key not in self._buildings:
            found = shared_buildings(self.units.iloc[self.units_of_area.get(area, [])], f"grid_code_l{level}")
            for buildings in found.values():
                for part in (part for building in buildings for part in building["parts"]):
                    part["short"] = self.label(part["grid"])
            self._buildings[key] = found
        return self._buildings[key]

    def levels(self, area: str) -> list[int]:
        """Return the levels an area has.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        list of int
            1 to 2 or 1 to 3.
        """
        return [level for level in (1, 2, 3) if (area, level) in self.grids_of_area]

    def label(self, grid: str) -> str:
        """Return what is written on the map in a grid.

        Parameters
        ----------
        grid : str
            Code of the grid.

        Returns
        -------
        str
            Its name without the area's if that is short, like 第1组, else its number.
        """
        row = self.grid_row[grid]
        area = self.area_names[self.area_row[self.grid_columns["area_code"][row]]]
        rest = self.grid_columns["name"][row].removeprefix(area).strip()
        return rest if 0 < len(rest) <= LABEL_CHARACTERS else self.number(grid)

    def number(self, grid: str) -> str:
        """Return the short number of a grid in its area.

        Parameters
        ----------
        grid : str
            Code of the grid.

        Returns
        -------
        str
            What each level adds to the code of the one above, like ``2-5-1``; zeros in front are left out.
        """
        steps: list[str] = []
        code: str | None = grid
        while code is not None:
            row = self.grid_row[code]
            parent = self.grid_columns["parent_code"][row]
            above = parent if parent is not None else self.grid_columns["area_code"][row]
            rest = code[len(above) :] if code.startswith(above) and len(code) > len(above) else code
            rest = rest.strip("-_./ ")
            steps.append(str(int(rest)) if rest.isascii() and rest.isdigit() else rest)
            code = parent if parent in self.grid_row else None
        return "-".join(reversed(steps))

    def part(self, area: str) -> PublicPlan:
        """Return the part of the plan that concerns one area.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        PublicPlan
            Its rows; elements whole, their shares only those of the area.

        Raises
        ------
        KeyError
            If there is no such area.
        """
        self.area_row[area]
        tables = dict(self._plan.tables)
        for name in ("units", "grids"):
            tables[name] = tables[name][tables[name]["area_code"] == area]
        tables["areas"] = tables["areas"][tables["areas"]["code"] == area]
        for name in ("exceptions", "element_shares"):
            tables[name] = tables[name][tables[name]["grid_code"].isin(tables["grids"]["code"])]
        tables["elements"] = tables["elements"][tables["elements"]["id"].isin(tables["element_shares"]["element_id"])]
        return PublicPlan(Plan(self.crs, tables, self.meta), self.least_count)


def _plain(table: Any) -> dict[str, list[Any]]:
    """Return columns as lists of Python values, None where one is missing."""
    return {
        name: table[name].astype(object).where(table[name].notna(), None).tolist()
        for name in table.columns
        if name != "geom"
    }


def _with_state(grids: Any) -> Any:
    """Add to each grid what the map colours it by: in_band, below, above, given, or exception (for another reason)."""
    households = grids["households"].to_numpy(dtype=float)
    low = grids["low"].to_numpy(dtype=float, na_value=np.nan)
    high = grids["high"].to_numpy(dtype=float, na_value=np.nan)
    status = grids["status"].to_numpy(dtype=object)
    odd = status == "exception"
    state = np.select(
        [households < low, households > high, odd, np.isnan(low) | np.isnan(high) | (status == "given")],
        ["below", "above", "exception", "given"],
        default="in_band",
    )
    return grids.assign(state=pd.Series(state, index=grids.index, dtype="str"), exceptional=odd)


def read_public(store_url: str | Path, version: int | None = None, *, least_count: int = LEAST_COUNT) -> PublicPlan:
    """Read the public tables of what a store has published last, or of its draft where nothing was published.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    version : int, optional
        Another version than the last one.
    least_count : int
        The least count of households that is told exactly.

    Returns
    -------
    PublicPlan
        Everything the map may show.

    Raises
    ------
    StoreError
        If there is no such store, or it cannot be read.
    """
    from geo_grid.store import open_store

    with open_store(store_url) as store:
        number = store.latest_version() if version is None else version
        plan = store.read(PUBLIC, version=number)
        plan.meta["version"] = None if number is None else _version(store, number)
    return PublicPlan(plan, least_count)


def _version(store: Any, number: int) -> dict[str, Any]:
    """Return what the public is told of a version: not who made it."""
    with store.ledger() as ledger:
        row = next(row for row in ledger.versions() if row["number"] == number)
    return {name: row[name] for name in ("number", "name", "made_at")}


class Stamp(NamedTuple):
    """What tells the plan that is shown from its successor.

    Parameters
    ----------
    meta : dict
        What the stored plan says of itself; another build says something else.
    version : int or None
        The version published last.
    edit : int
        The last edit, where the draft is what is shown; else 0.
    """

    meta: dict[str, Any]
    version: int | None
    edit: int


def read_stamp(store_url: str | Path) -> Stamp:
    """Read which plan :func:`read_public` would read.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.

    Returns
    -------
    Stamp
        Equal while the plan is.

    Raises
    ------
    StoreError
        If there is no such store, or it cannot be read.
    """
    from geo_grid.store import open_store

    with open_store(store_url) as store:
        meta, version = store.meta(), store.latest_version()
        if version is not None:
            return Stamp(meta, version, 0)
        with store.ledger() as ledger:
            return Stamp(meta, None, ledger.last_edit())
