"""The steps a change of an area is made of, inside a transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geo_grid.errors import StoreError
from geo_grid.schema import EDITS, REVISIONS, TABLES
from geo_grid.store.ancestry import write_ancestry
from geo_grid.store.delta import EDITABLE
from geo_grid.store.errors import ConflictError
from geo_grid.store.ledger_base import CURRENT_BUILD, as_dicts, select, to_head, to_json
from geo_grid.store.numbers import highest_numbers, keep_numbers, raise_numbers
from geo_grid.store.records import OFFICE_AUDITS, Audit, Head, NewRevision, timestamp
from geo_grid.store.values import insert_query, plain_rows, refuse_unstorable, shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_grid.store.ancestry import Ancestry
    from geo_grid.store.backend import Transaction
    from geo_grid.store.delta import Delta

#: Who is written down to have taken new household data into a plan.
REBUILD = "geo-grid rebuild"

_ADD_EDIT = insert_query(EDITS, "").replace('"id", ', "").replace("(?, ", "(", 1) + " RETURNING id"
_ADD_REVISION = insert_query(REVISIONS, "")


def hold(tx: Transaction, area: str, expected: int | None = None, build: int | None = None) -> Head:
    """Keep everybody else from changing an area until the transaction ends.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes.
    area : str
        Code of the area.
    expected : int, optional
        The revision that must be the head.
    build : int, optional
        The build that the plan must be of.

    Returns
    -------
    Head
        Where the area is.

    Raises
    ------
    ConflictError
        If the head is another revision, or the plan was built anew.
    StoreError
        If there is no such area.
    """
    tx.lock("plan")
    if not tx.rows("SELECT 1 FROM areas WHERE code = ?", (area,)):
        raise StoreError(f"no area has the code {area!r}")
    first = tx.rows(
        "INSERT INTO heads (area_code, number, ahead) VALUES (?, 0, '[]') ON CONFLICT (area_code) DO NOTHING"
        " RETURNING number",
        (area,),
    )
    head = to_head(tx.rows(f"SELECT number, ahead FROM heads WHERE area_code = ?{tx.row_lock}", (area,))[0])  # noqa: S608
    if expected is not None and expected != head.number:
        raise ConflictError(area, expected, head, _edits_since(tx, area, expected))
    if build is not None and build != current_build(tx):
        raise ConflictError(area, expected or 0, head, _edits_since(tx, area, None))
    if first:
        keep_numbers(tx, area)
    return head


def current_build(tx: Transaction) -> int:
    """Return which build the plan is of.

    Parameters
    ----------
    tx : Transaction
        Any transaction.

    Returns
    -------
    int
        Id of the edit that replaced the plan last; 0 for the first plan.
    """
    return int(tx.rows(CURRENT_BUILD)[0][0])


def builds_going_on(tx: Transaction) -> list[tuple[int, frozenset[str]]]:
    """Return the builds of which some areas may still stand: the present one, and those that were only rebuilt since.

    Parameters
    ----------
    tx : Transaction
        Any transaction.

    Returns
    -------
    list of tuple
        Build, the newest first, and the areas that changed since; "", the rows of the city as a whole, among them.
    """
    out, changed = [], frozenset[str]()
    for build, author, change in tx.rows("SELECT id, author, change FROM edits WHERE what = 'build' ORDER BY id DESC"):
        out.append((int(build), changed))
        areas = json.loads(change).get("areas") if author == REBUILD and change else None
        if areas is None:  # all areas were built
            return out
        changed |= {"", *areas}
    return [*out, (0, changed)]


def _edits_since(tx: Transaction, area: str, expected: int | None) -> list[dict[str, Any]]:
    """Return what happened to an area after it last showed a revision."""
    last = tx.rows(
        "SELECT coalesce(max(id), 0) FROM edits WHERE area_code = ? AND before IS NOT NULL AND after = ?"  # noqa: S608
        f" AND id > ({CURRENT_BUILD})",
        (area, expected),
    )[0][0]
    since = max(int(last), current_build(tx) - (expected is None))
    others = ", ".join(f"'{what}'" for what in sorted(OFFICE_AUDITS))
    query = f"{select('edits')} WHERE area_code IN (?, '') AND id > ? AND what NOT IN ({others}) ORDER BY id"
    rows = tx.rows(query, (area, since))
    return as_dicts("edits", rows)


def require(tx: Transaction, area: str, number: int) -> None:
    """Refuse a revision that is not one of the present plan.

    Parameters
    ----------
    tx : Transaction
        Any transaction.
    area : str
        Code of the area.
    number : int
        Number of the revision; 0 is always there.

    Raises
    ------
    StoreError
        If there is none.
    """
    query = f"SELECT 1 FROM revisions WHERE area_code = ? AND number = ? AND build = ({CURRENT_BUILD})"  # noqa: S608
    if number != 0 and not tx.rows(query, (area, number)):
        raise missing(area, number)


def missing(area: str, number: int) -> StoreError:
    """Say that there is no such revision.

    Parameters
    ----------
    area : str
        Code of the area.
    number : int
        Number asked for.

    Returns
    -------
    StoreError
        What to raise.
    """
    return StoreError(f"area {area} has no revision {number}", mend="Read its history anew.")


def add_revision(tx: Transaction, area: str, parent: int, revision: NewRevision, audit: Audit) -> int:
    """Store a revision.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes and holds the area.
    area : str
        Code of the area.
    parent : int
        The revision it is based on.
    revision : NewRevision
        What is stored.
    audit : Audit
        Who made it.

    Returns
    -------
    int
        Its number: one above the highest ever.
    """
    refuse_unstorable(name=revision.name, operation=revision.op, state=revision.state, author=audit.author)
    number = int(tx.rows("SELECT coalesce(max(number), 0) + 1 FROM revisions WHERE area_code = ?", (area,))[0][0])
    build = current_build(tx)
    row = (area, number, parent, revision.name, audit.author, timestamp(), revision.op, revision.state, build)
    tx.many(_ADD_REVISION, [row])
    return number


def set_head(tx: Transaction, area: str, number: int, ahead: Sequence[int]) -> None:
    """Set where an area is.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes and holds the area.
    area : str
        Code of the area.
    number : int
        The revision the tables show.
    ahead : sequence of int
        Where "redo" leads.
    """
    values = (number, json.dumps([int(step) for step in ahead]), area)
    tx.rows("UPDATE heads SET number = ?, ahead = ? WHERE area_code = ? RETURNING number", values)


def apply_delta(tx: Transaction, delta: Delta) -> None:
    """Change the plan's tables.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes and holds the area.
    delta : Delta
        What changes.

    Raises
    ------
    StoreError
        If rows do not fit the schema.
    """
    crs = str(json.loads(tx.rows("SELECT value FROM meta WHERE \"key\" = 'crs'")[0][0]))
    for name, keys in delta.deletes.items():
        if keys:
            condition = " AND ".join(f'"{column}" = ?' for column in TABLES[name].key)
            tx.many(f'DELETE FROM "{name}" WHERE {condition}', keys)  # noqa: S608  names come from the schema
    for name in EDITABLE:
        frame = delta.upserts.get(name)
        if frame is not None and len(frame):
            rows = plain_rows(TABLES[name], frame)
            tx.upsert(TABLES[name], rows, shapes(TABLES[name], frame), crs)
            if name == "grids":
                _note_numbers(tx, rows)
    if delta.households is not None and len(delta.households):
        moved = delta.households
        tx.move_households(list(zip(moved["id"].astype(str), moved["unit_id"].astype(str), strict=True)))


def _note_numbers(tx: Transaction, rows: list[tuple[Any, ...]]) -> None:
    """Remember the numbers of codes that are written: once they are replaced, nothing else shows that they were given."""
    places = [TABLES["grids"].column_names.index(name) for name in ("code", "parent_code", "area_code")]
    raise_numbers(tx, highest_numbers(tuple(row[place] for place in places) for row in rows))


def write_audit(tx: Transaction, area: str, audit: Audit, before: int | None = None, after: int | None = None) -> int:
    """Write down an accepted change; the last thing a transaction does.

    Ids are given out one transaction after the other, so that who asks for what came after an id misses none.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes.
    area : str
        Code of the area; empty for the whole city.
    audit : Audit
        What is written down.
    before, after : int, optional
        Revisions.

    Returns
    -------
    int
        Id of the row.
    """
    refuse_unstorable(author=audit.author, operation=audit.what, reason=audit.why)
    tx.lock("audit")
    request, change = to_json(audit.request), to_json(audit.change)
    row = (area, timestamp(), audit.author, audit.what, request, before, after, change, audit.why)
    return int(tx.rows(_ADD_EDIT, row)[0][0])


def begin_build(tx: Transaction) -> None:
    """Get ready for a new plan: remember the numbers given so far, and have all areas "as built" again.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes, alone.
    """
    keep_numbers(tx)
    tx.rows("DELETE FROM heads")


def end_build(tx: Transaction, meta: Mapping[str, str], ancestry: Ancestry | None = None) -> None:
    """Write down that the plan was replaced.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes, alone.
    meta : mapping of str to str
        What the new plan says of itself, JSON text by key.
    ancestry : Ancestry, optional
        Grids of the last version that its households were in.
    """
    said = {key: json.loads(meta[key]) for key in ("name", "built_at", "program_version", "seed") if key in meta}
    build = write_audit(tx, "", Audit("geo-grid build", "build", said, {}))
    write_ancestry(tx, build, ancestry)
