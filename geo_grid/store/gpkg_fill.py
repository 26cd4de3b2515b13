"""How rows get into the layers of a new GeoPackage: by GDAL, from Arrow to the file without an object a value.

Row by row through Python's own SQLite they take more than half as long again. The spatial indexes are packed here
(:mod:`geo_grid.store.gpkg_rtree`), in between and under another name: GDAL would find fault with one that is half full.
"""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.store.frames import FRAMES
from geo_grid.store.gpkg_rtree import PackedIndex
from geo_grid.store.rows import boxes_of, rows_of_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from geo_grid.schema import Table
    from geo_grid.store.rows import Part

#: Plain indexes, by table: a lookup by area, grid or element reads only the rows it returns.
INDEXES: dict[str, tuple[str, ...]] = {
    "units": ("area_code", "grid_code_l1", "grid_code_l2", "grid_code_l3"),
    "grids": ("area_code", "parent_code", "level"),
    "element_shares": ("grid_code",),
    "households": ("area_code", "unit_id"),
}
#: A layer's geometry, in the words of OGR.
OGR_TYPES = {"POINT": "Point", "POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon", "GEOMETRY": "Unknown"}
#: Rows whose places in the spatial index may wait to be written.
_WAITING_ROWS = 200_000
_CACHE_MEGABYTES = 64
#: Nobody else sees the file before it has its name, and who is interrupted throws it away.
_CARELESS = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_JOURNAL": "OFF", "OGR_SQLITE_CACHE": str(_CACHE_MEGABYTES)}


def fill(path: Path, crs: str, parts: Iterable[Part]) -> None:
    """Fill the layers of a new GeoPackage, part after part; never more than one part is in memory.

    Parameters
    ----------
    path : Path
        A file whose layers are there, and empty; nobody else has it open.
    crs : str
        Coordinate system of the plan.
    parts : iterable of mapping of str to DataFrame or Table
        Rows by table, see :func:`geo_grid.store.rows.rows_of_part`.

    Raises
    ------
    OSError
        If GDAL cannot.
    sqlite3.Error
        If SQLite cannot.
    """
    with writing(path) as db:
        triggers, trees = _take_away(db)
        layers = {name: _Layer(db, path, table, crs) for name, table in FRAMES.items()}
    with _carelessly():
        for part in parts:
            for name, rows in rows_of_part(part, crs).items():
                layers[name].add(rows)
            if sum(layer.waiting for layer in layers.values()) > _WAITING_ROWS:
                with writing(path) as db:
                    for layer in layers.values():
                        layer.settle(db)
    with writing(path) as db:
        for layer in layers.values():
            layer.finish(db)
        _put_back(db, triggers, trees)


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a new file for much to be written; whoever is interrupted throws it away.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    Connection
        In a transaction, which ends with the block.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_MEGABYTES * 1024}"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")


def _take_away(db: sqlite3.Connection) -> tuple[list[str], dict[str, str]]:
    """Take away what would keep indexes and counts up to date row by row: queries that make triggers, and trees."""
    triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f'DROP TRIGGER "{name}"')
    trees = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%rtree%'"))
    for name in trees:
        db.execute(f'ALTER TABLE "{name}" RENAME TO "{name}_draft"')
    return [query for _, query in triggers], trees


def _put_back(db: sqlite3.Connection, triggers: list[str], trees: dict[str, str]) -> None:
    for name in trees:
        db.execute(f'ALTER TABLE "{name}_draft" RENAME TO "{name}"')
    for query in triggers:
        db.execute(query)


@contextmanager
def _carelessly() -> Iterator[None]:
    """Have GDAL write without a journal, and without waiting for the disk."""
    import pyogrio

    before = {name: pyogrio.get_gdal_config_option(name) for name in _CARELESS}
    pyogrio.set_gdal_config_options(_CARELESS)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


class _Layer:
    """A table that is being filled."""

    def __init__(self, db: sqlite3.Connection, path: Path, table: Table, crs: str) -> None:
        self.path, self.table, self.crs = path, table, crs
        self.count = 0
        self.boxes: list[Any] = []
        self.index = PackedIndex(db, f"rtree_{table.name}_geom_draft") if table.geometry else None

    @property
    def waiting(self) -> int:
        """Rows that the spatial index has not yet."""
        return self.index.waiting if self.index else 0

    def add(self, rows: pa.Table) -> None:
        """Write rows."""
        if not len(rows):
            return
        if self.index is not None:
            boxes = boxes_of(rows)
            self.index.add(self.count + 1, boxes)
            self.boxes.append(np.concatenate((boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0))))
        self._write(rows.select([*self.table.column_names]))
        self.count += len(rows)

    def _write(self, rows: pa.Table) -> None:
        from pyogrio import write_arrow
        from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

        options: dict[str, Any] = {"layer": self.table.name, "driver": "GPKG", "append": True}
        if self.table.geometry is not None:
            kind = OGR_TYPES[self.table.geometry]
            options |= {"geometry_name": "geom", "geometry_type": kind, "crs": self.crs}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)  # a row or value that did not go in as it is
                write_arrow(rows, self.path, **options)
        except (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, RuntimeWarning) as error:
            raise OSError(None, str(error)) from None

    def settle(self, db: sqlite3.Connection) -> None:
        """Bring the spatial index up to date."""
        if self.index is not None:
            self.index.settle(db)

    def finish(self, db: sqlite3.Connection) -> None:
        """Make the indexes, and say how many rows there are, and where."""
        name = self.table.name
        if self.table.key:
            keys = ", ".join(f'"{key}"' for key in self.table.key)
            db.execute(f'CREATE UNIQUE INDEX "{name}_key" ON "{name}" ({keys})')
        for column in INDEXES.get(name, ()):
            db.execute(f'CREATE INDEX "{name}_{column}" ON "{name}" ("{column}")')
        db.execute("UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", (self.count, name))
        if self.index is not None:
            self.index.finish(db)
        if self.boxes:
            boxes = np.array(self.boxes)
            extent = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
            query = "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?"
            db.execute(query, (*extent, name))
