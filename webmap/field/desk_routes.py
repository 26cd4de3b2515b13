"""Routes about rounds, duties, cover and load, and about what was found."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from flask import Response
from flask_openapi3 import APIBlueprint

from geo_grid.errors import UsageError
from geo_grid.field import cover as cover_of
from geo_grid.field import figures as figures_of
from geo_grid.field import load as load_of
from geo_grid.field import todays_round, visits
from geo_grid.field.duties import DUTY_STATES
from geo_grid.field.times import timestamp_of
from webmap.accounts.guard import needs, person
from webmap.description import READING, SIGNED_IN, answers
from webmap.desk.asking import office, reply
from webmap.field import desk_models as models
from webmap.field.asking import ledger, lists, now, plan, within
from webmap.field.listing import Listed, moment_of
from webmap.field.package import duty_rows, month_of
from webmap.field.plan import FieldPlan
from webmap.field.routes import FIELD, duties_now

field_desk = APIBlueprint("field_desk", __name__, url_prefix="/api/v1/field", abp_tags=[FIELD])


@field_desk.get("/round", security=READING, responses=answers(models.Round, *SIGNED_IN, 429))
@needs(scope="body")
def today(query: models.RoundQuery) -> Response:
    """Return today's round: what is due by today, in the order to walk."""
    at = plan()
    listed = duties_now(at, _prefix(query.area))
    due = listed.due[listed.due["due"].to_numpy().astype("datetime64[D]") <= np.datetime64(listed.on, "D")]
    start = _start(at, query)
    chosen = _nearest(at, listed, due, start)
    walk = todays_round(chosen, listed.shares, listed.on, start=start)
    lon, lat = at.index.degrees(walk["x"].to_numpy(), walk["y"].to_numpy())
    places = zip(lon.round(7).tolist(), lat.round(7).tolist(), walk["metres"].round(1).tolist(), strict=True)
    stops = [
        row | {"lon": east, "lat": north, "metres": metres}
        for row, (east, north, metres) in zip(duty_rows(walk), places, strict=True)
    ]
    return reply({"on": listed.on.isoformat(), "total": len(due), "stops": stops})


def _start(at: FieldPlan, query: models.RoundQuery) -> tuple[float, float] | None:
    if query.lon is None or query.lat is None:
        return None
    x, y = (float(each[0]) for each in at.index.locate(query.lon, query.lat))
    return (x, y) if np.isfinite(x) and np.isfinite(y) else None


def _nearest(at: FieldPlan, listed: Listed, due: pd.DataFrame, start: tuple[float, float] | None) -> pd.DataFrame:
    """Return no more of what is due than anybody walks in a day: what is nearest, or what is due longest."""
    most = office().settings.round_stops
    if len(due) <= most:
        return due
    if start is None:
        return due.sort_values("due", kind="stable").head(most)
    return due.iloc[np.argsort(at.metres_from(listed.shares, due["share"], start), kind="stable")[:most]]


@field_desk.get("/duties", security=READING, responses=answers(models.Duties, *SIGNED_IN, 429))
@needs(scope="body")
def duties(query: models.DutiesQuery) -> Response:
    """List what is to be seen in a month: what is overdue, due, seen, or not due yet."""
    at = plan()
    first, last, listed = _month(at, query)
    due = listed.due
    states = due["state"].value_counts()
    if query.state is not None:
        due = due[due["state"] == query.state]
    where = slice(query.offset, query.offset + _limit(query.limit))
    if query.visits:
        rows = visits(due, on=listed.on)
        rows = rows[rows["day"].to_numpy().astype("datetime64[D]") >= np.datetime64(first, "D")]
        total, told = len(rows), [_visit(row) for row in _rows(rows.iloc[where])]
    else:
        total, told = len(due), duty_rows(due.iloc[where])
    counts = {state: int(states.get(state, 0)) for state in DUTY_STATES}
    return reply(_days(listed, first, last) | {"total": total, "counts": counts, "duties": told})


def _visit(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"day": str(row["day"])[:10]}


