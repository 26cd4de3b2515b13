"""The monthly report of field inspection: one page to be printed, with map and plots, that asks no other host for anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.exchange import field_tables as tables
from geo_grid.exchange.field_svg import map_of, plot_categories, plot_classes, plot_days
from geo_grid.exchange.field_words import check_lang, heading, word
from geo_grid.exchange.field_xlsx import about
from geo_grid.exchange.replacing import replacing

if TYPE_CHECKING:
    import pandas as pd

    from geo_grid.exchange.field_book import FieldBook

#: Rows of a list that are printed; the ledger has them all.
_LISTED = 40
_OPEN = ("found", "assigned")
_SHARES = ("share_done", "share_mended")


class _Table(NamedTuple):
    """What is printed of a table."""

    head: list[str]
    right: list[bool]
    rows: list[list[str]]
    more: int


def write_field_report(book: FieldBook, path: str | Path, lang: str = "zh") -> None:
    """Write the report of a month; the file appears whole or not at all, and only its owner may read it.

    Parameters
    ----------
    book : FieldBook
        The month.
    path : str or Path
        The file; an earlier one is replaced, but never a plan.
    lang : {"zh", "en"}
        Language.

    Raises
    ------
    UsageError
        There is no such language, or the file cannot be written.
    """
    page = field_report(book, lang)
    with replacing(Path(path), private=True) as draft:
        draft.write_text(page, encoding="utf-8")


def field_report(book: FieldBook, lang: str = "zh") -> str:
    """Return the report of a month.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        HTML with its style and drawings inside, without scripts.

    Raises
    ------
    UsageError
        There is no such language.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    check_lang(lang)
    environment = Environment(
        loader=PackageLoader("geo_grid.exchange"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = lambda key, **values: word(key, lang, **values)
    return environment.get_template("field_report.html").render(
        place=book.place,
        month=book.period,
        title=word("title" if book.first.replace(day=28) == book.last.replace(day=28) else "title_long", lang),
        sample=book.sample,
        facts=[(name, value) for name, value in about(book, lang)[1:] if value],
        figures=_figures(book, lang),
        map=map_of(book, lang),
        plots=[
            ("plot_classes", plot_classes(book, lang)),
            ("plot_categories", plot_categories(book, lang)),
            ("plot_days", plot_days(book, lang)),
        ],
        tables=[(key, _table(frame, lang)) for key, frame in _lists(book, lang)],
    )


def _figures(book: FieldBook, lang: str) -> list[tuple[str, str, bool]]:
    """Return the figures on top: name, value, and whether it is one to worry about."""
    due, status = book.due, book.matters["status"]
    counts = book.by_category[["found", "mended"]].sum()
    done, late = int(book.cover["done"].sum()), int((due["state"] == "overdue").sum())
    late_matters = int(book.matters["overdue"].sum())
    told = [
        ("inspections", f"{len(book.records):,}", False),
        ("people", f"{book.records['author'].nunique():,}", False),
        ("duties_done", f"{done:,} / {len(due):,}", False),
        ("duties_overdue", f"{late:,}", late > 0),
        ("found", f"{int(counts['found']):,}", False),
        ("mended", f"{int(counts['mended']):,}", False),
        ("open", f"{int(status.isin(_OPEN).sum()):,}", False),
        ("matters_overdue", f"{late_matters:,}", late_matters > 0),
    ]
    return [(word(key, lang), value, alert) for key, value, alert in told]


def _lists(book: FieldBook, lang: str) -> list[tuple[str, pd.DataFrame]]:
    matters = tables.matter_table(book, lang)
    short = ["found_at", "category", "status", "grid_today_name", "notes", "assignee", "due_at"]
    late, torn = book.matters["overdue"].to_numpy(dtype=bool), book.matters["conflict"].to_numpy() == 1
    load = tables.load_table(book, lang)
    return [
        ("figures", tables.figure_table(book, lang, by_category=False)),
        ("by_category", tables.figure_table(book, lang, by_category=True)),
        ("places", _places(book)),
        ("list_overdue", matters[late].sort_values("due_at", kind="stable")[short]),
        ("list_conflicts", matters[torn][short]),
        ("list_load", load[book.load["too_much"].to_numpy(dtype=bool)].drop(columns="too_much")),
    ]


def _places(book: FieldBook) -> pd.DataFrame:
    """Return duties by place, those with most that is overdue first."""
    rows = book.cover.groupby("code", as_index=False)[["duties", "done", "overdue"]].sum()
    rows = rows.sort_values(["overdue", "code"], ascending=[False, True], ignore_index=True)
    rows.insert(1, "place", [book.names.get(code) for code in rows["code"]])
    return rows.assign(share_done=rows["done"] / rows["duties"])


def _table(frame: pd.DataFrame, lang: str) -> _Table:
    import pandas as pd

    columns = list(frame.columns)
    right = [pd.api.types.is_numeric_dtype(frame[name]) for name in columns]
    shown = frame.head(_LISTED).itertuples(index=False, name=None)
    rows = [[_shown(name, value) for name, value in zip(columns, row, strict=True)] for row in shown]
    return _Table([heading(name, lang) for name in columns], right, rows, max(len(frame) - _LISTED, 0))


def _shown(name: str, value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124  only NaN differs from itself
        return ""
    if name in _SHARES:
        return f"{value:.0%}"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
