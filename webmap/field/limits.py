"""How much one account may send and ask in the field; counted in this process, which is the only one that answers."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from webmap.accounts.limits import limit_of
from webmap.refusals import TooManyError

if TYPE_CHECKING:
    from limits import RateLimitItem

    from webmap.settings import Settings


class FieldLimits:
    """The counters of accounts, by fixed windows.

    A phone with signal again asks a hundred times in a minute, and there are hundreds of phones: a moving window keeps a
    time for each of these requests, and goes through all of them ever so often.

    Parameters
    ----------
    settings : Settings
        The limits, in words like "1200 per minute".
    """

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._counters: dict[tuple[str, str], list[float]] = {}  # end of the window, how many in it: two an account
        self._request = limit_of("field_limit", settings.field_limit)
        self._photo = limit_of("photos_limit", settings.photos_limit)

    def request(self, name: str) -> None:
        """Count a request.

        Parameters
        ----------
        name : str
            Whose.

        Raises
        ------
        TooManyError
            If there were too many.
        """
        self._count(self._request, "request", name)

    def photo(self, name: str) -> None:
        """Count a photo that begins to come.

        Parameters
        ----------
        name : str
            Whose.

        Raises
        ------
        TooManyError
            If there were too many.
        """
        self._count(self._photo, "photo", name)

    def _count(self, item: RateLimitItem, kind: str, name: str) -> None:
        now = time.monotonic()
        with self._lock:
            counter = self._counters.get((kind, name))
            if counter is None or counter[0] <= now:
                counter = self._counters[kind, name] = [now + item.get_expiry(), 0]
            counter[1] += 1
            over = counter[1] > item.amount
        if over:
            seconds = max(1, round(counter[0] - now))
            raise TooManyError(
                "too many requests of this kind", mend=f"Try again in {seconds} seconds.", retry_after=seconds
            )
