"""Build a plan: the whole job, from ``city.toml`` to tables."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geo_grid
from geo_grid.engine.litter import no_collecting
from geo_grid.engine.open import LOCAL, open_engine
from geo_grid.jobs import area_jobs, label_by_polygon
from geo_grid.keep import Keep, MemoryShelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import geopandas as gpd

    from geo_grid.config import CityConfig
    from geo_grid.engine.course import Built
    from geo_grid.engine.rooms import Room
    from geo_grid.keep import Shelf
    from geo_grid.model import CityInput, Plan
    from geo_grid.store.ancestry import Descent
    from geo_grid.store.base import Store
    from geo_grid.store.rows import Part

    Progress = Callable[[str, int, int], None]

__all__ = ["StageClock", "area_jobs", "build_into", "build_plan", "build_plan_of", "label_by_polygon", "plan_meta"]

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
    """Read a city and make its plan in memory.

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
    memory = _Memory()
    _Work(config, memory, progress or _silent, clock or StageClock(), keep, LOCAL, workers).read_and_run()
    return memory.plan()


def build_plan_of(
    city: CityInput,
    config: CityConfig,
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    clock: StageClock | None = None,
    keep: Keep | None = None,
) -> Plan:
    """Make the plan of a city that was read, in memory.

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
        If the code profile does not fit the areas, or areas could not be zoned.
    """
    memory = _Memory()
    work = _Work(config, memory, progress or _silent, clock or StageClock(), keep, LOCAL, workers)
    work.run(city, iter([city.households]))
    return memory.plan()


def build_into(
    store: Store,
    config: CityConfig,
    *,
    keep: Keep,
    progress: Progress | None = None,
    workers: int | None = None,
    clock: StageClock | None = None,
    engine: str = LOCAL,
    carry: Callable[[Plan], tuple[Plan, Descent]] | None = None,
) -> Built:
    """Read a city, make its plan and store it, county by county: never is the whole of it in memory.

    Parameters
    ----------
    store : Store
        Where the plan goes.
    config : CityConfig
        What ``city.toml`` says.
    keep : Keep
        Folder for unfinished work, and for finished areas; for Dask, on storage that all machines see.
    progress : callable, optional
        Called with stage, done and total.
    workers : int, optional
        Local processes; the number of cores by default.
    clock : StageClock, optional
        Collects the seconds of each stage.
    engine : str
        "local", or ``dask://HOST:PORT``.
    carry : callable, optional
        Makes of the plan one that knows of the plan before it; it sees it whole.

    Returns
    -------
    Built
        What was built, in numbers.

    Raises
    ------
    GeoGridError
        If the input as a whole cannot be used, areas could not be zoned, or the store cannot be written.
    """
    keep.prepare()
    clock = clock or StageClock()
    memory = _Memory()
    target = store if carry is None else memory
    try:
        built = _Work(config, target, progress or _silent, clock, keep, engine, workers).read_and_run()
    finally:
        keep.clear_parts()  # what cannot be read leaves nothing behind
    if carry is not None:
        with clock.stage("carry"):
            plan, descent = carry(memory.plan())
        with clock.stage("store"):
            store.write(plan, descent)
    return built


class _Memory:
    """Takes a plan as a store does, and holds it."""

    def __init__(self) -> None:
        self.crs = ""
        self.meta: dict[str, Any] = {}
        self.parts: dict[str, list[Any]] = {}

    def write_parts(self, crs: str, meta: dict[str, Any], parts: Iterable[Part]) -> None:
        from geo_grid.store.frames import FRAMES
        from geo_grid.store.rows import frame_of_rows

        self.crs, self.meta = crs, meta
        for part in parts:
            for name, rows in part.items():
                frame = rows if hasattr(rows, "iloc") else frame_of_rows(FRAMES[name], rows, crs)
                self.parts.setdefault(name, []).append(frame)

    def plan(self) -> Plan:
        import pandas as pd

        from geo_grid.model import Plan

        tables = {
            name: frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
            for name, frames in self.parts.items()
        }
        return Plan(self.crs, tables, self.meta)


