"""An area as it is drawn now: what an office's own grids are read against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.codes import CodeProfile
from geo_grid.errors import StoreError

if TYPE_CHECKING:
    import re

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.model import Plan

    Ints = NDArray[np.int64]
    Objects = NDArray[np.object_]

#: Tables of the plan an import is read against.
TABLES = ("areas", "units", "grids", "households")


@dataclass(frozen=True, slots=True)
class Present:
    """One area of a plan.

    Parameters
    ----------
    code, kind, crs : str
        The area, its kind, and the coordinate system of its geometry.
    border : Polygon or MultiPolygon
        Its territory.
    levels : int
        Number of levels.
    households : DataFrame
        Households of the area; index 0..n-1.
    units : GeoDataFrame
        Units of the area; index 0..m-1.
    unit : ndarray of int64, shape (n,)
        Unit of each household.
    stack : ndarray of int64, shape (n,)
        Building of each household: units of one building have one number.
    codes : ndarray of str or None, shape (levels, n)
        Grid of each household at each level, coarsest first.
    names : dict of int to dict
        Code by name, of names that only one grid of the level has; by level.
    titles : dict of str to str
        Name by code.
    level_of : dict of str to int
        Level of each code.
    parent_of : dict of str to str
        Code of the grid above each grid that has one.
    patterns : dict of int to Pattern
        What codes of each level look like.
    given : frozenset of str
        Codes of level 1 that are given and stay.
    """

    code: str
    kind: str
    crs: str
    border: Any
    levels: int
    households: pd.DataFrame
    units: gpd.GeoDataFrame
    unit: Ints
    stack: Ints
    codes: Objects
    names: dict[int, dict[str, str]]
    titles: dict[str, str]
    level_of: dict[str, int]
    parent_of: dict[str, str]
    patterns: dict[int, re.Pattern[str]]
    given: frozenset[str]

    @property
    def leaf(self) -> Objects:
        """Finest grid of each household."""
        return self.codes[-1]

    @property
    def domain(self) -> Objects:
        """Given group of each household, which no grid may leave; empty where there is none."""
        return np.array([code if code in self.given else "" for code in self.codes[0]], dtype=object)


def read_present(plan: Plan) -> Present:
    """Read an area of a plan.

    Parameters
    ----------
    plan : Plan
        What ``store.area_plan(code, TABLES)`` returns: the draft of one area.

    Returns
    -------
    Present
        The area.

    Raises
    ------
    StoreError
        The plan is not of one area, or its households stand in no unit of it.
    """
    areas, units, grids = plan["areas"], plan["units"], plan["grids"]
    if len(areas) != 1:
        raise StoreError(f"grids are imported into one area, not into {len(areas)}")
    area = areas.iloc[0]
    units = units.reset_index(drop=True)
    households = pd.DataFrame(plan["households"]).reset_index(drop=True)
    unit = pd.Index(units["id"]).get_indexer(households["unit_id"])
    if (unit < 0).any():
        raise StoreError(f"a household of area {area['code']} stands in no unit", mend="Run geo-grid check.")
    levels = int(grids["level"].max())
    profile = CodeProfile.from_config(plan.meta.get("code_profile"))
    codes = np.array([units[f"grid_code_l{level}"].to_numpy(dtype=object)[unit] for level in range(1, levels + 1)])
    given = grids[(grids["level"] == 1) & grids["low"].isna()]["code"]
    return Present(
        code=str(area["code"]),
        kind=str(area["kind"]),
        crs=plan.crs,
        border=area["geom"],
        levels=levels,
        households=households,
        units=units,
        unit=unit.astype(np.int64),
        stack=pd.factorize(units["stack_id"])[0].astype(np.int64)[unit],
        codes=codes.astype(object),
        names={level: _unique_names(grids[grids["level"] == level]) for level in range(1, levels + 1)},
        titles=dict(zip(grids["code"], grids["name"], strict=True)),
        level_of={code: int(level) for code, level in zip(grids["code"], grids["level"], strict=True)},
        parent_of=dict(grids.loc[grids["parent_code"].notna(), ["code", "parent_code"]].itertuples(index=False)),
        patterns={
            level: profile.pattern(str(area["code"]), str(area["kind"]), level) for level in range(1, levels + 1)
        },
        given=frozenset(given),
    )


def _unique_names(grids: pd.DataFrame) -> dict[str, str]:
    single = grids[~grids["name"].duplicated(keep=False)]
    return dict(zip(single["name"], single["code"], strict=True))


def unit_places(present: Present) -> Objects:
    """Return a point inside each unit.

    Parameters
    ----------
    present : Present
        The area.

    Returns
    -------
    ndarray of Point, shape (m,)
        In the area's coordinate system.
    """
    return np.asarray(shapely.point_on_surface(present.units["geom"].to_numpy()), dtype=object)
