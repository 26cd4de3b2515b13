"""Territory: counties, townships and areas as nested power diagrams, made exact by one mesh of small cells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from _city.mesh import Mesh, components, one_piece_each, relax, voronoi
from _city.places import DATA, Places
from _city.power import Warp, distances, divide, nearest

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: CGCS2000 / 3-degree Gauss-Krüger CM 111E, which the program itself chooses for Lüliang.
CRS = "EPSG:4546"
FRAME = (110.2, 36.5, 112.6, 38.9)
#: Cells of the mesh an area gets: a border of some hundred vertices, as surveyed ones have.
CELLS = 60
#: The city ends this far west of the line the Yellow River is drawn as, so that all of it is someone's.
BANK = 40.0
EXCLAVES = 6


@dataclass(slots=True)
class Territory:
    """The land of one city.

    Parameters
    ----------
    places : Places
        Names and codes.
    mesh : Mesh
        The small cells.
    label : ndarray of int64
        Area of each cell, −1 outside the city.
    seed : ndarray of float64, shape (a, 2)
        Middle of each area's core.
    seat : ndarray of float64, shape (c, 2)
        Seat of each county.
    exclave : dict of int to ndarray of int64
        Cells of the second piece of the areas that have one.
    """

    places: Places
    mesh: Mesh
    label: Ints
    seed: Floats
    seat: Floats
    exclave: dict[int, Ints]

    def polygons(self, which: Ints) -> Geometries:
        """Return the polygons of some areas, by dissolving their cells."""
        order = np.argsort(self.label, kind="stable")
        start = np.searchsorted(self.label[order], np.arange(len(self.seed) + 1))
        return np.array(
            [shapely.coverage_union_all(self.mesh.polygons(order[start[a] : start[a + 1]])) for a in which],
            dtype=object,
        )


class NoLandError(Exception):
    """By bad luck a township was left without land."""


def make_territory(places: Places, key: tuple[int, int]) -> Territory:
    rng = np.random.default_rng([*key, 2])
    seat = to_metres(places.counties["lon"].to_numpy(), places.counties["lat"].to_numpy())
    river = yellow_river()
    outline = _Outline(places, seat, river, Warp(rng))
    target = _targets(places, rng)
    towns, areas = _nested(places, outline, target, rng)
    sites, core_of = _sites(outline, areas, target, rng)
    pairs, east = _bank_pairs(river)
    far = shapely.distance(shapely.points(sites), river) > 260.0
    far[core_of >= 0] = True
    sites, core_of = sites[far], core_of[far]
    sites = np.vstack((np.where((core_of >= 0)[:, None], sites, relax(sites)), pairs))
    core_of = np.append(core_of, np.full(len(pairs), -1))
    inside = outline.inside(sites)
    inside[len(sites) - len(pairs) :] &= east
    label = _label(sites, outline, towns, areas)
    label[~inside] = -1
    label[core_of >= 0] = core_of[core_of >= 0]
    mesh = voronoi(sites)
    unbounded = np.diff(mesh.ptr) == 0
    label[unbounded] = -1
    label = one_piece_each(mesh.pairs, label)
    label[unbounded] = -1
    cores = np.flatnonzero((core_of >= 0) & (core_of == label))
    middle = _middles(label, cores)
    exclave = _exclaves(places, mesh, label, middle, set(cores.tolist()), rng)
    return Territory(places, mesh, label, mesh.sites[middle], seat, exclave)


def _middles(label: Ints, cores: Ints) -> Ints:
    """Return the cell of each area that stands for its seed: a core cell, else any."""
    cells = np.flatnonzero(label >= 0)
    later = np.concatenate((cells, cores[::-1]))
    middle = np.full(int(label.max()) + 1, -1)
    middle[label[later]] = later  # of several, the last: the first core cell, where one is left
    return middle


def to_metres(lon: Floats, lat: Floats) -> Floats:
    return np.column_stack(Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(lon, lat))


def real_rivers() -> Geometries:
    """Return the real river lines, metres; pieces that are points in two numbers are left out."""
    features = json.loads((DATA / "lvliang_rivers/wdbii_rivers_lvliang.geojson").read_text())["features"]
    lines = [np.array(feature["geometry"]["coordinates"]) for feature in features]
    return np.array([shapely.LineString(to_metres(*xy.T)) for xy in lines if len(np.unique(xy, axis=0)) > 1])


def yellow_river() -> shapely.LineString:
    """Return the river the city ends at: the only one of level 1."""
    features = json.loads((DATA / "lvliang_rivers/wdbii_rivers_lvliang.geojson").read_text())["features"]
    big = [f for f in features if f["properties"]["level"] == 1 and len(f["geometry"]["coordinates"]) > 2]
    parts = [np.array(f["geometry"]["coordinates"]) for f in big]
    xy = np.vstack(sorted(parts, key=lambda part: -part[:, 1].max()))
    return shapely.LineString(to_metres(*xy[np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))].T))


def _bank_pairs(river: shapely.LineString, step: float = 240.0, reach: float = 120.0) -> tuple[Floats, Bools]:
    """Return sites in pairs on both sides of the bank: the border of their cells runs along it. And which are east."""
    at = np.arange(step / 2, river.length, step)
    here = shapely.get_coordinates(shapely.line_interpolate_point(river, at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(river, at + step / 2))
    along = (ahead - here) / np.hypot(*(ahead - here).T)[:, None]
    left = np.column_stack((-along[:, 1], along[:, 0]))  # the line runs south: its left is the east
    east, west = here + left * (reach - BANK), here - left * (reach + BANK)
    good = (shapely.distance(shapely.points(east), river) > 40) & (shapely.distance(shapely.points(west), river) > 40)
    return np.vstack((east[good], west[good])), np.repeat([True, False], int(good.sum()))


class _Outline:
    """Which points are in the city, and in which county: discs around the seats, grown together, east of the river."""

    step = 1000.0

    def __init__(self, places: Places, seat: Floats, river: shapely.LineString, warp: Warp) -> None:
        corner = to_metres(np.array([FRAME[0], FRAME[2]]), np.array([FRAME[1], FRAME[3]]))
        self.west, self.south = corner[0]
        columns, rows = np.ceil((corner[1] - corner[0]) / self.step).astype(int)
        x, y = np.meshgrid(self.west + self.step * np.arange(columns), self.south + self.step * np.arange(rows))
        self.raster = np.column_stack((x.ravel(), y.ravel()))
        self.shape = x.shape
        self.warp, self.seeds = warp, warp(seat)
        xy = shapely.get_coordinates(river)
        beyond = [(xy[-1, 0] + 4e5, xy[-1, 1]), (xy[0, 0] + 4e5, xy[0, 1])]
        self.east = shapely.Polygon(np.vstack((xy, beyond)))
        shapely.prepare(self.east)
        self._fit(places.counties["km2"].to_numpy(dtype=np.float64) * 1e6)

    def _fit(self, target: Floats, rounds: int = 80) -> None:
        east = shapely.contains_xy(self.east, self.raster).reshape(self.shape)
        bent = self.warp(self.raster)
        weight, best, least = target / np.pi, target / np.pi, np.inf
        for turn in range(rounds):
            power = distances(bent, self.seeds, weight)
            grown = (power.min(axis=1) < 0).reshape(self.shape) & east
            closed = ndimage.binary_closing(np.pad(grown, 8), iterations=6)[8:-8, 8:-8]
            smooth = ndimage.gaussian_filter((ndimage.binary_fill_holes(closed) & east).astype(float), 1.0)
            inside = (smooth > 0.5).ravel() & east.ravel()
            got = np.bincount(power.argmin(axis=1)[inside], minlength=len(target)) * self.step**2
            error = float(np.abs(got / target - 1).max())
            if error < least:
                best, least, self.smooth = weight.copy(), error, smooth
            # closing jumps when discs meet: smaller and smaller steps, or it would go to and fro
            weight = weight + 0.4 * 0.96**turn * (target - got)
        self.weight = best

    def inside(self, xy: Floats) -> Bools:
        """Tell which points are in the city."""
        at = (xy - [self.west, self.south]) / self.step
        value = ndimage.map_coordinates(self.smooth, (at[:, 1], at[:, 0]), order=1)
        return (value > 0.5) & shapely.contains_xy(self.east, xy)

    def county(self, xy: Floats) -> Ints:
        """Return the county of each point, inside or not."""
        return nearest(self.warp(xy), self.seeds, self.weight)

    def around(self) -> Floats:
        """Return raster points in a ring around the city."""
        inside = self.inside(self.raster).reshape(self.shape)
        ring = ndimage.binary_dilation(inside, iterations=5) & ~inside
        return self.raster[ring.ravel()]


def _targets(places: Places, rng: np.random.Generator) -> Floats:
    """Draw the area of each area, square metres: communities dense, villages share what their county has left."""
    areas = places.areas
    urban = (areas["kind"] == "urban").to_numpy()
    weight = areas["weight"].to_numpy()
    size = np.where(urban, weight / 2600 + 0.15, np.sqrt(weight) * np.exp(0.35 * rng.standard_normal(len(areas))))
    for county in places.counties.itertuples():
        mine = (areas["county"] == county.code).to_numpy()
        size[mine & ~urban] *= (county.km2 - size[mine & urban].sum()) / size[mine & ~urban].sum()
    return np.asarray(size * 1e6)


@dataclass(slots=True)
class _Level:
    """A power diagram inside each parent: rows of the children, their bent seeds and weights, and a cloud of points."""

    rows: list[Ints]
    seeds: list[Floats]
    weight: list[Floats]
    cloud: list[Floats]


def _nested(places: Places, outline: _Outline, target: Floats, rng: np.random.Generator) -> tuple[_Level, _Level]:
    """Divide counties into townships, and those into areas."""
    fine = outline.step / 2
    points = np.vstack([outline.raster + fine * np.array([i, j]) for i in (0, 1) for j in (0, 1)])
    points = points[outline.inside(points)] + rng.uniform(-fine / 2, fine / 2, (1, 2))
    county = outline.county(points)
    areas, towns = places.areas, places.towns
    town_of = np.searchsorted(towns["code"].to_numpy(), areas["town"].to_numpy())
    town_size = np.bincount(town_of, target, len(towns))
    urban = np.bincount(town_of, (areas["kind"] == "urban").to_numpy(), len(towns))
    density = urban / town_size
    first, second = _Level([], [], [], []), _Level([], [], [], [])
    for c, code in enumerate(places.counties["code"]):
        mine = np.flatnonzero((towns["code"].str[:6] == code).to_numpy())
        cloud = points[county == c]
        bent = outline.warp(cloud)
        # streets and the county town lie around the seat, the others anywhere
        by_seat = np.argsort(np.hypot(*(bent - outline.seeds[c]).T))
        start = np.where(
            density[mine] > 0.15e-6, rng.integers(0, 40, len(mine)), rng.integers(0, len(cloud), len(mine))
        )
        start = bent[by_seat[start]] + rng.normal(0, 300, (len(mine), 2))
        capital = np.arange(len(mine)) == density[mine].argmax()
        start[capital] = outline.seeds[c]
        seeds, weight = divide(bent, start, town_size[mine], capital)
        _append(first, mine, seeds, weight, cloud)
        town = nearest(bent, seeds, weight)
        for t, row in enumerate(mine):
            rows, heart = np.flatnonzero(town_of == row), seeds[t] if capital[t] else None
            _divide_town(second, rows, cloud[town == t], heart, areas, target, outline.warp, rng)
    return first, second


def _append(level: _Level, rows: Ints, seeds: Floats, weight: Floats, cloud: Floats) -> None:
    level.rows.append(rows)
    level.seeds.append(seeds)
    level.weight.append(weight)
    level.cloud.append(cloud)


def _divide_town(
    level: _Level,
    rows: Ints,
    cloud: Floats,
    heart: Floats | None,
    areas: pd.DataFrame,
    target: Floats,
    warp: Warp,
    rng: np.random.Generator,
) -> None:
    """Divide one township into areas, communities around its heart, or its middle."""
    if not len(cloud):
        raise NoLandError
    spread = np.sqrt(target[rows].sum() / max(len(cloud), 1)) / 2
    times = -(-CELLS * 5 * len(rows) // (4 * len(cloud)))
    cloud = np.repeat(cloud, times, axis=0)
    cloud = cloud + rng.uniform(-spread, spread, cloud.shape)
    bent = warp(cloud)
    by_middle = np.argsort(np.hypot(*(bent - (bent.mean(axis=0) if heart is None else heart)).T))
    urban = (areas["kind"].to_numpy()[rows]) == "urban"
    close = max(8, int(1.5 * len(cloud) * target[rows][urban].sum() / target[rows].sum()))
    start = np.where(urban, rng.integers(0, min(close, len(cloud)), len(rows)), rng.integers(0, len(cloud), len(rows)))
    jitter = rng.normal(0, spread / 4, (len(rows), 2))
    seeds, weight = divide(bent, bent[by_middle[start]] + jitter, target[rows])
    _append(level, rows, seeds, weight, cloud)


def _label(xy: Floats, outline: _Outline, towns: _Level, areas: _Level) -> Ints:
    """Return the area of each point, from the county down."""
    label = np.empty(len(xy), dtype=np.int64)
    bent, county = outline.warp(xy), outline.county(xy)
    town_slot = {int(row): slot for slot, row in enumerate(np.concatenate(towns.rows))}
    for c, rows in enumerate(towns.rows):
        here = np.flatnonzero(county == c)
        town = nearest(bent[here], towns.seeds[c], towns.weight[c])
        for t, row in enumerate(rows):
            slot, there = town_slot[int(row)], here[town == t]
            label[there] = areas.rows[slot][nearest(bent[there], areas.seeds[slot], areas.weight[slot])]
    return label


def _sites(outline: _Outline, areas: _Level, target: Floats, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Choose the sites of the mesh: a core of seven an area, its share of points, and a ring around the city."""
    parts, core = [], []
    turn = np.linspace(0, 2 * np.pi, 7)[:-1]
    star = np.vstack(((0.0, 0.0), np.column_stack((np.cos(turn), np.sin(turn)))))
    for rows, seeds, weight, cloud in zip(areas.rows, areas.seeds, areas.weight, areas.cloud, strict=True):
        bent = outline.warp(cloud)
        label = nearest(bent, seeds, weight)
        order = rng.permutation(len(cloud))
        order = order[np.argsort(label[order], kind="stable")]
        rank = np.arange(len(order)) - np.searchsorted(label[order], label[order])
        chosen = order[rank < CELLS]
        size = np.sqrt(target[rows] / CELLS)
        # the seed is bent: the cloud's nearest point, one a seed, says where it is on the ground
        ground = cloud[linear_sum_assignment(distances(bent, seeds, np.zeros(len(seeds))).T)[1]]
        cores = (ground[:, None, :] + star * (1.1 * size)[:, None, None]).reshape(-1, 2)
        close = np.hypot(*(cloud[chosen] - ground[label[chosen]]).T) > 1.8 * size[label[chosen]]
        parts += [
            cores,
            cloud[chosen][close] + rng.normal(0, 0.2, (int(close.sum()), 2)) * size[label[chosen][close]][:, None],
        ]
        core += [np.repeat(rows, 7), np.full(int(close.sum()), -1)]
    ring = outline.around()
    parts.append(ring + rng.uniform(-300, 300, ring.shape))
    core.append(np.full(len(ring), -1))
    return np.vstack(parts), np.concatenate(core).astype(np.int64)


