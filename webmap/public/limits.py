"""How much one address may ask; counted in this process, which is the only one that answers."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from webmap.accounts.limits import limit_of, place_of
from webmap.refusals import TooManyError

if TYPE_CHECKING:
    from limits import RateLimitItem

    from webmap.settings import Settings


#: Counters kept at most; beyond, those whose time is over are let go.
_COUNTERS = 50_000


class PublicLimits:
    """The counters of public questions; of IPv6 addresses a network is counted.

    They count by fixed windows, and in a plain dict: the storages of ``limits`` start a thread ever so often to let go of
    what is over, which took longer than a lookup.

    Parameters
    ----------
    settings : Settings
        The limits, in words like "600 per minute".
    """

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._counters: dict[tuple[str, str], list[float]] = {}  # end of the window, questions in it
        self._lookup = limit_of("lookup_limit", settings.lookup_limit)
        self._question = limit_of("public_limit", settings.public_limit)
        self._bulk = limit_of("bulk_limit", settings.bulk_limit)
        self._version = limit_of("version_limit", settings.version_limit)

    def lookup(self, address: str | None) -> None:
        """Count a question about a place.

        Parameters
        ----------
        address : str or None
            Where from.

        Raises
        ------
        TooManyError
            If there were too many.
        """
        self._count(self._lookup, "lookup", address)

    def question(self, address: str | None) -> None:
        """Count another question.

        Parameters
        ----------
        address : str or None
            Where from.

        Raises
        ------
        TooManyError
            If there were too many.
        """
        self._count(self._question, "question", address)

    def bulk(self, address: str | None) -> None:
        """Count a bulk lookup.

        Parameters
        ----------
        address : str or None
            Where from.

        Raises
        ------
        TooManyError
            If there were too many.
        """
        self._count(self._bulk, "bulk", address)

    def version(self, address: str | None) -> None:
        """Count an earlier version that must be read first.

        Parameters
        ----------
        address : str or None
            Where from.

        Raises
        ------
        TooManyError
            If there were too many.
        """
        self._count(self._version, "version", address)

    def _count(self, item: RateLimitItem, kind: str, address: str | None) -> None:
        key, now = (kind, place_of(address)), time.monotonic()
        with self._lock:
            counter = self._counters.get(key)
            if counter is None or counter[0] <= now:
                if len(self._counters) >= _COUNTERS:
                    self._counters = {known: each for known, each in self._counters.items() if each[0] > now}
                if len(self._counters) >= _COUNTERS:  # so many at once: better to begin anew than to run out of memory
                    self._counters = {}
                counter = self._counters[key] = [now + item.get_expiry(), 0]
            counter[1] += 1
            over = counter[1] > item.amount
        if over:
            seconds = max(1, round(counter[0] - now))
            raise TooManyError(
                "too many questions from this address", mend=f"Try again in {seconds} seconds.", retry_after=seconds
            )
