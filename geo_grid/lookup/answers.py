"""What a lookup answers with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from geo_grid.lookup.locator import Locator


class Floors(NamedTuple):
    """A range of floors of a building; an end is None where the plan does not know it."""

    entrance: str | None
    low: int | None
    high: int | None


class SplitFloor(NamedTuple):
    """A floor that several grids share, and which of its doors are one grid's.

    Doors are in the order buildings are cut in, that of their addresses: ``first``, ``middle`` or ``last`` ones, and None
    where a grid has doors here and there.
    """

    entrance: str | None
    floor: int
    doors: str | None


@dataclass(frozen=True, slots=True)
class Building:
    """A building of a grid, or the part of it that is the grid's.

    Parameters
    ----------
    name : str or None
        Its name.
    whole : bool
        Whether all of it is the grid's.
    floors : tuple of Floors
        What of it is the grid's; empty where all of it is.
    split : tuple of SplitFloor
        Floors of these that another grid has doors on.
    """

    name: str | None
    whole: bool
    floors: tuple[Floors, ...] = ()
    split: tuple[SplitFloor, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One side a place belongs to.

    Parameters
    ----------
    area : str
        Code of the area.
    grids : tuple of str
        Codes of the grids, level 1 first.
    floors : tuple of Floors
        Inside a building that several grids share: what of it is this grid's. Empty elsewhere, and where the building
        is too small to be told apart.
    building : str or None
        Name of that building, where it is large enough to be named.
    shared : bool
        Whether the place is in a building that several grids share.
    split : tuple of SplitFloor
        Floors of these that another grid has doors on.
    stack : int
        Number of that building in this index; -1 elsewhere.
    """

    area: str
    grids: tuple[str, ...]
    floors: tuple[Floors, ...] = ()
    building: str | None = None
    shared: bool = False
    split: tuple[SplitFloor, ...] = ()
    stack: int = -1

    @property
    def leaf(self) -> str:
        """Code of the finest grid."""
        return self.grids[-1]

    def has_floor(self, floor: int, entrance: str | None = None) -> bool:
        """Return whether a floor may be this grid's.

        Parameters
        ----------
        floor : int
            A floor.
        entrance : str, optional
            The entrance, where it is known.

        Returns
        -------
        bool
            True outside shared buildings, and where floors are unknown.
        """
        if not self.floors:
            return True
        return any(
            (part.low is None or part.low <= floor)
            and (part.high is None or floor <= part.high)
            and (entrance is None or part.entrance is None or part.entrance == entrance)
            for part in self.floors
        )


@dataclass(frozen=True, slots=True)
class Nearest:
    """What is nearest to a place outside all areas.

    Parameters
    ----------
    area : str
        Code of the area.
    grids : tuple of str
        Codes of its grids there, level 1 first; only as far down as one building has one answer.
    metres : float
        Distance.
    """

    area: str
    grids: tuple[str, ...]
    metres: float


@dataclass(frozen=True, slots=True)
class Answer:
    """All grids of one place.

    Parameters
    ----------
    hits : tuple of Hit
        Every side, by code: one inside a grid, several on a border or in a shared building, none outside.
    on_border : bool
        Whether different grids meet at the place on the map.
    nearest : Nearest or None
        Outside all areas, what is nearest, if anything is within reach.
    """

    hits: tuple[Hit, ...]
    on_border: bool = False
    nearest: Nearest | None = None

    @property
    def asks_floor(self) -> bool:
        """Whether the floor, or the entrance, would tell more."""
        return len(self.hits) > 1 and any(
            any(each is not None for each in part) for hit in self.hits for part in hit.floors
        )

    @property
    def agreed(self) -> tuple[str, ...]:
        """Codes of the grids of the first side, level 1 first, as far down as all floors there agree."""
        if not self.hits:
            return ()
        first = self.hits[0]
        if not first.shared:
            return first.grids
        return common_grids(hit.grids for hit in self.hits if hit.stack == first.stack)

    def on_floor(self, floor: int, entrance: str | None = None) -> Answer:
        """Return the answer for one floor.

        Parameters
        ----------
        floor : int
            A floor.
        entrance : str, optional
            The entrance, where it is known.

        Returns
        -------
        Answer
            Only the hits that may have this floor; the same answer where none has it.
        """
        kept = tuple(hit for hit in self.hits if hit.has_floor(floor, entrance))
        return replace(self, hits=kept) if kept else self


