"""The ledger of grids 网格台账: a workbook with a sheet a level, exceptions, and elements by grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.exchange import layers
from geo_grid.exchange.cells import add_sheet, cell
from geo_grid.exchange.words import class_text, heading, kind_text, measure_unit_text, status_text, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from geo_grid.model import Plan

_WIDTHS = {
    "code": 23, "parent_code": 21, "parent_name": 24, "area_code": 16, "area_name": 18, "name": 28, "role": 14,
    "reason": 40, "id": 22, "element_id": 22, "grid_code": 23, "element_name": 24, "class": 14,
}  # fmt: skip


def write_ledger(plan: Plan, path: Path, *, lang: str, level: int | None, version: int | str | None) -> None:
    """Write the ledger.

    Parameters
    ----------
    plan : Plan
        With the public tables.
    path : Path
        A file that does not exist yet.
    lang : str
        Language of headings and words, "zh" or "en".
    level : int or None
        The only level wanted.
    version : int, str or None
        What is exported, for the first sheet.
    """
    import openpyxl

    levels = layers.levels_of(plan, level)
    book = openpyxl.Workbook(write_only=True)
    book.properties.creator = "geo-grid"
    grids = layers.grids_of(plan)
    parents = dict(zip(grids["code"], grids["name"], strict=True))
    _about(book, plan, lang, version)
    _sheet(book, word("areas", lang), _AREAS, _area_rows(plan, lang), lang)
    for number in levels:
        part = grids[grids["level"] == number]
        _sheet(book, word("grids_of", lang, n=number), _GRIDS, _grid_rows(part, parents, lang), lang)
    _sheet(book, word("exceptions", lang), _EXCEPTIONS, _exception_rows(plan, grids, levels, lang), lang)
    _sheet(book, word("elements", lang), _ELEMENTS, _element_rows(plan, lang), lang)
    _sheet(book, word("shares", lang), _SHARES, _share_rows(plan, levels, parents, lang), lang)
    book.save(path)


_AREAS = ("area_code", "area_name", "kind", "households")
_GRIDS = (
    "code", "name", "level", "parent_code", "parent_name", "area_code", "area_name", "role", "households", "low", "high",
    "status", "reason",
)  # fmt: skip
_EXCEPTIONS = (
    "code", "name", "level", "area_name", "households", "low", "high", "reason", "violation", "smallest_violation",
)  # fmt: skip
_ELEMENTS = ("id", "class", "element_name", "measure", "measure_unit", "outside")
_SHARES = ("grid_code", "name", "level", "class", "element_id", "element_name", "measure", "held", "measure_unit")


def _area_rows(plan: Plan, lang: str) -> Iterator[Sequence[Any]]:
    areas = plan["areas"].sort_values("code", kind="stable")
    for code, name, kind, households in areas[["code", "name", "kind", "households"]].itertuples(index=False):
        yield code, name, kind_text(kind, lang), households


def _grid_rows(grids: pd.DataFrame, parents: dict[str, str], lang: str) -> Iterator[Sequence[Any]]:
    for row in grids.itertuples(index=False):
        yield (
            row.code, row.name, row.level, row.parent_code, parents.get(row.parent_code), row.area_code, row.area_name,
            row.role, row.households, row.low, row.high, status_text(row.status, lang), layers.reason_words(row.reason, lang),
        )  # fmt: skip


def _exception_rows(plan: Plan, grids: pd.DataFrame, levels: list[int], lang: str) -> Iterator[Sequence[Any]]:
    known = {row.code: row for row in grids.itertuples(index=False)}
    exceptions = plan["exceptions"]
    exceptions = exceptions[exceptions["level"].isin(levels)].sort_values(["level", "grid_code"], kind="stable")
    for item in exceptions.itertuples(index=False):
        grid = known.get(item.grid_code)
        if grid is None:  # a plan that does not pass the check
            continue
        reason = layers.reason_words(grid.reason, lang)
        yield (
            grid.code, grid.name, grid.level, grid.area_name, grid.households, grid.low, grid.high, reason,
            item.violation, item.smallest_violation,
        )  # fmt: skip


def _element_rows(plan: Plan, lang: str) -> Iterator[Sequence[Any]]:
    elements = pd.DataFrame(plan["elements"][list(layers.ELEMENT_COLUMNS)])
    for id_, class_, name, measure, unit, outside in elements.itertuples(index=False):
        yield (
            id_, class_text(class_, lang), name, round(measure, 3), measure_unit_text(unit, lang), round(outside, 3)
        )  # fmt: skip


def _share_rows(plan: Plan, levels: list[int], names: dict[str, str], lang: str) -> Iterator[Sequence[Any]]:
    elements = plan["elements"]
    facts = {
        id_: (class_text(class_, lang), name, measure_unit_text(unit, lang))
        for id_, class_, name, unit in zip(
            elements["id"], elements["class"], elements["name"], elements["measure_unit"], strict=True
        )
    }
    shares = pd.DataFrame(layers.shares_of(plan, levels).drop(columns="geom"))
    shares = shares.sort_values(["level", "grid_code", "element_id"], kind="stable")
    for element, grid, level, measure, held in shares.itertuples(index=False):
        class_, name, unit = facts.get(element, (None, None, None))
        yield grid, names.get(grid), level, class_, element, name, round(measure, 3), round(held, 3), unit


def _about(book: Any, plan: Plan, lang: str, version: int | str | None) -> None:
    sheet = book.create_sheet(word("about", lang))
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 48
    facts = layers.facts_of(plan, version)
    shown = word("draft", lang) if version is None else word("version_n", lang, n=version)
    rows = [
        ("plan", facts["plan"]),
        ("area", facts["area"] or word("whole", lang)),
        ("version", shown),
        ("households", int(plan["areas"]["households"].sum())),
        ("crs", facts["crs"]),
        ("built_at", facts["built_at"]),
        ("program", facts["program"]),
    ]
    for key, value in rows:
        sheet.append([cell(sheet, word(key, lang)), cell(sheet, value)])
    if "sample" in facts:
        sheet.append([cell(sheet, word("sample", lang))])


def _sheet(book: Any, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], lang: str) -> None:
    add_sheet(
        book,
        title,
        [heading(column, lang) for column in columns],
        [_WIDTHS.get(column, 12) for column in columns],
        rows,
    )
