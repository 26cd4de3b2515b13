"""Counts that no division has in band: households go over until the grids are as little out of band as can be."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from geo_grid.rebuild.judging import ODD
from geo_grid.zoning.certificates import smallest_violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.rebuild.judging import Grid, Judge


def narrowed(judge: Judge, area: str, deltas: Mapping[str, int]) -> tuple[Judge, list[Grid]]:
    """Say what the grids beside an exception have to count for arithmetic to prove it.

    Of 586 households two grids of 300 to 500 are out of band by 14 at least: one has 300, and the other all the rest.
    Who comes to the former, or goes, has to be made good. So it is where one grid of several is out of band, as little
    as could be, and by the new data it is more, or another one is out of band too.

    Parameters
    ----------
    judge : Judge
        The grids of the draft.
    area : str
        Code of the area.
    deltas : mapping of str to int
        What each touched grid wins or loses.

    Returns
    -------
    judge : Judge
        Knows narrower bands of these grids.
    off : list of Grid
        Those of them that are not in these.
    """
    bands: dict[str, Grid] = {}
    for odd in judge.odd(area):
        if odd.low is None or odd.high is None or not judge.concerns(odd, deltas):
            continue
        beside = [grid for grid in judge.of_area(area) if (grid.level, grid.parent) == (odd.level, odd.parent)]
        if sum(grid.status in ODD for grid in beside) > 1 or not _as_little(odd, beside, {}):
            continue
        if _as_little(odd, beside, deltas) and not any(_off(grid, deltas) for grid in beside if grid is not odd):
            continue
        total = sum(grid.households + deltas.get(grid.code, 0) for grid in beside)
        bound = odd.low if total < len(beside) * odd.low else odd.high
        rest = total - (len(beside) - 1) * bound
        if rest > 0 and abs(rest - bound) == smallest_violation(total, odd.low, odd.high)[0]:
            for grid in beside:
                only = rest if grid is odd else bound
                bands[grid.code] = grid._replace(low=only, high=only, status="in_band")
    if not bands:
        return judge, []
    narrow = copy.copy(judge)
    narrow.grids = judge.grids | bands
    return narrow, [grid for grid in bands.values() if _off(grid, deltas)]


def _as_little(odd: Grid, beside: list[Grid], deltas: Mapping[str, int]) -> bool:
    """Tell whether grids are out of band by as little as can be."""
    assert odd.low is not None  # noqa: S101  asked before
    assert odd.high is not None  # noqa: S101
    total = sum(grid.households + deltas.get(grid.code, 0) for grid in beside)
    return sum(abs(_off(grid, deltas)) for grid in beside) == smallest_violation(total, odd.low, odd.high)[0]


def _off(grid: Grid, deltas: Mapping[str, int]) -> int:
    return grid.outside(grid.households + deltas.get(grid.code, 0))
