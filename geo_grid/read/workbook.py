"""XLSX: the header is looked for, because ledgers carry titles above it and headings merged over two rows."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.errors import InputError
from geo_grid.read.archive import refuse_bomb
from geo_grid.read.delimited import unique_names
from geo_grid.read.limits import HEADER_ROWS
from geo_grid.read.table import Table
from geo_grid.read.words import COLUMNS, fold

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.config import Source

    Row = tuple[Any, ...]


#: Lists whose rows are told as the worksheet numbers them, so that nobody need count from the header.
_NUMBERED = frozenset({"staff", "organisations"})


def load_xlsx(source: Source, path: Path) -> Table:
    """Read a worksheet; every cell becomes text.

    Parameters
    ----------
    source : Source
        The source; ``layer`` names the worksheet, else the first is read.
    path : Path
        The workbook.

    Returns
    -------
    Table
        Without geometry.

    Raises
    ------
    InputError
        The workbook is damaged, has no such worksheet, or no header in its first rows.
    """
    rows = _worksheet(source, path)
    first, names = _header(source, rows)
    width = len(names)
    body = [(row + (None,) * width)[:width] for row in rows[first:]]
    keep = [i for i, row in enumerate(body) if any(cell is not None and str(cell).strip() for cell in row)]
    cells = {name: [_text(body[i][column]) for i in keep] for column, name in enumerate(unique_names(names))}
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in cells.items()})
    table = Table(source, frame, rows=np.asarray(keep, dtype=np.int64) + 1, header=first)
    if first > 1 and source.role not in _NUMBERED:
        table.notes.append(
            f"{source.label}: the header ends in row {first} of the worksheet; data rows are counted from there"
        )
    return table


def _worksheet(source: Source, path: Path) -> list[Row]:
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(source, archive)
        return _cells(source, path)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - the library lets faults of a workbook through as they come
        mend = "Open it in a spreadsheet program and save it again as .xlsx"
        raise InputError(f"the workbook is damaged ({type(error).__name__})", file=source.label, mend=mend) from None


def _cells(source: Source, path: Path) -> list[Row]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        if source.layer and source.layer not in book.sheetnames:
            listed = ", ".join(book.sheetnames)
            raise InputError(f"no worksheet {source.layer!r}", file=source.label, mend=f"It has: {listed}")
        sheet = book[source.layer or book.sheetnames[0]]
        sheet.reset_dimensions()  # writers get them wrong
        return [tuple(row) for row in sheet.iter_rows(values_only=True)]
    finally:
        book.close()


def _header(source: Source, rows: list[Row]) -> tuple[int, list[str]]:
    """Return where the data begins, and the names of the columns."""
    known = {fold(name) for names in COLUMNS[source.role].values() for name in names}
    known |= {fold(name) for name in source.columns.values()}

    def score(names: list[str]) -> int:
        return sum(fold(name) in known for name in names)

    best: tuple[int, int, list[str]] = (0, 0, [])
    for i, row in enumerate(rows[:HEADER_ROWS]):
        single = [_text(cell) or "" for cell in row]
        if score(single) > best[0]:
            best = (score(single), i + 1, single)
        if i > 0:
            # a heading merged over several columns: the names below it count, and those above where nothing is below
            above = [_text(cell) or "" for cell in rows[i - 1]]
            width = max(len(single), len(above))
            pairs = zip(above + [""] * (width - len(above)), single + [""] * (width - len(single)), strict=True)
            joined = [low or high for high, low in pairs]
            if score(joined) > max(best[0], score(above)):
                best = (score(joined), i + 1, joined)
    if best[0] == 0:
        mend = f"Name its columns under [inputs.{source.role}.columns]"
        raise InputError(f"no header with a known column in the first {HEADER_ROWS} rows", file=source.label, mend=mend)
    return best[1], best[2]


def _text(cell: object) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, (dt.datetime, dt.date, dt.time)):
        return cell.isoformat()
    return str(cell)
