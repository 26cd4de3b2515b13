"""The last resort: an area is drawn anew on its own ground, and what differs from what is stored is written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.edit import GROUND_TABLES
from geo_grid.rebuild.afresh import draw_afresh
from geo_grid.rebuild.anew import different_rows, redraw
from geo_grid.rebuild.applying import patched_plan, people_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.model import CityInput
    from geo_grid.rebuild.renewing import Renewed
    from geo_grid.store.base import Store


def redraw_area(
    store: Store,
    done: Renewed,
    area: str,
    numbers: Mapping[str, int],
    locked: frozenset[str],
    seed: int,
    *,
    afresh: CityInput | None = None,
) -> None:
    """Draw an area anew, and see which of its rows differ.

    Parameters
    ----------
    store : Store
        The store.
    done : Renewed
        What changes; what becomes of the area is added.
    area : str
        Code of the area.
    numbers : mapping of str to int
        Highest number ever given under each parent.
    locked : frozenset of str
        Codes of its locked grids.
    seed : int
        Seed.
    afresh : CityInput, optional
        What was read, where the area is to get new cells: its ground cannot be read back.
    """
    patch, diff = done.patches[area], done.diff
    stored = store.area_plan(area, GROUND_TABLES)
    gone = {diff.old_ids[row] for row in done.gone.get(area, ())}
    plan = patched_plan(stored, patch, done.facts[area], diff, gone, _altered(done, area, stored))
    come = {diff.new_ids[at] for at in patch.housed}
    mine = {parent: high for parent, high in numbers.items() if parent.startswith(area)}
    fresh = partial(done.standing.fresh_unit, area)
    if afresh is None:
        found = redraw(plan, mine, locked, come, seed, fresh, {unit.stack for unit in patch.units.values()})
    else:
        found = draw_afresh(plan, afresh, mine, locked, come, seed, fresh)
        done.afresh.add(area)
    done.redrawn[area] = found
    done.rows[area], done.gone_keys[area] = {}, {}
    for table, key in (("areas", "code"), ("units", "id"), ("grids", "code"), ("exceptions", "grid_code")):
        rows, lost = different_rows(stored[table], found.tables[table], key)
        done.rows[area][table], done.gone_keys[area][table] = rows, lost
    outer = [np.asarray(tables["areas"]["geom"], dtype=object) for tables in (stored.tables, found.tables)]
    if not shapely.equals_exact(shapely.normalize(outer[0]), shapely.normalize(outer[1]), 0).all():
        done.borders.add(area)
    units = dict(zip(found.tables["households"]["id"], found.tables["households"]["unit_id"], strict=True))
    before = dict(zip(stored["households"]["id"], stored["households"]["unit_id"], strict=True))
    patch.housed = {at: units[diff.new_ids[at]] for at in patch.housed}
    people = done.standing.people_of(area)
    at_old = dict(zip(diff.old_ids[people], people, strict=True))
    patch.rehoused = {
        at_old[name]: unit
        for name, unit in units.items()
        if name in before and name not in gone and before[name] != unit
    }


def _altered(done: Renewed, area: str, stored: Any) -> Any:
    """Return rows of households of an area that stay and say something else."""
    diff = done.diff
    rows = done.altered.get(area, [])
    if not rows:
        return stored["households"].iloc[:0]
    return people_rows(diff, rows, [diff.old_units[diff.match[row]] for row in rows], stored.crs)
