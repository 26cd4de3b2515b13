"""A plan in one GeoPackage file, which QGIS opens styled."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import shapely

from geo_grid.errors import StoreError
from geo_grid.model import Plan
from geo_grid.schema import PUBLISHED, Table
from geo_grid.store.ancestry import number_rows
from geo_grid.store.base import (
    Version,
    decode_meta,
    encode_meta,
    require_version,
    row_filter,
)
from geo_grid.store.errors import NewerError
from geo_grid.store.frames import conform_plan, epsg, frame_from_columns, wanted
from geo_grid.store.gpkg_backend import gpkg_backend
from geo_grid.store.gpkg_blob import geometries
from geo_grid.store.gpkg_connect import begin_reading, connect_reader
from geo_grid.store.gpkg_tables import has_ledger
from geo_grid.store.gpkg_write import (
    draft_beside,
    fill_ledger,
    replace_rows,
    sync,
    take_ledger,
    why,
    write_plan,
)
from geo_grid.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    import pandas as pd

    from geo_grid.store.ancestry import Descent
    from geo_grid.store.copying import LedgerRows
    from geo_grid.store.rows import Part

_BUILD_AGAIN = "Build the plan again."


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

    def latest_version(self) -> int | None:
        """Return what was published last.

        Returns
        -------
        int or None
            Number of the version; None where nothing was published.
        """
        with closing(self._open()) as db:
            return max((number for (number,) in self._versions(db)), default=None)

    def read(self, tables: Iterable[str] | None = None, version: Version = None) -> Plan:
        """Read the plan, as of one moment.

        Parameters
        ----------
        tables : iterable of str, optional
            Names of the tables wanted; all by default. Households and quarantine are in the draft only.
        version : int or "published", optional
            A published version; the draft by default.

        Returns
        -------
        Plan
            The tables wanted, rows in the order they were written.
        """
        return self._plan(None, tables, version)

    def area_plan(self, code: str, tables: Iterable[str] | None = None, version: Version = None) -> Plan:
        """Read what concerns one area, as of one moment.

        Parameters
        ----------
        code : str
            Code of the area.
        tables : iterable of str, optional
            Names of the tables wanted; all by default.
        version : int or "published", optional
            A published version; the draft by default.

        Returns
        -------
        Plan
            Rows of this area.
        """
        return self._plan(code, tables, version)

    def _plan(self, area: str | None, tables: Iterable[str] | None, version: Version) -> Plan:
        """Read the whole plan or an area.

        Raises
        ------
        StoreError
            If there is no such area or version.
        """
        chosen = wanted(tables, published=version is not None)
        with closing(self._open()) as db:
            begin_reading(db)  # one moment for all tables: others may be editing
            number = require_version(self._versions(db), version, self.label) if version is not None else None
            meta = self._meta(db, number)
            if area is not None:
                condition, values = row_filter("areas", area, number)
                name = f"{'' if number is None else 'published_'}areas"
                if db.execute(f"SELECT 1 FROM {name} WHERE {condition}", values).fetchone() is None:  # noqa: S608
                    raise StoreError(f"no area has the code {area!r}", file=self.label)
            frames = {table.name: self._select(db, table, meta["crs"], area, number) for table in chosen}
            return Plan(meta["crs"], frames, meta)

    def ensure_writable(self) -> None:
        """Find out whether a plan could be written; nothing is changed.

        Raises
        ------
        StoreError
            If the folder does not exist or may not be written to, or the file is something else than a plan, or one
            of a newer program.
        """
        folder = self.path.parent
        if not folder.is_dir():
            raise StoreError(f"the folder {folder} does not exist", file=self.label, mend="Make it first.")
        if not os.access(folder, os.W_OK):
            raise StoreError(f"the folder {folder} may not be written to", file=self.label, mend="Choose another.")
        # never write over what is not a plan: it may be somebody's input
        if self.path.is_dir() or (self.path.exists() and self.path.stat().st_size and not self._is_ours()):
            raise StoreError(
                "the file exists and is not a plan of this program; it is left as it is",
                file=self.label,
                mend="Choose another name for the store, or remove the file yourself.",
            )

    def write(self, plan: Plan, descent: Descent | None = None) -> None:
        """Replace the file by one that holds a plan; an interruption leaves the former file whole.

        Parameters
        ----------
        plan : Plan
            Tables as in :data:`geo_grid.schema.TABLES`.
        descent : Descent, optional
            What is known of the grids before.

        Raises
        ------
        StoreError
            If the file is something else than a plan, is open in another program, or cannot be written; if the plan
            does not fit the schema.
        """
        self.write_parts(plan.crs, plan.meta, [conform_plan(plan)], lambda: descent)

    def write_parts(
        self, crs: str, meta: dict[str, Any], parts: Iterable[Part], descent: Callable[[], Descent | None] | None = None
    ) -> None:
        """Replace the plan by one that comes part by part.

        Parameters
        ----------
        crs : str
            Coordinate system of the plan, as "EPSG:…".
        meta : dict of str to Any
            What the plan says of itself.
        parts : iterable of mapping of str to DataFrame or Table
            Rows by table.
        descent : callable, optional
            Asked, once all parts were taken, what is known of the grids before.

        Raises
        ------
        StoreError
            As for :meth:`write`.
        """
        self.ensure_writable()
        epsg(crs)
        texts = encode_meta(Plan(crs, {}, meta))
        with draft_beside(self.path) as draft:
            write_plan(draft, crs, texts, parts)
            known = descent() if descent else None
            if self._rewrites_in_place():
                replace_rows(self.path, draft, texts, known.ancestry if known else None)
            else:
                numbers = number_rows(known)  # a retired code is never given again: only a ledger remembers it
                self._replace_file(draft, {"code_numbers": numbers} if numbers else None)

    def restore(self, plan: Plan, rows: LedgerRows) -> None:
        """Write a plan and what was kept beside it elsewhere, wholly or not at all.

        Parameters
        ----------
        plan : Plan
            Tables as in :data:`geo_grid.schema.TABLES`.
        rows : LedgerRows
            Rows of the tables of a ledger.

        Raises
        ------
        StoreError
            As for :meth:`write`.
        """
        self.ensure_writable()
        with draft_beside(self.path) as draft:
            write_plan(draft, plan.crs, encode_meta(plan), [conform_plan(plan)])
            self._replace_file(draft, rows)

    def _is_ours(self) -> bool:
        try:
            self.meta()
        except NewerError:
            raise
        except StoreError:
            return self._has_ledger()
        return True

    def _has_ledger(self) -> bool:
        try:
            with closing(self._open()) as db:
                return has_ledger(db)
        except (StoreError, sqlite3.Error):
            return False

    def _rewrites_in_place(self) -> bool:
        """Whether something is kept beside the plan: then the plan is replaced inside the file, even while it is open."""
        return self.exists() and self._has_ledger()

    def _replace_file(self, draft: Path, rows: LedgerRows | None) -> None:
        if self._has_ledger():
            take_ledger(draft, self.path)
        if rows is not None:
            fill_ledger(draft, rows)
        self._settle_journal()
        sync(draft)
        draft.replace(self.path)
        sync(self.path.parent)

    def prepare(self, *, create: bool) -> None:
        """Make the tables that are missing: those of a ledger, in a file of their own where there is no plan yet.

        Parameters
        ----------
        create : bool
            Whether there may be no file yet.

        Raises
        ------
        StoreError
            If the file is something else than a plan, or cannot be written.
        """
        if create and not self.path.exists():
            self.ensure_writable()
            with draft_beside(self.path) as draft:
                fill_ledger(draft, {})
                sync(draft)
                draft.replace(self.path)
                sync(self.path.parent)
        with self.ledger() as ledger:
            ledger.prepare()

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
            raise StoreError(f"this is not a GeoPackage, or a damaged one: {why(error)}", file=self.label) from None
        return db

    def _versions(self, db: sqlite3.Connection) -> list[tuple[int]]:
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'versions'").fetchone() is None:
            return []
        return db.execute("SELECT number FROM versions").fetchall()

    def _meta(self, db: sqlite3.Connection, version: int | None = None) -> dict[str, Any]:
        query = "SELECT key, value FROM meta"
        if version is not None:
            query = f"SELECT key, value FROM published_meta WHERE {row_filter('meta', None, version)[0]}"  # noqa: S608
        try:
            texts = dict(db.execute(query, {"version": version}))
        except sqlite3.Error:
            raise StoreError(
                "this is not a plan", file=self.label, mend="Name a file that `geo-grid build` wrote."
            ) from None
        return decode_meta(texts, self.label)

    def _select(
        self, db: sqlite3.Connection, table: Table, crs: str, area: str | None, version: int | None
    ) -> pd.DataFrame:
        columns = ", ".join(f'"{name}"' for name in table.column_names)
        condition, values = row_filter(table.name, area, version)
        name = table.name if version is None else PUBLISHED[table.name].name
        # names come from the schema; values go in as parameters
        query = f'SELECT {columns} FROM "{name}" WHERE {condition} ORDER BY fid'  # noqa: S608
        try:
            rows = db.execute(query, values).fetchall()
            found = list(zip(*rows, strict=True)) or [()] * len(table.column_names)
            geometry = geometries(found[-1]) if table.geometry is not None else None
            named = dict(zip((column.name for column in table.columns), found, strict=False))
            return frame_from_columns(table, named, geometry, crs)
        except (sqlite3.Error, shapely.errors.ShapelyError, ValueError, TypeError, OverflowError) as error:
            raise StoreError(
                f"the table {table.name} is damaged: {why(error)}", file=self.label, mend=_BUILD_AGAIN
            ) from None
