"""What the ledger tells of published versions: which there are, when grids changed, and what became of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webmap.atlas.cards import optional_text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

#: Kinds of lineage that change nothing.
_SAME = "kept"


def published_versions(store_url: str | Path) -> list[dict[str, Any]]:
    """Return the published versions of a store.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.

    Returns
    -------
    list of dict
        Rows of the table ``versions``, oldest first.
    """
    from geo_grid.store import open_store

    store = open_store(store_url)
    if store.latest_version() is None:
        return []
    with store.ledger() as ledger:
        return sorted(ledger.versions(), key=lambda row: int(row["number"]))


def changes_until(store_url: str | Path, version: int | None, versions: list[dict[str, Any]]) -> dict[str, str]:
    """Return when grids were last changed by a publication.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    version : int or None
        Later ones do not count.
    versions : list of dict
        Rows of the published versions.

    Returns
    -------
    dict of str to str
        Time by code, of grids that got or lost households, were new, or got another code.
    """
    from geo_grid.store import open_store

    if version is None:
        return {}
    with open_store(store_url).ledger() as ledger:
        rows = ledger.lineage()
    rows = rows[(rows["version"] <= version) & (rows["kind"] != _SAME)]
    made = {row["number"]: row["made_at"] for row in versions}
    out: dict[str, str] = {}
    for number, *codes in rows.sort_values("version", kind="stable")[["version", "old_code", "new_code"]].itertuples(
        index=False, name=None
    ):
        for code in codes:
            if isinstance(code, str) and number in made:
                out[code] = made[number]
    return out


def steps(store_url: str | Path, first: int, last: int) -> list[pd.DataFrame]:
    """Return what became of grids, version by version.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    first, last : int
        From the state of the first version to that of the last.

    Returns
    -------
    list of DataFrame
        ``level, old_code, new_code, kind`` of each version after the first.
    """
    from geo_grid.store import open_store

    with open_store(store_url).ledger() as ledger:
        return [
            ledger.lineage(number)[["level", "old_code", "new_code", "kind"]] for number in range(first + 1, last + 1)
        ]


def crosswalk(before: dict[str, int], after: dict[str, int], lineage: list[pd.DataFrame]) -> list[dict[str, Any]]:
    """Say which grids of one version are which of another.

    Parameters
    ----------
    before, after : dict of str to int
        Levels of the grids of both versions, by code.
    lineage : list of DataFrame
        As :func:`steps` returns it.

    Returns
    -------
    list of dict
        ``level, old, new, kind`` by old code, then new: ``kept`` (the same code), ``changed`` (shares households with a
        grid of another code), ``retired`` (nothing of it is left: ``new`` is None) and ``new`` (``old`` is None).
    """
    at: dict[str, set[str]] = {code: {code} for code in before}
    for frame in lineage:
        goes: dict[str, set[str]] = {}
        for old, new in zip(frame["old_code"], frame["new_code"], strict=True):
            if optional_text(old) is not None:
                goes.setdefault(old, set()).update([new] if optional_text(new) is not None else [])
        at = {code: set().union(*(goes.get(now, {now}) for now in nows)) for code, nows in at.items()}
    rows, reached = [], set[str]()
    for code, nows in at.items():
        there = sorted(now for now in nows if now in after)
        reached.update(there)
        rows += [_row(before[code], code, now, "kept" if now == code else "changed") for now in there]
        if not there:
            rows.append(_row(before[code], code, None, "retired"))
    rows += [_row(level, None, code, "new") for code, level in after.items() if code not in reached]
    return sorted(rows, key=lambda row: (row["old"] is None, row["old"] or "", row["new"] or ""))


def _row(level: int, old: str | None, new: str | None, kind: str) -> dict[str, Any]:
    return {"level": level, "old": old, "new": new, "kind": kind}
