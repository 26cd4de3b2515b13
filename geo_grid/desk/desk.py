"""The desk: the drafts of a store, the way back and forth through their revisions, and publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.desk.drafts import Drafts
from geo_grid.desk.publish import Publisher
from geo_grid.desk.results import EditResult
from geo_grid.edit import compare_states, delta_of, faults_of
from geo_grid.errors import UsageError
from geo_grid.store.ledger import Audit

if TYPE_CHECKING:
    from geo_grid.desk.rooms import Room
    from geo_grid.desk.settings import DeskSettings
    from geo_grid.edit import AreaState
    from geo_grid.store.base import Store


class Desk(Drafts):
    """A desk over one store; may be shared between threads.

    Parameters
    ----------
    store : Store
        The plan.
    settings : DeskSettings, optional
        Limits.
    """

    def __init__(self, store: Store, settings: DeskSettings | None = None) -> None:
        super().__init__(store, settings)
        self.publisher = Publisher(self)

    def areas(self, prefix: str = "") -> list[dict[str, Any]]:
        """Return the areas and where their drafts stand.

        Parameters
        ----------
        prefix : str, optional
            What their codes begin with.

        Returns
        -------
        list of dict
            ``code, name, kind, households, open`` (grids out of band without a reason), ``revision`` and
            ``published_revision`` (None where the present building of the area was not published).
        """
        heads, published = self.ledger.heads(), self.ledger.published_heads()
        return [
            row
            | {
                "revision": heads[row["code"]].number if row["code"] in heads else 0,
                "published_revision": published.get(row["code"]),
            }
            for row in self.ledger.area_figures(prefix)
        ]

    def undo(self, area: str, expected: int, *, author: str) -> EditResult:
        """Take the draft back to the revision before.

        Parameters
        ----------
        area : str
            Code of the area.
        expected : int
            The revision the draft is at.
        author : str
            Who does it.

        Returns
        -------
        EditResult
            What changed.

        Raises
        ------
        UsageError
            If the draft is what was built.
        ConflictError
            If the draft is not at that revision any more.
        """
        head = self._expect(area, expected)
        if head.number == 0:
            raise UsageError("there is nothing to undo: the area is as it was built")
        parent = self.ledger.revision(area, head.number)["parent"]
        return self._move(area, head.number, parent, (head.number, *head.ahead), author, "undo")

    def redo(self, area: str, expected: int, *, author: str, to: int | None = None) -> EditResult:
        """Take the draft forward again.

        Parameters
        ----------
        area : str
            Code of the area.
        expected : int
            The revision the draft is at.
        author : str
            Who does it.
        to : int, optional
            One of the revisions made from the present one; the one that was undone last by default, else the newest.

        Returns
        -------
        EditResult
            What changed.

        Raises
        ------
        UsageError
            If nothing was made from the present revision, or not that.
        ConflictError
            If the draft is not at that revision any more.
        """
        head = self._expect(area, expected)
        after = self.children(area, head.number)
        if not after:
            raise UsageError("there is nothing to redo")
        undone = [number for number in head.ahead[:1] if number in after]
        number = to if to is not None else (undone or [max(after)])[0]
        if number not in after:
            raise UsageError(f"revision {number} was not made from revision {head.number}")
        ahead = head.ahead[1:] if undone == [number] else ()
        return self._move(area, head.number, number, ahead, author, "redo")

    def go(self, area: str, expected: int, number: int, *, author: str) -> EditResult:
        """Take the draft to any revision, such as a snapshot.

        Parameters
        ----------
        area : str
            Code of the area.
        expected : int
            The revision the draft is at.
        number : int
            Where to go.
        author : str
            Who does it.

        Returns
        -------
        EditResult
            What changed.

        Raises
        ------
        ConflictError
            If the draft is not at that revision any more.
        """
        head = self._expect(area, expected)
        if number == head.number:
            raise UsageError(f"the draft is at revision {number} already")
        return self._move(area, head.number, number, (), author, "go")

    def children(self, area: str, number: int) -> list[int]:
        """Return the revisions made from one.

        Parameters
        ----------
        area : str
            Code of the area.
        number : int
            The revision.

        Returns
        -------
        list of int
            Oldest first.
        """
        return sorted(row["number"] for row in self.ledger.revisions(area) if row["parent"] == number)

    def name(self, area: str, number: int, name: str, *, author: str) -> None:
        """Make a revision a snapshot.

        Parameters
        ----------
        area : str
            Code of the area.
        number : int
            The revision.
        name : str
            Name of the snapshot.
        author : str
            Who does it.
        """
        text = self.checked_name(name)
        audit = Audit(author, "snapshot", {"revision": number, "name": text}, {})
        self.ledger.name_revision(area, number, text, audit)

    def history(self, area: str) -> list[dict[str, Any]]:
        """Return all revisions of an area.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        list of dict
            ``number, parent, name, author, made_at, op``, oldest first; without their contents.
        """
        return self.ledger.revisions(area)

    def compare(self, area: str, a: int | str, b: int | str) -> dict[str, Any]:
        """Say what each grid gained and lost between two revisions.

        Parameters
        ----------
        area : str
            Code of the area.
        a, b : int or str
            Revisions: a number, "draft", "built" or "published".

        Returns
        -------
        dict
            As :func:`geo_grid.edit.compare_states`.
        """
        room = self.rooms.room(area)
        states = [self.rooms.state(room, self.number(area, which)) for which in (a, b)]
        return compare_states(room.ground, *states)

    def number(self, area: str, which: int | str) -> int:
        """Return the number of a revision that has a word of its own.

        Parameters
        ----------
        area : str
            Code of the area.
        which : int or str
            A number, "draft", "built" or "published".

        Returns
        -------
        int
            Its number.

        Raises
        ------
        UsageError
            If it is none of these, or the area was not published since it was built.
        """
        if isinstance(which, int) or which.isdecimal():
            return int(which)
        if which == "built":
            return 0
        if which == "draft":
            return self.ledger.head(area).number
        if which != "published":
            raise UsageError(f"{which!r} is no revision", mend="Give a number, draft, built or published.")
        number = self.ledger.published_heads().get(area)
        if number is None:
            raise UsageError("the area was not published yet", mend="Compare with what was built instead.")
        return number

    def _move(self, area: str, number: int, target: int, ahead: tuple[int, ...], author: str, what: str) -> EditResult:
        room = self.rooms.room(area)
        before, after = (self.rooms.state(room, which) for which in (number, target))
        delta = delta_of(room.ground, before, after)
        change = _moved(room, before, after)
        audit = Audit(author, what, {"to": target}, change)
        self.ledger.move_head(area, number, target, ahead, delta, audit, build=room.stamp.build)
        return EditResult(target, delta, tuple(faults_of(room.ground, after)), change, self.ledger.head(area))


def _moved(room: Room, before: AreaState, after: AreaState) -> dict[str, Any]:
    """Say how many households went from which grid to which, as the change of an edit does."""
    rows = compare_states(room.ground, before, after)["rows"]
    return {
        "moved": [
            {"level": row["level"], "from": part["from"], "to": row["code"], "households": part["households"]}
            for row in rows
            for part in row["gained"]
        ]
    }
