"""The packed spatial index finds what a plain one finds, and can be changed like one."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from geo_grid.store.gpkg_rtree import PackedIndex


def boxes(rng, count):
    low = rng.uniform((400_000, 4_100_000), (500_000, 4_200_000), (count, 2))
    return np.hstack((low, low + rng.uniform(0, 300, (count, 2))))


def packed(parts):
    db = sqlite3.connect(":memory:", isolation_level=None)
    for name in ("packed", "plain"):
        db.execute(f"CREATE VIRTUAL TABLE rtree_{name}_geom USING rtree(id, minx, maxx, miny, maxy)")
    index, first = PackedIndex(db, "rtree_packed_geom"), 1
    for part in parts:
        index.add(first, part)
        rows = zip(range(first, first + len(part)), *part[:, [0, 2, 1, 3]].T.tolist(), strict=True)
        db.executemany("INSERT INTO rtree_plain_geom VALUES (?, ?, ?, ?, ?)", rows)
        first += len(part)
    index.finish(db)
    return db


def same(db, rng):
    for name in ("packed", "plain"):
        assert db.execute(f"SELECT rtreecheck('main', 'rtree_{name}_geom')").fetchall() == [("ok",)]
    for x, y in rng.uniform((400_000, 4_100_000), (500_000, 4_200_000), (30, 2)).tolist():
        ids = [
            db.execute(
                f"SELECT id FROM rtree_{name}_geom WHERE minx <= ? AND maxx >= ? AND miny <= ? AND maxy >= ? ORDER BY id",
                (x + 2000, x - 2000, y + 2000, y - 2000),
            ).fetchall()
            for name in ("packed", "plain")
        ]
        assert ids[0] == ids[1]


@pytest.mark.parametrize("sizes", [(0,), (1,), (51,), (52,), (30, 1), (51 * 51,), (51 * 51 + 1,), (700, 0, 3, 6000)])
def test_it_is_like_one_filled_row_by_row(sizes):
    rng = np.random.default_rng(sum(sizes))
    with closing(packed([boxes(rng, size) for size in sizes])) as db:
        same(db, rng)
        rows = sum(sizes)
        gone = rng.permutation(np.arange(1, rows + 1)).tolist()
        for number in [*gone[: rows // 2], *gone[rows // 2 :][:40]]:
            for name in ("packed", "plain"):
                db.execute(f"DELETE FROM rtree_{name}_geom WHERE id = ?", (number,))
        same(db, rng)
        for number, (west, south, east, north) in enumerate(boxes(rng, 300).tolist(), rows + 1):
            for name in ("packed", "plain"):
                db.execute(f"INSERT INTO rtree_{name}_geom VALUES (?, ?, ?, ?, ?)", (number, west, east, south, north))
        same(db, rng)
        for number in range(1, rows + 301):
            for name in ("packed", "plain"):
                db.execute(f"DELETE FROM rtree_{name}_geom WHERE id = ?", (number,))
        same(db, rng)
