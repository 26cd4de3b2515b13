"""What all parts of the ledger share."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from geo_grid.errors import StoreError
from geo_grid.schema import LEDGER_TABLES
from geo_grid.store.copying import read_ledger_rows
from geo_grid.store.records import AS_BUILT, Head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from geo_grid.store.backend import Backend, Transaction
    from geo_grid.store.copying import LedgerRows

_JSON = frozenset({"request", "change"})
CURRENT_BUILD = "SELECT coalesce(max(id), 0) FROM edits WHERE what = 'build'"


class LedgerBase:
    """A ledger's database and how its parts use it.

    Parameters
    ----------
    backend : Backend
        The database.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def label(self) -> str:
        """Where it is, fit to be shown."""
        return self._backend.label

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.label!r})"

    def __enter__(self) -> Self:
        """Return the ledger itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the ledger."""
        self.close()

    def close(self) -> None:
        """Let go of all connections; a ledger that is used again opens them again."""
        self._backend.close()

    def prepare(self) -> None:
        """Make the tables of the ledger where they are missing."""
        if not all(self._backend.ready(name) for name in LEDGER_TABLES):
            with self._backend.writing():
                pass

    def dump(self) -> LedgerRows:
        """Read everything, to be copied to another store.

        Returns
        -------
        LedgerRows
            Rows by table; empty where there is nothing.
        """
        if not self._backend.present():
            return {}
        there = [name for name in LEDGER_TABLES if self._backend.ready(name)]
        with self._reading() as tx:
            return read_ledger_rows(tx, there) if tx else {}

    def build(self) -> int:
        """Return which build the plan is of.

        Returns
        -------
        int
            Id of the edit that replaced the plan last; 0 for the first plan.
        """
        rows = self._rows(CURRENT_BUILD)
        return int(rows[0][0]) if rows else 0

    def _rows(self, query: str, values: Sequence[Any] = (), table: str = "edits") -> list[tuple[Any, ...]]:
        """Read; an empty list where nobody has written to the ledger yet, or only a program without such a table."""
        with self._reading(table) as tx:
            return tx.rows(query, values) if tx else []

    @contextmanager
    def _reading(self, table: str = "edits") -> Iterator[Transaction | None]:
        if not self._backend.ready(table):
            yield None
            return
        with self._backend.reading() as tx:
            yield tx

    def _dicts(self, table: str, rest: str = "", values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        return as_dicts(table, self._rows(f"{select(table)} {rest}", values, table))


def select(table: str) -> str:
    """Return the beginning of a query of a ledger's table.

    Parameters
    ----------
    table : str
        Name of a table without geometry.

    Returns
    -------
    str
        SELECT … FROM ….
    """
    names = ", ".join(f'"{name}"' for name in LEDGER_TABLES[table].column_names)
    return f'SELECT {names} FROM "{table}"'  # noqa: S608  names come from the schema


def as_dicts(table: str, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return rows with the names of their columns.

    Parameters
    ----------
    table : str
        Name of a table without geometry.
    rows : list of tuple
        What :func:`select` found.

    Returns
    -------
    list of dict
        JSON columns are decoded.
    """
    names = LEDGER_TABLES[table].column_names
    decoded = _JSON & set(names)
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for row in found:
        row.update({name: json.loads(row[name]) for name in decoded})
    return found


def to_json(value: Any) -> str:
    """Write a value as JSON.

    Parameters
    ----------
    value : Any
        Made of dicts, lists, texts and numbers.

    Returns
    -------
    str
        One line.

    Raises
    ------
    StoreError
        If it is not JSON.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError) as error:
        raise StoreError(f"what is to be kept of the change is not JSON ({error})") from None
    return text


def to_head(row: tuple[Any, ...] | None) -> Head:
    """Read a head.

    Parameters
    ----------
    row : tuple or None
        Number and "ahead" of a row of ``heads``.

    Returns
    -------
    Head
        As built where there is no row.
    """
    return Head(int(row[0]), tuple(json.loads(row[1]))) if row else AS_BUILT
