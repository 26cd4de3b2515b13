"""How a plan gets into a GeoPackage file: a new file that takes the name, or new rows in the file that has it."""

from __future__ import annotations

import glob
import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from geo_grid.errors import StoreError
from geo_grid.schema import LEDGER_TABLES, META, TABLES, Table
from geo_grid.store.changing import begin_build, end_build
from geo_grid.store.copying import write_ledger_rows
from geo_grid.store.frames import FRAMES, frame_from_columns
from geo_grid.store.gpkg_backend import connected_writer, gpkg_transaction
from geo_grid.store.gpkg_connect import connect_reader
from geo_grid.store.gpkg_fill import OGR_TYPES, fill, writing
from geo_grid.store.gpkg_tables import ledger_tables, make_ledger, say_version
from geo_grid.store.gpkg_views import VIEWS, add_styles, add_views
from geo_grid.store.values import insert_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from geo_grid.store.ancestry import Ancestry
    from geo_grid.store.copying import LedgerRows
    from geo_grid.store.rows import Part


def why(error: BaseException) -> str:
    """Say what an error of the disk or of SQLite is about.

    Parameters
    ----------
    error : Exception
        The error.

    Returns
    -------
    str
        Its words.
    """
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


@contextmanager
def draft_beside(path: Path) -> Iterator[Path]:
    """Give the name of a file to write first, and leave none of it behind.

    Parameters
    ----------
    path : Path
        The file in the end.

    Yields
    ------
    Path
        A name in the same folder: a rename is atomic only inside one file system.

    Raises
    ------
    StoreError
        For errors of the disk and of SQLite.
    """
    for left in path.parent.glob(f".{glob.escape(path.stem)}.*.draft.gpkg"):
        if _is_of_the_dead(left):
            _remove(left)
    draft = path.with_name(f".{path.stem}.{os.getpid()}.draft.gpkg")
    try:
        yield draft
    except sqlite3.IntegrityError as error:
        raise StoreError(f"the plan has two rows of one key ({error})", file=path) from None
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the plan cannot be written: {why(error)}", file=path) from None
    finally:
        _remove(draft)


def _remove(draft: Path) -> None:
    for left in (draft, *(draft.with_name(draft.name + end) for end in ("-journal", "-wal", "-shm"))):
        with suppress(OSError):
            left.unlink(missing_ok=True)


def _is_of_the_dead(draft: Path) -> bool:
    """Return whether the process that was writing a draft was killed; where that cannot be told, it was not."""
    number = draft.name.split(".")[-3]
    if os.name == "nt" or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def write_plan(path: Path, crs: str, meta: dict[str, str], parts: Iterable[Part]) -> None:
    """Write a plan to a new file, part after part; never more than one part is in memory.

    Parameters
    ----------
    path : Path
        The file.
    crs : str
        Coordinate system of the plan.
    meta : dict of str to str
        JSON text by key.
    parts : iterable of mapping of str to DataFrame or Table
        Rows by table, see :func:`geo_grid.store.rows.rows_of_part`.

    Raises
    ------
    OSError
        If GDAL cannot.
    """
    _make_layers(path, crs)
    fill(path, crs, parts)
    with writing(path) as db:
        _write_rest(db, meta)


def _make_layers(path: Path, crs: str) -> None:
    """Have GDAL make a GeoPackage with all layers, and no rows: it knows best what else belongs to one."""
    from pyogrio import write_dataframe
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    try:
        for name, table in FRAMES.items():
            frame = frame_from_columns(table, {column.name: [] for column in table.columns}, [], crs)
            layer = {"layer": name, "driver": "GPKG", "use_arrow": True}
            if table.geometry is None:
                write_dataframe(frame, path, **layer)
            else:
                kind = OGR_TYPES[table.geometry]
                write_dataframe(frame, path, **layer, geometry_type=kind, layer_options={"GEOMETRY_NAME": "geom"})
    except (DataLayerError, DataSourceError, FeatureError, GeometryError) as error:
        raise OSError(None, str(error)) from None


def _write_rest(db: sqlite3.Connection, meta: dict[str, str]) -> None:
    """Add what OGR does not write: what the plan says of itself, views and styles."""
    db.execute('CREATE TABLE meta (fid INTEGER PRIMARY KEY, "key" TEXT NOT NULL UNIQUE, "value" TEXT NOT NULL)')
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)",
        (META.name, META.name),
    )
    db.executemany('INSERT INTO meta ("key", "value") VALUES (?, ?)', meta.items())
    add_views(db)
    add_styles(db)


