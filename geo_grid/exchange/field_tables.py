"""The tables of a month of field inspection as people read them: columns, and rows with words in place of keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.exchange.field_words import (
    answers_text,
    category_text,
    class_text,
    how_text,
    kind_text,
    state_text,
    unit_text,
    warnings_text,
    word,
)
from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_grid.exchange.field_book import FieldBook


def duty_table(book: FieldBook, lang: str) -> pd.DataFrame:
    """Return the duties of the month.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    DataFrame
        One row a share, in the order of ``book.due``; ``state`` is the key, ``state_name`` its words.
    """
    due = book.due
    return pd.DataFrame(
        {
            "grid_code": texts(due, "grid_code"),
            "grid_name": _named(book, due["grid_code"]),
            "area_name": _named(book, due["area_code"]),
            "class": [class_text(each, lang) for each in due["class"]],
            "element_id": texts(due, "element_id"),
            "name": texts(due, "name"),
            "person": texts(due, "person"),
            "standing_in": [state_text(each, lang) for each in due["how"]],
            "every": due["every"].to_numpy(),
            "last_seen": _days(due["fresh_since"]),
            "due": _days(due["due"]),
            "state": texts(due, "state"),
            "state_name": [state_text(each, lang) for each in due["state"]],
            "part": due["part"].to_numpy(dtype=float).round(3),
            "held": due["held"].to_numpy(dtype=float).round(1),
            "unit": [unit_text(each, lang) for each in due["unit"]],
        }
    )


def record_table(book: FieldBook, lang: str) -> pd.DataFrame:
    """Return the inspections of the month.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    DataFrame
        One row an inspection, in the order of ``book.records``.
    """
    rows = book.records
    names = dict(zip(book.elements["id"], texts(book.elements, "name"), strict=True))
    kinds = texts(rows, "class")
    answers = [answers_text(kind, json.loads(text), lang) for kind, text in zip(kinds, rows["checklist"], strict=True)]
    return pd.DataFrame(
        {
            "made_at": book.local(rows["made_at"]),
            "author": _people(book, rows["author"]),
            "class": [class_text(each, lang) if each is not None else "" for each in kinds],
            "element_id": texts(rows, "element_id"),
            "name": [names.get(each) for each in texts(rows, "element_id")],
            "grid_then": texts(rows, "grid_code"),
            **_today(book, rows, lang),
            "distance": rows["distance"].to_numpy(dtype=float),
            "accuracy": rows["accuracy"].to_numpy(dtype=float),
            "place_source": [word(each, lang) for each in rows["place_source"]],
            "lon": rows["lon"].to_numpy(dtype=float),
            "lat": rows["lat"].to_numpy(dtype=float),
            "plan_version": rows["plan_version"].to_numpy(),
            "checklist": answers,
            "notes": texts(rows, "notes"),
            "warnings": [warnings_text(json.loads(each), lang) for each in rows["warnings"]],
            "photos": texts(rows, "photos"),
            "id": texts(rows, "id"),
        }
    )


def matter_table(book: FieldBook, lang: str) -> pd.DataFrame:
    """Return the matters of the month.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    DataFrame
        One row a matter, in the order of ``book.matters``; ``state`` is the key (overdue where it is), ``status`` words.
    """
    rows = book.matters
    late = rows["overdue"].to_numpy(dtype=bool)
    status = texts(rows, "status")
    return pd.DataFrame(
        {
            "found_at": book.local(rows["found_at"]),
            "category": [category_text(each, lang) for each in rows["category"]],
            "status": [state_text(each, lang) for each in status],
            "overdue": [word("yes", lang) if each else "" for each in late],
            "conflict": [word("yes", lang) if each else "" for each in rows["conflict"]],
            "notes": texts(rows, "notes"),
            "grid_then": texts(rows, "grid_code"),
            **_today(book, rows, lang),
            "area_name": _named(book, rows["area_code"]),
            "element_id": texts(rows, "element_id"),
            "found_by": _people(book, rows["found_by"]),
            "assignee": _people(book, rows["assignee"]),
            "due_at": book.local(rows["due_at"]),
            "mended_at": book.local(rows["mended_at"]),
            "closed_at": book.local(rows["closed_at"]),
            "lon": rows["lon"].to_numpy(dtype=float),
            "lat": rows["lat"].to_numpy(dtype=float),
            "plan_version": rows["plan_version"].to_numpy(),
            "photos": texts(rows, "photos"),
            "id": texts(rows, "id"),
            "state": ["overdue" if over else key for over, key in zip(late, status, strict=True)],
        }
    )


def change_table(book: FieldBook, lang: str) -> pd.DataFrame:
    """Return what happened to the matters.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    DataFrame
        One row a change.
    """
    rows = book.changes
    return pd.DataFrame(
        {
            "matter": texts(rows, "matter_id"),
            "made_at": book.local(rows["made_at"]),
            "change": [kind_text(each, lang) for each in rows["kind"]],
            "status": [state_text(each, lang) for each in texts(rows, "status")],
            "author": _people(book, rows["author"]),
            "role": [state_text(each, lang) for each in rows["role"]],
            "assignee": _people(book, [body.get("assignee") for body in rows["body"]]),
            "said": [body.get("reason") or body.get("notes") or "" for body in rows["body"]],
            "id": texts(rows, "id"),
        }
    )


def photo_table(book: FieldBook, lang: str) -> pd.DataFrame:
    """Return the photos of the month.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    DataFrame
        One row a photo; ``owner_id`` is the record or the matter it belongs to.
    """
    rows = book.photos
    return pd.DataFrame(
        {
            "file": texts(rows, "file"),
            "owner_id": texts(rows, "belongs_to"),
            "role": [state_text(each, lang) for each in rows["role"]],
            "taken_at": book.local(rows["taken_at"]),
            "author": _people(book, rows["author"]),
            "id": texts(rows, "id"),
        }
    )


def figure_table(book: FieldBook, lang: str, *, by_category: bool) -> pd.DataFrame:
    """Return how many matters there were.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".
    by_category : bool
        By category, or by place.

    Returns
    -------
    DataFrame
        Counts, in the order of categories or codes.
    """
    rows = book.by_category if by_category else book.figures
    counts = ["found", "mended", "open", "overdue", "conflicts", "rejected", "share_mended"]
    if not by_category:
        return pd.DataFrame({"code": texts(rows, "code"), "place": _named(book, rows["code"])}).join(rows[counts])
    from geo_grid.field.categories import CATEGORIES

    order = {key: place for place, key in enumerate(CATEGORIES)}
    rows = rows.sort_values("category", key=lambda keys: keys.map(order), ignore_index=True)
    return pd.DataFrame({"category": [category_text(each, lang) for each in rows["category"]]}).join(rows[counts])


def cover_table(book: FieldBook, lang: str) -> pd.DataFrame:
    """Return how much was seen, by place and class.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    DataFrame
        One row a place and class.
    """
    rows = book.cover
    return pd.DataFrame(
        {
            "code": texts(rows, "code"),
            "place": _named(book, rows["code"]),
            "class": [class_text(each, lang) for each in rows["class"]],
            "whole": rows["whole"].round(2).to_numpy(),
            "seen": rows["seen"].round(2).to_numpy(),
            "unit": [unit_text(each, lang) for each in rows["unit"]],
            "share": rows["share"].round(4).to_numpy(),
            "duties": rows["duties"].to_numpy(),
            "done": rows["done"].to_numpy(),
            "overdue": rows["overdue"].to_numpy(),
        }
    )


def load_table(book: FieldBook, lang: str) -> pd.DataFrame:
    """Return what people have to look after.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    DataFrame
        One row a person and post, most first.
    """
    rows = book.load
    times = rows[["times_households", "times_km", "times_ha"]].max(axis=1)
    return pd.DataFrame(
        {
            "person": texts(rows, "name"),
            "post": texts(rows, "role"),
            "grids": rows["grids"].to_numpy(),
            "households": rows["households"].to_numpy(),
            "km": rows["km"].round(2).to_numpy(),
            "ha": rows["ha"].round(1).to_numpy(),
            "points": rows["points"].to_numpy(),
            "visits": rows["visits"].round(1).to_numpy(),
            "times": times.round(2).to_numpy(dtype=float),
            "too_much": [word("yes", lang) if each else "" for each in rows["too_much"]],
        }
    )


def _today(book: FieldBook, rows: pd.DataFrame, lang: str) -> dict[str, Any]:
    return {
        "grid_today": texts(rows, "grid_today"),
        "grid_today_name": [book.names.get(each) for each in texts(rows, "grid_today")],
        "how": [how_text(each, lang) for each in rows["how"]],
    }


def _named(book: FieldBook, codes: pd.Series) -> list[str | None]:
    return [book.names.get(code) for code in codes]


def _people(book: FieldBook, accounts: Iterable[Any]) -> list[str | None]:
    return [book.people.get(who, who) if isinstance(who, str) else None for who in accounts]


def _days(days: pd.Series) -> list[str]:
    return ["" if pd.isna(day) else f"{day:%Y-%m-%d}" for day in days]
