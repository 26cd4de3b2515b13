"""What a rebuild did to exceptions, which areas it drew anew, and what it all adds up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.rebuild.judging import ODD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.rebuild.renewing import Renewed

_EXCEPTIONS = (
    "area",
    "level",
    "grid",
    "change",
    "before",
    "after",
    "low",
    "high",
    "became",
    "reason_before",
    "reason",
)
LEVELS = (1, 2, 3)
#: Columns of the totals of an area that are counted twice.
COUNTED = ("households", *(f"grids_{level}" for level in LEVELS), "exceptions")


def after_of(done: Renewed, area: str) -> dict[str, int]:
    """Count the households of each grid of an area as they will be.

    Parameters
    ----------
    done : Renewed
        What changes.
    area : str
        Code of the area.

    Returns
    -------
    dict of str to int
        Households by the code the grid will have.
    """
    if area in done.redrawn:
        grids = done.redrawn[area].tables["grids"]
        return dict(zip(grids["code"], grids["households"].tolist(), strict=True))
    deltas = done.deltas[area]
    return {grid.code: grid.households + deltas.get(grid.code, 0) for grid in done.judge.of_area(area)}


def tell_exceptions(done: Renewed, reasons: Mapping[str, str]) -> pd.DataFrame:
    """List the exceptions that came, went and changed.

    Parameters
    ----------
    done : Renewed
        What new data made of the draft.
    reasons : mapping of str to str
        Why each exception of the former plan was one, by the code of the grid.

    Returns
    -------
    DataFrame
        ``area, level, grid, change`` ("came", "went", "changed": other households, or another reason), households
        ``before`` and ``after``, the band ``low, high``, ``became``, ``reason_before`` and ``reason``.
    """
    proved = {str(row["grid_code"]): str(row["reason"]) for row in done.proofs}
    rows: list[tuple[Any, ...]] = []
    for area in done.deltas:
        was = {grid.code: reasons.get(grid.code, "") for grid in done.judge.odd(area)}
        found = done.redrawn.get(area)
        heirs = found.heirs if found else {}
        former = {new: old for old, new in heirs.items()}
        if found:
            table = found.tables["exceptions"]
            now = {former.get(code, code): why for code, why in zip(table["grid_code"], table["reason"], strict=True)}
        else:
            now = {code: proved.get(code, why) for code, why in was.items()}
        if was or now:
            rows += _exceptions_of(done, area, was, now, heirs)
    return pd.DataFrame(rows, columns=list(_EXCEPTIONS))


def _exceptions_of(
    done: Renewed, area: str, was: Mapping[str, str], now: Mapping[str, str], heirs: Mapping[str, str]
) -> list[tuple[Any, ...]]:
    after, rows = after_of(done, area), []
    bands: dict[str, tuple[Any, ...]] = {}
    if area in done.redrawn:
        grids = done.redrawn[area].tables["grids"]
        columns = [grids[name].astype(object).where(grids[name].notna(), None) for name in ("level", "low", "high")]
        bands = dict(zip(grids["code"], zip(*columns, strict=True), strict=True))
    for code in sorted(was.keys() | now.keys()):
        grid, became = done.judge.grids.get(code), heirs.get(code, code)
        level, low, high = bands.get(became) or ((grid.level, grid.low, grid.high) if grid else (0, None, None))
        before, later = grid.households if grid else None, after.get(became)
        change = "came" if code not in was else "went" if code not in now else "changed"
        if change == "changed" and (before, was[code]) == (later, now[code]):
            continue
        recoded = became if became != code and later is not None else None
        rows.append(
            (area, level, code, change, before, later, low, high, recoded, was.get(code, ""), now.get(code, ""))
        )
    return rows


def tell_redrawn(done: Renewed) -> pd.DataFrame:
    """List the areas that were drawn anew.

    Parameters
    ----------
    done : Renewed
        What new data made of the draft.

    Returns
    -------
    DataFrame
        ``area``, ``how`` ("own ground", "new cells") and ``why``: what :meth:`geo_grid.rebuild.judging.Judge.why_anew`
        says, by semicolons.
    """
    rows = []
    for area, found in done.redrawn.items():
        why = done.judge.why_anew(done.patches[area], done.fresh[area], found.locked)
        rows.append((area, "new cells" if area in done.afresh else "own ground", "; ".join(sorted(why))))
    return pd.DataFrame(rows, columns=["area", "how", "why"])


def tell_totals(done: Renewed, areas: pd.DataFrame) -> pd.DataFrame:
    """Count households, grids and exceptions of each area, before and after.

    Parameters
    ----------
    done : Renewed
        What new data made of the draft.
    areas : DataFrame
        ``code``, ``name`` and ``parent_code`` of the areas.

    Returns
    -------
    DataFrame
        ``code, name, parent_code`` and each of :data:`COUNTED` with ``_before`` and ``_after``.
    """
    names = [f"{name}_{when}" for when in ("before", "after") for name in COUNTED]
    counts = []
    for area in areas["code"]:
        before = [0, 0, 0, 0, 0]
        for grid in done.judge.of_area(area):
            before[grid.level] += 1
            if grid.level == 1:
                before[0] += grid.households
        before[4] = len(done.judge.odd(area))
        counts.append([*before, *_after(done, area, before)])
    frame = areas[["code", "name", "parent_code"]].reset_index(drop=True).astype(object)
    return frame.join(pd.DataFrame(counts, columns=names))


def _after(done: Renewed, area: str, before: list[int]) -> list[int]:
    """Count one area as it will be."""
    if area not in done.deltas:
        return before
    if area not in done.redrawn:
        come = sum(done.deltas[area].get(grid.code, 0) for grid in done.judge.of_area(area) if grid.level == 1)
        return [before[0] + come, *before[1:]]
    grids = done.redrawn[area].tables["grids"]
    levels = grids["level"].tolist()
    people = sum(count for count, level in zip(grids["households"].tolist(), levels, strict=True) if level == 1)
    return [people, *(levels.count(level) for level in LEVELS), int(grids["status"].isin(ODD).sum())]
