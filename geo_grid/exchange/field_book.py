"""A month of field inspection below a prefix, gathered once for all exports."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.errors import UsageError
from geo_grid.field import (
    cover,
    duties,
    evidence_of_records,
    evidence_of_tracks,
    field_policy,
    figures,
    load,
    look,
    overdue,
    patrol_list,
    today,
)
from geo_grid.field.evidence import local_days
from geo_grid.field.times import timestamp_of
from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo_grid.field.policy import FieldPolicy
    from geo_grid.lookup import LookupIndex
    from geo_grid.store.ledger import Ledger

_MONTHS = re.compile(r"(\d{4})(?:-(\d{2})(?:/(\d{4})-(\d{2}))?)?")
_LONGEST = 731  # days
#: Digits of codes: counties, townships, areas; places are told apart by the next finer ones.
_DIGITS = (6, 9, 12)
#: Intervals looked back at beyond the month: what was seen before may still count.
_BACK = 2


@dataclass(frozen=True, slots=True)
class FieldBook:
    """Everything the exports of a month tell; for staff, never public.

    Parameters
    ----------
    meta : mapping
        What the plan says of itself.
    crs : str
        Its coordinate system.
    version : int or None
        Number of the published version; None for the draft.
    prefix : str
        What all codes begin with.
    digits : int
        Digits of the codes by which figures and cover are told apart; 0 where it is one area.
    first, last, on : date
        The month, and the day at which duties are looked at: today, or the last day of a month that is over.
    now : datetime
        When it was gathered.
    policy : FieldPolicy
        What the office decided.
    names : dict of str to str
        What counties, townships, areas and grids are called.
    areas, grids, elements, shares, staff : DataFrame
        Rows of the plan and the roster below the prefix.
    due : DataFrame
        Duties of the month (:func:`geo_grid.field.duties.duties`), with ``part``: how much of each share was seen in it.
    cover, load, figures, by_category : DataFrame
        By place and class; by person; matters by place, and by category.
    records, matters : DataFrame
        Of the month, and matters that were not finished before it, with ``grid_today`` and ``how`` (which grid of today they belong
        to) and ``photos`` (names of files); matters also ``overdue`` and ``notes``.
    changes : DataFrame
        What happened to these matters.
    photos : DataFrame
        ``id, owner_id, role, file, taken_at, author``.
    people : dict of str to str
        What people are called, by account; whose names are not unique are told with their account.
    """

    meta: Mapping[str, Any]
    crs: str
    version: int | None
    prefix: str
    digits: int
    first: dt.date
    last: dt.date
    on: dt.date
    now: dt.datetime
    policy: FieldPolicy
    names: dict[str, str]
    areas: Any
    grids: Any
    elements: Any
    shares: Any
    staff: pd.DataFrame
    due: pd.DataFrame
    cover: pd.DataFrame
    load: pd.DataFrame
    figures: pd.DataFrame
    by_category: pd.DataFrame
    records: pd.DataFrame
    matters: pd.DataFrame
    changes: pd.DataFrame
    photos: pd.DataFrame
    people: dict[str, str]

    @property
    def sample(self) -> bool:
        """Whether the plan is made up or a sample."""
        return bool(self.meta.get("sample"))

    @property
    def period(self) -> str:
        """The month, or the first and the last one."""
        first, last = f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"
        return first if first == last else f"{first}/{last}"

    @property
    def place(self) -> str:
        """What the place looked at is called; where it has no name, the city and the code."""
        return self.names.get(self.prefix) or f"{self.meta.get('name', '')} {self.prefix}".strip()

    def local(self, times: pd.Series) -> list[str]:
        """Return times as the city's clocks show them.

        Parameters
        ----------
        times : Series of str
            ISO 8601 UTC.

        Returns
        -------
        list of str
            To the minute; empty where there is none.
        """
        hours = np.timedelta64(round(self.policy.patrol.utc_offset * 60), "m")
        plain = [None if pd.isna(time) else np.datetime64(str(time)[:16]) + hours for time in times]
        return ["" if time is None else str(time).replace("T", " ") for time in plain]


def month_of(text: str) -> tuple[dt.date, dt.date]:
    """Read a month, or several.

    Parameters
    ----------
    text : str
        As in "2026-07", "2026-01/2026-06", or "2026" for a year.

    Returns
    -------
    first, last : date
        First and last day.

    Raises
    ------
    UsageError
        It is none, or longer than two years.
    """
    match = _MONTHS.fullmatch(text)
    year, month, end_year, end_month = match.groups() if match else ("0", "0", None, None)
    try:
        first = dt.date(int(year), int(month or 1), 1)
        end = dt.date(int(end_year or year), int(end_month or month or 12), 1)
        last = (end + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no month", mend="Write it like 2026-07, or 2026-01/2026-06, or 2026") from None
    if not 0 <= (last - first).days <= _LONGEST:
        raise UsageError(f"{text!r} ends before it begins, or is longer than two years")
    return first, last


def people_of(accounts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return what people are called.

    Parameters
    ----------
    accounts : iterable of mapping
        Rows of the table ``accounts``.

    Returns
    -------
    dict of str to str
        Name by account; with the account where several have it, and the account alone where there is none.
    """
    names = {row["name"]: str(row["display"] or row["name"]) for row in accounts}
    often = Counter(names.values())
    return {who: f"{name} ({who})" if often[name] > 1 else name for who, name in names.items()}


