"""An area whose ground cannot be read back is drawn afresh: new cells, as a build draws them, and grids that go on.

After years of changes units of an area may lie so that it cannot be told how their buildings were cut. Its households get
new cells on the area's own polygon, with the same elements, barriers and bands; the grids they were in are laid on these
and mended as on any other ground, so codes, names, written reasons and locks go on with those who stay.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geo_grid.area import zone_one
from geo_grid.codes import CodeProfile
from geo_grid.edit import read_ground
from geo_grid.edit.read import has_given, policy_of
from geo_grid.edit.state import Built, state_of
from geo_grid.jobs import area_jobs
from geo_grid.model import CityInput, Plan
from geo_grid.plan import assemble
from geo_grid.policy import Policies
from geo_grid.rebuild.anew import redrawn_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState
    from geo_grid.rebuild.anew import Redrawn

#: Metres by which the border of a stored area may lie off the one that was read: cuts of neighbours put points into it.
_SAME_BORDER = 1e-6
_TEXTS = ("id", "source", "area_code", "building", "entrance", "group", "address")


class _Rules(NamedTuple):
    """What the zones of one area depend on, as its plan says it."""

    policies: Policies
    min_contact: float
    seed: int


def draw_afresh(
    plan: Plan,
    city: CityInput,
    numbers: Mapping[str, int],
    locked: frozenset[str],
    come: set[str],
    seed: int,
    fresh: Callable[[], str],
) -> Redrawn:
    """Draw an area afresh, and let its grids go on there.

    Parameters
    ----------
    plan : Plan
        Its tables with the new households, :data:`geo_grid.edit.GROUND_TABLES`; of its units only which grid a place, or
        a household, was in.
    city : CityInput
        What was read; of its households nothing is asked.
    numbers : mapping of str to int
        Highest number ever given under each parent.
    locked : frozenset of str
        Codes of grids whose households stay together, and alone.
    come : set of str
        Ids of households that were not there before: no code goes on with them.
    seed : int
        Seed.
    fresh : callable
        Returns an id that no unit of the area has.

    Returns
    -------
    Redrawn
        The area.

    Raises
    ------
    GeoGridError
        If the area cannot be drawn at all, or a parent has no numbers left.
    """
    ground = read_ground(_as_built(plan, city, seed))
    ground = replace(ground, base=replace(ground.base, built=Built()), memo={})  # units get ids nobody had
    bare = np.arange(ground.atoms.n) >= len(ground.households)
    return redrawn_on(ground, _before(plan, ground, locked), numbers, come, seed, fresh, unknown=bare)


def _as_built(plan: Plan, city: CityInput, seed: int) -> Plan:
    """Return the tables of an area as a build makes them of its households."""
    area = plan["areas"].iloc[0]
    code, policies = str(area["code"]), _policies(plan.meta)
    people = plan["households"].rename(columns={"source_row": "row", "geom": "geometry"}).reset_index(drop=True)
    people = people.assign(**{name: people[name].astype(object).where(people[name].notna(), None) for name in _TEXTS})
    row = city.areas[city.areas["code"] == code].reset_index(drop=True)
    row = row.set_geometry([_polygon(area["geom"], row.geometry.iloc[0])], crs=city.crs)
    alone = CityInput(
        name=city.name,
        crs=city.crs,
        areas=row,
        households=people.set_geometry("geometry", crs=city.crs),
        groups=None if city.groups is None else city.groups[city.groups["area_code"] == code].reset_index(drop=True),
        elements=_near(city.elements, row.geometry.iloc[0]),
        barriers=city.barriers,
        quarantine=city.quarantine.iloc[:0],
    )
    job = area_jobs(alone, _Rules(policies, float(plan.meta.get("min_contact", 3.0)), seed))[0]
    zoned = zone_one(job)
    alone.elements = alone.elements.iloc[:0]  # who shares them is asked when all areas are drawn
    profile = CodeProfile.from_config(plan.meta.get("code_profile"))
    made = assemble(alone, [zoned], [zoned.polygons], policies, profile, {})
    return Plan(plan.crs, {**made.tables, "elements": plan["elements"]}, plan.meta)


def _policies(meta: Mapping[str, Any]) -> Policies:
    """Return the bands that a plan says it was drawn by."""
    return Policies(policy_of(meta, "urban"), policy_of(meta, "rural"))


def _polygon(stored: Any, read: Any) -> Any:
    """Return the area as it was read; as it is stored, where its neighbours would not fit what was read."""
    for one, other in ((stored, read), (read, stored)):
        corners = shapely.points(shapely.get_coordinates(one))
        if not shapely.dwithin(corners, shapely.boundary(other), _SAME_BORDER).all():
            return shapely.get_geometry(stored, 0) if shapely.get_num_geometries(stored) == 1 else stored
    return read


def _near(elements: Any, polygon: Any) -> Any:
    """Return the elements whose box meets that of an area."""
    west, south, east, north = shapely.bounds(polygon).tolist()
    box = shapely.bounds(elements.geometry.to_numpy())
    near = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
    return elements[near].reset_index(drop=True)


def _before(plan: Plan, ground: Ground, locked: frozenset[str]) -> AreaState:
    """Return the grids that stood, on new ground: a household's own, and of other ground those of the nearest unit."""
    units, grids, exceptions = plan["units"], plan["grids"], plan["exceptions"]
    leaf = units[f"grid_code_l{ground.depth}"].to_numpy(dtype=object)
    unit = dict(zip(units["id"], leaf, strict=True))
    people = {
        name: unit[where] for name, where in zip(plan["households"]["id"], plan["households"]["unit_id"], strict=True)
    }
    lived = len(ground.households)
    codes = np.empty(ground.atoms.n, dtype=object)
    codes[:lived] = [people[name] for name in ground.household_ids.tolist()]
    places = shapely.points(ground.atoms.x[lived:], ground.atoms.y[lived:])
    at, near = shapely.STRtree(np.asarray(units["geom"], dtype=object)).query_nearest(places, all_matches=False)
    codes[lived + at] = leaf[near]
    named = replace(ground, given=has_given(grids), groups=_groups(units), memo={})
    said = zip(exceptions["grid_code"], exceptions["reason"], exceptions["proof"], strict=True)
    return state_of(
        codes,
        names={
            code: name
            for code, name in zip(grids["code"].tolist(), grids["name"].tolist(), strict=True)
            if named.default_name(code) != name
        },
        reasons={code: json.loads(proof).get("words", "") for code, reason, proof in said if reason == "decided"},
        locked=locked,
    )


def _groups(units: Any) -> dict[str, str]:
    """Return the villager group of each grid of level 1 that stood."""
    lived = units[(units["households"] > 0) & units["group"].notna()]
    return {str(code): str(name) for code, name in lived.groupby("grid_code_l1")["group"].first().items()}
