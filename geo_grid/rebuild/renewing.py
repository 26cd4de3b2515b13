"""`geo-grid rebuild`: new household data into a plan; grids change only where they must."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_grid.edit import AreaState
from geo_grid.errors import StoreError, ZoningError
from geo_grid.rebuild.applying import patched_units
from geo_grid.rebuild.bands import Rules, mend_bands, units_inside
from geo_grid.rebuild.changed import described
from geo_grid.rebuild.forking import in_two, worth_forking
from geo_grid.rebuild.gaps import narrowed
from geo_grid.rebuild.groups import settle_groups
from geo_grid.rebuild.handing import Moved
from geo_grid.rebuild.judging import BAND, ODD, PROOF, Judge
from geo_grid.rebuild.parts import made, put_in_order, take
from geo_grid.rebuild.patch import Patcher
from geo_grid.rebuild.places import Places
from geo_grid.rebuild.proving import proved_anew
from geo_grid.rebuild.redrawing import redraw_area
from geo_grid.rebuild.standing import Keys
from geo_grid.schema import TABLES
from geo_grid.store.frames import conform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo_grid.model import CityInput
    from geo_grid.rebuild.anew import Redrawn
    from geo_grid.rebuild.changed import Patch, Unit
    from geo_grid.rebuild.diff import Difference
    from geo_grid.rebuild.reading import Draft
    from geo_grid.rebuild.standing import Standing
    from geo_grid.store.base import Store
    from geo_grid.store.ledger import Ledger

    Progress = Callable[[str, int, int], None]

#: Metres around a new house within which units are looked for: it may stand on a border, a rounding outside.
NEAR = 0.01


@dataclass(slots=True)
class Renewed:
    """What new household data makes of a draft, before it is written.

    Parameters
    ----------
    diff : Difference
        The new data beside the old.
    standing : Standing
        What stood.
    judge : Judge
        Its grids.
    patches : dict of str to Patch
        Changed units by area.
    facts : dict of str to dict
        By area and unit: building, entrance, floors.
    deltas : dict of str to dict
        By area what each touched grid wins or loses.
    redrawn : dict of str to Redrawn
        Areas that had to be drawn anew.
    rows : dict of str to dict
        By redrawn area rows of its tables that differ.
    gone_keys : dict of str to dict
        By redrawn area keys of rows that are no more, by table.
    gone : dict of str to list
        By area positions of households that are no more where they were.
    altered : dict of str to list
        By area positions in the new data of those that stay and say something else.
    came : dict of str to dict
        By area the grids that each household came to, before anything was mended.
    mended : set of str
        Areas whose bands were mended on the units as they stand, or whose exceptions have other numbers.
    ground : dict of str to MultiPolygon
        Ground of the grids whose borders moved there.
    squares : dict of str to tuple
        Square metres that each of them took and gave.
    proofs : list of dict
        Rows of the table ``exceptions`` of which the numbers changed, in areas that were not drawn anew.
    borders : set of str
        Redrawn areas whose outer border has other vertices.
    fresh : dict of str to dict
        By area what the new data gave to and took from each touched grid, before anything was mended.
    afresh : set of str
        Redrawn areas that got new cells: their ground could not be read back.
    """

    diff: Difference
    standing: Standing
    judge: Judge
    patches: dict[str, Patch] = field(default_factory=dict)
    facts: dict[str, dict[str, tuple[Any, ...]]] = field(default_factory=dict)
    deltas: dict[str, dict[str, int]] = field(default_factory=dict)
    redrawn: dict[str, Redrawn] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone_keys: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    gone: dict[str, list[int]] = field(default_factory=dict)
    altered: dict[str, list[int]] = field(default_factory=dict)
    came: dict[str, dict[int, tuple[str | None, ...]]] = field(default_factory=dict)
    mended: set[str] = field(default_factory=set)
    ground: dict[str, Any] = field(default_factory=dict)
    squares: dict[str, tuple[float, float]] = field(default_factory=dict)
    proofs: list[dict[str, Any]] = field(default_factory=list)
    borders: set[str] = field(default_factory=set)
    fresh: dict[str, dict[str, int]] = field(default_factory=dict)
    afresh: set[str] = field(default_factory=set)


def renew(
    store: Store,
    ledger: Ledger,
    city: CityInput,
    draft: Draft,
    seed: int,
    progress: Progress,
    min_contact: float = 3.0,
) -> Renewed:
    """Work out what new households change in a draft; nothing is written.

    Parameters
    ----------
    store : Store
        The store.
    ledger : Ledger
        Its ledger.
    city : CityInput
        What was read.
    draft : Draft
        The plan as it stands.
    seed : int
        Seed.
    progress : callable
        Called with stage, done and total.
    min_contact : float
        Metres of common border that make neighbours.

    Returns
    -------
    Renewed
        What changes.
    """
    people, standing, judge, diff = draft
    done = Renewed(diff, standing, judge)
    keys = Keys(people), Keys(diff.new)
    gone, come = _by_area(people["area_code"], diff.gone), _by_area(diff.new["area_code"], diff.come)
    done.gone, done.altered = gone, _by_area(diff.new["area_code"], diff.altered)
    reordered = _stacks(diff, standing)
    regrouped = set(diff.new["area_code"][diff.regrouped])
    areas = sorted(gone.keys() | come.keys() | reordered.keys() | regrouped)
    areas.sort(
        key=lambda area: -len(gone.get(area, ())) - len(come.get(area, ()))
    )  # of two processes neither waits long
    places = Places(standing, diff)
    edited = {area for area, head in ledger.heads().items() if head.number}
    rules = Rules(_hard_lines(city), min_contact, ledger.shapes_in, ledger.unit_shapes)
    flags = _Flags(reordered, regrouped, edited, rules)
    locked = _locks(ledger)

    def mend(area: str) -> None:
        mine = locked.get(area, frozenset())
        again = partial(Patcher, area, standing, diff, places, keys, gone.get(area, []), come.get(area, []))
        patcher = again()
        beside = ledger.units_at([(area, *house.xy) for house in patcher.houses], NEAR) if patcher.houses else []
        _patch(done, patcher, beside, flags)
        why = done.judge.why_anew(done.patches[area], done.deltas[area], mine)
        if not why:
            _keep(done, area, patcher.moved)
        elif not (why <= {BAND, PROOF} and _mended(done, patcher, rules)):
            if why <= {BAND, PROOF}:  # the attempt may have moved some
                _patch(done, again(), beside, flags)
            redraw = partial(redraw_area, store, done, area, ledger.code_numbers(area), mine, seed)
            try:
                redraw()
            except (StoreError, ZoningError):
                # a house in the ground of a large building can be in the way of reading its cuts: it shares that ground
                _patch(done, again(cut=False), beside, flags)
                try:
                    redraw()
                except (StoreError, ZoningError):
                    redraw(afresh=city)

    ledger.close()  # each process is to open its own connections
    in_two(
        areas,
        mend,
        lambda _: made(done),
        lambda sent: take(done, sent),
        helper=worth_forking(store, len(areas)),
        told=lambda count: progress("mend", count, len(areas)),
    )
    put_in_order(done)
    return done


class _Flags(NamedTuple):
    """What is known of areas besides who comes and goes, and what mending goes by."""

    reordered: Mapping[str, set[str]]
    regrouped: set[str]
    edited: set[str]
    rules: Rules


def _patch(done: Renewed, patcher: Patcher, near: list[list[tuple[str, Any]]], flags: _Flags) -> None:
    """Let the households of an area come and go."""
    area = patcher.patch.area
    patcher.place_houses(iter(near), flags.rules.shapes_of)
    patcher.reorder(flags.reordered.get(area, set()))
    patch = done.patches[area] = patcher.finish(flags.rules.shapes_of)
    moved = None if area in flags.regrouped else settle_groups(patcher, done.judge, flags.rules)
    if moved is None:
        patch.why.add("other villager groups are said")
    patcher.moved = moved or Moved()
    if area in flags.edited:
        patch.why.add("the area was redrawn by hand")
    done.deltas[area] = done.fresh[area] = done.judge.deltas(patch)
    done.came[area] = {at: patch.units[name].grids for at, name in patch.housed.items()}
    done.facts[area] = described(patch, done.standing, done.diff, patcher.keys[1], patcher.gone)


def _mended(done: Renewed, patcher: Patcher, rules: Rules) -> bool:
    """Mend the bands of an area inside the grids above, if that will do, and say anew what is proved of exceptions."""
    area, judge = patcher.patch.area, done.judge
    narrow, broken = narrowed(judge, area, done.deltas[area])
    broken += [grid for grid in judge.broken(done.deltas[area]) if grid.status not in ODD]
    moved = mend_bands(patcher, narrow, broken, rules) if broken else Moved()
    if moved is None:
        return False
    keys = patcher.keys[1]
    done.facts[area] |= described(patcher.patch, done.standing, done.diff, keys, patcher.gone, sorted(moved.units))
    deltas = judge.deltas(patcher.patch)
    proofs = proved_anew(judge, area, deltas, lambda code: units_inside(patcher, judge, code, rules))
    if proofs is None:
        return False
    patcher.moved.add(moved)
    _keep(done, area, patcher.moved)
    done.proofs += proofs
    done.mended.add(area)
    done.deltas[area] = deltas
    return True


def _keep(done: Renewed, area: str, moved: Moved) -> None:
    """Keep which ground changed hands in an area."""
    done.ground |= moved.ground
    done.squares |= moved.squares
    if moved.ground:
        done.mended.add(area)


def _hard_lines(city: CityInput) -> Any:
    """Return the barriers of full strength, to be asked what lies on them."""
    names = [name for name, strength in city.barriers.items() if strength >= 1.0]
    shapes = city.elements.geometry.to_numpy()[city.elements["class"].isin(names).to_numpy()]
    if not len(shapes):
        return None
    lines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    return shapely.STRtree(shapely.get_parts(lines[shapely.get_dimensions(lines) == 1]))


def _by_area(codes: pd.Series, rows: np.ndarray[Any, Any]) -> dict[str, list[int]]:
    out: dict[str, list[int]] = defaultdict(list)
    for row, code in zip(rows.tolist(), codes.iloc[rows].tolist(), strict=True):
        out[code].append(row)
    return out


def _stacks(diff: Difference, standing: Standing) -> dict[str, set[str]]:
    """Return the buildings, by area, of which other floors or doors are said."""
    out: dict[str, set[str]] = defaultdict(set)
    for row in diff.match[diff.reordered].tolist():
        unit = int(standing.unit_of[row])
        out[standing.area[unit]].add(standing.stack[unit])
    return out


def _locks(ledger: Ledger) -> dict[str, frozenset[str]]:
    """Return the locked grids of each area."""
    out = {}
    for area, head in ledger.heads().items():
        if head.number:
            locked = AreaState.from_text(ledger.state(area, head.number)).locked
            if locked:
                out[area] = locked
    return out


def patched_tables(done: Renewed, area: str, stored: Mapping[str, Any], crs: str) -> dict[str, Any]:
    """Return tables of an area that was not drawn anew as they will be.

    Parameters
    ----------
    done : Renewed
        What changes.
    area : str
        Code of the area.
    stored : mapping of str to DataFrame
        ``areas``, ``units`` and ``grids`` as they are stored.
    crs : str
        Coordinate system.

    Returns
    -------
    dict of str to DataFrame
        These tables; nothing where the area stays as it is.
    """
    if area not in done.patches:
        return {}
    deltas = done.deltas[area]
    units = patched_units(stored["units"], done.patches[area], done.facts[area], crs)
    grids = stored["grids"]
    count = [
        households + deltas.get(code, 0) for code, households in zip(grids["code"], grids["households"], strict=True)
    ]
    areas = stored["areas"].assign(households=int(units["households"].sum()))
    ground = [done.ground.get(code, shape) for code, shape in zip(grids["code"], grids["geom"], strict=True)]
    grids = grids.assign(households=count, geom=np.array(ground, dtype=object)).set_geometry("geom", crs=crs)
    return {"units": units, "grids": grids, "areas": areas}


def changed_units(
    done: Renewed, area: str
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Unit, Any]]]:
    """Return what is written of the units of an area that was not drawn anew.

    Parameters
    ----------
    done : Renewed
        What changes.
    area : str
        Code of the area.

    Returns
    -------
    facts, grids : list of tuple
        See :class:`geo_grid.store.mended.Mended`.
    whole : list of tuple
        Units that are written whole, and their ground.
    """
    patch, said = done.patches[area], done.facts[area]
    whole = [(unit, patch.shapes[unit.id]) for unit in patch.units.values() if unit.id in patch.shapes]
    stay = [unit for unit in patch.units.values() if unit.id not in patch.shapes]
    facts = [(unit.households, unit.stack, *said[unit.id], unit.group, unit.exclave, unit.id) for unit in stay]
    return facts, [(*unit.grids, unit.id) for unit in stay if unit.grids != unit.before], whole


def moved_grids(done: Renewed, crs: str) -> Any:
    """Return rows of the grids whose borders moved inside the grid above.

    Parameters
    ----------
    done : Renewed
        What changes.
    crs : str
        Coordinate system.

    Returns
    -------
    GeoDataFrame
        Rows of the table ``grids``.
    """
    rows = []
    for code, shape in done.ground.items():
        grid = done.judge.grids[code]
        rows.append(
            {
                "code": code,
                "level": grid.level,
                "parent_code": grid.parent if grid.level > 1 else None,
                "area_code": grid.area,
                "name": grid.name,
                "role": grid.role,
                "households": grid.households + done.deltas[grid.area].get(code, 0),
                "low": grid.low,
                "high": grid.high,
                "status": grid.status,
                "geom": shape,
            }
        )
    return conform(TABLES["grids"], pd.DataFrame(rows, columns=TABLES["grids"].column_names), crs)
