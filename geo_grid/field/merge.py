"""From events to the state of the field: a pure function of the set of events.

What is sent twice changes nothing, and neither does the order in which events come. The verdict on an event depends on the
event itself and on what it follows, and on nothing else: so it never changes again once all that is there.

Changes of a matter name the changes their author had before the eyes (``after``). Two changes that both follow the same one
were made without knowing of each other: both are kept, both are *heads* of the matter, and shown side by side, until an event
of the kind "resolved" names them all and says which one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geo_grid.field.events import MATTER_KINDS, Event, once
from geo_grid.field.matters import OFFICE, ROLES, STATUSES, RefusedChangeError, Standing, begin, change, may_change

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: Fields of the state of a matter that photos of set-aside changes are kept in.
_NOTE = "noted"


@dataclass(frozen=True, slots=True)
class Matter:
    """What became of a matter.

    Parameters
    ----------
    found : Event
        The event that found it.
    standings : dict of str to Standing
        How it stands after each change that was taken, in the order of their clocks.
    changes : dict of str to Event
        Those changes, notes too, in the same order.
    heads : tuple of str
        Ids of the changes it rests on; several are a conflict.
    """

    found: Event
    standings: dict[str, Standing]
    changes: dict[str, Event]
    heads: tuple[str, ...]

    @property
    def conflict(self) -> bool:
        """Whether changes stand side by side."""
        return len(self.heads) > 1

    @property
    def shown(self) -> Standing:
        """How it counts: as the least done of its heads, so that nothing is finished that somebody disputes."""
        sides = [self.standings[head] for head in self.heads]
        return min(sides, key=lambda side: (STATUSES.index(side.status), side.due_at))

    @property
    def sides(self) -> tuple[Event, ...]:
        """The changes that stand side by side; empty where there is no conflict."""
        return tuple(self.changes[head] for head in self.heads) if self.conflict else ()

    @property
    def set_aside(self) -> tuple[str, ...]:
        """Ids of changes that a resolution did not keep; they stay in the history."""
        aside: set[str] = set()
        for event in self.changes.values():
            if event.kind == "resolved":
                aside |= set(event.after) - {event.body["keep"]}
        return tuple(sorted(aside))


@dataclass(slots=True)
class FieldState:
    """What all events together say.

    Parameters
    ----------
    records, photos, tracks : dict of str to Event
        Events that stand by themselves, by id.
    matters : dict of str to Matter
        By id.
    refused : dict of str to str
        Id of each refused event → one of :data:`geo_grid.field.reasons.REFUSALS`. They change nothing.
    waiting : dict of str to tuple of str
        Id of each event that follows one that is not there yet → ids of those.
    """

    records: dict[str, Event] = field(default_factory=dict)
    photos: dict[str, Event] = field(default_factory=dict)
    tracks: dict[str, Event] = field(default_factory=dict)
    matters: dict[str, Matter] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def conflicts(self) -> dict[str, tuple[Event, ...]]:
        """Matter → the changes that stand side by side."""
        return {id_: matter.sides for id_, matter in self.matters.items() if matter.conflict}


def merge(events: Iterable[Event]) -> FieldState:
    """Work out what events say together.

    Parameters
    ----------
    events : iterable of Event
        In any order, with any repetitions.

    Returns
    -------
    FieldState
        The same for the same set of events. Of two different events under one id, the one that is earlier by its
        clock counts; whoever receives events refuses the second one.
    """
    unique = once(list(events))
    state = FieldState()
    of_matter: dict[str, dict[str, Event]] = {}
    for id_, event in unique.items():
        if event.kind in MATTER_KINDS:
            of_matter.setdefault(event.matter or id_, {})[id_] = event
    for id_, own in sorted(of_matter.items()):
        _add_matter(state, id_, own, unique)
    for event in unique.values():
        if event.kind == "record":
            state.records[event.id] = event
        elif event.kind == "track":
            state.tracks[event.id] = event
    for event in unique.values():
        if event.kind == "photo":
            _add_photo(state, event, unique)
    return state


def _add_photo(state: FieldState, photo: Event, events: dict[str, Event]) -> None:
    owner = events.get(str(photo.body.get("owner_id")))
    if owner is not None and (owner.author != photo.author or owner.kind in ("photo", "track")):
        state.refused[photo.id] = "not_owner"
    elif owner is None or owner.id in state.waiting:
        state.waiting[photo.id] = (str(photo.body.get("owner_id")),)
    elif owner.id in state.refused:
        state.refused[photo.id] = "follows_refused"
    else:
        state.photos[photo.id] = photo


def _add_matter(state: FieldState, id_: str, own: dict[str, Event], events: Collection[str]) -> None:
    matter, refused, waiting = merge_matter(id_, own.values(), events)
    state.refused |= refused
    state.waiting |= waiting
    if matter is not None:
        state.matters[id_] = matter


def merge_matter(
    matter: str, events: Iterable[Event], elsewhere: Collection[str] = ()
) -> tuple[Matter | None, dict[str, str], dict[str, tuple[str, ...]]]:
    """Work out what the changes of one matter say together.

    Parameters
    ----------
    matter : str
        Its id.
    events : iterable of Event
        All its changes, in any order, with any repetitions.
    elsewhere : collection of str
        Ids of events that are known but are no changes of this matter, of those that its changes follow.

    Returns
    -------
    matter : Matter or None
        None where the event that found it is not there, or was refused.
    refused : dict of str to str
        Id → reason.
    waiting : dict of str to tuple of str
        Id → ids it waits for.
    """
    work = _Work(matter, once(list(events)), elsewhere)
    for event in work.events.values():  # by clock: what an event follows comes before it
        work.take(event)
    return work.matter(), work.refused, work.waiting


class _Work:
    """The changes of one matter while they are taken one after the other."""

    def __init__(self, matter: str, events: dict[str, Event], elsewhere: Collection[str]) -> None:
        self.id = matter
        self.events = events
        self.elsewhere = elsewhere
        self.standings: dict[str, Standing] = {}
        self.taken: dict[str, Event] = {}
        self.refused: dict[str, str] = {}
        self.waiting: dict[str, tuple[str, ...]] = {}
        self.heads: set[str] = set()
        self._bit: dict[str, int] = {}
        self._before: dict[str, int] = {}  # the changes each one follows, directly or not, as bits

    def matter(self) -> Matter | None:
        found = self.taken.get(self.id)
        if found is None:
            return None
        heads = sorted(self.heads, key=lambda id_: self.events[id_].order)
        return Matter(found, self.standings, self.taken, tuple(heads))

    def take(self, event: Event) -> None:
        missing = tuple(sorted({id_ for id_ in self.named(event) if not self.known(id_) or id_ in self.waiting}))
        if missing and not self.hopeless(event):
            self.waiting[event.id] = missing
            return
        try:
            standing = self.standing(event)
        except RefusedChangeError as error:
            self.refused[event.id] = str(error)
            return
        self.taken[event.id] = event
        if event.kind == _NOTE:
            return
        self.standings[event.id] = standing
        self.heads -= set(event.after)
        self.heads.add(event.id)
        self._bit[event.id] = 1 << len(self._bit)
        before = self._bit[event.id]
        for id_ in event.after:
            before |= self._before[id_]
        self._before[event.id] = before

    def named(self, event: Event) -> tuple[str, ...]:
        return (self.id, *event.after) if event.kind != "found" else event.after

    def known(self, id_: str) -> bool:
        return id_ in self.events or id_ in self.elsewhere

    def hopeless(self, event: Event) -> bool:
        """Whether an event is refused whatever it waits for says."""
        return any(
            id_ in self.refused or (id_ not in self.events and id_ in self.elsewhere) for id_ in self.named(event)
        )

    def standing(self, event: Event) -> Standing:
        if event.kind == "found":
            return self.first(event)
        self.fits(event)
        if event.kind == "resolved":
            return self.resolved(event)
        if event.kind != _NOTE and len(event.after) > 1:
            raise RefusedChangeError("names_several")
        before, found = self.standings[event.after[0]], self.taken[self.id]
        if event.kind == _NOTE:
            may_change(event, found)
            if event.role not in ROLES:
                raise RefusedChangeError("not_allowed")
            return before
        return change(event, before, found)

    def first(self, event: Event) -> Standing:
        if event.id != self.id:
            raise RefusedChangeError("other_matter")
        return begin(event)

    def fits(self, event: Event) -> None:
        """Refuse an event that follows what it cannot follow."""
        if not event.after:
            raise RefusedChangeError("names_nothing")
        if any(id_ in self.refused for id_ in self.named(event)):
            raise RefusedChangeError("follows_refused")
        for id_ in self.named(event):
            if id_ not in self.events:
                raise RefusedChangeError("other_matter")
            if self.events[id_].clock >= event.clock:
                raise RefusedChangeError("clock_behind")
            if self.events[id_].kind == _NOTE:
                raise RefusedChangeError("follows_note")

    def resolved(self, event: Event) -> Standing:
        if len(event.after) < 2:
            raise RefusedChangeError("names_nothing")
        if event.role not in OFFICE:
            raise RefusedChangeError("not_allowed")
        may_change(event, self.taken[self.id])
        for one in event.after:
            if any(other != one and self._before[other] & self._bit[one] for other in event.after):
                raise RefusedChangeError("not_concurrent")
        if event.body.get("keep") not in event.after:
            raise RefusedChangeError("keeps_nothing")
        return self.standings[event.body["keep"]]
