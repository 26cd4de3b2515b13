"""What was understood of the inputs, told without stopping at faults: the answer of ``geo-grid inspect``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid._toml import dotted
from geo_grid.errors import GeoGridError
from geo_grid.read.areas import AreaRows, node_areas, node_borders, projection_faults, read_area_rows, working_crs
from geo_grid.read.buildings import read_buildings
from geo_grid.read.coordinates import project, source_crs
from geo_grid.read.elements import read_elements, read_groups
from geo_grid.read.formats import load
from geo_grid.read.households import read_households, require_rows
from geo_grid.read.overlaps import find_gaps, find_overlaps
from geo_grid.read.quarantine import Quarantine, nothing_placed
from geo_grid.read.table import column_map, is_none, text_of

if TYPE_CHECKING:
    import geopandas as gpd

    from geo_grid.config import CityConfig, Source
    from geo_grid.read.buildings import Buildings
    from geo_grid.read.table import Table

_PREVIEW = 3
_LISTED = 10


@dataclass(slots=True)
class SourceReport:
    """What was understood of one source.

    Parameters
    ----------
    source, role : str
        Its label, and what it is read for.
    rows : int or None
        Rows read; None where the file cannot be opened.
    columns : list of dict
        ``name``, the project's word ``taken_as`` or None, and the first ``values``.
    encoding, crs, datum : str or None
        Of its text and coordinates.
    extent : list of float or None
        West, south, east, north, in degrees WGS84.
    duplicates : dict of str to int
        Rows beyond the first with the same id or code, and with the same coordinates.
    quarantined : dict of str to int
        Rows that would go to quarantine, by kind of reason.
    faults : list of str
        What stops a build, one line each.
    warnings : list of str
        What does not stop a build, and makes its plan worthless unless it is meant.
    notes : list of str
        What was decided, and what a person should know.
    """

    source: str
    role: str
    rows: int | None = None
    columns: list[dict[str, Any]] = field(default_factory=list)
    encoding: str | None = None
    crs: str | None = None
    datum: str | None = None
    extent: list[float] | None = None
    duplicates: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Inspection:
    """What was understood of all inputs of a city.

    Parameters
    ----------
    name : str
        Name of the city.
    crs : str or None
        Working coordinate system; None where the areas do not tell.
    sources : list of SourceReport
        One a source, in the order they are read.
    overlaps : list of dict
        ``first``, ``second`` (area codes) and ``m2``: land that two areas claim.
    gaps : list of dict
        ``areas`` (codes around) and ``m2``: enclosed land that no area claims.
    field_policy : dict
        What the configuration decides about field inspection, other than the defaults.
    """

    name: str
    crs: str | None = None
    sources: list[SourceReport] = field(default_factory=list)
    overlaps: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    field_policy: dict[str, Any] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """Everything that stops a build, one line each."""
        return [fault for source in self.sources for fault in source.faults]

    @property
    def warnings(self) -> list[str]:
        """Everything a build goes on with, and should not unless it is meant, one line each."""
        return [f"{source.source}: {warning}" for source in self.sources for warning in source.warnings]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values.

        Returns
        -------
        dict of str to Any
            The fields of this class, ``faults`` and ``warnings``.
        """
        return {**asdict(self), "faults": self.faults, "warnings": self.warnings}

    def lines(self) -> list[str]:
        """Return everything as text for a person.

        Returns
        -------
        list of str
            Lines without line breaks.
        """
        result = [f"{self.name}: working coordinate system {self.crs or 'unknown'}"]
        for source in self.sources:
            result += _source_lines(source)
        for name, found in (("overlap", self.overlaps), ("gap", self.gaps)):
            total = sum(item["m2"] for item in found)
            result.append(f"{name}s of areas: {len(found)}" + (f", {total:.2f} m²" if found else ""))
            for item in found[:_LISTED]:
                codes = [item["first"], item["second"]] if name == "overlap" else item["areas"]
                result.append(f"  {name}: {', '.join(codes)}: {item['m2']:.2f} m²")
            if len(found) > _LISTED:
                result.append(f"  and {len(found) - _LISTED} more")
        result += [f"field inspection: {line}" for line in dotted(self.field_policy)]
        result += [f"WARNING: {warning}" for warning in self.warnings]
        count = len(self.faults)
        result.append(
            "nothing stops a build" + (", but look at what is said above" if self.warnings else "")
            if not count
            else f"{count} {'fault stops' if count == 1 else 'faults stop'} a build"
        )
        return [" ".join(line.splitlines()) for line in result]


