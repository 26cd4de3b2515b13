"""The archive: what an independent decoder reads in it is the plan, to the unit of its tiles."""

from __future__ import annotations

import gzip
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely
from lattice import lattice_plan
from plans import ORIGIN, tiny_plan
from pmtiles.reader import MmapSource, Reader, all_tiles

from geo_grid.errors import UsageError
from geo_grid.model import Plan
from geo_grid.tiles import LAYERS, TILE_TABLES, TileSource, tile, write_tiles
from geo_grid.tiles.mercator import to_square
from geo_grid.tiles.settings import BUFFER, EXTENT, MAX_ZOOM, MIN_ZOOM

if TYPE_CHECKING:
    from pathlib import Path

PLANS = {"tiny": tiny_plan, "lattice": lambda: lattice_plan(24)}
CORE = shapely.box(0, 0, EXTENT, EXTENT)


@cache
def plan_of(name: str) -> Plan:
    return PLANS[name]()


@pytest.fixture(scope="module", params=PLANS)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    path = tmp_path_factory.mktemp("tiles") / "plan.pmtiles"
    write_tiles(plan_of(request.param), path)
    return request.param, path


def raw_tiles(path: Path) -> dict[tuple[int, int, int], bytes]:
    with path.open("rb") as file:
        return {place: gzip.decompress(content) for place, content in all_tiles(MmapSource(file))}


def decoded(content: bytes) -> dict[str, list[dict[str, Any]]]:
    layers = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True, "geojson": False})
    return {name: layer["features"] for name, layer in layers.items()}


def shape_of(feature: dict[str, Any]) -> Any:
    return shapely.geometry.shape(feature["geometry"])


def assembled(path: Path, layer: str, z: int, key: str = "code") -> dict[str, Any]:
    """Put the pieces of each feature together again, in units of the zoom from the corner of the map."""
    pieces: dict[str, list[Any]] = defaultdict(list)
    for (zoom, x, y), content in raw_tiles(path).items():
        if zoom != z:
            continue
        for feature in decoded(content).get(layer, []):
            inside = shapely.intersection(shape_of(feature), CORE)
            moved = shapely.transform(inside, lambda at, x=x, y=y: at + np.array([x, y]) * EXTENT)
            pieces[feature["properties"][key]].append(moved)
    return {code: shapely.union_all(parts) for code, parts in pieces.items()}


def table_of(plan: Plan, layer: str) -> Any:
    if layer.startswith("areas"):
        return plan["areas"]
    return plan["grids"][plan["grids"]["level"] == int(layer.split("_")[1])]


@pytest.mark.parametrize("layer", ["areas", "grids_1", "grids_2", "grids_3"])
def test_polygons_match_the_plan_to_a_unit(archive: tuple[str, Path], layer: str) -> None:
    plan = plan_of(archive[0])
    table = table_of(plan, layer)
    found = assembled(archive[1], layer, MAX_ZOOM)
    wanted = to_square(table["geom"].to_numpy(), plan.crs, "WGS84")
    wanted = shapely.transform(wanted, lambda at: at * (EXTENT << MAX_ZOOM))
    for code, shape in zip(table["code"], wanted, strict=True):
        # each point of the border is at most about a unit away: half by rounding, the rest by what is left out
        apart = shapely.area(shapely.symmetric_difference(found[code], shape))
        assert apart <= 1.2 * shapely.length(shape)
        assert shapely.hausdorff_distance(found[code], shape) < 4


@pytest.mark.parametrize("layer", [each.name for each in LAYERS if each.name != "elements"])
def test_everything_is_at_all_its_zooms(archive: tuple[str, Path], layer: str) -> None:
    wanted = set(table_of(plan_of(archive[0]), layer)["code"])
    told = next(each for each in LAYERS if each.name == layer)
    found: dict[int, list[str]] = defaultdict(list)
    for (z, _, _), content in raw_tiles(archive[1]).items():
        found[z] += [feature["properties"]["code"] for feature in decoded(content).get(layer, [])]
    for z in range(MIN_ZOOM, MAX_ZOOM + 1):
        assert set(found[z]) == (wanted if told.low <= z <= told.high else set())


def test_elements_are_whole(archive: tuple[str, Path]) -> None:
    plan = plan_of(archive[0])
    found = assembled(archive[1], "elements", MAX_ZOOM, key="id")
    assert set(found) == set(plan["elements"]["id"])
    wanted = to_square(plan["elements"]["geom"].to_numpy(), plan.crs, "WGS84")
    wanted = shapely.transform(wanted, lambda at: at * (EXTENT << MAX_ZOOM))
    for code, shape in zip(plan["elements"]["id"], wanted, strict=True):
        assert shapely.get_dimensions(found[code]) == shapely.get_dimensions(shape)
        assert shapely.hausdorff_distance(found[code], shape) < 2
        if shapely.get_dimensions(shape) == 1:
            assert shapely.length(found[code]) == pytest.approx(shapely.length(shape), rel=2e-3)


