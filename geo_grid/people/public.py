"""What the public may know of who works in the grids: name, role, and the phone of those who agreed."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from geo_grid.errors import StoreError
from geo_grid.people.duty import public_staff

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    import pandas as pd

    from geo_grid.store.ledger import Ledger

#: After so many seconds it is asked again whether the roster changed.
LOOK_SECONDS = 2.0

_LOG = logging.getLogger("geo_grid.people")
_Told = dict[str, str | None]


def public_people(ledger: Ledger, codes: Iterable[str], on: dt.date) -> dict[str, list[_Told]]:
    """Return who is in charge of grids, as the public may see it; asks the store every time.

    Parameters
    ----------
    ledger : Ledger
        Where people are kept.
    codes : iterable of str
        Codes of the grids.
    on : date
        The day.

    Returns
    -------
    dict of str to list of dict
        By grid ``role, name, phone``; the phone is None unless the person agreed.
    """
    wanted = list(codes)
    return public_staff(ledger.staff(wanted, on=on), wanted, on)


class PublicRoster:
    """The same, answered from memory: phones that are not public are not even there. Threads may share it.

    Parameters
    ----------
    ledger : callable
        Gives the ledger when it is first needed.
    seconds : float
        How long a change may go unnoticed.
    clock : callable
        Seconds that only grow.
    """

    def __init__(
        self,
        ledger: Callable[[], Ledger],
        seconds: float = LOOK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger, self._seconds, self._clock = ledger, seconds, clock
        self._turn = threading.Lock()
        self._known: tuple[str, dict[str, list[tuple[str, str, _Told]]]] | None = None
        self._looked = float("-inf")

    def stamp(self) -> str:
        """Return what tells the roster from its successor.

        Returns
        -------
        str
            Equal while no answer changes.
        """
        return self._now()[0]

    def staff(self, codes: Iterable[str], on: dt.date) -> dict[str, list[dict[str, Any]]]:
        """Return who is in charge of grids.

        Parameters
        ----------
        codes : iterable of str
            Codes of the grids.
        on : date
            The day.

        Returns
        -------
        dict of str to list of dict
            By grid ``role, name, phone``; the phone is None unless the person agreed.
        """
        known, day = self._now()[1], on.isoformat()
        return {code: [dict(told) for begin, end, told in known.get(code, ()) if begin <= day <= end] for code in codes}

    def _now(self) -> tuple[str, dict[str, list[tuple[str, str, _Told]]]]:
        known = self._known
        if known is not None and self._clock() < self._looked + self._seconds:
            return known
        if not self._turn.acquire(blocking=known is None) and known is not None:
            return known  # somebody is looking already
        try:
            if self._known is None or self._clock() >= self._looked + self._seconds:
                self._known = self._look(self._known)
                self._looked = self._clock()
            return self._known
        finally:
            self._turn.release()

    def _look(self, known: tuple[str, dict[str, list[tuple[str, str, _Told]]]] | None) -> tuple[str, Any]:
        try:
            ledger = self._ledger()
            stamp = str(ledger.people_stamp())
            if known is not None and known[0] == stamp:
                return known
            return stamp, _terms(ledger.staff())
        except StoreError as error:  # a map without names is better than none
            _LOG.warning("who works in the grids cannot be read: %s", error.line())
            return known or ("", {})


def _terms(staff: pd.DataFrame) -> dict[str, list[tuple[str, str, _Told]]]:
    """Return terms by grid, with their first and last day and what may be told."""
    out: dict[str, list[tuple[str, str, _Told]]] = {}
    plain = staff.astype(object).where(staff.notna(), None).sort_values("id")
    names = ("grid_code", "role", "name", "phone", "phone_public", "term_from", "term_to")
    for code, role, name, phone, public, begin, end in zip(*(plain[column] for column in names), strict=True):
        told = {"role": role, "name": name, "phone": phone if public == 1 else None}
        out.setdefault(code, []).append((begin or "", end or "9999-12-31", told))
    return out
