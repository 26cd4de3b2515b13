"""Which areas can take their new households as they are, and which have to be drawn anew."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from geo_grid.texts import objects, one_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from geo_grid.rebuild.changed import Patch


#: Why an area is looked at whose counts left a band.
BAND = "a band is broken"
#: Why an area is looked at where an exception may have other numbers.
PROOF = "what was proved of an exception may hold no more"
#: What the status of a grid says that is out of its band.
ODD = frozenset({"exception", "open"})


class Grid(NamedTuple):
    """A grid of the draft.

    Parameters
    ----------
    code : str
        Its code.
    level : int
        Its level.
    parent : str
        The grid, or at level 1 the area, it belongs to.
    area : str
        Its area.
    households : int
        Households in it.
    low, high : int or None
        Its band; None where it was given.
    status, name, role : str
        As in the table ``grids``.
    """

    code: str
    level: int
    parent: str
    area: str
    households: int
    low: int | None
    high: int | None
    status: str
    name: str
    role: str

    def outside(self, households: int) -> int:
        """Return how far outside its band a number of households is.

        Parameters
        ----------
        households : int
            The number.

        Returns
        -------
        int
            Below 0: too few; above 0: too many.
        """
        if self.low is None or self.high is None:
            return 0
        return min(0, households - self.low) + max(0, households - self.high)


class Judge:
    """Knows the grids of a draft.

    Parameters
    ----------
    grids : DataFrame
        What :meth:`geo_grid.store.drafted.Drafted.grid_list` returned.
    """

    def __init__(self, grids: pd.DataFrame) -> None:
        code, parent, area, status, name, role = (
            objects(one_array(grids[column])).tolist()
            for column in ("code", "parent_code", "area_code", "status", "name", "role")
        )
        low, high = (grids[column].to_numpy(dtype=object, na_value=None).tolist() for column in ("low", "high"))
        up = [home if above is None else above for above, home in zip(parent, area, strict=True)]
        level, households = grids["level"].tolist(), grids["households"].tolist()
        rows = zip(code, level, up, area, households, low, high, status, name, role, strict=True)
        self.grids = dict(zip(code, map(Grid._make, rows), strict=True))
        self._odd: dict[str, list[Grid]] = defaultdict(list)
        self._of_area: dict[str, list[Grid]] = defaultdict(list)
        for grid in self.grids.values():
            self._of_area[grid.area].append(grid)
            if grid.status in ODD:
                self._odd[grid.area].append(grid)

    def of_area(self, area: str) -> list[Grid]:
        """Return the grids of an area.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        list of Grid
            All levels.
        """
        return self._of_area[area]

    def deltas(self, patch: Patch) -> dict[str, int]:
        """Count what each touched grid wins or loses.

        Parameters
        ----------
        patch : Patch
            Changed units of an area.

        Returns
        -------
        dict of str to int
            Households by code, 0 where as many come as go.
        """
        out: dict[str, int] = defaultdict(int)
        for unit in patch.units.values():
            for codes, count in ((unit.grids, unit.households), (unit.before, -max(unit.was, 0))):
                for code in codes:
                    if code is not None:
                        out[code] += count
        return out

    def broken(self, deltas: dict[str, int]) -> list[Grid]:
        """Return the grids that new data puts out of their bands.

        Parameters
        ----------
        deltas : dict of str to int
            What :meth:`deltas` returned.

        Returns
        -------
        list of Grid
            By code.
        """
        grids = (self.grids[code] for code in sorted(deltas))
        return [grid for grid in grids if grid.outside(grid.households + deltas[grid.code])]

    def why_anew(self, patch: Patch, deltas: dict[str, int], locked: Iterable[str]) -> set[str]:
        """Say why an area has to be drawn anew.

        Parameters
        ----------
        patch : Patch
            Changed units of an area.
        deltas : dict of str to int
            What :meth:`deltas` returned.
        locked : iterable of str
            Codes of its locked grids.

        Returns
        -------
        set of str
            Reasons; empty where all its grids stay in their bands, and all that was proved of others still holds.
        """
        why = set(patch.why)
        if any(locked):
            why.add("grids are locked")
        for code, delta in deltas.items():
            grid = self.grids[code]
            now = grid.households + delta
            if grid.outside(now):
                why.add(BAND)
            if now == 0 < grid.households:
                why.add("a grid has lost all its households")
            if delta and grid.households == 0:
                why.add("a grid where nobody lived has households")
        for grid in self._odd[patch.area]:
            if self.concerns(grid, deltas):
                why.add(PROOF)
        return why

    def odd(self, area: str) -> list[Grid]:
        """Return the grids of an area that are out of their bands, or in several pieces.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        list of Grid
            Coarsest first.
        """
        return sorted(self._odd.get(area, ()), key=lambda grid: grid.level)

    @staticmethod
    def concerns(grid: Grid, deltas: Mapping[str, int]) -> bool:
        """Tell whether what was proved of an exception may hold no more.

        Parameters
        ----------
        grid : Grid
            The grid.
        deltas : mapping of str to int
            What :meth:`deltas` returned, in its area.

        Returns
        -------
        bool
            True if its households, or those of the grid or area it was drawn in, were counted anew.
        """
        if grid.code in deltas:
            return True
        return grid.low is not None and (grid.parent in deltas or grid.parent == grid.area)
