"""What an office decides about field inspection: ``[policy.patrol]``, ``[policy.matters]`` and ``[policy.field]``."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid._toml import Section
from geo_grid.field.categories import CATEGORIES, Category
from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class Season:
    """A time of the year in which a class is to be seen more often.

    Parameters
    ----------
    first, last : str
        Month and day, as "10-01", both included; it may go over the new year.
    every : int
        Days.
    """

    first: str
    last: str
    every: int

    def holds(self, on: dt.date) -> bool:
        """Return whether a day lies in it.

        Parameters
        ----------
        on : date
            The day.

        Returns
        -------
        bool
            Whether it does.
        """
        day = on.strftime("%m-%d")
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last


@dataclass(frozen=True, slots=True)
class ClassDuty:
    """How a class of elements is to be seen.

    Parameters
    ----------
    every : int
        Days; what was seen is due again after so many.
    reach : float
        Metres from which something counts as seen.
    part : float
        Part of a line or a surface that has to be seen before the whole counts as seen.
    needs_record : bool
        Whether only records count: going by a mine is not looking at it.
    season : Season or None
        A time of the year with another rhythm.
    """

    every: int
    reach: float
    part: float = 0.8
    needs_record: bool = False
    season: Season | None = None

    def every_on(self, on: dt.date) -> int:
        """Return how many days may go by at a time of the year.

        Parameters
        ----------
        on : date
            A day.

        Returns
        -------
        int
            Days.
        """
        return self.season.every if self.season is not None and self.season.holds(on) else self.every


#: Forest fires are guarded against from October to May, floods from June to September.
DEFAULT_DUTIES: dict[str, ClassDuty] = {
    "forest": ClassDuty(15, 300.0, 0.6, season=Season("10-01", "05-31", 7)),
    "farmland": ClassDuty(30, 200.0, 0.6),
    "road": ClassDuty(15, 30.0),
    "well": ClassDuty(30, 50.0, needs_record=True),
    "mine": ClassDuty(7, 100.0, 0.3, needs_record=True),
    "river": ClassDuty(15, 50.0, season=Season("06-01", "09-30", 7)),
    "gully": ClassDuty(30, 50.0, season=Season("06-01", "09-30", 7)),
    "hill": ClassDuty(30, 500.0, 0.6),
}


@dataclass(frozen=True, slots=True)
class PatrolPolicy:
    """How often everything is to be seen, and what counts.

    Parameters
    ----------
    classes : dict of str to ClassDuty
        By class; a class that is missing is nobody's duty.
    worst_accuracy : float
        Metres; positions that are worse prove nothing.
    step : float
        Least metres between the places at which lines and surfaces are looked at; else half the reach.
    places : int
        Places at which a surface is looked at, about, at most.
    too_much : float
        How many times the median of a role is too much for one person.
    level : int
        Level of the grids whose workers walk: 1 by default, the post that is given to land. Finer grids have lists too, of
        what is theirs to know and whose workers stand in.
    utc_offset : float
        Hours that the day of the city begins before that of Greenwich.
    """

    classes: dict[str, ClassDuty] = field(default_factory=lambda: dict(DEFAULT_DUTIES))
    worst_accuracy: float = 100.0
    step: float = 10.0
    places: int = 100
    too_much: float = 2.0
    level: int = 1
    utc_offset: float = 8.0


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """Limits of what phones may send, and how long positions are kept.

    Parameters
    ----------
    far_metres : float
        Metres from the element beyond which a record is far.
    refuse_far : bool
        Whether a record that is far is refused; else it is taken with a warning.
    outside_metres : float
        Metres outside all areas that are still taken, as the nearest area's.
    future_minutes : int
        How far the clock of a phone may be ahead.
    past_days : int
        How old something may be when it comes in.
    text_characters : int
        Longest note or reason.
    answers : int
        Answers of a checklist at most.
    photos : int
        Photos of one record or change at most.
    photo_bytes, photo_pixels : int
        Largest photo: bytes, and width or height.
    chunk_bytes : int
        Largest part of a photo sent at once.
    track_points : int
        Points of one piece of a track at most.
    batch_events, batch_bytes : int
        Largest batch of events.
    page_events : int
        Events told at once to a phone that asks what is new.
    track_days : int
        Days a track is kept as it was walked.
    track_thin_metres : float
        Metres between its points after that.
    track_gone_days : int
        Days after which nothing of it is left.
    record_place_days : int
        Days after which the exact place of a record gives way to its grid and element.
    """

    far_metres: float = 200.0
    refuse_far: bool = False
    outside_metres: float = 500.0
    future_minutes: int = 10
    past_days: int = 180
    text_characters: int = 2_000
    answers: int = 60
    photos: int = 9
    photo_bytes: int = 3_000_000
    photo_pixels: int = 4_096
    chunk_bytes: int = 256 * 1024
    track_points: int = 1_000
    batch_events: int = 200
    batch_bytes: int = 2_000_000
    page_events: int = 500
    track_days: int = 90
    track_thin_metres: float = 200.0
    track_gone_days: int = 365
    record_place_days: int = 730


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """Everything an office decides about field inspection.

    Parameters
    ----------
    patrol : PatrolPolicy
        How often everything is to be seen.
    categories : dict of str to Category
        What matters are about, with their deadlines.
    mend_on_spot : bool
        Whether a matter may be mended by whoever finds it, without being assigned.
    settings : FieldSettings
        Limits.
    """

    patrol: PatrolPolicy = field(default_factory=PatrolPolicy)
    categories: dict[str, Category] = field(default_factory=lambda: dict(CATEGORIES))
    mend_on_spot: bool = True
    settings: FieldSettings = field(default_factory=FieldSettings)


def read_field_policy(values: Mapping[str, Any], file: str | Path = "city.toml") -> FieldPolicy:
    """Read the tables ``patrol``, ``matters`` and ``field`` of ``[policy]``.

    Parameters
    ----------
    values : mapping
        The table ``[policy]`` as TOML has it; its other tables are not looked at.
    file : str or Path
        The file, for messages.

    Returns
    -------
    FieldPolicy
        Complete with defaults.

    Raises
    ------
    ConfigError
        A key is unknown or impossible.
    """
    root = Section(dict(values), "policy", Path(file))
    categories, on_spot = _matters(root.section("matters"))
    return FieldPolicy(_patrol(root.section("patrol")), categories, on_spot, _settings(root.section("field")))


def field_policy(meta: Mapping[str, Any]) -> FieldPolicy:
    """Return what the office decided, from what a plan says of itself.

    Parameters
    ----------
    meta : mapping
        As :meth:`geo_grid.store.base.Store.meta` returns it; ``field_policy`` holds the tables as the configuration had them.

    Returns
    -------
    FieldPolicy
        Complete with defaults; the defaults alone for a plan that says nothing.
    """
    return read_field_policy(meta.get("field_policy") or {}, "the plan's meta")


def _patrol(section: Section) -> PatrolPolicy:
    default = PatrolPolicy()
    classes = dict(default.classes)
    for name in section.keys_among(ELEMENT_CLASSES):
        if section.values[name] is False:
            classes.pop(name)
        else:
            classes[name] = _duty(section.section(name), DEFAULT_DUTIES[name])
    result = PatrolPolicy(
        classes,
        section.number("worst_accuracy", default.worst_accuracy, low=1.0, high=10_000.0),
        section.number("step", default.step, low=1.0, high=1_000.0),
        section.integer("places", default.places, low=1),
        section.number("too_much", default.too_much, low=1.0, high=1_000.0),
        section.integer("level", default.level, low=1),
        section.number("utc_offset", default.utc_offset, low=-12.0, high=14.0),
    )
    section.finish()
    return result


def _duty(section: Section, default: ClassDuty) -> ClassDuty:
    result = ClassDuty(
        section.integer("every", default.every, low=1),
        section.number("reach", default.reach, low=1.0, high=10_000.0),
        section.number("part", default.part, low=0.01, high=1.0),
        section.boolean("needs_record", default.needs_record),
        default.season,
    )
    if "season" in section.values:
        season = None if section.take("season") is False else _season(section.section("season"))
        result = replace(result, season=season)
    section.finish()
    return result


def _season(section: Section) -> Season:
    days = []
    for key in ("first", "last"):
        text = section.text(key, None)
        match = _MONTH_DAY.fullmatch(text)
        try:
            dt.date(_LEAP_YEAR, *(int(part) for part in match.groups())) if match else _no_day()
        except ValueError:
            raise section.fault(key, f"{text!r} is no day of the year", f'Write it as {key} = "10-01"') from None
        days.append(text)
    if section.take("every") is None:
        raise section.fault("every", "the key is missing", "Add every = 7")
    result = Season(days[0], days[1], section.integer("every", 1, low=1))
    section.finish()
    return result


def _no_day() -> None:
    raise ValueError


def _matters(section: Section) -> tuple[dict[str, Category], bool]:
    categories = dict(CATEGORIES)
    for name in section.keys_among(CATEGORIES):
        block, default = section.section(name), CATEGORIES[name]
        categories[name] = replace(
            default,
            mend_days=block.integer("mend_days", default.mend_days, low=1),
            check_days=block.integer("check_days", default.check_days, low=1),
            photo_before=block.boolean("photo_before", default.photo_before),
            photo_after=block.boolean("photo_after", default.photo_after),
        )
        block.finish()
    on_spot = section.boolean("mend_on_spot", default=True)
    section.finish()
    return categories, on_spot


def _settings(section: Section) -> FieldSettings:
    default = FieldSettings()
    read: dict[str, Any] = {}
    for name in FieldSettings.__dataclass_fields__:
        value = getattr(default, name)
        if isinstance(value, bool):
            read[name] = section.boolean(name, value)
        elif isinstance(value, int):
            read[name] = section.integer(name, value, low=1)
        else:
            read[name] = section.number(name, value, low=0.0, high=1_000_000.0)
    result = FieldSettings(**read)
    if result.track_gone_days < result.track_days:
        raise section.fault("track_gone_days", f"{result.track_gone_days} days are less than track_days")
    section.finish()
    return result
