"""Shares are cut, times name their zone."""

import datetime as dt

import pytest

from geo_grid.telling import percent_told, share_told, time_told


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (99_964, 100_000, "99.9%"),
        (1, 1, "100.0%"),
        (2756, 2756, "100.0%"),
        (289, 1000, "28.9%"),
        (0, 7, "0.0%"),
        (0, 0, "–"),
    ],
)
def test_shares_are_cut(part, whole, told):
    assert percent_told(part, whole) == told


def test_only_all_of_it_is_one():
    assert all(share_told(whole - 1, whole) < 1 for whole in (1, 2, 3, 999, 1000, 1001, 10**6, 10**9))
    assert share_told(0, 0) is None


def test_times_are_told_with_their_zone():
    text = "2026-11-24T19:05:27+00:00"
    assert time_told(text) == "2026-11-25 03:05 北京时间"
    assert time_told(text, "en") == "2026-11-25 03:05 Beijing time"
    assert time_told(text, "en", 6.5) == "2026-11-25 01:35 UTC+06:30"
    assert time_told(dt.datetime.fromisoformat(text)) == time_told(text)
    assert time_told("2026-11-24T19:05:27") == "2026-11-24 19:05", "nobody knows which zone that is"
    assert time_told("yesterday") == "yesterday"
