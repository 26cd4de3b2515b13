"""Positions of persons: kept as long as the policy says, then thinned out, then gone."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.field.times import moment, timestamp_of
from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.field.policy import FieldSettings

#: Degrees to which the place of an old record is rounded: about 100 m.
COARSE_DEGREES = 0.001

#: Metres to which it is rounded in the plan's coordinates.
COARSE_METRES = 100.0

_EARTH = 6_371_000.0
_PLACES = ("gps", "lon", "lat", "position")


def due_for_thinning(tracks: pd.DataFrame, now: dt.datetime, settings: FieldSettings) -> pd.DataFrame:
    """Say what becomes of tracks.

    Parameters
    ----------
    tracks : DataFrame
        The table ``tracks``.
    now : datetime
        With a zone.
    settings : FieldSettings
        ``track_days``, ``track_thin_metres`` and ``track_gone_days``.

    Returns
    -------
    DataFrame
        ``id, action, points``: action is "delete" (points None), or "thin" with the points that are kept, as JSON: the first
        and the last one and one every so many metres, their times rounded down to the hour. Tracks that are not due are
        not listed, nor those thinned before. The rows of ``field_events`` of the same ids lose their body the same way;
        their digest stays, so that what is sent again is still known.
    """
    thin = timestamp_of(now - dt.timedelta(days=settings.track_days))
    gone = timestamp_of(now - dt.timedelta(days=settings.track_gone_days))
    ended = [timestamp_of(moment(text)) for text in tracks["ended_at"]]
    rows: list[tuple[str, str, str | None]] = []
    columns = (tracks["id"], ended, tracks["points"], texts(tracks, "thinned_at"))
    for id_, end, points, thinned in zip(*columns, strict=True):
        if end < gone:
            rows.append((id_, "delete", None))
        elif end < thin and thinned is None:
            rows.append((id_, "thin", thinned_points(points, settings.track_thin_metres)))
    return pd.DataFrame(rows, columns=["id", "action", "points"], dtype=object)


def thinned_points(points: str, metres: float) -> str:
    """Thin a track.

    Parameters
    ----------
    points : str
        JSON: [lon, lat, seconds, accuracy].
    metres : float
        Least distance between the points that are kept.

    Returns
    -------
    str
        JSON; seconds to the whole hour, accuracy to the whole 10 m.
    """
    given: list[list[float]] = json.loads(points)
    kept = given[:1]
    for point in given[1:-1]:
        if _apart(kept[-1], point) >= metres:
            kept.append(point)
    kept += given[-1:] if len(given) > 1 else []
    hour = 3600
    return json.dumps([[lon, lat, second // hour * hour, round(accuracy, -1)] for lon, lat, second, accuracy in kept])


def _apart(one: list[float], other: list[float]) -> float:
    north = np.radians(other[1] - one[1])
    east = np.radians(other[0] - one[0]) * np.cos(np.radians(one[1]))
    return float(np.hypot(north, east) * _EARTH)


def coarse_records(records: pd.DataFrame, now: dt.datetime, settings: FieldSettings) -> pd.DataFrame:
    """Return the old records whose exact place gives way.

    Parameters
    ----------
    records : DataFrame
        The table ``records``.
    now : datetime
        With a zone.
    settings : FieldSettings
        ``record_place_days``.

    Returns
    -------
    DataFrame
        ``id, lon, lat, x, y, accuracy`` as they are to be from now on: about 100 m coarse. Element, grid, distance, day and
        author stay: they are the record of the work. Rows that are coarse already are not listed.
    """
    limit = timestamp_of(now - dt.timedelta(days=settings.record_place_days))
    made = np.array([timestamp_of(moment(text)) for text in records["made_at"]], dtype="U32")
    old: Any = records[made < limit]
    out = pd.DataFrame(
        {
            "id": old["id"].to_numpy(),
            "lon": _rounded(old, "lon", COARSE_DEGREES),
            "lat": _rounded(old, "lat", COARSE_DEGREES),
            "x": _rounded(old, "x", COARSE_METRES),
            "y": _rounded(old, "y", COARSE_METRES),
            "accuracy": np.full(len(old), COARSE_METRES),
        }
    )
    names = ["lon", "lat", "x", "y", "accuracy"]
    same = np.isclose(out[names].to_numpy(dtype=float), old[names].to_numpy(dtype=float), rtol=0, atol=1e-9)
    return out[~same.all(axis=1)].reset_index(drop=True)


def _rounded(frame: pd.DataFrame, column: str, step: float) -> NDArray[np.float64]:
    values = frame[column].to_numpy(dtype=float)
    return np.asarray(np.round(np.round(values / step) * step, 3), dtype=float)


def without_place(exif: dict[str, Any]) -> dict[str, Any]:
    """Return what a camera said of a photo, but not where it was.

    Parameters
    ----------
    exif : dict
        JSON values, as they are kept apart from the picture.

    Returns
    -------
    dict
        The same without whatever is called gps…, lon…, lat… or position, at any depth.
    """
    return {
        key: without_place(value) if isinstance(value, dict) else value
        for key, value in exif.items()
        if not key.casefold().startswith(_PLACES)
    }
