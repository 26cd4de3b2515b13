"""The report as lines for a terminal; Chinese characters are two columns wide."""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

from geo_grid.report import tables
from geo_grid.report.words import check_lang, reason_text, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.report.summary import Summary
    from geo_grid.report.tables import Table


def text_lines(summary: Summary, lang: str = "zh") -> list[str]:
    """Write the report for a terminal.

    Parameters
    ----------
    summary : Summary
        Figures.
    lang : {"zh", "en"}, default "zh"
        Language.

    Returns
    -------
    list of str
        Lines, aligned also where characters are two columns wide.

    Raises
    ------
    UsageError
        If the language is another.
    """
    check_lang(lang)
    return list(_lines(summary, lang))


def _lines(summary: Summary, lang: str) -> Iterator[str]:
    yield f"{tables.title(summary)} · {word('title', lang)}"
    for name, value in tables.facts(summary, lang):
        yield f"  {name}: {value}"
    yield from _section("s_households", tables.household_facts(summary, lang), lang)
    yield from _indented(tables.quarantine(summary, lang))
    yield from _section("s_levels", tables.levels(summary.levels, lang), lang)
    yield from _section("s_shape", tables.shapes(summary.levels, lang), lang)
    yield from _section("s_barriers", tables.barriers(summary, lang), lang)
    yield from _section("s_elements", tables.elements(summary, lang), lang)
    yield from ("", word("s_exceptions", lang))
    if not summary.exceptions:
        yield f"  {word('no_exceptions', lang)}"
    for reason, items in groupby(summary.exceptions, key=lambda item: item.reason):
        listed = list(items)
        yield f"  {reason_text(reason, lang)}: {len(listed)}"
        yield from _indented(tables.exceptions(listed, lang), "    ")
    for key, groups in (
        ("s_counties", summary.counties),
        ("s_townships", summary.townships),
        ("s_areas", summary.areas),
    ):
        if groups:
            yield from _section(key, tables.groups(groups, lang), lang)
    notes = summary.meta.get("notes", [])
    if notes:
        yield from ("", word("s_notes", lang), *(f"  {note}" for note in notes))


def _section(key: str, table: Table | None, lang: str) -> Iterator[str]:
    yield ""
    yield word(key, lang)
    yield from _indented(table)


def _indented(table: Table | None, indent: str = "  ") -> Iterator[str]:
    if table is None:
        return
    if not table.rows:
        yield f"{indent}{table.empty}"
        return
    rows = [table.head, *table.rows] if any(table.head) else table.rows
    widths = [max(columns(row[i]) for row in rows) for i in range(len(table.head))]
    for row in rows:
        cells = [_padded(cell, width, right=right) for cell, width, right in zip(row, widths, table.right, strict=True)]
        yield f"{indent}{'  '.join(cells)}".rstrip()


def _padded(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - columns(text))
    return blanks + text if right else text + blanks


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    Parameters
    ----------
    text : str
        One line.

    Returns
    -------
    int
        2 for wide and full-width characters, 0 for combining ones, 1 for others.
    """
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
