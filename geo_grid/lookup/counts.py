"""Counts fit to be published."""

from __future__ import annotations

#: The least count that is published as it is; a smaller one could tell of single households.
LEAST_COUNT = 10


def public_count(count: int, least: int = LEAST_COUNT) -> int | str:
    """Return a count as the public may see it.

    Parameters
    ----------
    count : int
        Households of anything.
    least : int
        The least count that is told exactly.

    Returns
    -------
    int or str
        The count, or ``"<10"`` for all below, zero too: that nobody lives somewhere is also news.
    """
    return int(count) if count >= least else f"<{least}"
