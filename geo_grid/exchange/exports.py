"""Exports: a plan, or a stored one, written to a file of one of :data:`FORMATS`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid.exchange.formats import FORMATS, check_datum, format_of
from geo_grid.exchange.replacing import replacing
from geo_grid.exchange.words import check_lang

if TYPE_CHECKING:
    from geo_grid.exchange.formats import Format
    from geo_grid.model import Plan
    from geo_grid.store.base import Store

__all__ = ["FORMATS", "export_store", "write_export"]


def write_export(
    plan: Plan,
    format: str,  # noqa: A002
    path: str | Path,
    *,
    lang: str = "zh",
    datum: str | None = None,
    level: int | None = None,
    version: int | str | None = None,
) -> None:
    """Write a plan to a file; the file appears whole or not at all.

    Parameters
    ----------
    plan : Plan
        Whole, or of one area; at least the tables of ``FORMATS[format].tables``.
    format : str
        Key of :data:`FORMATS`.
    path : str or Path
        The file; an earlier one is replaced, but never a plan.
    lang : {"zh", "en"}
        Language of headings and words.
    datum : {"WGS84", "CGCS2000", "GCJ02", "BD09"}, optional
        Datum of coordinates in degrees. By default GeoJSON and KML are WGS84, GeoPackage and Shapefile in the plan's own
        coordinate system.
    level : int, optional
        The only level of grids wanted; the assignment list always has all.
    version : int or "published", optional
        Which published version the plan is, to be said in the file; a draft by default.

    Raises
    ------
    UsageError
        There is no such format, language, datum or level, or the file cannot be written.
    StoreError
        A plan stands where the file should.
    """
    chosen = format_of(format)
    _check(chosen, lang, datum)
    with replacing(Path(path), private=chosen.restricted) as draft:
        _write(chosen, plan, draft, lang=lang, datum=datum, level=level, version=version)


def export_store(
    store: Store,
    format: str,  # noqa: A002
    path: str | Path,
    *,
    area: str | None = None,
    version: int | str | None = None,
    lang: str = "zh",
    datum: str | None = None,
    level: int | None = None,
) -> None:
    """Export what a store holds; only the tables the format needs are read, the assignment list area by area.

    Parameters
    ----------
    store : Store
        The store.
    format : str
        Key of :data:`FORMATS`.
    path : str or Path
        The file; an earlier one is replaced, but never a plan.
    area : str, optional
        Code of the only area wanted.
    version : int or "published", optional
        Published version wanted; the draft by default.
    lang : {"zh", "en"}
        Language of headings and words.
    datum : {"WGS84", "CGCS2000", "GCJ02", "BD09"}, optional
        As in :func:`write_export`.
    level : int, optional
        The only level of grids wanted.

    Raises
    ------
    UsageError
        As in :func:`write_export`.
    StoreError
        There is no plan, no such area or no such version, or a plan stands where the file should.
    """
    chosen = format_of(format)
    _check(chosen, lang, datum)
    if version == "published":  # the file says which it is, and all its tables are of one
        version = store.latest_version() or version
    with replacing(Path(path), private=chosen.restricted) as draft:
        if chosen.name == "csv":
            _write_list(store, draft, area=area, version=version, lang=lang)
            return
        plan = _read(store, chosen.tables, area, version)
        _write(chosen, plan, draft, lang=lang, datum=datum, level=level, version=version)


def _check(chosen: Format, lang: str, datum: str | None) -> None:
    check_lang(lang)
    check_datum(chosen, datum)


def _read(store: Store, tables: tuple[str, ...], area: str | None, version: int | str | None) -> Plan:
    which: dict[str, Any] = {} if version is None else {"version": version}
    return store.read(tables, **which) if area is None else store.area_plan(area, tables, **which)


def _write(
    chosen: Format,
    plan: Plan,
    path: Path,
    *,
    lang: str,
    datum: str | None,
    level: int | None,
    version: int | str | None,
) -> None:
    """Write a new file; what a format is made of loads only with it."""
    match chosen.name:
        case "gpkg":
            from geo_grid.exchange.geopackage import write_geopackage

            write_geopackage(plan, path, datum=datum, level=level, version=version)
        case "geojson":
            from geo_grid.exchange.geojson import write_geojson

            write_geojson(plan, path, datum=datum, level=level, version=version)
        case "shp":
            from geo_grid.exchange.shapefile import write_shapefiles

            write_shapefiles(plan, path, datum=datum, level=level, version=version)
        case "kml":
            from geo_grid.exchange.kml import write_kml

            write_kml(plan, path, lang=lang, level=level)
        case "xlsx":
            from geo_grid.exchange.ledger import write_ledger

            write_ledger(plan, path, lang=lang, level=level, version=version)
        case _:
            from geo_grid.exchange.assignment_list import assignment_writer

            with assignment_writer(path, lang=lang) as add:
                add(plan)


def _write_list(store: Store, path: Path, *, area: str | None, version: int | str | None, lang: str) -> None:
    from geo_grid.exchange.assignment_list import assignment_writer

    codes = [area] if area is not None else sorted(_read(store, ("areas",), None, version)["areas"]["code"])
    with assignment_writer(path, lang=lang) as add:
        for code in codes:
            plan = store.area_plan(code, FORMATS["csv"].tables)
            if version is not None:  # versions keep units; households are those of the draft
                plan.tables["units"] = _read(store, ("units",), code, version)["units"]
            add(plan)
