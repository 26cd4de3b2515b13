"""The formats a plan can be exported to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_grid.config import DATUMS
from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Tables every public format is made of; none of them knows a household.
_PUBLIC = ("areas", "grids", "exceptions", "elements", "element_shares")
#: Datums that are coordinate systems of their own; the offsets of GCJ-02 and BD-09 no .prj can say.
_SYSTEMS = ("WGS84", "CGCS2000")


@dataclass(frozen=True, slots=True)
class Format:
    """One format of exports.

    Parameters
    ----------
    name : str
        Word on the command line.
    suffix : str
        Ending of the file, with its dot.
    content_type : str
        Media type.
    restricted : bool
        Whether the file holds household ids: never to be published.
    label : mapping of str to str
        What a person reads, by language.
    tables : tuple of str
        Tables of the plan the file is made of.
    datums : tuple of str
        Datums its coordinates may have, the usual one first; empty where it has no coordinates. In "gpkg" and "shp"
        the coordinates are the plan's own unless a datum is named.
    """

    name: str
    suffix: str
    content_type: str
    restricted: bool
    label: Mapping[str, str]
    tables: tuple[str, ...]
    datums: tuple[str, ...] = ()


FORMATS: dict[str, Format] = {
    item.name: item
    for item in (
        Format(
            "gpkg",
            ".gpkg",
            "application/geopackage+sqlite3",
            restricted=False,
            label={"zh": "GeoPackage 地图数据", "en": "GeoPackage"},
            tables=_PUBLIC,
            datums=_SYSTEMS,
        ),
        Format(
            "geojson",
            ".geojson",
            "application/geo+json",
            restricted=False,
            label={"zh": "GeoJSON 网格", "en": "GeoJSON grids"},
            tables=("areas", "grids", "exceptions"),
            datums=DATUMS,
        ),
        Format(
            "shp",
            ".zip",
            "application/zip",
            restricted=False,
            label={"zh": "Shapefile（压缩包）", "en": "Shapefile (zip)"},
            tables=_PUBLIC,
            datums=_SYSTEMS,
        ),
        Format(
            "kml",
            ".kml",
            "application/vnd.google-earth.kml+xml",
            restricted=False,
            label={"zh": "KML 网格", "en": "KML grids"},
            tables=("areas", "grids", "exceptions"),
            datums=("WGS84",),
        ),
        Format(
            "xlsx",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            restricted=False,
            label={"zh": "网格台账（XLSX）", "en": "Grid ledger (XLSX)"},
            tables=_PUBLIC,
        ),
        Format(
            "csv",
            ".csv",
            "text/csv; charset=utf-8",
            restricted=True,
            label={
                "zh": "住户归属表（CSV，含户编号，不得公开）",
                "en": "Assignment list (CSV, household ids, not public)",
            },
            tables=("units", "households"),
        ),
    )
}


def format_of(name: str) -> Format:
    """Look up a format.

    Parameters
    ----------
    name : str
        Key of :data:`FORMATS`.

    Returns
    -------
    Format
        The format.

    Raises
    ------
    UsageError
        There is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"there is no export to {name!r}", mend=f"Formats are {', '.join(FORMATS)}.")
    return FORMATS[name]


def check_datum(chosen: Format, datum: str | None) -> None:
    """Refuse a datum that a file of this format cannot carry.

    Parameters
    ----------
    chosen : Format
        The format.
    datum : str or None
        Datum asked for; None for the usual one. Formats without coordinates take any.

    Raises
    ------
    UsageError
        The datum is unknown, or the format would say that the coordinates are something else than they are.
    """
    if datum is None:
        return
    if datum not in DATUMS:
        raise UsageError(f"there is no datum {datum!r}", mend=f"Datums are {', '.join(DATUMS)}.")
    if chosen.datums and datum not in chosen.datums:
        raise UsageError(
            f"a file of format {chosen.name} cannot say that its coordinates are {datum}",
            mend=f"Use {' or '.join(chosen.datums)}, or the format geojson.",
        )
