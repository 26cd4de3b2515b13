"""What the index finds, as the JSON that is answered."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_grid.lookup import Answer, Building, Floors, Found, Hit, SplitFloor
    from webmap.public.edition import Edition
    from webmap.public.people import People

#: Decimals of a degree: a centimetre.
_DECIMALS = 7


class Answers:
    """Answers of one edition.

    Parameters
    ----------
    edition : Edition
        What is asked.
    people : People
        Who knows the staff.
    on : date, optional
        Who was in charge on that day; today by default.
    """

    def __init__(self, edition: Edition, people: People, on: dt.date | None = None) -> None:
        self.edition, self._people = edition, people
        self.on = on or today()
        self.index = edition.index

    def head(self) -> dict[str, Any]:
        """Return which version answers.

        Returns
        -------
        dict
            ``version`` and ``made_at``.
        """
        return {"version": self.edition.version, "made_at": self.edition.made_at}

    def staff(self, codes: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """Return who is in charge of grids.

        Parameters
        ----------
        codes : iterable of str
            Their codes.

        Returns
        -------
        dict of str to list of dict
            By grid.
        """
        return self._people.staff(codes, self.on)

    @cached_property
    def staff_key(self) -> tuple[object, ...]:
        """What answers with staff depend on: rosters change, and terms begin and end."""
        return self._people.stamp(), self.on

    # ---- places

    def place(self, answer: Answer) -> dict[str, Any]:
        """Return the answer to one place inside an area.

        Parameters
        ----------
        answer : Answer
            With at least one hit.

        Returns
        -------
        dict
            As :class:`webmap.public.models.Lookup`; grids are ready JSON, worked out once.
        """
        hits = answer.hits
        ask = answer.asks_floor
        codes = answer.agreed
        first = hits[0]
        out = self.head() | {
            "area": self._area(first.area),
            "grids": [self._grid(code, first if len(hits) == 1 else None) for code in codes],
            "elements": self.elements(codes[0]) if codes else [],
            "border": answer.on_border,
            "ask_floor": _floor_question(hits) if ask else None,
        }
        if len(hits) > 1 and not ask:
            out["sides"] = [
                {"area": self._area(hit.area), "grids": [self._grid(code, hit) for code in hit.grids]} for hit in hits
            ]
        return out

    def _area(self, code: str) -> dict[str, Any]:
        return {"code": code, "name": self.index.by_code(code)["name"]}

    def _grid(self, code: str, hit: Hit | None) -> orjson.Fragment:
        floors = _span(hit) if hit is not None and code == hit.leaf else None
        key = code if floors is None else (code, *floors)
        return self.edition.grid(key, self.staff_key, lambda: orjson.dumps(self._grid_told(code, floors)))

    def _grid_told(self, code: str, floors: list[int] | None) -> dict[str, Any]:
        told = self.index.by_code(code)
        return {
            "level": told["level"],
            "code": code,
            "name": told["name"],
            "role": told["role"],
            "households": told["households"],
            "floors": floors,
            "buildings": self._buildings(code),
            "staff": self.staff([code]).get(code, []),
            "changed_at": self.edition.changed_at(code),
        }

    def _buildings(self, code: str) -> list[dict[str, Any]] | None:
        """Return the buildings of a grid that holds only a part of one of them; None where it holds all as a whole."""
        found = self.index.buildings_of(code, whole=False)
        return [_building(each) for each in found[: self.edition.settings.answer_rows]] or None

    def elements(self, code: str) -> list[dict[str, Any]]:
        """Return what is looked after in a grid, and by which.

        Parameters
        ----------
        code : str
            Code of a level-1 grid: the post that answers for land.

        Returns
        -------
        list of dict
            ``class, name, grid``.
        """
        known: dict[str, list[dict[str, Any]]] = self.edition.kept.setdefault("managed", {})
        if code not in known:
            found = self.index.elements_of(code)[: self.edition.settings.answer_rows]
            known[code] = [{"class": share.kind, "name": share.name, "grid": code} for share in found]
        return known[code]

    def nearest(self, answer: Answer) -> dict[str, Any] | None:
        """Return what is nearest to a place outside.

        Parameters
        ----------
        answer : Answer
            Without hits.

        Returns
        -------
        dict or None
            ``code, name, level, metres, area``; None where nothing is within reach.
        """
        near = answer.nearest
        if near is None:
            return None
        told = self.index.by_code(near.grids[-1] if near.grids else near.area)
        return {
            "code": told["code"],
            "name": told["name"],
            "level": told["level"],
            "metres": round(near.metres),
            "area": self._area(near.area),
        }

    # ---- codes

    def rows(self, codes: Iterable[str]) -> list[dict[str, Any]]:
        """Return what is told of areas or grids in a list.

        Parameters
        ----------
        codes : iterable of str
            Codes of areas or grids.

        Returns
        -------
        list of dict
            One each.
        """
        return [self.index.by_code(code) for code in codes]

    def features(self, rows: Sequence[dict[str, Any]], datum: str) -> list[dict[str, Any]]:
        """Return areas or grids as GeoJSON features.

        Parameters
        ----------
        rows : sequence of dict
            With ``code``.
        datum : str
            Datum of the coordinates.

        Returns
        -------
        list of dict
            Features.
        """
        shapes = self.degrees([self.index.shape(row["code"]) for row in rows], datum)
        return [
            {"type": "Feature", "id": row["code"], "geometry": shape, "properties": row}
            for row, shape in zip(rows, shapes, strict=True)
        ]

    def degrees(self, shapes: Sequence[Any], datum: str) -> list[Any]:
        """Return geometries as GeoJSON.

        Parameters
        ----------
        shapes : sequence of shapely geometries
            In the plan's coordinates.
        datum : str
            Datum of the coordinates.

        Returns
        -------
        list of dict
            GeoJSON geometries.
        """

        def turned(x: Any, y: Any) -> tuple[Any, Any]:
            lon, lat = self.index.degrees(x, y, datum)
            return lon.round(_DECIMALS), lat.round(_DECIMALS)

        flat = shapely.force_2d(shapes)
        return [shapely.geometry.mapping(shapely.transform(shape, turned, interleaved=False)) for shape in flat]

    def held(self, code: str) -> list[dict[str, Any]]:
        """Return the elements of a grid or an area with their measures.

        Parameters
        ----------
        code : str
            Its code.

        Returns
        -------
        list of dict
            ``id, class, name, unit, measure, held``, by class, largest first.
        """
        return [
            {
                "id": share.id,
                "class": share.kind,
                "name": share.name,
                "unit": share.unit,
                "measure": share.measure,
                "held": share.held,
            }
            for share in self.index.elements_of(code)
        ]

    def hit(self, found: Found, datum: str) -> dict[str, Any]:
        """Return one hit of a search.

        Parameters
        ----------
        found : Found
            The hit.
        datum : str
            Datum of its place.

        Returns
        -------
        dict
            As :class:`webmap.api.Hit`.
        """
        lon, lat = self.index.degrees([found.x], [found.y], datum)
        return {
            "kind": found.kind,
            "level": found.level,
            "code": found.code,
            "name": found.name,
            "area": found.area,
            "area_name": found.area_name,
            "grids": list(found.grids),
            "places": list(found.places),
            "at": [round(float(lon[0]), _DECIMALS), round(float(lat[0]), _DECIMALS)],
        }


def _span(hit: Hit) -> list[int] | None:
    """Return the lowest and the highest floor of a grid in the building, if both are known."""
    low = [part.low for part in hit.floors]
    high = [part.high for part in hit.floors]
    if not low or None in low or None in high:
        return None
    return [min(each for each in low if each is not None), max(each for each in high if each is not None)]


def _floor_question(hits: Sequence[Hit]) -> dict[str, Any]:
    return {
        "building": next((hit.building for hit in hits if hit.building is not None), None),
        "ranges": [_range(part, hit.split) | {"grid": hit.leaf} for hit in hits for part in hit.floors],
    }


def _range(part: Floors, split: Sequence[SplitFloor]) -> dict[str, Any]:
    known = part.low is not None and part.high is not None
    shared = [
        {"floor": each.floor, "doors": each.doors}
        for each in split
        if known and each.entrance == part.entrance and part.low <= each.floor <= part.high  # type: ignore[operator]
    ]
    return {"floors": [part.low, part.high] if known else None, "entrance": part.entrance, "shared": shared}


def _building(found: Building) -> dict[str, Any]:
    parts = [_range(part, found.split) for part in found.floors]
    return {"name": found.name, "whole": found.whole, "parts": parts}


def today() -> dt.date:
    """Return the day the office has: terms of staff begin and end with it.

    Returns
    -------
    date
        The day on this machine's clock.
    """
    return dt.date.today()  # noqa: DTZ011 - this machine's clock is meant, and asked at every lookup
