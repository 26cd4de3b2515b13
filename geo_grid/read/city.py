"""All inputs of a city, read in the order they depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.model import CityInput
from geo_grid.read.areas import node_areas, read_area_rows, working_crs
from geo_grid.read.batches import Ids, load_in_batches
from geo_grid.read.buildings import read_buildings
from geo_grid.read.elements import read_elements, read_groups
from geo_grid.read.formats import load
from geo_grid.read.households import read_households, require_rows
from geo_grid.read.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo_grid.config import CityConfig, Source
    from geo_grid.read.table import Table

    Progress = Callable[[str, int, int], None]


def read_city(config: CityConfig, progress: Progress | None = None) -> CityInput:
    """Read all inputs of a city.

    Parameters
    ----------
    config : CityConfig
        What to read.
    progress : callable, optional
        Told the stage ("read"), how many sources are done, and how many there are.

    Returns
    -------
    CityInput
        Everything that was read, in one projected coordinate system, in metres. Of every source, rows placed and rows
        quarantined add up to the rows read.

    Raises
    ------
    InputError
        A file as a whole cannot be used; single bad rows go to quarantine instead.
    """
    city, batches = read_in_batches(config, progress)
    frames = list(batches)
    city.households = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    return city


def read_in_batches(
    config: CityConfig, progress: Progress | None = None, *, bare: bool = False
) -> tuple[CityInput, Iterator[Any]]:
    """Read a city without ever holding all its households.

    Parameters
    ----------
    config : CityConfig
        What to read.
    progress : callable, optional
        Told the stage ("read"), how many sources are done, and how many there are.
    bare : bool
        Whether households are wanted as columns: texts as ``str``, ``x`` and ``y`` instead of a geometry.

    Returns
    -------
    city : CityInput
        As :func:`read_city` returns it, without households. Elements, quarantine, counts and notes are there once all
        batches were taken.
    batches : iterator of GeoDataFrame, or of DataFrame where they are bare
        The households, at least one batch.

    Raises
    ------
    InputError
        As for :func:`read_city`.
    """
    reading = _Reading(config, progress)
    city = reading.begin()
    return city, reading.go_on(city, bare=bare)


class _Reading:
    """One reading of a city: the sources, and what is collected along the way."""

    def __init__(self, config: CityConfig, progress: Progress | None) -> None:
        self.config = config
        self.progress = progress
        self.total = len(config.inputs.all())
        self.read_rows: dict[str, int] = {}
        self.notes: list[str] = []
        self.quarantine = Quarantine()

    def begin(self) -> CityInput:
        """Read what places households: areas and groups."""
        config, inputs, quarantine, notes = self.config, self.config.inputs, self.quarantine, self.notes
        rows = read_area_rows(self.load(inputs.areas), quarantine)
        if rows.faults:
            raise rows.faults[0]
        areas = node_areas(rows, working_crs(rows.table, config.crs), notes)
        groups = read_groups(self.load(inputs.groups), areas, quarantine, notes) if inputs.groups else None
        return CityInput(
            name=config.name,
            crs=str(areas.crs),
            areas=areas,
            households=areas.iloc[:0],
            groups=groups,
            elements=areas.iloc[:0],
            barriers=dict(config.barriers),
            quarantine=pd.DataFrame(),
            read_rows=self.read_rows,
            notes=notes,
        )

    def go_on(self, city: CityInput, *, bare: bool) -> Iterator[pd.DataFrame]:
        """Read the households, then the rest of the city."""
        inputs, areas, quarantine = self.config.inputs, city.areas, self.quarantine
        buildings = read_buildings(self.load(inputs.buildings), areas, quarantine) if inputs.buildings else None
        ids = Ids(inputs.households)
        for table in load_in_batches(inputs.households):
            self.count(table)
            require_rows(table)
            yield read_households(table, areas, buildings, quarantine, city.notes, ids, bare=bare)
        city.elements = read_elements([self.load(source) for source in inputs.elements], areas, quarantine)
        city.quarantine = quarantine.frame()

    def load(self, source: Source) -> Table:
        """Load one source, count its rows, and keep what its loader noted."""
        table = load(source)
        self.count(table)
        return table

    def count(self, table: Table) -> None:
        """Count the rows of a source, and keep what its loader noted."""
        label = table.source.label
        self.read_rows[label] = self.read_rows.get(label, 0) + len(table) + len(table.broken)
        self.notes += [note for note in table.notes if note not in self.notes]
        if self.progress is not None:
            self.progress("read", len(self.read_rows), self.total)