def _source_lines(report: SourceReport) -> list[str]:
    rows = "cannot be read" if report.rows is None else f"{report.rows} rows"
    facts = [
        f"{word} {value}"
        for word, value in (("encoding", report.encoding), ("crs", report.crs), ("datum", report.datum))
        if value
    ]
    result = [f"{report.role}: {report.source}: " + ", ".join([rows, *facts])]
    if report.extent:
        west, south, east, north = report.extent
        result.append(f"  extent: {west:.5f} to {east:.5f} E, {south:.5f} to {north:.5f} N")
    for column in report.columns:
        taken = f" = {column['taken_as']}" if column["taken_as"] else " (not used)"
        result.append(f"  column {column['name']}{taken}: {' | '.join(column['values']) or 'empty'}")
    result += [f"  duplicates: {count} rows repeat {what}" for what, count in report.duplicates.items() if count]
    result += [f"  quarantine: {count} rows: {reason}" for reason, count in report.quarantined.items()]
    result += [f"  note: {note}" for note in report.notes]
    return result + [f"  FAULT: {fault}" for fault in report.faults]


def inspect_city(config: CityConfig) -> Inspection:
    """Say what was understood of all inputs of a city; never stops at what it can report.

    Parameters
    ----------
    config : CityConfig
        What to look at.

    Returns
    -------
    Inspection
        Facts and faults, source by source; it works on files :func:`geo_grid.read.read_city` refuses.
    """
    return _Inspector(config).run()


class _Inspector:
    def __init__(self, config: CityConfig) -> None:
        self.config = config
        self.result = Inspection(config.name, field_policy=config.field_policy)

    def run(self) -> Inspection:
        inputs = self.config.inputs
        areas = self._areas()
        buildings = None
        if inputs.groups:
            self._points(inputs.groups, areas, read_groups)
        if inputs.buildings:
            buildings = self._points(inputs.buildings, areas, lambda table, a, q, _: read_buildings(table, a, q))
        self._points(inputs.households, areas, lambda table, a, q, notes: _households(table, a, buildings, q, notes))
        for source in inputs.elements:
            self._points(source, areas, lambda table, a, q, _: read_elements([table], a, q))
        return self.result

    def _open(self, source: Source) -> tuple[SourceReport, Table | None]:
        report = SourceReport(source.label, source.role, datum=source.datum)
        self.result.sources.append(report)
        try:
            table = load(source)
        except GeoGridError as error:
            report.faults.append(error.line())
            return report, None
        report.notes += table.notes
        for look in (_describe, _describe_place):
            try:
                look(table, report)
            except GeoGridError as error:
                _add_fault(report, error)
        return report, table

    def _areas(self) -> gpd.GeoDataFrame | None:
        report, table = self._open(self.config.inputs.areas)
        if table is None:
            return None
        quarantine = Quarantine()
        try:
            rows = read_area_rows(table, quarantine)
            report.quarantined = _by_reason(quarantine)
            for fault in rows.faults:
                _add_fault(report, fault)
            rows = _drawable(rows)
            if not len(rows.table):
                return None
            self.result.crs = working_crs(rows.table, self.config.crs)
            return self._borders(rows, report, self.result.crs)
        except GeoGridError as error:
            _add_fault(report, error)
        return None

    def _borders(self, rows: AreaRows, report: SourceReport, crs: str) -> gpd.GeoDataFrame:
        """Look for overlaps and gaps, and return areas that are good enough to look at points."""
        import geopandas as gpd

        shapes, _ = node_borders(rows, crs)
        if faults := projection_faults(rows, shapes):
            raise faults[0]
        codes = rows.attributes["code"].tolist()
        found = find_overlaps(shapes)
        self.result.overlaps = [
            {"first": codes[a], "second": codes[b], "m2": float(m2)}
            for a, b, m2, wide in zip(found.first, found.second, found.square_metres, found.wide, strict=True)
            if wide
        ]
        self.result.gaps = [{"areas": [codes[i] for i in around], "m2": m2} for around, m2 in find_gaps(shapes)]
        try:
            return node_areas(rows, crs, report.notes)
        except GeoGridError as error:
            _add_fault(report, error)
        return gpd.GeoDataFrame(rows.attributes, geometry=shapes, crs=crs)

    def _points(self, source: Source, areas: gpd.GeoDataFrame | None, read: Any) -> Any:
        report, table = self._open(source)
        if table is None or areas is None:
            return None
        quarantine = Quarantine()
        result = None
        try:
            result = read(table, areas, quarantine, report.notes)
        except GeoGridError as error:
            _add_fault(report, error)
        report.quarantined = _by_reason(quarantine)
        if source.role == "households":
            _judge_placed(report, quarantine)
        return result


