"""When everything is due: what of a patrol list was seen, is due, or is overdue, and the visits of a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

#: States of a duty, the most pressing first.
DUTY_STATES = ("overdue", "due", "seen", "later")


def duties(
    patrol: pd.DataFrame,
    fresh_since: NDArray[np.datetime64],
    *,
    on: dt.date,
    last: dt.date,
    begun: dt.date,
    first: dt.date | None = None,
) -> pd.DataFrame:
    """Return when each share of a patrol list is due.

    Parameters
    ----------
    patrol : DataFrame
        As :func:`geo_grid.field.patrol.patrol_list` returns it.
    fresh_since : ndarray of datetime64[D], shape (n,)
        The day since which enough of each share was seen (:meth:`geo_grid.field.seen.Seen.fresh_since`); NaT for never.
    on : date
        Today.
    last : date
        Last day of the time looked at; that of the month, as a rule.
    begun : date
        The day on which patrols began. What was never seen is first due within one interval of it, the shares of a
        grid spread evenly over the interval.
    first : date, optional
        First day of the time looked at; that of the month of `last` by default.

    Returns
    -------
    DataFrame
        The patrol list with ``fresh_since, due`` (dates), ``state`` and ``times`` (visits from today up to `last`).
        ``state`` is overdue (due before today), due (by `last`), seen (enough of it since `first`, and not due again by
        `last`), or later (not due by `last`, and not seen since `first`, if ever).
    """
    every = patrol["every"].to_numpy(dtype=np.int64)
    today, end = np.datetime64(on, "D"), np.datetime64(last, "D")
    never = np.datetime64(begun, "D") + _spread(patrol, every).astype("timedelta64[D]")
    since = np.asarray(fresh_since, dtype="datetime64[D]")
    due = np.where(np.isnat(since), never, since + every.astype("timedelta64[D]"))
    next_ = np.maximum(due, today)
    times = np.where(next_ <= end, (end - next_).astype(np.int64) // every + 1, 0)
    seen = since >= np.datetime64(last.replace(day=1) if first is None else first, "D")  # NaT is never so
    rest = np.where(seen, "seen", "later")
    state = np.where(due < today, "overdue", np.where(due <= end, "due", rest)).astype(object)
    return patrol.assign(
        fresh_since=since.astype("datetime64[s]"), due=due.astype("datetime64[s]"), state=state, times=times
    )


def _spread(patrol: pd.DataFrame, every: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return days from the beginning to the first visit, spread evenly among a grid's shares of one interval."""
    group = pd.DataFrame({"grid": patrol["grid_code"].to_numpy(), "every": every}).groupby(
        ["grid", "every"], sort=False
    )
    rank, size = group.cumcount().to_numpy(dtype=np.int64), group["every"].transform("size").to_numpy(dtype=np.int64)
    return np.asarray(rank * every // np.maximum(size, 1), dtype=np.int64)


def visits(due: pd.DataFrame, *, on: dt.date) -> pd.DataFrame:
    """Write out the visits of a time, one row each.

    Parameters
    ----------
    due : DataFrame
        As :func:`duties` returns it.
    on : date
        Today, as it was given there.

    Returns
    -------
    DataFrame
        ``day, grid_code, element_id, class, person, staff_id``, by day and grid. What is overdue is due today.
    """
    times = due["times"].to_numpy(dtype=np.int64)
    rows = np.repeat(np.arange(len(due)), times)
    count = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    start = np.maximum(due["due"].to_numpy().astype("datetime64[D]"), np.datetime64(on, "D"))
    days = start[rows] + (count * due["every"].to_numpy(dtype=np.int64)[rows]).astype("timedelta64[D]")
    order = np.lexsort((rows, days))  # the list is in the order of grids
    columns = ["grid_code", "element_id", "class", "person", "staff_id"]
    out = due[columns].take(rows[order]).reset_index(drop=True)
    out.insert(0, "day", days[order].astype("datetime64[s]"))
    return out
