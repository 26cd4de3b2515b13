"""Sheets and cells of workbooks that people open: text is never a formula, and codes stay text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Rows a worksheet holds, its header among them.
MAX_ROWS = 1_048_576
#: Signs a cell holds.
MAX_TEXT = 32_767
_BAD_SIGNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def add_sheet(
    book: Any, title: str, headings: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[Any]]
) -> None:
    """Write one table, on as many sheets as it needs.

    Parameters
    ----------
    book : openpyxl.Workbook
        Open for writing only.
    title : str
        Name of the sheet; those that follow have a number.
    headings : sequence of str
        First row.
    widths : sequence of float
        Of the columns, in signs.
    rows : iterable of sequence
        Values.
    """
    rows = iter(rows)
    number = 1
    while True:
        name = title if number == 1 else f"{title} {number}"
        if _fill(book.create_sheet(name), headings, widths, rows) < MAX_ROWS:
            return
        number += 1


def _fill(sheet: Any, headings: Sequence[str], widths: Sequence[float], rows: Iterator[Sequence[Any]]) -> int:
    """Write a header and rows until the sheet is full; return the rows written, header included."""
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for i, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(i)].width = width
    sheet.append([_head(sheet, heading) for heading in headings])
    count = 1
    while count < MAX_ROWS and (row := next(rows, None)) is not None:
        sheet.append([cell(sheet, value) for value in row])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{count}"
    return count


def _head(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def cell(sheet: Any, value: Any) -> Any:
    """Return what a row of a sheet takes.

    Parameters
    ----------
    sheet : openpyxl worksheet
        Where it goes.
    value : Any
        Text, a number or nothing.

    Returns
    -------
    Any
        Numbers as numbers, all else as text that is never a formula.
    """
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return None
    if not isinstance(value, str):
        return float(value) if isinstance(value, float) else int(value)
    from openpyxl.cell import WriteOnlyCell

    text = _BAD_SIGNS.sub("\ufffd", value)[:MAX_TEXT]
    made = WriteOnlyCell(sheet, text)
    if text.isdigit() or text.startswith(_FORMULA):
        made.number_format = "@"  # a code that somebody edits stays text
    if text.startswith(_FORMULA):
        made.data_type = "s"
        made.quotePrefix = True
    return made
