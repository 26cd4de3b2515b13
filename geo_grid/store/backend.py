"""What the ledger asks of a database; SQLite and PostgreSQL each answer in their own way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

Lock = Literal["plan", "heads", "audit", "field"]

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    import numpy as np
    import pyarrow as pa

    from geo_grid.schema import Table


class Transaction(Protocol):
    """One transaction: everything in it happens, or nothing."""

    #: Appended to a query whose rows are to be held until the transaction ends.
    row_lock: str
    #: How the column ``geom`` is selected for :meth:`geometry`.
    geometry_column: str

    @property
    def apart(self) -> bool:
        """Whether a thread of this process may write while others of it read what was there before."""

    def to_disk(self) -> None:
        """Have the disk take what was written so far, from whatever thread: the end of the transaction waits for less then."""

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement.

        Parameters
        ----------
        query : str
            SQL that both databases understand, ``?`` for each value.
        values : sequence
            The values.

        Returns
        -------
        list of tuple
            What it returned; empty for a statement that returns nothing.
        """

    def many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of several rows.

        Parameters
        ----------
        query : str
            SQL, ``?`` for each value.
        rows : iterable of sequence
            Values of each run.
        """

    def lock(self, name: Lock) -> None:
        """Wait until no other transaction holds a lock, and hold it.

        Parameters
        ----------
        name : {"plan", "heads", "audit", "field"}
            What is held: that no build replaces the plan, that no area is edited, that nobody else writes the audit, that
            nobody else takes what phones sent.
        """

    def upsert(
        self, table: Table, rows: list[tuple[Any, ...]], geometry: np.ndarray[Any, Any] | None, crs: str
    ) -> None:
        """Write rows; those of the same key are replaced.

        Parameters
        ----------
        table : Table
            A table with a key.
        rows : list of tuple
            Values without geometry.
        geometry : ndarray of Geometry or None
            Geometry of each row.
        crs : str
            Coordinate system of the plan.
        """

    def fill(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table of numbers and texts; where others can do something meanwhile, in one statement.

        Parameters
        ----------
        table : str
            Its name.
        columns : sequence of str
            Names of its columns.
        rows : sequence of sequence
            Values of each row.
        """

    def unplaced(self, table: Table) -> AbstractContextManager[None]:
        """Change rows of a table in anything but their place: spatial indexes need not be told, row by row.

        Parameters
        ----------
        table : Table
            A table of the plan.

        Returns
        -------
        context manager
            For the statements that do so.
        """

    def move_households(self, rows: list[tuple[str, str]]) -> None:
        """Say that households are in other units.

        Parameters
        ----------
        rows : list of tuple
            Household and unit.
        """

    def near(self, table: Table, area: str | None, box: tuple[float, float, float, float]) -> list[tuple[str, Any]]:
        """Find rows of an area by their place.

        Parameters
        ----------
        table : Table
            A table of the plan with one key, the column ``area_code``, and a geometry.
        area : str or None
            Code of the area; None for all.
        box : tuple of float
            West, south, east and north.

        Returns
        -------
        list of tuple
            Key and geometry of each whose box meets it.
        """

    def keys_near(self, table: Table, boxes: Sequence[tuple[float, float, float, float]]) -> set[str]:
        """Find rows by their place, without reading their geometry.

        Parameters
        ----------
        table : Table
            A table of the plan with one key and a geometry.
        boxes : sequence of tuple of float
            West, south, east and north of each.

        Returns
        -------
        set of str
            Keys of those whose box meets one of them.
        """

    def dump(self, table: Table) -> list[tuple[Any, ...]]:
        """Read all rows of a table of the ledger.

        Parameters
        ----------
        table : Table
            The table.

        Returns
        -------
        list of tuple
            In the order they were written; a geometry comes last, as EWKB.
        """

    def restore(self, table: Table, rows: list[tuple[Any, ...]]) -> None:
        """Write rows as :meth:`dump` returned them, elsewhere.

        Parameters
        ----------
        table : Table
            An empty table of the ledger.
        rows : list of tuple
            The rows.
        """

    def geometry(self, table: Table, values: Sequence[Any]) -> Any:
        """Read a column ``geom`` as :meth:`rows` returned it.

        Parameters
        ----------
        table : Table
            The table.
        values : sequence
            Values of the column.

        Returns
        -------
        ndarray of Geometry
            In the same order.
        """


class Backend(Protocol):
    """A database with the tables of a plan and of its ledger. Threads may share it."""

    @property
    def label(self) -> str:
        """Where it is, fit to be shown."""

    def present(self) -> bool:
        """Return whether there is anything to ask.

        Returns
        -------
        bool
            False where there is no file.
        """

    def ready(self, table: str = "edits") -> bool:
        """Return whether the tables of the ledger are there.

        Parameters
        ----------
        table : str
            The one that is asked for; those that came later may be missing in an older ledger.

        Returns
        -------
        bool
            False for a plan nobody has edited yet.
        """

    def reading(self) -> AbstractContextManager[Transaction]:
        """Begin to read.

        Returns
        -------
        context manager
            Gives a transaction that sees one moment.
        """

    def columns(self, table: Table, names: Sequence[str], *, places: bool = False) -> pa.Table:
        """Read columns of a whole table of the plan; for commands, not while another thread reads.

        Parameters
        ----------
        table : Table
            The table.
        names : sequence of str
            Columns wanted.
        places : bool
            Whether the columns ``x`` and ``y`` of its points are wanted too.

        Returns
        -------
        pyarrow.Table
            All rows, in the order they were written.
        """

    def writing(self, *, much: bool = False) -> AbstractContextManager[Transaction]:
        """Begin to write; tables of the ledger that are missing are made first, those that came later too.

        Parameters
        ----------
        much : bool
            Whether a good part of the plan is going to change: then memory is taken for it.

        Returns
        -------
        context manager
            Gives a transaction, kept on the disk when the block ends, rolled back where it raises.
        """

    def close(self) -> None:
        """Let go of all connections."""
