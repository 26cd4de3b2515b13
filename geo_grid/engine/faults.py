"""What is said of a build that cannot be finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_grid.errors import GeoGridError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_grid.engine.tasks import Zoned
    from geo_grid.keep import Shelf

#: So many bad areas are named in the one line; all of them in a file beside it.
_NAMED = 10


class AreasFailedError(GeoGridError):
    """Areas that could not be zoned; all others were.

    Parameters
    ----------
    failed : sequence of Zoned
        What became of them.
    total : int
        Number of areas of the city.
    shelf : Shelf
        Where the others are kept.
    """

    exit_status = 1

    def __init__(self, failed: Sequence[Zoned], total: int, shelf: Shelf) -> None:
        self.failed = sorted((area.code, area.fault, area.trace) for area in failed)
        named = "; ".join(f"{code} ({fault})" for code, fault, _ in self.failed[:_NAMED])
        more = f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        mend = "Every area must have grids: nothing was stored."
        if details := shelf.note("failed.txt", "\n".join(map("\n".join, self.failed))):
            mend += f" The others are kept: when these are mended, go on with --resume. Details: {details}"
        super().__init__(f"{len(failed)} of {total} areas could not be zoned: {named}{more}", mend=mend)
