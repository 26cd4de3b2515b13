"""What is different in new household data: who is gone, who is new, and of whom something else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_grid.rebuild.matching import match_households

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.model import CityInput

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

#: A household whose place was measured anew stays in its unit up to this distance (m).
SAME_HOUSE = 1.0
#: What is said of a household besides where it is.
_SAID = ("building", "entrance", "floor", "group", "address", "residents")
#: Of these its place in the order of its building depends.
ORDERING = ("building", "entrance", "floor", "group", "address")


class Difference(NamedTuple):
    """The new data beside the old.

    Parameters
    ----------
    old : DataFrame
        Households of the draft, see :meth:`geo_grid.store.drafted.Drafted.housed`.
    new : DataFrame
        Households of the new data: columns of the table ``households``, and ``x, y``. Known ones have their old ids.
    match : ndarray of int64
        Position in ``old`` of each of ``new``, −1 for new ones.
    gone : ndarray of int64
        Positions in ``old`` of those that are no more where they were.
    come : ndarray of int64
        Positions in ``new`` of those that were not there.
    altered : ndarray of int64
        Positions in ``new`` of those that stayed, of whom something else is said.
    reordered : ndarray of bool, shape (n,)
        Those of ``new`` that stayed, and may stand elsewhere in the order of their building.
    regrouped : ndarray of bool, shape (n,)
        Those of ``new`` that stayed, and have another villager group.
    old_ids, new_ids : ndarray of str
        Ids of both.
    old_units : ndarray of str
        Unit of each of ``old``.
    """

    old: pd.DataFrame
    new: pd.DataFrame
    match: Ints
    gone: Ints
    come: Ints
    altered: Ints
    reordered: Bools
    regrouped: Bools
    old_ids: NDArray[Any]
    new_ids: NDArray[Any]
    old_units: NDArray[Any]


def compare_households(old: pd.DataFrame, city: CityInput) -> Difference:
    """Compare new households with those of the draft.

    Parameters
    ----------
    old : DataFrame
        Households of the draft.
    city : CityInput
        What was read, in the same coordinate system.

    Returns
    -------
    Difference
        What is different.
    """
    new = _people(city)
    match = match_households(old, new)
    known = match >= 0
    at = np.where(known, match, 0)
    away = (
        np.hypot(*(new[["x", "y"]].to_numpy() - old[["x", "y"]].to_numpy()[at]).T) if len(old) else np.zeros(len(new))
    )
    same_area = _same(old["area_code"], new["area_code"], at)
    stays = known & same_area & (away <= SAME_HOUSE)
    differs = {name: stays & ~_same(old[name], new[name], at) for name in _SAID} if len(old) else {}
    altered = stays & (away > 0)
    reordered, regrouped = np.zeros(len(new), dtype=bool), np.zeros(len(new), dtype=bool)
    for name, changed in differs.items():
        altered |= changed
        if name in ORDERING:
            reordered |= changed
        if name == "group":
            regrouped |= changed
    gone = np.ones(len(old), dtype=bool)
    gone[match[stays]] = False
    ids = _ids(old, new, match)
    return Difference(
        old,
        new.assign(id=ids),
        match,
        np.flatnonzero(gone),
        np.flatnonzero(~stays),
        np.flatnonzero(altered),
        reordered,
        regrouped,
        old["id"].to_numpy(dtype=object),
        ids,
        old["unit_id"].to_numpy(dtype=object),
    )


def _people(city: CityInput) -> pd.DataFrame:
    frame = pd.DataFrame(city.households.drop(columns="geometry")).rename(columns={"row": "source_row"})
    shapes = city.households.geometry.to_numpy()
    return frame.reset_index(drop=True).assign(x=shapely.get_x(shapes), y=shapely.get_y(shapes), geom=shapes)


def _same(old: pd.Series, new: pd.Series, at: Ints) -> Bools:
    """Tell where two columns say the same, or both nothing."""
    if not len(old):
        return np.zeros(len(new), dtype=bool)
    before = old.iloc[at].reset_index(drop=True)
    if str(new.dtype) == "object":
        new = new.astype(old.dtype)
    equal = (before == new.reset_index(drop=True)).fillna(value=False).to_numpy(dtype=bool)
    return np.asarray(equal | (before.isna().to_numpy() & new.isna().to_numpy()))


def _ids(old: pd.DataFrame, new: pd.DataFrame, match: Ints) -> NDArray[Any]:
    """Return ids: known households keep theirs; a made one that somebody else has now gets a mark."""
    ids = new["id"].to_numpy(dtype=object).copy()
    known = match >= 0
    ids[known] = old["id"].to_numpy(dtype=object)[match[known]]
    taken = set(ids[known])
    for at in np.flatnonzero(~known).tolist():
        while ids[at] in taken:
            ids[at] += "'"
        taken.add(ids[at])
    return ids
