"""An office's own grids as an area takes them over: every household has a grid, every row an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.exchange.reasons import reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Columns of :attr:`Assignment.errors` and :attr:`Assignment.filled`.
ERROR_COLUMNS = ("file", "row", "reason", "x", "y")
FILLED_COLUMNS = ("household", "grid", "reason", "source")


@dataclass(frozen=True, slots=True)
class Assignment:
    """What was understood of a file of grids; every household of the area has a grid.

    Parameters
    ----------
    area : str
        Code of the area.
    level : int
        Level of the grids the file gives.
    labels : dict of str to str
        Key of the finest grid by household id, and by unit id of units without households. A key is the code of a grid,
        or any other text for a grid that gets a new code.
    parents : dict of str to str
        Key of the grid above, where a key has one that its code does not say.
    names : dict of str to str
        Name of each new grid that has one, by key.
    read, placed : int
        Rows of the file, and how many of them gave households a grid.
    errors : DataFrame
        ``file, row, reason, x, y`` of every row that did not; ``x, y`` is the place of a fault in the file's own
        coordinates, or missing. ``placed + len(errors) = read``.
    decided : int
        Households whose grid the file says.
    filled : DataFrame
        ``household, grid, reason, source`` of the others: the grid they inherit, why, and from whom ("building", "nearest"
        or "present"). ``decided + len(filled)`` is the number of households of the area.
    remarks : tuple of str
        What a person should know besides.
    """

    area: str
    level: int
    labels: dict[str, str]
    parents: dict[str, str]
    names: dict[str, str]
    read: int
    placed: int
    errors: pd.DataFrame
    decided: int
    filled: pd.DataFrame
    remarks: tuple[str, ...] = field(default=())

    def to_op(self) -> dict[str, Any]:
        """Return the edit that takes the grids over.

        Returns
        -------
        dict
            An op "assign" of :mod:`geo_grid.edit`, as JSON values.
        """
        return {"op": "assign", "grids": self.labels, "parents": self.parents, "names": self.names}

    def to_dict(self, limit: int = 1000) -> dict[str, Any]:
        """Return the account of rows and households as JSON values, without the grids themselves.

        Parameters
        ----------
        limit : int
            Rows of ``errors`` and of ``filled`` that are spelled out; the rest are counted.

        Returns
        -------
        dict
            ``area, level, read, placed, errors, errors_total, decided, filled, filled_total, remarks``.
        """
        return {
            "area": self.area,
            "level": self.level,
            "read": self.read,
            "placed": self.placed,
            "errors": told_rows(self.errors.head(limit)),
            "errors_total": len(self.errors),
            "decided": self.decided,
            "filled": told_rows(self.filled.head(limit)),
            "filled_total": len(self.filled),
            "remarks": list(self.remarks),
        }

    def lines(self) -> list[str]:
        """Say for a terminal what was placed, and every row and household that was not.

        Returns
        -------
        list of str
            Lines.
        """
        found = [
            f"rows read {self.read} = placed {self.placed} + errors {len(self.errors)}",
            f"households {self.decided + len(self.filled)} = decided {self.decided} + filled {len(self.filled)}",
        ]
        found += [f"note: {remark}" for remark in self.remarks]
        found += _error_lines(self.errors)
        found += [
            f"filled: household {item.household} in {item.grid} ({item.source}): {item.reason}"
            for item in self.filled.itertuples(index=False)
        ]
        return found


def _error_lines(errors: pd.DataFrame) -> list[str]:
    """Name every row, those of one reason together."""
    lines = []
    plain = errors[errors["x"].isna()]
    for (file, reason), part in plain.groupby(["file", "reason"], sort=False):
        lines.append(f"error: {file}, row {_ranges(part['row'].tolist())}: {reason}")
    lines += [
        f"error: {item.file}, row {item.row}: {item.reason} (at {item.x:.9g}, {item.y:.9g})"
        for item in errors[errors["x"].notna()].itertuples(index=False)
    ]
    return lines


def _ranges(rows: list[int]) -> str:
    """Write rows as in "3, 5-9"."""
    parts: list[list[int]] = []
    for row in sorted(rows):
        if parts and row <= parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def error_frame(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Make the table of errors, by file and row.

    Parameters
    ----------
    rows : sequence of tuple
        File, row and reason, and where the fault has a place its x and y.

    Returns
    -------
    DataFrame
        Columns :data:`ERROR_COLUMNS`.
    """
    full = [(*row, float("nan"), float("nan"))[:5] for row in rows]
    frame = pd.DataFrame(full, columns=list(ERROR_COLUMNS))
    frame = frame.astype({"file": object, "row": "int64", "reason": object, "x": "float64", "y": "float64"})
    return frame.sort_values(["file", "row"], kind="stable", ignore_index=True)


def told_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with a reason as JSON values, with the reason's short name and what it names.

    Parameters
    ----------
    frame : DataFrame
        Rows with a column ``reason``.

    Returns
    -------
    list of dict
        The columns, and ``code, fields`` of :func:`geo_grid.exchange.reasons.reason_of`.
    """
    return [
        {name: None if isinstance(value, float) and pd.isna(value) else value for name, value in row.items()}
        | reason_of(str(row["reason"]))._asdict()
        for row in frame.to_dict("records")
    ]
