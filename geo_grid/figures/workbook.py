"""The same numbers as a workbook with charts."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import TYPE_CHECKING, Any

from geo_grid.figures.counting import LEVELS
from geo_grid.figures.told import figures_told
from geo_grid.figures.words import class_word, word
from geo_grid.lookup.counts import LEAST_COUNT
from geo_grid.telling import BEIJING, share_told, time_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_grid.figures.counting import CityFigures
    from geo_grid.figures.words import Lang

    Place = dict[str, Any]

#: What lengths and areas are divided by to be told in kilometres and hectares.
_SCALE = {"m": 1000.0, "m2": 10_000.0, "count": 1.0}
_WIDTHS = {"code": 14, "name": 24, "parent": 14, "kind": 12}
_PERCENT, _TENTH, _WHOLE = "0.0%", "0.0", "#,##0"
#: Characters no workbook holds.
_NEVER = dict.fromkeys([*range(9), 11, 12, *range(14, 32)], "\ufffd")


def figures_workbook(
    figures: CityFigures,
    lang: Lang = "zh",
    *,
    least_count: int = LEAST_COUNT,
    version: dict[str, Any] | None = None,
    utc_offset_hours: float = BEIJING,
) -> bytes:
    """Write numbers as a workbook: overview, counties, townships, areas, elements.

    Parameters
    ----------
    figures : CityFigures
        The numbers.
    lang : {"zh", "en"}
        Language.
    least_count : int
        The least count of households that is told exactly; 0 tells all, for staff.
    version : dict, optional
        ``number, name, made_at`` of the published version; by default a draft.
    utc_offset_hours : float
        What the clocks of its readers are ahead of UTC.

    Returns
    -------
    bytes
        An XLSX file.
    """
    import openpyxl

    told = figures_told(figures, least_count)
    book = openpyxl.Workbook()
    book.properties.creator = "geo-grid"
    sheet = book.active
    sheet.title = word("s_overview", lang)
    _overview(sheet, figures, told["city"], lang, _notes(figures, lang, least_count, version, utc_offset_hours))
    names = {place["code"]: place["name"] for key in ("counties", "townships") for place in told[key]}
    for kind, key in (("county", "counties"), ("township", "townships"), ("area", "areas")):
        if told[key]:
            listed = book.create_sheet(word(f"s_{kind}", lang))
            _listed(listed, told[key], kind, names, figures.vacancies, lang)
            # one county alone is no chart: its townships are
            if kind == "county" or (kind == "township" and len(told["counties"]) < 2):
                _charts(listed, kind, len(told[key]), figures.vacancies, lang)
    _all_elements(book, told, lang)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _notes(
    figures: CityFigures, lang: Lang, least_count: int, version: dict[str, Any] | None, offset_hours: float
) -> list[tuple[str, str]]:
    meta = figures.meta
    shown = word("draft", lang)
    if version:
        shown = f"{version['number']} · {version['name']} · {time_told(version['made_at'], lang, offset_hours)}"
    rows = [
        (word("version", lang), shown),
        (word("built", lang), time_told(str(meta.get("built_at") or ""), lang, offset_hours)),
        (word("made", lang), time_told(dt.datetime.now(dt.UTC), lang, offset_hours)),
    ]
    if meta.get("sample") is True:
        rows.insert(0, (word("sample", lang), ""))
    return [
        *rows,
        (word("note_exact" if least_count == 0 else "note_public", lang), ""),
        (word("note_elements", lang), ""),
    ]


def _overview(sheet: Any, figures: CityFigures, city: Place, lang: Lang, notes: list[tuple[str, str]]) -> None:
    from openpyxl.styles import Font

    _put(sheet, 1, 1, f"{figures.meta.get('name') or ''} · {word('title', lang)}").font = Font(bold=True, size=16)
    row = 2
    for left, right in notes:
        _put(sheet, row, 1, left)
        _put(sheet, row, 2, right)
        row += 1
    row += 1
    for key in ("households", "urban", "rural", "grids", "per_grid"):
        _put(sheet, row, 1, word(key, lang))
        _put(sheet, row, 2, city[key], _TENTH if key == "per_grid" else _WHOLE)
        row += 1
    keys = ("grids", "banded", "in_band", "share", "exceptions", *(["vacant"] if figures.vacancies else []))
    row += 1
    _heads(sheet, row, [word("level", lang), *(word(key, lang) for key in keys)])
    for level in [*city["levels"], city | {"level": None}]:
        row += 1
        text = word("all", lang) if level["level"] is None else word(f"level_{level['level']}", lang)
        _put(sheet, row, 1, text)
        for column, key in enumerate(keys, start=2):
            value, form = (_share(level), _PERCENT) if key == "share" else (level[key], _WHOLE)
            _put(sheet, row, column, value, form)
    sheet.column_dimensions["A"].width = 26
    for letter in "BCDEFG":
        sheet.column_dimensions[letter].width = 18


def _share(counts: dict[str, Any]) -> float | None:
    return share_told(counts["in_band"], counts["banded"])


def _columns(kind: str, vacancies: bool) -> list[str]:
    place = ["code", "name"] + (["parent"] if kind != "county" else []) + (["kind"] if kind == "area" else [])
    sizes = ["households", *(f"grids_{level}" for level in LEVELS), "grids", "per_grid"]
    if kind != "area":
        sizes = ["urban", "rural", *sizes]
    return [*place, *sizes, "banded", "in_band", "share", "exceptions", *(["vacant"] if vacancies else [])]


def _listed(sheet: Any, places: list[Place], kind: str, names: dict[str, str], vacancies: bool, lang: Lang) -> None:
    from openpyxl.utils import get_column_letter

    columns = _columns(kind, vacancies)
    heads = [word(f"level_{key[-1]}", lang) if key.startswith("grids_") else word(key, lang) for key in columns]
    _heads(sheet, 1, heads)
    for row, place in enumerate(places, start=2):
        for column, key in enumerate(columns, start=1):
            value, form = _cell(place, key, names, lang)
            _put(sheet, row, column, value, form)
    for column, key in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(key, 13)
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(places) + 1}"


def _cell(place: Place, key: str, names: dict[str, str], lang: Lang) -> tuple[Any, str]:
    if key.startswith("grids_"):
        return next((row["grids"] for row in place["levels"] if row["level"] == int(key[-1])), 0), _WHOLE
    if key == "share":
        return _share(place), _PERCENT
    if key == "parent":
        return names.get(place["parent"]) or place["parent"], "@"
    if key == "kind":
        return word(f"kind_{place['kind']}", lang) if place["kind"] in {"urban", "rural"} else place["kind"], "@"
    if key == "name":
        return place["name"] or word("unnamed", lang), "@"
    return place[key], {"code": "@", "per_grid": _TENTH}.get(key, _WHOLE)


def _charts(sheet: Any, kind: str, count: int, vacancies: bool, lang: Lang) -> None:
    """Draw bars by place below the table: grids by level on each other, exceptions, vacancies."""
    columns = _columns(kind, vacancies)
    wanted = [("grids", [f"grids_{level}" for level in LEVELS]), ("exceptions", ["exceptions"])]
    if vacancies:
        wanted.append(("vacant", ["vacant"]))
    for place, (title, keys) in enumerate(wanted):
        chart = _bars(sheet, [columns.index(key) + 1 for key in keys], count, word(f"chart_{kind}_{title}", lang))
        sheet.add_chart(chart, f"A{count + 4 + 18 * place}")


def _bars(sheet: Any, columns: Sequence[int], count: int, title: str) -> Any:
    from openpyxl.chart import BarChart, Reference

    chart = BarChart()
    chart.title, chart.height, chart.width = title, 8.5, 26
    chart.grouping, chart.overlap = "stacked", 100
    for column in columns:
        chart.add_data(Reference(sheet, min_col=column, min_row=1, max_row=count + 1), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=2, min_row=2, max_row=count + 1))
    chart.x_axis.delete = chart.y_axis.delete = False  # the library hides axes unless told not to
    if len(columns) == 1:
        chart.legend = None
    return chart


def _all_elements(book: Any, told: dict[str, Any], lang: Lang) -> None:
    """List what is looked after: by the coarsest places of which there are several, and by township below counties."""
    kinds = [key for key in ("counties", "townships", "areas") if len(told[key]) > 1] or ["areas"]
    _elements(book.create_sheet(word("s_elements", lang)), told, told[kinds[0]], lang)
    if kinds[:2] == ["counties", "townships"]:
        _elements(book.create_sheet(word("s_elements_township", lang)), told, told["townships"], lang)


def _elements(sheet: Any, told: dict[str, Any], places: list[Place], lang: Lang) -> None:
    """List the measure of each class by place, then all of it, and what lies outside."""
    held = told["city"]["elements"]
    classes = [(item["class"], item["unit"]) for item in held]
    heads = [f"{class_word(name, lang)} ({word(unit, lang)})" for name, unit in classes]
    _heads(sheet, 1, [word("code", lang), word("name", lang), *heads])
    rows = [(place["code"], place["name"] or word("unnamed", lang), place["elements"]) for place in places]
    rows.append(("", word("all", lang), held))
    if any(item["outside"] for item in held):
        rows.append(("", word("outside", lang), [item | {"measure": item["outside"]} for item in held]))
        whole = [item | {"measure": item["measure"] + item["outside"]} for item in held]
        rows.append(("", word("with_outside", lang), whole))
    for row, (code, name, items) in enumerate(rows, start=2):
        _put(sheet, row, 1, code, "@")
        _put(sheet, row, 2, name, "@")
        found = {(item["class"], item["unit"]): item["measure"] / _SCALE[item["unit"]] for item in items}
        for column, key in enumerate(classes, start=3):
            _put(sheet, row, column, found.get(key, 0), _WHOLE if key[1] == "count" else "#,##0.00")
    sheet.freeze_panes = "C2"
    for letter, width in zip("ABCDEFGHIJKLM", [14, 28, *[16] * 11], strict=True):
        sheet.column_dimensions[letter].width = width


def _heads(sheet: Any, row: int, texts: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font

    for column, text in enumerate(texts, start=1):
        cell = _put(sheet, row, column, text)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")


def _put(sheet: Any, row: int, column: int, value: Any, form: str = "General") -> Any:
    """Write a cell; text is never a formula."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = value.translate(_NEVER)
        cell.data_type = "s"
    else:
        cell.value = value
        cell.number_format = form
    return cell
