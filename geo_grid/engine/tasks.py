"""The tasks of a build: zone some areas, make the tables of a county, share out what lies in several counties."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_grid.area import zone_one
from geo_grid.engine.litter import no_collecting
from geo_grid.errors import GeoGridError
from geo_grid.keep import job_digest
from geo_grid.model import CityInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from geo_grid.area import AreaJob, ZonedArea
    from geo_grid.codes import CodeProfile
    from geo_grid.engine.rooms import Room
    from geo_grid.keep import Shelf
    from geo_grid.policy import Policies

_QUARANTINE = pd.DataFrame({"source": [], "row": np.empty(0, dtype=np.int64), "reason": [], "raw": []})


@dataclass(frozen=True, slots=True)
class Brief:
    """What the tasks need to know of a city, without its addresses and passwords.

    Parameters
    ----------
    name, crs : str
        As in :class:`geo_grid.model.CityInput`.
    barriers : dict of str to float
        Strength by class.
    policies : Policies
        Bands and roles.
    profile : CodeProfile
        How codes are made.
    min_contact : float
        Metres of common border that make neighbours.
    seed : int
        Seed of all random choices.
    """

    name: str
    crs: str
    barriers: dict[str, float]
    policies: Policies
    profile: CodeProfile
    min_contact: float
    seed: int


@dataclass(frozen=True, slots=True)
class Site:
    """Where a build is at work.

    Parameters
    ----------
    brief : Brief
        What is built.
    room : Room
        Parts of the city, and of its plan.
    shelf : Shelf
        Zoned areas.
    """

    brief: Brief
    room: Room
    shelf: Shelf


class Zoned(NamedTuple):
    """What became of an area.

    Parameters
    ----------
    code : str
        Its code.
    digest : str
        Under which it lies on the shelf.
    kept : bool
        Whether it lay there before.
    fault : str
        What went wrong, one line.
    trace : str
        Where it went wrong, for a developer.
    """

    code: str
    digest: str = ""
    kept: bool = False
    fault: str = ""
    trace: str = ""


class Made(NamedTuple):
    """What a task that makes tables tells of them.

    Parameters
    ----------
    rows : dict of str to int
        Rows by table.
    levels : dict of int to int
        Grids by level.
    reasons : dict of str to int
        Exceptions by reason.
    """

    rows: dict[str, int]
    levels: dict[int, int]
    reasons: dict[str, int]


class Report(NamedTuple):
    """What a task returns.

    Parameters
    ----------
    value : object
        What it found.
    seconds : float
        Processor seconds it took.
    """

    value: Any
    seconds: float


@no_collecting()
def zone(site: Site, part: str, codes: Sequence[str]) -> Report:
    """Zone some areas of a part and put them on the shelf.

    Parameters
    ----------
    site : Site
        Where to work.
    part : str
        Name of the part.
    codes : sequence of str
        Codes of the areas.

    Returns
    -------
    Report
        A :class:`Zoned` an area.
    """
    from geo_grid.jobs import area_jobs

    start = time.process_time()
    city = city_of(site, part, codes)
    jobs = {job.code: job for job in area_jobs(city, site.brief)}
    return Report([attend(jobs[code], site.shelf) for code in codes], time.process_time() - start)


def attend(job: AreaJob, shelf: Shelf) -> Zoned:
    """Zone an area, unless it lies on the shelf.

    Parameters
    ----------
    job : AreaJob
        The area.
    shelf : Shelf
        Where finished areas are kept.

    Returns
    -------
    Zoned
        What became of it.
    """
    try:
        digest = job_digest(job)
        if shelf.take(digest) is not None:
            return Zoned(job.code, digest, kept=True)
        shelf.put(digest, zone_one(job))
    except Exception as error:  # noqa: BLE001  one bad area stops no other
        return Zoned(job.code, fault=_one_line(error), trace=traceback.format_exc())
    return Zoned(job.code, digest)


def _one_line(error: Exception) -> str:
    if isinstance(error, GeoGridError):
        return error.line()
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = " ".join(str(error).split())
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}" + (words and f": {words}")


@no_collecting()
def make(site: Site, part: str, own: Sequence[str], around: Sequence[str]) -> Report:
    """Make the tables of a part: stitch its areas with those that touch them, give codes, share out its elements.

    Parameters
    ----------
    site : Site
        Where to work; the tables are put into its room.
    part : str
        Name of the part.
    own : sequence of str
        Digests of its areas, in the order of the input.
    around : sequence of str
        Digests of the areas of other parts that touch it.

    Returns
    -------
    Report
        A :class:`Made`.
    """
    from geo_grid.cells import stitch
    from geo_grid.plan import assemble

    start = time.process_time()
    brief = site.brief
    city = city_of(site, part)
    city.elements = city.elements[city.elements["home"]].drop(columns="home").reset_index(drop=True)
    zoned = [zoned_area(site.shelf, digest) for digest in own]
    shapes = [area.polygons for area in zoned] + [zoned_area(site.shelf, digest).polygons for digest in around]
    counts = [len(polygons) for polygons in shapes]
    whole = stitch(np.concatenate(shapes), np.repeat(np.arange(len(counts)), counts))
    polygons = np.split(whole, np.cumsum(counts)[:-1])[: len(own)]
    tables = dict(assemble(city, zoned, polygons, brief.policies, brief.profile, {}).tables)
    del tables["quarantine"]
    site.room.put(part, tables)
    return Report(_told(tables), time.process_time() - start)


def zoned_area(shelf: Shelf, digest: str) -> ZonedArea:
    """Take an area from the shelf.

    Parameters
    ----------
    shelf : Shelf
        The shelf.
    digest : str
        Digest of its job.

    Returns
    -------
    ZonedArea
        The area.

    Raises
    ------
    GeoGridError
        If it is gone.
    """
    area = shelf.take(digest)
    if area is None:
        raise GeoGridError("a finished area is gone from the folder of unfinished work", mend="Go on with --resume")
    return area


@no_collecting()
def share_between(site: Site, name: str, parts: Sequence[str]) -> Report:
    """Share out elements that lie in several parts, or in none.

    Parameters
    ----------
    site : Site
        Where to work; the elements are the part's input, the shares are put into the room under its name.
    name : str
        Name under which they lie.
    parts : sequence of str
        Names of the parts, all of which are made.

    Returns
    -------
    Report
        A :class:`Made`.
    """
    from geo_grid.elements import share_elements
    from geo_grid.elements.points import single
    from geo_grid.plan import leaf_grids

    start = time.process_time()
    elements = site.room.input(name, "elements")
    assert elements is not None  # noqa: S101  the task is only there for them
    tree = shapely.STRtree(shapely.box(*shapely.bounds(elements.geometry.to_numpy()).T))
    units, grids = [], []
    for part in parts:
        found = site.room.get(part, "grids")
        near = np.unique(tree.query(found["geom"].to_numpy())[0])
        close = found[["code", "geom"]].take(near)
        grids.append(close.assign(geom=single(close["geom"].to_numpy())))  # as where parts are shared out
        columns = ["area_code", "grid_code_l1", "grid_code_l2", "grid_code_l3"]
        coded = site.room.get(part, "units", columns).drop_duplicates()
        finest = coded["grid_code_l3"].fillna(coded["grid_code_l2"])
        units.append(coded[finest.isin(grids[-1]["code"])])
    if parts:
        leaf = leaf_grids(pd.concat(units, ignore_index=True), pd.concat(grids, ignore_index=True), site.brief.crs)
    else:
        leaf = _no_leaves(site.brief.crs)
    shared = share_elements(elements.drop(columns="home"), leaf)
    tables = {"elements": shared.elements, "element_shares": shared.shares}
    site.room.put(name, tables)
    return Report(_told(tables), time.process_time() - start)


def _no_leaves(crs: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    columns: dict[str, list[Any]] = {name: [] for name in ("area_code", "l1", "l2", "l3", "code", "geom")}
    return gpd.GeoDataFrame(columns, geometry="geom", crs=crs)


def city_of(site: Site, part: str, codes: Sequence[str] | None = None) -> CityInput:
    """Return a part of the city, or some of its areas.

    Parameters
    ----------
    site : Site
        Where it lies.
    part : str
        Name of the part.
    codes : sequence of str, optional
        Codes of the areas; all by default.

    Returns
    -------
    CityInput
        Areas, households and groups of the part, and all elements that meet it; in a column ``home`` those that meet
        no other part.
    """
    room, brief = site.room, site.brief
    layers: Any = {layer: room.input(part, layer, codes) for layer in ("areas", "households", "groups", "elements")}
    return CityInput(name=brief.name, crs=brief.crs, barriers=brief.barriers, quarantine=_QUARANTINE.copy(), **layers)


def _told(tables: dict[str, Any]) -> Made:
    levels = tables["grids"].groupby("level").size().to_dict() if "grids" in tables else {}
    reasons = tables["exceptions"].groupby("reason").size().to_dict() if "exceptions" in tables else {}
    return Made({name: len(frame) for name, frame in tables.items()}, levels, reasons)
