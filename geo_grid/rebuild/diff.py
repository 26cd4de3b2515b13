"""What is different in new household data: who is gone, who is new, and of whom something else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo_grid.rebuild.matching import match_households
from geo_grid.texts import Texts, one_array, same_values

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
        Households of the new data: columns of the table ``households``, ``x, y`` for the geometry. Known ones have their
        old ids.
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
    old_ids, new_ids : Texts
        Ids of both.
    old_units : Texts
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
    old_ids: Texts
    new_ids: Texts
    old_units: Texts


def compare_households(old: pd.DataFrame, city: CityInput) -> Difference:
    """Compare new households with those of the draft.

    Parameters
    ----------
    old : DataFrame
        Households of the draft.
    city : CityInput
        What was read, in the same coordinate system; its households bare, as
        :func:`geo_grid.read.read_in_batches` returns them, with ``source_row`` for the row.

    Returns
    -------
    Difference
        What is different.
    """
    new = city.households
    match = match_households(old, new)
    known = match >= 0
    at = np.where(known, match, 0)
    stays, away = np.zeros(len(new), dtype=bool), np.zeros(len(new))
    differs: dict[str, Bools] = {}
    if len(old):
        away = np.hypot(*(new[name].to_numpy() - old[name].to_numpy()[at] for name in ("x", "y")))
        stays = known & _same(old["area_code"], new["area_code"], at) & (away <= SAME_HOUSE)
        differs = {name: stays & ~_same(old[name], new[name], at) for name in _SAID}
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
        new.assign(id=pd.array(ids, dtype="str")),
        match,
        np.flatnonzero(gone),
        np.flatnonzero(~stays),
        np.flatnonzero(altered),
        reordered,
        regrouped,
        Texts(old["id"]),
        Texts(ids),
        Texts(old["unit_id"]),
    )


def _same(old: pd.Series, new: pd.Series, at: Ints) -> Bools:
    """Tell where two columns say the same, or both nothing."""
    if isinstance(old.array, pd.arrays.IntegerArray):
        one, other = (pa.array(values, type=pa.int64()) for values in (old.array[at], new.array))
        return same_values(one, other)
    return same_values(one_array(old).take(pa.array(at)), one_array(new))


def _ids(old: pd.DataFrame, new: pd.DataFrame, match: Ints) -> pa.Array:
    """Return ids: known households keep theirs; a made one that somebody else has now gets a mark."""
    known = match >= 0
    kept = one_array(old["id"]).take(pa.array(match, mask=~known))
    if pc.all(pc.equal(kept, one_array(new["id"]))).as_py():  # they are known by them
        return one_array(new["id"])
    ids = pc.coalesce(kept, one_array(new["id"]))
    fresh = ids.filter(pa.array(~known))
    if not pc.any(
        pc.is_in(fresh, value_set=kept)
    ).as_py():  # none among themselves either: those of the input are unique
        return ids
    taken, names = set(kept.drop_null().to_pylist()), fresh.to_pylist()
    for at, name in enumerate(names):
        marked = name
        while marked in taken:
            marked += "'"
        taken.add(marked)
        names[at] = marked
    return pc.replace_with_mask(ids, pa.array(~known), pa.array(names, pa.large_string()))
