"""Grids outside their band, worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from webmap.atlas.cards import exception_of, grid_brief
from webmap.atlas.geo import dumps

if TYPE_CHECKING:
    from webmap.atlas.source import PublicPlan


def exceptions_answer(plan: PublicPlan, area: str | None, offset: int, limit: int) -> str:
    """Return a page of exceptions.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    area : str or None
        Only those of this area.
    offset : int
        How many to skip.
    limit : int
        How many at most.

    Returns
    -------
    str
        JSON object with ``total``, ``reasons`` (counts) and ``items``.
    """
    table = plan.exceptions
    rows = np.array([plan.grid_row[code] for code in table["grid_code"]], dtype=int)
    if area is not None:
        keep = plan.grids["area_code"].to_numpy()[rows] == area
        table, rows = table[keep], rows[keep]
    # where a grid stands among the others would tell what is not told: such grids come last
    violation = table["violation"].to_numpy(dtype=int)
    violation = np.where(plan.grids["households"].to_numpy()[rows] < plan.least_count, 0, violation)
    order = np.lexsort((table["grid_code"].to_numpy(dtype=str), -violation))
    page = order[offset : offset + limit]
    names = plan.areas["name"].to_numpy()
    items = []
    for place in page.tolist():
        grid = grid_brief(plan, int(rows[place]))
        grid["area_name"] = names[plan.area_row[grid["area"]]]
        items.append(grid | {"exception": exception_of(plan, plan.exception_row[grid["code"]])})
    counts = table["reason"].value_counts()
    reasons = {str(reason): int(count) for reason, count in counts.items()}
    return dumps({"total": len(table), "reasons": reasons, "offset": offset, "items": items})
