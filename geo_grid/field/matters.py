"""What may become of a matter: found → assigned → mended → checked → closed, with the way back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.field.categories import CATEGORIES
from geo_grid.field.times import moment, timestamp_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.field.events import Event
    from geo_grid.field.policy import FieldPolicy

#: States, from least to most done. Where changes stand side by side, the matter counts as the least done of them.
STATUSES = ("found", "assigned", "mended", "checked", "closed", "rejected")

#: Roles of the office: they assign, close and reject.
OFFICE = frozenset({"planner", "administrator"})
ROLES = frozenset({"inspector", *OFFICE})


class Transition(NamedTuple):
    """One way from state to state.

    Parameters
    ----------
    sources : tuple of str
        States it starts from.
    roles : frozenset of str
        Who may take it.
    needs : tuple of str
        What the body must hold: "reason", "assignee", "photo" (after).
    """

    sources: tuple[str, ...]
    roles: frozenset[str]
    needs: tuple[str, ...] = ()


#: By kind of change. Further conditions: an inspector mends what is assigned to them (or, where the office allows it, what
#: is not assigned yet); nobody checks what they mended; an inspector reopens only what is not closed.
TRANSITIONS: dict[str, Transition] = {
    "assigned": Transition(("found", "assigned"), OFFICE, ("assignee",)),
    "mended": Transition(("found", "assigned"), ROLES, ("photo",)),
    "checked": Transition(("mended",), ROLES),
    "closed": Transition(("checked",), OFFICE),
    "reopened": Transition(("mended", "checked", "closed", "rejected"), ROLES, ("reason",)),
    "rejected": Transition(("found", "assigned"), OFFICE, ("reason",)),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules a matter is under from its finding to its end, whatever the office decides later.

    Parameters
    ----------
    mend_days, check_days : int
        Deadlines.
    photo_before, photo_after : bool
        Whether finding and mending need a photo.
    on_spot : bool
        Whether it may be mended without being assigned.
    """

    mend_days: int
    check_days: int
    photo_before: bool
    photo_after: bool
    on_spot: bool


def rules_for(category: str, policy: FieldPolicy) -> dict[str, Any]:
    """Return the rules to be stamped on a matter when it comes in.

    Parameters
    ----------
    category : str
        Key of the category.
    policy : FieldPolicy
        What the office decided.

    Returns
    -------
    dict
        JSON values, for ``Event.stamp["rules"]``.
    """
    known = policy.categories[category]
    return {
        "mend_days": known.mend_days,
        "check_days": known.check_days,
        "photo_before": known.photo_before,
        "photo_after": known.photo_after,
        "on_spot": policy.mend_on_spot,
    }


@dataclass(frozen=True, slots=True)
class Standing:
    """How a matter stands after a change.

    Parameters
    ----------
    status : str
        One of :data:`STATUSES`.
    due_at : str
        When it is to be mended, or closed where it is mended; ISO 8601 UTC.
    mend_due_at : str
        When it is to be mended.
    assignee : str or None
        Account it is assigned to.
    mended_by, mended_at, closed_at : str or None
        Who mended it, when, and when it was closed.
    before, after : tuple of str
        Ids of photos.
    reason : str or None
        Why it was reopened or rejected.
    """

    status: str
    due_at: str
    mend_due_at: str
    assignee: str | None = None
    mended_by: str | None = None
    mended_at: str | None = None
    closed_at: str | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    reason: str | None = None


class RefusedChangeError(ValueError):
    """A change that cannot be made; the text is one of :data:`geo_grid.field.reasons.REFUSALS`."""


def rules_of(found: Event) -> Rules:
    """Return the rules a matter is under.

    Parameters
    ----------
    found : Event
        The event that found it.

    Returns
    -------
    Rules
        As stamped on it; those of its category by default.
    """
    category = CATEGORIES[found.body["category"]]
    default: dict[str, Any] = {
        name: getattr(category, name) for name in ("mend_days", "check_days", "photo_before", "photo_after")
    }
    stamped = found.stamp.get("rules") or {}
    return Rules(**{**default, "on_spot": True, **{name: stamped[name] for name in stamped}})


