"""Collections of OGC API – Features over the edition that is shown."""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from flask import g
from pygeoapi.provider.base import BaseProvider, ProviderItemNotFoundError

from webmap.public.answers import Answers

if TYPE_CHECKING:
    from webmap.public.edition import Edition

_TEXT, _WHOLE, _REAL = {"type": "string"}, {"type": "integer"}, {"type": "number"}


class Collection(NamedTuple):
    """What a collection consists of.

    Parameters
    ----------
    table : {"areas", "grids", "elements"}
        Table of the plan.
    level : int or None
        Level of grids.
    zh, en : str
        Titles.
    fields : dict
        Names and types of properties; the first is the id.
    """

    table: str
    level: int | None
    zh: str
    en: str
    fields: dict[str, dict[str, str]]


_COUNTED = {"households": _WHOLE, "households_told": _TEXT}
_GRID = {
    "code": _TEXT,
    "name": _TEXT,
    "level": _WHOLE,
    "role": _TEXT,
    "area_code": _TEXT,
    "parent_code": _TEXT,
    **_COUNTED,
    "low": _WHOLE,
    "high": _WHOLE,
    "state": _TEXT,
}

#: Collections by their id.
COLLECTIONS: dict[str, Collection] = {
    "areas": Collection(
        "areas",
        None,
        "村（社区）",
        "Villages and communities",
        {"code": _TEXT, "name": _TEXT, "kind": _TEXT, **_COUNTED},
    ),
    "grids_1": Collection("grids", 1, "一级网格", "Level-1 grids", _GRID),
    "grids_2": Collection("grids", 2, "二级网格", "Level-2 grids", _GRID),
    "grids_3": Collection("grids", 3, "三级网格", "Level-3 grids", _GRID),
    "elements": Collection(
        "elements",
        None,
        "管理要素",
        "Managed elements",
        {"id": _TEXT, "class": _TEXT, "name": _TEXT, "measure": _REAL, "measure_unit": _TEXT},
    ),
}


class Rows:
    """The rows of one collection of an edition.

    Parameters
    ----------
    edition : Edition
        The plan.
    name : str
        Id of the collection.
    """

    def __init__(self, edition: Edition, name: str) -> None:
        self.edition, self.told = edition, COLLECTIONS[name]
        table = getattr(edition.plan, self.told.table)
        if self.told.level is not None:
            table = table[table["level"] == self.told.level]
        self.geometry = table["geom"].to_numpy()
        kept = [name for name in self.told.fields if name in table.columns]
        self._columns = {name: table[name].astype(object).where(table[name].notna(), None).tolist() for name in kept}
        if "households" in self.told.fields:
            self._hide()

    def _hide(self) -> None:
        """Tell counts as numbers where they may be told, and always as text."""
        least, plan = self.edition.plan.least_count, self.edition.plan
        counts = self._columns["households"]
        self._columns["households_told"] = [str(plan.count(each)) for each in counts]
        self._columns["households"] = [each if each >= least else None for each in counts]

    @cached_property
    def at(self) -> dict[str, int]:
        """Position by id."""
        return {str(code): row for row, code in enumerate(self._columns[next(iter(self.told.fields))])}

    @cached_property
    def boxes(self) -> Any:
        """Bounds in the plan's metres."""
        return shapely.bounds(self.geometry)

    def within(self, bbox: list[float]) -> Any:
        """Return the rows that touch a box.

        Parameters
        ----------
        bbox : list of float
            West, south, east, north, in degrees.

        Returns
        -------
        ndarray of int
            Positions.
        """
        west, south, east, north = bbox if len(bbox) == 4 else (bbox[0], bbox[1], bbox[3], bbox[4])
        extent = self.edition.extent
        if not np.isfinite([west, south, east, north]).all():
            return np.empty(0, dtype=int)
        if not len(self.geometry) or extent is None:
            return np.empty(0, dtype=int)
        west, south = max(west, extent[0]), max(south, extent[1])
        east, north = min(east, extent[2]), min(north, extent[3])
        if west > east or south > north:
            return np.empty(0, dtype=int)
        lon, lat = np.linspace(west, east, 9), np.linspace(south, north, 9)
        edge = np.concatenate(
            [
                np.column_stack([lon, np.full(9, south)]),
                np.column_stack([np.full(9, east), lat]),
                np.column_stack([lon[::-1], np.full(9, north)]),
                np.column_stack([np.full(9, west), lat[::-1]]),
            ]
        )
        asked = shapely.Polygon(np.column_stack(self.edition.index.locate(edge[:, 0], edge[:, 1])))
        x1, y1, x2, y2 = asked.bounds
        box = self.boxes
        near = np.flatnonzero((box[:, 0] <= x2) & (box[:, 2] >= x1) & (box[:, 1] <= y2) & (box[:, 3] >= y1))
        shapely.prepare(asked)
        return near[shapely.intersects(asked, self.geometry[near])]

    def chosen(self, properties: list[tuple[str, str]], rows: Any) -> Any:
        """Return the rows whose properties are as asked.

        Parameters
        ----------
        properties : list of (str, str)
            Names and values, as text.
        rows : ndarray of int
            Positions to choose from.

        Returns
        -------
        ndarray of int
            Positions.
        """
        for name, value in properties:
            column = self._columns[name]
            rows = [row for row in rows if column[row] is not None and str(column[row]) == value]
        return np.asarray(rows, dtype=int)

    def ordered(self, sortby: list[dict[str, str]], rows: Any) -> Any:
        """Return rows in order.

        Parameters
        ----------
        sortby : list of dict
            ``property`` and ``order`` ("+" or "-"), the most important first.
        rows : ndarray of int
            Positions.

        Returns
        -------
        list of int
            Positions; rows without a value come last.
        """
        out = list(rows)
        for key in reversed(sortby):
            column = self._columns[key["property"]]
            known = [row for row in out if column[row] is not None]
            known.sort(key=column.__getitem__, reverse=key["order"] == "-")
            out = known + [row for row in out if column[row] is None]
        return out

    def features(self, rows: list[int], names: list[str], *, bare: bool) -> list[dict[str, Any]]:
        """Return rows as GeoJSON features.

        Parameters
        ----------
        rows : list of int
            Positions.
        names : list of str
            Properties wanted; all if empty.
        bare : bool
            Whether geometry is left out.

        Returns
        -------
        list of dict
            Features.
        """
        wanted = [name for name in self.told.fields if not names or name in names]
        ids = self._columns[next(iter(self.told.fields))]
        shapes = [None] * len(rows)
        if not bare:
            shapes = Answers(self.edition, g.ogc_people).degrees(self.geometry[rows], "WGS84")
        return [
            {
                "type": "Feature",
                "id": str(ids[row]),
                "geometry": shape,
                "properties": {name: self._columns[name][row] for name in wanted},
            }
            for row, shape in zip(rows, shapes, strict=True)
        ]


