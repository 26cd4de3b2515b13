"""What planners do to the grids of an area: each a frozen value that goes to JSON and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Op:
    """Anything a planner does; the kinds below say what."""

    kind: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the op as JSON values.

        Returns
        -------
        dict
            What :func:`geo_grid.edit.parse.parse_op` reads.
        """
        return {"op": self.kind, **{name: _plain(value) for name, value in asdict(self).items()}}


@dataclass(frozen=True, slots=True)
class Move(Op):
    """Give units to another grid.

    Parameters
    ----------
    units : tuple of str
        Ids of the units.
    to : str or None
        Code of the grid that takes them; None for a new one.
    level : int
        Level of that grid.
    """

    kind: ClassVar[str] = "move"
    units: tuple[str, ...]
    to: str | None
    level: int


@dataclass(frozen=True, slots=True)
class SplitLine(Op):
    """Cut a grid along a line.

    Parameters
    ----------
    grid : str
        Its code.
    line : tuple of (float, float)
        Points of the line, in the plan's coordinate system.
    """

    kind: ClassVar[str] = "split_line"
    grid: str
    line: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Split(Op):
    """Let the solver divide a grid.

    Parameters
    ----------
    grid : str
        Its code.
    parts : int or None
        Number of grids wanted; None leaves it to the band.
    """

    kind: ClassVar[str] = "split"
    grid: str
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class Merge(Op):
    """Make one grid of several of one level.

    Parameters
    ----------
    grids : tuple of str
        Their codes.
    into : str or None
        The one that stays; None for the one with most households.
    """

    kind: ClassVar[str] = "merge"
    grids: tuple[str, ...]
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Lock(Op):
    """Keep the households of grids as they are, or let them change again.

    Parameters
    ----------
    grids : tuple of str
        Their codes.
    locked : bool
        Whether they are locked from now on.
    """

    kind: ClassVar[str] = "lock"
    grids: tuple[str, ...]
    locked: bool


@dataclass(frozen=True, slots=True)
class Rename(Op):
    """Name a grid.

    Parameters
    ----------
    grid : str
        Its code.
    name : str
        Its name; empty for the name its numbers give it.
    """

    kind: ClassVar[str] = "rename"
    grid: str
    name: str


@dataclass(frozen=True, slots=True)
class Excuse(Op):
    """Write down why a grid is out of its band.

    Parameters
    ----------
    grid : str
        Its code.
    reason : str or None
        The words; None takes them back.
    """

    kind: ClassVar[str] = "excuse"
    grid: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Cut(Op):
    """Make the lower and the upper part of a unit things of their own that can be moved.

    Parameters
    ----------
    unit : str
        Its id.
    after : int or None
        Households below the cut.
    floor : int or None
        Last floor below the cut, where ``after`` is not given.
    """

    kind: ClassVar[str] = "cut"
    unit: str
    after: int | None = None
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Resolve(Op):
    """Draw grids anew around what is locked.

    Parameters
    ----------
    grids : tuple of str or None
        Codes of what is drawn anew; None for the whole area.
    seed : int
        Seed.
    """

    kind: ClassVar[str] = "resolve"
    grids: tuple[str, ...] | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Mend(Op):
    """Bring grids back into their bands with as few households moved as can be.

    Parameters
    ----------
    grids : tuple of str or None
        Codes of the grids to be mended, together with their neighbours; None for the whole area.
    seed : int
        Seed.
    """

    kind: ClassVar[str] = "mend"
    grids: tuple[str, ...] | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Assign(Op):
    """Take over grids that were drawn elsewhere.

    Parameters
    ----------
    grids : dict of str to str
        Key of the finest grid of each household, by id, and of units, by id, that have none (or as a whole).
    parents : dict of str to str
        Key of the parent of a key, where its code does not say it.
    names : dict of str to str
        Names of grids, by key.
    """

    kind: ClassVar[str] = "assign"
    grids: Mapping[str, str]
    parents: Mapping[str, str]
    names: Mapping[str, str]


def _plain(value: Any) -> Any:
    """Return tuples as lists, all the way down."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
