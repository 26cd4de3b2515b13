"""How much of everything a search does: starts, sweeps, windows, by the size of graph and zones alone."""

from __future__ import annotations

import math
from typing import NamedTuple

#: Nodes up to which starting anew pays when time is left.
RESTARTED = 5000


class Schedule(NamedTuple):
    """What is done how often.

    Parameters
    ----------
    restarts : int
        Starts from nothing, of which the best is kept.
    spare : int
        Further starts, as long as the violation is above what is known to be unavoidable.
    sweeps : int
        Sweeps of each level in a start.
    grain : float
        Coarse nodes a zone at which coarsening stops; none is done where zones have few nodes.
    heat : float
        Temperature at which a start begins, in mean edge costs.
    many : int
        Zones of a window.
    shaken : int
        Of these, so many are split afresh before it is annealed.
    warm : float
        Temperature at which a window begins.
    turns : int
        Windows.
    window_sweeps : int
        Sweeps of each window.
    pooled : bool
        Whether zones are exchanged for others that windows came out with.
    """

    restarts: int
    spare: int
    sweeps: int
    grain: float
    heat: float
    many: int
    shaken: int
    warm: float
    turns: int
    window_sweeps: int
    pooled: bool


def schedule(n: int, k: int, effort: float) -> Schedule:
    """Plan a search.

    Parameters
    ----------
    n, k : int
        Nodes and zones, k ≥ 2.
    effort : float
        Scales sweeps and windows.

    Returns
    -------
    Schedule
        Larger zones are begun hotter (their borders are longer, and move as a whole) and coarser; windows hold a few
        hundred nodes.
    """
    span = n / k
    coarse = span >= 40
    little = n <= 300
    many = max(2, min(max(round((400 if coarse else 180) / span), 4), 20, k))
    pooled = not coarse and k > 3 * many
    covers = 0 if little else min(n // 33, 36) if coarse else 25  # how often each zone comes into a window
    return Schedule(
        restarts=max(1, round(3 * effort if little else effort)) if n <= RESTARTED else 1,
        spare=math.ceil(effort * min(max(600 // n, 3), 6)) if n <= RESTARTED else 0,
        sweeps=int(effort * ((100 if little else 300) + 1000 // n)) + 1,
        grain=20.0 if coarse else float(n),
        heat=1.0 if coarse else 0.6,
        many=many,
        shaken=0 if coarse else max(2, round(0.4 * many)),
        warm=min(max(0.38 * (span / 15) ** 0.3, 0.35), 1.0),
        turns=math.ceil(effort * covers * k / many),
        window_sweeps=300 if coarse else 100 if pooled else 150,
        pooled=pooled,
    )
