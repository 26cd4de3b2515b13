"""The ledger of field inspection 巡查台账: a workbook with duties, inspections, matters, and what they add up to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid.exchange import field_tables as tables
from geo_grid.exchange.cells import add_sheet, cell
from geo_grid.exchange.field_words import check_lang, heading, word
from geo_grid.exchange.replacing import replacing

if TYPE_CHECKING:
    import pandas as pd

    from geo_grid.exchange.field_book import FieldBook

_WIDTHS = {
    "grid_code": 23, "grid_then": 23, "grid_today": 23, "grid_name": 24, "grid_today_name": 24, "area_name": 18, "name": 20,
    "place": 20, "element_id": 18, "made_at": 17, "found_at": 17, "due_at": 17, "mended_at": 17, "closed_at": 17,
    "taken_at": 17, "checklist": 44, "notes": 36, "said": 36, "warnings": 24, "photos": 28, "file": 30, "id": 36,
    "matter": 36, "owner_id": 36, "person": 14, "post": 14, "category": 16,
}  # fmt: skip
#: Columns that are keys for a map, not words for people.
_KEYS = ("state",)


def write_field_xlsx(book: FieldBook, path: str | Path, lang: str = "zh") -> None:
    """Write the ledger of a month; the file appears whole or not at all, and only its owner may read it.

    Parameters
    ----------
    book : FieldBook
        The month.
    path : str or Path
        The file; an earlier one is replaced, but never a plan.
    lang : {"zh", "en"}
        Language of headings and words.

    Raises
    ------
    UsageError
        There is no such language, or the file cannot be written.
    """
    import openpyxl

    check_lang(lang)
    workbook = openpyxl.Workbook(write_only=True)
    workbook.properties.creator = "geo-grid"
    _about(workbook, book, lang)
    duties = tables.duty_table(book, lang)
    duties["state"] = duties.pop("state_name")
    for name, frame in (
        ("figures", tables.figure_table(book, lang, by_category=False)),
        ("by_category", tables.figure_table(book, lang, by_category=True)),
        ("cover", tables.cover_table(book, lang)),
        ("duties", duties),
        ("records", tables.record_table(book, lang)),
        ("matters", tables.matter_table(book, lang).drop(columns="state")),
        ("changes", tables.change_table(book, lang)),
        ("photos", tables.photo_table(book, lang)),
        ("load", tables.load_table(book, lang)),
    ):
        _sheet(workbook, word(name, lang), frame, lang)
    with replacing(Path(path), private=True) as draft:
        workbook.save(draft)


def _sheet(workbook: Any, title: str, frame: pd.DataFrame, lang: str) -> None:
    columns = list(frame.columns)
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    add_sheet(
        workbook, title, [heading(name, lang) for name in columns], [_WIDTHS.get(name, 12) for name in columns], rows
    )


def _about(workbook: Any, book: FieldBook, lang: str) -> None:
    sheet = workbook.create_sheet(word("about", lang))
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 60
    for name, value in about(book, lang):
        sheet.append([cell(sheet, name), cell(sheet, value)])


def about(book: FieldBook, lang: str) -> list[tuple[str, str]]:
    """Say what an export is of.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    list of (str, str)
        Names and values.
    """
    import pandas as pd

    shown = word("draft", lang) if book.version is None else word("version_n", lang, n=book.version)
    facts = [
        (word("ledger", lang), book.place),
        (word("plan", lang), str(book.meta.get("name", ""))),
        (word("month", lang), book.period),
        (word("version", lang), shown),
        (word("on", lang), f"{book.on:%Y-%m-%d}"),
        (word("gathered", lang), book.local(pd.Series([book.now.isoformat()]))[0]),
        (word("private", lang), ""),
    ]
    return [*facts, (word("sample", lang), "")] if book.sample else facts
