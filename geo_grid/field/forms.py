"""What an event from a phone has to look like: types, sizes, and which values may be missing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from geo_grid.field.clock import reading
from geo_grid.field.events import KINDS, MATTER_KINDS, PLAIN_KINDS
from geo_grid.field.times import moment
from geo_grid.field.uploads import CONTENT_TYPES, is_sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.field.policy import FieldSettings

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_KEYS = frozenset({"id", "kind", "clock", "made_at", "device", "matter", "after", "body"})
_WORD = 64
_MOST_AFTER = 32
_PLACE = ("plan_version", "lon", "lat", "accuracy", "place_source", "element_id")

#: Kind → keys its body may hold.
BODY_KEYS: dict[str, frozenset[str]] = {
    "record": frozenset({*_PLACE, "checklist", "notes", "photos", "round_id"}),
    "photo": frozenset(
        {"owner_id", "role", "sha256", "size", "width", "height", "content_type", "exif", "taken_at"},
    ),
    "track": frozenset({"round_id", "started_at", "ended_at", "points"}),
    "found": frozenset({*_PLACE, "category", "notes", "photos", "record_id"}),
    "assigned": frozenset({"assignee", "due_at", "notes"}),
    "mended": frozenset({"notes", "photos"}),
    "checked": frozenset({"notes", "photos"}),
    "closed": frozenset({"notes"}),
    "reopened": frozenset({"reason", "photos"}),
    "rejected": frozenset({"reason", "double_of"}),
    "noted": frozenset({"notes", "photos"}),
    "resolved": frozenset({"keep", "notes"}),
}


class FormError(ValueError):
    """An event that is not written as one.

    Parameters
    ----------
    reason : str
        One of :data:`geo_grid.field.reasons.REFUSALS`.
    at : str
        The key at fault.
    """

    def __init__(self, reason: str, at: str) -> None:
        self.reason = reason
        self.at = at
        super().__init__(f"{at}: {reason}")


def is_uuid(value: object) -> bool:
    """Return whether something is an id as phones make them.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    bool
        Whether it is a UUID in small letters.
    """
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def check_form(raw: Any, settings: FieldSettings) -> dict[str, Any]:
    """Look at an event as it came.

    Parameters
    ----------
    raw : Any
        A JSON value.
    settings : FieldSettings
        Limits.

    Returns
    -------
    dict
        The event, complete: keys that may be missing are filled in.

    Raises
    ------
    FormError
        If it is not written as an event.
    """
    _need(isinstance(raw, dict) and set(raw) <= _KEYS, "event")
    event: dict[str, Any] = {"device": "", "matter": None, "after": [], "body": {}} | raw
    _need(is_uuid(event.get("id")), "id")
    _need(event.get("kind") in KINDS, "kind")
    _check_head(event)
    body = event["body"]
    _need(isinstance(body, dict) and set(body) <= BODY_KEYS[event["kind"]], "body")
    _check_texts(body, settings)
    if "lon" in BODY_KEYS[event["kind"]]:
        _check_place(body)
    if "photos" in body:
        _ids(body["photos"], settings.photos, "photos")
    if event["kind"] == "assigned" and body.get("due_at") is not None:
        _need(moment(body["due_at"]) >= moment(event["made_at"]), "due_at", "due_before")
    if (check := _CHECKS.get(event["kind"])) is not None:
        check(body, settings)
    return event


def _need(holds: bool, at: str, reason: str = "malformed") -> None:
    if not holds:
        raise FormError(reason, at)


def _check_head(event: dict[str, Any]) -> None:
    _text(event["device"], "device", _WORD)
    _time(event.get("made_at"), "made_at")
    try:
        reading(event["clock"])
    except (ValueError, TypeError, KeyError):
        raise FormError("malformed", "clock") from None
    _ids(event["after"], _MOST_AFTER, "after")
    if event["kind"] in PLAIN_KINDS:
        _need(event["matter"] is None and not event["after"], "matter")
    elif event["kind"] == "found":
        _need(event["matter"] in (None, event["id"]) and not event["after"], "matter")
        event["matter"] = event["id"]
    elif event["kind"] in MATTER_KINDS:
        _need(is_uuid(event["matter"]), "matter")
        _need(bool(event["after"]), "after", "names_nothing")


def _check_texts(body: dict[str, Any], settings: FieldSettings) -> None:
    for key in ("notes", "reason"):
        if body.get(key) is not None:
            _text(body[key], key, settings.text_characters)
    for key in ("assignee", "category"):
        if body.get(key) is not None:
            _text(body[key], key, _WORD)
    for key in ("keep", "owner_id", "round_id", "record_id", "double_of"):
        if body.get(key) is not None:
            _need(is_uuid(body[key]), key)
    for key in ("due_at", "started_at", "ended_at", "taken_at"):
        if body.get(key) is not None:
            _time(body[key], key)


def _text(value: Any, at: str, most: int) -> None:
    _need(isinstance(value, str), at)
    _need(len(value) <= most, at, "too_long")
    # what PostgreSQL cannot hold
    _need("\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value), at)


def _time(value: Any, at: str) -> None:
    try:
        _need(isinstance(value, str) and len(value) <= _WORD, at, "bad_time")
        moment(value)
    except (ValueError, OverflowError):
        raise FormError("bad_time", at) from None


def _ids(value: Any, most: int, at: str) -> None:
    _need(isinstance(value, list) and all(is_uuid(each) for each in value), at)
    _need(len(set(value)) == len(value), at)
    _need(len(value) <= most, at, "too_long")


def _number(value: Any, at: str, low: float, high: float, reason: str = "malformed") -> None:
    _need(type(value) in (int, float) and low <= value <= high, at, reason)


def _check_place(body: dict[str, Any]) -> None:
    _need(type(body.get("plan_version")) is int and 0 <= body["plan_version"] < 2**31, "plan_version")
    _number(body.get("lon"), "lon", -180.0, 180.0, "no_place")
    _number(body.get("lat"), "lat", -90.0, 90.0, "no_place")
    _need(body.get("place_source") in ("gps", "hand"), "place_source")
    if body["place_source"] == "gps":
        _number(body.get("accuracy"), "accuracy", 0.0, 100_000.0)
    else:
        _need(body.get("accuracy") is None, "accuracy")
    if body.get("element_id") is not None:
        _text(body["element_id"], "element_id", 4 * _WORD)


def _check_record(body: dict[str, Any], settings: FieldSettings) -> None:
    answers = body.get("checklist", {})
    _need(isinstance(answers, dict), "checklist")
    _need(len(answers) <= settings.answers, "checklist", "too_long")
    for key, value in answers.items():
        _text(key, "checklist", _WORD)
        if isinstance(value, str):
            _text(value, "checklist", settings.text_characters)
        elif value is not None and not isinstance(value, bool):
            _number(value, "checklist", -1e15, 1e15)


def _check_found(body: dict[str, Any], _: FieldSettings) -> None:
    _need(isinstance(body.get("category"), str), "category", "unknown_category")


def _check_photo(body: dict[str, Any], settings: FieldSettings) -> None:
    _need(is_uuid(body.get("owner_id")), "owner_id")
    _need(body.get("role") in ("before", "after", "record"), "role")
    _need(is_sha256(body.get("sha256")), "sha256")
    _need(body.get("content_type") in CONTENT_TYPES, "content_type", "not_a_photo")
    _time(body.get("taken_at"), "taken_at")
    for key, most in (
        ("size", settings.photo_bytes),
        ("width", settings.photo_pixels),
        ("height", settings.photo_pixels),
    ):
        _need(type(body.get(key)) is int and body[key] > 0, key)
        _need(body[key] <= most, key, "too_large")
    exif = body.get("exif", {})
    _need(isinstance(exif, dict), "exif")
    try:
        size = len(json.dumps(exif, allow_nan=False, ensure_ascii=False).encode())  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise FormError("malformed", "exif") from None
    _need(size <= 4 * settings.text_characters, "exif", "too_long")


def _check_track(body: dict[str, Any], settings: FieldSettings) -> None:
    _need(is_uuid(body.get("round_id")), "round_id")
    for key in ("started_at", "ended_at"):
        _time(body.get(key), key)
    _need(moment(body["started_at"]) <= moment(body["ended_at"]), "ended_at", "bad_time")
    points = body.get("points")
    if not isinstance(points, list) or not points:
        raise FormError("malformed", "points")
    _need(len(points) <= settings.track_points, "points", "too_long")
    for point in points:
        _need(isinstance(point, list) and len(point) == 4, "points")
        for value, low, high in zip(point, (-180, -90, 0, 0), (180, 90, 10**6, 10**5), strict=True):
            _number(value, "points", low, high)


_CHECKS: dict[str, Callable[[dict[str, Any], FieldSettings], None]] = {
    "record": _check_record,
    "found": _check_found,
    "photo": _check_photo,
    "track": _check_track,
}
