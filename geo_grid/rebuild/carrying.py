"""A new plan takes over the codes of the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.codes import CodeProfile
from geo_grid.model import Plan
from geo_grid.rebuild.former import LEVEL_COLUMNS, Former, by_id, read_former
from geo_grid.rebuild.heirs import new_codes, shared_households
from geo_grid.rebuild.matching import PEOPLE_COLUMNS, match_households
from geo_grid.rebuild.naming import is_plain, numbers_of, renamed
from geo_grid.store.ancestry import Ancestry, Descent, ancestry_text
from geo_grid.store.numbers import highest_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.store.base import Store

    Ints = NDArray[np.int64]


def carry_codes(plan: Plan, store: Store) -> tuple[Plan, Descent]:
    """Give a new plan the codes of the one it replaces, and say what its households were in.

    A grid keeps its code if it keeps most of those of its households that are still there and its parent keeps its
    own; it keeps its name too, if a planner gave it one. What has no match gets numbers above all that were ever
    given.

    Parameters
    ----------
    plan : Plan
        The new plan, numbered from 1 as the build does.
    store : Store
        The store with the former plan.

    Returns
    -------
    plan : Plan
        The same with other codes; new frames.
    descent : Descent
        For :meth:`geo_grid.store.base.Store.write`.
    """
    former = read_former(store)
    people = _people(plan)
    match = match_households(_in_crs(former, plan.crs), people)
    pairs = shared_households(former.people, people, match)
    pairs = pd.concat((pairs, _by_land(plan, store, former, pairs)), ignore_index=True)
    areas = plan["areas"]
    profile = CodeProfile.from_config(plan.meta["code_profile"])
    kinds = dict(zip(areas["code"], areas["kind"], strict=True))
    final = new_codes(plan["grids"], kinds, pairs, former.grids, former.numbers, profile)
    carried = _recoded(plan, final, former)
    return carried, Descent(ancestry_of(former.version, former.published, people, match), _retired(carried, former))


def _people(plan: Plan) -> pd.DataFrame:
    """Return the households of a plan with their grids."""
    frame = pd.DataFrame(plan["households"].drop(columns="geom"))
    shapes = np.asarray(plan["households"]["geom"], dtype=object)
    units = plan["units"]
    at = pd.Index(units["id"]).get_indexer(frame["unit_id"])
    grids = {name: units[name].to_numpy()[at] for name in LEVEL_COLUMNS}
    frame = frame.assign(x=shapely.get_x(shapes), y=shapely.get_y(shapes), **grids)
    return frame[[*PEOPLE_COLUMNS, *LEVEL_COLUMNS]].reset_index(drop=True)


def _in_crs(former: Former, crs: str) -> pd.DataFrame:
    """Return the former households; their places say nothing in another coordinate system."""
    return former.people if former.crs == crs else former.people.assign(x=np.nan, y=np.nan)


def _by_land(plan: Plan, store: Store, former: Former, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pair grids where nobody lives, or lived, with those at the same place: they share no household."""
    new = plan["grids"]
    bare = new[(new["households"] == 0) & ~new["code"].isin(pairs["new"])]
    was = former.grids[(former.grids["households"] == 0) & ~former.grids["code"].isin(pairs["old"])]
    areas = set(bare["area_code"]) | set(was["area_code"])
    both = sorted(areas & set(new["area_code"]) & set(former.grids["area_code"])) if former.crs == plan.crs else []
    rows: list[tuple[str, str, int]] = []
    for area in both:
        mine = new[(new["area_code"] == area) & ~new["code"].isin(pairs["new"])]
        old = store.area_plan(area, ("grids",))["grids"]
        old = old[~old["code"].isin(pairs["old"])]
        for level in sorted(set(mine["level"]) & set(old["level"])):
            rows += _same_place(old[old["level"] == level], mine[mine["level"] == level], level)
    return pd.DataFrame(rows, columns=["old", "new", "level"]).assign(households=1)


def _same_place(old: Any, new: Any, level: int) -> list[tuple[str, str, int]]:
    """Return for each old grid the new one that its middle lies in, where that is one of them."""
    points = shapely.point_on_surface(np.asarray(old["geom"], dtype=object))
    at, where = shapely.STRtree(np.asarray(new["geom"], dtype=object)).query(points, predicate="intersects")
    codes, names = old["code"].to_numpy(), new["code"].to_numpy()
    first = np.unique(at, return_index=True)[1]
    return [(codes[at[k]], names[where[k]], level) for k in first.tolist()]


