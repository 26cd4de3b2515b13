"""What a rebuild changed, as lists: counts that crossed a band, and grids that changed, and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_grid.rebuild.former import LEVEL_COLUMNS
from geo_grid.rebuild.ground import LEAST
from geo_grid.rebuild.judging import ODD
from geo_grid.rebuild.tallying import after_of, tell_exceptions, tell_redrawn, tell_totals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.rebuild.ground import GroundMoves
    from geo_grid.rebuild.renewing import Renewed

    _Codes = tuple[str | None, str | None, str | None]

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
    "ground_from",
    "ground_to",
    "for_band",
    "became",
    "why",
)
#: Why a grid changed whose area got new cells: its ground could not be read back.
AFRESH = "drawn afresh"
#: Why a grid changed whose area was drawn anew on its own ground.
ANEW = "area drawn anew"
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
        the grids these came ``ground_from`` and went ``ground_to`` as far as units tell, and those ``for_band`` of
        which (codes, by commas), ``became`` (its code, where it is another) and ``why``.
    exceptions : DataFrame
        What :func:`geo_grid.rebuild.tallying.tell_exceptions` returned.
    redrawn : DataFrame
        What :func:`geo_grid.rebuild.tallying.tell_redrawn` returned.
    totals : DataFrame
        What :func:`geo_grid.rebuild.tallying.tell_totals` returned.
    unused : DataFrame
        What :func:`geo_grid.rebuild.unusable.unusable_rows` returned.
    """

    crossed: pd.DataFrame
    changed: pd.DataFrame
    exceptions: pd.DataFrame
    redrawn: pd.DataFrame
    totals: pd.DataFrame
    unused: pd.DataFrame


def tell(
    done: Renewed,
    ground: GroundMoves,
    unused: pd.DataFrame,
    areas: pd.DataFrame,
    reasons: Mapping[str, str],
) -> Told:
    """List what changed.

    Parameters
    ----------
    done : Renewed
        What new data made of the draft.
    ground : GroundMoves
        What :func:`geo_grid.rebuild.ground.ground_moves` returned.
    unused : DataFrame
        What :func:`geo_grid.rebuild.unusable.unusable_rows` returned.
    areas : DataFrame
        ``code``, ``name`` and ``parent_code`` of the areas.
    reasons : mapping of str to str
        Why each exception of the former plan was one, by the code of the grid.

    Returns
    -------
    Told
        The lists.
    """
    crossed: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    for area in done.deltas:
        some, other = _of_area(done, area, ground)
        crossed += some
        changed += other
    frames = (
        pd.DataFrame(crossed, columns=list(_CROSSED)),
        pd.DataFrame(changed, columns=list(_CHANGED)),
        tell_exceptions(done, reasons),
        tell_redrawn(done),
    )
    names = dict(zip(areas["code"], areas["name"], strict=True)), _grid_names(done)
    first, second, third, fourth = (_named(frame, *names) for frame in frames)
    return Told(first, second, third, fourth, tell_totals(done, areas), unused)


def _of_area(done: Renewed, area: str, ground: GroundMoves) -> tuple[list[Any], list[Any]]:
    """List the counts of an area that crossed a band, and its grids that changed; by their former codes."""
    crossed: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    judge, after, flows = done.judge, after_of(done, area), _flows(done, area)
    heirs = done.redrawn[area].heirs if area in done.redrawn else {}
    former = {new: old for old, new in heirs.items()}
    stays = _stays(done, area)
    moves = _moves(stays)
    present = {grid.code for grid in judge.of_area(area)}
    fresh = {code for code in after if code not in former and code not in present}
    squares = {former.get(code, code): ground.squares[code] for code in (present | set(after)) & ground.squares.keys()}
    touched = set(done.deltas[area]) | set(moves) | {code for code in flows if flows[code] != [0, 0]} | set(squares)
    if area in done.redrawn:
        touched |= fresh | {code for code in present if heirs.get(code) not in after}
    whence = _whence(done, area, squares, stays, ground.stood) if squares else {}
    levels = _levels(done, area)
    anew = AFRESH if area in done.afresh else ANEW if area in done.redrawn else ""
    for code in sorted(touched):
        grid = judge.grids.get(code)
        won, lost = moves.get(code, [0, 0])
        came, gone = flows.get(code, [0, 0])
        numbers = (came, gone, won, lost, *(round(part) for part in squares.get(code, (0.0, 0.0))))
        others = whence.get(code, ("", "", ""))
        became = heirs.get(code, code)
        now = after.get(became if grid else code)
        if grid is None:
            why = f"new, {anew}" if anew else "new"
            changed.append((area, levels[code], code, None, now, *numbers, *others, None, why))
            continue
        with_new = grid.households + done.fresh[area].get(code, 0)
        sides = [_side(grid.outside(count)) for count in (grid.households, with_new)]
        if sides[0] != sides[1]:
            said = f"{_SIDES[sides[0]]} → {_SIDES[sides[1]]}"
            crossed.append((area, grid.level, code, grid.households, with_new, grid.low, grid.high, said, now))
        moved = code in squares
        if came or gone or won or lost or moved or now is None or became != code:
            why = _why(came, gone, won, lost, retired=now is None, recoded=became != code, moved=moved)
            why = ", ".join(filter(None, (why, anew)))
            code_now = became if became != code and now is not None else None
            changed.append((area, grid.level, code, grid.households, now, *numbers, *others, code_now, why))
    return crossed, changed


