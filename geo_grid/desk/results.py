"""What the desk answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from geo_grid.desk.rooms import Stamp
    from geo_grid.edit import AreaState, Fault, Ground
    from geo_grid.store.delta import Delta
    from geo_grid.store.ledger import Head


@dataclass(frozen=True, slots=True)
class DeskView:
    """An area as one of its revisions has it.

    Parameters
    ----------
    ground : Ground
        What editing never changes.
    state : AreaState
        The revision's content.
    number : int
        The revision shown.
    head : Head
        The revision the draft is at, and those undone from it.
    parent : int or None
        The revision before the one shown; None for what was built.
    tables : dict of str to DataFrame
        ``units``, ``grids`` and ``exceptions`` of the area, as in the schema.
    faults : tuple of Fault
        What is out of band, torn or unassigned.
    """

    ground: Ground
    state: AreaState
    number: int
    head: Head
    parent: int | None
    tables: dict[str, pd.DataFrame]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """A change worked out but not stored; small enough to be sent between processes.

    Parameters
    ----------
    area : str
        Code of the area.
    expected : int
        Revision it is based on.
    op : dict
        The operation, as JSON.
    state : str
        Content of the new revision.
    delta : Delta
        Rows of the draft tables that it changes.
    faults : tuple of Fault
        Faults of the area afterwards.
    change : dict
        What moved, as JSON.
    numbers : dict of str to int
        Highest number given under each parent, afterwards.
    stamp : Stamp
        The ground it was worked out on.
    """

    area: str
    expected: int
    op: dict[str, Any]
    state: str
    delta: Delta
    faults: tuple[Fault, ...]
    change: dict[str, Any]
    numbers: dict[str, int]
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class EditResult:
    """A change of an area.

    Parameters
    ----------
    number : int or None
        The revision it made or went to; None for a preview.
    delta : Delta
        Rows of the draft tables that changed.
    faults : tuple of Fault
        Faults of the area afterwards.
    change : dict
        What moved, as JSON.
    head : Head
        The draft's revision, and those undone from it.
    """

    number: int | None
    delta: Delta
    faults: tuple[Fault, ...]
    change: dict[str, Any]
    head: Head


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps an area from being published.

    Parameters
    ----------
    area : str
        Code of the area.
    fault : Fault
        The fault nobody gave a reason for.
    """

    area: str
    fault: Fault
