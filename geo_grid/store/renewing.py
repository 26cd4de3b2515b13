"""What a rebuild reads of a draft, place by place, and how it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.schema import TABLES
from geo_grid.store.ledger_base import LedgerBase
from geo_grid.store.taking import Taking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_grid.store.taking import Staying

_AT_ONCE = 500  # codes in one statement


class Renewing(LedgerBase):
    """The part of the ledger that takes new household data."""

    def shapes_in(self, grid: str, level: int) -> dict[str, Any]:
        """Return the shapes of the units of a grid, or of an area.

        Parameters
        ----------
        grid : str
            Its code.
        level : int
            Its level, 0 for an area.

        Returns
        -------
        dict of str to Polygon
            Shape by unit.
        """
        with self._backend.reading() as tx:
            column = f"grid_code_l{int(level)}" if level else "area_code"
            query = f"SELECT id, {tx.geometry_column} FROM units WHERE {column} = ? ORDER BY id"  # noqa: S608
            found = tx.rows(query, (grid,))
            shapes = tx.geometry(TABLES["units"], [body for _, body in found]).tolist()
        return {name: shape for (name, _), shape in zip(found, shapes, strict=True)}

    def shares_of(self, grids: Sequence[str]) -> list[tuple[str, str]]:
        """Return which elements grids have shares of.

        Parameters
        ----------
        grids : sequence of str
            Codes.

        Returns
        -------
        list of tuple
            Element and grid.
        """
        out: list[tuple[str, str]] = []
        with self._backend.reading() as tx:
            for start in range(0, len(grids), _AT_ONCE):
                some = list(grids[start : start + _AT_ONCE])
                marks = ", ".join("?" * len(some))
                query = f"SELECT element_id, grid_code FROM element_shares WHERE grid_code IN ({marks})"  # noqa: S608
                out += tx.rows(query, some)
        return out

    def grids_near(self, boxes: Sequence[tuple[float, float, float, float]]) -> set[str]:
        """Return the codes of grids near some places.

        Parameters
        ----------
        boxes : sequence of tuple
            West, south, east and north of each.

        Returns
        -------
        set of str
            Codes of the grids, of all areas and levels, whose boxes meet one of them.
        """
        with self._backend.reading() as tx:
            return tx.keys_near(TABLES["grids"], boxes)

    def grid_shapes(self, codes: Sequence[str]) -> dict[str, Any]:
        """Return the shapes of grids.

        Parameters
        ----------
        codes : sequence of str
            Their codes.

        Returns
        -------
        dict of str to MultiPolygon
            Shape of each that is there.
        """
        found: list[tuple[Any, ...]] = []
        with self._backend.reading() as tx:
            for start in range(0, len(codes), _AT_ONCE):
                some = list(codes[start : start + _AT_ONCE])
                marks = ", ".join("?" * len(some))
                found += tx.rows(f"SELECT code, {tx.geometry_column} FROM grids WHERE code IN ({marks})", some)  # noqa: S608
            shapes = tx.geometry(TABLES["grids"], [body for _, body in found]).tolist()
        return dict(zip((code for code, _ in found), shapes, strict=True))

    def units_at(self, places: Sequence[tuple[str, float, float]], reach: float) -> list[list[tuple[str, Any]]]:
        """Find the units at some places.

        Parameters
        ----------
        places : sequence of tuple
            Area, x and y of each.
        reach : float
            Metres around each within which a unit's box must lie.

        Returns
        -------
        list of list of tuple
            For each place ids and shapes of units of the area whose boxes are near.
        """
        with self._backend.reading() as tx:
            return [
                tx.near(TABLES["units"], area, (x - reach, y - reach, x + reach, y + reach)) for area, x, y in places
            ]

    def unit_shapes(self, ids: Sequence[str]) -> list[Any]:
        """Return the shapes of units.

        Parameters
        ----------
        ids : sequence of str
            Their ids; not more than a building has.

        Returns
        -------
        list of Polygon
            One a unit that is there.
        """
        marks = ", ".join("?" * len(ids))
        with self._backend.reading() as tx:
            query = f"SELECT {tx.geometry_column} FROM units WHERE id IN ({marks}) ORDER BY id"  # noqa: S608
            found = tx.rows(query, list(ids))
            return list(tx.geometry(TABLES["units"], [body for (body,) in found])) if found else []

    def taking(self, staying: Staying, crs: str, *, ahead: bool) -> Taking:
        """Begin to take new household data into the draft, wholly or not at all.

        Parameters
        ----------
        staying : Staying
            What is known of households.
        crs : str
            Coordinate system of the plan.
        ahead : bool
            Whether writing is to begin at once, beside what is still worked out; the store is read meanwhile as it was.

        Returns
        -------
        Taking
            A context manager; nothing is changed where it ends before it was finished.
        """
        return Taking(self._backend, staying, crs, ahead=ahead)
