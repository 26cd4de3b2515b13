"""Questions and answers about rounds, duties, cover, load and matters."""

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from geo_grid.field import CATEGORIES
from geo_grid.field.matters import STATUSES
from webmap.description import Told, Words

_MOST = 2**53
_MONTH = Field(None, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="YYYY-MM; this month by default")
_AREA = Field(None, min_length=1, max_length=64, description="Code of an area or grid, or the beginning of one")
_LIMIT = Field(None, ge=1, le=5_000)
_DIGITS = "Digits of the codes that make a place: 6 a county, 9 a township, 12 an area"


class RoundQuery(Words):
    """Where somebody is, and for which grids they go."""

    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    area: str | None = _AREA


class Stop(Told):
    """Something to see today."""

    element_id: str
    grid: str
    class_: str = Field(alias="class")
    name: str | None
    unit: str
    held: float
    part: float = Field(description="Of it that was seen and counts, 0 to 1")
    needed: float = Field(description="Of it that has to be seen, 0 to 1")
    state: str
    due: str | None
    last_seen: str | None
    person: str | None
    how: str
    times: int
    lon: float
    lat: float
    metres: float = Field(description="From the stop before, straight")


class Round(Told):
    """A round of today, in the order to walk."""

    on: str
    total: int = Field(description="Of all that is due by today; the round has the nearest of it")
    stops: list[Stop]


class MonthQuery(Words):
    """A month, and a place."""

    month: str | None = _MONTH
    area: str | None = _AREA


class DutiesQuery(MonthQuery):
    """Which duties."""

    state: Literal["overdue", "due", "seen", "later"] | None = None
    visits: bool = Field(False, description="One row a visit of the month, instead of one a share")
    offset: int = Field(0, ge=0, le=_MOST)
    limit: int | None = _LIMIT


class Duties(Told):
    """What is to be seen in a month."""

    on: str
    first: str
    last: str
    total: int
    counts: dict[str, int] = Field(description="By state")
    duties: list[dict[str, Any]]


class CoverQuery(MonthQuery):
    """How places are told apart."""

    digits: Literal["6", "9", "12"] = Field("9", description=_DIGITS)


class Cover(Told):
    """How much was seen, by place and class."""

    on: str
    first: str
    last: str
    cover: list[dict[str, Any]]


class LoadQuery(Words):
    """Whose load."""

    area: str | None = _AREA
    offset: int = Field(0, ge=0, le=_MOST)
    limit: int | None = _LIMIT


class Load(Told):
    """What people look after, most first."""

    on: str
    too_much: float = Field(description="Times the median that is too much")
    total: int
    people: list[dict[str, Any]]


class FiguresQuery(Words):
    """Which time and places."""

    first: dt.date | None = Field(None, description="First day; that of the year by default")
    end: dt.date | None = Field(None, description="The day after the last one; tomorrow by default")
    digits: Literal["0", "6", "9", "12"] = Field("9", description=f"{_DIGITS}; 0 everything together")
    area: str | None = _AREA


class Figures(Told):
    """Matters found, mended, open and overdue."""

    first: str
    end: str
    figures: list[dict[str, Any]]


class MattersQuery(Words):
    """Which matters."""

    status: str | None = Field(
        None, max_length=100, description=f"Some of {', '.join(STATUSES)}, with commas between them"
    )
    category: str | None = Field(None, max_length=64, description=f"One of {', '.join(CATEGORIES)}")
    overdue: bool = False
    conflict: bool = Field(False, description="Only those whose changes stand side by side")
    area: str | None = _AREA
    offset: int = Field(0, ge=0, le=_MOST)
    limit: int | None = _LIMIT


class Matters(Told):
    """Matters, the latest found first."""

    matters: list[dict[str, Any]]
    more: bool


class MatterTold(Told):
    """All that is known of a matter."""

    matter: dict[str, Any]
    grid_now: str | None = Field(description="The grid of today it belongs to, whatever was redrawn since")
    changes: list[dict[str, Any]] = Field(description="Its history, with photos")
    conflict: list[dict[str, Any]] = Field(description="Changes that stand side by side; empty where none do")
    people: list[dict[str, Any]] = Field(description="To whom it may be given")
    actions: dict[str, list[str]] = Field(description="Head → what may follow it, for whoever asks")


class RecordsQuery(Words):
    """Which inspections."""

    area: str | None = _AREA
    element: str | None = Field(None, max_length=200)
    first: dt.date | None = None
    last: dt.date | None = None
    offset: int = Field(0, ge=0, le=_MOST)
    limit: int | None = _LIMIT


class Records(Told):
    """Inspections, the latest first."""

    total: int
    records: list[dict[str, Any]]
