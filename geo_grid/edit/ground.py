"""The ground of an area: everything that editing never changes, read back from its stored tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from geo_grid.cells import Cells
    from geo_grid.cells.slices import Slices
    from geo_grid.cells.unit_polygons import KnownPoints
    from geo_grid.codes import CodeProfile
    from geo_grid.edit.state import AreaState, Built
    from geo_grid.policy import Policy
    from geo_grid.units import Stacks
    from geo_grid.zoning.graph import AtomGraph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: Metres of common border that hold a grid together; cuts from two sides may miss each other by a rounding.
LEAST_CONTACT = 1e-5


@dataclass(frozen=True, slots=True)
class Links:
    """Which atoms touch, in compressed rows; exclaves touch nothing.

    Parameters
    ----------
    u, v : ndarray of int64, shape (m,)
        Ends of each border.
    length : ndarray of float64, shape (m,)
        Its metres.
    indptr : ndarray of int64, shape (n + 1,)
        Row starts.
    indices : ndarray of int64, shape (2m,)
        Neighbours.
    metres : ndarray of float64, shape (2m,)
        Metres of common border with each.
    """

    u: Ints
    v: Ints
    length: Floats
    indptr: Ints
    indices: Ints
    metres: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """One area without its grids.

    Parameters
    ----------
    code, name, kind : str
        As in the table ``areas``.
    area : DataFrame
        Its row in that table.
    policy : Policy
        Bands and roles.
    profile : CodeProfile
        How codes are put together.
    crs : str
        Coordinate system, as "EPSG:…".
    min_contact : float
        Metres of common border that make neighbours, for the solver.
    given : bool
        Whether level 1 is what the villager groups say.
    groups : dict of str to str
        Villager group of each given grid of level 1.
    stacks : Stacks
        Buildings, and the order in which each may be cut.
    cells : Cells
        Their ground, without the points that cuts put there.
    slices : Slices
        Where each household's share of its building's ground begins.
    atoms : AtomGraph
        The area at the grain of households.
    links : Links
        What holds grids together.
    households : DataFrame
        ``id, building, entrance, floor`` of each household, in the order of the atoms.
    group : ndarray of str, shape (n,)
        Villager group of each atom, None for none.
    stack_ids : ndarray of str, shape (c,)
        What the table ``units`` calls each cell.
    first_atom : ndarray of int64, shape (c + 1,)
        Where the atoms of each cell begin.
    known : KnownPoints
        Points that cuts put into the cells' rims.
    runs : ndarray of int64, shape (n,)
        Unit of each atom in the tables read.
    polygons : ndarray of Polygon
        Polygons of these units.
    odd : ndarray of bool, shape (c,)
        Cells whose stored units cannot be cut the same way again; they are cut anew.
    shown : AreaState
        What the tables read show.
    base : AreaState
        Revision 0.
    memo : dict
        What was worked out for states; may be emptied at any time.
    """

    code: str
    name: str
    kind: str
    area: pd.DataFrame
    policy: Policy
    profile: CodeProfile
    crs: str
    min_contact: float
    given: bool
    groups: Mapping[str, str]
    stacks: Stacks
    cells: Cells
    slices: Slices
    atoms: AtomGraph
    links: Links
    households: pd.DataFrame
    group: NDArray[np.object_]
    stack_ids: NDArray[np.object_]
    first_atom: Ints
    known: KnownPoints
    runs: Ints
    polygons: Geometries
    odd: Bools
    shown: AreaState
    base: AreaState
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def household_ids(self) -> NDArray[np.object_]:
        """Ids of the households, in the order of the atoms."""
        return self.households["id"].to_numpy(dtype=object)

    @property
    def depth(self) -> int:
        """Number of levels."""
        return len(self.policy.levels)

    @property
    def built(self) -> Built:
        """What only revision 0 knows."""
        from geo_grid.edit.state import Built

        return self.base.built or Built()

    @property
    def cell_of(self) -> Ints:
        """Cell of each atom, shape (n,)."""
        import numpy as np

        return np.repeat(np.arange(len(self.stack_ids)), np.diff(self.first_atom))

    def ancestors(self, leaf: str) -> list[str]:
        """Return the codes of a finest grid and of those above it, coarsest first.

        Parameters
        ----------
        leaf : str
            Code of a finest grid.

        Returns
        -------
        list of str
            One code a level.
        """
        codes = [leaf]
        for level in range(self.depth, 1, -1):
            codes.append(self.profile.parent(codes[-1], self.kind, level))
        return codes[::-1]

    def level_of(self, code: str) -> int:
        """Return the level a code is of, by its length.

        Parameters
        ----------
        code : str
            Code of a grid of this area.

        Returns
        -------
        int
            Its level, 0 if it is of none.
        """
        for level in range(1, self.depth + 1):
            if self.profile.pattern(self.code, self.kind, level).fullmatch(code):
                return level
        return 0

    def default_name(self, code: str) -> str:
        """Return what a grid is called by its area, its villager group and its numbers.

        Parameters
        ----------
        code : str
            Code of the grid.

        Returns
        -------
        str
            The name.
        """
        chain, level = [code], self.level_of(code)
        for above in range(level, 1, -1):
            chain.insert(0, self.profile.parent(chain[0], self.kind, above))
        group = self.groups.get(chain[0]) if self.given else None
        head, start = (f"{self.name} {group}", 1) if group is not None else (self.name, 0)
        numbers = [
            str(int("".join(c for c in chain[k][len(chain[k - 1] if k else self.code) :] if c.isdigit())))
            for k in range(start, level)
        ]
        return " ".join(part for part in (head, "-".join(numbers)) if part)