def test_borders_stay_shared_at_every_zoom(archive: tuple[str, Path]) -> None:
    for (z, _, _), content in raw_tiles(archive[1]).items():
        if z < 8:
            continue  # grids of a hundred metres are smaller than a unit there, and drawn as one
        for layer, features in decoded(content).items():
            if layer.startswith("grids") and not layer.endswith("label"):
                shapes = shapely.intersection([shape_of(feature) for feature in features], CORE)
                overlap = shapely.area(shapes).sum() - shapely.area(shapely.union_all(shapes))
                assert abs(overlap) < 1e-6


def test_polygons_are_valid_in_every_tile(archive: tuple[str, Path]) -> None:
    for content in raw_tiles(archive[1]).values():
        for features in decoded(content).values():
            assert all(shape_of(feature).is_valid for feature in features)


def test_nothing_is_drawn_far_outside_its_tile(archive: tuple[str, Path]) -> None:
    for content in raw_tiles(archive[1]).values():
        for features in decoded(content).values():
            bounds = shapely.total_bounds([shape_of(feature) for feature in features])
            assert bounds.min() >= -BUFFER
            assert bounds.max() <= EXTENT + BUFFER


def test_attributes_are_few_and_counts_are_public(archive: tuple[str, Path]) -> None:
    plan = plan_of(archive[0])
    households = dict(zip(plan["grids"]["code"], plan["grids"]["households"], strict=True))
    fields = {layer.name: set(layer.fields) for layer in LAYERS}
    small = 0
    for content in raw_tiles(archive[1]).values():
        for layer, features in decoded(content).items():
            for feature in features:
                told = feature["properties"]
                assert set(told) <= fields[layer]
                if "level" in told:
                    true = households[told["code"]]
                    small += true < 10
                    assert told["households"] == (true if true >= 10 else "<10")
    if archive[0] == "tiny":
        assert small


def test_neighbours_have_different_colours(archive: tuple[str, Path]) -> None:
    for content in raw_tiles(archive[1]).values():
        for features in decoded(content).values():
            if "colour" not in features[0]["properties"]:
                continue
            colour = np.array([feature["properties"]["colour"] for feature in features])
            code = np.array([feature["properties"]["code"] for feature in features])
            shapes = np.array([shape_of(feature) for feature in features])
            one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
            touching = shapely.length(shapely.intersection(shapes[one], shapes[other])) > 8
            beside = touching & (code[one] != code[other])
            assert (colour[one] != colour[other])[beside].all()


def test_no_household_and_no_building_is_in_any_tile(tmp_path: Path) -> None:
    plan, marker = tiny_plan(), "ZQXMARK"
    for table, names in {
        "households": ("id", "building", "entrance", "group", "address", "source"),
        "units": ("id", "building", "entrance", "group", "stack_id"),
        "quarantine": ("source", "reason", "raw"),
        "elements": ("source",),
    }.items():
        for name in names:
            plan.tables[table][name] = [f"{marker}{i}" for i in range(len(plan[table]))]
    path = tmp_path / "plan.pmtiles"
    write_tiles(plan, path)
    assert all(marker.encode() not in content for content in raw_tiles(path).values())
    with path.open("rb") as file:
        assert marker not in str(Reader(MmapSource(file)).metadata())


def test_the_tables_of_households_are_not_needed(tmp_path: Path) -> None:
    plan = tiny_plan()
    few = Plan(plan.crs, {name: plan[name] for name in TILE_TABLES}, plan.meta)
    assert write_tiles(few, tmp_path / "few.pmtiles") == write_tiles(plan, tmp_path / "all.pmtiles")
    assert (tmp_path / "few.pmtiles").read_bytes() == (tmp_path / "all.pmtiles").read_bytes()


def test_the_same_plan_gives_the_same_bytes(archive: tuple[str, Path], tmp_path: Path) -> None:
    plan = plan_of(archive[0])
    mixed = {name: frame.sample(frac=1, random_state=3) for name, frame in plan.tables.items()}
    write_tiles(Plan(plan.crs, mixed, plan.meta), tmp_path / "again.pmtiles")
    assert (tmp_path / "again.pmtiles").read_bytes() == archive[1].read_bytes()


def test_one_process_and_two_give_the_same_bytes(archive: tuple[str, Path], tmp_path: Path) -> None:
    for workers in (1, 2):
        write_tiles(plan_of(archive[0]), tmp_path / f"{workers}.pmtiles", workers=workers)
    assert (tmp_path / "1.pmtiles").read_bytes() == (tmp_path / "2.pmtiles").read_bytes()


def test_a_tile_of_a_draft_is_the_tile_of_the_archive(archive: tuple[str, Path]) -> None:
    source = TileSource(plan_of(archive[0]))
    written = raw_tiles(archive[1])
    for (z, x, y), content in written.items():
        assert source.tile(z, x, y) == content
    z, x, y = next(iter(written))
    assert tile(plan_of(archive[0]), z, x, y) == written[z, x, y]
    assert source.tile(14, 0, 0) == b""


