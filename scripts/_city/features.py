"""Managed elements: valleys' streams and roads, fields, forest, wells, hills; and the real mines and rivers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from _city.places import DATA
from _city.territory import CRS, real_rivers, to_metres
from _city.valleys import ROAD, winding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from _city.territory import Territory
    from _city.valleys import Valleys
    from _city.villages import Hamlets

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Geometries = NDArray[np.object_]

CLASSES = ("forest", "farmland", "road", "well", "mine", "river", "gully", "hill")
#: Cells around a village that are fields, woods in a village, and how far (cells) a wood reaches.
FIELDS = 6
WOODS = 2
REACH = 1.7


class Collector:
    """Elements of one county, by class."""

    def __init__(self) -> None:
        self.parts: dict[str, list[gpd.GeoDataFrame]] = {name: [] for name in CLASSES}

    def add(self, name: str, shapes: Geometries, names: NDArray[np.object_] | None = None, ids: object = None) -> None:
        """Add elements of one class."""
        texts = np.full(len(shapes), None, dtype=object) if names is None else names
        columns = {"id": np.full(len(shapes), None, dtype=object) if ids is None else ids, "name": texts}
        self.parts[name].append(gpd.GeoDataFrame(pd.DataFrame(columns, dtype=object), geometry=shapes, crs=CRS))

    def frames(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the elements of each class that has any, with ids where they have none."""
        found = {}
        for name, parts in self.parts.items():
            some = [part for part in parts if len(part)]
            if some:
                found[name] = pd.concat(some, ignore_index=True)
        return found


def valley_elements(
    out: Collector, land: Territory, valleys: Valleys, rows: Ints, hamlets: Hamlets, short: NDArray[np.object_]
) -> None:
    """Add streams and roads of a county's valleys and side valleys; ``short`` names all areas of the city."""
    urban = (land.places.areas["kind"] == "urban").to_numpy()[rows]
    path = valleys.path.take(rows)
    streams, roads = path.lines(), path.lines(ROAD)
    river = valleys.is_river[rows] & ~urban
    gully = ~river & ~urban
    out.add("river", streams[river], short[rows[river]] + "河")
    out.add("gully", streams[gully], short[rows[gully]] + "沟")
    out.add("road", roads[~urban], short[rows[~urban]] + "村道")
    side = hamlets.path
    out.add("gully", side.lines(), short[hamlets.area] + "支沟")
    out.add("road", side.lines(ROAD), short[hamlets.area] + "小路")
    towns = land.places.towns
    mine = np.flatnonzero(np.isin(valleys.seats[valleys.long_town], rows))
    names = towns["name"].to_numpy(dtype=object)[valleys.long_town[mine]]
    out.add("road", valleys.long.take(mine).lines(-ROAD), names + "公路")


def highways(out: Collector, land: Territory, county: int, key: tuple[int, int]) -> None:
    """Add the highway from a county's seat to the nearest seat nearer to the city's first one."""
    to_first = np.hypot(*(land.seat - land.seat[0]).T)
    nearer = np.flatnonzero(to_first < to_first[county])
    if not len(nearer):
        return
    goal = nearer[np.hypot(*(land.seat[nearer] - land.seat[county]).T).argmin()]
    rng = np.random.default_rng([*key, 7, county])
    path = winding(land.seat[[county]], land.seat[[goal]], rng, share=0.02)
    name = land.places.counties["name"].to_numpy(dtype=object)
    out.add("road", path.lines(), np.array([name[county] + name[goal] + "干线"], dtype=object))


def land_use(out: Collector, land: Territory, rows: Ints, short: NDArray[np.object_], rng: np.random.Generator) -> None:
    """Add fields near the villages, woods, wells and hills in the rest of their land."""
    cells = np.flatnonzero(np.isin(land.label, rows))
    cells = cells[np.argsort(land.label[cells], kind="stable")]
    area = land.label[cells]
    away = np.hypot(*(land.mesh.sites[cells] - land.seed[area]).T)
    order = np.lexsort((away, area))
    cells, area, away = cells[order], area[order], away[order]
    first = np.searchsorted(area, area)
    rank = np.arange(len(area)) - first
    count = np.searchsorted(area, area, side="right") - first
    field = (rank > 0) & (rank <= FIELDS) & (rng.uniform(size=len(area)) < 0.7)
    out.add("farmland", _shrunk(land, cells[field], 0.8), short[area[field]] + "田")
    _woods(out, land, cells[rank > FIELDS], short, rng)
    start = np.searchsorted(area, rows)
    size = np.searchsorted(area, rows, side="right") - start
    wells = cells[start + rng.integers(0, np.minimum(size, 3))]
    out.add("well", shapely.points(land.mesh.points_in(wells, rng)), short[rows] + "井")
    peak = rank == np.maximum(count - 2, 0)
    out.add("hill", shapely.points(land.mesh.sites[cells[peak]]), short[area[peak]] + "山")


