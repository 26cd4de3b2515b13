"""Shares of elements where borders between grids of the finest level moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_grid.elements import share_elements
from geo_grid.rebuild.forking import beside
from geo_grid.rebuild.former import LEVEL_COLUMNS
from geo_grid.store.delta import NO_CHANGE, Delta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.model import CityInput
    from geo_grid.rebuild.judging import Judge
    from geo_grid.rebuild.renewing import Renewed
    from geo_grid.store.ledger import Ledger


def shared_anew(
    ledger: Ledger, city: CityInput, done: Renewed, seams: Mapping[str, Any], *, helper: bool = False
) -> Delta:
    """Share out anew what elements have in grids whose ground changed, and in no others.

    Where bands were mended inside a grid, that grid keeps what it has, and its children have together what they had.
    An area that was drawn anew is looked at as a whole.

    Parameters
    ----------
    ledger : Ledger
        The ledger of the store.
    city : CityInput
        What was read; its elements are those of the plan.
    done : Renewed
        What changes.
    seams : mapping of str to MultiPolygon
        Ground of grids that got vertices of a neighbouring area.
    helper : bool
        Whether there may be a second process, which reads nothing of the store.

    Returns
    -------
    Delta
        Rows of ``element_shares``.
    """
    judge = done.judge
    parents = {grid.parent for grid in judge.grids.values()}
    ground = {code: shape for code, shape in done.ground.items() if code not in parents}
    chains = {code: _chain(judge, code) for code in ground}
    wanted, before = set(done.ground), set(done.ground)
    anew = {area for area, rows in done.rows.items() if len(rows["grids"])}
    for area in anew:
        wanted |= set(done.rows[area]["grids"]["code"])
        before |= {grid.code for grid in judge.of_area(area)}
        leaves, shapes = _leaves(done.redrawn[area].tables)
        chains |= leaves
        ground |= shapes
    held = ledger.shares_of(sorted(before))
    if not held:
        return NO_CHANGE
    elements = city.elements[city.elements["id"].isin({element for element, _ in held})]
    # a grid that holds others is counted from all of these
    boxes = shapely.bounds(np.array([*ground.values(), *done.ground.values()], dtype=object)).tolist()
    near = ledger.grids_near([tuple(box) for box in boxes]) - ground.keys() - parents
    others = ledger.grid_shapes(sorted(code for code in near if judge.grids[code].area not in anew))
    chains |= {code: _chain(judge, code) for code in others}
    ground |= others
    ground = {code: seams.get(code, ground[code]) for code in sorted(ground)}
    leaf = gpd.GeoDataFrame(
        [chains[code] for code in ground],
        columns=["area_code", "l1", "l2", "l3", "code"],
        geometry=np.array(list(ground.values()), dtype=object),
        crs=city.crs,
    ).rename_geometry("geom")
    shares = _shared(elements, leaf, helper=helper)
    shares = shares[shares["grid_code"].isin(wanted)].reset_index(drop=True)
    now = set(zip(shares["element_id"], shares["grid_code"], strict=True))
    gone = [pair for pair in held if pair[1] in wanted and pair not in now]
    return Delta({"element_shares": shares}, {"element_shares": sorted(gone)}, None)


def _shared(elements: gpd.GeoDataFrame, leaf: gpd.GeoDataFrame, *, helper: bool) -> gpd.GeoDataFrame:
    """Share out lines and all others, which have nothing to do with each other, in two processes."""
    line = shapely.get_dimensions(elements.geometry.to_numpy()) == 1
    with beside(lambda: share_elements(elements[line], leaf).shares, helper=helper) as lines:
        parts = [share_elements(elements[~line], leaf).shares, lines()]
    shares = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    place = pd.Index(elements["id"]).get_indexer(shares["element_id"])
    return shares.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def _leaves(tables: Mapping[str, Any]) -> tuple[dict[str, tuple[str | None, ...]], dict[str, Any]]:
    """Return the finest grids of an area drawn anew: what each lies in, and its ground."""
    units, grids = tables["units"], tables["grids"]
    shapes = dict(zip(grids["code"], grids["geom"], strict=True))
    columns = [units[name].astype(object).where(units[name].notna(), None) for name in LEVEL_COLUMNS]
    chains = {}
    for area, *codes in set(zip(units["area_code"], *columns, strict=True)):
        leaf = next(code for code in reversed(codes) if code is not None)
        chains[leaf] = (area, *codes, leaf)
    return chains, {code: shapes[code] for code in chains}


def _chain(judge: Judge, code: str) -> tuple[str | None, ...]:
    """Return the area of a finest grid, the grids it lies in by level, and its code."""
    grid = judge.grids[code]
    chain: list[str | None] = [code]
    while grid.level > 1:
        chain.insert(0, grid.parent)
        grid = judge.grids[grid.parent]
    return (grid.area, *chain, *[None] * (3 - len(chain)), code)
