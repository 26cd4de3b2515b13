"""One responsible person for every element.

Who answers for an element is the worker of the level-1 grid with the largest share of it: that is the post the policy
gives to land, and the largest share is the one most of the walking is in. Where that post is vacant, somebody who works
on the same ground stands in, the assistant or liaison of a finer grid inside it, largest share first; only then the
level-1 grid with the next largest share, and so on. So an element changes hands across a border only if nobody is left
on this side of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.lookup.columns import texts
from geo_grid.people.duty import in_term

if TYPE_CHECKING:
    import datetime as dt

_COLUMNS = ["element_id", "grid_code", "level", "staff_id", "name", "reason"]


def responsible_for_elements(
    elements: pd.DataFrame, shares: pd.DataFrame, grids: pd.DataFrame, staff: pd.DataFrame, on: dt.date
) -> pd.DataFrame:
    """Name one responsible person for every element.

    Parameters
    ----------
    elements, shares, grids : DataFrame
        The tables ``elements``, ``element_shares`` and ``grids``.
    staff : DataFrame
        The table ``staff``.
    on : date
        The day.

    Returns
    -------
    DataFrame
        ``element_id, grid_code, level, staff_id, name, reason``, one row an element in their order. ``reason`` is
        largest_share, finer_grid (somebody inside the grid with the largest share), next_share (another grid), vacant
        (nobody; the grid is the one with the largest share) or outside (no grid has a share).
    """
    ranked = _ranked(shares, grids)
    person = staff[in_term(staff, on)].sort_values("id").drop_duplicates("grid_code").set_index("grid_code")
    first = ranked.drop_duplicates("element_id").set_index("element_id")
    manned = ranked[ranked["grid_code"].isin(person.index)].drop_duplicates("element_id").set_index("element_id")
    rows = [_row(id_, first, manned, person) for id_ in elements["id"]]
    return pd.DataFrame(rows, columns=_COLUMNS, dtype=object)


def _ranked(shares: pd.DataFrame, grids: pd.DataFrame) -> pd.DataFrame:
    """Return all shares, of each element in the order in which their grids are asked."""
    parent = dict(zip(grids["code"].tolist(), texts(grids, "parent_code").tolist(), strict=True))

    def top_of(code: str) -> str:
        while (above := parent.get(code)) is not None:
            code = above
        return code

    out = shares[["element_id", "grid_code", "level", "measure"]].copy()
    tops = {code: top_of(code) for code in out["grid_code"].unique()}
    out["top"] = out["grid_code"].map(tops).astype(object)
    whole = out[out["level"] == 1].set_index(["element_id", "grid_code"])["measure"]
    keys = pd.MultiIndex.from_arrays([out["element_id"], out["top"]])
    # what a share at a border leaves to a finer grid alone has no level-1 share of its own
    out["top_measure"] = whole.reindex(keys).fillna(0.0).to_numpy(dtype=float)
    order = np.lexsort(
        (
            out["grid_code"].to_numpy(dtype=str),
            -out["measure"].to_numpy(dtype=float),
            out["level"].to_numpy(dtype=int),
            out["top"].to_numpy(dtype=str),
            -out["top_measure"].to_numpy(dtype=float),
        )
    )
    return out.iloc[order]


def _row(id_: str, first: pd.DataFrame, manned: pd.DataFrame, person: pd.DataFrame) -> tuple[Any, ...]:
    if id_ not in first.index:
        return (id_, None, None, None, None, "outside")
    owner = first.loc[id_]
    if id_ not in manned.index:
        return (id_, owner["grid_code"], int(owner["level"]), None, None, "vacant")
    found = manned.loc[id_]
    same = found["top"] == owner["top"]
    reason = "next_share" if not same else "largest_share" if found["level"] == 1 else "finer_grid"
    who = person.loc[found["grid_code"]]
    return (id_, found["grid_code"], int(found["level"]), int(who["id"]), who["name"], reason)
