"""Tables of an area as the planner's page is told them: degrees and plain values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from webmap.atlas.geo import Projector

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from geo_grid.edit import AreaState, Fault
    from webmap.settings import Datum

_UNIT = (
    "id",
    "households",
    "grid_code_l1",
    "grid_code_l2",
    "grid_code_l3",
    "building",
    "floor_from",
    "floor_to",
    "entrance",
    "stack_id",
    "exclave",
)


class Teller:
    """Tells tables in degrees.

    Parameters
    ----------
    crs : str
        Coordinate system of the plan.
    datum : {"WGS84", "GCJ02"}
        Datum of the answers.
    """

    def __init__(self, crs: str, datum: Datum) -> None:
        self.projector = Projector(crs, datum)

    def units(self, table: pd.DataFrame) -> list[dict[str, Any]]:
        """Return units as GeoJSON features.

        Parameters
        ----------
        table : DataFrame
            Rows of ``units``.

        Returns
        -------
        list of dict
            One a row.
        """
        columns = [_plain(table[name]) for name in _UNIT]
        shapes = self._shapes(table)
        return [
            {
                "type": "Feature",
                "id": id_,
                "geometry": shape,
                "properties": {
                    "id": id_,
                    "households": households,
                    "l1": l1,
                    "l2": l2,
                    "l3": l3,
                    "building": building,
                    "floors": None if low is None or high is None else [int(low), int(high)],
                    "entrance": entrance,
                    "stack": stack,
                    "exclave": bool(exclave),
                },
            }
            for shape, id_, households, l1, l2, l3, building, low, high, entrance, stack, exclave in zip(
                shapes, *columns, strict=True
            )
        ]

    def grids(self, table: pd.DataFrame, state: AreaState, faults: Iterable[Fault]) -> list[dict[str, Any]]:
        """Return grids with what planners say of them.

        Parameters
        ----------
        table : DataFrame
            Rows of ``grids``.
        state : AreaState
            Locks and written reasons.
        faults : iterable of Fault
            Faults of the area, for grids in several pieces.

        Returns
        -------
        list of dict
            One a row.
        """
        pieces = {fault.grid: fault.pieces for fault in faults if fault.kind == "not_connected" and fault.pieces}
        shapes = table["geom"].to_numpy()
        names = ("code", "level", "parent_code", "name", "households", "low", "high")
        columns = [_plain(table[name]) for name in names]
        labels, boxes = self.projector.points(shapes), self.projector.boxes(shapely.bounds(shapes).reshape(-1, 4))
        return [
            {
                "code": code,
                "level": int(level),
                "parent": parent,
                "name": name,
                "households": int(households),
                "low": low,
                "high": high,
                "state": grid_state(households, low, high),
                "locked": code in state.locked,
                "reason": state.reasons.get(code),
                "pieces": int(pieces.get(code) or 1),
                "label": label,
                "bounds": box,
                "geometry": shape,
            }
            for label, box, shape, code, level, parent, name, households, low, high in zip(
                labels, boxes, self._shapes(table), *columns, strict=True
            )
        ]

    def faults(self, faults: Iterable[Fault]) -> list[dict[str, Any]]:
        """Return faults with their places.

        Parameters
        ----------
        faults : iterable of Fault
            Faults.

        Returns
        -------
        list of dict
            One a fault.
        """
        found = list(faults)
        return [
            {
                "kind": fault.kind,
                "level": int(fault.level),
                "grid": fault.grid or None,
                "households": _whole(fault.households),
                "low": _whole(fault.low),
                "high": _whole(fault.high),
                "at": place,
                "reason": fault.reason,
            }
            for fault, place in zip(found, self.places([(fault.x, fault.y) for fault in found]), strict=True)
        ]

    def places(self, metres: Sequence[tuple[float | None, float | None]]) -> list[list[float] | None]:
        """Return places in degrees.

        Parameters
        ----------
        metres : sequence of (x, y)
            In the coordinate system of the plan; None for nowhere.

        Returns
        -------
        list
            ``[lon, lat]``, None for nowhere.
        """
        whole = [x is not None and y is not None and np.isfinite(x) and np.isfinite(y) for x, y in metres]
        places = [place for place, known in zip(metres, whole, strict=True) if known]
        points = shapely.points(np.array(places, dtype=np.float64).reshape(-1, 2))
        told = iter(shapely.get_coordinates(self.projector.geometry(points)).tolist())
        return [next(told) if known else None for known in whole]

    def shape(self, geometry: Any) -> dict[str, Any]:
        """Return one geometry as GeoJSON.

        Parameters
        ----------
        geometry : Geometry
            In the coordinate system of the plan.

        Returns
        -------
        dict
            In degrees.
        """
        told: dict[str, Any] = json.loads(shapely.to_geojson(self.projector.geometry([geometry])[0]))
        return told

    def _shapes(self, table: pd.DataFrame) -> list[dict[str, Any] | None]:
        texts = shapely.to_geojson(self.projector.geometry(table["geom"].to_numpy())).tolist()
        return [json.loads(text) if text else None for text in texts]


def grid_state(households: float, low: float | None, high: float | None) -> str:
    """Return where a grid lies against its band.

    Parameters
    ----------
    households : int
        Households in it.
    low, high : int or None
        Its band; None for a given group.

    Returns
    -------
    {"in_band", "below", "above", "given"}
        The word.
    """
    if low is None or high is None:
        return "given"
    return "below" if households < low else "above" if households > high else "in_band"


def levels(grids: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the levels of an area with their roles and bands.

    Parameters
    ----------
    grids : DataFrame
        All its grids.

    Returns
    -------
    list of dict
        ``level, role, low, high, given``.
    """
    out = []
    for level, part in grids.groupby("level", sort=True):
        low, high = (next((int(value) for value in part[name] if pd.notna(value)), None) for name in ("low", "high"))
        role = next((str(value) for value in part["role"] if pd.notna(value)), None)
        out.append({"level": int(level), "role": role, "low": low, "high": high, "given": low is None})
    return out


