"""Revisions of areas, their heads, and the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.store.changing import add_revision, apply_delta, hold, missing, require, set_head, write_audit
from geo_grid.store.delta import Delta, check_delta
from geo_grid.store.ledger_base import CURRENT_BUILD, LedgerBase, to_head
from geo_grid.store.numbers import raise_numbers
from geo_grid.store.records import ACCOUNT_AUDITS
from geo_grid.store.values import refuse_unstorable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_grid.store.backend import Transaction
    from geo_grid.store.records import Audit, Head, NewRevision

_REVISION = ("area_code", "number", "parent", "name", "author", "made_at", "op")
_REVISIONS = f"SELECT {', '.join(_REVISION)} FROM revisions"  # noqa: S608


class History(LedgerBase):
    """The part of the ledger that knows how areas were changed."""

    def head(self, area: str) -> Head:
        """Return where an area is.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        Head
            Revision 0 where it was never edited.
        """
        rows = self._rows("SELECT number, ahead FROM heads WHERE area_code = ?", (area,))
        return to_head(rows[0] if rows else None)

    def heads(self) -> dict[str, Head]:
        """Return where the edited areas are.

        Returns
        -------
        dict of str to Head
            By code of the area; areas never edited since the plan was built are left out.
        """
        query = "SELECT area_code, number, ahead FROM heads WHERE number <> 0 OR ahead <> '[]' ORDER BY area_code"
        rows = self._rows(query)
        return {area: to_head((number, ahead)) for area, number, ahead in rows}

    def revision(self, area: str, number: int) -> dict[str, Any]:
        """Return what is known of a revision, without its state.

        Parameters
        ----------
        area : str
            Code of the area.
        number : int
            Its number, from 1.

        Returns
        -------
        dict
            ``area_code, number, parent, name, author, made_at, op``.

        Raises
        ------
        StoreError
            If there is no such revision.
        """
        rows = self._rows(f"{_REVISIONS} WHERE area_code = ? AND number = ?", (area, number))
        if not rows:
            raise missing(area, number)
        return _revision(rows[0])

    def revisions(self, area: str) -> list[dict[str, Any]]:
        """Return the revisions of an area since the plan was built, without their states.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        list of dict
            As :meth:`revision`, by number.
        """
        query = f"{_REVISIONS} WHERE area_code = ? AND build = ({CURRENT_BUILD}) ORDER BY number"
        return [_revision(row) for row in self._rows(query, (area,))]

    def state(self, area: str, number: int) -> str:
        """Return the state of an area in a revision.

        Parameters
        ----------
        area : str
            Code of the area.
        number : int
            Number of the revision, from 1.

        Returns
        -------
        str
            The text it was stored as.

        Raises
        ------
        StoreError
            If there is no such revision.
        """
        rows = self._rows("SELECT state FROM revisions WHERE area_code = ? AND number = ?", (area, number))
        if not rows:
            raise missing(area, number)
        return str(rows[0][0])

    def origin(self, area: str) -> str | None:
        """Return the state of an area as it was built.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        str or None
            The text of revision 0; None where the area was never edited since, so that the tables show it.
        """
        rows = self._rows(f"SELECT state FROM origins WHERE area_code = ? AND build = ({CURRENT_BUILD})", (area,))  # noqa: S608
        return str(rows[0][0]) if rows else None

    def commit(
        self,
        area: str,
        expected: int,
        revision: NewRevision,
        delta: Delta,
        audit: Audit,
        numbers: Mapping[str, int],
        *,
        build: int | None = None,
        origin: str | None = None,
    ) -> int:
        """Store an edit: revision, changes of the tables, head and audit together; on the disk when this returns.

        Parameters
        ----------
        area : str
            Code of the area.
        expected : int
            The revision the edit is based on.
        revision : NewRevision
            What it leads to.
        delta : Delta
            What changes in the tables.
        audit : Audit
            What is written down of it.
        numbers : mapping of str to int
            Highest number given under each parent afterwards.
        build : int, optional
            What :meth:`build` said when the area was read.
        origin : str, optional
            Text of revision 0, to be kept with the first edit.

        Returns
        -------
        int
            Number of the new revision, now the head.

        Raises
        ------
        ConflictError
            If the head is another revision by now, or the plan was built anew.
        StoreError
            If there is no such area, or the delta does not fit.
        """
        check_delta(area, delta)
        with self._backend.writing() as tx:
            hold(tx, area, expected, build)
            _keep_origin(tx, area, origin)
            number = add_revision(tx, area, expected, revision, audit)
            apply_delta(tx, delta)
            set_head(tx, area, number, ())
            raise_numbers(tx, {area: numbers})
            write_audit(tx, area, audit, expected, number)
        return number

    def branch(
        self,
        area: str,
        base: int,
        revision: NewRevision,
        audit: Audit,
        numbers: Mapping[str, int] | None = None,
        *,
        build: int | None = None,
        origin: str | None = None,
    ) -> int:
        """Store a revision beside the head; the tables stay as they are.

        Parameters
        ----------
        area : str
            Code of the area.
        base : int
            The revision it is based on.
        revision : NewRevision
            What it leads to.
        audit : Audit
            What is written down of it.
        numbers : mapping of str to int, optional
            Highest number given under each parent.
        build : int, optional
            What :meth:`build` said when the area was read.
        origin : str, optional
            Text of revision 0, to be kept with the first revision.

        Returns
        -------
        int
            Number of the new revision.

        Raises
        ------
        ConflictError
            If the plan was built anew.
        StoreError
            If there is no such area or base.
        """
        with self._backend.writing() as tx:
            hold(tx, area, None, build)
            _keep_origin(tx, area, origin)
            require(tx, area, base)
            number = add_revision(tx, area, base, revision, audit)
            raise_numbers(tx, {area: numbers or {}})
            write_audit(tx, area, audit, base, number)
        return number

    def move_head(
        self,
        area: str,
        expected: int,
        number: int,
        ahead: Sequence[int],
        delta: Delta,
        audit: Audit,
        *,
        build: int | None = None,
    ) -> None:
        """Show another revision in the tables: undo, redo, go.

        Parameters
        ----------
        area : str
            Code of the area.
        expected : int
            The revision it leaves.
        number : int
            The revision it goes to.
        ahead : sequence of int
            Where "redo" leads from there.
        delta : Delta
            What changes in the tables.
        audit : Audit
            What is written down of it.
        build : int, optional
            What :meth:`build` said when the area was read.

        Raises
        ------
        ConflictError
            If the head is another revision by now, or the plan was built anew.
        StoreError
            If there is no such revision, or the delta does not fit.
        """
        check_delta(area, delta)
        with self._backend.writing() as tx:
            hold(tx, area, expected, build)
            require(tx, area, number)
            apply_delta(tx, delta)
            set_head(tx, area, number, ahead)
            write_audit(tx, area, audit, expected, number)

    def name_revision(self, area: str, number: int, name: str | None, audit: Audit) -> None:
        """Name a revision: a snapshot.

        Parameters
        ----------
        area : str
            Code of the area.
        number : int
            Number of the revision, from 1.
        name : str or None
            Its name; None takes it away.
        audit : Audit
            What is written down of it.

        Raises
        ------
        StoreError
            If there is no such revision.
        """
        refuse_unstorable(name=name)
        with self._backend.writing() as tx:
            query = "UPDATE revisions SET name = ? WHERE area_code = ? AND number = ? RETURNING number"
            if not tx.rows(query, (name, area, number)):
                raise missing(area, number)
            write_audit(tx, area, audit, None, number)

    def edits(
        self, since: int = 0, area: str | None = None, prefix: str = "", limit: int = 500, *, newest: bool = False
    ) -> list[dict[str, Any]]:
        """Return what was done, oldest first.

        Parameters
        ----------
        since : int
            Only what has a higher id.
        area : str, optional
            Code of an area: only what was done to it.
        prefix : str
            Only areas whose code begins so; what concerns the whole city is always there.
        limit : int
            Not more than so many rows.
        newest : bool
            Whether the last rows are kept where there are more, not the first.

        Returns
        -------
        list of dict
            Rows of the table ``edits``; ``request`` and ``change`` decoded.
        """
        conditions: list[str] = ["id > ?"]
        values: list[Any] = [since]
        if area is not None:
            conditions, values = [*conditions, "area_code = ?"], [*values, area]
        if prefix:
            # of an account it says what the account is bounded to: one for the whole city is not theirs to know
            own = ", ".join(f"'{what}'" for what in ACCOUNT_AUDITS)
            conditions.append(f"(area_code = '' AND what NOT IN ({own}) OR substr(area_code, 1, ?) = ?)")
            values += [len(prefix), prefix]
        order = "DESC" if newest else "ASC"
        found = self._dicts("edits", f"WHERE {' AND '.join(conditions)} ORDER BY id {order} LIMIT ?", [*values, limit])
        return found[::-1] if newest else found

    def last_edit(self) -> int:
        """Return the id of the last edit.

        Returns
        -------
        int
            0 where there is none.
        """
        rows = self._rows("SELECT coalesce(max(id), 0) FROM edits")
        return int(rows[0][0]) if rows else 0


def _keep_origin(tx: Transaction, area: str, text: str | None) -> None:
    """Keep what an area was built as, if that is not done."""
    if text is not None:
        query = f"INSERT INTO origins (area_code, build, state) VALUES (?, ({CURRENT_BUILD}), ?) ON CONFLICT DO NOTHING"  # noqa: S608
        tx.rows(f"{query} RETURNING build", (area, text))


def _revision(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(_REVISION, row, strict=True))