def begin(found: Event) -> Standing:
    """Return how a matter stands when it is found.

    Parameters
    ----------
    found : Event
        The event.

    Returns
    -------
    Standing
        Found, with its deadline.

    Raises
    ------
    RefusedChangeError
        If it cannot be taken.
    """
    if found.body.get("category") not in CATEGORIES:
        raise RefusedChangeError("unknown_category")
    if found.after:
        raise RefusedChangeError("other_matter")
    if found.role not in ROLES:
        raise RefusedChangeError("not_allowed")
    rules, photos = rules_of(found), _photos(found)
    if rules.photo_before and not photos:
        raise RefusedChangeError("needs_photo")
    due = _later(found, rules.mend_days)
    return Standing("found", due, due, before=photos)


def change(event: Event, standing: Standing, found: Event) -> Standing:
    """Return how a matter stands after a change.

    Parameters
    ----------
    event : Event
        The change: one of :data:`TRANSITIONS`.
    standing : Standing
        How it stood before.
    found : Event
        The event that found it.

    Returns
    -------
    Standing
        How it stands after.

    Raises
    ------
    RefusedChangeError
        If the change cannot be made.
    """
    way = TRANSITIONS[event.kind]
    may_change(event, found)
    if event.role not in way.roles:
        raise RefusedChangeError("not_allowed")
    if standing.status not in way.sources:
        raise RefusedChangeError("wrong_status")
    rules = rules_of(found)
    for need in way.needs:
        if need == "photo":
            if rules.photo_after and not _photos(event):
                raise RefusedChangeError("needs_photo")
        elif not str(event.body.get(need) or "").strip():
            raise RefusedChangeError(f"needs_{need}")
    return _WORK[event.kind](event, standing, rules)


def may_change(event: Event, found: Event) -> None:
    """Refuse a change by somebody who does not look after the place.

    Parameters
    ----------
    event : Event
        The change.
    found : Event
        The event that found the matter.

    Raises
    ------
    RefusedChangeError
        If the matter is outside the author's bounds.
    """
    code = str(found.stamp.get("grid_code") or found.stamp.get("area_code") or "")
    if not code.startswith(event.prefix):
        raise RefusedChangeError("out_of_prefix")


def _photos(event: Event) -> tuple[str, ...]:
    return tuple(event.body.get("photos") or ())


def _later(event: Event, days: int) -> str:
    made = min(event.made_at, event.received_at) if event.received_at else event.made_at
    return timestamp_of(moment(made) + dt.timedelta(days=days))


def _assign(event: Event, standing: Standing, _: Rules) -> Standing:
    given = event.body.get("due_at")
    due = timestamp_of(moment(given)) if given else standing.mend_due_at
    return replace(standing, status="assigned", assignee=event.body["assignee"], due_at=due, mend_due_at=due)


def _mend(event: Event, standing: Standing, rules: Rules) -> Standing:
    if event.role not in OFFICE and standing.assignee != event.author:
        if standing.assignee is not None:
            raise RefusedChangeError("not_assignee")
        if not rules.on_spot:
            raise RefusedChangeError("wrong_status")
    return replace(
        standing,
        status="mended",
        due_at=_later(event, rules.check_days),
        mended_by=event.author,
        mended_at=event.made_at,
        after=(*standing.after, *_photos(event)),
        reason=None,
    )


def _check(event: Event, standing: Standing, _: Rules) -> Standing:
    if event.author == standing.mended_by:
        raise RefusedChangeError("same_person")
    return replace(standing, status="checked")


def _close(event: Event, standing: Standing, _: Rules) -> Standing:
    return replace(standing, status="closed", closed_at=event.made_at)


def _reopen(event: Event, standing: Standing, rules: Rules) -> Standing:
    if event.role not in OFFICE and standing.status in ("closed", "rejected"):
        raise RefusedChangeError("not_allowed")
    due = _later(event, rules.mend_days)
    return Standing(
        "assigned" if standing.assignee else "found",
        due,
        due,
        standing.assignee,
        before=(*standing.before, *_photos(event)),
        after=standing.after,
        reason=event.body["reason"],
    )


def _reject(event: Event, standing: Standing, _: Rules) -> Standing:
    return replace(standing, status="rejected", reason=event.body["reason"], closed_at=event.made_at)


_WORK: dict[str, Callable[[Event, Standing, Rules], Standing]] = {
    "assigned": _assign,
    "mended": _mend,
    "checked": _check,
    "closed": _close,
    "reopened": _reopen,
    "rejected": _reject,
}
