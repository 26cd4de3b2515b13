"""The report of a rebuild as a file: a workbook, tables, or a page."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from geo_grid.rebuild.change_words import explanations, heading, word
from geo_grid.rebuild.wording import facts, sheets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from geo_grid.rebuild.rebuilding import Rebuilt
    from geo_grid.rebuild.wording import Sheet

_WIDTHS = {
    "grid": 20, "became": 20, "was_in": 20, "grid_name": 26, "area": 15, "area_name": 20, "township_name": 20, "why": 70,
    "reason": 50, "reason_before": 50, "unused": 60, "source": 30, "how": 24, "crossed": 18, "what": 22,
}  # fmt: skip


def write_changes(done: Rebuilt, path: Path, lang: str = "zh", store: str = "") -> list[Path]:
    """Write the report of a rebuild.

    Parameters
    ----------
    done : Rebuilt
        What it did.
    path : Path
        File; its ending says what is written: .xlsx, .csv or .html.
    lang : str
        "zh" or "en".
    store : str
        Where the plan is, to be said in the head; without a password.

    Returns
    -------
    list of Path
        What was written: the file, and of tables one a list beside it (``changes-exceptions.csv``).

    Raises
    ------
    UsageError
        If a file cannot be written.
    """
    from geo_grid.exchange.replacing import replacing

    tables, head = sheets(done, lang), facts(done, lang, store)
    title = f"{done.meta.get('name') or ''} · {word('title', lang)}".removeprefix(" · ")
    sample = done.meta.get("sample") is True
    if path.suffix.lower() == ".csv":
        return _write_tables(tables, title, head, path, lang, sample=sample)
    with replacing(path) as draft:
        if path.suffix.lower() == ".xlsx":
            _workbook(tables, title, head, lang, sample=sample).save(draft)
        else:
            draft.write_text(_page(tables, title, head, lang, sample=sample), encoding="utf-8")
    return [path]


def _head_rows(
    title: str, head: Sequence[tuple[str, str]], totals: Sheet, lang: str, *, sample: bool
) -> list[tuple[Any, ...]]:
    """Return the rows of the head, in a table that is not one of the lists."""
    marked = [(word("sample", lang),)] if sample else []
    return [(title,), *marked, *head, (), tuple(totals.heads), *totals.rows]


def _workbook(tables: list[Sheet], title: str, head: list[tuple[str, str]], lang: str, *, sample: bool) -> Any:
    import openpyxl

    from geo_grid.exchange.cells import add_sheet, cell

    book = openpyxl.Workbook(write_only=True)
    book.properties.creator = "geo-grid"
    sheet = book.create_sheet(word("overview", lang))
    for letter, width in (("A", 34), ("B", 40), ("C", 14), ("D", 14)):
        sheet.column_dimensions[letter].width = width
    for row in _head_rows(title, head, tables[0], lang, sample=sample):
        sheet.append([cell(sheet, value) for value in row])
    for table in tables[1:]:
        add_sheet(book, table.title, table.heads, [_WIDTHS.get(name, 13) for name in table.columns], table.rows)
    add_sheet(book, word("columns", lang), ["", ""], [26, 80], explanations(lang))
    return book


def _write_tables(
    tables: list[Sheet], title: str, head: list[tuple[str, str]], path: Path, lang: str, *, sample: bool
) -> list[Path]:
    """Write the head to the file itself, and each list beside it."""
    paths = {table.key: path.with_name(f"{path.stem}-{table.key}{path.suffix}") for table in tables[1:]}
    rows = _head_rows(title, head, tables[0], lang, sample=sample)
    rows += [(), (word("others", lang),), *((table.title, paths[table.key].name) for table in tables[1:])]
    _table(path, [*rows, (), (word("columns", lang),), *explanations(lang)])
    for table in tables[1:]:
        mark = (heading("sample", lang),) if sample else ()
        _table(paths[table.key], [(*table.heads, *mark), *((*row, *mark) for row in table.rows)])
    return [path, *paths.values()]


def _table(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    from geo_grid.exchange.replacing import replacing

    # spreadsheets take it for UTF-8 by its mark
    with replacing(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _page(tables: list[Sheet], title: str, head: list[tuple[str, str]], lang: str, *, sample: bool) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("geo_grid.rebuild"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("changes.html").render(
        lang=word("page_lang", lang),
        title=title,
        facts=head,
        tables=tables,
        none=word("none", lang),
        columns=word("columns", lang),
        explanations=explanations(lang),
        sample=word("sample", lang) if sample else "",
    )
