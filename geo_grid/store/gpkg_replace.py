"""Rows of a GeoPackage's table in place of those of the same key: a few statements, however many rows there are.

Row by row, SQLite comes back to Python after each, and a dozen times more for what the triggers of the spatial index ask
of a geometry; and every index is written to, whether or not its column changed.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.store.gpkg_blob import geometry_blobs

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from geo_grid.schema import Table

_SIDES = ("_minx", "_maxx", "_miny", "_maxy")
_HEAD_BYTES = 40  # of a geometry: with its envelope; of a point, all of it


def replace(
    db: sqlite3.Connection, table: Table, rows: Sequence[Sequence[Any]], geometry: NDArray[Any] | None, srid: int
) -> None:
    """Write rows; those of the same key are replaced, where they say something else.

    Parameters
    ----------
    db : Connection
        A GeoPackage, in a transaction.
    table : Table
        A table with a key.
    rows : sequence of sequence
        Values without geometry; no key twice.
    geometry : ndarray of Geometry or None
        Geometry of each row.
    srid : int
        Number of the coordinate system.
    """
    if not rows:
        return
    placed = geometry is not None and _has_index(db, table)
    _fill(db, table, rows, geometry, srid)
    keys = " AND ".join(f't."{name}" = f."{name}"' for name in table.key)
    db.execute(f'UPDATE temp.fresh AS f SET _row = (SELECT t.rowid FROM "{table.name}" t WHERE {keys})')  # noqa: S608
    if placed:
        db.execute(
            f"UPDATE temp.fresh AS f SET _moved = 0 WHERE substr(f.geom, 1, {_HEAD_BYTES}) ="  # noqa: S608
            f' (SELECT substr(t.geom, 1, {_HEAD_BYTES}) FROM "{table.name}" t WHERE t.rowid = f._row)'
        )
    with without_triggers(db, f"rtree_{table.name}_geom_*" if placed else ""):
        _replace(db, table)
        if placed:
            db.execute(
                f'INSERT OR REPLACE INTO "rtree_{table.name}_geom" SELECT t.rowid, {", ".join(_SIDES)}'  # noqa: S608
                f' FROM temp.fresh f JOIN "{table.name}" t ON {keys} WHERE f._moved'
            )
    db.execute("DROP TABLE temp.fresh")


def once_each(table: Table, rows: Sequence[Sequence[Any]]) -> bool:
    """Tell whether no two rows have the same key.

    Parameters
    ----------
    table : Table
        A table with a key.
    rows : sequence of sequence
        Values.

    Returns
    -------
    bool
        False where the last of several has to count.
    """
    at = [table.column_names.index(name) for name in table.key]
    return len({tuple(row[place] for place in at) for row in rows}) == len(rows)


@contextmanager
def without_triggers(db: sqlite3.Connection, pattern: str) -> Iterator[None]:
    """Take triggers off for a while; what goes wrong meanwhile has to end the transaction.

    Parameters
    ----------
    db : Connection
        A file, in a transaction.
    pattern : str
        What their names are like.

    Yields
    ------
    None
        Nothing.
    """
    found = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB ?", (pattern,)
    ).fetchall()
    for name, _ in found:
        db.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, query in found:
        db.execute(query)


def _has_index(db: sqlite3.Connection, table: Table) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return db.execute(query, (f"rtree_{table.name}_geom",)).fetchone() is not None


def _fill(
    db: sqlite3.Connection, table: Table, rows: Sequence[Sequence[Any]], geometry: NDArray[Any] | None, srid: int
) -> None:
    """Put rows into a table of their own."""
    names = [f'"{name}"' for name in table.column_names]  # that of the geometry is the last
    columns: list[Any] = list(zip(*rows, strict=True))
    blobs: list[bytes] = []
    if geometry is not None:
        names += _SIDES
        blobs = geometry_blobs(geometry, srid)
        columns += [blobs, *_index_sides(shapely.bounds(geometry))]
    db.execute(
        f"CREATE TEMPORARY TABLE fresh (_at INTEGER PRIMARY KEY, _row INTEGER, _moved INTEGER DEFAULT 1, {', '.join(names)})"
    )
    into = f"INSERT INTO temp.fresh ({', '.join(names)})"
    if any(
        column.type == "real" for column in table.columns
    ):  # a number with a point may come out of a text as another
        db.executemany(f"{into} VALUES ({', '.join('?' * len(names))})", zip(*columns, strict=True))
        return
    picks = [f"json_extract(value, '$[{at}]')" for at in range(len(names))]
    if geometry is not None:
        at = len(table.columns)
        size = np.array([len(blob) for blob in blobs])
        columns[at] = (np.cumsum(size) - size + 1).tolist()
        columns.append(size.tolist())
        picks[at] = f"substr(?2, {picks[at]}, json_extract(value, '$[{len(names)}]'))"
    text = json.dumps(list(zip(*columns, strict=True)), ensure_ascii=False)
    db.execute(f"{into} SELECT {', '.join(picks)} FROM json_each(?1)", (text, *([b"".join(blobs)] if blobs else [])))  # noqa: S608


def _index_sides(bounds: NDArray[Any]) -> list[list[float]]:
    """Return the boxes as an R-tree of SQLite keeps them (rtree.c, rtreeValueDown and Up): 32 bits, a little larger."""
    out = []
    for side, outward in ((0, -1.0), (2, 1.0), (1, -1.0), (3, 1.0)):
        exact = bounds[:, side]
        near = exact.astype(np.float32)
        away = (exact * (1.0 + outward * np.copysign(1.0 / 8388608.0, exact))).astype(np.float32)
        short = near.astype(np.float64) * outward < exact * outward
        out.append(np.where(short, away, near).astype(np.float64).tolist())
    return out


def _replace(db: sqlite3.Connection, table: Table) -> None:
    """Bring the rows that are there up to date, indexed columns only where they differ, and add the others."""
    names = [name for name in table.column_names if name not in table.key]
    indexed = _indexed(db, table)
    for some in ([name for name in names if name not in indexed], [name for name in names if name in indexed]):
        if some:
            sets = ", ".join(f'"{name}" = f."{name}"' for name in some)
            differ = " OR ".join(f't."{name}" IS NOT f."{name}"' for name in some)
            db.execute(f'UPDATE "{table.name}" AS t SET {sets} FROM temp.fresh f WHERE t.rowid = f._row AND ({differ})')  # noqa: S608
    into = ", ".join(f'"{name}"' for name in table.column_names)
    db.execute(f'INSERT INTO "{table.name}" ({into}) SELECT {into} FROM temp.fresh WHERE _row IS NULL ORDER BY _at')  # noqa: S608


def _indexed(db: sqlite3.Connection, table: Table) -> set[str]:
    indexes = [row[1] for row in db.execute(f'PRAGMA index_list("{table.name}")')]
    return {row[2] for index in indexes for row in db.execute(f'PRAGMA index_info("{index}")')}
