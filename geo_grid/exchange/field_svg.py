"""Maps and plots of a month of field inspection, as drawings that stand inside a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup, escape

from geo_grid.exchange.field_words import category_text, class_text, unit_text, word
from geo_grid.field.evidence import local_days
from geo_grid.lookup.columns import texts
from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.exchange.field_book import FieldBook

_WIDE, _HIGH = 900.0, 560.0
#: From nothing seen to all of it: light to dark, told apart in grey too.
_SHADES = ("#f3f6fa", "#d3e2f0", "#a3c6e2", "#6aa3cf", "#35729f")
_NO_DATA = "#ffffff"
_LATE, _OPEN, _DONE = "#b2182b", "#ef8a3c", "#1b7837"
_INK, _SOFT, _LINE = "#1c2733", "#5c6b7a", "#c9d2db"
_FOUND, _MENDED = "#ef8a3c", "#35729f"
#: A map with its legend is not narrower.
_NARROWEST = 620.0
_MOST_DOTS = 4_000
_MOST_LABELS = 40
_ONE_MONTH = 31  # days
#: Pixels of a letter of a label: a Chinese one, and any other.
_LETTER = (12.0, 6.5)


class _Frame(NamedTuple):
    """How places of the plan stand on the paper."""

    west: float
    north: float
    scale: float
    wide: float
    high: float

    def place(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        x = (coordinates[:, 0] - self.west) * self.scale
        return np.column_stack([x, (self.north - coordinates[:, 1]) * self.scale])


def map_of(book: FieldBook, lang: str) -> Markup:
    """Draw where how much was seen, and where matters are.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    Markup
        A drawing.
    """
    several = len(book.areas) > 1
    ground: Any = book.areas if several else book.grids[book.grids["level"] == book.policy.patrol.level]
    shapes = ground["geom"].to_numpy()
    frame = _frame(shapes)
    shares = _shares(book, "area_code" if several else "grid_code")
    simple = shapely.coverage_simplify(shapes, 0.4 / frame.scale) if len(shapes) else shapes
    parts = [
        f'<path d="{_path(shape, frame)}" fill="{_shade(shares.get(code))}" stroke="{_SOFT}" stroke-width="0.5"/>'
        for shape, code in zip(simple, ground["code"], strict=True)
    ]
    parts += _dots(book, frame)
    parts += _labels(book, ground, frame)
    wide = max(frame.wide, _NARROWEST)
    parts += [_scale_bar(frame, wide), _legend(frame, lang)]
    return _drawing(parts, wide, frame.high + 46, word("map_cover", lang))


def plot_days(book: FieldBook, lang: str) -> Markup:
    """Draw how many inspections were made and matters found on each day.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    Markup
        A drawing.
    """
    days = np.arange(np.datetime64(book.first), np.datetime64(book.last) + np.timedelta64(1, "D"))
    made, found = (_per_day(book, times, days) for times in (book.records["made_at"], book.matters["found_at"]))
    wide, high, low = 900.0, 190.0, 150.0
    step, most = (wide - 60) / len(days), max(int(made.max()), int(found.max()), 1)
    parts = [_text(4, 14, str(most), _SOFT), _text(4, low, "0", _SOFT)]
    parts.append(f'<line x1="40" y1="{low}" x2="{wide}" y2="{low}" stroke="{_LINE}"/>')
    for at, (day, one, other) in enumerate(zip(days, made, found, strict=True)):
        x = 44 + at * step
        for shift, count, colour in ((0.0, one, _MENDED), (0.42, other, _FOUND)):
            tall = 138.0 * float(count) / most
            parts.append(_rect(x + shift * step, low - tall, 0.4 * step, tall, colour))
        number = int(str(day)[-2:])
        if number == 1 or (number % 5 == 0 and len(days) <= _ONE_MONTH):
            told = str(number) if len(days) <= _ONE_MONTH else str(day)[2:7]
            parts.append(_text(x + 0.4 * step, low + 15, told, _SOFT, anchor="middle"))
    parts += _key([(_MENDED, word("inspections", lang)), (_FOUND, word("found", lang))], 44, high - 6)
    return _drawing(parts, wide, high, word("plot_days", lang))


def plot_classes(book: FieldBook, lang: str) -> Markup:
    """Draw what part of each class was seen.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    Markup
        A drawing.
    """
    rows = book.cover.groupby(["class", "unit"], as_index=False)[["whole", "seen"]].sum()
    rows = rows.sort_values("class", key=lambda keys: keys.map(list(ELEMENT_CLASSES).index), ignore_index=True)
    parts: list[str] = []
    for at, row in enumerate(rows.to_dict("records")):
        y, share = 6 + at * 26, row["seen"] / row["whole"] if row["whole"] else 0.0
        unit = unit_text(row["unit"], lang)
        parts.append(_text(84, y + 13, class_text(row["class"], lang), _INK, anchor="end"))
        parts.append(_rect(92, y, 400, 17, "#eef2f6"))
        parts.append(_rect(92, y, 400 * share, 17, _MENDED))
        told = f"{share:.0%}   {row['seen']:,.1f} / {row['whole']:,.1f} {unit}"
        parts.append(_text(502, y + 13, told, _INK))
    return _drawing(parts, 720, 8 + 26 * max(len(rows), 1), word("plot_classes", lang))


def plot_categories(book: FieldBook, lang: str) -> Markup:
    """Draw how many matters of each category were found and mended.

    Parameters
    ----------
    book : FieldBook
        The month.
    lang : str
        "zh" or "en".

    Returns
    -------
    Markup
        A drawing.
    """
    found = dict(zip(book.by_category["category"], book.by_category["found"], strict=True))
    mended = dict(zip(book.by_category["category"], book.by_category["mended"], strict=True))
    most = max([*found.values(), *mended.values(), 1])
    left, parts = (100.0 if lang == "zh" else 210.0), list[str]()
    for at, key in enumerate(book.policy.categories):
        y = 6.0 + at * 30
        parts.append(_text(left - 8, y + 16, category_text(key, lang), _INK, anchor="end"))
        for shift, count, colour in ((0, found.get(key, 0), _FOUND), (12, mended.get(key, 0), _MENDED)):
            long = 430.0 * float(count) / most
            parts.append(_rect(left, y + shift, long, 10, colour))
            parts.append(_text(left + long + 6, y + shift + 9, str(int(count)) if count else "–", _SOFT, size=10))
    high = 6.0 + 30 * len(book.policy.categories)
    parts += _key([(_FOUND, word("found", lang)), (_MENDED, word("mended", lang))], left, high + 12)
    return _drawing(parts, 720, high + 20, word("plot_categories", lang))


def _per_day(book: FieldBook, times: pd.Series, days: NDArray[Any]) -> NDArray[np.int64]:
    at = (local_days(times.to_numpy(dtype=object), book.policy.patrol.utc_offset) - days[0]).astype(np.int64)
    at = at[(at >= 0) & (at < len(days))]
    return np.bincount(at, minlength=len(days))


def _frame(shapes: NDArray[Any]) -> _Frame:
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    scale = min(_WIDE / max(east - west, 1.0), _HIGH / max(north - south, 1.0))
    return _Frame(west, north, scale, (east - west) * scale, (north - south) * scale)


def _shares(book: FieldBook, column: str) -> dict[str, float]:
    """Return how much was seen of what is in each place: the mean of its classes."""
    due = book.due
    rows = pd.DataFrame(
        {
            "code": texts(due, column),
            "class": texts(due, "class"),
            "whole": due["measure"].to_numpy(dtype=float),
            "seen": (due["measure"] * due["part"]).to_numpy(dtype=float),
        }
    )
    sums = rows.groupby(["code", "class"])[["whole", "seen"]].sum()
    share = (sums["seen"] / sums["whole"].where(sums["whole"] > 0)).groupby("code").mean()
    return {str(code): float(value) for code, value in share.dropna().items()}


def _shade(share: float | None) -> str:
    return _NO_DATA if share is None else _SHADES[min(int(share * len(_SHADES)), len(_SHADES) - 1)]


def _path(shape: Any, frame: _Frame) -> str:
    lines = shapely.get_parts(shapely.boundary(shape))
    found = []
    for line in lines:
        places = frame.place(shapely.get_coordinates(line))
        found.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places.tolist()) + "Z")
    return "".join(found)


def _dots(book: FieldBook, frame: _Frame) -> list[str]:
    rows = book.matters.head(_MOST_DOTS)
    late, status = rows["overdue"].to_numpy(dtype=bool), texts(rows, "status")
    colours = np.where(late, _LATE, np.where(np.isin(status.astype(str), ("closed", "rejected")), _DONE, _OPEN))
    places = frame.place(rows[["x", "y"]].to_numpy(dtype=float).reshape(-1, 2))
    size = 4.5 if len(rows) < 200 else 2.5
    order = np.argsort(late, kind="stable")  # what is late on top
    return [
        f'<circle cx="{places[at, 0]:.1f}" cy="{places[at, 1]:.1f}" r="{size}" fill="{colours[at]}" stroke="#fff"'
        ' stroke-width="0.8"/>'
        for at in order.tolist()
    ]


def _labels(book: FieldBook, ground: Any, frame: _Frame) -> list[str]:
    """Name the places that are told apart, where a name does not run into another."""
    codes = [code[: book.digits] for code in ground["code"]] if len(book.areas) > 1 else list(ground["code"])
    middles = shapely.get_coordinates(shapely.point_on_surface(ground["geom"].to_numpy()))
    middle = pd.DataFrame(middles, columns=["x", "y"]).groupby(codes).mean()
    if len(middle) > 4 * _MOST_LABELS:
        return []
    taken: list[tuple[float, float, float, float]] = []
    out: list[str] = []
    for code, (at, y) in zip(middle.index, frame.place(middle.to_numpy()).tolist(), strict=True):
        name = book.names.get(str(code))
        if name is None or len(out) >= _MOST_LABELS:
            continue
        wide = sum(_LETTER[0] if ord(letter) > 0x2E80 else _LETTER[1] for letter in name)
        x = min(max(at, wide / 2), max(frame.wide - wide / 2, wide / 2))
        box = (x - wide / 2, y - 10, x + wide / 2, y + 5)
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        taken.append(box)
        halo = 'paint-order="stroke" stroke="#fff" stroke-width="3" stroke-linejoin="round"'
        out.append(_text(x, y, name, _INK, anchor="middle", more=halo))
    return out


def _scale_bar(frame: _Frame, wide: float) -> str:
    metres = 10 ** np.floor(np.log10(max(wide / frame.scale / 4, 1.0)))
    metres = float(max(step * metres for step in (1, 2, 5) if step * metres * frame.scale <= wide / 4 or step == 1))
    long, y = metres * frame.scale, frame.high + 34
    told = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    x = wide - long - 4
    bar = f'<path d="M{x:.1f} {y - 5}V{y}H{x + long:.1f}V{y - 5}" fill="none" stroke="{_INK}"/>'
    return bar + _text(x + long / 2, y - 6, told, _INK, anchor="middle")


def _legend(frame: _Frame, lang: str) -> str:
    y = frame.high + 22
    parts = [
        f'<rect x="{4 + 34 * at}" y="{y}" width="34" height="11" fill="{shade}" stroke="{_SOFT}" stroke-width="0.5"/>'
        for at, shade in enumerate(_SHADES)
    ]
    parts += [_text(4, y - 4, "0 %", _SOFT), _text(4 + 34 * len(_SHADES), y - 4, "100 %", _SOFT, anchor="end")]
    names = ((_LATE, word("overdue", lang)), (_OPEN, word("open_matter", lang)), (_DONE, word("closed_matter", lang)))
    x = 196.0
    for colour, name in names:
        parts.append(f'<circle cx="{x}" cy="{y + 6}" r="4.5" fill="{colour}"/>')
        parts.append(_text(x + 9, y + 10, name, _INK))
        x += 26 + 13 * len(name) * (1.0 if lang == "zh" else 0.55)
    return "".join(parts)


def _key(names: list[tuple[str, str]], x: float, y: float) -> list[str]:
    parts = []
    for at, (colour, name) in enumerate(names):
        parts.append(_rect(x + 150 * at, y - 9, 10, 10, colour))
        parts.append(_text(x + 15 + 150 * at, y, name, _INK))
    return parts


def _rect(x: float, y: float, wide: float, high: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{max(high, 0):.1f}" fill="{colour}"/>'


def _text(x: float, y: float, words: str, colour: str, *, anchor: str = "start", size: int = 12, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" text-anchor="{anchor}" {more}>{escape(words)}</text>'


def _drawing(parts: list[str], wide: float, high: float, name: str) -> Markup:
    head = f'<svg viewBox="0 0 {wide:.0f} {high:.0f}" role="img" aria-label="{escape(name)}" xmlns="http://www.w3.org/2000/svg">'
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704  every word in it is escaped above
