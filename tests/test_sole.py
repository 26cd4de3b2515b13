"""Two builds into one store at once: the second ends at once, touches nothing, and says why."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from cities import City
from pg import postgis_cluster, postgis_url

from geo_grid.check import check_store
from geo_grid.cli import main

__all__ = ["postgis_cluster", "postgis_url"]

#: A build that stands still, with its locks held, once it has read the city, or before its plan takes its place; goes
#: on when a line comes in.
STANDING = """
import sys
import geo_grid.build as build, geo_grid.store.gpkg as gpkg
from geo_grid.cli import main
owner, name = (build._Work, "run") if sys.argv[1] == "read" else (gpkg.GeoPackageStore, "_replace_file")
go_on = getattr(owner, name)
def stand(*args):
    print("standing", flush=True)
    sys.stdin.readline()
    return go_on(*args)
setattr(owner, name, stand)
sys.argv[1] = "build"
sys.exit(main())
"""


def city_in(folder):
    folder.mkdir()
    return City(folder).write()


@contextmanager
def standing(*words, moment="read"):
    """A build in a process of its own that has begun, and waits."""
    command = [sys.executable, "-c", STANDING, moment, *map(str, words)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, **pipes)
    try:
        assert process.stdout.readline() == "standing\n", process.stderr.read()
        yield process
    finally:
        process.kill()
        process.communicate()


def second(*words):
    """Status and words of a build that comes later."""
    command = [sys.executable, "-m", "geo_grid.cli", "build", *map(str, words)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def assert_refused(answer):
    status, text = answer
    assert status == 2
    assert text.count("\n") == 1, text
    assert "another build is under way into this store" in text
    assert "give another --store" in text


@pytest.fixture(params=["gpkg", "postgis"])
def url(request, tmp_path):
    return str(tmp_path / "plan.gpkg") if request.param == "gpkg" else request.getfixturevalue("postgis_url")


def test_the_second_of_two_builds_ends_at_once_and_the_first_is_sound(url, tmp_path):
    city, other = city_in(tmp_path / "one"), city_in(tmp_path / "two")
    with standing(city, "--store", url) as first:
        for words in ([city], [city, "--resume"], [city, "--work", tmp_path], [other]):
            assert_refused(second(*words, "--store", url))
        out, err = first.communicate("\n", timeout=300)
    assert first.returncode == 0, err
    assert "stored in" in out
    assert check_store(url).faults == []
    assert second(city, "--store", url)[0] == 0  # the way is free again
    assert not list(tmp_path.rglob(".*.building"))


def test_stores_that_share_the_folder_of_unfinished_work(tmp_path):
    city = city_in(tmp_path / "one")
    with standing(city, "--store", tmp_path / "a.gpkg", "--work", tmp_path):
        status, text = second(city, "--store", tmp_path / "b.gpkg", "--work", tmp_path)
        assert (status, text.count("\n")) == (2, 1)
        assert f"{tmp_path / 'parts'}: another build is under way" in text
        assert second(city, "--store", tmp_path / "b.gpkg")[0] == 0


def test_a_killed_build_is_in_nobodys_way(url, tmp_path):
    city = city_in(tmp_path / "one")
    with standing(city, "--store", url) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert main(["build", str(city), "--store", url, "--resume"]) == 0
    assert not list(tmp_path.rglob(".*.building"))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_a_build_that_is_told_to_end_leaves_no_draft(tmp_path):
    city = city_in(tmp_path / "one")
    with standing(city, "--store", tmp_path / "plan.gpkg", moment="write") as first:
        assert list(tmp_path.glob(".plan.*.draft.gpkg"))
        first.send_signal(signal.SIGTERM)
        _, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (130, "geo-grid: interrupted; nothing was stored\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "plan.gpkg.parts"]  # it can go on
    assert main(["build", str(city), "--store", str(tmp_path / "plan.gpkg"), "--resume"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "plan.gpkg"]
