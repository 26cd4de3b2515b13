"""What a phone takes with it of an area: grids, elements, duties and forms, for days without signal."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.field.checklists import CHECKLISTS
from geo_grid.lookup.columns import rows_of, texts
from webmap.atlas.geo import Projector

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from geo_grid.field import FieldPolicy
    from webmap.accounts.people import Person
    from webmap.field.listing import Listed
    from webmap.field.plan import FieldPlan, Part

#: Vertices from which on an element is told only as far as it is near to the area.
HUGE = 2_000

#: Metres around the area to which a huge element is told.
AROUND = 1_000.0

#: Fields of the policy that a phone needs beside its limits.
_ALSO = ("worst_accuracy", "utc_offset", "level")


def package(
    plan: FieldPlan, area: dict[str, Any], part: Part, listed: Listed, people: Iterable[Person]
) -> dict[str, Any]:
    """Return the package of an area.

    Parameters
    ----------
    plan : FieldPlan
        The plan in force.
    area : dict
        ``code, name, kind``.
    part : Part
        What of it is somebody's.
    listed : Listed
        Its duties.
    people : iterable of Person
        All accounts.

    Returns
    -------
    dict
        JSON values; coordinates are WGS84 degrees.
    """
    return {
        "plan_version": plan.version,
        "made_at": plan.edition.made_at,
        "area": area,
        "grids": _grids(plan, part),
        "elements": _elements(plan, part),
        "duties": duty_rows(listed.due),
        "forms": {kind: [item.told() for item in items] for kind, items in CHECKLISTS.items()},
        "categories": categories(plan.policy),
        "policy": policy_told(plan.policy),
        "people": people_of(area["code"], people),
    }


def _grids(plan: FieldPlan, part: Part) -> list[dict[str, Any]]:
    columns = {name: texts(part.grids, name).tolist() for name in ("code", "name", "role", "parent_code")}
    shapes = _geojson(plan, part.grids["geom"].to_numpy())
    return [
        {"code": code, "level": level, "name": name, "parent": parent, "role": role, "geometry": shape}
        for code, level, name, parent, role, shape in zip(
            columns["code"],
            part.grids["level"].tolist(),
            columns["name"],
            columns["parent_code"],
            columns["role"],
            shapes,
            strict=True,
        )
    ]


def _elements(plan: FieldPlan, part: Part) -> list[dict[str, Any]]:
    shares, table = part.shares, plan.index.elements
    element = texts(shares, "element_id")
    of_share: dict[str, list[dict[str, Any]]] = {}
    columns = (
        element.tolist(),
        texts(shares, "grid_code").tolist(),
        shares["measure"].tolist(),
        shares["held"].tolist(),
    )
    for id_, grid, measure, held in zip(*columns, strict=True):
        of_share.setdefault(id_, []).append({"grid": grid, "measure": round(measure, 2), "held": round(held, 2)})
    ids = sorted(of_share)
    rows = rows_of(texts(table, "id"), np.array(ids, dtype=object)) if ids else np.empty(0, dtype=np.int64)
    found = table.iloc[rows]
    shapes = _geojson(plan, _near(found["geom"].to_numpy(), part.grids["geom"].to_numpy()))
    names = (texts(found, name).tolist() for name in ("class", "name", "measure_unit"))
    return [
        {
            "id": id_,
            "class": kind,
            "name": name,
            "measure": round(measure, 2),
            "unit": unit,
            "geometry": shape,
            "shares": of_share[id_],
        }
        for id_, kind, name, unit, measure, shape in zip(ids, *names, found["measure"].tolist(), shapes, strict=True)
    ]


def _near(shapes: Any, grids: Any) -> Any:
    """Return elements, huge ones only as far as they are near: phones measure how far they are from them."""
    huge = shapely.get_num_coordinates(shapes) > HUGE
    if not huge.any() or not len(grids):
        return shapes
    west, south, east, north = shapely.total_bounds(grids)
    out = shapes.copy()
    out[huge] = shapely.clip_by_rect(shapes[huge], west - AROUND, south - AROUND, east + AROUND, north + AROUND)
    return out


def _geojson(plan: FieldPlan, shapes: Any) -> list[Any]:
    texts_ = shapely.to_geojson(Projector(plan.index.crs).geometry(shapes))
    return [json.loads(text) if text else None for text in np.atleast_1d(texts_).tolist()]


def duty_rows(due: pd.DataFrame) -> list[dict[str, Any]]:
    """Return duties as they are told.

    Parameters
    ----------
    due : DataFrame
        As :func:`geo_grid.field.duties.duties` returns it.

    Returns
    -------
    list of dict
        In its order.
    """
    names = ("element_id", "grid_code", "class", "name", "unit", "state", "person", "how")
    columns = [texts(due, name).tolist() for name in names]
    days = [[_day(value) for value in due[name].to_numpy().astype("datetime64[D]")] for name in ("due", "fresh_since")]
    figures = [due[name].round(2).tolist() for name in ("held", "part", "needed")]
    times = due["times"].tolist()
    keys = (
        "element_id",
        "grid",
        "class",
        "name",
        "unit",
        "state",
        "person",
        "how",
        "due",
        "last_seen",
        "held",
        "part",
        "needed",
        "times",
    )
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, *days, *figures, times, strict=True)]


def _day(value: Any) -> str | None:
    return None if np.isnat(value) else str(value)


def categories(policy: FieldPolicy) -> list[dict[str, Any]]:
    """Return what matters are about.

    Parameters
    ----------
    policy : FieldPolicy
        What the office decided.

    Returns
    -------
    list of dict
        In the order of forms, hazards first.
    """
    names = ("key", "hazard", "classes", "mend_days", "check_days", "photo_before", "photo_after")
    return [
        {name: getattr(each, name) for name in names} | {"label": {"zh": each.zh, "en": each.en}}
        for each in policy.categories.values()
    ]


def policy_told(policy: FieldPolicy) -> dict[str, Any]:
    """Return what a phone has to know of the policy.

    Parameters
    ----------
    policy : FieldPolicy
        What the office decided.

    Returns
    -------
    dict
        Limits, and when a position proves something.
    """
    also = {name: getattr(policy.patrol, name) for name in _ALSO}
    return asdict(policy.settings) | also | {"mend_on_spot": policy.mend_on_spot}


def people_of(area: str, people: Iterable[Person]) -> list[dict[str, Any]]:
    """Return who may be given a matter in an area: whose bounds hold it, or lie in it.

    Parameters
    ----------
    area : str
        Code of the area.
    people : iterable of Person
        All accounts.

    Returns
    -------
    list of dict
        ``account, display, role``.
    """
    return [
        {"account": who.name, "display": who.display, "role": who.role}
        for who in people
        if who.active and (area.startswith(who.prefix) or who.prefix.startswith(area))
    ]


def month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a month.

    Parameters
    ----------
    day : date
        A day in it.

    Returns
    -------
    first, last : date
        Days.
    """
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