@field_desk.get("/cover", security=READING, responses=answers(models.Cover, *SIGNED_IN, 429))
@needs(scope="body")
def cover(query: models.CoverQuery) -> Response:
    """Say how much was seen in a month, by place and class, and what is overdue."""
    at = plan()
    first, last, listed = _month(at, query)
    found = cover_of(listed.due, listed.seen.part(first), at.policy.patrol, digits=int(query.digits))
    rows = [row | {"name": at.name_of(row["code"])} for row in _rows(found)]
    return reply(_days(listed, first, last) | {"cover": rows})


@field_desk.get("/load", security=READING, responses=answers(models.Load, *SIGNED_IN, 429))
@needs("planner", "administrator", scope="body")
def load(query: models.LoadQuery) -> Response:
    """Say what people look after, and who has too much."""
    at = plan()
    listed = duties_now(at, _prefix(query.area))
    policy = at.policy.patrol
    found = load_of(listed.patrol, at.part(_prefix(query.area)).grids, listed.staff, policy, listed.on)
    rows = _rows(found.iloc[query.offset : query.offset + _limit(query.limit)])
    told = [row | {"ids": list(row["ids"]), "too_much": bool(row["too_much"])} for row in rows]
    return reply({"on": listed.on.isoformat(), "too_much": policy.too_much, "total": len(found), "people": told})


@field_desk.get("/figures", security=READING, responses=answers(models.Figures, *SIGNED_IN, 429))
@needs(scope="body")
def figures(query: models.FiguresQuery) -> Response:
    """Count matters found, mended, open and overdue, by place and category."""
    at = plan()
    day = at.today(now())
    first, end = query.first or day.replace(month=1, day=1), query.end or day + dt.timedelta(days=1)
    if first >= end:
        raise UsageError("the time looked at ends before it begins", mend="Give first and end as days.")
    start, stop = (moment_of(each, at.policy.patrol.utc_offset) for each in (first, end))
    matters = ledger().matters(_prefix(query.area))
    rows = _rows(figures_of(matters, start, stop, timestamp_of(now()), digits=int(query.digits)))
    told = [row | {"name": at.name_of(row["code"])} for row in rows]
    return reply({"first": first.isoformat(), "end": end.isoformat(), "figures": told})


@field_desk.get("/records", security=READING, responses=answers(models.Records, *SIGNED_IN, 429))
@needs(scope="body")
def records(query: models.RecordsQuery) -> Response:
    """List inspections, the latest first."""
    at = plan()
    offset = at.policy.patrol.utc_offset
    first = None if query.first is None else moment_of(query.first, offset)
    last = None if query.last is None else moment_of(query.last + dt.timedelta(days=1), offset)
    found = ledger().records(_prefix(query.area), first=first, last=last, element=query.element)
    rows = _rows(found.iloc[::-1].iloc[query.offset : query.offset + _limit(query.limit)])
    photos: dict[str, list[str]] = {}
    for photo in ledger().photos([row["id"] for row in rows]):
        photos.setdefault(photo["owner_id"], []).append(photo["id"])
    names = office().register.displays()
    told = [
        {name: value for name, value in row.items() if name not in ("x", "y")}
        | {
            "display": names.get(row["author"], row["author"]),
            "element_name": at.element_name(row["element_id"]),
            "element_class": at.element_class(row["element_id"]),
            "photos": photos.get(row["id"], []),
        }
        for row in rows
    ]
    return reply({"total": len(found), "records": told})


def _prefix(area: str | None) -> str:
    return person().prefix if area is None else within(area)


def _limit(asked: int | None) -> int:
    most = office().settings.field_rows
    return most if asked is None else min(asked, most)


def _month(at: FieldPlan, query: models.MonthQuery) -> tuple[dt.date, dt.date, Listed]:
    """Return a month and its duties: as they stood at its end where it is over, else as they stand."""
    day = at.today(now())
    if query.month is not None:
        asked = dt.date.fromisoformat(f"{query.month}-01")
        if abs(asked.year - day.year) > 100:
            raise UsageError("nobody patrols in that year", mend="Write the month like 2026-03.")
        first, last = month_of(asked)
    else:
        first, last = month_of(day)
    listed = lists().get(at, ledger(), _prefix(query.area), min(day, last), last)
    return first, last, listed


def _days(listed: Listed, first: dt.date, last: dt.date) -> dict[str, Any]:
    return {"on": listed.on.isoformat(), "first": first.isoformat(), "last": last.isoformat()}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return plain
