"""What edits leave to publishing: the seams with neighbouring areas, and the shares of elements.

An edit changes one area and must be quick. The vertices that new cuts put into the area's border, and who looks after
which part of a river, concern the neighbours too; both are brought up to date here, for the areas that changed and
those that touch them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.cells import dissolve, stitch
from geo_grid.elements import share_elements
from geo_grid.plan import LEVELS, leaf_grids
from geo_grid.store.delta import Delta

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from geo_grid.store.base import Store

_SEAMED = ("areas", "units", "grids")
_TABLES = ("areas", "units", "grids", "elements", "element_shares")


def settle(store: Store, areas: Sequence[str]) -> dict[str, Delta]:
    """Work out seams and shares around areas that changed.

    Parameters
    ----------
    store : Store
        The plan; it is only read.
    areas : sequence of str
        Codes of the areas whose draft changed.

    Returns
    -------
    dict of str to Delta
        By area, for these areas and their neighbours, the rows that have to be replaced; areas without any are left
        out.
    """
    if not areas:
        return {}
    near = _Rings(store)
    first = near.around(set(areas))
    tables = _read(store, sorted(near.around(first)))
    crs = str(tables.pop("crs"))
    deltas: dict[str, list[Delta]] = {area: [] for area in first}
    for area, delta in _seams(tables, first).items():
        deltas[area].append(delta)
    for area, delta in _shares(tables, first, crs).items():
        deltas[area].append(delta)
    return {area: _joined(found) for area, found in deltas.items() if found}


def settle_seams(store: Store, areas: Sequence[str]) -> dict[str, Delta]:
    """Work out seams around areas whose outer border got other vertices; shares are looked after elsewhere.

    Parameters
    ----------
    store : Store
        The plan; it is only read.
    areas : sequence of str
        Codes of these areas.

    Returns
    -------
    dict of str to Delta
        By area, for these areas and their neighbours, the rows that have to be replaced.
    """
    if not areas:
        return {}
    near = _Rings(store).around(set(areas))
    plans = [store.area_plan(area, _SEAMED) for area in sorted(near)]
    return _seams({name: pd.concat([plan[name] for plan in plans], ignore_index=True) for name in _SEAMED}, near)


class _Rings:
    """Which areas touch which."""

    def __init__(self, store: Store) -> None:
        table = store.read(("areas",))["areas"]
        self._codes = table["code"].to_numpy(dtype=object)
        self._shapes = table["geom"].to_numpy()
        self._tree = shapely.STRtree(self._shapes)

    def around(self, areas: set[str]) -> set[str]:
        """Return these areas and all that touch one of them."""
        own = np.flatnonzero(np.isin(self._codes, list(areas)))
        # a rounding apart is together: areas are noded to 1e-7 m
        near = self._tree.query(self._shapes[own], predicate="dwithin", distance=1e-6)[1]
        return {str(code) for code in self._codes[np.union1d(own, near)]}


def _read(store: Store, areas: Iterable[str]) -> dict[str, Any]:
    plans = [store.area_plan(area, _TABLES) for area in areas]
    tables: dict[str, Any] = {
        name: pd.concat([plan[name] for plan in plans], ignore_index=True) for name in _TABLES if name != "elements"
    }
    elements = pd.concat([plan["elements"] for plan in plans], ignore_index=True)
    return tables | {"elements": elements.drop_duplicates("id", ignore_index=True), "crs": plans[0].crs}


def _seams(tables: dict[str, Any], areas: set[str]) -> dict[str, Delta]:
    """Give both sides of each border between areas the same vertices."""
    units, grids, rims = (tables[name] for name in ("units", "grids", "areas"))
    of_unit = units["area_code"].to_numpy(dtype=object)
    before = units["geom"].to_numpy()
    after = stitch(before, np.unique(of_unit, return_inverse=True)[1].astype(np.int64))
    # the outer ring is there to stitch to; it stays as it is
    moved = _differ(before, after) & np.isin(of_unit, list(areas))
    if not moved.any():
        return {}
    units = units.assign(geom=np.where(moved, after, before))
    tables["units"] = units
    changed: dict[str, Any] = {"units": units[moved]}
    touched = units[moved]
    codes = pd.concat([touched[f"grid_code_l{level}"] for level in LEVELS]).dropna().unique()
    whole = {f"grid_code_l{level}": level for level in LEVELS}
    shapes = {code: shape for column in whole for code, shape in _united(units, column, codes)}
    tables["grids"] = grids.assign(geom=_replaced(grids["code"], grids["geom"], shapes))
    changed["grids"] = tables["grids"][grids["code"].isin(shapes)]
    outer = dict(_united(units, "area_code", touched["area_code"].unique()))
    tables["areas"] = rims.assign(geom=_replaced(rims["code"], rims["geom"], outer))
    changed["areas"] = tables["areas"][rims["code"].isin(outer)]
    own = {name: frame["code" if name == "areas" else "area_code"] for name, frame in changed.items()}
    return {
        str(area): Delta({name: frame[own[name] == area] for name, frame in changed.items()}, {}, None)
        for area in touched["area_code"].unique()
    }


def _united(units: Any, column: str, codes: NDArray[Any]) -> list[tuple[str, Any]]:
    """Unite the units of each code."""
    part = units[units[column].isin(codes)]
    if not len(part):
        return []
    names, label = np.unique(part[column].to_numpy(dtype=str), return_inverse=True)
    return list(zip(names.tolist(), dissolve(part["geom"].to_numpy(), label.astype(np.int64)), strict=True))


def _replaced(codes: Any, shapes: Any, new: dict[str, Any]) -> NDArray[Any]:
    out = shapes.to_numpy().copy()
    for row in np.flatnonzero(codes.isin(new)):
        out[row] = new[codes.iloc[row]]
    return np.asarray(out, dtype=object)


def _shares(tables: dict[str, Any], areas: set[str], crs: str) -> dict[str, Delta]:
    """Share out anew what elements have in some areas; the ring around them tells which borders have two sides."""
    grids, old = tables["grids"], tables["element_shares"]
    area_of = pd.Series(grids["area_code"].to_numpy(dtype=object), index=grids["code"].to_numpy(dtype=object))
    mine = area_of[area_of.isin(areas)]
    before = old[old["grid_code"].isin(mine.index)]
    elements = tables["elements"][tables["elements"]["id"].isin(before["element_id"])]
    if not len(elements):
        return {}
    wanted = elements[["id", "class", "name", "source", "source_row", "geom"]]
    wanted = wanted.rename(columns={"source_row": "row", "geom": "geometry"}).set_geometry("geometry", crs=crs)
    shared = share_elements(wanted, leaf_grids(tables["units"], grids, crs)).shares
    after = shared[shared["grid_code"].isin(mine.index)]
    gone = pd.MultiIndex.from_frame(before[["element_id", "grid_code"]]).difference(
        pd.MultiIndex.from_frame(after[["element_id", "grid_code"]])
    )
    fresh = after[_new_rows(before, after)]
    out = {}
    for area in sorted(areas):
        rows = fresh[fresh["grid_code"].map(mine) == area]
        keys = [key for key in gone.tolist() if mine[key[1]] == area]
        if len(rows) or keys:
            out[area] = Delta({"element_shares": rows}, {"element_shares": keys}, None)
    return out


def _new_rows(before: Any, after: Any) -> NDArray[np.bool_]:
    """Tell which rows of shares are not there already, to the last digit."""
    keys = ["element_id", "grid_code"]
    stored = before.set_index(keys)
    place = stored.index.get_indexer(pd.MultiIndex.from_frame(after[keys]))
    known = place >= 0
    same = np.zeros(len(after), dtype=bool)
    rows, was = after[known], stored.iloc[place[known]]
    equal = ~_differ(was["geom"].to_numpy(), rows["geom"].to_numpy())
    for column in ("measure", "held"):
        equal &= was[column].to_numpy() == rows[column].to_numpy()
    same[known] = equal
    return ~same


def _differ(before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which geometries are not the same coordinates in the same order."""
    return np.asarray(~shapely.equals_identical(before, after), dtype=np.bool_)


def _joined(deltas: Sequence[Delta]) -> Delta:
    upserts = {name: frame for delta in deltas for name, frame in delta.upserts.items() if len(frame)}
    deletes = {name: keys for delta in deltas for name, keys in delta.deletes.items() if keys}
    return Delta(upserts, deletes, None)