def day_start(day: dt.date, utc_offset: float) -> str:
    """Return when a day of the city begins.

    Parameters
    ----------
    day : date
        The day.
    utc_offset : float
        Hours it begins before that of Greenwich.

    Returns
    -------
    str
        ISO 8601 UTC, as the tables hold times.
    """
    zone = dt.timezone(dt.timedelta(hours=utc_offset))
    return timestamp_of(dt.datetime.combine(day, dt.time(), zone))


def read_book(
    index: LookupIndex,
    meta: Mapping[str, Any],
    ledger: Ledger,
    month: str,
    *,
    prefix: str = "",
    now: dt.datetime | None = None,
    version: int | None = None,
) -> FieldBook:
    """Gather a month.

    Parameters
    ----------
    index : LookupIndex
        The plan in force.
    meta : mapping
        What it says of itself.
    ledger : Ledger
        What is kept beside it.
    month : str
        As in "2026-07", "2026-01/2026-06" or "2026".
    prefix : str
        What the codes of grids begin with.
    now : datetime, optional
        The present moment, with a zone.
    version : int, optional
        Number of the plan; None for the draft.

    Returns
    -------
    FieldBook
        For the exports.

    Raises
    ------
    UsageError
        It is no month, or one that has not begun; or there are no grids below the prefix.
    """
    first, last = month_of(month)
    work = _Gathering(index, meta, ledger, prefix, now or dt.datetime.now(dt.UTC))
    return work.book(first, last, version)


