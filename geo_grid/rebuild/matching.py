"""Which household of today is which one of the former data: by its id, else by its address, else by its place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo_grid.texts import one_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

#: Columns a household is known by.
PEOPLE_COLUMNS = (
    "id",
    "source",
    "source_row",
    "area_code",
    "building",
    "entrance",
    "floor",
    "address",
    "x",
    "y",
)
#: From this share of ids (addresses) of today that were there before, one that was not is a new household's.
TRUSTED = 0.5
#: Metres to which places are compared, finest first: the same coordinate, then the same house measured anew.
_STEPS = (1e-3, 1.0)


def match_households(old: pd.DataFrame, new: pd.DataFrame) -> Ints:
    """Find the households of today among those of before.

    An id of the input goes before all else. Where the input gives none, or hardly any that was there before, a
    household is the one of the same area, building, entrance, floor and address; where these are not given or all
    written anew, one at the same place. Several alike are paired in their order.

    Parameters
    ----------
    old, new : DataFrame
        Households, :data:`PEOPLE_COLUMNS`; ids are unique, ``x`` and ``y`` in the same coordinate system or NaN.

    Returns
    -------
    ndarray of int64, shape (n,)
        Position in ``old`` of each household of ``new``, −1 for none; no position twice.
    """
    found = np.full(len(new), -1, dtype=np.int64)
    free_old, free_new = np.ones(len(old), dtype=bool), np.ones(len(new), dtype=bool)
    for keys in _ways():
        ones, others = np.flatnonzero(free_old), np.flatnonzero(free_new)
        if not len(ones) or not len(others):
            break
        known_old, known_new = keys(_rows(old, ones)), keys(_rows(new, others))
        a, b = _paired(known_old, known_new)
        found[others[b]] = ones[a]
        free_old[ones[a]] = free_new[others[b]] = False
        if len(b) >= TRUSTED * len(known_new) and len(known_new):
            # who is known by this and was not there is new, and who is not there any more is gone
            free_old[ones[known_old["at"]]] = free_new[others[known_new["at"]]] = False
    return found


def _rows(people: pd.DataFrame, rows: Ints) -> pd.DataFrame:
    return people if len(rows) == len(people) else people.iloc[rows]


def made_ids(people: pd.DataFrame) -> Bools:
    """Tell which ids the reader made of file and row, for the input gave none.

    Parameters
    ----------
    people : DataFrame
        ``id, source, source_row``.

    Returns
    -------
    ndarray of bool, shape (n,)
        True where nothing but the row is known by the id: it is another one as soon as a row is taken out.
    """
    ids, source = one_array(people["id"]), one_array(people["source"])
    made = np.zeros(len(people), dtype=bool)
    for label in pc.unique(source).to_pylist():  # most often none of a city's begins with the name of its file
        mine = pc.and_(pc.starts_with(ids, f"{label}:"), pc.equal(source, label))
        rows = np.flatnonzero(mine.to_numpy(zero_copy_only=False))
        names, numbers = ids.take(pa.array(rows)).to_pylist(), people["source_row"].to_numpy()[rows].tolist()
        made[rows] = [_is_made(name, f"{label}:{number}") for name, number in zip(names, numbers, strict=True)]
    return made


def _is_made(name: str, base: str) -> bool:
    return name.startswith(base) and name[len(base) : len(base) + 1] in ("", ":", "'")


def _ways() -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    yield _given
    yield _address
    for step in _STEPS:
        for shift in (0.0, 0.5) if step == _STEPS[-1] else (0.0,):  # houses at the rim of a square: in the middle then
            yield partial(_place, step=step, shift=shift)


def _given(people: pd.DataFrame) -> pd.DataFrame:
    known = ~made_ids(people)
    return pd.DataFrame({"id": people["id"].array[known], "at": np.flatnonzero(known)})


def _address(people: pd.DataFrame) -> pd.DataFrame:
    known = people[["building", "address"]].notna().any(axis=1)
    frame = people.loc[known, ["area_code", "building", "entrance", "floor", "address"]]
    return frame.assign(at=np.flatnonzero(known))


def _place(people: pd.DataFrame, step: float, shift: float) -> pd.DataFrame:
    xy = people[["x", "y"]].to_numpy(dtype=np.float64)
    known = np.isfinite(xy).all(axis=1)
    cell = np.floor(xy[known] / step + shift + 0.25).astype(np.int64)
    frame = pd.DataFrame({"area_code": people["area_code"].to_numpy()[known], "column": cell[:, 0], "row": cell[:, 1]})
    return frame.assign(at=np.flatnonzero(known))


def _paired(old: pd.DataFrame, new: pd.DataFrame) -> tuple[Ints, Ints]:
    """Pair rows of equal keys, the first with the first, the second with the second."""
    keys = [name for name in old.columns if name != "at"]
    if keys == ["id"]:  # ids are unique
        at = pc.index_in(one_array(new["id"]), value_set=one_array(old["id"]))
        found = at.is_valid().to_numpy(zero_copy_only=False)
        return old["at"].to_numpy()[at.drop_null().to_numpy()], new["at"].to_numpy()[found]
    both = pd.concat((old, new), ignore_index=True)
    number = both.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    side = np.arange(len(both)) >= len(old)
    rank = pd.Series(side).groupby([number, side]).cumcount().to_numpy()
    code = number.astype(np.int64) * (len(both) + 1) + rank
    _, a, b = np.intersect1d(code[~side], code[side], assume_unique=True, return_indices=True)
    return old["at"].to_numpy()[a], new["at"].to_numpy()[b]
