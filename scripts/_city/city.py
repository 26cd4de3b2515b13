"""A whole city, or one county of it, written to a folder."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from _city.communities import settle_communities
from _city.features import Collector, highways, land_use, real_elements, valley_elements
from _city.mesh import Mesh
from _city.places import CITY_HOUSEHOLDS, Places, RefusedError, apportion, load_places
from _city.territory import CRS, NoLandError, Territory, make_territory
from _city.valleys import make_valleys
from _city.villages import settle_villages
from _city.write import Writer, city_toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from _city.valleys import Valleys

#: Copies of the city stand this far apart, metres; four a row.
APART = (215_000.0, 260_000.0)
A_ROW = 4
#: How often the land of a copy is drawn.
DRAWS = 9


def write_city(
    folder: Path, households: int | None, seed: int, county: str | None, say: Callable[[str], None]
) -> tuple[int, int]:
    """Write a city, or one county.

    Parameters
    ----------
    folder : Path
        Where to.
    households : int or None
        How many in all; None for as many as a city of 1.2 million has there.
    seed : int
        Same seed, same bytes.
    county : str or None
        Name or code of the one county to write.
    say : callable
        Told what was written.

    Returns
    -------
    areas, households : int
        How many were written.

    Raises
    ------
    RefusedError
        If there is no such county, or there are fewer households than areas, or no land for all.
    """
    places = load_places(seed)
    chosen = _counties(places, county)
    mine = places.areas["county"].isin(places.counties["code"][chosen]).to_numpy()
    if households is None:
        households = CITY_HOUSEHOLDS if county is None else round(float(places.areas["weight"][mine].sum()))
    copies = 1 if county else max(1, round(households / CITY_HOUSEHOLDS))
    place_names: dict[str, str] = {}
    bounds = [households * copy // copies for copy in range(copies + 1)]
    weight = places.areas["weight"][mine].to_numpy()
    counts = [apportion(weight, end - start) for start, end in pairwise(bounds)]
    with Writer(folder) as writer:
        for copy in range(copies):
            land, shift = _land(places, seed, copy)
            _write_copy(writer, land, shift, (seed, copy), chosen, counts[copy], mine, say)
            place_names |= _names(land.places, chosen)
        layers = sorted(writer.layers - {"areas"})
        name = "示例数据·" + ("吕梁市" if county is None else places.counties["name"][chosen[0]])
        text = city_toml(name, layers, place_names, _about(places, households, seed, copies, county))
        (folder / "city.toml").write_text(text, encoding="utf-8")
        return int(mine.sum()) * copies, writer.households


def _counties(places: Places, county: str | None) -> list[int]:
    if county is None:
        return list(range(len(places.counties)))
    found = np.flatnonzero((places.counties["name"] == county) | (places.counties["code"] == county))
    if not len(found):
        raise RefusedError(f"no county {county!r}; there are {'、'.join(places.counties['name'])}")
    return [int(found[0])]


def _about(places: Places, households: int, seed: int, copies: int, county: str | None) -> list[str]:
    word = f"--county {county} " if county else ""
    lines = [
        "示例数据: geometry, households and addresses are made up. Names and codes of counties, townships, villages and",
        "communities are real (china-division 2.7.0), so are mines (Global Energy Monitor, CC BY 4.0) and the large rivers",
        "(World Data Bank II). Nobody lives at any of these places. Origin and licences: data/boundaries/README.md",
        f"Made by scripts/make_city.py {word}--households {households} --seed {seed}",
        f"Without territory, and therefore left out: {'、'.join(places.virtual)}",
    ]
    if copies > 1:
        lines.append(f"{copies} copies side by side; codes and names of all but the first are made up too")
    return lines


def _land(places: Places, seed: int, copy: int) -> tuple[Territory, NDArray[np.float64]]:
    """Return the land of a copy of the city, moved to where that copy stands; the first one stays."""
    land = _drawn(places, seed, copy)
    shift = np.array([copy % A_ROW * APART[0], copy // A_ROW * APART[1]])
    if copy == 0:
        return land, shift
    areas, towns, counties = places.areas.copy(), places.towns.copy(), places.counties.copy()
    for frame, columns in ((areas, ("code", "town", "county")), (towns, ("code", "county")), (counties, ("code",))):
        for column in columns:
            frame[column] = f"{9000 + copy}" + frame[column].str[4:]
        frame["name"] += f"（副本{copy}）"
    mesh = Mesh(land.mesh.sites + shift, land.mesh.xy + shift, land.mesh.ptr, land.mesh.pairs)
    moved = Places(areas, towns, counties, places.virtual)
    return Territory(moved, mesh, land.label, land.seed + shift, land.seat + shift, land.exclave), shift


def _drawn(places: Places, seed: int, copy: int) -> Territory:
    """Draw the land of a copy; by bad luck that leaves a township without any, and it is drawn again."""
    for attempt in range(DRAWS):
        try:
            return make_territory(places, (seed, copy + 1000 * attempt))
        except NoLandError:
            continue
    raise RefusedError(f"no land for every township in {DRAWS} draws; give another --seed")


def _names(places: Places, chosen: list[int]) -> dict[str, str]:
    counties = places.counties.iloc[chosen]
    towns = places.towns[places.towns["county"].isin(counties["code"])]
    return dict(zip([*counties["code"], *towns["code"]], [*counties["name"], *towns["name"]], strict=True))


def _write_copy(
    writer: Writer,
    land: Territory,
    shift: NDArray[np.float64],
    key: tuple[int, int],
    chosen: list[int],
    counts: NDArray[np.int64],
    mine: NDArray[np.bool_],
    say: Callable[[str], None],
) -> None:
    valleys = make_valleys(land, key)
    count = np.zeros(len(mine), dtype=np.int64)
    count[mine] = counts
    for c in chosen:
        county = land.places.counties.iloc[c]
        rows = np.flatnonzero((land.places.areas["county"] == county["code"]).to_numpy())
        _write_county(writer, land, valleys, c, rows, count[rows], shift, key)
        say(f"{county['name']}: {len(rows)} areas, {count[rows].sum()} households")


def _write_county(
    writer: Writer,
    land: Territory,
    valleys: Valleys,
    county: int,
    rows: NDArray[np.int64],
    count: NDArray[np.int64],
    shift: NDArray[np.float64],
    key: tuple[int, int],
) -> None:
    rng = np.random.default_rng([*key, 5, county])
    areas = land.places.areas
    polygons = land.polygons(rows)
    part = areas.iloc[rows]
    columns = {"code": part["code"], "name": part["name"], "kind": part["kind"], "parent_code": part["town"]}
    writer.areas(gpd.GeoDataFrame(columns, geometry=polygons, crs=CRS).reset_index(drop=True))
    urban = (part["kind"] == "urban").to_numpy()
    flats, streets = settle_communities(land, rows[urban], polygons[urban], count[urban], rng)
    homes, hamlets = settle_villages(land, valleys, rows[~urban], polygons[~urban], count[~urban], rng)
    codes = areas["code"].to_numpy(dtype=object)
    short = areas["name"].str.replace(r"(居民委员会|居委会|村民委员会|村委会|村委)(?=$|（)", "", regex=True)
    town_names = land.places.towns.set_index("code")["name"]
    prefix = (areas["town"].map(town_names) + short).to_numpy(dtype=object)
    writer.flats(flats, codes, prefix, rng)
    writer.homes(homes, codes, prefix, rng)
    short = short.to_numpy(dtype=object)
    out = Collector()
    valley_elements(out, land, valleys, rows, hamlets, short)
    out.add("road", streets, np.repeat(short[rows[urban]], 2) + "街")
    highways(out, land, county, key)
    land_use(out, land, rows[~urban], short, rng)
    real_elements(out, shapely.coverage_union_all(polygons), shift)
    writer.elements(out.frames())
