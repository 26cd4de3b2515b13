"""What became of a grid whose code is on an old notice board: the last version it stood in, and who goes on with it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flask import current_app, request

from geo_grid.errors import GeoGridError
from webmap.atlas.cards import optional_text
from webmap.public.asking import library

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.lookup import LookupIndex
    from webmap.public.edition import Edition

#: Blueprints whose addresses name a grid by its code.
_OF_GRIDS = ("api", "public", "find")

#: Codes that are followed from version to version, and successors that are named.
_FOLLOWED, _NAMED = 60, 20


def retirement() -> dict[str, Any] | None:
    """Return what the answer to this request for an unknown code says more, if there once was such a grid.

    Returns
    -------
    dict or None
        ``retired``, as :class:`webmap.public.models.Retired`.
    """
    code = (request.view_args or {}).get("code")
    if request.blueprint not in _OF_GRIDS or not isinstance(code, str) or request.args.get("as_of"):
        return None
    try:
        told = retired(library().current(), library().versions, code)
    except GeoGridError as error:  # the code is unknown all the same
        current_app.logger.warning("what became of a code cannot be told: %s", error.line())
        return None
    return None if told is None else {"retired": told}


def retired(edition: Edition, versions: list[dict[str, Any]], code: str) -> dict[str, Any] | None:
    """Say when there last was a grid of a code, and which grids go on with it.

    Parameters
    ----------
    edition : Edition
        What is shown.
    versions : list of dict
        Rows of the published versions.
    code : str
        A code of no grid.

    Returns
    -------
    dict or None
        As :class:`webmap.public.models.Retired`; None where no version had the grid.
    """
    if edition.version is None or not code.isprintable():
        return None
    walk = _Walk(current_app.extensions["office"].ledger, edition.version)
    ended = walk.end(code)
    if ended is None:
        return None
    number = ended[0]
    rows = {row["number"]: row for row in versions}
    last = max((known for known in rows if known < number), default=None)
    if last is None:
        return None
    index = edition.index
    heirs = [index.by_code(heir) for heir in walk.heirs(code, index.knows)]
    return {
        "code": code,
        "version": last,
        "made_at": rows[last]["made_at"],
        "ended_at": rows[number]["made_at"] if number in rows else None,
        "as_of": _day_of(rows[last], rows.get(number), edition.settings.utc_offset_hours),
        "area": _area_of(code, index),
        "successors": [
            {
                "code": row["code"],
                "name": row["name"],
                "level": row["level"],
                "area": index.by_code(row["area"])["name"],
            }
            for row in heirs
        ],
    }


class _Walk:
    """Follows codes through the lineage, one at a time: all of it at once would be read for a single misprint."""

    def __init__(self, ledger: Any, until: int) -> None:
        self._ledger, self._until = ledger, until

    def end(self, code: str) -> tuple[int, list[str]] | None:
        """Return with which version a grid was no more, and who got its households, most first."""
        rows = self._ledger.lineage(code=code)
        rows = rows[rows["version"] <= self._until]
        stands = set(rows["version"][rows["new_code"] == code])
        left = rows[(rows["old_code"] == code) & ~rows["version"].isin(stands)]
        if not len(left):
            return None
        number = int(left["version"].max())
        gone = left[left["version"] == number].sort_values("households", ascending=False, kind="stable")
        return number, [new for new in gone["new_code"].tolist() if optional_text(new) is not None]

    def heirs(self, code: str, known: Callable[[str], bool]) -> list[str]:
        """Return the grids there are that go on with one, those with most of its households first."""
        now, found, seen = [code], dict[str, None](), {code}
        while now and len(seen) < _FOLLOWED and len(found) < _NAMED:
            ended = self.end(now.pop(0))
            for new in ended[1] if ended is not None else ():
                if known(new):
                    found[new] = None
                elif new not in seen:
                    seen.add(new)
                    now.append(new)
        return list(found)[:_NAMED]


def _area_of(code: str, index: LookupIndex) -> dict[str, Any] | None:
    """Return the area a code begins with; None where there is none any more."""
    for end in range(len(code) - 1, 0, -1):
        if index.knows(code[:end]):
            area = index.by_code(code[:end])
            if area["level"] == 0:
                return {"code": area["code"], "name": area["name"]}
    return None


def _day_of(row: dict[str, Any], following: dict[str, Any] | None, offset_hours: float) -> str | None:
    """Return a day that ``as_of`` answers from a version; None if another one was published before its day ended."""
    zone = dt.timezone(dt.timedelta(hours=offset_hours))
    day = dt.datetime.fromisoformat(row["made_at"]).astimezone(zone).date()
    if following is not None and dt.datetime.fromisoformat(following["made_at"]).astimezone(zone).date() <= day:
        return None
    return day.isoformat()
