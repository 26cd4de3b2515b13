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

    from geo_grid.store.ledger import Ledger

#: After so many seconds it is asked again whether the roster changed.
LOOK_SECONDS = 2.0

_LOG = logging.getLogger("geo_grid.people")
_Told = dict[str, str | None]
#: Stamp, and by grid first day, last day and what is told.
_Known = tuple[str, dict[str, list[tuple[str, str, _Told]]]]


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
        self._known: _Known | None = None
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

    def _now(self) -> _Known:
        known = self._known
        if known is not None and not self._stale():
            return known
        if not self._turn.acquire(blocking=known is None) and known is not None:
            return known  # somebody is looking already
        reading = False
        try:
            if self._known is None:
                self._known = self._read() or ("", {})
                self._looked = self._clock()
            elif self._stale():
                self._looked = self._clock()
                reading = self._changed(self._known[0])
                if reading:  # whoever asked need not wait for it
                    threading.Thread(target=self._renew, daemon=True, name="roster").start()
            return self._known
        finally:
            if not reading:
                self._turn.release()

    def _stale(self) -> bool:
        return self._clock() >= self._looked + self._seconds

    def _renew(self) -> None:
        try:
            self._known = self._read() or self._known
        finally:
            self._turn.release()

    def _changed(self, stamp: str) -> bool:
        try:
            return str(self._ledger().people_stamp()) != stamp
        except StoreError as error:
            _LOG.warning("it cannot be found out whether the roster changed: %s", error.line())
            return False

    def _read(self) -> _Known | None:
        try:
            ledger = self._ledger()
            return str(ledger.people_stamp()), _terms(ledger)  # in this order: a change between is found next time
        except StoreError as error:  # a map without names is better than none
            _LOG.warning("who works in the grids cannot be read: %s", error.line())
            return None


def _terms(ledger: Ledger) -> dict[str, list[tuple[str, str, _Told]]]:
    """Return terms by grid, with their first and last day and what may be told."""
    out: dict[str, list[tuple[str, str, _Told]]] = {}
    for code, role, name, phone, begin, end in ledger.public_terms():
        out.setdefault(code, []).append((begin, end, {"role": role, "name": name, "phone": phone}))
    return out
