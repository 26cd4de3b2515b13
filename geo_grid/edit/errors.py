"""What an edit is refused for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.errors import GeoGridError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Why an edit may be refused: the key a page translates by.
REFUSALS = (
    "breaks_contiguity",
    "leaves_unassigned",
    "given_group",
    "locked",
    "no_such_unit",
    "no_such_grid",
    "no_such_level",
    "other_level",
    "no_change",
    "no_solution",
    "not_cut",
    "no_codes_left",
)


class RefusedError(GeoGridError):
    """An edit that would break what no edit may break.

    Parameters
    ----------
    message : str
        One sentence that says what is wrong.
    reason : str
        One of :data:`REFUSALS`.
    grids : sequence of str, optional
        Codes of the grids concerned.
    at : tuple of float, optional
        Where on the map (x, y in metres) the trouble is.
    mend : str, optional
        What the planner can do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        grids: Sequence[str] = (),
        at: tuple[float, float] | None = None,
        mend: str | None = None,
    ) -> None:
        self.reason = reason
        self.grids = list(grids)
        self.at = at
        super().__init__(message, mend=mend)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error travel between processes."""
        return _again, (self.message, self.reason, self.grids, self.at, self.mend)


def _again(
    message: str, reason: str, grids: list[str], at: tuple[float, float] | None, mend: str | None
) -> RefusedError:
    return RefusedError(message, reason=reason, grids=grids, at=at, mend=mend)
