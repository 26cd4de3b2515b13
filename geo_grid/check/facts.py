"""What all checks look up: codes turned into row numbers, neighbourhood of units read off their polygons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geo_grid.check.edges import Edges, edges_of, neighbours
from geo_grid.errors import StoreError
from geo_grid.model import Plan
from geo_grid.store.frames import FRAMES, conform_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """A plan as the checks want it; −1 stands for "no such row".

    Parameters
    ----------
    tables : dict of str to DataFrame
        The stored tables.
    meta : dict of str to Any
        What the plan says of itself.
    levels : int
        Greatest number of levels.
    area_levels : ndarray of int64, shape (areas,)
        Levels the policy has for each area.
    unit_area : ndarray of int64, shape (units,)
        Area of each unit.
    unit_grid : ndarray of int64, shape (levels, units)
        Grid of each unit at each level.
    grid_area, grid_parent : ndarray of int64, shape (grids,)
        Area and parent of each grid.
    grid_level : ndarray of int64, shape (grids,)
        Its level, 1 for the coarsest.
    exclave : ndarray of bool, shape (units,)
        Units declared to be exclaves.
    area_geometry, unit_geometry, grid_geometry : ndarray
        Polygons.
    area_edges, unit_edges, grid_edges : Edges
        Their borders.
    touch : tuple of ndarray of int64
        Pairs of units of one area with a common border.
    has_households : bool
        Whether the plan has its households; a published version has not.
    """

    tables: dict[str, pd.DataFrame]
    meta: dict[str, Any]
    levels: int
    area_levels: Ints
    unit_area: Ints
    unit_grid: Ints
    grid_area: Ints
    grid_parent: Ints
    grid_level: Ints
    exclave: Bools
    area_geometry: Geometries
    unit_geometry: Geometries
    grid_geometry: Geometries
    area_edges: Edges
    unit_edges: Edges
    grid_edges: Edges
    touch: tuple[Ints, Ints]
    has_households: bool

    @property
    def unit_levels(self) -> Ints:
        """Levels the area of each unit has; 0 for a unit of no area."""
        return taken(self.area_levels, self.unit_area, 0)

    @property
    def grid_levels(self) -> Ints:
        """Levels the area of each grid has; 0 for a grid of no area."""
        return taken(self.area_levels, self.grid_area, 0)

    def ints(self, table: str, column: str) -> Ints:
        """Return a column of integers that has no nulls.

        Parameters
        ----------
        table, column : str
            Where.

        Returns
        -------
        ndarray of int64
            Its values.
        """
        return self.tables[table][column].to_numpy(dtype=np.int64)

    def texts(self, table: str, column: str) -> NDArray[Any]:
        """Return a column of text.

        Parameters
        ----------
        table, column : str
            Where.

        Returns
        -------
        ndarray of object
            Texts; None where there is none.
        """
        values = self.tables[table][column]
        return values.astype(object).where(values.notna(), None).to_numpy()

    def bands(self, kind: str) -> list[list[int]]:
        """Return the bands of a kind of area, coarsest first.

        Parameters
        ----------
        kind : str
            Kind of area.

        Returns
        -------
        list of list of int
            Low and high of each level; empty for an unknown kind.
        """
        return bands_of(self.meta, kind)

    def pieces(self, owner: Ints) -> Ints:
        """Find the connected pieces of groups of units.

        Parameters
        ----------
        owner : ndarray of int64, shape (units,)
            Group of each unit; −1 leaves it out.

        Returns
        -------
        ndarray of int64, shape (units,)
            Piece of each unit, from 0; −1 where left out.
        """
        i, j = self.touch
        inside = (owner[i] == owner[j]) & (owner[i] >= 0)
        n = len(owner)
        graph = coo_matrix((np.ones(int(inside.sum()), np.int8), (i[inside], j[inside])), shape=(n, n))
        _, labels = connected_components(graph, directed=False)
        out = np.full(n, -1, dtype=np.int64)
        used = owner >= 0
        out[used] = np.unique(labels[used], return_inverse=True)[1]
        return out


def taken(values: NDArray[Any], rows: Ints, default: Any) -> NDArray[Any]:
    """Look values up by row.

    Parameters
    ----------
    values : ndarray
        One value a row.
    rows : ndarray of int64
        Rows wanted; −1 for none.
    default : object
        What stands where there is no row.

    Returns
    -------
    ndarray
        One value for each wanted row.
    """
    out = np.full(rows.shape, default, dtype=values.dtype)
    found = rows >= 0
    out[found] = values[rows[found]]
    return out


def bands_of(meta: dict[str, Any], kind: str) -> list[list[int]]:
    """Return the bands of a kind of area as a plan states them.

    Parameters
    ----------
    meta : dict of str to Any
        What the plan says of itself.
    kind : str
        Kind of area.

    Returns
    -------
    list of list of int
        Low and high of each level, coarsest first; empty for an unknown kind.

    Raises
    ------
    StoreError
        If the plan states no policy.
    """
    try:
        return [[int(low), int(high)] for low, high in meta["policy"].get(kind, {"bands": []})["bands"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise StoreError("the plan does not state its policy (meta, key policy)", mend="Build it again.") from None


def rows_of(keys: pd.Series, wanted: pd.Series) -> Ints:
    """Return the row each code stands in, the first where it stands twice.

    Parameters
    ----------
    keys : Series of str
        Codes of a table, in the order of its rows.
    wanted : Series of str
        Codes looked for.

    Returns
    -------
    ndarray of int64
        Row number; −1 for null and for a code that is not there.
    """
    first = keys.drop_duplicates()
    place = pd.Index(first).get_indexer(pd.Index(wanted))
    positions = np.append(first.index.to_numpy(), -1)  # the last for "not found", which is −1 too
    out = positions[place]
    return np.where(wanted.isna().to_numpy(), -1, out).astype(np.int64)


def gather(plan: Plan) -> Facts:
    """Look up all that the checks share.

    Parameters
    ----------
    plan : Plan
        All tables.

    Returns
    -------
    Facts
        The plan with codes resolved.

    Raises
    ------
    StoreError
        If a table does not fit the schema, or the plan does not state its policy.
    """
    tables = conform_plan(_whole(plan))
    areas, units, grids = tables["areas"], tables["units"], tables["grids"]
    area_levels = np.array([len(bands_of(plan.meta, kind)) for kind in areas["kind"]], dtype=np.int64)
    geometry = [np.asarray(frame["geom"], dtype=object) for frame in (areas, units, grids)]
    area_edges, unit_edges, grid_edges = edges_of(*geometry)
    unit_area = rows_of(areas["code"], units["area_code"])
    i, j = neighbours(unit_edges)
    inside = (unit_area[i] == unit_area[j]) & (i != j)
    return Facts(
        tables=tables,
        meta=plan.meta,
        levels=3,
        area_levels=area_levels,
        unit_area=unit_area,
        unit_grid=np.stack([rows_of(grids["code"], units[f"grid_code_l{level}"]) for level in (1, 2, 3)]),
        grid_area=rows_of(areas["code"], grids["area_code"]),
        grid_parent=rows_of(grids["code"], grids["parent_code"]),
        grid_level=grids["level"].to_numpy(dtype=np.int64),
        exclave=units["exclave"].to_numpy(dtype=np.int64) == 1,
        area_geometry=geometry[0],
        unit_geometry=geometry[1],
        grid_geometry=geometry[2],
        area_edges=area_edges,
        unit_edges=unit_edges,
        grid_edges=grid_edges,
        touch=(i[inside], j[inside]),
        has_households="households" in plan.tables,
    )


def _whole(plan: Plan) -> Plan:
    """Return a plan with empty tables in place of those that a published version leaves out."""
    import geopandas as gpd

    tables = dict(plan.tables)
    for name, table in FRAMES.items():
        if not table.public and name not in tables:
            empty = pd.DataFrame({column.name: [] for column in table.columns})
            tables[name] = (
                gpd.GeoDataFrame(empty, geometry=[], crs=plan.crs).rename_geometry("geom") if table.geometry else empty
            )
    return Plan(plan.crs, tables, plan.meta)
