"""Build a plan: the whole job, from ``city.toml`` to tables."""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

import geo_grid
from geo_grid.area import AreaJob
from geo_grid.crew import AreasFailedError, attend, outcome_of, run_crew
from geo_grid.errors import InputError
from geo_grid.keep import unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.area import ZonedArea
    from geo_grid.config import CityConfig
    from geo_grid.crew import Outcome
    from geo_grid.keep import Keep
    from geo_grid.model import CityInput, Plan

    Progress = Callable[[str, int, int], None]

#: Below this many areas or households the work is done before a second process has started.
PARALLEL_FROM_AREAS = 4
PARALLEL_FROM_HOUSEHOLDS = 20_000


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Show no progress."""


@dataclass(slots=True)
class StageClock:
    """Seconds by stage of a build.

    Parameters
    ----------
    seconds : dict of str to float
        Filled while the build runs.
    """

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a stage.

        Parameters
        ----------
        name : str
            Name of the stage.

        Yields
        ------
        None
            Nothing.
        """
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def build_plan(
    config: CityConfig,
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    clock: StageClock | None = None,
    keep: Keep | None = None,
) -> Plan:
    """Read a city and make its plan.

    Parameters
    ----------
    config : CityConfig
        What ``city.toml`` says.
    progress : callable, optional
        Called with stage, done and total.
    workers : int, optional
        Processes for the areas; the number of cores by default.
    clock : StageClock, optional
        Collects the seconds of each stage.
    keep : Keep, optional
        Where finished areas are kept, and taken from.

    Returns
    -------
    Plan
        The plan, not yet stored.

    Raises
    ------
    GeoGridError
        If the input as a whole cannot be used, or areas could not be zoned.
    """
    from geo_grid.codes import CodeProfile
    from geo_grid.read import read_city

    progress, clock = progress or _silent, clock or StageClock()
    CodeProfile.from_config(config.code_profile)  # a slip in it need not wait for the reading
    with clock.stage("read"):
        city = read_city(config, progress)
    _refuse_empty_handed(city, config)
    return build_plan_of(city, config, progress=progress, workers=workers, clock=clock, keep=keep)


def _refuse_empty_handed(city: CityInput, config: CityConfig) -> None:
    """Stop where not one household could be placed: that is a slip in the configuration, and no plan."""
    source = config.inputs.households.label
    rows = city.read_rows.get(source, 0)
    if rows and not len(city.households):
        first = city.quarantine[city.quarantine["source"] == source].iloc[0]
        raise InputError(
            f"none of its {rows} rows could be placed; the first: {first['reason']}",
            file=source,
            row=int(first["row"]),
            mend="See what was understood: geo-grid inspect " + str(config.path),
        )


def build_plan_of(
    city: CityInput,
    config: CityConfig,
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    clock: StageClock | None = None,
    keep: Keep | None = None,
) -> Plan:
    """Make the plan of a city that was read.

    Parameters
    ----------
    city : CityInput
        What was read.
    config : CityConfig
        What ``city.toml`` says.
    progress : callable, optional
        Called with stage, done and total.
    workers : int, optional
        Processes for the areas; the number of cores by default.
    clock : StageClock, optional
        Collects the seconds of each stage.
    keep : Keep, optional
        Where finished areas are kept, and taken from.

    Returns
    -------
    Plan
        The plan, not yet stored.

    Raises
    ------
    GeoGridError
        If the code profile does not fit the areas.
    """
    from geo_grid.codes import CodeProfile
    from geo_grid.plan import assemble

    progress, clock = progress or _silent, clock or StageClock()
    profile = CodeProfile.from_config(config.code_profile, city.areas["code"], city.areas["kind"])
    with clock.stage("zone"):
        zoned = zone_areas(area_jobs(city, config), workers=workers, progress=progress, keep=keep)
    with clock.stage("stitch"):
        polygons = _stitched(zoned)
    progress("tables", 0, 1)
    with clock.stage("tables"):
        plan = assemble(city, zoned, polygons, config.policies, profile, plan_meta(city, config, profile.to_dict()))
    progress("tables", 1, 1)
    return plan


def area_jobs(city: CityInput, config: CityConfig) -> list[AreaJob]:
    """Cut the city into one job an area.

    Parameters
    ----------
    city : CityInput
        What was read.
    config : CityConfig
        What ``city.toml`` says.

    Returns
    -------
    list of AreaJob
        In the order of ``city.areas``.
    """
    from geo_grid.cells import CellSettings

    label_by_polygon(city)
    by_area = city.households.groupby("area_code").indices
    none = np.empty(0, dtype=np.int64)
    barriers = _lines_near(city)
    dividers = _dividers(city)
    return [
        AreaJob(
            code=area.code,
            polygon=area.geometry,
            households=city.households.iloc[np.sort(by_area.get(area.code, none))],
            barriers=barriers[i],
            dividers=dividers.get(area.code, np.empty(0, dtype=object)),
            policy=config.policies.of(area.kind),
            cells=CellSettings(),
            min_contact=config.min_contact,
            seed=config.seed,
        )
        for i, area in enumerate(city.areas.itertuples())
    ]


def label_by_polygon(city: CityInput) -> None:
    """Write the villager group of households that lie in a group's polygon.

    Parameters
    ----------
    city : CityInput
        Changed in place; a polygon wins over the label in the household's row.
    """
    import geopandas as gpd

    if city.groups is None or not len(city.groups):
        return
    hits = gpd.sjoin(city.households[["area_code", "geometry"]], city.groups, predicate="intersects")
    hits = hits[hits["area_code_left"] == hits["area_code_right"]]
    hits = hits[~hits.index.duplicated()]
    city.households.loc[hits.index, "group"] = hits["name"].fillna(hits["code"])


