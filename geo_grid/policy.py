"""Bands, roles and levels of urban and rural areas, with Lüliang's rules as the default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["urban", "rural"]
KeepWhole = Literal["prefer", "always"]


@dataclass(frozen=True, slots=True)
class Band:
    """Households a grid may hold.

    Parameters
    ----------
    low, high : int
        Inclusive bounds, in households; 1 ≤ low ≤ high.
    """

    low: int
    high: int

    def violation(self, households: int) -> int:
        """Return how many households lie outside the band.

        Parameters
        ----------
        households : int
            Households of one grid.

        Returns
        -------
        int
            0 inside the band, else the distance to the nearer bound.
        """
        return max(0, self.low - households, households - self.high)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of grids.

    Parameters
    ----------
    band : Band
        Household band of a grid that is drawn at this level.
    role : str
        Who is in charge of such a grid (网格员, 网格助理员, 网格联络员).
    """

    band: Band
    role: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Levels of one kind of area, coarsest first.

    Parameters
    ----------
    kind : {"urban", "rural"}
        Kind of area this policy is for.
    levels : tuple of Level
        Levels from 1 down; three for urban, two for rural by default.
    keep_whole : {"prefer", "always"}
        Whether a building may be split where a band cannot be met otherwise.
    given_groups : bool
        Whether level 1 is what the villager groups say, where the data has them.
    """

    kind: Kind
    levels: tuple[Level, ...]
    keep_whole: KeepWhole = "prefer"
    given_groups: bool = False


URBAN = Policy(
    "urban",
    (Level(Band(300, 500), "网格员"), Level(Band(50, 100), "网格助理员"), Level(Band(10, 20), "网格联络员")),
)
RURAL = Policy(
    "rural",
    (Level(Band(40, 80), "网格员"), Level(Band(10, 20), "网格联络员")),
    given_groups=True,
)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy of each kind of area.

    Parameters
    ----------
    urban, rural : Policy
        What applies to communities (社区) and to villages (行政村).
    """

    urban: Policy = field(default=URBAN)
    rural: Policy = field(default=RURAL)

    def of(self, kind: str) -> Policy:
        """Return the policy of a kind of area.

        Parameters
        ----------
        kind : str
            "urban" or "rural".

        Returns
        -------
        Policy
            The policy of that kind.
        """
        return self.urban if kind == "urban" else self.rural