def _judge_placed(report: SourceReport, quarantine: Quarantine) -> None:
    """Tell of households that cannot be placed where there are none that can, or fewer."""
    rows, refused = report.rows or 0, quarantine.frame()
    if rows and len(refused) == rows:
        mend = "Correct crs, datum, or the columns taken as lon and lat, under [inputs.households]"
        _add_fault(report, nothing_placed(report.source, rows, refused, mend))
    elif 2 * len(refused) > rows:
        report.warnings.append(f"{len(refused)} of {rows} rows cannot be placed, and a build would leave them out")


def _households(
    table: Table, areas: gpd.GeoDataFrame, buildings: Buildings | None, quarantine: Quarantine, notes: list[str]
) -> None:
    require_rows(table)
    read_households(table, areas, buildings, quarantine, notes)


def _drawable(rows: AreaRows) -> AreaRows:
    """Leave out areas whose geometry cannot be looked at."""
    shapes = rows.table.geometry
    good = np.flatnonzero(np.isin(shapely.get_type_id(shapes), (3, 6)) & shapely.is_valid(shapes))
    attributes = rows.attributes.take(good).reset_index(drop=True)
    return AreaRows(rows.table.take(good), attributes.fillna({"code": "?", "name": "?"}), rows.faults)


def _add_fault(report: SourceReport, error: GeoGridError) -> None:
    if error.line() not in report.faults:
        report.faults.append(error.line())


def _by_reason(quarantine: Quarantine) -> dict[str, int]:
    """Count rows by kind of reason: what follows the first colon is about one row."""
    reasons = quarantine.frame()["reason"]
    kinds = reasons.str.replace(r"'[^']*'", "…", regex=True).str.split(":").str[0] if len(reasons) else reasons
    return {str(kind): int(count) for kind, count in kinds.value_counts().items()}


def _describe(table: Table, report: SourceReport) -> None:
    report.rows = len(table) + len(table.broken)
    report.encoding = table.encoding
    names = list(table.frame.columns)
    columns: dict[str, str] = {}
    try:
        columns = column_map(table.source, names)
    finally:
        words = {name: word for word, name in columns.items()}
        report.columns = [
            {"name": name, "taken_as": words.get(name), "values": _preview(table.frame[name])} for name in names
        ]
    for word in ("id", "code"):
        if word in columns:
            values = pd.Series(table.text(columns[word]), dtype=object).dropna()
            report.duplicates[word] = int(values.duplicated().sum())


def _preview(series: pd.Series) -> list[str]:
    texts = text_of(series.head(1000))
    return [" ".join(str(text).split())[:40] for text in texts[~is_none(texts)][:_PREVIEW]]


def _describe_place(table: Table, report: SourceReport) -> None:
    columns = column_map(table.source, list(table.frame.columns))
    if table.geometry is not None:
        shapes = table.geometry
        coordinates = shapely.get_coordinates(shapes)
        alone = shapes[shapely.get_type_id(shapes) == 0]
        if len(alone):
            report.duplicates["coordinates"] = int(pd.Series(shapely.to_wkb(alone)).duplicated().sum())
        invalid = int((~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)).sum())
        if invalid:
            report.notes.append(f"{invalid} invalid geometries")
    elif "lon" in columns and "lat" in columns:
        from geo_grid.read.table import number_of

        coordinates = np.column_stack([number_of(table.frame[columns[word]])[0] for word in ("lon", "lat")])
        given = pd.DataFrame(coordinates).dropna()
        report.duplicates["coordinates"] = int(given.duplicated().sum())
    else:
        return
    crs = source_crs(table)
    report.crs = f"{crs.name} ({':'.join(crs.to_authority() or ('no', 'code'))})"
    coordinates = coordinates[np.isfinite(coordinates).all(axis=1)]
    if len(coordinates):
        report.extent = _extent(table, coordinates)


def _extent(table: Table, coordinates: Any) -> list[float] | None:
    (west, south), (east, north) = coordinates.min(axis=0), coordinates.max(axis=0)
    steps = np.linspace(0.0, 1.0, 5)
    x, y = np.meshgrid(west + (east - west) * steps, south + (north - south) * steps)
    lon, lat = project(table, x.ravel(), y.ravel(), "EPSG:4326")
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    return [float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())]
