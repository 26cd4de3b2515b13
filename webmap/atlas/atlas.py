"""Answers to every question the map asks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.errors import GeoGridError
from webmap.atlas import figures
from webmap.atlas.cards import grid_brief, grid_card
from webmap.atlas.colouring import neighbour_colours
from webmap.atlas.exceptions import exceptions_answer
from webmap.atlas.geo import Projector, collection, dumps, feature_texts, features
from webmap.atlas.places import figures_answer, overview, place_answer, places_answer
from webmap.atlas.search import SearchIndex
from webmap.atlas.units import units_answer
from webmap.settings import Settings

if TYPE_CHECKING:
    from webmap.atlas.source import PublicPlan
    from webmap.settings import Datum


class UnknownCodeError(GeoGridError):
    """No area or grid has the code asked for."""


class Atlas:
    """A plan, ready to be asked.

    Parameters
    ----------
    plan : PublicPlan
        The public tables.
    settings : Settings, optional
        Limits of answers.
    datum : {"WGS84", "GCJ02"}
        Datum of the coordinates in answers.
    """

    def __init__(self, plan: PublicPlan, settings: Settings | None = None, datum: Datum = "WGS84") -> None:
        self.plan = plan
        self.settings = settings or Settings()
        self.projector = Projector(plan.crs, datum)

    @cached_property
    def _index(self) -> SearchIndex:
        return SearchIndex(self.plan)

    @cached_property
    def _figures(self) -> list[dict[str, Any]]:
        return figures.area_figures(self.plan)

    @property
    def area_codes(self) -> list[str]:
        """Codes of all areas, in order."""
        return list(self.plan.area_row)

    def _area_row(self, code: str) -> int:
        row = self.plan.area_row.get(code)
        if row is None:
            raise UnknownCodeError(f"no area has the code {code}", mend="Search for its name instead.")
        return row

    def summary(self) -> str:
        """Return the figures of the whole plan.

        Returns
        -------
        str
            JSON object.
        """
        plan, meta = self.plan, self.plan.meta
        return dumps(
            {
                "name": str(meta.get("name") or ""),
                "sample": meta.get("sample") is True,
                "version": meta.get("version"),
                "places": self._places(),
                "areas": len(plan.areas),
                "households": plan.count(int(plan.areas["households"].sum())),
                "levels": figures.level_figures(plan.grids),
                "elements": figures.element_figures(plan),
                "exceptions": len(plan.exceptions),
                "bounds": self.projector.bounds(plan.areas["geom"].to_numpy()),
            }
        )

    def _places(self) -> dict[str, str]:
        """Names of townships and counties that areas are rolled up to, where the plan knows them."""
        known = self.plan.meta.get("place_names")
        if not isinstance(known, dict):
            return {}
        used = {group[:length] for group in (row["group"] for row in self._figures) for length in (6, 9, len(group))}
        return {code: str(known[code]) for code in sorted(used) if code in known}

    def areas(self, offset: int = 0, limit: int | None = None) -> str:
        """Return areas with their figures and borders, simplified together where there are many vertices.

        Parameters
        ----------
        offset : int
            How many to skip.
        limit : int, optional
            How many at most; all by default.

        Returns
        -------
        str
            GeoJSON FeatureCollection with members ``total`` and ``offset``.
        """
        texts = self._area_texts
        return collection(texts[offset:][:limit], total=len(texts), offset=offset)

    @cached_property
    def _area_texts(self) -> list[str]:
        stored = self.plan.areas["geom"].to_numpy()
        shapes = overview(stored, self.settings.overview_vertices)
        labels = self.projector.points(shapes)
        boxes = shapely.bounds(self.projector.geometry(stored)).tolist()
        rows = [
            {
                **row,
                "label": label,
                "bounds": box,
                "simplified": shapes is not stored,
                "sizes": self._sizes(row["code"]),
            }
            for row, label, box in zip(self._figures, labels, boxes, strict=True)
        ]
        return feature_texts(self.projector.geometry(shapes), rows)

    def places(self) -> str:
        """Return counties and townships with their figures and borders, and the figures of the whole.

        Returns
        -------
        str
            GeoJSON FeatureCollection with a member ``city``.
        """
        return self._places_told

    @cached_property
    def _places_told(self) -> str:
        return places_answer(self.plan, self.projector, self.settings.overview_vertices)

    def place(self, code: str) -> str:
        """Return one county or township, with its border to the metre.

        Parameters
        ----------
        code : str
            Code of the place.

        Returns
        -------
        str
            GeoJSON Feature.

        Raises
        ------
        UnknownCodeError
            If there is no such place.
        """
        found = place_answer(self.plan, self.projector, code)
        if found is None:
            raise UnknownCodeError(f"no county or township has the code {code}", mend="See /api/v1/places.")
        return found

    def figures(self) -> str:
        """Return the figures of all areas, in columns.

        Returns
        -------
        str
            JSON object.
        """
        return figures_answer(self.plan)

    def _sizes(self, area: str) -> dict[str, float]:
        """Return how wide (m) a middling grid of each level is: the map shows a level once it can be seen."""
        plan = self.plan
        return {
            str(level): round(float(np.sqrt(np.median(self._grid_area[plan.grids_of_area[area, level]]))), 1)
            for level in plan.levels(area)
        }

    @cached_property
    def _grid_area(self) -> Any:
        return shapely.area(self.plan.grids["geom"].to_numpy())

    def area(self, code: str) -> str:
        """Return one area with its exact border and its level-1 grids.

        Parameters
        ----------
        code : str
            Code of the area.

        Returns
        -------
        str
            GeoJSON Feature.

        Raises
        ------
        UnknownCodeError
            If there is no such area.
        """
        row = self._area_row(code)
        plan = self.plan
        rows = [grid for level in plan.levels(code) for grid in plan.grids_of_area[code, level]]
        shape = plan.areas["geom"].iloc[[row]].to_numpy()
        properties = self._figures[row] | {
            "bounds": self.projector.bounds(shape),
            "levels": figures.level_figures(plan.grids.iloc[rows]),
            "tops": [grid_brief(plan, grid) for grid in plan.grids_of_area.get((code, 1), ())],
        }
        return feature_texts(self.projector.geometry(shape), [properties])[0]

    def grids(self, code: str, level: int) -> str:
        """Return the grids of an area at a level, or at its finest if it has none so fine.

        Parameters
        ----------
        code : str
            Code of the area.
        level : int
            1, 2 or 3.

        Returns
        -------
        str
            GeoJSON FeatureCollection, coloured so that neighbours differ (``colour``).

        Raises
        ------
        UnknownCodeError
            If there is no such area.
        """
        self._area_row(code)
        plan = self.plan
        at = min(level, max(plan.levels(code), default=1))
        positions = plan.grids_of_area.get((code, at), np.empty(0, dtype=int))
        shapes = plan.grids["geom"].to_numpy()[positions]
        labels = self.projector.points(shapes)
        colours = neighbour_colours(shapes)
        stacks = plan.shared_buildings(code, at)
        rows = (
            grid_brief(plan, row) | {"colour": colour, "label": label, "stack": self._stack(row, stacks)}
            for row, label, colour in zip(positions.tolist(), labels, colours, strict=True)
        )
        return features(self.projector.geometry(shapes), rows)

    def _stack(self, row: int, shared: dict[str, list[dict[str, Any]]]) -> dict[str, Any] | None:
        """Say which floors of which building a grid is, if it is a part of one building and nothing else."""
        grid = self.plan.grid_columns["code"][row]
        buildings = shared.get(grid, ())
        if len(buildings) != 1 or buildings[0]["households"] < self.settings.names_from:
            return None
        part = next(part for part in buildings[0]["parts"] if part["grid"] == grid)
        if part["households"] != self.plan.grid_columns["households"][row]:
            return None
        return {"building": buildings[0]["building"], "floors": part["floors"]}

    def units(self, code: str) -> str:
        """Return the units of an area; buildings too small to be named are one piece of land to the public.

        Parameters
        ----------
        code : str
            Code of the area.

        Returns
        -------
        str
            GeoJSON FeatureCollection.

        Raises
        ------
        UnknownCodeError
            If there is no such area.
        """
        self._area_row(code)
        return units_answer(self.plan, self.projector, code, self.settings.names_from)

    def elements(self, code: str) -> str:
        """Return the elements inside an area, in the pieces its level-1 grids look after.

        Parameters
        ----------
        code : str
            Code of the area.

        Returns
        -------
        str
            GeoJSON FeatureCollection.

        Raises
        ------
        UnknownCodeError
            If there is no such area.
        """
        self._area_row(code)
        plan = self.plan
        tops = plan.grids["code"].iloc[plan.grids_of_area.get((code, 1), [])]
        found = [plan.shares_of_grid[grid] for grid in tops if grid in plan.shares_of_grid]
        rows = np.concatenate(found) if found else np.empty(0, dtype=int)
        share, element = plan.share_columns, plan.element_columns
        at = [plan.element_row[share["element_id"][row]] for row in rows.tolist()]
        told = (
            {
                "class": element["class"][place],
                "name": element["name"][place],
                "unit": element["measure_unit"][place],
                "held": share["held"][row],
                "grid": share["grid_code"][row],
            }
            for row, place in zip(rows.tolist(), at, strict=True)
        )
        return features(self.projector.geometry(plan.shares["geom"].to_numpy()[rows]), told)

    def card(self, code: str) -> str:
        """Return all that is said of one grid.

        Parameters
        ----------
        code : str
            Code of the grid.

        Returns
        -------
        str
            JSON object.

        Raises
        ------
        UnknownCodeError
            If there is no such grid.
        """
        card = grid_card(self.plan, self.projector, code, self.settings.names_from)
        if card is None:
            raise UnknownCodeError(f"no grid has the code {code}", mend="Search for its name instead.")
        return dumps(card)

    def search(self, query: str) -> str:
        """Return areas and grids that match a query.

        Parameters
        ----------
        query : str
            Words.

        Returns
        -------
        str
            JSON object with ``hits``.
        """
        return dumps({"query": query, "hits": self._index.find(query, self.settings.search_limit)})

    def index(self) -> str:
        """Return what can be searched, for a page that has to search by itself.

        Returns
        -------
        str
            JSON array of ``code, name, level, area, area_name``.
        """
        return dumps(self._index.entries())

    def exceptions(self, area: str | None = None, offset: int = 0) -> str:
        """Return grids outside their band, worst first.

        Parameters
        ----------
        area : str, optional
            Only those of this area.
        offset : int
            How many to skip.

        Returns
        -------
        str
            JSON object with ``total``, ``reasons`` (counts) and ``items``.

        Raises
        ------
        UnknownCodeError
            If there is no such area.
        """
        if area is not None:
            self._area_row(area)
        return exceptions_answer(self.plan, area, offset, self.settings.exceptions_limit)