def _dividers(city: CityInput) -> dict[str, NDArray[Any]]:
    """Borders of villager groups by area."""
    from geo_grid.cells import dividing_lines

    if city.groups is None:
        return {}
    areas = city.areas.set_index("code").geometry
    return {
        str(code): dividing_lines(rows.geometry.to_numpy(), areas[code])
        for code, rows in city.groups.groupby("area_code")
    }


def _lines_near(city: CityInput) -> list[list[tuple[NDArray[Any], float]]]:
    """Barrier lines that meet each area, by strength."""
    import shapely

    out: list[list[tuple[NDArray[Any], float]]] = [[] for _ in range(len(city.areas))]
    areas = city.areas.geometry.to_numpy()
    by_strength: dict[float, list[str]] = {}
    for name, strength in city.barriers.items():
        by_strength.setdefault(strength, []).append(name)
    for strength, names in sorted(by_strength.items(), reverse=True):
        lines = _as_lines(city.elements[city.elements["class"].isin(names)])
        if not len(lines):
            continue
        area, line = shapely.STRtree(lines).query(areas, predicate="intersects")
        for i in np.unique(area):
            out[i].append((lines[line[area == i]], strength))
    return out


def _as_lines(elements: gpd.GeoDataFrame) -> NDArray[Any]:
    """Lines as they are, polygons by their border."""
    import shapely

    geoms = elements.geometry.to_numpy()
    polygonal = shapely.get_dimensions(geoms) == 2
    lines = np.where(polygonal, shapely.boundary(geoms), geoms)
    return shapely.get_parts(lines[shapely.get_dimensions(lines) == 1])


def zone_areas(
    jobs: Sequence[AreaJob], *, workers: int | None = None, progress: Progress = _silent, keep: Keep | None = None
) -> list[ZonedArea]:
    """Zone all areas, on several cores where that pays.

    Parameters
    ----------
    jobs : sequence of AreaJob
        One an area.
    workers : int, optional
        Processes; the number of cores by default.
    progress : callable
        Called with "zone", areas done and areas in all.
    keep : Keep, optional
        Where finished areas are kept, and taken from.

    Returns
    -------
    list of ZonedArea
        In the order of ``jobs``; the same whatever the number of processes, and whether they were kept.

    Raises
    ------
    AreasFailedError
        If some areas cannot be zoned; all others were zoned, and kept, before.
    """
    workers = workers or os.cpu_count() or 1
    sizes = [len(job.households) for job in jobs]
    largest_first = np.argsort(sizes, kind="stable")[::-1].tolist()  # so that no big area is left for the end
    progress("zone", 0, len(jobs))
    if workers == 1 or len(jobs) < PARALLEL_FROM_AREAS or sum(sizes) < PARALLEL_FROM_HOUSEHOLDS:
        outcomes: Generator[Outcome] = (outcome_of(i, attend(job, keep)) for i, job in enumerate(jobs))
    else:
        outcomes = run_crew(jobs, largest_first, workers, keep)
    results: dict[int, ZonedArea] = {}
    failed: list[Outcome] = []
    with closing(outcomes):
        for done, outcome in enumerate(outcomes, 1):
            if outcome.fault:
                failed.append(outcome)
            else:
                results[outcome.index] = unpack(outcome.body)
            progress("zone", done, len(jobs))
    if failed:
        raise AreasFailedError([(jobs[bad.index].code, bad.fault, bad.trace) for bad in failed], len(jobs), keep)
    return [results[i] for i in range(len(jobs))]


def _stitched(zoned: Sequence[ZonedArea]) -> list[NDArray[Any]]:
    """Units of all areas with the same vertices on both sides of every border."""
    from geo_grid.cells import stitch

    counts = [len(area.polygons) for area in zoned]
    if not counts:
        return []
    polygons = stitch(np.concatenate([area.polygons for area in zoned]), np.repeat(np.arange(len(counts)), counts))
    return np.split(polygons, np.cumsum(counts)[:-1])


def plan_meta(city: CityInput, config: CityConfig, code_profile: dict[str, Any]) -> dict[str, Any]:
    """Say what a plan is made of.

    Parameters
    ----------
    city : CityInput
        What was read.
    config : CityConfig
        What ``city.toml`` says.
    code_profile : dict
        The code profile, as JSON values.

    Returns
    -------
    dict
        JSON values for the table ``meta``.
    """
    source = config.inputs.households.label
    placed = city.households[["source", "row"]].drop_duplicates()
    return {
        "name": city.name,
        "crs": city.crs,
        "sample": config.sample,
        "program_version": geo_grid.__version__,
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": config.seed,
        "min_contact": config.min_contact,
        "policy": {
            policy.kind: {
                "bands": [[level.band.low, level.band.high] for level in policy.levels],
                "roles": [level.role for level in policy.levels],
                "keep_whole": policy.keep_whole,
                "given_groups": policy.given_groups,
            }
            for policy in (config.policies.urban, config.policies.rural)
        },
        **({"field_policy": config.field_policy} if config.field_policy else {}),
        "code_profile": code_profile,
        "barriers": city.barriers,
        "read_rows": city.read_rows,
        "household_rows": {
            "read": city.read_rows.get(source, 0),
            "placed": len(placed),
            "quarantined": int((city.quarantine["source"] == source).sum()),
        },
        "place_names": config.place_names,
        "notes": city.notes,
    }
