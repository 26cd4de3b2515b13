"""A GeoPackage for QGIS and QField: grids, elements, duties by what is due, inspections and matters, styled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_grid.errors import UsageError
from geo_grid.exchange import field_tables as tables
from geo_grid.exchange.field_words import check_lang, heading, state_text
from geo_grid.exchange.field_xlsx import about
from geo_grid.exchange.replacing import replacing
from geo_grid.exchange.vector_file import write_layer
from geo_grid.field.duties import DUTY_STATES
from geo_grid.field.matters import STATUSES
from geo_grid.store.gpkg_views import add_styles
from geo_grid.store.styles import Symbol, categories_style

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.exchange.field_book import FieldBook

_KINDS = {
    "areas": ("m2", "MultiPolygon", "fill"),
    "lines": ("m", "MultiLineString", "line"),
    "points": ("count", "MultiPoint", "marker"),
}
#: Colours keep apart for colour-blind eyes; what is late is darkest.
_COLOURS = {
    "overdue": "178,24,43",
    "due": "239,138,60",
    "seen": "67,147,195",
    "later": "170,170,170",
    "found": "239,138,60",
    "assigned": "214,168,46",
    "mended": "67,147,195",
    "checked": "90,174,180",
    "closed": "27,120,55",
    "rejected": "130,130,130",
}
_MATTER_STATES = ("overdue", *STATUSES)
_PLAN_COLUMNS = {
    "areas": ["code", "name", "kind", "households"],
    "grids": ["code", "level", "parent_code", "area_code", "name", "role", "households", "status"],
    "elements": ["id", "class", "name", "measure", "measure_unit"],
}


def write_field_gpkg(book: FieldBook, path: str | Path, lang: str = "zh", *, photos: str = "photos") -> None:
    """Write a month as a GeoPackage; the file appears whole or not at all, and only its owner may read it.

    Parameters
    ----------
    book : FieldBook
        The month.
    path : str or Path
        The file; an earlier one is replaced, but never a plan.
    lang : {"zh", "en"}
        Language of words and aliases of columns.
    photos : str
        Folder beside the file in which QField and QGIS look for the pictures, laid out as the service's own; the first one of
        each record is in ``photo``.

    Raises
    ------
    UsageError
        There is no such language, or the file cannot be written.
    """
    check_lang(lang)
    with replacing(Path(path), private=True) as draft:
        draft.unlink(missing_ok=True)  # GDAL wants a name that is free
        _write(book, draft, lang, photos)
        draft.chmod(0o600)


def picture_path(folder: str, name: str) -> str:
    """Return where a picture is in a folder of photos.

    Parameters
    ----------
    folder : str
        The folder.
    name : str
        Name of the file.

    Returns
    -------
    str
        Path with forward slashes.
    """
    return f"{folder}/{name[:2]}/{name}"


def copy_photos(book: FieldBook, source: Path, target: Path) -> int:
    """Copy the pictures of a month, for whoever takes an export along.

    Parameters
    ----------
    book : FieldBook
        The month.
    source, target : Path
        The service's folder of photos, and the folder beside the export.

    Returns
    -------
    int
        Pictures that are missing in the source.

    Raises
    ------
    UsageError
        A picture cannot be copied.
    """
    missing = 0
    for name in sorted(set(book.photos["file"]) - {""}):
        place = Path(picture_path(str(source), name))
        if Path(name).name != name or not place.is_file():
            missing += 1
            continue
        copy = Path(picture_path(str(target), name))
        try:
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy.write_bytes(place.read_bytes())
            copy.chmod(0o600)
        except OSError as error:
            raise UsageError(f"a photo cannot be copied: {error.strerror}", file=copy) from None
    return missing


def _write(book: FieldBook, path: Path, lang: str, photos: str) -> None:
    styles: dict[str, Callable[[], str]] = {}
    _features(path, "areas", book.areas[[*_PLAN_COLUMNS["areas"], "geom"]], "MultiPolygon", book.crs)
    for level in sorted(int(value) for value in book.grids["level"].unique()):
        grids = book.grids[book.grids["level"] == level]
        _features(path, f"grids_l{level}", grids[[*_PLAN_COLUMNS["grids"], "geom"]], "MultiPolygon", book.crs)
    duties = tables.duty_table(book, lang)
    shapes = book.shares["geom"].to_numpy()[book.due["share"].to_numpy(dtype=np.int64)]
    units = book.due["unit"].to_numpy(dtype=object)
    for kind, (unit, geometry, symbol) in _KINDS.items():
        elements = book.elements[book.elements["measure_unit"] == unit]
        columns = [*_PLAN_COLUMNS["elements"], "geom"]
        _features(path, f"elements_{kind}", elements[columns], geometry, book.crs)
        mine = units == unit
        _features(path, f"duties_{kind}", duties[mine].assign(geom=shapes[mine]), geometry, book.crs)
        styles[f"duties_{kind}"] = lambda symbol=symbol: _style(symbol, DUTY_STATES, lang)  # type: ignore[misc]
    for name, table in (("records", tables.record_table(book, lang)), ("matters", tables.matter_table(book, lang))):
        rows: Any = getattr(book, name)
        points = shapely.points(rows["x"].to_numpy(dtype=float), rows["y"].to_numpy(dtype=float))
        first = [picture_path(photos, names.split()[0]) if names else None for names in table["photos"]]
        _features(path, name, table.assign(photo=pd.Series(first, dtype="str"), geom=points), "Point", book.crs)
    styles["records"] = lambda: categories_style(
        "marker", None, [Symbol("", "", "31,119,180,255", "255,255,255,255", 0.8)]
    )
    styles["matters"] = lambda: _style("marker", _MATTER_STATES, lang)
    write_layer(_plain(tables.change_table(book, lang)), path, "GPKG", "changes")
    write_layer(_plain(tables.photo_table(book, lang)), path, "GPKG", "photos")
    facts = pd.DataFrame(about(book, lang), columns=["key", "value"], dtype="str")
    write_layer(facts, path, "GPKG", "about")
    _dress(path, styles, lang)


def _features(path: Path, name: str, frame: Any, kind: str, crs: str) -> None:
    plain = _plain(pd.DataFrame(frame).drop(columns="geom"))
    shapes = np.asarray(frame["geom"], dtype=object)
    if kind.startswith("Multi"):
        shapes = _multi(shapes)
    layer = gpd.GeoDataFrame(plain.assign(geom=gpd.GeoSeries(shapes, crs=crs)), geometry="geom", crs=crs)
    write_layer(layer, path, "GPKG", name, geometry_type=kind, layer_options={"GEOMETRY_NAME": "geom"})


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns the types GDAL keeps: text, or numbers."""
    out = frame.reset_index(drop=True)
    texts = [name for name in out.columns if out[name].dtype == object]
    return out.astype(dict.fromkeys(texts, "str"))