def differences(before: pd.DataFrame, after: pd.DataFrame, key: str) -> tuple[pd.DataFrame, list[str]]:
    """Say what differs between two tables of one area.

    Parameters
    ----------
    before, after : DataFrame
        The same table at two revisions.
    key : str
        Its key.

    Returns
    -------
    changed : DataFrame
        Rows of ``after`` that are new or different.
    removed : list of str
        Keys that are gone.
    """
    old = {row[0]: row[1:] for row in _rows(before, key)}
    new = _rows(after, key)
    keep = [row[0] not in old or old[row[0]] != row[1:] for row in new]
    there = {row[0] for row in new}
    return after[np.array(keep, dtype=bool)], [code for code in old if code not in there]


def _rows(table: pd.DataFrame, key: str) -> list[tuple[Any, ...]]:
    names = [key, *(name for name in table.columns if name not in {key, "geom"})]
    # where a ring begins says nothing
    shapes = shapely.to_wkb(shapely.normalize(table["geom"].to_numpy())).tolist()
    return list(zip(*(_plain(table[name]) for name in names), shapes, strict=True))


def said_differently(before: AreaState, after: AreaState) -> set[str]:
    """Return the codes of grids whose lock or reason differs.

    Parameters
    ----------
    before, after : AreaState
        Two states of one area.

    Returns
    -------
    set of str
        Codes.
    """
    codes = set(before.locked ^ after.locked)
    return codes | {
        code for code in {*before.reasons, *after.reasons} if before.reasons.get(code) != after.reasons.get(code)
    }


def comments(rows: Sequence[Mapping[str, Any]], teller: Teller) -> list[dict[str, Any]]:
    """Return comments as they are told.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of ``comments``.
    teller : Teller
        Brings places into degrees.

    Returns
    -------
    list of dict
        One a comment.
    """
    places = teller.places([(row["x"], row["y"]) for row in rows])
    names = ("id", "author", "made_at", "text", "closed_at", "closed_by")
    return [
        {"grid": row["grid_code"], "at": place, **{name: row[name] for name in names}}
        for row, place in zip(rows, places, strict=True)
    ]


def edit(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of the record as it is told: of an import not which household went where.

    Parameters
    ----------
    row : mapping
        Row of ``edits``.

    Returns
    -------
    dict
        Its values.
    """
    names = ("id", "made_at", "author", "what", "before", "after", "change", "why")
    request = row["request"]
    if request.get("op") == "assign":
        request = {"op": "assign"}
    return {"area": row["area_code"], "request": request, **{name: row[name] for name in names}}


def with_display(told: list[dict[str, Any]], displays: Mapping[str, str]) -> list[dict[str, Any]]:
    """Add what the author is called to things that have one.

    Parameters
    ----------
    told : list of dict
        Each with ``author``.
    displays : mapping of str to str
        What those who have an account are called.

    Returns
    -------
    list of dict
        The same, each with ``display``.
    """
    return [row | {"display": displays.get(row["author"], row["author"])} for row in told]


def of_codes(table: pd.DataFrame, codes: Collection[str]) -> pd.DataFrame:
    """Return the rows of some grids.

    Parameters
    ----------
    table : DataFrame
        Rows of ``grids``.
    codes : collection of str
        Which.

    Returns
    -------
    DataFrame
        Their rows.
    """
    return table[table["code"].isin(list(codes))]


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def _plain(column: Any) -> list[Any]:
    """Return a column as plain values, None where one is missing."""
    values: list[Any] = column.tolist()
    missing = column.isna().to_numpy()
    if not missing.any():
        return values
    return [None if gone else value for value, gone in zip(values, missing.tolist(), strict=True)]
