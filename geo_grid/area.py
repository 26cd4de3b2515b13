"""One area from its households to its zoned units: units → cells → zoning → cut cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.cells import Cells, CellSettings
    from geo_grid.policy import Policy
    from geo_grid.units import Stacks
    from geo_grid.zoning.graph import AreaZoning, AtomGraph, ZoneException

    Ints = NDArray[np.int64]

#: Least ``AtomGraph.cut_rank`` of a cut that is no floor end but the end of an entrance.
ENTRANCE_END = 2


@dataclass(frozen=True, slots=True)
class AreaJob:
    """What one area needs to be zoned; small enough to be sent to another process.

    Parameters
    ----------
    code : str
        Code of the area.
    polygon : Polygon or MultiPolygon
        The area, metres.
    households : GeoDataFrame
        Its households, as in :class:`geo_grid.model.CityInput`.
    barriers : list of (ndarray of LineString, float)
        Barrier lines near the area, and their strength.
    dividers : ndarray of LineString
        Borders of villager groups; cells never cross them.
    policy : Policy
        Bands and rules of this kind of area.
    cells : CellSettings
        Limits of the cell stage.
    min_contact : float
        Metres of common border that make neighbours.
    seed : int
        Seed of all random choices.
    """

    code: str
    polygon: Any
    households: gpd.GeoDataFrame
    barriers: list[tuple[NDArray[Any], float]]
    dividers: NDArray[Any]
    policy: Policy
    cells: CellSettings
    min_contact: float
    seed: int


@dataclass(frozen=True, slots=True)
class ZonedArea:
    """The zoned units of one area.

    Parameters
    ----------
    code : str
        Code of the area.
    polygons : ndarray of Polygon, shape (u,)
        Units; they tile the area exactly.
    households : ndarray of int64, shape (u,)
        Households of each unit.
    stack : ndarray of int64, shape (u,)
        Building of each unit, −1 for a cell without households.
    group : list of (str or None), length u
        Given villager group of each unit.
    exclave : ndarray of bool, shape (u,)
        Units in a piece of the area without households.
    labels : ndarray of int64, shape (levels, u)
        Zone of each unit at each level.
    given : tuple of bool
        Whether a level was given.
    exceptions : tuple of ZoneException
        Zones outside their band.
    unit_of_household : ndarray of int64, shape (h,)
        Unit of each row of the job's households.
    """

    code: str
    polygons: NDArray[Any]
    households: Ints
    stack: Ints
    group: list[str | None]
    exclave: NDArray[np.bool_]
    labels: Ints
    given: tuple[bool, ...]
    exceptions: tuple[ZoneException, ...]
    unit_of_household: Ints


def zone_one(job: AreaJob) -> ZonedArea:
    """Zone one area.

    Parameters
    ----------
    job : AreaJob
        The area.

    Returns
    -------
    ZonedArea
        Its units, cut out and labelled.
    """
    from geo_grid.cells import atom_graph, build_cells
    from geo_grid.units import stack_households
    from geo_grid.zoning import zone_area

    stacks = stack_households(job.households)
    cells = build_cells(job.polygon, stacks.xy, job.barriers, job.dividers, settings=job.cells)
    atoms = atom_graph(cells, stacks, job.cells)
    zoning = zone_area(atoms, job.policy, min_contact=job.min_contact, seed=job.seed)
    return cut_units(job.code, cells, stacks, atoms, zoning)


def unit_runs(atoms: AtomGraph, leaf: Ints) -> Ints:
    """Find the units: runs of consecutive households of one building, one entrance and one leaf zone.

    Parameters
    ----------
    atoms : AtomGraph
        The area's atoms.
    leaf : ndarray of int64, shape (n,)
        Zone of each atom at the finest level.

    Returns
    -------
    ndarray of int64, shape (n,)
        Unit of each atom, non-decreasing from 0; a cell without households is a unit of its own.
    """
    starts = np.ones(atoms.n, dtype=bool)
    same = (atoms.stack[1:] == atoms.stack[:-1]) & (leaf[1:] == leaf[:-1]) & (atoms.stack[1:] >= 0)
    starts[1:] = ~same | (atoms.cut_rank[1:] >= ENTRANCE_END)  # floors are said by entrance
    return np.cumsum(starts, dtype=np.int64) - 1


def cut_units(code: str, cells: Cells, stacks: Stacks, atoms: AtomGraph, zoning: AreaZoning) -> ZonedArea:
    """Cut the cells along the zones of the finest level.

    Parameters
    ----------
    code : str
        Code of the area.
    cells : Cells
        Ground of each building.
    stacks : Stacks
        Buildings, and the order in which each may be cut.
    atoms : AtomGraph
        The area at the grain of households.
    zoning : AreaZoning
        Zones of the atoms.

    Returns
    -------
    ZonedArea
        Units with polygons and labels.
    """
    from geo_grid.cells import unit_polygons

    runs = unit_runs(atoms, zoning.labels[-1])
    first = np.flatnonzero(np.diff(runs, prepend=-1))
    unit_of_household = np.empty(len(stacks.order), dtype=np.int64)
    unit_of_household[stacks.order] = runs[: len(stacks.order)]  # atoms of households stand first, in stack order
    names: list[str | None] = [*stacks.group_names, None]
    return ZonedArea(
        code=code,
        polygons=unit_polygons(cells, stacks, atoms, runs),
        households=np.bincount(runs, weights=atoms.weight, minlength=len(first)).astype(np.int64),
        stack=atoms.stack[first],
        group=[names[g] for g in atoms.group[first]],
        exclave=atoms.host[first] >= 0,
        labels=zoning.labels[:, first],
        given=zoning.given,
        exceptions=zoning.exceptions,
        unit_of_household=unit_of_household,
    )
