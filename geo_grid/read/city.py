"""All inputs of a city, read in the order they depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_grid.model import CityInput
from geo_grid.read.areas import node_areas, read_area_rows, working_crs
from geo_grid.read.buildings import read_buildings
from geo_grid.read.elements import read_elements, read_groups
from geo_grid.read.formats import load
from geo_grid.read.households import read_households, require_rows
from geo_grid.read.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Callable

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
    return _Reading(config, progress).run()


class _Reading:
    """One reading of a city: the sources, and what is collected along the way."""

    def __init__(self, config: CityConfig, progress: Progress | None) -> None:
        self.config = config
        self.progress = progress
        self.total = len(config.inputs.all())
        self.read_rows: dict[str, int] = {}
        self.notes: list[str] = []
        self.quarantine = Quarantine()

    def run(self) -> CityInput:
        config, inputs, quarantine, notes = self.config, self.config.inputs, self.quarantine, self.notes
        rows = read_area_rows(self.load(inputs.areas), quarantine)
        if rows.faults:
            raise rows.faults[0]
        areas = node_areas(rows, working_crs(rows.table, config.crs), notes)
        groups = read_groups(self.load(inputs.groups), areas, quarantine, notes) if inputs.groups else None
        buildings = read_buildings(self.load(inputs.buildings), areas, quarantine) if inputs.buildings else None
        table = self.load(inputs.households)
        require_rows(table)
        households = read_households(table, areas, buildings, quarantine, notes)
        elements = read_elements([self.load(source) for source in inputs.elements], areas, quarantine)
        return CityInput(
            name=config.name,
            crs=str(areas.crs),
            areas=areas,
            households=households,
            groups=groups,
            elements=elements,
            barriers=dict(config.barriers),
            quarantine=quarantine.frame(),
            read_rows=self.read_rows,
            notes=notes,
        )

    def load(self, source: Source) -> Table:
        """Load one source, count its rows, and keep what its loader noted."""
        table = load(source)
        self.read_rows[source.label] = len(table) + len(table.broken)
        self.notes += table.notes
        if self.progress is not None:
            self.progress("read", len(self.read_rows), self.total)
        return table
