"""The public part of a stored plan, indexed for questions; the only module that touches a store."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.model import Plan
from geo_grid.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

#: Tables an answer may draw from.
PUBLIC = tuple(name for name, table in TABLES.items() if table.public and name != "meta")


class PublicPlan:
    """The public tables of a plan.

    Parameters
    ----------
    plan : Plan
        A plan; what is not public in it is not kept.
    """

    def __init__(self, plan: Plan) -> None:
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
            parent = self._parents[row]
            above = parent if parent is not None else self._grid_areas[row]
            rest = code[len(above) :] if code.startswith(above) and len(code) > len(above) else code
            rest = rest.strip("-_./ ")
            steps.append(str(int(rest)) if rest.isascii() and rest.isdigit() else rest)
            code = parent if parent in self.grid_row else None
        return "-".join(reversed(steps))

    @cached_property
    def _parents(self) -> list[str | None]:
        column = self.grids["parent_code"]
        return [None if missing else code for code, missing in zip(column, column.isna(), strict=True)]

    @cached_property
    def _grid_areas(self) -> list[str]:
        return list(self.grids["area_code"])

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
        self.area_row[area]  # noqa: B018 - raises
        tables = dict(self._plan.tables)
        for name in ("units", "grids"):
            tables[name] = tables[name][tables[name]["area_code"] == area]
        tables["areas"] = tables["areas"][tables["areas"]["code"] == area]
        for name in ("exceptions", "element_shares"):
            tables[name] = tables[name][tables[name]["grid_code"].isin(tables["grids"]["code"])]
        tables["elements"] = tables["elements"][tables["elements"]["id"].isin(tables["element_shares"]["element_id"])]
        return PublicPlan(Plan(self.crs, tables, self.meta))


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


def read_public(store_url: str | Path) -> PublicPlan:
    """Read the public tables of a store.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.

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

    return PublicPlan(open_store(store_url).read(PUBLIC))
