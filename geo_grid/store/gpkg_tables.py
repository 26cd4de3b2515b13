"""The ledger's tables in a GeoPackage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_grid.schema import IMMUTABLE, LATER_TABLES, LEDGER_TABLES, LEDGER_VERSION, Table

if TYPE_CHECKING:
    import sqlite3

_TYPES = {"text": "TEXT", "int": "INTEGER", "real": "REAL"}
#: Indexes beside the keys, by table.
LEDGER_INDEXES: dict[str, tuple[str, ...]] = {
    "edits": ("area_code", "what"),
    "editions": ("area_code", "version"),
    "code_numbers": ("area_code",),
    "comments": ("area_code",),
    "sessions": ("account",),
    "staff": ("grid_code",),
    "organisations": ("area_code",),
    "access_log": ("area",),
    "field_events": ("seq", "matter_id", "owner_id", "author"),
    "records": ("element_id", "made_at"),
    "photos": ("owner_id", "author"),
    "matters": ("found_at", "area_code"),
    "matter_changes": ("matter_id",),
    "tracks": ("started_at", "author"),
    "published_element_shares": ("grid_code",),
}
#: What the list of areas and that of posts ask of the plan's tables: there the geometry comes first, and a scan would read it all.
PLAN_INDEXES = (
    "CREATE INDEX IF NOT EXISTS grids_open ON grids (area_code) WHERE status = 'open'",
    "CREATE INDEX IF NOT EXISTS areas_list ON areas (code, name, kind, households)",
    'CREATE INDEX IF NOT EXISTS grids_posts ON grids (code, "level", name, area_code, role)',
)
REFUSAL = "a published version never changes"
#: The row of a version is written last, and seals what belongs to it. Table → condition for its being sealed.
_SEALED = {
    "versions": "number = {row}.number",
    "lineage": "number = {row}.version",
    "editions": "number = {row}.version",
    "version_areas": "number = {row}.version",
}


def make_ledger(db: sqlite3.Connection) -> None:
    """Make the tables of the ledger that a file lacks, in the transaction of the caller.

    Parameters
    ----------
    db : Connection
        An open GeoPackage.
    """
    present = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name, table in LEDGER_TABLES.items():
        if name not in present:
            _make_table(db, table)
    if "grids" in present:
        for query in PLAN_INDEXES:
            db.execute(query)
        say_version(db)
    for name in IMMUTABLE:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            row = "NEW" if verb == "INSERT" else "OLD"
            sealed = _SEALED.get(name, "number IN (SELECT version FROM editions WHERE id = {row}.edition)")
            # names come from the schema
            db.execute(
                f'CREATE TRIGGER IF NOT EXISTS "{name}_{verb.lower()}" BEFORE {verb} ON "{name}"'  # noqa: S608
                f" WHEN EXISTS (SELECT 1 FROM versions WHERE {sealed.format(row=row)})"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def say_version(db: sqlite3.Connection) -> None:
    """Have programs that do not know of a ledger refuse the file: a build of theirs would be the end of it.

    Parameters
    ----------
    db : Connection
        A file with a plan and a ledger.
    """
    query = "UPDATE main.meta SET value = ? WHERE \"key\" = 'schema_version' AND CAST(value AS INTEGER) < ?"
    db.execute(query, (str(LEDGER_VERSION), LEDGER_VERSION))


def _make_table(db: sqlite3.Connection, table: Table) -> None:
    columns = []
    for column in table.columns:
        kind = f'"{column.name}" {_TYPES[column.type]}{"" if column.null else " NOT NULL"}'
        if table.key == (column.name,) and column.type == "int":
            kind += " PRIMARY KEY AUTOINCREMENT"  # a number is never given twice
        columns.append(kind)
    numbered = any("AUTOINCREMENT" in column for column in columns)
    if not numbered:
        columns.insert(0, "fid INTEGER PRIMARY KEY")
    if table.geometry:
        columns.append("geom BLOB NOT NULL")
    db.execute(f'CREATE TABLE "{table.name}" ({", ".join(columns)})')
    if table.key and not numbered:
        keys = ", ".join(f'"{key}"' for key in table.key)
        db.execute(f'CREATE UNIQUE INDEX "{table.name}_key" ON "{table.name}" ({keys})')
    for column_name in LEDGER_INDEXES.get(table.name, ()):
        db.execute(f'CREATE INDEX "{table.name}_{column_name}" ON "{table.name}" ("{column_name}")')


def has_ledger(db: sqlite3.Connection) -> bool:
    """Return whether a file has a ledger, if only one as the first programs made it.

    Parameters
    ----------
    db : Connection
        An open file.

    Returns
    -------
    bool
        False where a table is missing that all ledgers have.
    """
    return LEDGER_TABLES.keys() - LATER_TABLES <= ledger_tables(db)


def ledger_tables(db: sqlite3.Connection) -> frozenset[str]:
    """Return which tables of a ledger a file has.

    Parameters
    ----------
    db : Connection
        An open file.

    Returns
    -------
    frozenset of str
        Their names; those of LATER_TABLES may be missing in an older file.
    """
    found = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return frozenset(found & LEDGER_TABLES.keys())