def _multi(shapes: Any) -> Any:
    """Gather the parts of each shape that are of its own dimension; a river may touch a grid in a point only."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    dimension = shapely.get_dimensions(parts)
    keep = dimension == shapely.get_dimensions(shapes)[owner]
    make = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
    if not len(shapes):
        return shapes
    return make[int(dimension.max())](parts[keep], indices=owner[keep])


def _style(kind: str, states: tuple[str, ...], lang: str) -> str:
    symbols = [
        Symbol(
            state,
            state_text(state, lang),
            f"{_COLOURS[state]},{110 if kind == 'fill' else 255}",
            f"{_COLOURS[state]},255",
            1.1 if kind == "marker" else 0.9 if state == "overdue" else 0.5,
        )
        for state in states
    ]
    return categories_style(kind, "state", symbols)


def _dress(path: Path, styles: dict[str, Callable[[], str]], lang: str) -> None:
    """Add styles, and what columns are called."""
    with closing(sqlite3.connect(path)) as db, db:
        add_styles(db)
        db.execute("DELETE FROM layer_styles WHERE f_table_name NOT IN (SELECT table_name FROM gpkg_contents)")
        db.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,"
            " styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, 'geo-grid')",
            [(layer, layer, make(), f"geo-grid: {layer}") for layer, make in styles.items()],
        )
        _aliases(db, lang)


def _aliases(db: sqlite3.Connection, lang: str) -> None:
    """Say what columns are called, by the extension of the OGC for schemas, which QGIS shows."""
    from geo_grid.exchange.field_words import HEADINGS

    db.executescript(_SCHEMA_EXTENSION)
    layers = [name for (name,) in db.execute("SELECT table_name FROM gpkg_contents WHERE table_name <> 'layer_styles'")]
    ours = ("duties_areas", "duties_lines", "duties_points", "records", "matters", "changes", "photos")
    for layer in layers:
        if layer in ours:
            columns = [row[1] for row in db.execute(f'PRAGMA table_info("{layer}")')]
            rows = [(layer, name, heading(name, lang)) for name in columns if name in HEADINGS]
            db.executemany("INSERT INTO gpkg_data_columns (table_name, column_name, title) VALUES (?, ?, ?)", rows)


_SCHEMA_EXTENSION = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
    constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
    constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
    max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
INSERT OR IGNORE INTO gpkg_extensions VALUES
    ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
    ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write');
"""