def _recoded(plan: Plan, final: dict[str, str], former: Former) -> Plan:
    """Return the plan with other codes in all its tables."""
    tables = dict(plan.tables)
    grids = tables["grids"]
    names = _names(grids, final, former)
    grids = grids.assign(
        code=_mapped(grids["code"], final), parent_code=_mapped(grids["parent_code"], final), name=names
    )
    # by area as before, then by level and code, as the build writes them
    order = np.lexsort((grids["code"].to_numpy(dtype=str), grids["level"], pd.factorize(grids["area_code"])[0]))
    tables["grids"] = grids.iloc[order].reset_index(drop=True)
    units = tables["units"]
    tables["units"] = units.assign(**{name: _mapped(units[name], final) for name in LEVEL_COLUMNS})
    exceptions = tables["exceptions"]
    tables["exceptions"] = exceptions.assign(grid_code=_mapped(exceptions["grid_code"], final))
    shares = tables["element_shares"]
    shares = shares.assign(grid_code=_mapped(shares["grid_code"], final))
    place = (shares["grid_code"].to_numpy(dtype=str), shares["level"], pd.factorize(shares["element_id"])[0])
    tables["element_shares"] = shares.iloc[np.lexsort(place)].reset_index(drop=True)
    return Plan(plan.crs, tables, plan.meta)


def _mapped(codes: pd.Series, final: dict[str, str]) -> pd.Series:
    return codes.map(final).astype(codes.dtype)


def _names(grids: pd.DataFrame, final: dict[str, str], former: Former) -> list[str]:
    """Name grids after their new numbers; a name that a planner gave goes on with the grid."""
    custom = _custom(former)
    up = dict(zip(grids["code"], grids["parent_code"].astype(object), strict=True))
    out = []
    for code, area, name in zip(grids["code"], grids["area_code"], grids["name"], strict=True):
        chain = _chain(code, up)
        after = [final[one] for one in chain]
        plain = renamed(name, numbers_of(area, chain), numbers_of(area, after))
        out.append(custom.get(after[-1], plain))
    return out


def _custom(former: Former) -> dict[str, str]:
    """Return the names of former grids that are not called after their numbers, nor after a given group."""
    grids = former.grids
    up = dict(zip(grids["code"], grids["parent_code"].astype(object), strict=True))
    rows = zip(grids["code"], grids["area_code"], grids["name"], grids["low"].isna(), strict=True)
    return {
        code: name
        for code, area, name, given in rows
        if not given and not is_plain(name, numbers_of(area, _chain(code, up)))
    }


def _chain(code: str, up: dict[str, Any]) -> list[str]:
    chain = [code]
    while isinstance(up.get(chain[0]), str):
        chain.insert(0, up[chain[0]])
    return chain


def ancestry_of(
    version: int | None, published: NDArray[np.object_] | None, people: pd.DataFrame, match: Ints
) -> Ancestry | None:
    """Say which grids of the latest version the households of a new plan were in.

    Parameters
    ----------
    version : int or None
        That version; None where nothing was published.
    published : ndarray of str or None
        Finest grid of that version of each household of the former plan.
    people : DataFrame
        Households of the new plan, ``id, area_code``.
    match : ndarray of int64
        Household of the former plan that each is, −1 for none.

    Returns
    -------
    Ancestry or None
        To be stored; None where nothing was published.
    """
    if version is None or published is None:
        return None
    was = np.full(len(people), None, dtype=object)
    was[match >= 0] = published[match[match >= 0]]
    states = {
        str(area): ancestry_text(was[by_id(people, np.sort(rows))])
        for area, rows in people.groupby("area_code").indices.items()
    }
    return Ancestry(version, states)


def _retired(plan: Plan, former: Former) -> dict[str, dict[str, int]]:
    """Return the numbers that were given before and stand in no grid of the new plan."""
    grids = plan["grids"]
    rows = zip(grids["code"], grids["parent_code"].astype(object), grids["area_code"], strict=True)
    shown = {
        parent: high
        for numbers in highest_numbers((c, up if isinstance(up, str) else None, a) for c, up, a in rows).values()
        for parent, high in numbers.items()
    }
    old = former.grids
    area_of = dict(zip(old["code"], old["area_code"], strict=True)) | {area: area for area in old["area_code"]}
    out: dict[str, dict[str, int]] = {}
    for parent, high in former.numbers.items():
        if high > shown.get(parent, 0) and parent in area_of:
            out.setdefault(area_of[parent], {})[parent] = high
    return out
