"""Who works in the grids, and what stands beside them: rosters, organisations, and single changes of both."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.schema import ORGANISATIONS, STAFF
from geo_grid.store.changing import write_audit
from geo_grid.store.errors import NotTakenError
from geo_grid.store.frames import frame_from_columns
from geo_grid.store.ledger_base import LedgerBase, as_dicts, select
from geo_grid.store.records import PEOPLE_AUDITS, Audit
from geo_grid.store.terms import overlap, same_person, settle
from geo_grid.store.values import insert_query, plain_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from geo_grid.schema import Table
    from geo_grid.store.backend import Transaction

_MOST_CODES = 500  # in one statement
_CHANGEABLE = frozenset({"phone", "phone_public", "term_from", "term_to"})


class Replaced(NamedTuple):
    """What a roster or a list of organisations changed.

    Parameters
    ----------
    added, changed, ended, kept : int
        Rows that are new, corrected, not in the list any more, and as before.
    """

    added: int
    changed: int
    ended: int
    kept: int


class Staffing(LedgerBase):
    """The part of the ledger that knows who works in the grids."""

    def staff(self, codes: Iterable[str] | None = None, *, prefix: str = "", on: dt.date | None = None) -> pd.DataFrame:
        """Return who works in grids.

        Parameters
        ----------
        codes : iterable of str, optional
            Codes of grids; all by default.
        prefix : str
            Only grids whose code begins so.
        on : date, optional
            Only those in charge on this day; by default everybody who ever was or is to be.

        Returns
        -------
        DataFrame
            Rows of the table ``staff``, by id.
        """
        conditions, values = ["substr(grid_code, 1, ?) = ?"] if prefix else [], [len(prefix), prefix] if prefix else []
        if on is not None:
            conditions += ["(term_from IS NULL OR term_from <= ?)", "(term_to IS NULL OR term_to >= ?)"]
            values += [on.isoformat()] * 2
        wanted = None if codes is None else sorted(set(codes))
        if wanted is not None and len(wanted) <= _MOST_CODES:
            conditions.append(f"grid_code IN ({', '.join('?' * len(wanted)) or 'NULL'})")
            values += wanted
        frame = self._frame(STAFF, conditions, values)
        if wanted is not None and len(wanted) > _MOST_CODES:
            frame = frame[frame["grid_code"].isin(wanted)].reset_index(drop=True)
        return frame

    def organisations(self, *, prefix: str = "") -> pd.DataFrame:
        """Return the organisations beside the grids.

        Parameters
        ----------
        prefix : str
            Only areas whose code begins so.

        Returns
        -------
        DataFrame
            Rows of the table ``organisations``, by id.
        """
        conditions = ["substr(area_code, 1, ?) = ?"] if prefix else []
        return self._frame(ORGANISATIONS, conditions, [len(prefix), prefix] if prefix else [])

    def people_stamp(self) -> int:
        """Return what tells the people of now from those before.

        Returns
        -------
        int
            Id of the last edit that changed them; 0 where there is none.
        """
        marks = ", ".join("?" * len(PEOPLE_AUDITS))
        rows = self._rows(f"SELECT coalesce(max(id), 0) FROM edits WHERE what IN ({marks})", PEOPLE_AUDITS)  # noqa: S608
        return int(rows[0][0]) if rows else 0

    def public_terms(self) -> list[tuple[str, str, str, str | None, str, str]]:
        """Return who works in the grids as the public may know it; other phones do not leave the store.

        Returns
        -------
        list of tuple
            ``grid_code, role, name``, the phone of those who agreed, first and last day, by id.
        """
        query = (
            "SELECT grid_code, role, name, CASE WHEN phone_public = 1 THEN phone END,"
            " coalesce(term_from, ''), coalesce(term_to, '9999-12-31') FROM staff ORDER BY id"
        )
        return self._rows(query, (), "staff")

    def replace_staff(
        self,
        prefix: str,
        rows: pd.DataFrame,
        audit: Audit,
        *,
        on: dt.date,
        areas: Sequence[str] | None = None,
        partial: bool = False,
        dry_run: bool = False,
    ) -> Replaced:
        """Take a roster in place of the one there is; terms that are over stay as they are.

        Parameters
        ----------
        prefix : str
            What the codes of the grids begin with that the roster speaks of.
        rows : DataFrame
            Rows of the table ``staff``; their ids are not kept.
        audit : Audit
            What is written down of it; ``change`` is filled in.
        on : date
            The day from which it counts: who is not in it any more was in charge until the day before.
        areas : sequence of str, optional
            Codes of areas, where it speaks of these only.
        partial : bool
            Whether rows are missing in it: then nobody's term ends for not being there.
        dry_run : bool
            Whether it is only said what would change.

        Returns
        -------
        Replaced
            What changed; see :func:`geo_grid.store.terms.settle`.

        Raises
        ------
        StoreError
            If a row does not fit the schema (NotTakenError: for what it says), or its grid is not among those the roster speaks of.
        """
        given = _given(STAFF, rows)
        _refuse_strangers([row["grid_code"] for row in given], prefix)
        if dry_run:
            stored = as_dicts("staff", self._rows(*_stored_staff(prefix, areas), "staff"))
            found = settle(stored, given, on, ending=not partial)
            return Replaced(len(found.added), len(found.changed), len(found.ended), found.kept)
        with self._backend.writing() as tx:
            tx.lock("audit")  # one roster after the other
            found = settle(as_dicts("staff", tx.rows(*_stored_staff(prefix, areas))), given, on, ending=not partial)
            _update(tx, [*found.changed, *found.ended])
            _insert(tx, STAFF, found.added)
            done = Replaced(len(found.added), len(found.changed), len(found.ended), found.kept)
            write_audit(tx, _where(prefix, areas), audit._replace(change=audit.change | done._asdict()))
        return done

    def add_staff(self, row: Mapping[str, Any], audit: Audit) -> int:
        """Write down that somebody works in a grid.

        Parameters
        ----------
        row : mapping
            Values by column, without id.
        audit : Audit
            What is written down of it.

        Returns
        -------
        int
            Id of the row.

        Raises
        ------
        StoreError
            If the row does not fit; NotTakenError if the term makes no sense, or the person is at that grid already.
        """
        import pandas as pd

        (new,) = _given(STAFF, pd.DataFrame([dict(row)]))
        with self._backend.writing() as tx:
            tx.lock("audit")
            _check_term(tx, new, None)
            _insert(tx, STAFF, [new])
            number = int(tx.rows("SELECT max(id) FROM staff WHERE grid_code = ?", (new["grid_code"],))[0][0])
            write_audit(tx, _area_of(tx, new["grid_code"]), audit._replace(change=audit.change | {"staff": number}))
        return number

    def change_staff(self, number: int, changes: Mapping[str, Any], audit: Audit) -> dict[str, Any]:
        """Change phone, consent or term of somebody; to end a term, give the day it ends.

        Parameters
        ----------
        number : int
            Id of the row.
        changes : mapping
            New values of ``phone``, ``phone_public``, ``term_from``, ``term_to``.
        audit : Audit
            What is written down of it; it is told which columns changed.

        Returns
        -------
        dict
            The row as it is now.

        Raises
        ------
        NotTakenError
            If there is no such row, another column is named, or the term makes no sense.
        """
        if unknown := sorted(set(changes) - _CHANGEABLE):
            raise NotTakenError(f"{unknown[0]!r} of somebody does not change", mend="End the term, and add another.")
        with self._backend.writing() as tx:
            tx.lock("audit")
            found = as_dicts("staff", tx.rows(f"{select('staff')} WHERE id = ?", (number,)))
            if not found:
                raise NotTakenError(f"there is nobody with the number {number}")
            before = found[0]
            after = before | dict(changes)
            if after["phone"] is None:
                after["phone_public"] = 0
            if after != before:
                _fitting(STAFF, after)
                _check_term(tx, after, number)
                _update(tx, [after])
                columns = [name for name in after if after[name] != before[name]]
                change = audit.change | {"staff": number, "columns": columns}
                write_audit(tx, _area_of(tx, after["grid_code"]), audit._replace(change=change))
        return after

    def replace_organisations(
        self,
        prefix: str,
        rows: pd.DataFrame,
        audit: Audit,
        *,
        areas: Sequence[str] | None = None,
        partial: bool = False,
        dry_run: bool = False,
    ) -> Replaced:
        """Take a list of organisations in place of the one there is.

        Parameters
        ----------
        prefix : str
            What the codes of the areas begin with that the list speaks of.
        rows : DataFrame
            Rows of the table ``organisations``; their ids are not kept.
        audit : Audit
            What is written down of it; ``change`` is filled in.
        areas : sequence of str, optional
            Codes of areas, where it speaks of these only.
        partial : bool
            Whether rows are missing in it: then none is removed for not being there.
        dry_run : bool
            Whether it is only said what would change.

        Returns
        -------
        Replaced
            What changed; rows that differ in any value but their source are removed and added.

        Raises
        ------
        StoreError
            If a row does not fit the schema (NotTakenError: for what it says), or its area is not among those the list speaks of.
        """
        given = _given(ORGANISATIONS, rows)
        _refuse_strangers([row["area_code"] for row in given], prefix)
        if dry_run:
            stored = as_dicts("organisations", self._rows(*_stored_organisations(prefix, areas), "organisations"))
            return _compared(stored, given, partial=partial)[0]
        with self._backend.writing() as tx:
            tx.lock("audit")
            stored = as_dicts("organisations", tx.rows(*_stored_organisations(prefix, areas)))
            done, gone, new = _compared(stored, given, partial=partial)
            tx.many("DELETE FROM organisations WHERE id = ?", [(row["id"],) for row in gone])
            _insert(tx, ORGANISATIONS, new)
            write_audit(tx, _where(prefix, areas), audit._replace(change=audit.change | done._asdict()))
        return done

    def _frame(self, table: Table, conditions: list[str], values: list[Any]) -> pd.DataFrame:
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        rows = self._rows(f"{select(table.name)} {where}ORDER BY id", values, table.name)
        columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
        return frame_from_columns(table, dict(zip(table.column_names, columns, strict=True)), None, "")


def _given(table: Table, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows of a frame as plain values, without ids."""
    found = plain_rows(table, rows.assign(id=0))
    names = table.column_names
    return [{name: value for name, value in zip(names, row, strict=True) if name != "id"} for row in found]


