"""Households of another place, or a part of the file, do not take a plan's grids away."""

from __future__ import annotations

import pytest
from cities import run
from growing import city

from geo_grid.rebuild import refusing


@pytest.fixture
def made(tmp_path, capsys):
    """A plan whose every missing household counts, and what makes it."""
    made, address = city(tmp_path / "city"), tmp_path / "plan.gpkg"
    status, _, error = run(capsys, "build", made.write(), "--store", address, "--workers", "1")
    assert status == 0, error
    return made, address


def refused(capsys, made, address, *words):
    before = address.read_bytes()
    status, told, error = run(capsys, "rebuild", made.write(), "--store", address, *words)
    assert (status, told) == (2, "")
    assert len(error.strip().splitlines()) == 1
    assert address.read_bytes() == before
    return error


def test_households_of_another_place(made, capsys):
    made, address = made
    made.households = made.households.assign(lon=made.households["lon"] + 3)
    assert "none of its" in refused(capsys, made, address)
    assert "none of its" in refused(capsys, made, address, "--many-gone")  # no year leaves a plan nobody lives in


def test_households_that_are_shifted(made, capsys, monkeypatch):
    monkeypatch.setattr(refusing, "MANY_GONE", 0)
    made, address = made
    everybody, north = len(made.households), made.households["lat"].max() - made.households["lat"].min()
    made.households = made.households.assign(lat=made.households["lat"] + north / 3)
    error = refused(capsys, made, address)
    assert f"of the {everybody} households of the plan are not in it, or not where they were; " in error
    assert "of its rows could not be used, the first: outside" in error


def test_a_part_of_the_file(made, capsys, monkeypatch):
    monkeypatch.setattr(refusing, "MANY_GONE", 0)
    made, address = made
    everybody = len(made.households)
    gone = int(everybody * refusing.SHARE_GONE) + 1
    made.households = made.households.iloc[gone:].reset_index(drop=True)
    error = refused(capsys, made, address)
    assert f"{gone} of the {everybody} households of the plan are not in it" in error
    assert "--many-gone" in error
    status, told, error = run(capsys, "rebuild", made.write(), "--store", address, "--many-gone")
    assert status == 0, error
    assert f"0 new, {gone} gone" in told


def test_a_year_in_which_a_fifth_is_gone(made, capsys, monkeypatch):
    monkeypatch.setattr(refusing, "MANY_GONE", 0)
    made, address = made
    gone = int(len(made.households) * refusing.SHARE_GONE)
    made.households = made.households.iloc[gone:].reset_index(drop=True)
    status, told, error = run(capsys, "rebuild", made.write(), "--store", address)
    assert status == 0, error
    assert f"0 new, {gone} gone" in told
