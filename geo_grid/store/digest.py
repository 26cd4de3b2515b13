"""One number for the content of a plan, the same whatever store it went through."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.store.base import encode_meta
from geo_grid.store.frames import FRAMES, conform

if TYPE_CHECKING:
    import pandas as pd

    from geo_grid.model import Plan
    from geo_grid.schema import Table


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
