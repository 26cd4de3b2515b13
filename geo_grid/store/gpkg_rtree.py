"""The spatial index of a GeoPackage, packed in bulk: row by row, SQLite takes longer over it than over all the rest.

An R-tree of SQLite is three tables (https://www.sqlite.org/rtree.html): nodes, each of at most 51 boxes, the node of each
row, and the parent of each node. A packed tree is full, and its boxes hardly overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import sqlite3

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Ints = NDArray[np.int64]

_CELL = np.dtype([("id", ">i8"), ("box", ">f4", 4)])  # minx, maxx, miny, maxy
_HEAD = 4  # bytes: depth of the tree, in the root only, and number of cells
_ROOT = 1
_TOGETHER = 50  # pairs of one statement


class PackedIndex:
    """The spatial index of one layer, filled part by part.

    Parameters
    ----------
    db : Connection
        The GeoPackage; the index is there, and empty.
    name : str
        Name of the index.
    """

    def __init__(self, db: sqlite3.Connection, name: str) -> None:
        self._name = name
        root = db.execute(f'SELECT data FROM "{name}_node" WHERE nodeno = {_ROOT}').fetchone()[0]  # noqa: S608
        self._bytes = len(root)
        self._most = (self._bytes - _HEAD) // _CELL.itemsize
        self._next = _ROOT + 1
        self._nodes: list[Ints] = []
        self._boxes: list[Floats] = []
        self._bodies: list[tuple[int, bytes]] = []
        self._rows: list[Ints] = []
        self.waiting = 0

    def add(self, first: int, boxes: Floats) -> None:
        """Add rows that lie together.

        Parameters
        ----------
        first : int
            Number of the first row; the others follow it.
        boxes : ndarray of float64, shape (n, 4)
            Least x and y, greatest x and y of each.
        """
        if not len(boxes):
            return
        low, high = boxes[:, :2].astype(np.float32), boxes[:, 2:].astype(np.float32)
        low = np.where(low > boxes[:, :2], np.nextafter(low, np.float32(-np.inf)), low)
        high = np.where(high < boxes[:, 2:], np.nextafter(high, np.float32(np.inf)), high)
        sides = np.column_stack((low[:, 0], high[:, 0], low[:, 1], high[:, 1]))
        rows = np.arange(first, first + len(boxes), dtype=np.int64)
        node, of_row, around = self._pack(rows, sides)
        self._rows.append(np.column_stack((rows, of_row)))
        self._nodes.append(node)
        self._boxes.append(around)
        self.waiting += len(boxes)

    def settle(self, db: sqlite3.Connection) -> None:
        """Write what was added.

        Parameters
        ----------
        db : Connection
            The GeoPackage, in a transaction.
        """
        db.executemany(f'INSERT INTO "{self._name}_node" VALUES (?, ?)', self._bodies)  # noqa: S608  from the schema
        if self._rows:
            self._insert_pairs(db, "rowid", np.concatenate(self._rows))
        self._bodies, self._rows, self.waiting = [], [], 0

    def finish(self, db: sqlite3.Connection) -> None:
        """Put the tree together.

        Parameters
        ----------
        db : Connection
            The GeoPackage, in a transaction.
        """
        if not self._nodes:
            return
        self.settle(db)
        nodes, boxes = np.concatenate(self._nodes), np.concatenate(self._boxes)
        if len(nodes) == 1:
            self._let_leaf_be_root(db, int(nodes[0]))
            return
        depth = 1
        while len(nodes) > self._most:
            above, of_node, around = self._pack(nodes, boxes)
            self._insert_pairs(db, "parent", np.column_stack((nodes, of_node)))
            nodes, boxes, depth = above, around, depth + 1
        self._insert_pairs(db, "parent", np.column_stack((nodes, np.full(len(nodes), _ROOT))))
        self.settle(db)
        root = self._body(nodes, boxes, depth)
        db.execute(f'UPDATE "{self._name}_node" SET data = ? WHERE nodeno = {_ROOT}', (root,))  # noqa: S608

    def _let_leaf_be_root(self, db: sqlite3.Connection, leaf: int) -> None:
        """Keep all rows in the root: SQLite takes a root with a single child for damage once that child is emptied."""
        name = self._name
        db.execute(f'DELETE FROM "{name}_node" WHERE nodeno = {_ROOT}')  # noqa: S608
        db.execute(f'UPDATE "{name}_node" SET nodeno = {_ROOT} WHERE nodeno = ?', (leaf,))  # noqa: S608
        db.execute(f'UPDATE "{name}_rowid" SET nodeno = {_ROOT}')  # noqa: S608

    def _pack(self, ids: Ints, sides: Floats) -> tuple[Ints, Ints, Floats]:
        """Put boxes into new nodes: the number of each node, of the node of each box, and the box around each node."""
        size = -(-len(ids) // -(-len(ids) // self._most))  # all nodes about equally full
        order = _tiles(sides, size)
        start = np.arange(0, len(ids), size)
        node = np.arange(self._next, self._next + len(start), dtype=np.int64)
        self._next += len(start)
        sides, ids = sides[order], ids[order]
        for number, begin in zip(node.tolist(), start.tolist(), strict=True):
            self._bodies.append((number, self._body(ids[begin : begin + size], sides[begin : begin + size], 0)))
        of_box = np.empty(len(ids), dtype=np.int64)
        of_box[order] = np.repeat(node, np.diff(np.append(start, len(ids))))
        low, high = np.minimum.reduceat(sides, start), np.maximum.reduceat(sides, start)
        around = np.column_stack((low[:, 0], high[:, 1], low[:, 2], high[:, 3]))
        return node, of_box, around

    def _body(self, ids: Ints, sides: Floats, depth: int) -> bytes:
        cells = np.zeros(len(ids), dtype=_CELL)
        cells["id"], cells["box"] = ids, sides
        head = depth.to_bytes(2, "big") + len(ids).to_bytes(2, "big")
        return (head + cells.tobytes()).ljust(self._bytes, b"\x00")

    def _insert_pairs(self, db: sqlite3.Connection, part: str, pairs: Ints) -> None:
        """Write pairs of numbers, many at a time: a statement a pair takes twice as long."""
        query, whole = f'INSERT INTO "{self._name}_{part}" VALUES ', len(pairs) // _TOGETHER * _TOGETHER  # noqa: S608
        db.executemany(query + ", ".join(["(?, ?)"] * _TOGETHER), pairs[:whole].reshape(-1, 2 * _TOGETHER).tolist())
        db.executemany(query + "(?, ?)", pairs[whole:].tolist())


def _tiles(sides: Floats, most: int) -> NDArray[Any]:
    """Order boxes so that each run of ``most`` lies close together: strips from west to east, each from south to north."""
    count = len(sides)
    strips = max(1, int(np.sqrt(count / most)))
    by_x = np.argsort(sides[:, 0] + sides[:, 1], kind="stable")
    strip = np.empty(count, dtype=np.int64)
    width = -(-count // strips)
    width = -(-width // most) * most
    strip[by_x] = np.arange(count) // width
    return np.lexsort((sides[:, 2] + sides[:, 3], strip))
