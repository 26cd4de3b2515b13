"""Numbered plain SQL brings a database to the schema this program knows."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.errors import StoreError

if TYPE_CHECKING:
    import psycopg

_NAME = re.compile(r"(\d{4})_\w+\.sql")


class Migration(NamedTuple):
    """One step of the schema.

    Parameters
    ----------
    number : int
        Place in the order; steps are applied once each, without gaps.
    name : str
        File name.
    sql : str
        Text of the file.
    """

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Return all steps this program knows.

    Returns
    -------
    list of Migration
        In the order they are applied.
    """
    files = resources.files("geo_grid.store").joinpath("migrations").iterdir()
    steps = [
        Migration(int(match[1]), file.name, file.read_text(encoding="utf-8"))
        for file in files
        if (match := _NAME.fullmatch(file.name))
    ]
    return sorted(steps)


def applied(db: psycopg.Connection[Any]) -> set[int]:
    """Return the numbers of the steps a database has.

    Parameters
    ----------
    db : Connection
        An open connection.

    Returns
    -------
    set of int
        Empty where the program never wrote.
    """
    found = db.execute("SELECT to_regclass('geo_grid.migrations')").fetchone()
    if found is None or found[0] is None:
        return set()
    return {number for (number,) in db.execute("SELECT number FROM geo_grid.migrations")}


def migrate(db: psycopg.Connection[Any], label: str) -> None:
    """Apply the steps a database lacks, in the transaction of the caller.

    Parameters
    ----------
    db : Connection
        A connection inside a transaction, alone in doing this.
    label : str
        Where the plan is, for errors.

    Raises
    ------
    StoreError
        If the database is of a newer program, or has a schema of the same name that is somebody else's.
    """
    done, steps = applied(db), migrations()
    refuse_newer(done, label)
    if not done:
        _refuse_foreign(db, label)
        db.execute("CREATE SCHEMA IF NOT EXISTS geo_grid")
        db.execute(
            "CREATE TABLE IF NOT EXISTS geo_grid.migrations"
            " (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
    for step in steps:
        if step.number not in done:
            db.execute(step.sql.encode())  # shipped with the program, never a user's text
            db.execute("INSERT INTO geo_grid.migrations (number, name) VALUES (%s, %s)", (step.number, step.name))


def refuse_newer(done: set[int], label: str) -> None:
    """Raise where a database has steps this program does not know.

    Parameters
    ----------
    done : set of int
        Numbers of the steps applied.
    label : str
        Where the plan is, for errors.

    Raises
    ------
    StoreError
        If it has.
    """
    if done - {step.number for step in migrations()}:
        raise StoreError("the database is of a newer program", file=label, mend="Install a newer geo-grid.")


def _refuse_foreign(db: psycopg.Connection[Any], label: str) -> None:
    found = db.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'geo_grid' AND tablename <> 'migrations'").fetchone()
    if found is not None:
        raise StoreError(
            "the database has a schema geo_grid that this program did not make; it is left as it is",
            file=label,
            mend="Choose another database.",
        )
