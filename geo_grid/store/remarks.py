"""Comments pinned to grids and places."""

from __future__ import annotations

from typing import Any

from geo_grid.errors import StoreError
from geo_grid.schema import COMMENTS
from geo_grid.store.changing import write_audit
from geo_grid.store.ledger_base import LedgerBase
from geo_grid.store.records import Audit, timestamp
from geo_grid.store.values import refuse_unstorable

_NAMES = ", ".join(f'"{name}"' for name in COMMENTS.column_names[1:-2])
_ADD = f"INSERT INTO comments ({_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"  # noqa: S608


class Remarks(LedgerBase):
    """The part of the ledger that keeps comments."""

    def add_comment(
        self,
        area: str,
        text: str,
        author: str,
        *,
        grid: str | None = None,
        x: float | None = None,
        y: float | None = None,
    ) -> int:
        """Keep a comment.

        Parameters
        ----------
        area : str
            Code of the area.
        text : str
            What is said.
        author : str
            Who says it.
        grid : str, optional
            Code of the grid it is about.
        x, y : float, optional
            Place, in the plan's coordinate system.

        Returns
        -------
        int
            Id of the comment.

        Raises
        ------
        StoreError
            If there is no such area, or the text cannot be kept.
        """
        if not text.strip():
            raise StoreError("a comment has some text", mend="Write what is to be said.")
        refuse_unstorable(comment=text, author=author, grid=grid)
        with self._backend.writing() as tx:
            if not tx.rows("SELECT 1 FROM areas WHERE code = ?", (area,)):
                raise StoreError(f"no area has the code {area!r}")
            comment = int(tx.rows(_ADD, (area, grid, x, y, author, timestamp(), text))[0][0])
            write_audit(tx, area, Audit(author, "comment", {"comment": comment, "grid": grid}, {}))
        return comment

    def close_comment(self, comment: int, by: str) -> None:
        """Close a comment; one that is closed stays as it is.

        Parameters
        ----------
        comment : int
            Its id.
        by : str
            Who closes it.

        Raises
        ------
        StoreError
            If there is no such comment.
        """
        with self._backend.writing() as tx:
            found = tx.rows("SELECT area_code, closed_at FROM comments WHERE id = ?", (comment,))
            if not found:
                raise StoreError(f"there is no comment {comment}")
            area, closed_at = found[0]
            if closed_at is None:
                tx.rows("UPDATE comments SET closed_at = ?, closed_by = ? WHERE id = ?", (timestamp(), by, comment))
                write_audit(tx, area, Audit(by, "close_comment", {"comment": comment}, {}))

    def comments(self, area: str | None = None, *, closed: bool = True) -> list[dict[str, Any]]:
        """Return comments.

        Parameters
        ----------
        area : str, optional
            Code of an area; all areas by default.
        closed : bool
            Whether closed ones are among them.

        Returns
        -------
        list of dict
            Rows of the table ``comments``, oldest first.
        """
        conditions, values = ["1 = 1"], list[Any]()
        if area is not None:
            conditions, values = ["area_code = ?"], [area]
        if not closed:
            conditions.append("closed_at IS NULL")
        return self._dicts("comments", f"WHERE {' AND '.join(conditions)} ORDER BY id", values)
