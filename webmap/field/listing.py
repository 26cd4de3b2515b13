"""Lists of duties below a prefix: worked out when they are asked for, and kept until something new comes in."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo_grid.field import duties, evidence_of_records, evidence_of_tracks, look, patrol_list

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from geo_grid.field.seen import Seen
    from webmap.field.plan import FieldPlan
    from webmap.settings import Settings

#: Digits of a township in a code of the default profile: people of one township walk along each other's borders.
_TOWNSHIP = 9
_AREA = 12


class Listed(NamedTuple):
    """Duties below a prefix on a day.

    Parameters
    ----------
    on, last : date
        The day, and the last one looked ahead to.
    patrol : DataFrame
        The patrol list of the walking level.
    due : DataFrame
        The same with what is due when, the ``part`` of it that counts as seen, and the part ``needed``.
    shares : DataFrame
        The shares it was made of.
    seen : Seen
        What was seen of it.
    staff : DataFrame
        Who works in the grids.
    """

    on: dt.date
    last: dt.date
    patrol: pd.DataFrame
    due: pd.DataFrame
    shares: pd.DataFrame
    seen: Seen
    staff: pd.DataFrame


class _Kept(NamedTuple):
    """A list, how far field work was when it was made, and when that was."""

    listed: Listed
    stamp: int
    made: float


class Lists:
    """The lists of one service.

    Parameters
    ----------
    settings : Settings
        How many are kept, how far is looked back, and how long a list of more than a township may be behind.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._made: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()

    def get(self, plan: FieldPlan, ledger: Any, prefix: str, on: dt.date, last: dt.date) -> Listed:
        """Return the duties below a prefix.

        Parameters
        ----------
        plan : FieldPlan
            The plan in force.
        ledger : Ledger
            Knows staff, records and tracks.
        prefix : str
            What the codes of the grids begin with.
        on, last : date
            The day, and the last one to look ahead to.

        Returns
        -------
        Listed
            Worked out anew where staff, plan, day or field work are others; of more than a township, which takes seconds, what
            came in since may be left out for a moment.
        """
        key = (plan.key, prefix, on, last, ledger.people_stamp())
        large = len(prefix) < _TOWNSHIP
        found = self._find(key, ledger.field_stamp(), large=large)
        if found is not None:
            return found
        if not large:
            return self._keep(key, ledger.field_stamp(), self._make(plan, ledger, prefix, on, last))
        with self._turn:  # one at a time: that of a city keeps a processor busy for seconds
            stamp = ledger.field_stamp()
            found = self._find(key, stamp, large=True)
            return found if found is not None else self._keep(key, stamp, self._make(plan, ledger, prefix, on, last))

    def _find(self, key: tuple[Any, ...], stamp: int, *, large: bool) -> Listed | None:
        with self._lock:
            kept = self._made.get(key)
            if kept is None:
                return None
            fresh = kept.stamp == stamp
            if not fresh and not (large and time.monotonic() - kept.made < self._settings.field_list_seconds):
                return None
            self._made.move_to_end(key)
            return kept.listed

    def _keep(self, key: tuple[Any, ...], stamp: int, made: Listed) -> Listed:
        with self._lock:
            self._made[key] = _Kept(made, stamp, time.monotonic())
            self._made.move_to_end(key)
            while len(self._made) > self._settings.field_kept:
                self._made.popitem(last=False)
        return made

    def _make(self, plan: FieldPlan, ledger: Any, prefix: str, on: dt.date, last: dt.date) -> Listed:
        policy, part = plan.policy.patrol, plan.part(prefix)
        staff = ledger.staff(prefix=prefix)
        patrol = patrol_list(plan.index.elements, part.shares, part.grids, staff, policy, on, levels=(1, 2, 3))
        patrol = patrol[patrol["level"] == policy.level].reset_index(drop=True)
        seen = look(patrol, part.shares, self._evidence(plan, ledger, prefix, on), policy, on)
        due = duties(patrol, seen.fresh_since(), on=on, last=last, begun=min(plan.begun, on))
        # what was seen before that is due again by now, and counts no more
        since = np.datetime64(on, "D") + 1 - patrol["every"].to_numpy(dtype=np.int64).astype("timedelta64[D]")
        due = due.assign(part=seen.part(since), needed=seen.needed)
        return Listed(on, last, patrol, due, part.shares, seen, staff)

    def _evidence(self, plan: FieldPlan, ledger: Any, prefix: str, on: dt.date) -> pd.DataFrame:
        import pandas as pd

        policy = plan.policy.patrol
        longest = max((duty.every for duty in policy.classes.values()), default=1)
        back = max(self._settings.field_evidence_days, 2 * longest)
        where = neighbourhood(prefix)
        first, end = (
            moment_of(day, policy.utc_offset) for day in (on - dt.timedelta(days=back), on + dt.timedelta(days=1))
        )
        made: tuple[Callable[[], pd.DataFrame], ...] = (
            lambda: evidence_of_records(ledger.records(where, first=first, last=end), policy),
            lambda: evidence_of_tracks(ledger.tracks(where, first=first, last=end), plan.index.crs, policy),
        )
        return pd.concat([each() for each in made], ignore_index=True)


def neighbourhood(prefix: str) -> str:
    """Return where evidence for a prefix may lie: whoever walks along a border sees both of its sides.

    Parameters
    ----------
    prefix : str
        Beginning of codes.

    Returns
    -------
    str
        That of its township, where it is finer; where codes are of another kind, everything.
    """
    if len(prefix) <= _TOWNSHIP:
        return prefix
    return prefix[:_TOWNSHIP] if len(prefix) >= _AREA and prefix[:_AREA].isdigit() else ""


def moment_of(day: dt.date, utc_offset: float) -> str:
    """Return when a day of the city begins.

    Parameters
    ----------
    day : date
        The day.
    utc_offset : float
        Hours it begins before that of Greenwich.

    Returns
    -------
    str
        ISO 8601 UTC, as the tables hold times.
    """
    zone = dt.timezone(dt.timedelta(hours=utc_offset))
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC).isoformat(timespec="milliseconds")
