"""Who may sign in: accounts, sessions, invitations. Secrets are kept as hashes the caller makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.errors import StoreError
from geo_grid.schema import ACCOUNTS, INVITATIONS, LEDGER_TABLES, SESSIONS
from geo_grid.store.changing import write_audit
from geo_grid.store.ledger_base import LedgerBase, select
from geo_grid.store.records import Audit, timestamp
from geo_grid.store.values import storable, upsert_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.schema import Table
    from geo_grid.store.backend import Transaction


class People(LedgerBase):
    """The part of the ledger that knows who may do what."""

    def account(self, name: str) -> dict[str, Any] | None:
        """Return an account.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        dict or None
            Row of the table ``accounts``; ``active`` as bool.
        """
        return _first(self._accounts("WHERE name = ?", (name,)))

    def accounts(self) -> list[dict[str, Any]]:
        """Return all accounts.

        Returns
        -------
        list of dict
            By name.
        """
        return self._accounts("ORDER BY name")

    def _accounts(self, rest: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        return [{**row, "active": bool(row["active"])} for row in self._dicts("accounts", rest, values)]

    def put_account(self, row: Mapping[str, Any], by: str | None = None) -> None:
        """Keep an account in place of the one of that name.

        Parameters
        ----------
        row : mapping
            Values by column; ``created_at`` is now where it is left out, ``active`` true.
        by : str, optional
            Who wants it so: that is written down. Without, nothing is: for what happens by itself.
        """
        values = _values(ACCOUNTS, _account(row))
        with self._backend.writing() as tx:
            before = tx.rows(f"{select('accounts')} WHERE name = ?", (values[0],))
            tx.many(upsert_query(ACCOUNTS, ""), [values])
            if by is not None:
                _note_account(tx, by, before[0] if before else None, values)

    def add_account(self, row: Mapping[str, Any], by: str | None = None) -> bool:
        """Keep an account unless there is one of that name.

        Parameters
        ----------
        row : mapping
            As for :meth:`put_account`.
        by : str, optional
            As for :meth:`put_account`.

        Returns
        -------
        bool
            False where the name is taken; nothing is changed then.
        """
        values = _values(ACCOUNTS, _account(row))
        query = upsert_query(ACCOUNTS, "").partition(" DO UPDATE")[0] + " DO NOTHING RETURNING name"
        with self._backend.writing() as tx:
            added = bool(tx.rows(query, values))
            if added and by is not None:
                _note_account(tx, by, None, values)
        return added

    def remove_account(self, name: str, by: str | None = None) -> bool:
        """Remove an account and its sessions.

        Parameters
        ----------
        name : str
            Its name.
        by : str, optional
            As for :meth:`put_account`.

        Returns
        -------
        bool
            False where there is none.
        """
        with self._backend.writing() as tx:
            tx.rows("DELETE FROM sessions WHERE account = ?", (name,))
            gone = tx.rows("DELETE FROM accounts WHERE name = ? RETURNING prefix", (name,))
            if gone and by is not None:
                write_audit(tx, gone[0][0], Audit(by, "account", {"account": name}, {"removed": True}))
        return bool(gone)

    def session(self, id_hash: str) -> dict[str, Any] | None:
        """Return a session, whether it has expired or not.

        Parameters
        ----------
        id_hash : str
            Hash of its id.

        Returns
        -------
        dict or None
            Row of the table ``sessions``.
        """
        return _first(self._dicts("sessions", "WHERE id_hash = ?", (id_hash,)))

    def put_session(self, row: Mapping[str, Any]) -> None:
        """Keep a session.

        Parameters
        ----------
        row : mapping
            Values by column.
        """
        self._put(SESSIONS, row)

    def touch_session(self, id_hash: str, last_seen: str, expires_at: str | None = None) -> None:
        """Say that a session was used; a write to the disk, so not at every request.

        Parameters
        ----------
        id_hash : str
            Hash of its id.
        last_seen : str
            When.
        expires_at : str, optional
            When it ends now; unchanged by default.
        """
        query = "UPDATE sessions SET last_seen = ?, expires_at = coalesce(?, expires_at) WHERE id_hash = ?"
        with self._backend.writing() as tx:
            tx.rows(query, (last_seen, expires_at, id_hash))

    def end_session(self, id_hash: str) -> None:
        """Forget a session.

        Parameters
        ----------
        id_hash : str
            Hash of its id.
        """
        with self._backend.writing() as tx:
            tx.rows("DELETE FROM sessions WHERE id_hash = ?", (id_hash,))

    def end_sessions_of(self, account: str) -> None:
        """Forget all sessions of an account.

        Parameters
        ----------
        account : str
            Its name.
        """
        with self._backend.writing() as tx:
            tx.rows("DELETE FROM sessions WHERE account = ?", (account,))

    def purge_sessions(self, now: str) -> int:
        """Forget the sessions that have expired.

        Parameters
        ----------
        now : str
            The present moment, ISO 8601 UTC as all times here.

        Returns
        -------
        int
            How many there were.
        """
        with self._backend.writing() as tx:
            return len(tx.rows("DELETE FROM sessions WHERE expires_at <= ? RETURNING id_hash", (now,)))

    def invitation(self, token_hash: str) -> dict[str, Any] | None:
        """Return an invitation, whether it can still be used or not.

        Parameters
        ----------
        token_hash : str
            Hash of its token.

        Returns
        -------
        dict or None
            Row of the table ``invitations``.
        """
        return _first(self._dicts("invitations", "WHERE token_hash = ?", (token_hash,)))

    def invitations(self) -> list[dict[str, Any]]:
        """Return all invitations.

        Returns
        -------
        list of dict
            The first to expire first.
        """
        return self._dicts("invitations", "ORDER BY expires_at, token_hash")

    def put_invitation(self, row: Mapping[str, Any], by: str | None = None) -> None:
        """Keep an invitation.

        Parameters
        ----------
        row : mapping
            Values by column; ``name`` and ``used_at`` may be left out.
        by : str, optional
            As for :meth:`put_account`.
        """
        values = _values(INVITATIONS, {"name": None, "used_at": None, "prefix": "", **row})
        with self._backend.writing() as tx:
            tx.many(upsert_query(INVITATIONS, ""), [values])
            if by is not None:
                told = dict(zip(INVITATIONS.column_names, values, strict=True))
                request = {"account": told["name"] or "", "role": told["role"], "prefix": told["prefix"]}
                write_audit(tx, told["prefix"], Audit(by, "invite", request, {}))

    def use_invitation(self, token_hash: str, now: str, revoked_by: str | None = None) -> dict[str, Any] | None:
        """Use an invitation: it works once, whoever comes at the same time.

        Parameters
        ----------
        token_hash : str
            Hash of its token.
        now : str
            The present moment.
        revoked_by : str, optional
            Who makes it useless instead of using it; that is written down.

        Returns
        -------
        dict or None
            The invitation; None where there is none, it has expired, or was used before.
        """
        names = ", ".join(INVITATIONS.column_names)
        query = (
            "UPDATE invitations SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?"  # noqa: S608
            f" RETURNING {names}"
        )
        with self._backend.writing() as tx:
            rows = tx.rows(query, (now, token_hash, now))
            found = dict(zip(INVITATIONS.column_names, rows[0], strict=True)) if rows else None
            if found is not None and revoked_by is not None:
                request = {"account": found["name"] or "", "role": found["role"], "prefix": found["prefix"]}
                write_audit(tx, found["prefix"], Audit(revoked_by, "revoke", request, {}))
        return found

    def _put(self, table: Table, row: Mapping[str, Any]) -> None:
        values = _values(table, row)
        with self._backend.writing() as tx:
            tx.many(upsert_query(table, ""), [values])


def _note_account(tx: Transaction, by: str, before: tuple[Any, ...] | None, after: list[Any]) -> None:
    """Write down what became of an account; of its password only that there is another."""
    new = dict(zip(ACCOUNTS.column_names, after, strict=True))
    old = dict(zip(ACCOUNTS.column_names, before, strict=True)) if before else {}
    change = {name: new[name] for name in ("display", "role", "prefix", "active") if new[name] != old.get(name)}
    if new["password_hash"] != old.get("password_hash"):
        change["password"] = "another" if old.get("password_hash") else "first"
    if change or not old:
        write_audit(tx, new["prefix"], Audit(by, "account", {"account": new["name"]}, change | {"new": not old}))


def _account(row: Mapping[str, Any]) -> dict[str, Any]:
    known = {"display": row.get("name"), "prefix": "", "active": True, "created_at": timestamp(), **row}
    return {**known, "active": int(bool(known["active"]))}


def _values(table: Table, row: Mapping[str, Any]) -> list[Any]:
    """Return the values of a row in the order of the schema; what is wrong with it is said without its values."""
    if unknown := sorted(set(row) - set(LEDGER_TABLES[table.name].column_names)):
        raise StoreError(f"the table {table.name} has no column {unknown[0]!r}")
    for column in table.columns:
        if row.get(column.name) is None and not column.null:
            raise StoreError(f"the table {table.name} wants a value for {column.name!r}")
        if isinstance(row.get(column.name), str) and not storable(row[column.name]):
            raise StoreError(f"the table {table.name}: {column.name!r} holds a sign that cannot be stored")
    return [row.get(column.name) for column in table.columns]


def _first(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    return rows[0] if rows else None
