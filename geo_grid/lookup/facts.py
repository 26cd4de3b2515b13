"""What the public may know of each area and grid, as plain values: a lookup has no time for data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.lookup.columns import texts
from geo_grid.lookup.counts import public_count

if TYPE_CHECKING:
    import pandas as pd


class Facts:
    """Columns of areas and grids.

    Parameters
    ----------
    areas, grids : DataFrame
        Tables of a plan.
    least_count : int
        The least count of households that is told exactly.
    """

    def __init__(self, areas: pd.DataFrame, grids: pd.DataFrame, least_count: int) -> None:
        self._least = least_count
        self._area = {name: texts(areas, name).tolist() for name in ("name", "kind", "parent_code", "households")}
        names = ("level", "name", "role", "parent_code", "area_code", "households", "low", "high")
        self._grid = {name: texts(grids, name).tolist() for name in names}

    def of_area(self, code: str, row: int) -> dict[str, Any]:
        """Return what is told of an area.

        Parameters
        ----------
        code : str
            Its code.
        row : int
            Its row.

        Returns
        -------
        dict
            JSON values.
        """
        column = self._area
        return {
            "level": 0,
            "code": code,
            "name": column["name"][row],
            "kind": column["kind"][row],
            "parent": column["parent_code"][row],
            "area": code,
            "households": public_count(column["households"][row], self._least),
        }

    def of_grid(self, code: str, row: int) -> dict[str, Any]:
        """Return what is told of a grid.

        Parameters
        ----------
        code : str
            Its code.
        row : int
            Its row.

        Returns
        -------
        dict
            JSON values.
        """
        column = self._grid
        low, high = column["low"][row], column["high"][row]
        return {
            "level": int(column["level"][row]),
            "code": code,
            "name": column["name"][row],
            "role": column["role"][row],
            "parent": column["parent_code"][row],
            "area": column["area_code"][row],
            "households": public_count(column["households"][row], self._least),
            "low": None if low is None else int(low),
            "high": None if high is None else int(high),
        }
