"""One reading as a whole: what is counted, what is told while it lasts, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

from geo_grid.config import load_config
from geo_grid.read import read_city


def test_progress_counts_the_sources(city):
    city.write()
    city.areas.to_file(city.folder / "elements.gpkg")
    city.extra = '[[inputs.elements]]\nclass = "forest"\npath = "elements.gpkg"\n[barriers]\nriver = 1.0\n'
    told = []
    result = read_city(load_config(city.write_toml()), lambda *step: told.append(step))
    assert told == [("read", 1, 3), ("read", 2, 3), ("read", 3, 3)]
    assert result.read_rows == {"areas.gpkg": 2, "households.csv": 1020, "elements.gpkg": 2}
    assert result.name == "样例"
    assert result.barriers == {"river": 1.0}


def test_one_file_for_two_roles_is_counted_twice(city):
    """The same points as households and as elements: two sources, two labels."""
    city.write()
    city.extra = '[[inputs.elements]]\nclass = "well"\npath = "households.csv"\n'
    result = read_city(load_config(city.write_toml()))
    assert result.read_rows == {"areas.gpkg": 2, "households.csv": 1020, "households.csv (well)": 1020}
    assert len(result.elements) == 1020


def test_importing_is_cheap():
    """Pandas and its kin load when something is read, not before."""
    code = "import sys, geo_grid.config, geo_grid.read; print(sorted({'numpy', 'pandas', 'shapely', 'pyproj'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