def sync(path: Path) -> None:
    """Push a file or folder to the disk, so that a power cut after the rename cannot empty the plan.

    Parameters
    ----------
    path : Path
        The file or folder.
    """
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder so
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def take_ledger(draft: Path, former: Path) -> None:
    """Copy what is kept beside a plan from a file that is about to be replaced.

    Parameters
    ----------
    draft : Path
        The new file.
    former : Path
        The present file.
    """
    with closing(connect_reader(former)) as old:
        there = ledger_tables(old)
        rows = {
            name: old.execute(f'SELECT {_names(table)} FROM "{name}" ORDER BY rowid').fetchall()  # noqa: S608
            for name, table in LEDGER_TABLES.items()
            if name in there
        }
    with closing(sqlite3.connect(draft)) as db, db:
        make_ledger(db)
        for name, found in rows.items():
            db.executemany(insert_query(LEDGER_TABLES[name], "?"), found)


def fill_ledger(draft: Path, rows: LedgerRows) -> None:
    """Write what was kept beside a plan elsewhere.

    Parameters
    ----------
    draft : Path
        The new file.
    rows : LedgerRows
        Rows by table.
    """
    with closing(sqlite3.connect(draft, isolation_level=None)) as db:
        db.execute("BEGIN")
        make_ledger(db)
        write_ledger_rows(gpkg_transaction(db), rows)
        db.execute("COMMIT")


def replace_rows(path: Path, draft: Path, meta: dict[str, str], ancestry: Ancestry | None = None) -> None:
    """Replace the plan inside a file in one transaction; who reads meanwhile sees the former plan.

    The file may be open in other programs: a new file under its name would part them from what they write.

    Parameters
    ----------
    path : Path
        A file with a plan and a ledger.
    draft : Path
        The new plan, as :func:`write_plan` wrote it.
    meta : dict of str to str
        What the new plan says of itself, JSON text by key.
    ancestry : Ancestry, optional
        Grids of the last version that its households were in.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    with connected_writer(path) as db:
        db.execute("ATTACH DATABASE ? AS new", (str(draft),))
        db.execute("BEGIN IMMEDIATE")
        try:
            make_ledger(db)  # a program before this one may have made it
            begin_build(gpkg_transaction(db))
            _take_tables(db)
            say_version(db)
            end_build(gpkg_transaction(db), meta, ancestry)
            db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise
        db.execute("DETACH DATABASE new")


def _take_tables(db: sqlite3.Connection) -> None:
    """Put the rows of the attached plan in place of those in the file, with their indexes and extents."""
    marks = ", ".join("?" * len(TABLES))
    triggers = db.execute(
        f"SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})",  # noqa: S608
        list(TABLES),
    ).fetchall()
    for name, _ in triggers:  # they would keep the index up to date row by row
        db.execute(f'DROP TRIGGER main."{name}"')
    for name, table in TABLES.items():
        columns = f"fid, {_names(table)}"
        db.execute(f'DELETE FROM main."{name}"')  # noqa: S608  names come from the schema
        db.execute(f'INSERT INTO main."{name}" ({columns}) SELECT {columns} FROM new."{name}"')  # noqa: S608
        if table.geometry is not None:
            for part in ("node", "rowid", "parent"):  # the packed tree as it is: to fill it row by row takes minutes
                index = f'"rtree_{name}_geom_{part}"'
                db.execute(f"DELETE FROM main.{index}")  # noqa: S608
                db.execute(f"INSERT INTO main.{index} SELECT * FROM new.{index}")  # noqa: S608
    for _, query in triggers:
        db.execute(query)
    layers = [*TABLES, *VIEWS]
    marks = ", ".join("?" * len(layers))
    db.execute("INSERT OR IGNORE INTO main.gpkg_spatial_ref_sys SELECT * FROM new.gpkg_spatial_ref_sys")
    for table_name in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents"):
        db.execute(
            f"INSERT OR REPLACE INTO main.{table_name} SELECT * FROM new.{table_name} WHERE table_name IN ({marks})",  # noqa: S608
            layers,
        )


def _names(table: Table) -> str:
    return ", ".join(f'"{name}"' for name in table.column_names)
