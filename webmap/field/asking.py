"""Small things that all routes of field inspection need."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from flask import current_app

from geo_grid.field import Context
from webmap.accounts.guard import must_cover, person
from webmap.desk.asking import office
from webmap.field.plan import FieldPlan, field_plan
from webmap.refusals import PrefixError, UnknownNameError

if TYPE_CHECKING:
    from geo_grid.field.policy import FieldSettings
    from webmap.field.limits import FieldLimits
    from webmap.field.listing import Lists
    from webmap.library import Library


def now() -> dt.datetime:
    """Return the present moment.

    Returns
    -------
    datetime
        In UTC.
    """
    return dt.datetime.now(dt.UTC)


def limits() -> FieldLimits:
    """Return the counters of accounts.

    Returns
    -------
    FieldLimits
        Of the running application.
    """
    found: FieldLimits = current_app.extensions["field_limits"]
    return found


def plan() -> FieldPlan:
    """Return the plan in force, and count the request.

    Returns
    -------
    FieldPlan
        Of the running application.
    """
    limits().request(person().name)
    library: Library = current_app.extensions["library"]
    return field_plan(library)


def settings() -> FieldSettings:
    """Return the limits of what phones may send, and count the request.

    Returns
    -------
    FieldSettings
        As the policy had them a moment ago: the plan itself is not looked at for a part of a photo, which would open the
        store anew each time.
    """
    limits().request(person().name)
    known: dict[str, Any] = current_app.extensions["field_policy"]
    if known.get("until", 0.0) < time.monotonic():
        library: Library = current_app.extensions["library"]
        known["settings"] = field_plan(library).policy.settings
        known["until"] = time.monotonic() + library.settings.look_seconds
    found: FieldSettings = known["settings"]
    return found


def ledger() -> Any:
    """Return what the store keeps beside the plan.

    Returns
    -------
    Ledger
        Of the running application.
    """
    return office().ledger


def lists() -> Lists:
    """Return the lists of duties.

    Returns
    -------
    Lists
        Of the running application.
    """
    found: Lists = current_app.extensions["field_lists"]
    return found


def context(at: FieldPlan) -> Context:
    """Return who sends something, and by what it is judged.

    Parameters
    ----------
    at : FieldPlan
        The plan in force.

    Returns
    -------
    Context
        Author, role and prefix are those of the session, never what a phone says.
    """
    who = person()
    return Context(who.name, who.role, who.prefix, now(), at.places, at.policy, at.version)


def within(code: str) -> str:
    """Return what is looked at, for a code somebody asks for: what of it is theirs.

    Parameters
    ----------
    code : str
        Code of an area or a grid, or the beginning of one.

    Returns
    -------
    str
        The code, or their prefix where that is finer.

    Raises
    ------
    PrefixError
        If nothing of it is theirs.
    """
    who = person()
    if who.prefix.startswith(code):
        return who.prefix
    must_cover(code)
    return code


def known_area(at: FieldPlan, code: str) -> dict[str, Any]:
    """Return an area that is one's own, whole or in part.

    Parameters
    ----------
    at : FieldPlan
        The plan in force.
    code : str
        Its code.

    Returns
    -------
    dict
        ``code, name, kind``.

    Raises
    ------
    UnknownNameError
        If there is no such area.
    PrefixError
        If nothing of it is theirs.
    """
    within(code)
    for area in at.areas(code):
        if area["code"] == code:
            return area
    raise UnknownNameError("there is no area of this code", mend="See /api/v1/field/areas.")


def must_see(row: dict[str, Any]) -> None:
    """Refuse something that lies beyond somebody's prefix.

    Parameters
    ----------
    row : dict
        With ``grid_code`` and ``area_code``.

    Raises
    ------
    PrefixError
        If it does.
    """
    who = person()
    code = str(row.get("grid_code") or row.get("area_code") or "")
    if not code or not code.startswith(who.prefix):
        raise PrefixError(f"your codes begin with {who.prefix}", mend="Ask somebody whose they are.", prefix=who.prefix)
