"""Counties and townships on the map, and the figures of all areas in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.figures import county_and_township
from webmap.atlas.geo import dumps, feature_texts, features

if TYPE_CHECKING:
    from webmap.atlas.geo import Projector
    from webmap.atlas.source import PublicPlan

_LEVELS = (("county", "counties"), ("township", "townships"))
#: What is told of each area, beside its elements.
AREA_COLUMNS = ("code", "name", "kind", "parent", "households", "per_grid", "grids", "banded", "in_band", "exceptions")
#: Parts of the whole that are below a pixel when all of it is in view.
FINENESS = 2000
#: A hundred-thousandth of a degree is a metre.
_DEGREES = 1e-5


def overview(shapes: Any, limit: int) -> Any:
    """Return borders without what nobody sees when all is in view.

    Parameters
    ----------
    shapes : array of shapely geometries
        Areas as they are stored; metres.
    limit : int
        Vertices up to which they are left as they are.

    Returns
    -------
    array of shapely geometries
        The same array, or borders simplified together.
    """
    if int(shapely.get_num_coordinates(shapes).sum()) <= limit:
        return shapes
    west, south, east, north = shapely.total_bounds(shapes)
    return shapely.coverage_simplify(shapes, max(east - west, north - south) / FINENESS)


def places_answer(plan: PublicPlan, projector: Projector, limit: int) -> str:
    """Return counties and townships with their figures, and those of the whole.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    projector : Projector
        For borders, boxes and the points of labels.
    limit : int
        Vertices of all borders together beyond which they are simplified.

    Returns
    -------
    str
        GeoJSON FeatureCollection with a member ``city`` besides. Borders of counties run along those of townships.
    """
    county, township = county_and_township(plan.areas)
    stored = plan.areas["geom"].to_numpy()
    towns = _merged(overview(stored, limit), shapely.bounds(stored), township)
    towns.shapes = _coarse(towns.shapes, limit)
    whole = towns
    if county.notna().any():
        above = county.groupby(township).first().reindex(towns.codes)
        whole = _both(_merged(towns.shapes, towns.boxes, above.reset_index(drop=True)), towns)
    figures = {place["code"]: {"level": level} | place for level, name in _LEVELS for place in plan.figures[name]}
    rows = [
        figures[code] | {"label": label, "bounds": box}
        for code, label, box in zip(
            whole.codes, projector.points(whole.shapes), projector.boxes(whole.boxes), strict=True
        )
    ]
    collection = features(shapely.set_precision(projector.geometry(whole.shapes), _DEGREES, mode="pointwise"), rows)
    return f'{collection[:-1]},"city":{dumps(plan.figures["city"])}}}'


@dataclass(slots=True)
class _Outlines:
    """Places with their borders and the boxes around them, in metres."""

    codes: list[str]
    shapes: Any
    boxes: Any


def _merged(shapes: Any, boxes: Any, groups: Any) -> _Outlines:
    """Join what belongs together."""
    members = groups.groupby(groups).indices
    joined = np.empty(len(members), dtype=object)
    around = np.empty((len(members), 4))
    for place, rows in enumerate(members.values()):
        joined[place] = shapely.union_all(shapes[rows])
        around[place] = [*boxes[rows, :2].min(axis=0), *boxes[rows, 2:].max(axis=0)]
    return _Outlines(list(members), joined, around)


def _both(above: _Outlines, below: _Outlines) -> _Outlines:
    shapes, boxes = (np.concatenate([getattr(each, name) for each in (above, below)]) for name in ("shapes", "boxes"))
    return _Outlines([*above.codes, *below.codes], shapes, boxes)


def _coarse(shapes: Any, limit: int) -> Any:
    """Simplify townships further: from nearer the map shows areas and grids instead."""
    if int(shapely.get_num_coordinates(shapes).sum()) <= limit // 10:
        return shapes
    west, south, east, north = shapely.total_bounds(shapes)
    return shapely.coverage_simplify(shapes, max(east - west, north - south) / (FINENESS / 4))


def place_answer(plan: PublicPlan, projector: Projector, code: str) -> str | None:
    """Return one county or township with its figures and its border to the metre.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    projector : Projector
        For the border.
    code : str
        Code of the place.

    Returns
    -------
    str or None
        GeoJSON Feature; None if there is no such place.
    """
    for (level, name), groups in zip(_LEVELS, county_and_township(plan.areas), strict=True):
        found = next((place for place in plan.figures[name] if place["code"] == code), None)
        if found is not None:
            members = plan.areas["geom"].to_numpy()[(groups == code).to_numpy(dtype=bool, na_value=False)]
            whole = shapely.simplify(shapely.union_all(members), 1.0)
            told = {"level": level} | found | {"bounds": projector.bounds(members)}
            return feature_texts(projector.geometry(np.array([whole], dtype=object)), [told])[0]
    return None


def figures_answer(plan: PublicPlan) -> str:
    """Return the figures of all areas, in columns: a tenth of what they would take with a name at each number.

    Parameters
    ----------
    plan : PublicPlan
        The plan.

    Returns
    -------
    str
        JSON object with ``columns`` and ``rows``; a column like ``river:m`` is the measure of a class of elements.
    """
    held = [(item["class"], item["unit"]) for item in plan.figures["city"]["elements"]]
    levels = [row["level"] for row in plan.figures["city"]["levels"]]
    rows = []
    for area in plan.figures["areas"]:
        grids = {row["level"]: row["grids"] for row in area["levels"]}
        measures = {(item["class"], item["unit"]): item["measure"] for item in area["elements"]}
        rows.append(
            [
                *(area[name] for name in AREA_COLUMNS),
                *(grids.get(level, 0) for level in levels),
                *(round(measures.get(key, 0), 1) for key in held),
            ]
        )
    columns = [*AREA_COLUMNS, *(f"grids_{level}" for level in levels), *(f"{name}:{unit}" for name, unit in held)]
    return dumps({"columns": columns, "rows": rows})
