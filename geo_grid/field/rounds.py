"""A worker's round of today: where to go first, by straight distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from numpy.typing import NDArray

#: Stops up to which the order is improved; beyond it the nearest next stop is good enough, and quick.
MOST_IMPROVED = 120


def todays_round(
    due: pd.DataFrame, shares: pd.DataFrame, on: dt.date, *, start: tuple[float, float] | None = None
) -> pd.DataFrame:
    """Return what is due by today, in the order to walk.

    Parameters
    ----------
    due : DataFrame
        Rows of one person or grid, as :func:`geo_grid.field.duties.duties` returns them.
    shares : DataFrame
        The table ``element_shares`` they were made of.
    on : date
        Today.
    start : tuple of float, optional
        Where the person is (x, y in metres); without it the round may begin anywhere.

    Returns
    -------
    DataFrame
        The rows with ``x, y`` (the place of the share that is nearest to the stop before) and ``metres`` from there.
    """
    rows = due[due["due"].to_numpy().astype("datetime64[D]") <= np.datetime64(on, "D")]
    shapes = shares["geom"].to_numpy()[rows["share"].to_numpy(dtype=np.int64)]
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes)).reshape(-1, 2)
    order = order_of(middle, start)
    rows, shapes = rows.iloc[order].reset_index(drop=True), shapes[order]
    place, places, metres = start, [], []
    for shape in shapes:
        stop = shapely.point_on_surface(shape) if place is None else _nearest(shape, place)
        metres.append(0.0 if place is None else float(np.hypot(stop.x - place[0], stop.y - place[1])))
        place = (stop.x, stop.y)
        places.append(place)
    at = np.array(places, dtype=float).reshape(-1, 2)
    return rows.assign(x=at[:, 0], y=at[:, 1], metres=np.array(metres, dtype=float))


def _nearest(shape: shapely.Geometry, place: tuple[float, float]) -> shapely.Point:
    return shapely.get_point(shapely.shortest_line(shape, shapely.Point(place)), 0)


def order_of(places: NDArray[np.float64], start: tuple[float, float] | None = None) -> NDArray[np.int64]:
    """Return a short way through places: the nearest next one, then improved by turning stretches around.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        Metres.
    start : tuple of float, optional
        Where it begins; without it, at the westernmost place at first, then wherever is best.

    Returns
    -------
    ndarray of int64, shape (n,)
        Positions, first stop first. The way is open: it need not come back.
    """
    count = len(places)
    if count < 2:
        return np.arange(count)
    first = int(np.lexsort((places[:, 1], places[:, 0]))[0]) if start is None else -1
    order = _greedy(places, first, start)
    return _improved(places, order, start) if count <= MOST_IMPROVED else order


def _greedy(places: NDArray[np.float64], first: int, start: tuple[float, float] | None) -> NDArray[np.int64]:
    left = np.ones(len(places), dtype=bool)
    at = places[first] if start is None else np.array(start)
    order = []
    for _ in range(len(places)):
        far = np.where(left, ((places - at) ** 2).sum(axis=1), np.inf)
        nearest = int(np.argmin(far))
        left[nearest] = False
        at = places[nearest]
        order.append(nearest)
    return np.array(order, dtype=np.int64)


def _improved(
    places: NDArray[np.float64], order: NDArray[np.int64], start: tuple[float, float] | None
) -> NDArray[np.int64]:
    """Turn stretches around (2-opt) until that makes nothing shorter; both ends are free, or the first one is fixed."""
    far = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    from_start = np.zeros(len(places)) if start is None else np.hypot(*(places - np.array(start)).T)
    for _ in range(50 * len(places)):
        gain, i, j = _best_turn(far, from_start, order)
        if gain <= 1e-9:
            break
        order = np.concatenate([order[:i], order[i : j + 1][::-1], order[j + 1 :]])
    return order


def _best_turn(
    far: NDArray[np.float64], from_start: NDArray[np.float64], order: NDArray[np.int64]
) -> tuple[float, int, int]:
    """Return how much shorter the best turn of order[i..j] makes the way, and i and j."""
    inner = far[np.ix_(order, order)]
    count = len(order)
    # into[i, j]: from the stop before i to j; out[i, j]: from i to the stop after j; nothing comes after the last
    into = np.vstack([from_start[order], inner[:-1]])
    out = np.hstack([inner[:, 1:], np.zeros((count, 1))])
    before, after = np.diag(into), np.diag(out)
    gain = np.triu(before[:, None] + after[None] - into - out, k=1)
    best = int(np.argmax(gain))
    return float(gain.flat[best]), *divmod(best, count)
