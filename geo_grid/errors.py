"""One tree of errors; each knows the exit status of the command line it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class GeoGridError(Exception):
    """Root of all errors this package raises on purpose.

    Parameters
    ----------
    message : str
        One sentence that says what is wrong.
    file : str or Path, optional
        The file at fault.
    row : int or str, optional
        The row at fault, counted from 1 for the first data row.
    column : str, optional
        The column at fault.
    mend : str, optional
        What the user can do about it.
    """

    exit_status = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        row: int | str | None = None,
        column: str | None = None,
        mend: str | None = None,
    ) -> None:
        self.message = message
        self.file = str(file) if file is not None else None
        self.row = row
        self.column = column
        self.mend = mend
        super().__init__(self.line())

    def line(self) -> str:
        """Return the error as the one line a user sees.

        Returns
        -------
        str
            Place, what is wrong, and the mend, without line breaks.
        """
        place = ", ".join(
            part
            for part in (
                self.file,
                f"row {self.row}" if self.row is not None else None,
                f"column {self.column}" if self.column else None,
            )
            if part
        )
        text = f"{place}: {self.message}" if place else self.message
        if self.mend:
            text = f"{text.rstrip('.')}{'' if text.endswith('?') else '.'} {self.mend}"
        return " ".join(text.split())


class UsageError(GeoGridError):
    """The command line or a parameter makes no sense."""


class ConfigError(GeoGridError):
    """``city.toml`` is missing, unreadable, or says something impossible."""


class InputError(GeoGridError):
    """An input file cannot be used as a whole (single bad rows go to quarantine instead)."""


class OverlapError(InputError):
    """Areas overlap and the configuration does not say which wins."""


class StoreError(GeoGridError):
    """A plan cannot be written to, or read from, its store."""


class ReadOnlyError(StoreError):
    """A plan may be read, but not written to."""


class ZoningError(GeoGridError):
    """An instance handed to the solver is malformed."""


class MissingDependencyError(GeoGridError):
    """An optional library is not installed."""
