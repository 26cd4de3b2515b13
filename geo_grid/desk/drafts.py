"""The draft of each area: looked at, changed, and every change stored with its revision and its line in the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.desk.results import Computed, DeskView, EditResult
from geo_grid.desk.rooms import Rooms
from geo_grid.desk.settings import DeskSettings
from geo_grid.edit import apply_op, delta_of, faults_of, parse_op
from geo_grid.errors import UsageError
from geo_grid.store.ledger import Audit, ConflictError, NewRevision

if TYPE_CHECKING:
    from geo_grid.desk.rooms import Room
    from geo_grid.edit import Fault
    from geo_grid.store.base import Store
    from geo_grid.store.ledger import Head


class Drafts:
    """The drafts of one store; may be shared between threads.

    Parameters
    ----------
    store : Store
        The plan.
    settings : DeskSettings, optional
        Limits.
    """

    def __init__(self, store: Store, settings: DeskSettings | None = None) -> None:
        self.store = store
        self.settings = settings or DeskSettings()
        self.ledger = store.ledger()
        self.rooms = Rooms(store, self.ledger, self.settings.areas_kept)

    def close(self) -> None:
        """Let go of the store."""
        self.ledger.close()

    def view(self, area: str, number: int | None = None) -> DeskView:
        """Return an area as one of its revisions has it.

        Parameters
        ----------
        area : str
            Code of the area.
        number : int, optional
            The revision; the draft's by default.

        Returns
        -------
        DeskView
            Tables, faults and where the draft stands.

        Raises
        ------
        StoreError
            If there is no such area or revision.
        """
        room, head = self.rooms.room(area), self.ledger.head(area)
        shown = head.number if number is None else number
        state = self.rooms.state(room, shown)
        parent = self.ledger.revision(area, shown)["parent"] if shown else None
        faults = tuple(faults_of(room.ground, state))
        return DeskView(room.ground, state, shown, head, parent, room.tables(shown, state), faults)

    def compute(self, area: str, expected: int, op: dict[str, Any]) -> Computed:
        """Work out a change; nothing is stored.

        Parameters
        ----------
        area : str
            Code of the area.
        expected : int
            The revision it is based on.
        op : dict
            The operation, as JSON (:func:`geo_grid.edit.parse_op`).

        Returns
        -------
        Computed
            What :meth:`commit` stores.

        Raises
        ------
        UsageError
            If the operation is none.
        RefusedError
            If a promise forbids it.
        StoreError
            If there is no such area or revision.
        """
        parsed = parse_op(op)
        room = self.rooms.room(area)
        before = self.rooms.state(room, expected)
        outcome = apply_op(room.ground, before, parsed, self.ledger.code_numbers(area))
        return Computed(
            area=area,
            expected=expected,
            op=parsed.to_dict(),
            state=outcome.state.to_text(),
            delta=delta_of(room.ground, before, outcome.state),
            faults=tuple(outcome.faults),
            change=outcome.change,
            numbers=dict(outcome.numbers),
            stamp=room.stamp,
        )

    def commit(self, computed: Computed, *, author: str, why: str | None = None) -> EditResult:
        """Store a change that was worked out.

        Parameters
        ----------
        computed : Computed
            From :meth:`compute`, in this process or another.
        author : str
            Who does it.
        why : str, optional
            Their reason.

        Returns
        -------
        EditResult
            The new revision.

        Raises
        ------
        ConflictError
            If somebody else changed the area meanwhile.
        """
        area = computed.area
        room = self.rooms.room(area)
        if room.stamp != computed.stamp:  # built or published anew: the rows would not fit their neighbours
            raise ConflictError(area, computed.expected, self.ledger.head(area), [])
        audit = Audit(author, computed.op["op"], computed.op, computed.change, self.checked_text(why))
        number = self.ledger.commit(
            area,
            computed.expected,
            NewRevision(computed.state, computed.op["op"]),
            computed.delta,
            audit,
            computed.numbers,
            build=room.stamp.build,
            origin=self._origin(room),
        )
        return EditResult(number, computed.delta, computed.faults, computed.change, self.ledger.head(area))

    def edit(self, area: str, expected: int, op: dict[str, Any], *, author: str, why: str | None = None) -> EditResult:
        """Change an area.

        Parameters
        ----------
        area : str
            Code of the area.
        expected : int
            The revision the change is based on.
        op : dict
            The operation, as JSON.
        author : str
            Who does it.
        why : str, optional
            Their reason.

        Returns
        -------
        EditResult
            The new revision and what changed.

        Raises
        ------
        ConflictError
            If the draft is not at that revision any more.
        RefusedError
            If a promise forbids it.
        """
        self._expect(area, expected)  # before the work, and once more in the transaction
        return self.commit(self.compute(area, expected, op), author=author, why=why)

    def preview(self, area: str, expected: int, op: dict[str, Any]) -> EditResult:
        """Show what a change would do; nothing is stored.

        Parameters
        ----------
        area : str
            Code of the area.
        expected : int
            The revision the change is based on.
        op : dict
            The operation, as JSON.

        Returns
        -------
        EditResult
            As :meth:`edit`, with no revision.
        """
        done = self.compute(area, expected, op)
        return EditResult(None, done.delta, done.faults, done.change, self.ledger.head(area))

    def keep(self, area: str, base: int, op: dict[str, Any], *, author: str, name: str) -> int:
        """Keep a change as a named snapshot beside the draft, which stays as it is.

        Parameters
        ----------
        area : str
            Code of the area.
        base : int
            The revision the change is based on; it need not be the draft's.
        op : dict
            The operation, as JSON.
        author : str
            Who does it.
        name : str
            Name of the snapshot.

        Returns
        -------
        int
            The new revision.
        """
        return self.keep_done(self.compute(area, base, op), author=author, name=name)

    def keep_done(self, done: Computed, *, author: str, name: str) -> int:
        """Keep a change that was worked out as a named snapshot beside the draft.

        Parameters
        ----------
        done : Computed
            From :meth:`compute`, in this process or another.
        author : str
            Who does it.
        name : str
            Name of the snapshot.

        Returns
        -------
        int
            The new revision.
        """
        revision = NewRevision(done.state, done.op["op"], self.checked_name(name))
        audit, room = Audit(author, "keep", done.op, done.change), self.rooms.room(done.area)
        return self.ledger.branch(
            done.area, done.expected, revision, audit, done.numbers, build=done.stamp.build, origin=self._origin(room)
        )

    def faults(self, area: str) -> tuple[Fault, ...]:
        """Return the faults of an area's draft.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        tuple of Fault
            None where all is well.
        """
        room = self.rooms.room(area)
        return tuple(faults_of(room.ground, self.rooms.state(room, self.ledger.head(area).number)))

    def _expect(self, area: str, expected: int) -> Head:
        head = self.ledger.head(area)
        if head.number != expected:
            edits = [row for row in self.ledger.edits(area=area, newest=True) if (row["after"] or 0) > expected]
            raise ConflictError(area, expected, head, edits)
        return head

    def _origin(self, room: Room) -> str | None:
        """Return the text of what was built, which the tables no longer show once the area is edited."""
        return None if self.ledger.revisions(room.ground.code) else room.ground.base.to_text()

    def checked_name(self, name: str) -> str:
        """Return a name of a snapshot or a version as it is kept.

        Parameters
        ----------
        name : str
            What somebody wrote.

        Returns
        -------
        str
            Without needless blanks.

        Raises
        ------
        UsageError
            If it is empty or too long.
        """
        text = " ".join(name.split())
        if not 0 < len(text) <= self.settings.name_characters:
            raise UsageError(f"a name has 1 to {self.settings.name_characters} characters")
        return text

    def checked_text(self, text: str | None) -> str | None:
        """Return a reason, note or comment as it is kept.

        Parameters
        ----------
        text : str or None
            What somebody wrote.

        Returns
        -------
        str or None
            None for nothing.

        Raises
        ------
        UsageError
            If it is too long.
        """
        text = (text or "").strip()
        if len(text) > self.settings.text_characters:
            raise UsageError(f"a text has at most {self.settings.text_characters} characters")
        return text or None
