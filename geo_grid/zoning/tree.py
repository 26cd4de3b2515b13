"""The nested zones of an area as a tree: parts that are drawn by themselves, and the zones drawn in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.certificates import smallest_violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.policy import Band
    from geo_grid.zoning.parts import Piece


@dataclass(slots=True)
class Zone:
    """One zone.

    Parameters
    ----------
    piece : Piece
        Its nodes; connected unless the zone was given.
    parts : list of Part
        Its connected parts as they were divided at the next level; empty at the finest.
    """

    piece: Piece
    parts: list[Part] = field(default_factory=list)
    households: int = field(init=False)

    def __post_init__(self) -> None:
        self.households = self.piece.households  # asked for at every level above

    @property
    def shortfall(self) -> int:
        """Violation below this zone beyond what the counts force."""
        return sum(part.shortfall for part in self.parts)


@dataclass(slots=True)
class Part:
    """A connected piece that is divided by itself.

    Parameters
    ----------
    piece : Piece
        Its nodes.
    band : Band
        Band of its zones.
    zones : list of Zone
        What it was divided into.
    alone : bool
        Whether it is the whole area, or the whole zone of the level above.
    lumps : int
        Violation that buildings above the band force where they may not be split.
    bound : int or None
        Proven lower bound of the violation of its zones, where more than counting was needed.
    method : str
        How that bound was proven.
    """

    piece: Piece
    band: Band
    zones: list[Zone]
    alone: bool
    lumps: int = 0
    bound: int | None = None
    method: str = "counts"
    least: int = field(init=False)
    """Least violation the count of households admits."""

    def __post_init__(self) -> None:
        self.least = smallest_violation(self.piece.households, self.band.low, self.band.high)[0]

    @property
    def violation(self) -> int:
        """Violation of its zones, those below left out."""
        return sum(self.band.violation(zone.households) for zone in self.zones)

    @property
    def shortfall(self) -> int:
        """Violation of its zones, and of those below, beyond what counts and large buildings force."""
        return self.violation - max(self.least, self.lumps) + sum(zone.shortfall for zone in self.zones)


def neighbours(part: Part, zone: Zone) -> Iterator[Zone]:
    """Yield the zones that touch a zone of the same part, the longest border first.

    Parameters
    ----------
    part : Part
        The part.
    zone : Zone
        One of its zones.

    Yields
    ------
    Zone
        Each neighbour.
    """
    owner = np.empty(part.piece.n, np.int64)
    for number, other in enumerate(part.zones):
        owner[np.searchsorted(part.piece.atoms, other.piece.atoms)] = number
    mine = next(number for number, other in enumerate(part.zones) if other is zone)
    a, b = owner[part.piece.u], owner[part.piece.v]
    touching = (a != b) & ((a == mine) | (b == mine))
    other_end = np.where(a == mine, b, a)[touching]
    border = np.bincount(other_end, part.piece.length[touching], len(part.zones))
    for number in np.argsort(-border, kind="stable").tolist():
        if border[number] > 0:
            yield part.zones[number]
