"""Who is to see what: every grid's patrol list, made of the shares of elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.lookup.columns import rows_of, texts
from geo_grid.people.duty import in_term
from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from geo_grid.field.policy import PatrolPolicy

_COLUMNS = [
    "grid_code",
    "level",
    "area_code",
    "element_id",
    "class",
    "name",
    "unit",
    "measure",
    "held",
    "every",
    "staff_id",
    "person",
    "how",
    "share",
]


def patrol_list(
    elements: pd.DataFrame,
    shares: pd.DataFrame,
    grids: pd.DataFrame,
    staff: pd.DataFrame,
    policy: PatrolPolicy,
    on: dt.date,
    *,
    levels: tuple[int, ...] = (1, 2, 3),
) -> pd.DataFrame:
    """Return what every grid is to see, and who goes.

    Parameters
    ----------
    elements, shares, grids : DataFrame
        The tables ``elements``, ``element_shares`` and ``grids``.
    staff : DataFrame
        The table ``staff``.
    policy : PatrolPolicy
        Which classes are to be seen, and how often.
    on : date
        The day.
    levels : tuple of int
        Levels whose grids are listed. Each level covers everything once, so sums are to be made over one level only.

    Returns
    -------
    DataFrame
        One row a share, by grid and class: ``grid_code, level, area_code, element_id, class, name, unit, measure, held,
        every`` (days), ``staff_id, person, how, share`` (row of `shares`). ``how`` is own, finer_grid (a worker inside
        the grid stands in, largest share first), coarser_grid (that of the grid above) or vacant.

    Notes
    -----
    Of one element, the person of the level-1 grid with the largest share is the one that
    :func:`geo_grid.people.responsible_for_elements` names, unless only a grid across a border has a worker: who answers
    for the whole may live there, but the walking on this side is nobody's yet, and is shown as vacant.
    """
    element = rows_of(texts(elements, "id"), texts(shares, "element_id"))
    kind = np.append(texts(elements, "class"), np.array([None], dtype=object))[element]
    level = shares["level"].to_numpy(dtype=np.int64)
    rows = np.flatnonzero(np.isin(level, levels) & np.isin(kind, list(policy.classes)))
    grid = rows_of(texts(grids, "code"), texts(shares, "grid_code"))
    person, how = _persons(shares, grid, grids, staff[in_term(staff, on)].sort_values("id"))
    element, kind, person, how = element[rows], kind[rows], person[rows], how[rows]
    every = {name: duty.every_on(on) for name, duty in policy.classes.items()}
    out = pd.DataFrame(
        {
            "grid_code": texts(shares, "grid_code")[rows],
            "level": level[rows],
            "area_code": np.append(texts(grids, "area_code"), np.array([None], dtype=object))[grid[rows]],
            "element_id": texts(shares, "element_id")[rows],
            "class": kind,
            "name": texts(elements, "name")[element],
            "unit": texts(elements, "measure_unit")[element],
            "measure": shares["measure"].to_numpy(dtype=float)[rows],
            "held": shares["held"].to_numpy(dtype=float)[rows],
            "every": pd.Series(kind, dtype=object).map(every).to_numpy(dtype=np.int64),
            "staff_id": pd.array(np.where(person < 0, np.nan, person), dtype="Int64"),
            "how": how,
            "share": rows,
        }
    )
    names = dict(zip(staff["id"].tolist(), texts(staff, "name").tolist(), strict=True))
    out["person"] = np.array([names.get(each) for each in person.tolist()], dtype=object)
    rank = {name: at for at, name in enumerate(ELEMENT_CLASSES)}
    out["_rank"] = out["class"].map(rank).to_numpy(dtype=np.int64)
    out = out.sort_values(["level", "grid_code", "_rank", "element_id"], ignore_index=True)
    return out[_COLUMNS]


def _persons(
    shares: pd.DataFrame, grid: NDArray[np.int64], grids: pd.DataFrame, staff: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return staff id (-1: nobody) and how it was found, of each share."""
    first = staff.drop_duplicates("grid_code")
    at = rows_of(texts(first, "grid_code"), texts(grids, "code"))
    ids = np.append(first["id"].to_numpy(dtype=np.int64), -1)
    of_grid = np.append(ids[at], -1)  # -1 is the last: of no grid
    above = np.append(rows_of(texts(grids, "code"), texts(grids, "parent_code")), -1)
    person = of_grid[grid]
    how = np.where(person >= 0, "own", "vacant").astype(object)
    for found, word in (
        (_finer(shares, grid, above, person), "finer_grid"),
        (_coarser(grid, above, of_grid), "coarser_grid"),
    ):
        taken = (person < 0) & (found >= 0)
        person, how = np.where(taken, found, person), np.where(taken, word, how)
    return person, how


def _finer(
    shares: pd.DataFrame, grid: NDArray[np.int64], above: NDArray[np.int64], person: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return who has the largest share of the same element inside each share's grid, coarse grids first."""
    element = pd.factorize(texts(shares, "element_id"))[0].astype(np.int64)
    size = len(above)
    order = np.lexsort(
        (
            texts(shares, "grid_code").astype(str),
            -shares["measure"].to_numpy(dtype=float),
            shares["level"].to_numpy(dtype=np.int64),
        )
    )
    order = order[(person[order] >= 0) & (grid[order] >= 0)]
    keys, who, steps = [], [], grid[order]
    for _ in range(2):
        steps = above[steps]
        keys.append(np.where(steps >= 0, element[order] * size + steps, -1))
        who.append(person[order])
    # one step up and two steps up are kept in the order of levels: what is coarser comes first
    key, worker = np.concatenate(keys), np.concatenate(who)
    level = np.tile(shares["level"].to_numpy(dtype=np.int64)[order], 2)
    sort = np.argsort(level, kind="stable")
    key, worker = key[sort], worker[sort]
    key, start = np.unique(key, return_index=True)
    wanted = element * size + grid
    at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
    found = key[at] == wanted if len(key) else np.zeros(len(wanted), dtype=bool)
    return np.where(found & (grid >= 0), worker[start][at] if len(key) else -1, -1)


def _coarser(grid: NDArray[np.int64], above: NDArray[np.int64], of_grid: NDArray[np.int64]) -> NDArray[np.int64]:
    parent = above[grid]
    top = above[parent]
    return np.where(of_grid[parent] >= 0, of_grid[parent], of_grid[top])
