"""Grids inside one, of which nodes may change sides: who is where, and what touches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Touch(NamedTuple):
    """A neighbour of a node.

    Parameters
    ----------
    node : int
        The neighbour.
    metres : float
        Length of the common border.
    passable : bool
        Whether a node may go over here to another leaf: no barrier lies between, and the border is long enough.
    holds : int
        The finest level at which the border holds a grid together: where it is not passable, only grids that both are
        in already; −1 for none.
    """

    node: int
    metres: float
    passable: bool
    holds: int


@dataclass(frozen=True, slots=True)
class Board:
    """What may move.

    Parameters
    ----------
    weight : list of int
        Households of each node.
    stays : list of int
        Of these the households that were in it before, with the new data.
    home : list of int
        Leaf each node is in.
    touches : list of list of Touch
        Neighbours of each node.
    chains : list of tuple of int
        For each leaf the grids it lies in, coarsest first; the last one is itself a grid.
    bands : list of tuple of int or None
        Band of each grid; None for one that nothing may enter or leave.
    apart : frozenset of int
        Nodes that are not looked at.
    """

    weight: list[int]
    stays: list[int]
    home: list[int]
    touches: list[list[Touch]]
    chains: list[tuple[int, ...]]
    bands: list[tuple[int, int] | None]
    apart: frozenset[int] = frozenset()
    _between: dict[tuple[int, int], tuple[int, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def between(self, leaf: int, other: int) -> tuple[int, ...]:
        """Tell at which levels two leaves are in different grids.

        Parameters
        ----------
        leaf, other : int
            The leaves.

        Returns
        -------
        tuple of int
            Levels; none where nothing may go from the one to the other.
        """
        found = self._between.get((leaf, other))
        if found is None:
            one, two = self.chains[leaf], self.chains[other]
            found = tuple(level for level in range(self.depth) if one[level] != two[level])
            if any(self.bands[chain[level]] is None for level in found for chain in (one, two)):
                found = ()
            self._between[leaf, other] = found
        return found

    def homes(self) -> list[set[int]]:
        """Return the nodes in each grid, but for those that are not looked at.

        Returns
        -------
        list of set of int
            Nodes by grid.
        """
        out: list[set[int]] = [set() for _ in self.bands]
        for at, leaf in enumerate(self.home):
            if at not in self.apart:
                for grid in self.chains[leaf]:
                    out[grid].add(at)
        return out

    @property
    def depth(self) -> int:
        """Number of levels."""
        return len(self.chains[0])

    def count(self, values: list[int]) -> list[int]:
        """Add up values of the nodes by grid, as they were.

        Parameters
        ----------
        values : list of int
            Value of each node.

        Returns
        -------
        list of int
            Sum by grid.
        """
        out = [0] * len(self.bands)
        for value, leaf in zip(values, self.home, strict=True):
            if value:
                for grid in self.chains[leaf]:
                    out[grid] += value
        return out


@dataclass(frozen=True, slots=True)
class State:
    """Who is where; each node moves once at most.

    Parameters
    ----------
    label : list of int
        Leaf of each node.
    sizes : list of int
        Households of each grid.
    room : list of int
        How many of those who were there each grid may still lose.
    lacks, over : list of int
        By level, how many households are wanted, and to spare.
    away : dict of int to int
        Where nodes went.
    moved : int
        Households that moved.
    cut : float
        Metres by which borders have grown.
    """

    label: list[int]
    sizes: list[int]
    room: list[int]
    lacks: list[int]
    over: list[int]
    away: dict[int, int]
    moved: int
    cut: float
