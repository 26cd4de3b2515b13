"""Places: what the index answers is what polygons say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
import shapely
from ground import PLANS, degrees, expected, places, plan_of

from geo_grid.errors import UsageError
from geo_grid.lookup import LookupIndex
from geo_grid.lookup.places import DATUMS


@cache
def index_of(name: str) -> LookupIndex:
    return LookupIndex(plan_of(name))


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("datum", DATUMS)
def test_places_are_where_polygons_say_in_all_datums(name: str, datum: str) -> None:
    bulk = index_of(name).lookup_many(*degrees(name, datum), datum)
    wanted = expected(name)
    assert len(bulk) == 11_000
    answers = [bulk.answer(place) for place in range(len(bulk))]
    assert [{hit.leaf for hit in answer.hits} for answer in answers] == wanted
    # the test means something: places inside, outside, and on borders
    assert sum(len(codes) == 0 for codes in wanted) > 500
    assert sum(len(codes) > 1 for codes in wanted[10_000:]) > 500


@pytest.mark.parametrize("name", PLANS)
def test_hits_name_the_grids_of_all_levels(name: str) -> None:
    grids = plan_of(name)["grids"].set_index("code")
    bulk = index_of(name).lookup_many(*degrees(name, "WGS84"))
    for place in range(0, 11_000, 7):
        for hit in bulk.answer(place).hits:
            assert [grids["level"][code] for code in hit.grids] == list(range(1, len(hit.grids) + 1))
            assert all(grids["parent_code"][low] == high for high, low in zip(hit.grids, hit.grids[1:], strict=False))
            assert {grids["area_code"][code] for code in hit.grids} == {hit.area}


@pytest.mark.parametrize("name", PLANS)
def test_one_place_is_answered_like_many(name: str) -> None:
    index = index_of(name)
    for datum in DATUMS:
        lon, lat = degrees(name, datum)
        bulk = index.lookup_many(lon, lat, datum)
        agreed = bulk.agreed()
        for place in [*range(0, 10_000, 97), *range(10_000, 11_000, 9)]:
            answer = index.lookup(lon[place], lat[place], datum)
            assert answer == bulk.answer(place)
            assert len(answer.hits) == bulk.hits[place]
            assert any(hit.shared for hit in answer.hits) == bulk.shared[place]
            first = answer.hits[0] if answer.hits else None
            assert bulk.areas()[place] == (first.area if first else None)
            for level in (1, 2, 3):
                code = first.grids[level - 1] if first and level <= len(first.grids) else None
                assert bulk.codes(level)[place] == code
            told = agreed[place]
            assert (told is None) == (first is None)
            assert [code for code in told or () if code is not None] == list(answer.agreed)


def test_hits_are_in_the_order_of_codes() -> None:
    bulk = index_of("lattice").lookup_many(*degrees("lattice", "WGS84"))
    several = np.flatnonzero(bulk.hits > 2)
    assert len(several)
    for place in several:
        codes = [hit.leaf for hit in bulk.answer(place).hits]
        assert codes == sorted(codes)


def test_outside_the_nearest_is_told_with_its_distance() -> None:
    index, plan = index_of("lattice"), plan_of("lattice")
    bulk = index.lookup_many(*degrees("lattice", "WGS84"))
    outside = np.flatnonzero(bulk.first < 0)
    whole = shapely.union_all(plan["areas"]["geom"].to_numpy())
    grids = plan["grids"].set_index("code")["geom"]
    far = shapely.distance(whole, shapely.points(places("lattice")[outside]))
    for place, metres in zip(outside[::11], far[::11], strict=True):
        near = bulk.answer(place).nearest
        assert near is not None
        assert near.metres == pytest.approx(metres, abs=1e-6)
        point = shapely.Point(places("lattice")[place])
        assert all(shapely.distance(grids[code], point) == pytest.approx(metres, abs=1e-6) for code in near.grids)


@pytest.mark.parametrize(
    ("lon", "lat"), [(0.0, 0.0), (200.0, 37.0), (111.0, 95.0), (np.nan, 37.0), (np.inf, 0.0), (-69.0, -37.5)]
)
def test_no_place_here_has_no_answer_and_no_nearest(lon: float, lat: float) -> None:
    for datum in DATUMS:
        answer = index_of("tiny").lookup(lon, lat, datum)
        assert answer.hits == ()
        assert answer.nearest is None
        assert index_of("tiny").lookup_many([lon], [lat], datum).answer(0) == answer


def test_bad_questions_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown datum 'wgs'"):
        index_of("tiny").lookup(111.0, 37.5, "wgs")
    with pytest.raises(UsageError, match="2 longitudes and 1 latitudes"):
        index_of("tiny").lookup_many([111.0, 111.1], [37.5])
    assert len(index_of("tiny").lookup_many([], [])) == 0


def test_threads_may_share_an_index() -> None:
    index = LookupIndex(plan_of("lattice"))
    lon, lat = degrees("lattice", "BD09")
    wanted = [index.lookup(*place, "BD09") for place in zip(lon[:300], lat[:300], strict=True)]
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda place: index.lookup(*place, "BD09"), [*zip(lon[:300], lat[:300], strict=True)] * 4)
        )
    assert found == wanted * 4
