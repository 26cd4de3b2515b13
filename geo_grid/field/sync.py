"""What of a phone's batch is taken, refused, or waits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.field.admission import Context, admit
from geo_grid.field.events import Event
from geo_grid.field.forms import FormError, is_uuid
from geo_grid.field.merge import merge_matter
from geo_grid.field.times import moment, timestamp_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from geo_grid.field.policy import FieldSettings


class Known(NamedTuple):
    """What the server has of an event.

    Parameters
    ----------
    digest : str
        Of what was said.
    home : dict
        ``area_code`` and ``grid_code`` it belongs to; empty while that is not known.
    author : str
        Who said it.
    kind : str
        Its kind.
    refused : str or None
        Why it is refused, of a change that is.
    waiting : tuple of str
        Ids it waits for.
    """

    digest: str
    home: dict[str, Any]
    author: str
    kind: str
    refused: str | None = None
    waiting: tuple[str, ...] = ()


@dataclass(slots=True)
class Reception:
    """What came of a batch.

    Parameters
    ----------
    taken : list of Event
        New events, to be stored in this order in one transaction; those that wait for others are among them.
    waiting : dict of str to tuple of str
        Ids of the taken ones that wait → the ids they wait for.
    rejected : list of (Event, str)
        Changes of matters that may not be made, and photos that belong to nothing of their author's, with the reason. They are
        stored too, change nothing and are told to nobody: but what follows them has to be refused as well, whenever it comes.
    released : list of Event
        Stored events that waited and wait no longer, with the stamp of where they belong: they become visible now.
    late : dict of str to str
        Ids of stored events that waited and are refused now → reason; to be told to their authors.
    answers : list of dict
        One an event sent, in their order: ``id``, ``status`` (taken, known, waiting, refused) and, where there are any,
        ``reason``, ``at``, ``warnings``, ``missing``.
    """

    taken: list[Event] = field(default_factory=list)
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rejected: list[tuple[Event, str]] = field(default_factory=list)
    released: list[Event] = field(default_factory=list)
    late: dict[str, str] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)


def receive(
    batch: Sequence[Any],
    context: Context,
    known: Callable[[str], Known | None],
    changes_of: Callable[[str], Iterable[Event]],
    photos_for: Callable[[str], Iterable[Event]] = lambda _: (),
) -> Reception:
    """Take a batch of events as a phone sent it.

    Parameters
    ----------
    batch : sequence
        JSON values, at most ``batch_events`` of them (:func:`batch_fault`).
    context : Context
        Who sends it; its ``home_of`` is not asked.
    known : callable
        Returns what the server has under an id, or None.
    changes_of : callable
        Returns all changes of a matter that the server has, waiting ones too, by the id of the matter.
    photos_for : callable
        Returns the stored photos that wait for an event, by its id.

    Returns
    -------
    Reception
        What is to be stored, and what is to be answered.

    Notes
    -----
    The same events lead to the same store in whatever batches and however often they come: what is known is answered with
    "known", and what follows something that is not there yet is stored and waits for it. When that comes, what waited is
    released, or refused late; it stays in the store as a rejected one does.
    """
    work = _Batch(context, known, changes_of, photos_for)
    for raw in _in_order(batch):
        work.take(raw)
    work.judge()
    result = Reception(list(work.new.values()), work.waiting, work.rejected, work.released, work.late)
    result.answers = [work.answers[id(raw)] for raw in batch]
    return result


def _in_order(batch: Sequence[Any]) -> list[Any]:
    """Return a batch by its clocks, so that matters come before their changes, and records before their photos."""

    def key(raw: Any) -> tuple[bool, str]:
        own = raw if isinstance(raw, dict) else {}
        return (own.get("kind") == "photo", str(own.get("clock")))

    return sorted(batch, key=key)


class _Batch:
    """A batch while it is taken."""

    def __init__(
        self,
        context: Context,
        known: Callable[[str], Known | None],
        changes_of: Callable[[str], Iterable[Event]],
        photos_for: Callable[[str], Iterable[Event]],
    ) -> None:
        self.context = replace(context, home_of=self.home_of)
        self.known = known
        self.changes_of = changes_of
        self.photos_for = photos_for
        self.new: dict[str, Event] = {}
        self.waiting: dict[str, tuple[str, ...]] = {}
        self.released: list[Event] = []
        self.late: dict[str, str] = {}
        self.rejected: list[tuple[Event, str]] = []
        self.answers: dict[int, dict[str, Any]] = {}
        self.of_new: dict[str, list[dict[str, Any]]] = {}

    def home_of(self, id_: str) -> dict[str, Any] | None:
        own = self.new.get(id_)
        if own is not None:
            return home(own)
        stored = self.known(id_)
        return stored.home if stored is not None and stored.home else None

    def take(self, raw: Any) -> None:
        id_ = raw.get("id") if isinstance(raw, dict) and is_uuid(raw.get("id")) else None
        answer: dict[str, Any] = {"id": id_}
        self.answers[id(raw)] = answer
        try:
            event = admit(raw, self.context)
        except FormError as error:
            before = self.known(id_) if id_ is not None else None
            # what was taken once stays taken, though the plan, the bounds or the day are others now
            if before is not None and _same(raw, self.context.author, before.digest):
                answer |= _again(before)
            else:
                answer |= {"status": "refused", "reason": error.reason, "at": error.at}
            return
        before = self.known(event.id)
        digest = before.digest if before else self.new[event.id].digest() if event.id in self.new else None
        if digest is not None and digest != event.digest():
            answer |= {"status": "refused", "reason": "id_reused", "at": "id"}
        elif before is not None:
            answer |= _again(before)
        else:
            self.new.setdefault(event.id, event)
            self.of_new.setdefault(event.id, []).append(answer)

    def judge(self) -> None:
        """Look at new changes together with what is stored of their matters, and at photos with their owners."""
        refused: dict[str, str] = {}
        for matter in dict.fromkeys(event.matter for event in self.new.values() if event.matter is not None):
            refused |= self.matter(matter)
        for event in list(self.new.values()):
            if event.kind == "photo" and (reason := self.photo(event, refused)) is not None:
                refused[event.id] = reason
        self.release_photos(refused)
        for id_, answers in self.of_new.items():
            for number, answer in enumerate(answers):
                answer.update(self.told(id_, refused, again=number > 0))
        for id_, reason in refused.items():
            self.rejected.append((self.new.pop(id_), reason))

    def matter(self, matter: str) -> dict[str, str]:
        """Judge the changes of one matter; return the new ones that are refused."""
        own = [event for event in self.new.values() if event.matter == matter]
        stored = list(self.changes_of(matter))
        named = {id_ for event in (*own, *stored) for id_ in event.after}
        elsewhere = {id_ for id_ in named if id_ in self.new or self.known(id_) is not None}
        waited = merge_matter(matter, stored, elsewhere - set(self.new))[2]
        merged, no, later = merge_matter(matter, [*stored, *own], elsewhere)
        self.waiting |= {id_: ids for id_, ids in later.items() if id_ in self.new}
        self.late |= {id_: reason for id_, reason in no.items() if id_ in waited}
        if merged is not None:
            mine = home(merged.found)
            done = [merged.changes[id_] for id_ in waited if id_ in merged.changes]
            self.released += [replace(event, stamp=event.stamp | mine) for event in done]
        return {id_: reason for id_, reason in no.items() if id_ in self.new}

    def photo(self, photo: Event, refused: Mapping[str, str]) -> str | None:
        """Judge a photo by what it belongs to."""
        id_ = str(photo.body.get("owner_id"))
        now_there = {event.id: event for event in self.released}
        own, stored = self.new.get(id_) or now_there.get(id_), self.known(id_)
        whose = own if own is not None else stored
        if whose is not None and not _owns(whose, photo):
            return "not_owner"
        if id_ in self.waiting or (own is None and id_ not in self.late and (stored is None or stored.waiting)):
            self.waiting[photo.id] = (id_,)
            return None
        if id_ in refused or id_ in self.late or (stored is not None and stored.refused is not None):
            return "follows_refused"
        if own is not None:  # it may have come before it was known where that belongs
            self.new[photo.id] = replace(photo, stamp=photo.stamp | home(own))
        return None

    def release_photos(self, refused: Mapping[str, str]) -> None:
        """Look at stored photos of events that are there now, or are refused now."""
        for owner in [*self.new.values(), *self.released]:  # a copy: releasing adds to it
            for photo in self.photos_for(owner.id):
                if not _owns(owner, photo):
                    self.late[photo.id] = "not_owner"
                elif owner.id in refused:
                    self.late[photo.id] = "follows_refused"
                elif owner.id not in self.waiting:
                    self.released.append(replace(photo, stamp=photo.stamp | home(owner)))
        for id_ in list(self.late):
            stored = self.known(id_)
            for photo in self.photos_for(id_):
                mine = stored is not None and stored.author == photo.author
                self.late[photo.id] = "follows_refused" if mine else "not_owner"

    def told(self, id_: str, refused: Mapping[str, str], *, again: bool) -> dict[str, Any]:
        if id_ in refused:
            return {"status": "refused", "reason": refused[id_], "at": "kind"}
        warnings = self.new[id_].stamp.get("warnings")
        told: dict[str, Any] = {"warnings": warnings} if warnings else {}
        if id_ in self.waiting:
            return told | {"status": "waiting", "missing": list(self.waiting[id_])}
        return told | {"status": "known" if again else "taken"}


def _owns(owner: Event | Known, photo: Event) -> bool:
    """Whether a photo may belong to an event: one's own, and neither a photo nor a track."""
    return owner.author == photo.author and owner.kind not in ("photo", "track")


