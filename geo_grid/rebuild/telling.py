"""What a rebuild changed, as lists: counts that crossed a band, and grids that changed, and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geo_grid.rebuild.former import LEVEL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.rebuild.renewing import Renewed

_CROSSED = ("area", "level", "grid", "before", "with_new_data", "low", "high", "crossed", "after")
_CHANGED = (
    "area",
    "level",
    "grid",
    "before",
    "after",
    "came",
    "gone",
    "taken_over",
    "given_away",
    "ground_taken",
    "ground_given",
    "became",
    "why",
)
#: Why a grid changed whose area got new cells: its ground could not be read back.
AFRESH = "drawn afresh"
_SIDES = {-1: "below", 0: "inside", 1: "above"}


class Told(NamedTuple):
    """Lists of a rebuild.

    Parameters
    ----------
    crossed : DataFrame
        Every count of households that crossed a band: ``area, level, grid``, ``before``, ``with_new_data``,
        the band ``low, high``, ``crossed`` (from where to where) and ``after`` (once mended; None where the grid is
        no more).
    changed : DataFrame
        Every grid that changed: households ``before`` and ``after``, ``came`` and ``gone`` (new data), ``taken_over``
        and ``given_away`` (mending, of those that were there), square metres ``ground_taken`` and ``ground_given``,
        ``became`` (its code, where it is another) and ``why``.
    unused : DataFrame
        What :func:`geo_grid.rebuild.unusable.unusable_rows` returned.
    """

    crossed: pd.DataFrame
    changed: pd.DataFrame
    unused: pd.DataFrame


def tell(done: Renewed, ground: Mapping[str, tuple[float, float]], unused: pd.DataFrame, areas: pd.DataFrame) -> Told:
    """List what changed.

    Parameters
    ----------
    done : Renewed
        What new data made of the draft.
    ground : mapping of str to tuple
        What :func:`geo_grid.rebuild.ground.ground_moves` returned.
    unused : DataFrame
        What :func:`geo_grid.rebuild.unusable.unusable_rows` returned.
    areas : DataFrame
        ``code`` and ``name`` of the areas.

    Returns
    -------
    Told
        The lists.
    """
    crossed: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    for area, deltas in done.deltas.items():
        after = _after(done, area)
        flows = _flows(done, area)
        moves = _moves(done, area)
        heirs = done.redrawn[area].heirs if area in done.redrawn else {}
        touched = set(deltas) | set(moves) | {code for code in flows if flows[code] != [0, 0]}
        levels = _levels(done, area)
        present = {grid.code for grid in done.judge.of_area(area)}
        touched |= ground.keys() & (present | set(after))
        if area in done.redrawn:
            touched |= (set(after) - present) | (present - set(after))
        for code in sorted(touched):
            grid = done.judge.grids.get(code)
            came, gone = flows.get(code, [0, 0])
            won, lost = moves.get(code, [0, 0])
            taken, given = (round(part) for part in ground.get(code, (0.0, 0.0)))
            became = heirs.get(code, code)
            now = after.get(became if grid else code)
            if grid is None:
                level = levels[code]
                why = f"new, {AFRESH}" if area in done.afresh else "new"
                changed.append((area, level, code, None, now, came, gone, won, lost, taken, given, None, why))
                continue
            with_new = grid.households + done.fresh[area].get(code, 0)
            sides = [_side(grid.outside(count)) for count in (grid.households, with_new)]
            if sides[0] != sides[1]:
                crossed.append(
                    (
                        area,
                        grid.level,
                        code,
                        grid.households,
                        with_new,
                        grid.low,
                        grid.high,
                        f"{_SIDES[sides[0]]} → {_SIDES[sides[1]]}",
                        now,
                    )
                )
            moved = code in ground
            if came or gone or won or lost or moved or now is None or became != code:
                why = _why(came, gone, won, lost, retired=now is None, recoded=became != code, moved=moved)
                if area in done.afresh:
                    why = f"{why}, {AFRESH}" if why else AFRESH
                changed.append(
                    (
                        area,
                        grid.level,
                        code,
                        grid.households,
                        now,
                        came,
                        gone,
                        won,
                        lost,
                        taken,
                        given,
                        became if became != code and now is not None else None,
                        why,
                    )
                )
    frames = pd.DataFrame(crossed, columns=list(_CROSSED)), pd.DataFrame(changed, columns=list(_CHANGED))
    names = dict(zip(areas["code"], areas["name"], strict=True)), _grid_names(done)
    return Told(_named(frames[0], *names), _named(frames[1], *names), unused)


def _grid_names(done: Renewed) -> dict[str, str]:
    """Return the names of grids, as they are called now, or were."""
    out = {code: grid.name for code, grid in done.judge.grids.items()}
    for found in done.redrawn.values():
        grids = found.tables["grids"]
        out |= dict(zip(grids["code"], grids["name"], strict=True))
    return out


def _named(frame: pd.DataFrame, areas: Mapping[str, str], grids: Mapping[str, str]) -> pd.DataFrame:
    """Put the names of areas and grids beside their codes."""
    for column, names in (("area", areas), ("grid", grids)):
        said = [names.get(code, "") for code in frame[column]]
        frame.insert(frame.columns.get_loc(column) + 1, f"{column}_name", pd.Series(said, dtype=object))
    return frame


def _side(outside: int) -> int:
    return (outside > 0) - (outside < 0)


def _why(came: int, gone: int, won: int, lost: int, *, retired: bool, recoded: bool, moved: bool) -> str:
    words = [
        word
        for word, true in (
            ("new households", came > 0),
            ("households gone", gone > 0),
            ("retired", retired),
            ("another code above", recoded and not retired),
            ("took over for a band", won > 0),
            ("gave away for a band", lost > 0),
            ("ground changed", moved and not retired),
        )
        if true
    ]
    return ", ".join(words)


def _after(done: Renewed, area: str) -> dict[str, int]:
    """Return the households of each grid of an area afterwards."""
    if area in done.redrawn:
        grids = done.redrawn[area].tables["grids"]
        return dict(zip(grids["code"], grids["households"].tolist(), strict=True))
    deltas = done.deltas[area]
    return {grid.code: grid.households + deltas.get(grid.code, 0) for grid in done.judge.of_area(area)}


def _flows(done: Renewed, area: str) -> dict[str, list[int]]:
    """Count who came to and went from each grid by the new data."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    standing = done.standing
    for row in done.gone.get(area, ()):
        for column in standing.grids:
            code = column[standing.unit_of[row]]
            if code is not None:
                out[code][1] += 1
    for codes in _came_to(done, area):
        for code in codes:
            if code is not None:
                out[code][0] += 1
    return out