def _fitting(table: Table, row: Mapping[str, Any]) -> None:
    import pandas as pd

    plain_rows(table, pd.DataFrame([dict(row)], dtype=object))


def _refuse_strangers(codes: Iterable[str], prefix: str) -> None:
    for code in codes:
        if not code.startswith(prefix):
            raise NotTakenError(f"the code {code} does not begin with {prefix}", mend="Choose another prefix.")


def _stored_staff(prefix: str, areas: Sequence[str] | None) -> tuple[str, list[Any]]:
    query = f"{select('staff')} WHERE substr(grid_code, 1, ?) = ?"
    values: list[Any] = [len(prefix), prefix]
    if areas is not None:
        marks = ", ".join("?" * len(areas)) or "NULL"
        query += f" AND grid_code IN (SELECT code FROM grids WHERE area_code IN ({marks}))"  # noqa: S608
        values += areas
    return f"{query} ORDER BY id", values


def _stored_organisations(prefix: str, areas: Sequence[str] | None) -> tuple[str, list[Any]]:
    query = f"{select('organisations')} WHERE substr(area_code, 1, ?) = ?"
    values: list[Any] = [len(prefix), prefix]
    if areas is not None:
        query += f" AND area_code IN ({', '.join('?' * len(areas)) or 'NULL'})"
        values += areas
    return f"{query} ORDER BY id", values


