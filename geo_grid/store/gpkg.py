"""A plan in one GeoPackage file, which QGIS opens styled."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import shapely

from geo_grid.errors import StoreError
from geo_grid.model import Plan
from geo_grid.schema import META, Table
from geo_grid.store.base import AREA_FILTERS, decode_meta, encode_meta
from geo_grid.store.frames import FRAMES, conform_plan, frame_from_columns, wanted
from geo_grid.store.gpkg_backend import connect_reader, gpkg_backend
from geo_grid.store.gpkg_blob import geometries
from geo_grid.store.gpkg_views import add_styles, add_views
from geo_grid.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_BUILD_AGAIN = "Build the plan again."
#: Plain indexes, by table: a lookup by area, grid or element reads only the rows it returns.
INDEXES: dict[str, tuple[str, ...]] = {
    "units": ("area_code", "grid_code_l1", "grid_code_l2", "grid_code_l3"),
    "grids": ("area_code", "parent_code", "level"),
    "element_shares": ("grid_code",),
    "households": ("area_code", "unit_id"),
}
_OGR_TYPES = {"POINT": "Point", "POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon", "GEOMETRY": "Unknown"}


class GeoPackageStore:
    """A plan in a GeoPackage.

    Parameters
    ----------
    path : str or Path
        The file; it need not exist yet.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def label(self) -> str:
        """The path."""
        return str(self.path)

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Do nothing: the file is only open during a call."""

    def exists(self) -> bool:
        """Return whether the file holds a plan.

        Returns
        -------
        bool
            False for no file, and for a file of another kind.
        """
        try:
            self.meta()
        except StoreError:
            return False
        return True

    def meta(self) -> dict[str, Any]:
        """Read what the plan says of itself.

        Returns
        -------
        dict of str to Any
            Values as in :attr:`geo_grid.model.Plan.meta`.
        """
        with closing(self._open()) as db:
            return self._meta(db)

    def read(self, tables: Iterable[str] | None = None) -> Plan:
        """Read the plan.

        Parameters
        ----------
        tables : iterable of str, optional
            Names of the tables wanted; all by default.

        Returns
        -------
        Plan
            The tables wanted, rows in the order they were written.
        """
        chosen = wanted(tables)
        with closing(self._open()) as db:
            meta = self._meta(db)
            crs = meta["crs"]
            return Plan(crs, {table.name: self._select(db, table, crs) for table in chosen}, meta)

    def area_plan(self, code: str, tables: Iterable[str] | None = None) -> Plan:
        """Read what concerns one area.

        Parameters
        ----------
        code : str
            Code of the area.
        tables : iterable of str, optional
            Names of the tables wanted; all by default.

        Returns
        -------
        Plan
            Rows of this area.

        Raises
        ------
        StoreError
            If there is no such area.
        """
        chosen = wanted(tables)
        with closing(self._open()) as db:
            meta = self._meta(db)
            if db.execute("SELECT 1 FROM areas WHERE code = ?", (code,)).fetchone() is None:
                raise StoreError(f"no area has the code {code!r}", file=self.label)
            crs = meta["crs"]
            return Plan(crs, {table.name: self._select(db, table, crs, code) for table in chosen}, meta)

    def ensure_writable(self) -> None:
        """Find out whether a plan could be written; nothing is changed.

        Raises
        ------
        StoreError
            If the folder does not exist or may not be written to, or the file is something else than a plan.
        """
        folder = self.path.parent
        if not folder.is_dir():
            raise StoreError(f"the folder {folder} does not exist", file=self.label, mend="Make it first.")
        if not os.access(folder, os.W_OK):
            raise StoreError(f"the folder {folder} may not be written to", file=self.label, mend="Choose another.")
        # never write over what is not a plan: it may be somebody's input
        if self.path.is_dir() or (self.path.exists() and self.path.stat().st_size and not self.exists()):
            raise StoreError(
                "the file exists and is not a plan of this program; it is left as it is",
                file=self.label,
                mend="Choose another name for the store, or remove the file yourself.",
            )

    def write(self, plan: Plan) -> None:
        """Replace the file by one that holds a plan; an interruption leaves the former file whole.

        Parameters
        ----------
        plan : Plan
            Tables as in :data:`geo_grid.schema.TABLES`.

        Raises
        ------
        StoreError
            If the file is something else than a plan, is open in another program, or cannot be written; if the plan
            does not fit the schema.
        """
        self.ensure_writable()
        frames = conform_plan(plan)
        meta = encode_meta(plan)
        # same folder: a rename is atomic only inside one file system
        draft = self.path.with_name(f".{self.path.stem}.{os.getpid()}.draft.gpkg")
        try:
            _write_layers(draft, frames)
            _write_rest(draft, meta)
            self._settle_journal()
            _sync(draft)
            draft.replace(self.path)
            _sync(self.path.parent)
        except sqlite3.IntegrityError as error:
            raise StoreError(f"the plan has two rows of one key ({error})", file=self.label) from None
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"the plan cannot be written: {_why(error)}", file=self.label) from None
        finally:
            for left in (draft, *(draft.with_name(draft.name + end) for end in ("-journal", "-wal", "-shm"))):
                with suppress(OSError):
                    left.unlink(missing_ok=True)

    def ledger(self) -> Ledger:
        """Return what is kept beside the plan.

        Returns
        -------
        Ledger
            To be closed after use.
        """
        return Ledger(gpkg_backend(self.path))

    def _settle_journal(self) -> None:
        """Make the former file give up its journal: a journal left beside the new file would damage it."""
        if not any(self.path.with_name(self.path.name + end).exists() for end in ("-wal", "-journal")):
            return
        with closing(sqlite3.connect(self.path, timeout=2.0, isolation_level=None)) as db:
            try:
                mode = db.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
                db.execute("BEGIN EXCLUSIVE")
                db.execute("ROLLBACK")
            except sqlite3.OperationalError:
                mode = "busy"
        if mode != "delete":
            raise StoreError(
                "the file is open in another program", file=self.label, mend="Close it there (QGIS?) and try again."
            )

    def _open(self) -> sqlite3.Connection:
        if not self.path.is_file():
            raise StoreError("there is no such plan", file=self.label, mend="Build it first: geo-grid build.")
        try:
            db = connect_reader(self.path)
        except sqlite3.Error as error:
            raise StoreError(f"this is not a GeoPackage, or a damaged one: {_why(error)}", file=self.label) from None
        return db

    def _meta(self, db: sqlite3.Connection) -> dict[str, Any]:
        try:
            texts = dict(db.execute("SELECT key, value FROM meta"))
        except sqlite3.Error:
            raise StoreError(
                "this is not a plan", file=self.label, mend="Name a file that `geo-grid build` wrote."
            ) from None
        return decode_meta(texts, self.label)

    def _select(self, db: sqlite3.Connection, table: Table, crs: str, area: str | None = None) -> Any:
        columns = ", ".join(f'"{name}"' for name in table.column_names)
        where = f" WHERE {AREA_FILTERS[table.name].format(p='?1', s='')}" if area is not None else ""
        # names come from the schema; values go in as parameters
        query = f'SELECT {columns} FROM "{table.name}"{where} ORDER BY fid'  # noqa: S608
        try:
            rows = db.execute(query, (area,) if area is not None else ()).fetchall()
            values = list(zip(*rows, strict=True)) or [()] * len(table.column_names)
            geometry = geometries(values[-1]) if table.geometry is not None else None
            named = dict(zip((column.name for column in table.columns), values, strict=False))
            return frame_from_columns(table, named, geometry, crs)
        except (sqlite3.Error, shapely.errors.ShapelyError, ValueError, TypeError, OverflowError) as error:
            raise StoreError(
                f"the table {table.name} is damaged: {_why(error)}", file=self.label, mend=_BUILD_AGAIN
            ) from None


def _why(error: BaseException) -> str:
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


def _write_layers(path: Path, frames: dict[str, Any]) -> None:
    from pyogrio import write_dataframe
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    try:
        for name, frame in frames.items():
            table = FRAMES[name]
            layer = {"layer": name, "driver": "GPKG", "use_arrow": True}
            if table.geometry is None:
                write_dataframe(frame, path, **layer)
            else:
                kind = _OGR_TYPES[table.geometry]
                write_dataframe(frame, path, **layer, geometry_type=kind, layer_options={"GEOMETRY_NAME": "geom"})
    except (DataLayerError, DataSourceError, FeatureError, GeometryError) as error:
        raise OSError(None, str(error)) from None


def _write_rest(path: Path, meta: dict[str, str]) -> None:
    """Add what OGR does not write: what the plan says of itself, keys, indexes, views and styles."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute('CREATE TABLE meta (fid INTEGER PRIMARY KEY, "key" TEXT NOT NULL UNIQUE, "value" TEXT NOT NULL)')
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)",
            (META.name, META.name),
        )
        db.executemany('INSERT INTO meta ("key", "value") VALUES (?, ?)', meta.items())
        for name, table in FRAMES.items():
            if table.key:
                keys = ", ".join(f'"{key}"' for key in table.key)
                db.execute(f'CREATE UNIQUE INDEX "{name}_key" ON "{name}" ({keys})')
            for column in INDEXES.get(name, ()):
                db.execute(f'CREATE INDEX "{name}_{column}" ON "{name}" ("{column}")')
        add_views(db)
        add_styles(db)


def _sync(path: Path) -> None:
    """Push a file or folder to the disk, so that a power cut after the rename cannot empty the plan."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder so
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
