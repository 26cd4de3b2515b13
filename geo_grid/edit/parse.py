"""Ops read from JSON, with every field looked at."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from geo_grid.edit.ops import (
    Assign,
    Cut,
    Excuse,
    Lock,
    Mend,
    Merge,
    Move,
    Op,
    Rename,
    Resolve,
    Split,
    SplitLine,
)
from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Longest name and longest written reason, in characters; most points of a line, most parts of a split.
LONGEST_NAME, LONGEST_REASON, MOST_POINTS, MOST_PARTS = 120, 2000, 10_000, 999
#: Most codes or ids of one op.
MOST_CODES = 200_000


def parse_op(raw: Any) -> Op:
    """Read an op from JSON values.

    Parameters
    ----------
    raw : dict
        Key ``op`` and the fields of that kind, see :mod:`geo_grid.edit.ops`.

    Returns
    -------
    Op
        The op.

    Raises
    ------
    UsageError
        If the kind is unknown, or a field is missing, unknown or of another type; the field is named.
    """
    if not isinstance(raw, dict):
        raise UsageError("an edit is not a JSON object", mend='Send for instance {"op": "merge", "grids": ["…", "…"]}.')
    kind = raw.get("op")
    if not isinstance(kind, str) or kind not in _READERS:
        raise UsageError(f"there is no edit {str(kind)[:40]!r}", column="op", mend=f"Known are {', '.join(_READERS)}.")
    known, read = _READERS[kind]
    for name in raw:
        if name != "op" and name not in known:
            raise UsageError(f"{kind} has no field {str(name)[:40]!r}", column=str(name)[:40])
    return read(raw)


def _bad(field: str, wanted: str) -> UsageError:
    return UsageError(f"{field} is not {wanted}", column=field)


def _text(raw: Mapping[str, Any], field: str, longest: int = 200, *, blank: bool = False) -> str:
    value = raw.get(field)
    if not isinstance(value, str) or (not blank and not value.strip()):
        raise _bad(field, "a text")
    if len(value) > longest or not value.isprintable():
        raise _bad(field, f"a printable text of at most {longest} characters")
    return value.strip()


def _maybe_text(raw: Mapping[str, Any], field: str) -> str | None:
    return None if raw.get(field) is None else _text(raw, field)


def _texts(raw: Mapping[str, Any], field: str, least: int = 1) -> tuple[str, ...]:
    values = raw.get(field)
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise _bad(field, "a list of texts")
    if not least <= len(values) <= MOST_CODES:
        raise _bad(field, f"a list of {least} to {MOST_CODES} texts")
    return tuple(dict.fromkeys(values))


def _maybe_texts(raw: Mapping[str, Any], field: str) -> tuple[str, ...] | None:
    return None if raw.get(field) is None else _texts(raw, field)


def _integer(raw: Mapping[str, Any], field: str, low: int, high: int) -> int:
    value = raw.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _bad(field, f"a whole number from {low} to {high}")
    return value


def _seed(raw: Mapping[str, Any]) -> int:
    return _integer(raw, "seed", 0, 2**53) if raw.get("seed") is not None else 0


def _dictionary(raw: Mapping[str, Any], field: str, *, blank: bool) -> dict[str, str]:
    values = raw.get(field, {} if blank else None)
    good = isinstance(values, dict) and all(isinstance(key, str) and isinstance(values[key], str) for key in values)
    if not good or (not blank and not values):
        raise _bad(field, "an object of texts")
    return dict(values)


def _move(raw: Mapping[str, Any]) -> Op:
    return Move(_texts(raw, "units"), _maybe_text(raw, "to"), _integer(raw, "level", 1, 9))


def _split_line(raw: Mapping[str, Any]) -> Op:
    points = raw.get("line")
    if not isinstance(points, list) or not 2 <= len(points) <= MOST_POINTS:
        raise _bad("line", f"a list of 2 to {MOST_POINTS} points")
    return SplitLine(_text(raw, "grid"), tuple(_point(point) for point in points))


def _point(point: Any) -> tuple[float, float]:
    numbers = isinstance(point, list | tuple) and len(point) == 2
    if not numbers or not all(isinstance(c, int | float) and not isinstance(c, bool) for c in point):
        raise _bad("line", "a list of points [x, y]")
    x, y = (float(c) for c in point)
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) < 1e9):
        raise _bad("line", "a list of points [x, y] in metres")
    return x, y


def _split(raw: Mapping[str, Any]) -> Op:
    parts = None if raw.get("parts") is None else _integer(raw, "parts", 2, MOST_PARTS)
    return Split(_text(raw, "grid"), parts)


def _lock(raw: Mapping[str, Any]) -> Op:
    if not isinstance(raw.get("locked"), bool):
        raise _bad("locked", "true or false")
    return Lock(_texts(raw, "grids"), raw["locked"])


def _excuse(raw: Mapping[str, Any]) -> Op:
    reason = raw.get("reason")
    if reason is not None and not (isinstance(reason, str) and 0 < len(reason.strip()) <= LONGEST_REASON):
        raise _bad("reason", f"a text of at most {LONGEST_REASON} characters, or null")
    if reason is not None and "\x00" in reason:
        raise _bad("reason", "a text without control characters")
    return Excuse(_text(raw, "grid"), None if reason is None else reason.strip())


def _cut(raw: Mapping[str, Any]) -> Op:
    after = None if raw.get("after") is None else _integer(raw, "after", 1, 10**9)
    floor = None if raw.get("floor") is None else _integer(raw, "floor", -100, 1000)
    if (after is None) == (floor is None):
        raise _bad("after", "given, or both it and floor are")
    return Cut(_text(raw, "unit"), after, floor)


def _assign(raw: Mapping[str, Any]) -> Op:
    parents, names = (_dictionary(raw, field, blank=True) for field in ("parents", "names"))
    return Assign(_dictionary(raw, "grids", blank=False), parents, names)


_READERS: dict[str, tuple[frozenset[str], Callable[[Mapping[str, Any]], Op]]] = {
    "move": (frozenset({"units", "to", "level"}), _move),
    "split_line": (frozenset({"grid", "line"}), _split_line),
    "split": (frozenset({"grid", "parts"}), _split),
    "merge": (frozenset({"grids", "into"}), lambda raw: Merge(_texts(raw, "grids", 2), _maybe_text(raw, "into"))),
    "lock": (frozenset({"grids", "locked"}), _lock),
    "rename": (
        frozenset({"grid", "name"}),
        lambda raw: Rename(_text(raw, "grid"), _text(raw, "name", LONGEST_NAME, blank=True)),
    ),
    "excuse": (frozenset({"grid", "reason"}), _excuse),
    "cut": (frozenset({"unit", "after", "floor"}), _cut),
    "resolve": (frozenset({"grids", "seed"}), lambda raw: Resolve(_maybe_texts(raw, "grids"), _seed(raw))),
    "mend": (frozenset({"grids", "seed"}), lambda raw: Mend(_maybe_texts(raw, "grids"), _seed(raw))),
    "assign": (frozenset({"grids", "parents", "names"}), _assign),
}
