"""The small values that go in and out of a ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple


class NewRevision(NamedTuple):
    """A revision to be stored.

    Parameters
    ----------
    state : str
        The area's state, as text.
    op : str
        The operation that led to it, as JSON text.
    name : str, optional
        Name of a snapshot.
    """

    state: str
    op: str
    name: str | None = None


class Audit(NamedTuple):
    """What is written down of an accepted change.

    Parameters
    ----------
    author : str
        Who.
    what : str
        Name of the operation.
    request : dict
        What was asked for; JSON values.
    change : dict
        What came of it; JSON values.
    why : str, optional
        The reason given.
    """

    author: str
    what: str
    request: dict[str, Any]
    change: dict[str, Any]
    why: str | None = None


#: What is written down of accounts; who is bounded to some codes learns of it only of accounts bounded to those.
ACCOUNT_AUDITS = ("account", "invite", "revoke")
#: What is written down of people who work in the grids.
PEOPLE_AUDITS = ("import_staff", "staff", "import_organisations")
#: What changes no area.
OFFICE_AUDITS = frozenset({*ACCOUNT_AUDITS, *PEOPLE_AUDITS})


class Head(NamedTuple):
    """The revision the tables of an area show.

    Parameters
    ----------
    number : int
        Number of the revision; 0 as built.
    ahead : tuple of int
        Where "redo" leads, next first.
    """

    number: int
    ahead: tuple[int, ...]


#: The head of an area nobody has edited.
AS_BUILT = Head(0, ())


def timestamp() -> str:
    """Return the present moment.

    Returns
    -------
    str
        ISO 8601, UTC, to the millisecond.
    """
    return datetime.now(UTC).isoformat(timespec="milliseconds")