def _where(prefix: str, areas: Sequence[str] | None) -> str:
    """Return where an import is written down: who is bounded to other codes need not read of it."""
    return areas[0] if areas is not None and len(areas) == 1 else prefix


def _area_of(tx: Transaction, grid: str) -> str:
    found = tx.rows("SELECT area_code FROM grids WHERE code = ?", (grid,))
    return str(found[0][0]) if found else grid


def _insert(tx: Transaction, table: Table, rows: list[dict[str, Any]]) -> None:
    query = insert_query(table, "").replace('"id", ', "").replace("(?, ", "(", 1)
    names = [name for name in table.column_names if name != "id"]
    tx.many(query, [[row[name] for name in names] for row in rows])


def _update(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    names = [name for name in STAFF.column_names if name != "id"]
    sets = ", ".join(f'"{name}" = ?' for name in names)
    tx.many(f"UPDATE staff SET {sets} WHERE id = ?", [[*(row[name] for name in names), row["id"]] for row in rows])  # noqa: S608


def _check_term(tx: Transaction, row: dict[str, Any], number: int | None) -> None:
    """Refuse a term that runs backwards, or that the same person has at the same grid already."""
    for name in ("term_from", "term_to"):
        if row[name] is not None and not _is_date(row[name]):
            raise NotTakenError(f"{name} is no date like 2025-03-01")
    if row["term_to"] is not None and row["term_to"] < (row["term_from"] or ""):
        raise NotTakenError("the term ends before it begins")
    others = as_dicts("staff", tx.rows(f"{select('staff')} WHERE grid_code = ?", (row["grid_code"],)))
    if any(other["id"] != number and same_person(other, row) and overlap(other, row) for other in others):
        raise NotTakenError("the same person is at this grid at that time already")


def _is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _compared(
    stored: list[dict[str, Any]], given: list[dict[str, Any]], *, partial: bool
) -> tuple[Replaced, list[dict[str, Any]], list[dict[str, Any]]]:
    names = [name for name in ORGANISATIONS.column_names if name not in {"id", "source", "source_row"}]

    def said(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in names)

    before, after = {said(row) for row in stored}, {said(row) for row in given}
    gone = [] if partial else [row for row in stored if said(row) not in after]
    new = [row for row in given if said(row) not in before]
    return Replaced(len(new), 0, len(gone), len(stored) - len(gone)), gone, new
