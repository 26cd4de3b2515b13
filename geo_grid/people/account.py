"""The account of an import: every row is taken or refused, with the reason."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from geo_grid.config import Source
from geo_grid.errors import InputError
from geo_grid.people.cells import UnreadableError
from geo_grid.read.formats import load
from geo_grid.read.table import column_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geo_grid.read.table import Table
    from geo_grid.schema import Table as Schema

Value = TypeVar("Value")

_SUFFIXES = (".csv", ".tsv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read from a list of people or organisations.

    Parameters
    ----------
    taken : DataFrame
        Rows as in the table of the schema.
    refused : DataFrame
        ``source, row, reason`` of the rest, by row; what the rows say is left in the file.
    read : int
        Rows of the file; taken and refused add up to it.
    notes : list of str
        What the reader decided.
    """

    taken: pd.DataFrame
    refused: pd.DataFrame
    read: int
    notes: list[str] = field(default_factory=list)


class RefusedRowError(ValueError):
    """A row cannot be taken; the text is the reason."""


class Faults:
    """Gathers all that is wrong with a row, so that it is mended once and not fault by fault."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def read(self, look: Callable[..., Value], *cells: Any, **more: Any) -> Value | None:
        """Read something of the row, or note why it cannot be read.

        Parameters
        ----------
        look : callable
            Reads it; raises RefusedRowError or UnreadableError.
        *cells : object
            What it reads.
        **more : object
            How.

        Returns
        -------
        object or None
            What was read; None where a fault was noted.
        """
        try:
            return look(*cells, **more)
        except (RefusedRowError, UnreadableError) as error:
            self.reasons.append(str(error))
            return None

    def refuse(self) -> None:
        """Refuse the row if anything is wrong with it.

        Raises
        ------
        RefusedRowError
            With all reasons.
        """
        if self.reasons:
            raise RefusedRowError("; ".join(self.reasons))


def read_list(path: str | Path, role: str, label: str | None, layer: str | None, encoding: str | None) -> Table:
    """Read a list, whatever its format.

    Parameters
    ----------
    path : str or Path
        CSV, TSV or XLSX.
    role : {"staff", "organisations"}
        What it lists.
    label : str or None
        Name of the file for messages; its own by default.
    layer : str or None
        Worksheet.
    encoding : str or None
        Encoding of the text, where it is not found out.

    Returns
    -------
    Table
        As :mod:`geo_grid.read` reads it.

    Raises
    ------
    InputError
        The file cannot be used as a whole.
    """
    path = Path(path)
    name = label or path.name
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError("a list of people is a table", file=name, mend=f"Use one of {', '.join(_SUFFIXES)}")
    table = load(Source(role, name, str(path.resolve()), layer=layer, encoding=encoding))
    _count_as_the_file(table, path)
    return table


def _count_as_the_file(table: Table, path: Path) -> None:
    """Give rows the numbers that spreadsheet programs give them: the header and empty lines count."""
    place = _lines(table, path)
    table.rows = place(table.rows)
    table.broken = table.broken.assign(row=place(table.broken["row"].to_numpy(dtype=np.int64)))


def _lines(table: Table, path: Path) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    if path.suffix.lower() != ".xlsx":
        with path.open(encoding=table.encoding or "utf-8", errors="replace", newline="") as file:
            # an empty line is a row there, and none to those who read tables
            told = np.array([at for at, record in enumerate(csv.reader(file), start=1) if record], dtype=np.int64)
        if len(told) == 1 + len(table) + len(table.broken):
            return lambda rows: told[rows]
    return lambda rows: rows + table.header


def rows_of(table: Table, needed: dict[str, str]) -> list[dict[str, str | None]]:
    """Return the rows of a list under the project's words.

    Parameters
    ----------
    table : Table
        The list.
    needed : dict of str to str
        Words that must be there, and how a person would head the column.

    Returns
    -------
    list of dict
        Text by word; a column that is not there is missing.

    Raises
    ------
    InputError
        The list has no rows, or lacks a column that is needed.
    """
    if not len(table) and not len(table.broken):
        raise InputError("the list has no rows", file=table.source.label, mend="Deliver at least one")
    columns = column_map(table.source, [str(column) for column in table.frame.columns])
    for word, heading in needed.items():
        if word not in columns:
            raise InputError(f"the list has no column {heading}", file=table.source.label, mend=f"Head it {heading}")
    texts = {word: table.text(column).tolist() for word, column in columns.items()}
    return [dict(zip(texts, row, strict=True)) for row in zip(*texts.values(), strict=True)]


def account(
    table: Table, rows: list[dict[str, str | None]], schema: Schema, take: Callable[[int, dict[str, str | None]], Any]
) -> Imported:
    """Take each row or note why not.

    Parameters
    ----------
    table : Table
        The list.
    rows : list of dict
        Its rows, as :func:`rows_of` returns them.
    schema : geo_grid.schema.Table
        What the rows become.
    take : callable
        Takes the row's number in the file and the row, returns the values of the schema's columns by name, without
        ``id``, ``source`` and ``source_row``; raises RefusedRowError.

    Returns
    -------
    Imported
        All rows accounted for.
    """
    label = table.source.label
    taken: list[dict[str, Any]] = []
    refused = [(int(row), str(reason)) for row, reason in zip(table.broken["row"], table.broken["reason"], strict=True)]
    for row, values in zip(table.rows.tolist(), rows, strict=True):
        try:
            told = take(row, values)
        except RefusedRowError as error:
            refused.append((row, str(error)))
        else:
            taken.append({"id": len(taken) + 1, "source": label, "source_row": row} | told)
    frame = pd.DataFrame(sorted(refused), columns=["row", "reason"])
    frame.insert(0, "source", label)
    return Imported(typed(taken, schema), frame, len(rows) + len(table.broken), list(table.notes))


def typed(rows: list[dict[str, Any]], schema: Schema) -> pd.DataFrame:
    """Return rows as a frame with the columns and types of a table.

    Parameters
    ----------
    rows : list of dict
        Values by column.
    schema : geo_grid.schema.Table
        The table.

    Returns
    -------
    DataFrame
        One row each.
    """
    kinds = {"text": "str", "real": "float64", "int": "int64"}
    return pd.DataFrame(
        {
            column.name: pd.Series([row[column.name] for row in rows], dtype=kinds[column.type])
            for column in schema.columns
        }
    )
