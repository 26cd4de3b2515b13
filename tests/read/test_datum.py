"""Datums hold the published pairs, and each way undoes the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.read.datum import from_wgs84, to_wgs84

# lat, lon in WGS84 and in GCJ-02: published with the tests of eviltransform
# (https://github.com/googollee/eviltransform, BSD-3), to hold within 1e-6 degree
PAIRS = np.array(
    [
        [31.1774276, 121.5272106, 31.17530398364597, 121.531541859215],
        [39.911954, 116.377817, 39.91334545536069, 116.38404722455657],
    ]
)
METRE = 1.0 / 111_320.0


def test_published_pairs():
    lon, lat = from_wgs84(PAIRS[:, 1], PAIRS[:, 0], "GCJ02")
    assert np.abs(lon - PAIRS[:, 3]).max() < 1e-6
    assert np.abs(lat - PAIRS[:, 2]).max() < 1e-6


def test_published_pairs_backwards():
    lon, lat = to_wgs84(PAIRS[:, 3], PAIRS[:, 2], "GCJ02")
    assert np.abs(lon - PAIRS[:, 1]).max() < 0.5 * METRE
    assert np.abs(lat - PAIRS[:, 0]).max() < 0.5 * METRE


def test_shift_where_it_is_used():
    """At Lishi GCJ-02 lies 562 m east and 87 m north of WGS84."""
    lon, lat = from_wgs84([111.13], [37.52], "GCJ02")
    assert (lon[0] - 111.13) / METRE * np.cos(np.radians(37.52)) == pytest.approx(562, abs=5)
    assert (lat[0] - 37.52) / METRE == pytest.approx(87, abs=5)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(73.5, 135.0), st.floats(18.0, 53.5)), min_size=1, max_size=20),
    st.sampled_from(["GCJ02", "BD09"]),
)
def test_each_way_undoes_the_other(points, datum):
    lon, lat = np.array(points).T
    back_lon, back_lat = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert np.abs(back_lon - lon).max() < 1e-3 * METRE
    assert np.abs(back_lat - lat).max() < 1e-3 * METRE


@settings(deadline=None)
@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from(["WGS84", "CGCS2000"]))
def test_true_coordinates_stay(lon, lat, datum):
    assert [v[0] for v in to_wgs84([lon], [lat], datum)] == [lon, lat]
    assert [v[0] for v in from_wgs84([lon], [lat], datum)] == [lon, lat]


@pytest.mark.parametrize("datum", ["WGS84", "GCJ02", "BD09"])
@pytest.mark.parametrize("turn", [to_wgs84, from_wgs84])
def test_what_is_not_finite_stays_so(datum, turn):
    lon, lat = turn([np.nan, np.inf, 111.0], [37.0, 37.0, 37.0], datum)
    assert np.isfinite(lon).tolist() == [False, False, True]
    assert np.isfinite(lat[2])


def test_outside_china_nothing_is_shifted():
    lon, lat = from_wgs84([9.5, -70.0], [47.1, -33.0], "GCJ02")
    assert lon.tolist() == [9.5, -70.0]
    assert lat.tolist() == [47.1, -33.0]


@pytest.mark.parametrize("turn", [to_wgs84, from_wgs84])
def test_unknown_datum(turn):
    with pytest.raises(ValueError, match="GCJ-02"):
        turn([1.0], [1.0], "GCJ-02")
