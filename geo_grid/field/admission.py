"""Whether an event that came in is taken: its form, its times, its place, and the bounds of who sent it."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo_grid.field.clock import reading
from geo_grid.field.events import Event
from geo_grid.field.forms import FormError, check_form
from geo_grid.field.matters import rules_for
from geo_grid.field.policy import FieldPolicy
from geo_grid.field.times import moment, timestamp_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.field.places import PlanPlaces, Spot

#: What a phone's clock may differ without anybody minding.
_LITTLE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Context:
    """Who sends, when, and what the plan is.

    Parameters
    ----------
    author, role, prefix : str
        The account, from its session.
    now : datetime
        Time of the server, with a zone.
    places : PlanPlaces
        The plan in force.
    policy : FieldPolicy
        What the office decided.
    version : int
        Number of the plan in force; 0 where nothing is published yet.
    home_of : callable
        Returns ``area_code`` and ``grid_code`` of an event that is known, by its id, or None: where changes and photos
        belong.
    """

    author: str
    role: str
    prefix: str
    now: dt.datetime
    places: PlanPlaces
    policy: FieldPolicy = field(default_factory=FieldPolicy)
    version: int = 0
    home_of: Callable[[str], dict[str, Any] | None] = lambda _: None


def admit(raw: Any, context: Context) -> Event:
    """Take an event as it came from a phone.

    Parameters
    ----------
    raw : Any
        A JSON value.
    context : Context
        Who sends it.

    Returns
    -------
    Event
        With the server's stamp. Its warnings are in ``stamp["warnings"]``.

    Raises
    ------
    FormError
        If it is refused; ``reason`` says why, ``at`` which key is at fault.

    Notes
    -----
    What depends on other events (states, roles, what it follows) is for :func:`geo_grid.field.merge.merge` to say.
    """
    said = check_form(raw, context.policy.settings)
    warnings = _check_times(said, context)
    stamp = _stamp(said, context, warnings)
    if warnings:
        stamp["warnings"] = sorted(warnings)
    return Event(
        id=said["id"],
        kind=said["kind"],
        author=context.author,
        clock=said["clock"],
        made_at=timestamp_of(moment(said["made_at"])),
        body=said["body"],
        device=said["device"],
        matter=said["matter"],
        after=tuple(sorted(said["after"])),
        role=context.role,
        prefix=context.prefix,
        received_at=timestamp_of(context.now),
        stamp=stamp,
    )


def _check_times(said: dict[str, Any], context: Context) -> list[str]:
    settings, warnings = context.policy.settings, []
    ahead = dt.timedelta(minutes=settings.future_minutes)
    made = moment(said["made_at"])
    clock = dt.timedelta(milliseconds=reading(said["clock"]).millis - context.now.timestamp() * 1000)
    if made > context.now + ahead:
        raise FormError("in_future", "made_at")
    if clock > ahead:
        raise FormError("in_future", "clock")
    if made < context.now - dt.timedelta(days=settings.past_days):
        raise FormError("too_old", "made_at")
    if max(made - context.now, clock) > _LITTLE:
        warnings.append("clock_ahead")
    return warnings


def _stamp(said: dict[str, Any], context: Context, warnings: list[str]) -> dict[str, Any]:
    kind, body = said["kind"], said["body"]
    if kind == "found" and body["category"] not in context.policy.categories:
        raise FormError("unknown_category", "category")
    if "lon" in body:
        stamp = _placed(body, context, warnings)
        return stamp | ({"rules": rules_for(body["category"], context.policy)} if kind == "found" else {})
    if kind == "track":
        lon, lat = body["points"][len(body["points"]) // 2][:2]
        spot = context.places.spot(lon, lat)
        _near_enough(spot, context, warnings)
        return {"area_code": spot.areas[0]}  # a round may go a few steps beyond one's bounds
    owner = body["owner_id"] if kind == "photo" else said["matter"]
    home = context.home_of(owner)
    # changes beyond somebody's bounds are for the merge to refuse, so that the verdict is the same whatever came first; a photo
    # goes where its record went
    return dict(home or {})


def _near_enough(spot: Spot, context: Context, warnings: list[str]) -> None:
    if not math.isfinite(spot.x):
        raise FormError("no_place", "lon")
    if spot.outside > context.policy.settings.outside_metres:
        raise FormError("outside", "lon")
    if spot.outside > 0:
        warnings.append("outside_areas")


def _placed(body: dict[str, Any], context: Context, warnings: list[str]) -> dict[str, Any]:
    """Work out where a record or a matter belongs."""
    version = body["plan_version"]
    if version > context.version:
        raise FormError("unknown_version", "plan_version")
    if version < context.version:
        warnings.append("other_version")
    if body["place_source"] == "hand":
        warnings.append("by_hand")
    elif body["accuracy"] > context.policy.patrol.worst_accuracy:
        warnings.append("inaccurate")
    spot = context.places.spot(body["lon"], body["lat"])
    if not math.isfinite(spot.x):
        raise FormError("no_place", "lon")
    stamp: dict[str, Any] = {"x": spot.x, "y": spot.y}
    if body.get("element_id") is not None and version == context.version:
        return stamp | _at_element(body, spot, context, warnings)
    _near_enough(spot, context, warnings)
    for code, area in zip(spot.codes, spot.areas, strict=True):
        if code.startswith(context.prefix):
            return stamp | {"grid_code": code, "area_code": area}
    raise FormError("out_of_prefix", "lon")


def _at_element(body: dict[str, Any], spot: Spot, context: Context, warnings: list[str]) -> dict[str, Any]:
    """Book a record on the nearest share of its element: who walks a river stands on both of its banks."""
    element, settings = body["element_id"], context.policy.settings
    kind = context.places.class_of(element)
    if kind is None:
        raise FormError("unknown_element", "element_id")
    distance = context.places.distance(element, spot.x, spot.y)
    if distance > settings.far_metres:
        if settings.refuse_far:
            raise FormError("too_far", "lon")
        warnings.append("far")
        # far from the element the place itself has to be within the author's bounds
        if not any(code.startswith(context.prefix) for code in spot.codes):
            raise FormError("out_of_prefix", "lon")
    share = context.places.share_of(element, spot.x, spot.y, context.prefix)
    if share is None:
        raise FormError("out_of_prefix", "element_id")
    if share.metres > settings.far_metres and distance <= settings.far_metres:
        raise FormError("out_of_prefix", "lon")
    _near_enough(spot, context, warnings)
    return {"grid_code": share.grid, "area_code": share.area, "distance": round(distance, 1), "class": kind}
