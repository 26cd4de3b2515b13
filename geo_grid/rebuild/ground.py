"""Ground that grids took and gave, whether or not a household went with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import shapely

if TYPE_CHECKING:
    from geo_grid.rebuild.renewing import Renewed
    from geo_grid.store.base import Store

#: Square metres: less is the rounding of a border that stayed.
LEAST = 1.0


class GroundMoves(NamedTuple):
    """Ground that changed hands.

    Parameters
    ----------
    squares : dict of str to tuple
        Square metres taken and given, by the code the grid has now, or will have if it is new.
    stood : dict of str to MultiPolygon
        Former ground of all grids of areas drawn anew.
    """

    squares: dict[str, tuple[float, float]]
    stood: dict[str, Any]


def ground_moves(store: Store, done: Renewed) -> GroundMoves:
    """Compare the polygons of grids whose ground may have changed; to be asked before anything is written.

    Parameters
    ----------
    store : Store
        The store.
    done : Renewed
        What changes.

    Returns
    -------
    GroundMoves
        Of grids that changed by more than :data:`LEAST`.
    """
    stood: dict[str, Any] = {}
    out = {code: moved for code, moved in done.squares.items() if max(moved) > LEAST}
    for area in sorted(done.redrawn):
        was = _shapes(store.area_plan(area, ("grids",))["grids"])
        now, heirs = _shapes(done.redrawn[area].tables["grids"]), done.redrawn[area].heirs
        became = {code: heirs.get(code, code) for code in was}
        stood |= was
        pairs = {code: (shape, now.get(became[code])) for code, shape in was.items()}
        pairs |= {code: (None, now[code]) for code in set(now) - set(became.values())}
        for code, (one, other) in pairs.items():
            taken, given = _moved(one, other)
            if max(taken, given) > LEAST:
                out[code] = (taken, given)
    return GroundMoves(out, stood)


def _shapes(grids: Any) -> dict[str, Any]:
    return dict(zip(grids["code"], grids["geom"], strict=True))


def _moved(one: Any, other: Any) -> tuple[float, float]:
    """Return the area that is in the second only, and in the first only."""
    if one is None or other is None:
        return (0.0 if other is None else other.area), (0.0 if one is None else one.area)
    if one is other or one.equals_exact(other, 0.0):
        return 0.0, 0.0
    common = shapely.intersection(one, other).area
    return max(0.0, other.area - common), max(0.0, one.area - common)
