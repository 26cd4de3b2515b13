"""Shares of elements where borders between grids of the finest level moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geo_grid.elements import share_elements
from geo_grid.store.delta import NO_CHANGE, Delta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.model import CityInput
    from geo_grid.rebuild.judging import Judge
    from geo_grid.store.ledger import Ledger


def shared_anew(ledger: Ledger, city: CityInput, judge: Judge, ground: Mapping[str, Any]) -> Delta:
    """Share out anew what elements have in grids whose borders moved.

    Parameters
    ----------
    ledger : Ledger
        The ledger of the store.
    city : CityInput
        What was read; its elements are those of the plan.
    judge : Judge
        The grids of the draft.
    ground : mapping of str to Polygon or MultiPolygon
        Ground of these grids, all of the finest level. What they held together they hold together now.

    Returns
    -------
    Delta
        Rows of ``element_shares``.
    """
    held = ledger.shares_of(sorted(ground))
    if not held:
        return NO_CHANGE
    wanted = city.elements[city.elements["id"].isin({element for element, _ in held})]
    boxes = shapely.bounds(np.array(list(ground.values()), dtype=object)).tolist()
    near = {code: shape for code, shape in ledger.grids_at([tuple(box) for box in boxes]).items() if code not in ground}
    parents = {grid.parent for grid in judge.grids.values()}
    shapes = dict(ground) | {code: shape for code, shape in near.items() if code not in parents}
    rows = [_leaf(judge, code) for code in shapes]
    leaf = gpd.GeoDataFrame(
        dict(zip(("area_code", "l1", "l2", "l3", "code"), zip(*rows, strict=True), strict=True)),
        geometry=np.array(list(shapes.values()), dtype=object),
        crs=city.crs,
    ).rename_geometry("geom")
    shares = share_elements(wanted, leaf).shares
    shares = shares[shares["grid_code"].isin(ground)].reset_index(drop=True)
    now = set(zip(shares["element_id"], shares["grid_code"], strict=True))
    return Delta({"element_shares": shares}, {"element_shares": sorted(set(held) - now)}, None)


def _leaf(judge: Judge, code: str) -> tuple[str | None, ...]:
    """Return the area of a finest grid, the grids it lies in by level, and its code."""
    grid = judge.grids[code]
    chain: list[str | None] = [code]
    while grid.level > 1:
        chain.insert(0, grid.parent)
        grid = judge.grids[grid.parent]
    return (grid.area, *chain, *[None] * (3 - len(chain)), code)