@dataclass(slots=True)
class _Work:
    """One build: from what is read to a store."""

    config: CityConfig
    store: Store | _Memory
    progress: Progress
    clock: StageClock
    keep: Keep | None
    engine: str
    workers: int | None

    def read_and_run(self) -> Built:
        """Read, build and store a city."""
        from geo_grid.codes import CodeProfile
        from geo_grid.read import read_in_batches

        CodeProfile.from_config(self.config.code_profile)  # a slip in it need not wait for the reading
        with self.clock.stage("read"), no_collecting():
            city, batches = read_in_batches(self.config, self.progress)
        return self.run(city, batches)

    @no_collecting()
    def run(self, city: CityInput, batches: Iterator[gpd.GeoDataFrame]) -> Built:
        """Build and store a city."""
        from geo_grid.engine.rooms import FolderRoom, MemoryRoom

        with self.clock.stage("read"):
            some = [batch for batch in (next(batches, None), next(batches, None)) if batch is not None]
        small = len(city.areas) < PARALLEL_FROM_AREAS or (
            len(some) < 2 and sum(map(len, some)) < PARALLEL_FROM_HOUSEHOLDS
        )
        batches = chain(some, batches)
        del some
        alone = small or (isinstance(self.store, _Memory) and (self.workers or os.cpu_count()) == 1)
        if alone and self.engine == LOCAL:
            if self.keep:
                self.keep.prepare()
            return self._build(city, batches, MemoryRoom(), self.keep or MemoryShelf(), small=small)
        with ExitStack() as stack:
            keep = self.keep or Keep(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="geo-grid-"))))
            keep.prepare()
            stack.callback(keep.clear_parts)
            return self._build(city, batches, FolderRoom(keep.folder), keep, small=small)

    def _build(
        self, city: CityInput, batches: Iterable[gpd.GeoDataFrame], room: Room, shelf: Shelf, *, small: bool
    ) -> Built:
        from geo_grid.codes import CodeProfile
        from geo_grid.engine.course import Course
        from geo_grid.engine.settle import Settled
        from geo_grid.engine.tasks import Brief, Site

        config, areas = self.config, city.areas
        profile = CodeProfile.from_config(config.code_profile, areas["code"], areas["kind"])
        with self.clock.stage("read"):
            settled = Settled(city, room)
            settled.take(batches)
        refuse_empty_handed(city, config, settled.placed_rows)
        meta = plan_meta(city, config, profile.to_dict(), settled.placed_rows)
        brief = Brief(city.name, city.crs, city.barriers, config.policies, profile, config.min_contact, config.seed)
        folder = getattr(room, "folder", None)
        engine = open_engine(self.engine, self.workers, small=small, folder=folder)
        try:
            course = Course(engine, Site(brief, room, shelf), settled, self.progress)
            with self.clock.stage("plan"):
                course.begin()
                self.store.write_parts(city.crs, meta, chain([{"quarantine": city.quarantine}], course.parts()))
        finally:
            engine.close()
        course.built.meta = meta
        return course.built


def refuse_empty_handed(city: CityInput, config: CityConfig, placed: int) -> None:
    """Stop where not one household could be placed: that is a slip in the configuration, and no plan.

    Parameters
    ----------
    city : CityInput
        What was read.
    config : CityConfig
        What was to be read.
    placed : int
        How many rows of households were placed.

    Raises
    ------
    InputError
        If none was, and there are some.
    """
    from geo_grid.read.quarantine import nothing_placed

    source = config.inputs.households.label
    rows = city.read_rows.get(source, 0)
    if rows and not placed:
        raise nothing_placed(source, rows, city.quarantine, f"See what was understood: geo-grid inspect {config.path}")


def plan_meta(
    city: CityInput, config: CityConfig, code_profile: dict[str, Any], placed: int | None = None
) -> dict[str, Any]:
    """Say what a plan is made of.

    Parameters
    ----------
    city : CityInput
        What was read.
    config : CityConfig
        What ``city.toml`` says.
    code_profile : dict
        The code profile, as JSON values.
    placed : int, optional
        Rows of the households' source that were placed; counted where the city's households are all there.

    Returns
    -------
    dict
        JSON values for the table ``meta``.
    """
    source = config.inputs.households.label
    if placed is None:
        placed = len(city.households[["source", "row"]].drop_duplicates())
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
            "placed": placed,
            "quarantined": int((city.quarantine["source"] == source).sum()),
        },
        "place_names": config.place_names,
        "notes": city.notes,
    }
