"""What happened before a redraw, under the grids of today: history follows the element and the place, not the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.lookup import LookupIndex

#: Metres from a share of its element within which a record still belongs to it.
NEAR_SHARE = 500.0


def today(
    records: pd.DataFrame, index: LookupIndex, lineage: pd.DataFrame | None = None, *, level: int = 1
) -> pd.DataFrame:
    """Say which grid of today records, or matters, of any version belong to.

    Parameters
    ----------
    records : DataFrame
        The table ``records`` or ``matters``: at least ``id, plan_version, element_id, grid_code, x, y``.
    index : LookupIndex
        The plan of today.
    lineage : DataFrame, optional
        The table ``lineage``, for what has neither element nor place any more.
    level : int
        Level of the grids wanted.

    Returns
    -------
    DataFrame
        ``id, grid_code, how``, in the order of the records. ``how`` is element (the nearest share of the same element, the
        lower code of several as near), place (the grid at the place), lineage (the grid that took most of the old one's
        households, version after version) or lost (``grid_code`` None).
    """
    x, y = (records[name].to_numpy(dtype=float) for name in ("x", "y"))
    code = np.full(len(records), None, dtype=object)
    how = np.full(len(records), "lost", dtype=object)
    by_element = _by_element(records, index, level, x, y)
    by_place = index.locator.find(x, y).codes(level)
    by_lineage = _by_lineage(records, lineage, index, level)
    for word, found in (("lineage", by_lineage), ("place", by_place), ("element", by_element)):
        there = np.array([each is not None for each in found], dtype=bool)
        code[there], how[there] = found[there], word
    plain = pd.Series(code, dtype=object)  # None stays None
    return pd.DataFrame({"id": records["id"].to_numpy(), "grid_code": plain, "how": how})


def _by_element(
    records: pd.DataFrame, index: LookupIndex, level: int, x: NDArray[Any], y: NDArray[Any]
) -> NDArray[Any]:
    """Return the grid with the nearest share of each record's element."""
    out = np.full(len(records), None, dtype=object)
    shares = index.shares[index.shares["level"] == level]
    left = pd.DataFrame({"row": np.arange(len(records)), "element_id": texts(records, "element_id")}).dropna()
    right = pd.DataFrame({"share": np.arange(len(shares)), "element_id": texts(shares, "element_id")})
    left = left[np.isfinite(x[left["row"].to_numpy(dtype=np.int64)])]
    pairs = left.merge(right, on="element_id")
    row, share = (pairs[name].to_numpy(dtype=np.int64) for name in ("row", "share"))
    far = shapely.distance(shapely.points(x[row], y[row]), shares["geom"].to_numpy()[share])
    row, share, far = row[far <= NEAR_SHARE], share[far <= NEAR_SHARE], far[far <= NEAR_SHARE]
    codes = texts(shares, "grid_code")
    order = np.lexsort((codes[share].astype(str), np.round(far, 3), row))
    rows, first = np.unique(row[order], return_index=True)
    out[rows] = codes[share[order][first]]
    return out


def _by_lineage(records: pd.DataFrame, lineage: pd.DataFrame | None, index: LookupIndex, level: int) -> NDArray[Any]:
    """Return what became of each record's grid, version after version."""
    out = np.full(len(records), None, dtype=object)
    parents = dict(zip(texts(index.grids, "code").tolist(), texts(index.grids, "parent_code").tolist(), strict=True))
    levels = dict(zip(texts(index.grids, "code").tolist(), index.grids["level"].tolist(), strict=True))
    steps: dict[int, dict[str, str | None]] = {}
    if lineage is not None:
        heirs = lineage[lineage["old_code"].notna()]
        heirs = heirs.sort_values(
            ["version", "old_code", "households", "new_code"], ascending=[True, True, False, True]
        )
        heirs = heirs.drop_duplicates(["version", "old_code"])
        columns = (heirs["version"].tolist(), texts(heirs, "old_code").tolist(), texts(heirs, "new_code").tolist())
        for version, old, new in zip(*columns, strict=True):
            steps.setdefault(int(version), {})[old] = new
    told: dict[tuple[int, str], str | None] = {}

    def heir(version: int, code: str) -> str | None:
        now: str | None = code
        for number in sorted(steps):
            if number > version and now is not None:
                now = steps[number].get(now, now)
        while now is not None and levels.get(now, 0) > level:
            now = parents.get(now)
        return now if now is not None and levels.get(now) == level else None

    versions, codes = records["plan_version"].tolist(), texts(records, "grid_code").tolist()
    for row, (version, code) in enumerate(zip(versions, codes, strict=True)):
        if code is not None:
            key = (int(version), code)
            if key not in told:
                told[key] = heir(*key)
            out[row] = told[key]
    return out