def _exclaves(
    places: Places, mesh: Mesh, label: Ints, middle: Ints, cores: set[int], rng: np.random.Generator
) -> dict[int, Ints]:
    """Give a few villages a second piece: some cells of a village of their township that is no neighbour."""
    rural = np.flatnonzero((places.areas["kind"] == "rural").to_numpy())
    town = places.areas["town"].to_numpy()
    both = np.concatenate((mesh.pairs, mesh.pairs[:, ::-1]))
    both = both[np.argsort(both[:, 0], kind="stable")]
    start = np.searchsorted(both[:, 0], np.arange(len(label) + 1))

    def around(cell: int) -> Ints:
        return both[start[cell] : start[cell + 1], 1]

    found: dict[int, Ints] = {}
    for giver in rng.permutation(rural)[:400]:
        if len(found) == EXCLAVES:
            break
        cells = [c for c in np.flatnonzero(label == giver) if c not in cores]
        if len(cells) < 20:
            continue
        heart = int(rng.choice(cells))
        piece = np.array([heart, *[c for c in around(heart) if label[c] == giver and c not in cores][:4]])
        near = {int(label[c]) for p in piece for c in around(p)}
        takers = [a for a in rural[town[rural] == town[giver]] if a != giver and a not in near and a not in found]
        trial = label.copy()
        trial[piece] = -2
        giver_cells = np.flatnonzero(trial == giver)
        if not takers or len(np.unique(components(len(trial), mesh.pairs, trial)[giver_cells])) != 1:
            continue
        taker = int(takers[np.argmin(np.hypot(*(mesh.sites[middle[takers]] - mesh.sites[heart]).T))])
        label[piece] = taker
        found[taker] = piece
    return found