class _Gathering:
    """What is needed while a month is gathered."""

    def __init__(
        self, index: LookupIndex, meta: Mapping[str, Any], ledger: Ledger, prefix: str, now: dt.datetime
    ) -> None:
        self.index, self.meta, self.ledger, self.prefix, self.now = index, meta, ledger, prefix, now
        self.policy = field_policy(meta)
        self.offset = self.policy.patrol.utc_offset
        self.today = (now.astimezone(dt.UTC) + dt.timedelta(hours=self.offset)).date()
        self.grids = _below(index.grids, "code", prefix)
        self.shares = _below(index.shares, "grid_code", prefix)
        self.areas = index.areas[[code.startswith(prefix) or prefix.startswith(code) for code in index.areas["code"]]]
        if not len(self.grids):
            raise UsageError(
                f"no grid has a code that begins with {prefix!r}", mend="Name a county, a township or an area."
            )

    def book(self, first: dt.date, last: dt.date, version: int | None) -> FieldBook:
        on = min(self.today, last)
        if first > self.today:
            raise UsageError(f"{first:%Y-%m} has not begun")
        begin, end = day_start(first, self.offset), day_start(last + dt.timedelta(days=1), self.offset)
        staff = self.ledger.staff(prefix=self.prefix)
        due = self.due(staff, first, on, last)
        records = self.ledger.records(self.prefix, first=begin, last=end)
        records = records[records["made_at"] < end].reset_index(drop=True)
        matters, changes = self.matters(begin, end)
        owners = [*records["id"], *changes["id"]]
        photos = self.photos(owners, dict(zip(changes["id"], changes["matter_id"], strict=True)))
        stamp = timestamp_of(self.now)
        digits = self.digits()
        policy = self.policy.patrol
        return FieldBook(
            self.meta, self.index.crs, version, self.prefix, digits, first, last, on, self.now, self.policy, self.names(),
            self.areas, self.grids, self.elements(), self.shares, staff, due,
            cover(due, due["part"].to_numpy(), policy, digits=digits),
            load(due, self.grids, staff, policy, on),
            figures(matters, begin, end, stamp, digits=digits, by_category=False),
            figures(matters, begin, end, stamp, digits=0),
            self.placed(records, photos), self.placed(matters, photos), changes, photos,
            people_of(self.ledger.accounts()),
        )  # fmt: skip

    def due(self, staff: pd.DataFrame, first: dt.date, on: dt.date, last: dt.date) -> pd.DataFrame:
        policy = self.policy.patrol
        patrol = patrol_list(self.index.elements, self.shares, self.grids, staff, policy, on)
        patrol = patrol[patrol["level"] == policy.level].reset_index(drop=True)
        longest = max((duty.every for duty in policy.classes.values()), default=1)
        back = day_start(first - dt.timedelta(days=_BACK * longest), self.offset)
        end = day_start(on + dt.timedelta(days=1), self.offset)
        near = _neighbourhood(self.prefix)
        evidence = [
            evidence_of_records(self.ledger.records(near, first=back, last=end), policy),
            evidence_of_tracks(self.ledger.tracks(near, first=back, last=end), self.index.crs, policy),
        ]
        seen = look(patrol, self.shares, pd.concat(evidence, ignore_index=True), policy, on)
        due = duties(patrol, seen.fresh_since(), on=on, last=last, begun=min(self.begun(), on), first=first)
        return due.assign(part=seen.part(first))

    def begun(self) -> dt.date:
        """Return when patrols began: the day of the first version, or on which the plan was built."""
        versions = self.ledger.versions()
        said = str(versions[0]["made_at"] if versions else self.meta.get("built_at") or "")
        try:
            return dt.date.fromisoformat(str(local_days(np.array([said]), self.offset)[0]))
        except ValueError:
            return self.today

    def matters(self, begin: str, end: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the matters that were there in the month, with what happened to them."""
        found = self.ledger.matters(self.prefix, last=end)
        closed = found["closed_at"].fillna("9999")
        found = found[(found["found_at"] < end) & (closed >= begin)].reset_index(drop=True)
        changes = self.ledger.changes(found["id"].tolist())
        first = changes[changes["kind"] == "found"].set_index("matter_id")["body"]
        notes = [str(body.get("notes") or "") for body in first.reindex(found["id"]).tolist()]
        found = found.assign(notes=pd.Series(notes, dtype="str"), overdue=overdue(found, timestamp_of(self.now)))
        return found, changes

    def photos(self, owners: list[str], matter_of: dict[str, str]) -> pd.DataFrame:
        """Return photos; those of changes belong to their matter."""
        names = ["id", "owner_id", "belongs_to", "role", "file", "taken_at", "author"]
        rows = [
            (
                each["id"], each["owner_id"], matter_of.get(each["owner_id"], each["owner_id"]), each["role"],
                each["stored_name"] or "", each["taken_at"], each["author"],
            )
            for each in self.ledger.photos(owners)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=names, dtype="str")

    def placed(self, rows: pd.DataFrame, photos: pd.DataFrame) -> pd.DataFrame:
        """Add which grid of today something belongs to, and its photos."""
        where = today(rows, self.index, self.lineage(rows), level=self.policy.patrol.level)
        there = photos[photos["file"] != ""]
        files = there.groupby("belongs_to")["file"].agg(" ".join) if len(there) else pd.Series(dtype="str")
        return rows.assign(
            grid_today=where["grid_code"].to_numpy(dtype=object),
            how=where["how"].to_numpy(dtype=object),
            photos=[files.get(id_, "") for id_ in rows["id"]],
        )

    def lineage(self, rows: pd.DataFrame) -> pd.DataFrame | None:
        return self.ledger.lineage() if len(rows) else None

    def elements(self) -> Any:
        table = self.index.elements
        return table[table["id"].isin(set(self.shares["element_id"]))].reset_index(drop=True)

    def digits(self) -> int:
        """Tell places apart by the coarsest codes that do."""
        for digits in _DIGITS:
            if digits > len(self.prefix) and len({code[:digits] for code in self.areas["code"]}) > 1:
                return digits
        return _DIGITS[-1]

    def names(self) -> dict[str, str]:
        known = self.meta.get("place_names")
        names: dict[str, str] = dict(known) if isinstance(known, dict) else {}
        for table in (self.areas, self.grids):
            names |= dict(zip(texts(table, "code").tolist(), texts(table, "name").tolist(), strict=True))
        return names


def _below(table: Any, column: str, prefix: str) -> Any:
    if not prefix:
        return table.reset_index(drop=True)
    return table[table[column].str.startswith(prefix)].reset_index(drop=True)


def _neighbourhood(prefix: str) -> str:
    """Return where proof may lie: whoever walks along a border sees both of its sides."""
    if len(prefix) <= _DIGITS[1]:
        return prefix
    return prefix[: _DIGITS[1]] if prefix[: _DIGITS[2]].isdigit() and len(prefix) >= _DIGITS[2] else ""
