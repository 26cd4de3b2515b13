"""The tables of a report, in words and formatted numbers: what the page and the terminal both show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_grid._toml import dotted
from geo_grid.report.words import (
    amount_text,
    band_text,
    cause_text,
    class_text,
    elements_text,
    kind_text,
    off_band_text,
    percent,
    word,
)
from geo_grid.telling import time_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_grid.report.summary import ExceptionFigures, GroupFigures, LevelFigures, Summary

    Row = list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be shown.

    Parameters
    ----------
    head : list of str
        Heads of the columns, all empty for none.
    right : list of bool
        Which columns are numbers and stand on the right.
    rows : list of list of str
        Cells.
    empty : str
        What to say where there are no rows.
    """

    head: Row
    right: list[bool]
    rows: list[Row]
    empty: str = ""


def title(summary: Summary) -> str:
    """Return the name of the city.

    Parameters
    ----------
    summary : Summary
        Figures.

    Returns
    -------
    str
        Name, or a dash.
    """
    return str(summary.meta.get("name") or "–")


def facts(summary: Summary, lang: str) -> list[tuple[str, str]]:
    """Say what the plan is.

    Parameters
    ----------
    summary : Summary
        Figures.
    lang : str
        "zh" or "en".

    Returns
    -------
    list of tuple of str
        Names and values.
    """
    meta = summary.meta
    found = [
        (word("urban_areas", lang), f"{summary.urban_areas:,}"),
        (word("rural_areas", lang), f"{summary.rural_areas:,}"),
        (word("households", lang), f"{summary.households.households:,}"),
        (word("border_shift", lang), f"{summary.border_shift * 1000:.3f} mm"),
    ]
    for key, name in (("crs", "crs"), ("built_at", "built"), ("program_version", "program"), ("seed", "seed")):
        if meta.get(key) is not None:
            value = str(meta[key])
            found.append((word(name, lang), time_told(value, lang) if key == "built_at" else value))
    if decided := dotted(meta.get("field_policy") or {}):
        found.append((word("field_policy", lang), "; ".join(decided)))
    return found


def household_facts(summary: Summary, lang: str) -> Table:
    """Say where the household rows went.

    Parameters
    ----------
    summary : Summary
        Figures.
    lang : str
        "zh" or "en".

    Returns
    -------
    Table
        Names and numbers.
    """
    rows = summary.households
    counted = (("rows_read", rows.read), ("rows_placed", rows.placed), ("rows_quarantined", rows.quarantined))
    cells = [[word(name, lang), "–" if value is None else f"{value:,}"] for name, value in counted]
    cells.append([word("households", lang), f"{rows.households:,}"])
    return Table(["", ""], [False, True], cells)


def quarantine(summary: Summary, lang: str) -> Table | None:
    """List what was put aside.

    Parameters
    ----------
    summary : Summary
        Figures.
    lang : str
        "zh" or "en".

    Returns
    -------
    Table or None
        Sources, reasons and rows; None where nothing was.
    """
    rows = [[item.source, cause_text(item.reason, lang), f"{item.rows:,}"] for item in summary.households.reasons]
    return _table(("source", "reason", "rows"), rows, lang, left=2) if rows else None


def levels(figures: Sequence[LevelFigures], lang: str) -> Table:
    """Count grids and households by level.

    Parameters
    ----------
    figures : sequence of LevelFigures
        One a row.
    lang : str
        "zh" or "en".

    Returns
    -------
    Table
        The table.
    """
    heads = (
        "kind", "level", "grids", "households", "mean", "smallest", "largest",
        "in_band", "share_in_band", "given", "exceptions", "elements_per_grid",
    )  # fmt: skip
    rows = [
        [
            *_which(item, lang),
            f"{item.grids:,}",
            f"{item.households:,}",
            f"{item.mean:.1f}",
            f"{item.smallest:,}",
            f"{item.largest:,}",
            f"{item.in_band:,} / {item.banded:,}",
            percent(item),
            f"{item.given:,}",
            f"{item.exceptions:,}",
            f"{item.elements_per_grid:.1f}",
        ]
        for item in figures
    ]
    return _table(heads, rows, lang, left=2)


def shapes(figures: Sequence[LevelFigures], lang: str) -> Table:
    """Say how compact grids are, and what their borders cut.

    Parameters
    ----------
    figures : sequence of LevelFigures
        One a row.
    lang : str
        "zh" or "en".

    Returns
    -------
    Table
        The table.
    """
    heads = (
        "kind", "level", "compactness_mean", "compactness_least", "cut_km",
        "crossing_grids", "crossing_km", "buildings_split", "splits_unavoidable",
    )  # fmt: skip
    rows = [
        [
            *_which(item, lang),
            f"{item.compactness_mean:.3f}",
            f"{item.compactness_least:.3f}",
            f"{item.cut_km:,.2f}",
            f"{item.crossing_grids:,}",
            f"{item.crossing_km:,.2f}",
            f"{item.buildings_split:,}",
            f"{item.splits_unavoidable:,}",
        ]
        for item in figures
    ]
    return _table(heads, rows, lang, left=2)


