"""What keeps a build, and a rebuild, from a draft that planners worked on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from geo_grid.store.base import Store


def refuse_to_discard(store: Store, what: str = "a new build begins the draft anew") -> None:
    """Refuse to go over a draft that planners worked on: their grids would not be those of the new data.

    Parameters
    ----------
    store : Store
        A store with a plan.
    what : str
        What would become of the draft.

    Raises
    ------
    UsageError
        If it holds changes since it was built.
    """
    with store.ledger() as ledger:
        done = [row for row in ledger.edits(ledger.build(), limit=sys.maxsize) if row["area_code"] and row["after"]]
        behind = {area for area, head in ledger.heads().items() if ledger.published_heads().get(area) != head.number}
    if done:
        areas = {row["area_code"] for row in done}
        people = ", ".join(sorted({row["author"] for row in done})[:5])
        raise UsageError(
            f"the draft holds {len(done)} changes by {people} in {len(areas)} areas, of which {len(behind)} are not"
            f" published as they are; {what}",
            file=store.label,
            mend="Publish what shall be kept, then go on with --discard-draft (published versions and the record stay)",
        )
