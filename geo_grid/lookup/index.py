"""The index of a plan: from places, codes and names to grids."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import shapely

from geo_grid.lookup.buildings import Buildings
from geo_grid.lookup.columns import texts
from geo_grid.lookup.counts import LEAST_COUNT
from geo_grid.lookup.errors import UnknownCodeError
from geo_grid.lookup.facts import Facts
from geo_grid.lookup.kinship import Kinship
from geo_grid.lookup.locator import Locator
from geo_grid.lookup.places import Places
from geo_grid.lookup.search import SEARCH_LIMIT, Found, SearchIndex, entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from geo_grid.lookup.answers import Answer, Building, Bulk, ElementShare, Neighbour
    from geo_grid.lookup.search import Entry
    from geo_grid.model import Plan

#: Tables a lookup is made of; all are public.
LOOKUP_TABLES = ("areas", "units", "grids", "elements", "element_shares")

#: Households a building needs before its name and floors are told; the name of a single home can be an address.
NAMES_FROM = 5


class LookupIndex:
    """A plan, ready to be asked for places, codes and names; codes of nothing raise UnknownCodeError.

    Parameters
    ----------
    plan : Plan
        The tables of :data:`LOOKUP_TABLES`; others in it are not looked at.
    names_from : int
        Households a building needs before its name and floors are told.
    least_count : int
        The least count of households that is told exactly.
    """

    def __init__(self, plan: Plan, *, names_from: int = NAMES_FROM, least_count: int = LEAST_COUNT) -> None:
        self.crs = plan.crs
        self._places = Places(plan.crs)
        known = plan.meta.get("place_names")
        self._place_names: dict[str, str] = known if isinstance(known, dict) else {}
        self.areas: Any = plan["areas"].sort_values("code", kind="stable", ignore_index=True)
        # by code, so that the lowest row is the lowest code: that is what makes the first hit the same always
        self.grids: Any = plan["grids"].sort_values("code", kind="stable", ignore_index=True)
        self.units: Any = plan["units"].reset_index(drop=True)
        self.elements: Any = plan["elements"].reset_index(drop=True)
        self.shares: Any = plan["element_shares"].reset_index(drop=True)
        self._facts = Facts(self.areas, self.grids, least_count)
        self.locator = Locator(self.grids, self.units, names_from)
        self._area_row = {code: row for row, code in enumerate(texts(self.areas, "code").tolist())}
        self._grid_row = {code: row for row, code in enumerate(texts(self.grids, "code").tolist())}

    @cached_property
    def _kinship(self) -> Kinship:
        return Kinship(self.areas, self.grids, self.elements, self.shares)

    @cached_property
    def _search(self) -> SearchIndex:
        area = self.units["area_code"].to_numpy(dtype=object)
        buildings = ((stack, name, area[row]) for stack, name, row in self.locator.stacks.named())
        return SearchIndex(entries_of(self.areas, self.grids, buildings, self._place_names))

    @cached_property
    def _coarse(self) -> SearchIndex:
        return SearchIndex(self._entries(self.grids[self.grids["level"] == 1]))

    def _entries(self, grids: Any) -> Iterator[Entry]:
        """List areas, and some of the grids."""
        for entry in entries_of(self.areas, grids, (), self._place_names):
            yield replace(entry, row=self._grid_row[entry.code]) if entry.level else entry

    @cached_property
    def _buildings(self) -> Buildings:
        return Buildings(self.locator.stacks, self.locator.grid_of_units)

    # ---- places

    def locate(self, lon: ArrayLike, lat: ArrayLike, datum: str = "WGS84") -> tuple[NDArray[Any], NDArray[Any]]:
        """Return places in the plan's coordinates.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Degrees.
        datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
            Their datum.

        Returns
        -------
        x, y : ndarray of float64, shape (n,)
            Metres; NaN where the degrees are of no place on earth.
        """
        return self._places.metres(lon, lat, datum)

    def degrees(self, x: ArrayLike, y: ArrayLike, datum: str = "WGS84") -> tuple[NDArray[Any], NDArray[Any]]:
        """Return degrees of places in the plan's coordinates.

        Parameters
        ----------
        x, y : array_like of float, shape (n,)
            Metres.
        datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
            Datum wanted.

        Returns
        -------
        lon, lat : ndarray of float64, shape (n,)
            Degrees.
        """
        return self._places.degrees(x, y, datum)

    def lookup(self, lon: float, lat: float, datum: str = "WGS84") -> Answer:
        """Find the grids of one place.

        Parameters
        ----------
        lon, lat : float
            Degrees.
        datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
            Their datum.

        Returns
        -------
        Answer
            Every side the place belongs to; outside all areas, what is nearest.

        Raises
        ------
        UsageError
            The datum is unknown.
        """
        return self.locator.at(*self._places.metres_of_one(lon, lat, datum))

    def lookup_many(self, lon: ArrayLike, lat: ArrayLike, datum: str = "WGS84") -> Bulk:
        """Find the grids of many places.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Degrees.
        datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
            Their datum.

        Returns
        -------
        Bulk
            Answers in the order of the places.

        Raises
        ------
        UsageError
            The datum is unknown, or there are not as many longitudes as latitudes.
        """
        return self.locator.find(*self.locate(lon, lat, datum))

    # ---- names

    def search(self, query: str, limit: int = SEARCH_LIMIT) -> list[Found]:
        """Find areas, grids and buildings by name or code.

        Parameters
        ----------
        query : str
            Words; Chinese, pinyin or its initials.
        limit : int
            Hits at most.

        Returns
        -------
        list of Found
            Best first. The first search of an index takes as long as spelling all its names.
        """
        return [self._found(entry) for entry in self._search.find(query, limit)]

    def search_coarse(self, query: str, limit: int = SEARCH_LIMIT) -> list[Found]:
        """Find areas, level-1 grids and codes: a few names, spelled at once, while the others are not yet.

        Parameters
        ----------
        query : str
            Words.
        limit : int
            Hits at most.

        Returns
        -------
        list of Found
            Best first.
        """
        row = self._grid_row.get(query.strip())
        own = [] if row is None else [each for each in self._entries(self.grids.iloc[[row]]) if each.level]
        found = dict.fromkeys([*own, *self._coarse.find(query, limit)])
        return [self._found(entry) for entry in list(found)[:limit]]

    def _found(self, entry: Entry) -> Found:
        grids: tuple[str, ...] = ()
        if entry.level < 0:
            stacks = self.locator.stacks
            grids = tuple(self.locator.grids_above(int(leaf))[-1] for leaf in stacks.leaves(entry.row))
            shape = shapely.union_all(self.units["geom"].to_numpy()[stacks.units(entry.row)])
        else:
            shape = (self.grids if entry.level else self.areas)["geom"].iloc[entry.row]
        inside = shapely.point_on_surface(shape)
        kind = {0: "area", -1: "building"}.get(entry.level, "grid")
        return Found(
            kind=kind,
            level=None if entry.level < 0 else entry.level,
            code=entry.code,
            name=entry.name,
            area=entry.area,
            area_name=entry.area_name,
            grids=grids,
            x=float(shapely.get_x(inside)),
            y=float(shapely.get_y(inside)),
            places=entry.places,
        )

    # ---- codes

    def by_code(self, code: str) -> dict[str, Any]:
        """Return what the public may know of an area or a grid.

        Parameters
        ----------
        code : str
            Its code.

        Returns
        -------
        dict
            JSON values. Of a grid: ``level, code, name, role, parent, area, households``, ``low`` and ``high``; of an
            area ``level`` is 0, and there is ``kind`` instead of ``role``.

        Raises
        ------
        UnknownCodeError
            If there is no such area or grid.
        """
        if code in self._area_row:
            return self._facts.of_area(code, self._area_row[code])
        return self._facts.of_grid(code, self._grid(code))

    def knows(self, code: str) -> bool:
        """Return whether there is an area or a grid of a code.

        Parameters
        ----------
        code : str
            The code.

        Returns
        -------
        bool
            Whether :meth:`by_code` answers.
        """
        return code in self._area_row or code in self._grid_row

    def buildings_of(self, code: str, *, whole: bool = True) -> tuple[Building, ...]:
        """Return the buildings of a grid, and of those that it has a part of, which.

        Parameters
        ----------
        code : str
            Its code.
        whole : bool
            Whether they are wanted of a grid that has but whole ones.

        Returns
        -------
        tuple of Building
            Those with enough households to be named; none of an area.

        Raises
        ------
        UnknownCodeError
            If there is no such area or grid.
        """
        if code in self._area_row:
            return ()
        row = self._grid(code)
        level = len(self.locator.grids_above(row))
        return self._buildings.of(level, row) if whole or self._buildings.has_parts(level, row) else ()

    def shape(self, code: str) -> Any:
        """Return the border of an area or a grid.

        Parameters
        ----------
        code : str
            Its code.

        Returns
        -------
        shapely geometry
            In the plan's coordinates.

        Raises
        ------
        UnknownCodeError
            If there is no such area or grid.
        """
        if code in self._area_row:
            return self.areas["geom"].iloc[self._area_row[code]]
        return self.grids["geom"].iloc[self._grid(code)]

    def _grid(self, code: str) -> int:
        row = self._grid_row.get(code)
        if row is None:
            raise UnknownCodeError(f"no area or grid has the code {code}", mend="Search for its name instead.")
        return row

    def parents(self, code: str) -> tuple[str, ...]:
        """Return what a grid is part of.

        Parameters
        ----------
        code : str
            Code of a grid or an area.

        Returns
        -------
        tuple of str
            The area, then the grids above, level 1 first; empty for an area.

        Raises
        ------
        UnknownCodeError
            If there is no such area or grid.
        """
        if code in self._area_row:
            return ()
        row = self._grid(code)
        return (str(self.grids["area_code"].iloc[row]), *self.locator.grids_above(row)[:-1])

    def children(self, code: str) -> tuple[str, ...]:
        """Return the parts of a grid or an area.

        Parameters
        ----------
        code : str
            Its code.

        Returns
        -------
        tuple of str
            Codes of the grids one level below, ascending.
        """
        self._known(code)
        return self._kinship.children(code)

    def neighbours(self, code: str) -> tuple[Neighbour, ...]:
        """Return the grids of the same level beside a grid, or the areas beside an area.

        Parameters
        ----------
        code : str
            Its code.

        Returns
        -------
        tuple of Neighbour
            By code; those that meet it in a mere point are none.
        """
        self._known(code)
        return self._kinship.neighbours(code)

    def elements_of(self, code: str) -> tuple[ElementShare, ...]:
        """Return what is looked after in a grid or an area.

        Parameters
        ----------
        code : str
            Its code.

        Returns
        -------
        tuple of ElementShare
            By class, largest first.
        """
        self._known(code)
        return self._kinship.elements(code)

    def _known(self, code: str) -> None:
        if code not in self._area_row:
            self._grid(code)
