"""One made-up county, written once for all tests of the demonstration city."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))


def run(folder: Path, *words: str) -> Path:
    """Run the script as people do."""
    command = [sys.executable, str(ROOT / "scripts/make_city.py"), "--out", str(folder), *words]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "city.toml"


@pytest.fixture(scope="session")
def make():
    return run


@pytest.fixture(scope="session")
def land():
    from _city.places import load_places
    from _city.territory import make_territory

    return make_territory(load_places(7), (7, 0))


@pytest.fixture(scope="session")
def county(land, tmp_path_factory):
    """Write a county on the land that is there already; making it is the longest part."""
    import _city.city

    folder = tmp_path_factory.mktemp("county")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_city.city, "make_territory", lambda _places, _key: land)
        _city.city.write_city(folder, 9000, 7, "石楼县", lambda _text: None)
    return folder / "city.toml"
