"""The terms in which tables are written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "int", "real"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Name, the same in every store.
    type : {"text", "int", "real"}
        Type of the values.
    null : bool
        Whether a value may be missing.
    """

    name: str
    type: ColumnType = "text"
    null: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the store contract.

    Parameters
    ----------
    name : str
        Name of the table.
    columns : tuple of Column
        Columns without the geometry.
    key : tuple of str
        Columns that identify a row; empty where rows have no key.
    geometry : str or None
        Type of the column ``geom`` as the OGC writes it, or None for a table without geometry.
    public : bool
        False for tables no public answer may draw from.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    geometry: str | None = None
    public: bool = True

    @property
    def column_names(self) -> list[str]:
        """Names of all columns, ``geom`` last where there is one."""
        names = [column.name for column in self.columns]
        return [*names, "geom"] if self.geometry else names


def whole(name: str, *, null: bool = False) -> Column:
    """Return a column of whole numbers.

    Parameters
    ----------
    name : str
        Its name.
    null : bool
        Whether a value may be missing.

    Returns
    -------
    Column
        The column.
    """
    return Column(name, "int", null)


def number(name: str, *, null: bool = False) -> Column:
    """Return a column of numbers.

    Parameters
    ----------
    name : str
        Its name.
    null : bool
        Whether a value may be missing.

    Returns
    -------
    Column
        The column.
    """
    return Column(name, "real", null)


def optional(name: str) -> Column:
    """Return a column of text that may be missing.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    Column
        The column.
    """
    return Column(name, null=True)