def test_what_is_drawn_elsewhere_is_not_drawn_at_the_corner_of_its_box() -> None:
    plan = tiny_plan()
    x, y = ORIGIN
    strip = shapely.Polygon([(x, y), (x + 100, y), (x + 10_100, y + 10_000), (x + 10_000, y + 10_000)])
    plan.tables["areas"] = plan["areas"].iloc[:1].assign(geom=[shapely.multipolygons([strip])])
    plan.tables["grids"], plan.tables["elements"] = plan["grids"].iloc[:0], plan["elements"].iloc[:0]
    source = TileSource(plan)
    written = {(z, *place): content for z in (12, 14) for place, content in source.tiles(z).items()}
    west, north, _, _ = source.bounds or (0, 0, 0, 0)
    for z in (12, 14):
        corner = (z, int(west * (1 << z)), int(north * (1 << z)))
        assert corner not in written
        assert source.tile(*corner) == b""
    assert all(source.tile(*place) == content for place, content in written.items())


def test_other_programs_read_it(archive: tuple[str, Path]) -> None:
    plan = plan_of(archive[0])
    layers = pyogrio.list_layers(archive[1])[:, 0].tolist()
    assert {"areas", "grids_1", "grids_2", "grids_3", "elements"} <= set(layers)
    grids = pyogrio.read_dataframe(archive[1], layer="grids_2")
    assert set(grids["code"]) == set(plan["grids"]["code"][plan["grids"]["level"] == 2])
    assert shapely.is_valid(grids.geometry.to_numpy()).all()
    whole = pyogrio.read_dataframe(archive[1], layer="areas").to_crs(plan.crs)
    bounds = shapely.total_bounds(plan["areas"]["geom"].to_numpy())
    assert np.allclose(whole.total_bounds, bounds, atol=2.0)


def test_the_header_says_where_and_what(archive: tuple[str, Path]) -> None:
    with archive[1].open("rb") as file:
        reader = Reader(MmapSource(file))
        header, told = reader.header(), reader.metadata()
    assert (header["min_zoom"], header["max_zoom"]) == (6, 14)
    assert header["min_lon_e7"] < header["max_lon_e7"]
    assert header["min_lat_e7"] < 37.6e7 < header["max_lat_e7"] + 1e7
    assert [layer["id"] for layer in told["vector_layers"]] == [layer.name for layer in LAYERS]
    assert told["name"] == plan_of(archive[0]).meta["name"]


def test_what_is_smaller_than_a_unit_is_drawn(tmp_path: Path) -> None:
    plan = tiny_plan()
    x, y = ORIGIN
    sliver = shapely.multipolygons([shapely.box(x + 0.01, y + 0.01, x + 0.03, y + 60)])
    row = plan["grids"].index[plan["grids"]["level"] == 3][0]
    plan["grids"].loc[row, "geom"] = sliver
    write_tiles(plan, tmp_path / "plan.pmtiles")
    code = plan["grids"]["code"][row]
    for z in (13, 14):
        assert code in assembled(tmp_path / "plan.pmtiles", "grids_3", z)


def test_an_archive_is_replaced_wholly_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "plan.pmtiles"
    path.write_bytes(b"before")

    def fail(_stage: str, done: int, _of: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_tiles(tiny_plan(), path, progress=fail)
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["plan.pmtiles"]


def test_maps_with_an_offset_have_tiles_of_their_own(tmp_path: Path) -> None:
    shifted = TileSource(tiny_plan(), "GCJ02").bounds
    plain = TileSource(tiny_plan()).bounds
    assert shifted is not None
    assert plain is not None
    east = (shifted[0] - plain[0]) * 40_075_016.7 * np.cos(np.radians(37.5))
    assert 400 < east < 700


def test_tiles_that_cannot_be_are_refused() -> None:
    source = TileSource(tiny_plan())
    for place in ((5, 0, 0), (15, 0, 0), (10, -1, 0), (10, 0, 1024)):
        with pytest.raises(UsageError, match="there is no tile"):
            source.tile(*place)


def test_an_empty_plan_is_refused(tmp_path: Path) -> None:
    plan = tiny_plan()
    for name in plan.tables:
        plan.tables[name] = plan.tables[name].iloc[:0]
    with pytest.raises(UsageError, match="nothing to draw"):
        write_tiles(plan, tmp_path / "plan.pmtiles")
    assert not list(tmp_path.iterdir())


def test_a_grid_without_a_shape_harms_no_other(tmp_path: Path) -> None:
    plan = tiny_plan()
    row = plan["grids"].index[plan["grids"]["level"] == 2][0]
    plan["grids"].loc[row, "geom"] = shapely.MultiPolygon()
    write_tiles(plan, tmp_path / "plan.pmtiles")
    codes = plan["grids"]["code"][plan["grids"]["level"] == 2]
    assert set(assembled(tmp_path / "plan.pmtiles", "grids_2", 14)) == set(codes) - {codes[row]}
