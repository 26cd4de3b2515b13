"""Counties and townships by name: what a search finds beside areas, grids and buildings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from geo_grid.figures.places import county_and_township
from geo_grid.lookup.search import QUERY_CHARACTERS
from geo_grid.lookup.spelling import heard, initials, plain, syllables

if TYPE_CHECKING:
    from webmap.public.edition import Edition

#: Counties and townships of one answer.
_MOST = 5
#: Letters that are looked for: one alone begins too many names.
_LEAST_LETTERS = 2
#: Decimals of a degree: a centimetre.
_DECIMALS = 7


@dataclass(frozen=True, slots=True)
class _Place:
    """A county or a township that has a name."""

    code: str
    name: str
    above: tuple[str, ...]  # the county of a township
    inside: tuple[float, float]
    box: tuple[float, ...]  # in the plan's coordinates


def place_hits(edition: Edition, query: str, datum: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Find counties and townships by the beginning of their names, or by their whole codes.

    Parameters
    ----------
    edition : Edition
        What answers.
    query : str
        What was typed.
    datum : str
        Datum of the places told.

    Returns
    -------
    before, after : list of dict
        As :class:`webmap.api.Hit`: those that are written or sound so, and those whose initials are.
    """
    word = plain(query[:QUERY_CHARACTERS])
    found: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    if not word or (word.isascii() and len(word) < _LEAST_LETTERS):
        return found
    for place in _places(edition):
        written = plain(place.name)
        if word == place.code or written.startswith(word) or syllables(written).lower().startswith(heard(word)):
            found[0].append(_hit(edition, place, datum))
        elif initials(written).startswith(heard(word)):
            found[1].append(_hit(edition, place, datum))
        if sum(map(len, found)) >= _MOST:
            break
    return found


def _hit(edition: Edition, place: _Place, datum: str) -> dict[str, Any]:
    west, south, east, north = place.box
    xs, ys = [place.inside[0], west, west, east, east], [place.inside[1], south, north, south, north]
    lon, lat = (axis.round(_DECIMALS).tolist() for axis in edition.index.degrees(xs, ys, datum))
    return {
        "kind": "place",
        "level": None,
        "code": place.code,
        "name": place.name,
        "area": place.code,
        "area_name": None,
        "grids": [],
        "places": list(place.above),
        "at": [lon[0], lat[0]],
        "bounds": [min(lon[1:]), min(lat[1:]), max(lon[1:]), max(lat[1:])],
    }


def _places(edition: Edition) -> list[_Place]:
    """Return the places of an edition, counties first; read off once."""
    kept: list[_Place] | None = edition.kept.get("named_places")
    if kept is None:
        kept = edition.kept["named_places"] = _read(edition)
    return kept


def _read(edition: Edition) -> list[_Place]:
    names, areas = edition.plan.meta.get("place_names"), edition.plan.areas
    if not isinstance(names, dict) or not len(areas):
        return []
    shapes = areas["geom"].to_numpy()
    county, township = county_and_township(areas)
    out: dict[str, _Place] = {}
    for groups in (county, township):
        for code, rows in groups.groupby(groups).indices.items():
            if code in names and code not in out:
                above = county.iloc[rows[0]]
                out[code] = _Place(
                    code=code,
                    name=str(names[code]),
                    above=(str(names[above]),) if above != code and above in names else (),
                    inside=shapely.get_coordinates(shapely.point_on_surface(shapes[rows[len(rows) // 2]]))[0].tolist(),
                    box=tuple(shapely.total_bounds(shapes[rows]).tolist()),
                )
    return list(out.values())
