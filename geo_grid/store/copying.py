"""Move a plan, with everything that is kept beside it, from one store to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.errors import StoreError
from geo_grid.schema import EDITS, FIELD_TABLES, LEDGER_TABLES
from geo_grid.store.digest import content_hash, joint_hash, row_digest
from geo_grid.store.records import ACCOUNT_AUDITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_grid.schema import Table
    from geo_grid.store.backend import Transaction
    from geo_grid.store.base import Store

#: Rows by table; a geometry comes last, as EWKB: versions of one city may be in different coordinate systems.
LedgerRows = dict[str, list[tuple[Any, ...]]]

#: What lets somebody in without a password: it stays where it was given.
_KEYS = ("sessions", "invitations")
#: Field work names accounts, tells where people were, and its photos are no part of the store.
_OF_ACCOUNTS = frozenset({"accounts", "sessions", "invitations", "access_log", *FIELD_TABLES})


class Copied(NamedTuple):
    """What was copied, and found to be the same on both sides.

    Parameters
    ----------
    rows : dict of str to int
        Number of rows by table.
    content_hash : str
        Digest of the plan and of what is kept beside it.
    """

    rows: dict[str, int]
    content_hash: str


def copy_store(source: Store, target: Store, *, accounts: bool = True) -> Copied:
    """Copy all tables, wholly or not at all, and compare row counts and digests afterwards.

    Parameters
    ----------
    source : Store
        A store with a plan.
    target : Store
        An empty store.
    accounts : bool
        Whether accounts go along, with the record of who did what with them and what they sent from the field; False for a
        plan that is handed on.
        Sessions and one-time links never go along: who has one signs in again, or is given another.

    Returns
    -------
    Copied
        What both stores hold now.

    Raises
    ------
    StoreError
        If the target is not empty, or holds something else afterwards.
    """
    target.ensure_writable()
    _refuse_full(target)
    plan = source.read()
    with source.ledger() as ledger:
        rows = ledger.dump() | {key: [] for key in _KEYS}
    if not accounts:
        rows = _without_accounts(rows)
    target.restore(plan, rows)
    with target.ledger() as ledger:
        found = _summary(target.read(), ledger.dump())
    if found != _summary(plan, rows):
        raise StoreError("the copy is not the same as the original", file=target.label, mend="Remove it and try again.")
    return found


def _without_accounts(rows: LedgerRows) -> LedgerRows:
    what = EDITS.column_names.index("what")
    kept = [row for row in rows.get("edits", []) if row[what] not in ACCOUNT_AUDITS]
    return {name: found for name, found in rows.items() if name not in _OF_ACCOUNTS} | {"edits": kept}


def _refuse_full(target: Store) -> None:
    mend = "Choose another, or remove it yourself."
    if target.exists():
        raise StoreError("there is a plan already", file=target.label, mend=mend)
    with target.ledger() as ledger:
        if any(ledger.dump().values()):
            raise StoreError("the store has accounts or edits already", file=target.label, mend=mend)


def _summary(plan: Any, rows: LedgerRows) -> Copied:
    counts = {name: len(frame) for name, frame in plan.tables.items()}
    counts |= {name: len(rows.get(name, [])) for name in LEDGER_TABLES}
    hashes = [("plan", content_hash(plan))]
    hashes += [(name, joint_hash([(row_digest(row),) for row in rows.get(name, [])])) for name in LEDGER_TABLES]
    return Copied(counts, joint_hash(hashes))


def write_ledger_rows(tx: Transaction, rows: LedgerRows) -> None:
    """Write rows of a ledger as they are.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes to an empty ledger.
    rows : LedgerRows
        Rows by table.
    """
    for name, table in LEDGER_TABLES.items():  # versions after what belongs to them: they seal it
        if found := rows.get(name):
            tx.restore(table, found)


def copied_order(table: Table) -> str:
    """Return the column by which a table's rows come in the order they were written.

    Parameters
    ----------
    table : Table
        A table of the ledger.

    Returns
    -------
    str
        Its name.
    """
    numbered = table.key in {("id",), ("number",)} and table.columns[0].type == "int"
    return table.key[0] if numbered else "fid"


def read_ledger_rows(tx: Transaction, tables: Iterable[str]) -> LedgerRows:
    """Read all rows of a ledger.

    Parameters
    ----------
    tx : Transaction
        Any transaction.
    tables : iterable of str
        Names of the tables it has.

    Returns
    -------
    LedgerRows
        Rows by table.
    """
    there = frozenset(tables)
    return {name: tx.dump(table) if name in there else [] for name, table in LEDGER_TABLES.items()}
