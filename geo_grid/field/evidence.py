"""What proves that somebody was there: the positions of records and tracks, by day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.lookup.columns import texts
from geo_grid.lookup.places import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.field.policy import PatrolPolicy

#: Metres between two points of a track beyond which nobody knows what lies between them.
LONGEST_STEP = 250.0

_COLUMNS = ["day", "element_id", "record", "geom"]


def local_days(times: NDArray[Any], utc_offset: float) -> NDArray[np.datetime64]:
    """Return the days of the city on which something happened.

    Parameters
    ----------
    times : ndarray of str, shape (n,)
        ISO 8601 UTC, as the tables hold them.
    utc_offset : float
        Hours that the city's day begins before that of Greenwich.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        Days.
    """
    plain = [str(time)[:19] for time in times]
    moments = np.array(plain, dtype="datetime64[s]") + np.timedelta64(round(utc_offset * 3600), "s")
    return moments.astype("datetime64[D]")


def evidence_of_records(records: pd.DataFrame, policy: PatrolPolicy) -> pd.DataFrame:
    """Return what records prove.

    Parameters
    ----------
    records : DataFrame
        The table ``records``.
    policy : PatrolPolicy
        How good a position has to be.

    Returns
    -------
    DataFrame
        ``day, element_id, record, geom``. A record of an element proves that this element was seen; one of a free
        place that somebody went by. Positions set by hand, or worse than the policy allows, prove nothing.
    """
    accuracy = records["accuracy"].to_numpy(dtype=float)
    good = (texts(records, "place_source") == "gps") & (accuracy <= policy.worst_accuracy)
    kept = records[good]
    element = texts(kept, "element_id")
    return pd.DataFrame(
        {
            "day": local_days(texts(kept, "made_at"), policy.utc_offset).astype("datetime64[s]"),
            "element_id": element,
            "record": np.array([each is not None for each in element], dtype=bool),
            "geom": shapely.points(kept["x"].to_numpy(dtype=float), kept["y"].to_numpy(dtype=float)),
        },
        columns=_COLUMNS,
    )


def evidence_of_tracks(tracks: pd.DataFrame, crs: str, policy: PatrolPolicy) -> pd.DataFrame:
    """Return what tracks prove.

    Parameters
    ----------
    tracks : DataFrame
        The table ``tracks``.
    crs : str
        Coordinate system of the plan, as "EPSG:…".
    policy : PatrolPolicy
        How good a position has to be.

    Returns
    -------
    DataFrame
        ``day, element_id, record, geom``: one row a stretch without gap, ``element_id`` None.
    """
    lists = [json.loads(text) for text in tracks["points"]]
    piece = np.repeat(np.arange(len(lists)), [len(points) for points in lists])
    flat = np.array([point for points in lists for point in points], dtype=float).reshape(-1, 4)
    good = flat[:, 3] <= policy.worst_accuracy
    piece, flat = piece[good], flat[good]
    x, y = Places(crs).metres(flat[:, 0], flat[:, 1], "WGS84")
    far = np.hypot(np.diff(x), np.diff(y)) > LONGEST_STEP
    stretch = np.concatenate([[0], np.cumsum(far | (np.diff(piece) > 0))]).astype(np.int64) if len(x) else piece
    start = np.unique(stretch, return_index=True)[1]
    days = local_days(texts(tracks, "started_at"), policy.utc_offset)
    return pd.DataFrame(
        {
            "day": days[piece[start]].astype("datetime64[s]"),
            "element_id": np.full(len(start), None, dtype=object),
            "record": np.zeros(len(start), dtype=bool),
            "geom": _lines(x, y, stretch, len(start)),
        },
        columns=_COLUMNS,
    )


def _lines(x: NDArray[Any], y: NDArray[Any], stretch: NDArray[np.int64], count: int) -> NDArray[Any]:
    """Return a line a stretch, a point where it is a single one."""
    sizes = np.bincount(stretch, minlength=count)
    out = np.empty(count, dtype=object)
    places = np.column_stack([x, y])
    long = np.flatnonzero(sizes > 1)
    on = sizes[stretch] > 1
    if len(long):
        renumbered = np.cumsum(sizes > 1)[stretch[on]] - 1
        out[long] = shapely.linestrings(places[on], indices=renumbered)
    out[sizes == 1] = shapely.points(places[~on])
    return out
