"""From a source to a :class:`Table`: one loader a format, chosen by suffix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.errors import InputError
from geo_grid.read.coordinates import datum_note
from geo_grid.read.limits import SUFFIXES
from geo_grid.read.table import Table, column_map
from geo_grid.read.where import matching_rows

if TYPE_CHECKING:
    from geo_grid.config import Source


def load(source: Source) -> Table:
    """Read one source, whatever its format.

    Parameters
    ----------
    source : Source
        File or database table.

    Returns
    -------
    Table
        All rows its ``where`` admits.

    Raises
    ------
    InputError
        The source is missing, of an unknown format, damaged, or in an unknown encoding.
    """
    try:
        table = _load_any(source)
    except OSError as error:
        message = f"the file cannot be read ({error.strerror or type(error).__name__})"
        raise InputError(message, file=source.label, mend="Check that it is whole, and that you may read it") from None
    return finish(table)


def finish(table: Table) -> Table:
    """Make of rows that were read what the configuration says of them.

    Parameters
    ----------
    table : Table
        Rows as the file has them.

    Returns
    -------
    Table
        All rows its ``where`` admits.
    """
    source = table.source
    if source.where:
        table = table.take(matching_rows(source.where, table.frame, source))
    _geometry_from_text(table)
    if source.crs:
        _override_crs(table, source.crs)
    if note := datum_note(table):
        table.notes.append(note)
    return table


def _load_any(source: Source) -> Table:
    if source.is_database:
        from geo_grid.read.postgis import load_postgis

        return load_postgis(source)
    path = Path(source.path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        mend = f"Use one of {', '.join(SUFFIXES)}" + ("; save an .xls as .xlsx" if suffix == ".xls" else "")
        raise InputError(f"files of type {suffix or 'without suffix'} are not read", file=source.label, mend=mend)
    if not path.is_file():
        raise InputError("no such file", file=source.label, mend="Check the path; it is relative to city.toml")
    if suffix in (".csv", ".tsv"):
        from geo_grid.read.delimited import load_csv

        return load_csv(source, path)
    if suffix == ".xlsx":
        from geo_grid.read.workbook import load_xlsx

        return load_xlsx(source, path)
    if suffix in (".parquet", ".geoparquet"):
        from geo_grid.read.vector import load_parquet

        return load_parquet(source, path)
    from geo_grid.read.vector import load_vector

    return load_vector(source, path)


def _geometry_from_text(table: Table) -> None:
    """Take geometries from a WKT column, where a plain table has one."""
    if table.geometry is not None:
        return
    name = column_map(table.source, list(table.frame.columns)).get("geometry")
    if name is None:
        return
    shapes = shapely.from_wkt(table.text(name), on_invalid="ignore")
    if any(shape is not None for shape in shapes):
        table.geometry = shapely.force_2d(np.asarray(shapes, dtype=object))


def _override_crs(table: Table, text: str) -> None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    source = table.source
    try:
        named = CRS.from_user_input(text)
    except CRSError:
        mend = 'Use an EPSG code such as "EPSG:4490"'
        raise InputError(f"crs {text!r} is not a known coordinate system", file=source.label, mend=mend) from None
    if table.crs is not None and not table.crs.equals(named, ignore_axis_order=True):
        table.notes.append(
            f"{source.label}: taken as {named.name}, as configured, though the file says {table.crs.name}"
        )
    table.crs = named