def _came_to(done: Renewed, area: str) -> list[tuple[str | None, ...]]:
    """Return the grids that each new household of an area is in, mended; by their former codes."""
    patch = done.patches[area]
    if area not in done.redrawn:
        return [patch.units[patch.housed[at]].grids for at in done.came.get(area, ())]
    found = done.redrawn[area]
    grids = _unit_grids(found.tables["units"])
    former = {new: old for old, new in found.heirs.items()}
    return [
        tuple(None if code is None else former.get(code, code) for code in grids[patch.housed[at]])
        for at in done.came.get(area, ())
    ]


def _unit_grids(units: pd.DataFrame) -> dict[str, tuple[str | None, ...]]:
    columns = [units[name].astype(object).where(units[name].notna(), None) for name in LEVEL_COLUMNS]
    return dict(zip(units["id"], zip(*columns, strict=True), strict=True))


def _levels(done: Renewed, area: str) -> dict[str, int]:
    """Return the level of each grid of an area afterwards."""
    if area not in done.redrawn:
        return {}
    grids = done.redrawn[area].tables["grids"]
    return dict(zip(grids["code"], grids["level"].tolist(), strict=True))


def _moves(done: Renewed, area: str) -> dict[str, list[int]]:
    """Count who went over from grid to grid for a band."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    if area in done.mended:
        return _sides(done, area)
    if area not in done.redrawn:
        return out
    found, standing, diff = done.redrawn[area], done.standing, done.diff
    grids = _unit_grids(found.tables["units"])
    people = found.tables["households"]
    unit_of = dict(zip(people["id"], people["unit_id"], strict=True))
    gone = set(done.gone.get(area, ()))
    pairs = [
        (tuple(column[standing.unit_of[row]] for column in standing.grids), grids[unit_of[diff.old_ids[row]]])
        for row in standing.people_of(area)
        if row not in gone
    ]
    for before, now in pairs:
        for old, new in zip(before, now, strict=True):
            if old is not None and new is not None and found.heirs.get(old) != new:
                out[old][1] += 1
                out[new][0] += 1
    return out


def _sides(done: Renewed, area: str) -> dict[str, list[int]]:
    """Count who changed sides where bands were mended inside the grids above."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    patch, standing = done.patches[area], done.standing
    gone = set(done.gone.get(area, ()))
    pairs = []
    for unit in patch.units.values():
        rows = standing.people_in(standing.row_of(unit.id)) if unit.was >= 0 else []
        stays = [row for row in rows if row not in gone]
        pairs += [(unit.before, patch.units[patch.rehoused.get(row, unit.id)].grids) for row in stays]
    for before, now in pairs:
        for old, new in zip(before, now, strict=True):
            if old is not None and new is not None and old != new:
                out[old][1] += 1
                out[new][0] += 1
    return out
