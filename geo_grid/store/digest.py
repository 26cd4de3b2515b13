"""One number for the content of a plan, the same whatever store it went through."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.schema import PUBLISHED
from geo_grid.store.base import encode_meta
from geo_grid.store.frames import FRAMES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from geo_grid.model import Plan
    from geo_grid.schema import Table
    from geo_grid.store.backend import Transaction


def table_hashes(plan: Plan) -> dict[str, str]:
    """Return a digest of each table.

    Parameters
    ----------
    plan : Plan
        A plan; tables it does not hold are left out.

    Returns
    -------
    dict of str to str
        Hexadecimal digest by table, and of ``meta``. The order of rows, the order in which a ring is written and
        where it starts make no difference; every value, and every bit of every coordinate, does.
    """
    out = {
        name: _hash_frame(table, conform(table, plan.tables[name], plan.crs))
        for name, table in FRAMES.items()
        if name in plan.tables
    }
    meta = [_digest(repr(item).encode()) for item in encode_meta(plan).items()]
    return {**out, "meta": _digest(b"".join(sorted(meta))).hex()}


def content_hash(plan: Plan) -> str:
    """Return a digest of the whole plan.

    Parameters
    ----------
    plan : Plan
        A plan.

    Returns
    -------
    str
        Hexadecimal digest over :func:`table_hashes`.
    """
    return _digest(repr(sorted(table_hashes(plan).items())).encode()).hex()


def edition_hashes(tx: Transaction, first: int, last: int) -> dict[int, str]:
    """Return a digest of each of several editions, the same in every store.

    Parameters
    ----------
    tx : Transaction
        Any transaction.
    first, last : int
        Ids of the first and the last edition.

    Returns
    -------
    dict of int to str
        Hexadecimal digest by id; the order of rows makes no difference.
    """
    rows: dict[int, list[bytes]] = {edition: [] for edition in range(first, last + 1)}
    for name, table in PUBLISHED.items():
        names = [f'"{column.name}"' for column in table.columns] + ([tx.geometry_column] if table.geometry else [])
        found = tx.rows(
            f'SELECT {", ".join(names)} FROM "{table.name}" WHERE edition BETWEEN ? AND ?',  # noqa: S608
            (first, last),
        )
        if table.geometry and found:
            shapes = shapely.normalize(tx.geometry(table, [row[-1] for row in found]))
            wkb = shapely.to_wkb(shapes, byte_order=1, include_srid=False).tolist()
            found = [(*row[:-1], body) for row, body in zip(found, wkb, strict=True)]
        for row in found:
            rows[row[0]].append(_digest(repr((name, *row[1:])).encode("utf-8", "surrogatepass")))
    return {edition: _digest(b"".join(sorted(digests))).hex() for edition, digests in rows.items()}


def row_digest(row: tuple[Any, ...]) -> bytes:
    """Return a digest of one row.

    Parameters
    ----------
    row : tuple
        Plain values.

    Returns
    -------
    bytes
        The digest.
    """
    return _digest(repr(row).encode("utf-8", "surrogatepass"))


def joint_hash(hashes: Iterable[tuple[Any, ...]]) -> str:
    """Return one digest over several.

    Parameters
    ----------
    hashes : iterable of tuple
        Name and digest.

    Returns
    -------
    str
        Hexadecimal digest; the order makes no difference.
    """
    return _digest(repr(sorted(tuple(item) for item in hashes)).encode()).hex()


def _hash_frame(table: Table, frame: pd.DataFrame) -> str:
    columns: list[list[Any]] = []
    for column in table.columns:
        values = frame[column.name]
        plain = values.astype(object).where(values.notna(), None)
        columns.append(plain.tolist())
    if table.geometry is not None:
        geometry = shapely.normalize(np.asarray(frame["geom"], dtype=object))
        columns.append(shapely.to_wkb(geometry, byte_order=1, include_srid=False).tolist())
    rows = sorted(_digest(repr(row).encode("utf-8", "surrogatepass")) for row in zip(*columns, strict=True))
    return _digest(b"".join(rows)).hex()


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