def home(event: Event) -> dict[str, Any]:
    """Return where an event belongs.

    Parameters
    ----------
    event : Event
        The event.

    Returns
    -------
    dict
        ``area_code`` and ``grid_code``, as far as they are known.
    """
    return {key: event.stamp[key] for key in ("area_code", "grid_code") if event.stamp.get(key)}


def _again(before: Known) -> dict[str, Any]:
    """Answer to what was sent again."""
    if before.refused is not None:
        return {"status": "refused", "reason": before.refused, "at": "kind"}
    if before.waiting:
        return {"status": "waiting", "missing": list(before.waiting)}
    return {"status": "known"}


def _same(raw: Any, author: str, digest: str) -> bool:
    try:
        matter = raw["id"] if raw["kind"] == "found" else raw.get("matter")
        made = timestamp_of(moment(raw["made_at"]))
        event = Event(
            raw["id"], raw["kind"], author, raw["clock"], made, raw["body"], raw.get("device", ""), matter,
            tuple(sorted(raw.get("after", []))),
        )  # fmt: skip
        return event.digest() == digest
    except (KeyError, TypeError, ValueError):
        return False


def batch_fault(batch: Any, size: int, settings: FieldSettings) -> str | None:
    """Look at a batch as a whole, before its events are looked at.

    Parameters
    ----------
    batch : Any
        A JSON value.
    size : int
        Bytes as it came.
    settings : FieldSettings
        Limits.

    Returns
    -------
    str or None
        "malformed" (it is no list), "too_large" (send it in smaller ones), or None.
    """
    if not isinstance(batch, list):
        return "malformed"
    return "too_large" if len(batch) > settings.batch_events or size > settings.batch_bytes else None