def common_grids(chains: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return the grids that all chains begin with.

    Parameters
    ----------
    chains : iterable of sequence of str
        Codes, level 1 first.

    Returns
    -------
    tuple of str
        Codes, level 1 first.
    """
    codes = []
    for level in zip(*chains, strict=False):
        if len(set(level)) > 1:
            break
        codes.append(level[0])
    return tuple(codes)


class Neighbour(NamedTuple):
    """A grid of the same level beside another, and how long (m) their common border is."""

    code: str
    metres: float


@dataclass(frozen=True, slots=True)
class ElementShare:
    """What a grid or an area looks after of one element.

    Parameters
    ----------
    id, kind : str
        Id and class of the element.
    name : str or None
        Its name.
    unit : str
        "m", "m2" or "count".
    measure : float
        The part of the element that is counted here.
    held : float
        What is looked after; more than `measure` along shared borders.
    rows : tuple of int
        Rows of the table ``element_shares``, for their geometry.
    """

    id: str
    kind: str
    name: str | None
    unit: str
    measure: float
    held: float
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Answers to many places, as columns.

    Parameters
    ----------
    locator : Locator
        What answered.
    first : ndarray of int, shape (n,)
        Row in the index's ``grids`` of the finest grid of the first hit; -1 outside.
    hits : ndarray of int, shape (n,)
        How many hits there are.
    shared : ndarray of bool, shape (n,)
        Whether the place is in a building that several grids share: then the first hit is one of several.
    depth : ndarray of int, shape (n,)
        On how many levels, from the first on, all floors agree with the first hit; 3 where the floor plays no part.
    nearest : ndarray of int, shape (n,)
        Row in the index's ``units`` of the nearest unit of a place outside; -1 inside, and out of reach.
    metres : ndarray of float, shape (n,)
        Distance to it; NaN where there is none.
    place, unit : ndarray of int, shape (m,)
        All pairs of a place and a unit there, by place.
    """

    locator: Locator
    first: NDArray[Any]
    hits: NDArray[Any]
    shared: NDArray[Any]
    depth: NDArray[Any]
    nearest: NDArray[Any]
    metres: NDArray[Any]
    place: NDArray[Any]
    unit: NDArray[Any]

    def __len__(self) -> int:
        return len(self.first)

    def codes(self, level: int) -> NDArray[Any]:
        """Return the code of the first hit's grid at a level, whatever floor one is on.

        Parameters
        ----------
        level : int
            1, 2 or 3.

        Returns
        -------
        ndarray of object, shape (n,)
            Codes; None outside, and where an area has no such level. In a building that several grids share the lowest
            one, where `depth` is less than the level.
        """
        return self.locator.chain_codes(self.first, level)

    def agreed(self) -> list[list[str | None] | None]:
        """Return what each place alone says, as :attr:`Answer.agreed` does for one.

        Returns
        -------
        list of list of str or None
            Codes, level 1 first; None for a level that the floor decides, and None outside instead of a list.
        """
        chains = zip(*(self.codes(level).tolist() for level in (1, 2, 3)), self.depth.tolist(), strict=True)
        return [
            None
            if one is None
            else [code if level < depth else None for level, code in enumerate((one, two, three)) if code is not None]
            for one, two, three, depth in chains
        ]

    def areas(self) -> NDArray[Any]:
        """Return the code of the first hit's area.

        Returns
        -------
        ndarray of object, shape (n,)
            Codes; None outside.
        """
        return self.locator.area_codes(self.first)

    def answer(self, place: int) -> Answer:
        """Return the whole answer to one of the places.

        Parameters
        ----------
        place : int
            Its position.

        Returns
        -------
        Answer
            As a single lookup gives it.
        """
        from_, to = self.place.searchsorted([place, place + 1])
        return self.locator.answer(self.unit[from_:to], int(self.nearest[place]), float(self.metres[place]))
