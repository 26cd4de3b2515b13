"""What is refused because somebody else was faster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.errors import StoreError

if TYPE_CHECKING:
    from geo_grid.store.records import Head


class NewerError(StoreError):
    """A store is of a newer program; nothing may be built over it."""


class NotTakenError(StoreError):
    """What is to be kept of somebody makes no sense; nothing was changed."""


class ConflictError(StoreError):
    """A change is based on a revision that is not the head any more.

    Parameters
    ----------
    area : str
        Code of the area; empty where the plan as a whole is another.
    expected : int
        The revision the change is based on.
    head : Head
        Where the area is now.
    edits : list of dict
        What happened since, oldest first, as :meth:`geo_grid.store.ledger.Ledger.edits` returns it.
    """

    def __init__(self, area: str, expected: int, head: Head, edits: list[dict[str, Any]]) -> None:
        self.area = area
        self.expected = expected
        self.head = head
        self.edits = edits
        if not area:
            super().__init__("another program changed the plan meanwhile; nothing was written", mend="Run it again.")
            return
        what = f"area {area} is at revision {head.number}, the change was made on revision {expected}"
        if head.number == expected:
            what = f"area {area} was built anew meanwhile"
        super().__init__(what, mend="Look at what changed and make the change again.")