def _whence(
    done: Renewed,
    area: str,
    squares: Mapping[str, Any],
    stays: list[tuple[_Codes, _Codes]],
    stood: Mapping[str, Any],
) -> dict[str, tuple[str, str, str]]:
    """Say of grids whose ground changed from and to which ones it went, as far as units tell, and for whose band."""
    pairs = {
        (old, new)
        for before, now in [*stays, *_unit_sides(done, area)]
        for old, new in zip(before, now, strict=True)
        if old is not None and new is not None and old != new and old in squares and new in squares
    }
    gave: dict[str, set[str]] = defaultdict(set)
    took: dict[str, set[str]] = defaultdict(set)
    for old, new in _with_ground(done, area, sorted(pairs), stood):
        gave[old].add(new)
        took[new].add(old)
    judge, fresh = done.judge, done.fresh[area]
    broken = {grid.code for grid in judge.broken(fresh) if grid.status not in ODD}
    out = {}
    for code in squares:
        mine = {code} | gave[code] | took[code]
        near = mine & broken or {one for one in broken for other in mine if _above_or_below(one, other)}
        # where none of them broke, one further on did
        whence, whither, band = (", ".join(sorted(codes)) for codes in (took[code], gave[code], near or broken))
        out[code] = (whence, whither, band)
    return out


def _above_or_below(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _with_ground(
    done: Renewed, area: str, pairs: list[tuple[str, str]], stood: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Leave out pairs of grids of an area drawn anew between which households went, but no ground."""
    if area not in done.redrawn or not pairs:
        return pairs
    found = done.redrawn[area]
    grids = found.tables["grids"]
    shapes = dict(zip(grids["code"], grids["geom"], strict=True))
    ends = [(stood.get(old), shapes.get(found.heirs.get(new, new))) for old, new in pairs]
    common = shapely.area(shapely.intersection(*(np.array(side, dtype=object) for side in zip(*ends, strict=True))))
    return [pair for pair, area_common in zip(pairs, common.tolist(), strict=True) if area_common > LEAST]


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
        if column not in frame:
            continue
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


def _came_to(done: Renewed, area: str) -> list[_Codes]:
    """Return the grids that each new household of an area is in, mended; by their former codes."""
    patch = done.patches[area]
    if area not in done.redrawn:
        return [patch.units[patch.housed[at]].grids for at in done.came.get(area, ())]
    grids = _former_grids(done, area)
    return [grids[patch.housed[at]] for at in done.came.get(area, ())]


def _levels(done: Renewed, area: str) -> dict[str, int]:
    """Return the level of each grid of an area afterwards."""
    if area not in done.redrawn:
        return {}
    grids = done.redrawn[area].tables["grids"]
    return dict(zip(grids["code"], grids["level"].tolist(), strict=True))


def _moves(stays: list[tuple[_Codes, _Codes]]) -> dict[str, list[int]]:
    """Count who went over from grid to grid for a band."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for before, now in stays:
        for old, new in zip(before, now, strict=True):
            if old is not None and new is not None and old != new:
                out[old][1] += 1
                out[new][0] += 1
    return out


def _stays(done: Renewed, area: str) -> list[tuple[_Codes, _Codes]]:
    """Return the grids of each household that stayed, before and now, by their former codes."""
    standing, gone = done.standing, set(done.gone.get(area, ()))
    if area in done.redrawn:
        grids, people = _former_grids(done, area), done.redrawn[area].tables["households"]
        unit_of = dict(zip(people["id"], people["unit_id"], strict=True))
        rows = [row for row in standing.people_of(area) if row not in gone]
        return [(_grids_at(done, standing.unit_of[row]), grids[unit_of[done.diff.old_ids[row]]]) for row in rows]
    if area not in done.mended:
        return []
    patch, out = done.patches[area], []
    for unit in patch.units.values():
        rows = standing.people_in(standing.row_of(unit.id)) if unit.was >= 0 else []
        stays = [row for row in rows if row not in gone]
        out += [(unit.before, patch.units[patch.rehoused.get(row, unit.id)].grids) for row in stays]
    return out


def _unit_sides(done: Renewed, area: str) -> list[tuple[_Codes, _Codes]]:
    """Return the grids of each unit that is still there, before and now, by their former codes."""
    if area not in done.redrawn:
        units = done.patches[area].units.values()
        return [(unit.before, unit.grids) for unit in units if unit.was >= 0]
    grids, standing = _former_grids(done, area), done.standing
    rows = [row for row in standing.units_in(area).tolist() if standing.ids[row] in grids]
    return [(_grids_at(done, row), grids[standing.ids[row]]) for row in rows]


def _grids_at(done: Renewed, unit: int) -> _Codes:
    """Return the grids of a unit as it stood."""
    one, other, last = (column[unit] for column in done.standing.grids)
    return one, other, last


def _former_grids(done: Renewed, area: str) -> dict[str, _Codes]:
    """Return the grids of each unit of an area drawn anew, by the codes they had, where they had any."""
    found = done.redrawn[area]
    former = {new: old for old, new in found.heirs.items()}
    units = found.tables["units"]
    columns = [units[name].astype(object).where(units[name].notna(), None) for name in LEVEL_COLUMNS]
    named = ([former.get(code, code) for code in column] for column in columns)
    return dict(zip(units["id"], zip(*named, strict=True), strict=True))