def _shrunk(land: Territory, cells: Ints, share: float) -> Geometries:
    """Return convex cells drawn in towards their sites."""
    shapes = land.mesh.polygons(cells)
    count = shapely.get_num_coordinates(shapes)
    middle = np.repeat(land.mesh.sites[cells], count, axis=0)
    return shapely.set_coordinates(shapes, middle + share * (shapely.get_coordinates(shapes) - middle))


def _woods(out: Collector, land: Territory, cells: Ints, short: NDArray[np.object_], rng: np.random.Generator) -> None:
    """Add forest: in each area the cells near a few of them, drawn in from the edges."""
    area, xy = land.label[cells], land.mesh.sites[cells]
    start = np.searchsorted(area, area)
    count = np.searchsorted(area, area, side="right") - start
    hearts = np.full((int(land.label.max()) + 1, WOODS), -1)
    some, at = np.unique(area, return_index=True)
    hearts[some] = at[:, None] + np.floor(rng.uniform(size=(len(some), WOODS)) * count[at][:, None]).astype(np.int64)
    size = np.sqrt(
        np.bincount(area, _cell_areas(land, cells), len(hearts))
        / np.maximum(np.bincount(area, minlength=len(hearts)), 1)
    )
    away = np.hypot(*(xy[:, None] - xy[hearts[area]]).transpose(2, 0, 1))
    wood = away.argmin(axis=1)
    inside = away.min(axis=1) < REACH * size[area]
    key = area[inside] * WOODS + wood[inside]
    order = np.argsort(key, kind="stable")
    shapes = land.mesh.polygons(cells[inside][order])
    keys, first = np.unique(key[order], return_index=True)
    united = [shapely.coverage_union_all(part) for part in np.split(shapes, first[1:])]
    drawn_in = shapely.buffer(np.array(united, dtype=object), -12.0, join_style="mitre")
    good = ~shapely.is_empty(drawn_in)
    out.add("forest", drawn_in[good], short[keys[good] // WOODS] + "林")


def _cell_areas(land: Territory, cells: Ints) -> Floats:
    return np.asarray(shapely.area(land.mesh.polygons(cells)))


def real_mines() -> gpd.GeoDataFrame:
    """Return the real mines: leases, shafts and stations, metres."""
    features = json.loads((DATA / "lvliang_mines/gem_lvliang_112.geojson").read_text())["features"]
    shapes = np.array([shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features], dtype=object)
    shapes = shapely.transform(shapely.force_2d(shapes), lambda xy: to_metres(*xy.T))
    facts = [feature["properties"] for feature in features]
    names = [f"{fact['Mine Name']}: {fact['description'] or fact['mine feature subcategory']}" for fact in facts]
    frame = pd.DataFrame({"id": [fact["id"] for fact in facts], "name": names}, dtype=object)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS)


def real_elements(out: Collector, ground: shapely.Geometry, shift: Floats) -> None:
    """Add the real mines in some ground, and the real rivers as far as they are near it."""
    mines = real_mines()
    moved = shapely.transform(mines.geometry.to_numpy(), lambda xy: xy + shift)
    shapely.prepare(ground)
    here = shapely.intersects(ground, shapely.point_on_surface(moved))
    out.add("mine", moved[here], mines["name"].to_numpy(dtype=object)[here], mines["id"].to_numpy(dtype=object)[here])
    rivers = shapely.transform(real_rivers(), lambda xy: xy + shift)
    near = shapely.get_parts(shapely.intersection(rivers, shapely.buffer(ground, 500.0)))
    out.add("river", near[shapely.length(near) > 0])
