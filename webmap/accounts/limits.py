"""How often something may be tried; counted in this process, which is the only one that answers."""

from __future__ import annotations

import time
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from geo_grid.errors import UsageError
from webmap.refusals import TooManyError

if TYPE_CHECKING:
    from webmap.settings import Settings


class Limits:
    """The counters of one service.

    Parameters
    ----------
    settings : Settings
        The limits, in words like "10 per 5 minutes".
    """

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._pair = limit_of("login_limit", settings.login_limit)
        self._name = limit_of("login_name_limit", settings.login_name_limit)
        self._address = limit_of("login_address_limit", settings.login_address_limit)
        self._edits = limit_of("edits_limit", settings.edits_limit)

    def attempt(self, name: str, address: str | None) -> None:
        """Count an attempt to sign in, before it is judged: attempts at the same moment count too.

        Parameters
        ----------
        name : str
            The account tried; empty for a one-time link.
        address : str or None
            Where from.

        Raises
        ------
        TooManyError
            If there were too many.
        """
        place = place_of(address)
        self._count(self._address, "address", place)
        if name:
            self._count(self._pair, "pair", name, place)
            self._count(self._name, "name", name)

    def succeeded(self, name: str, address: str | None) -> None:
        """Forget the attempts that led to a login.

        Parameters
        ----------
        name : str
            The account.
        address : str or None
            Where from.
        """
        self._limiter.clear(self._pair, "pair", name, place_of(address))
        self._limiter.clear(self._name, "name", name)

    def edit(self, name: str) -> None:
        """Count a change or a preview.

        Parameters
        ----------
        name : str
            Whose.

        Raises
        ------
        TooManyError
            If there were too many.
        """
        self._count(self._edits, "edit", name)

    def _count(self, item: RateLimitItem, *key: str) -> None:
        if not self._limiter.hit(item, *key):
            until = self._limiter.get_window_stats(item, *key).reset_time
            seconds = max(1, round(until - time.time()))
            raise TooManyError(
                "too many requests of this kind", mend=f"Try again in {seconds} seconds.", retry_after=seconds
            )


def limit_of(setting: str, words: str) -> RateLimitItem:
    """Return a limit told in words.

    Parameters
    ----------
    setting : str
        Name of the setting.
    words : str
        Like "10 per 5 minutes".

    Returns
    -------
    RateLimitItem
        The limit.

    Raises
    ------
    UsageError
        If the words mean none.
    """
    try:
        return parse(words)
    except ValueError:
        raise UsageError(
            f"setting {setting} is no limit: {words!r}", mend='Write it like "10 per 5 minutes".'
        ) from None


@lru_cache(maxsize=4096)
def place_of(address: str | None) -> str:
    """Return what is counted of an address: of IPv6 the network, for one machine has a network full of addresses.

    Parameters
    ----------
    address : str or None
        Where a request came from.

    Returns
    -------
    str
        The address or its network.
    """
    try:
        found = ip_address((address or "").split("%")[0])
    except ValueError:
        return address or "?"
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