class EditionProvider(BaseProvider):  # type: ignore[misc]
    """What pygeoapi asks for rows.

    Parameters
    ----------
    provider_def : dict
        ``data`` is the id of the collection.
    """

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self._fields = {name: dict(kind) for name, kind in COLLECTIONS[self.data].fields.items()}
        self.rows: Rows = rows_of(g.ogc_edition, self.data)

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Return names and types of properties.

        Returns
        -------
        dict
            By name.
        """
        return self._fields

    def query(self, **asked: Any) -> dict[str, Any]:
        """Return a page of features.

        Parameters
        ----------
        **asked : object
            ``offset, limit, resulttype, bbox, properties, sortby, select_properties, skip_geometry``.

        Returns
        -------
        dict
            GeoJSON FeatureCollection.
        """
        rows = self.rows.within(asked["bbox"]) if asked.get("bbox") else np.arange(len(self.rows.geometry))
        rows = self.rows.ordered(asked.get("sortby") or [], self.rows.chosen(asked.get("properties") or [], rows))
        matched, offset = len(rows), int(asked.get("offset") or 0)
        part = [] if asked.get("resulttype") == "hits" else rows[offset : offset + int(asked.get("limit") or 10)]
        names = asked.get("select_properties") or []
        return {
            "type": "FeatureCollection",
            "features": self.rows.features([int(row) for row in part], names, bare=bool(asked.get("skip_geometry"))),
            "numberMatched": matched,
            "numberReturned": len(part),
        }

    def get(self, identifier: str, **_asked: Any) -> dict[str, Any]:
        """Return one feature.

        Parameters
        ----------
        identifier : str
            Its id.
        **_asked : object
            Not looked at.

        Returns
        -------
        dict
            GeoJSON Feature.

        Raises
        ------
        ProviderItemNotFoundError
            If there is none.
        """
        row = self.rows.at.get(identifier)
        if row is None:
            raise ProviderItemNotFoundError(f"there is no {identifier}")
        return self.rows.features([row], [], bare=False)[0]


_LOCK = RLock()


def rows_of(edition: Edition, name: str) -> Rows:
    """Return the rows of a collection, made when they are first asked for.

    Parameters
    ----------
    edition : Edition
        The plan.
    name : str
        Id of the collection.

    Returns
    -------
    Rows
        Kept with the edition.
    """
    with _LOCK:
        made: dict[str, Rows] = edition.kept.setdefault("rows", {})
        if name not in made:
            made[name] = Rows(edition, name)
        return made[name]
