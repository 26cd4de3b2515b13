"""Numbers as plain values: to the public without small counts of households, to staff exactly."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from geo_grid.figures.counting import COUNTED, LEVELS
from geo_grid.lookup.counts import LEAST_COUNT, public_count
from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    from geo_grid.figures.counting import CityFigures

_LISTS = {"county": "counties", "township": "townships", "area": "areas"}


def figures_told(figures: CityFigures, least_count: int = LEAST_COUNT) -> dict[str, Any]:
    """Return numbers as JSON values.

    Parameters
    ----------
    figures : CityFigures
        The numbers.
    least_count : int
        The least count of households that is told exactly; 0 tells all, for staff.

    Returns
    -------
    dict
        ``city``, one place, and ``counties``, ``townships`` and ``areas``, lists of places: ``code, name, parent, kind``
        (of an area), ``areas, urban, rural, households, per_grid`` (households of a finest grid, or None where households
        are not told), ``grids, banded, in_band, exceptions`` of all levels and by level in ``levels``, ``elements`` (those
        of the city with what lies ``outside`` all areas besides), and ``vacant`` where it is known.
    """
    counted = [name for name in COUNTED if name != "vacant" or figures.vacancies]
    elements = _elements(figures)
    out: dict[str, Any] = {"city": None, "counties": [], "townships": [], "areas": []}
    for row in figures.places.to_dict("records"):
        place = _place(row, counted, least_count) | {"elements": elements[row["kind"], row["code"]]}
        if row["kind"] == "city":
            for item in place["elements"]:
                item["outside"] = round(figures.outside.get((item["class"], item["unit"]), 0.0), 3)
            out["city"] = place
        else:
            out[_LISTS[row["kind"]]].append(place)
    return out


def _place(row: dict[str, Any], counted: list[str], least_count: int) -> dict[str, Any]:
    levels = [
        {"level": level, **{name: int(row[f"{name}_{level}"]) for name in counted}}
        for level in LEVELS
        if row[f"grids_{level}"]
    ]
    households = public_count(int(row["households"]), least_count)
    return {
        "code": row["code"],
        "name": _text(row["name"]),
        "parent": _text(row["parent"]),
        "kind": _text(row["area_kind"]),
        **{name: int(row[name]) for name in ("areas", "urban", "rural")},
        "households": households,
        # of a count that is not told no part is
        "per_grid": round(households / row["finest"], 1) if isinstance(households, int) and row["finest"] else None,
        **{name: sum(level[name] for level in levels) for name in counted},
        "levels": levels,
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _elements(figures: CityFigures) -> dict[tuple[str, str], list[dict[str, Any]]]:
    order = {name: place for place, name in enumerate(ELEMENT_CLASSES)}
    rows = sorted(
        figures.elements.to_dict("records"),
        key=lambda row: (order.get(row["class"], len(order)), row["class"], row["unit"]),
    )
    out: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        told = {"class": row["class"], "unit": row["unit"], "count": int(row["elements"])}
        out[row["kind"], row["code"]].append(told | {"measure": round(float(row["measure"]), 3)})
    return out