def barriers(summary: Summary, lang: str) -> Table:
    """Count the grids that barriers run through.

    Parameters
    ----------
    summary : Summary
        Figures.
    lang : str
        "zh" or "en".

    Returns
    -------
    Table
        The table.
    """
    rows = [
        [
            class_text(item.element_class, lang),
            f"{item.strength:g}",
            word("level_n", lang, n=item.level),
            f"{item.grids:,}",
            f"{item.km:,.2f}",
        ]
        for item in summary.barriers
    ]
    table = _table(("class", "strength", "level", "grids", "crossing_km"), rows, lang, left=1, empty="no_barriers")
    table.right[2] = False
    return table


def elements(summary: Summary, lang: str) -> Table:
    """Add up the elements by class.

    Parameters
    ----------
    summary : Summary
        Figures.
    lang : str
        "zh" or "en".

    Returns
    -------
    Table
        The table.
    """
    rows = [
        [
            class_text(item.element_class, lang),
            f"{item.elements:,}",
            amount_text(item.measure, item.unit, lang),
            amount_text(item.measure - item.outside, item.unit, lang),
            amount_text(item.outside, item.unit, lang) if item.outside_elements else "–",
            f"{item.outside_elements:,}",
            *(f"{(item.grids or {}).get(level, 0):,}" for level in (1, 2, 3)),
        ]
        for item in summary.elements
    ]
    table = _table(
        ("class", "elements", "measure", "inside", "outside", "outside_elements"),
        rows,
        lang,
        left=1,
        empty="no_elements",
    )
    table.head.extend(word("grids_with", lang, n=level) for level in (1, 2, 3))
    table.right.extend([True] * 3)
    return table


def exceptions(items: Sequence[ExceptionFigures], lang: str) -> Table:
    """List exceptions.

    Parameters
    ----------
    items : sequence of ExceptionFigures
        Exceptions of one reason.
    lang : str
        "zh" or "en".

    Returns
    -------
    Table
        The table.
    """
    rows = [
        [
            item.code,
            item.name,
            item.area_name,
            word("level_n", lang, n=item.level),
            f"{item.households:,}",
            band_text(item.low, item.high),
            off_band_text(item.households, item.low, item.violation, lang),
            off_band_text(item.households, item.low, item.smallest_violation, lang),
        ]
        for item in items
    ]
    heads = ("code", "name", "area", "level", "households", "band", "violation", "smallest_violation")
    return _table(heads, rows, lang, left=4)


def groups(items: Sequence[GroupFigures], lang: str) -> Table:
    """List counties, townships or areas.

    Parameters
    ----------
    items : sequence of GroupFigures
        One a row.
    lang : str
        "zh" or "en".

    Returns
    -------
    Table
        The table; where a cell has several numbers they are those of levels 1, 2 and, in communities, 3.
    """
    kinds = any(item.kind for item in items)
    head = [
        *(word(key, lang) for key in ("code", "name", "kind" if kinds else "areas", "households")),
        *(word(key, lang) for key in ("grids", "share_in_band", "exceptions", "compactness_mean", "cut_km")),
        *(word(key, lang) for key in ("crossing_grids", "buildings_split", "splits_unavoidable", "amounts")),
    ]
    return Table(head, [False, False, not kinds, *[True] * 9, False], [_group(item, lang) for item in items])


def _group(item: GroupFigures, lang: str) -> Row:
    found = item.levels
    return [
        item.code,
        item.name or "–",
        kind_text(item.kind, lang) if item.kind else f"{item.areas:,}",
        f"{item.households:,}",
        _by_level(f"{figures.grids:,}" for figures in found),
        _by_level(percent(figures) for figures in found),
        _by_level(f"{figures.exceptions:,}" for figures in found),
        _by_level(f"{figures.compactness_mean:.2f}" for figures in found),
        _by_level(f"{figures.cut_km:,.1f}" for figures in found),
        _by_level(f"{figures.crossing_grids:,}" for figures in found),
        _by_level(f"{figures.buildings_split:,}" for figures in found),
        _by_level(f"{figures.splits_unavoidable:,}" for figures in found),
        elements_text(item.elements, lang),
    ]


def _by_level(values: Iterable[str]) -> str:
    """Join one value a level, coarsest first."""
    return " / ".join(values)


def _which(item: LevelFigures, lang: str) -> Row:
    return [kind_text(item.kind, lang), word("level_n", lang, n=item.level)]


def _table(heads: tuple[str, ...], rows: list[Row], lang: str, *, left: int, empty: str | None = None) -> Table:
    return Table(
        [word(head, lang) for head in heads],
        [i >= left for i in range(len(heads))],
        rows,
        word(empty, lang) if empty else "",
    )
