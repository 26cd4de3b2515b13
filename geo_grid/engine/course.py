"""The graph of a build, and its way through it: zone the areas, make each county, share out what lies between."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.engine import tasks
from geo_grid.engine.faults import AreasFailedError
from geo_grid.engine.terms import Task
from geo_grid.errors import GeoGridError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from geo_grid.engine.settle import Settled
    from geo_grid.engine.tasks import Made, Site, Zoned
    from geo_grid.engine.terms import Done, Engine
    from geo_grid.store.rows import Part

    Progress = Callable[[str, int, int], None]

#: Households of a task that zones: long enough not to be felt, short enough for the last ones to end together.
CHUNK_HOUSEHOLDS = 8_000
#: An area is work even without households.
_AREA_HOUSEHOLDS = 20


@dataclass(slots=True)
class Built:
    """What was built, in numbers.

    Parameters
    ----------
    rows : Counter
        Rows by table.
    levels : Counter
        Grids by level.
    reasons : Counter
        Exceptions by reason.
    kept : int
        Areas taken from an earlier build.
    seconds : dict of str to float
        Processor seconds by sort of task.
    meta : dict
        What the plan says of itself.
    """

    rows: Counter[str] = field(default_factory=Counter)
    levels: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: {"zone": 0.0, "make": 0.0})
    meta: dict[str, Any] = field(default_factory=dict)

    def count(self, made: Made) -> None:
        """Add what a task made.

        Parameters
        ----------
        made : Made
            What it told.
        """
        self.rows.update(made.rows)
        self.levels.update(made.levels)
        self.reasons.update(made.reasons)


class Course:
    """A build on its way.

    Parameters
    ----------
    engine : Engine
        What runs its tasks.
    site : Site
        Where they work.
    settled : Settled
        The city in its parts.
    progress : callable
        Called with stage, done and total.
    """

    def __init__(self, engine: Engine, site: Site, settled: Settled, progress: Progress) -> None:
        self.engine, self.site, self.progress = engine, site, progress
        self.built = Built()
        self.names = settled.division.names
        self.codes = settled.codes
        self.own = [np.flatnonzero(settled.division.of_area == part) for part in range(len(self.names))]
        self.around = settled.division.around
        self.between = settled.between
        self.digests: dict[str, str] = {}
        self.failed: list[Zoned] = []
        self._sizes = settled.households
        self._begun: dict[str, tuple[str, Sequence[str]]] = {}
        self._made: set[str] = set()
        self._asked: set[str] = set()
        self._missing = [len(own) + len(around) for own, around in zip(self.own, self.around, strict=True)]
        self._wait = _who_waits(self.codes, self.own, self.around)
        self._zoning = 0

    def begin(self) -> None:
        """Hand out the areas: who stores the plan has more to prepare than who zones them."""
        self.progress("zone", 0, len(self.codes))
        for part, codes in self._in_turn():
            self._zone(part, codes)

    def parts(self) -> Iterator[Part]:
        """Run the build, once it was begun.

        Yields
        ------
        mapping of str to DataFrame or Table
            Rows by table, part after part, always in the same order.

        Raises
        ------
        AreasFailedError
            If some areas cannot be zoned; all others were zoned, and kept, before.
        GeoGridError
            If the tables of a part cannot be made.
        """
        order = [*self.names, *self.between]
        for number, name in enumerate(order):
            while name not in self._made:
                self._step()
            self.progress("store", number, len(order))
            for rows in self.site.room.slices(name):
                yield rows
                while self._step(patient=False):
                    pass
            gc.collect(1)  # what little is in cycles; old geometries are not looked at
        self.progress("store", len(order), len(order))

    def _in_turn(self) -> list[tuple[str, list[str]]]:
        """Return runs of areas to be zoned, each with its part: those first that the first parts wait for.

        A part is made when its neighbours' areas are zoned too. In the order of parts nearly all would be made, and
        stored, at the end, one after the other.
        """
        first = np.empty(len(self.codes), dtype=np.int64)
        for part in reversed(range(len(self.names))):
            first[self.own[part]] = part
            first[self.around[part]] = part
        runs = [(int(first[rows].min()), part, rows) for part in range(len(self.names)) for rows in self._chunks(part)]
        runs.sort(key=lambda run: run[:2])
        return [(self.names[part], [self.codes[row] for row in rows]) for _, part, rows in runs]

    def _chunks(self, part: int) -> list[NDArray[np.int64]]:
        """Cut the areas of a part into runs of about the same work."""
        rows = self.own[part]
        work = self._sizes[rows] + _AREA_HOUSEHOLDS
        chunk = (np.cumsum(work) - work / 2) // CHUNK_HOUSEHOLDS
        return [rows[chunk == number] for number in np.unique(chunk)]

    def _zone(self, part: str, codes: Sequence[str]) -> None:
        name = f"zone-{codes[0]}-{len(codes)}"
        self._begun[name] = part, codes
        self._zoning += 1
        self.engine.add(Task(name, tasks.zone, (self.site, part, tuple(codes))))

    def _step(self, *, patient: bool = True) -> bool:
        """Take what has ended, and begin what it was in the way of; say whether anything has."""
        done = self.engine.wait(patient=patient)
        if done is None:
            if patient:
                raise RuntimeError("nothing is left to do, and the build is not done")
            return False
        if done.name in self._begun:
            self._zoning -= 1
            self._hear_of_areas(done)
        else:
            self._hear_of_tables(done)
        if self.failed:
            if not self._zoning:
                raise AreasFailedError(self.failed, len(self.codes), self.site.shelf)
        else:
            self._begin_what_can_be()
        return True

    def _hear_of_areas(self, done: Done) -> None:
        part, codes = self._begun.pop(done.name)
        if done.error is not None:
            raise done.error
        if done.death and len(codes) > 1:  # one of them is to blame: each for itself
            for code in codes:
                self._zone(part, [code])
            return
        found: list[Zoned] = [tasks.Zoned(codes[0], fault=done.death)] if done.death else self._value(done)
        for area in found:
            self.digests[area.code] = area.digest
            for number in self._wait[area.code]:
                self._missing[number] -= 1
            self.built.kept += area.kept
            if area.fault:
                self.failed.append(area)
        self.progress("zone", len(self.digests), len(self.codes))

    def _hear_of_tables(self, done: Done) -> None:
        if done.death:
            raise GeoGridError(
                f"the part {done.name} could not be put together: {done.death}",
                mend="Give it more memory, or fewer --workers, and go on with --resume",
            )
        if done.error is not None:
            raise done.error
        self.built.count(self._value(done))
        self._made.add(done.name)

    def _value(self, done: Done) -> Any:
        report: tasks.Report = done.value
        sort = done.name.partition("-")[0]
        self.built.seconds["zone" if sort == "zone" else "make"] += report.seconds
        return report.value

    def _begin_what_can_be(self) -> None:
        """Begin the parts all of whose areas are zoned, and what lies between parts that are made."""
        for part, name in enumerate(self.names):
            if name not in self._asked and not self._missing[part]:
                both = (self.own[part], self.around[part])
                own, around = ([self.digests[self.codes[row]] for row in some] for some in both)
                self._ask(Task(name, tasks.make, (self.site, name, own, around), urgent=True))
        for name, parts in self.between.items():
            if name not in self._asked and self._made.issuperset(parts):
                self._ask(Task(name, tasks.share_between, (self.site, name, parts), urgent=True))

    def _ask(self, task: Task) -> None:
        self._asked.add(task.name)
        self.engine.add(task)


def _who_waits(codes: list[str], *rows: list[NDArray[np.int64]]) -> dict[str, list[int]]:
    """Return the parts that wait for each area."""
    out: dict[str, list[int]] = {code: [] for code in codes}
    for some in rows:
        for part, places in enumerate(some):
            for row in places:
                out[codes[row]].append(part)
    return out
