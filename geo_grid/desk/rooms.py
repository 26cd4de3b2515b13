"""Grounds, states and tables of the areas that are being worked on, kept ready."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.edit import GROUND_TABLES, AreaState, area_tables, read_ground

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from geo_grid.edit import Ground
    from geo_grid.store.base import Store
    from geo_grid.store.ledger import Ledger


#: Revisions of one area whose states and tables are kept.
REVISIONS_KEPT = 8


class Stamp(NamedTuple):
    """Which building and which publishing a ground was read after.

    Parameters
    ----------
    build : int
        What :meth:`geo_grid.store.ledger.Ledger.build` said.
    version : int
        Number of the latest version; 0 for none.
    """

    build: int
    version: int


class Room:
    """One area, ready to be edited.

    Parameters
    ----------
    ground : Ground
        What editing never changes.
    stamp : Stamp
        Which building and publishing of the plan the ground was read after.
    """

    def __init__(self, ground: Ground, stamp: Stamp) -> None:
        self.ground, self.stamp = ground, stamp
        self._lock = threading.Lock()
        self._states: OrderedDict[int, AreaState] = OrderedDict()
        self._tables: OrderedDict[int, dict[str, pd.DataFrame]] = OrderedDict()

    def state(self, number: int, read: Callable[[], str]) -> AreaState:
        """Return the state of a revision.

        Parameters
        ----------
        number : int
            The revision.
        read : callable
            Reads its stored text.

        Returns
        -------
        AreaState
            Its content.
        """
        return self._kept(self._states, number, lambda: AreaState.from_text(read(), self.ground))

    def tables(self, number: int, state: AreaState) -> dict[str, pd.DataFrame]:
        """Return the tables of a revision.

        Parameters
        ----------
        number : int
            The revision.
        state : AreaState
            Its content.

        Returns
        -------
        dict of str to DataFrame
            As :func:`geo_grid.edit.area_tables` makes them; not to be changed.
        """
        return self._kept(self._tables, number, lambda: area_tables(self.ground, state))

    def _kept(self, shelf: OrderedDict[int, Any], number: int, make: Callable[[], Any]) -> Any:
        with self._lock:
            if number in shelf:
                shelf.move_to_end(number)
                return shelf[number]
        made = make()  # outside the lock: others may go on; made twice it is the same
        with self._lock:
            shelf[number] = made
            while len(shelf) > REVISIONS_KEPT:
                shelf.popitem(last=False)
        return made


class Rooms:
    """The rooms of a store, the least used given up first.

    Parameters
    ----------
    store : Store
        The plan.
    ledger : Ledger
        Its revisions.
    most : int
        Areas kept.
    """

    def __init__(self, store: Store, ledger: Ledger, most: int) -> None:
        self._store, self._ledger, self._most = store, ledger, most
        self._lock = threading.Lock()
        self._opening: dict[str, threading.Lock] = {}
        self._rooms: OrderedDict[str, Room] = OrderedDict()

    def stamp(self) -> Stamp:
        """Say which building and which publishing the stored plan comes from.

        Returns
        -------
        Stamp
            Another one when grounds have to be read again: both may move the vertices of area borders.
        """
        return Stamp(self._ledger.build(), max((row["number"] for row in self._ledger.versions()), default=0))

    def room(self, area: str) -> Room:
        """Return the room of an area, made ready if it is not.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        Room
            Its room.

        Raises
        ------
        StoreError
            If there is no such area.
        """
        stamp = self.stamp()
        with self._lock:
            opening = self._opening.setdefault(area, threading.Lock())
        with opening:  # one reads, the others wait for it
            with self._lock:
                room = self._rooms.get(area)
                if room is not None and room.stamp == stamp:
                    self._rooms.move_to_end(area)
                    return room
            room = Room(self._ground(area), stamp)
            with self._lock:
                self._rooms[area] = room
                while len(self._rooms) > self._most:
                    self._opening.pop(self._rooms.popitem(last=False)[0], None)
            return room

    def _ground(self, area: str) -> Ground:
        return read_ground(self._store.area_plan(area, GROUND_TABLES), self._ledger.origin(area))

    def state(self, room: Room, number: int) -> AreaState:
        """Return the state of a revision of a room's area.

        Parameters
        ----------
        room : Room
            The room.
        number : int
            The revision; 0 for what was built.

        Returns
        -------
        AreaState
            Its content.
        """
        if number == 0:
            return room.ground.base
        return room.state(number, lambda: self._ledger.state(room.ground.code, number))
