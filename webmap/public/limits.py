"""How much one address may ask; counted in this process, which is the only one that answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from webmap.accounts.limits import limit_of, place_of
from webmap.refusals import TooManyError

if TYPE_CHECKING:
    from limits import RateLimitItem

    from webmap.settings import Settings


class PublicLimits:
    """The counters of public questions; of IPv6 addresses a network is counted.

    Parameters
    ----------
    settings : Settings
        The limits, in words like "600 per minute".
    """

    def __init__(self, settings: Settings) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
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
        key = kind, place_of(address)
        if not self._limiter.hit(item, *key):
            until = self._limiter.get_window_stats(item, *key).reset_time
            seconds = max(1, round(until - time.time()))
            raise TooManyError(
                "too many questions from this address", mend=f"Try again in {seconds} seconds.", retry_after=seconds
            )
