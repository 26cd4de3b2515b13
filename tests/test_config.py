"""``city.toml``: what it may say, and what each mistake is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo_grid.config import load_config
from geo_grid.errors import ConfigError
from geo_grid.policy import RURAL, URBAN, Band

if TYPE_CHECKING:
    from pathlib import Path

SMALLEST = '[city]\nname = "样例"\n[inputs.areas]\npath = "areas.gpkg"\n[inputs.households]\npath = "households.csv"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults(tmp_path):
    config = load_config(written(tmp_path, SMALLEST))
    assert (config.name, config.crs, config.seed, config.min_contact) == ("样例", "auto", 0, 3.0)
    assert config.inputs.areas.path == str(tmp_path / "areas.gpkg")
    assert config.inputs.areas.overlaps == "refuse"
    assert (config.inputs.groups, config.inputs.buildings, config.inputs.elements) == (None, None, ())
    assert (config.policies.urban, config.policies.rural) == (URBAN, RURAL)
    assert (config.barriers, config.code_profile) == ({}, {})


def test_everything(tmp_path):
    text = """
[city]
name = "吕梁"
crs = "epsg:4546"
seed = 7
[inputs.areas]
path = "a/areas.shp"
encoding = "gbk"
datum = "gcj02"
crs = "EPSG:4490"
kind = "rural"
overlaps = "smaller"
where = "state = '1'"
columns = {code = "区划代码"}
[inputs.groups]
path = "groups.gpkg"
[inputs.buildings]
path = "buildings.geojson"
[inputs.households]
path = "h.xlsx"
layer = "台账"
lon = "经"
lat = "纬"
[inputs.households.columns]
id = "户"
[[inputs.elements]]
class = "road"
path = "e.gpkg"
layer = "road"
[[inputs.elements]]
class = "mine"
path = "e.gpkg"
layer = "mine"
[barriers]
river = 1
road = 0.3
[policy.urban]
bands = [[200, 400], [40, 80]]
roles = ["甲", "乙"]
keep_whole = "always"
[policy.patrol.river]
every = 10
[policy.matters]
mend_on_spot = false
[policy.rural]
given_groups = false
[cells]
min_contact = 5
[codes]
widths = [3, 2, 2]
"""
    config = load_config(written(tmp_path, text))
    areas, households = config.inputs.areas, config.inputs.households
    assert (config.crs, config.seed, config.min_contact) == ("EPSG:4546", 7, 5.0)
    assert (areas.encoding, areas.datum, areas.crs, areas.kind) == ("gbk", "GCJ02", "EPSG:4490", "rural")
    assert (areas.overlaps, areas.where, areas.columns) == ("smaller", "state = '1'", {"code": "区划代码"})
    assert households.columns == {"id": "户", "lon": "经", "lat": "纬"}
    assert [source.role for source in config.inputs.all()] == [
        "areas", "groups", "buildings", "households", "elements", "elements",
    ]  # fmt: skip
    assert [source.element_class for source in config.inputs.elements] == ["road", "mine"]
    assert config.barriers == {"river": 1.0, "road": 0.3}
    assert [level.band for level in config.policies.urban.levels] == [Band(200, 400), Band(40, 80)]
    assert [level.role for level in config.policies.urban.levels] == ["甲", "乙"]
    assert config.policies.urban.keep_whole == "always"
    assert not config.policies.rural.given_groups
    assert config.code_profile == {"widths": [3, 2, 2]}
    assert config.field_policy == {"patrol": {"river": {"every": 10}}, "matters": {"mend_on_spot": False}}


def test_labels_are_unique_and_short(tmp_path):
    text = SMALLEST.replace("areas.gpkg", "../elsewhere/city.gpkg").replace("households.csv", "../elsewhere/city.gpkg")
    text += (
        '[inputs.buildings]\npath = "sub/city.gpkg"\nlayer = "b"\n[inputs.groups]\npath = "../elsewhere/city.gpkg"\n'
    )
    labels = [source.label for source in load_config(written(tmp_path, text)).inputs.all()]
    assert len(set(labels)) == 4
    assert "sub/city.gpkg:b" in labels
    assert not any(str(tmp_path) in label for label in labels)


def test_a_password_is_never_shown(tmp_path):
    text = SMALLEST.replace("households.csv", 'postgresql://u:geheim@db/x"\nlayer = "census.h')
    config = load_config(written(tmp_path, text))
    assert config.inputs.households.is_database
    assert config.inputs.households.label == "postgresql:census.h"
    assert "geheim" not in repr(config)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "样例"', 'nam = "样例"', ["city.nam", "'name'"]),
        ("[city]", "[town]", ["[city]"]),
        ('path = "areas.gpkg"', 'layer = "x"', ["inputs.areas.path", "missing"]),
        ('path = "areas.gpkg"', "path = 3", ["inputs.areas.path", "text"]),
        ('path = "areas.gpkg"', 'path = "x"\noverlap = "first"', ["overlap", "'overlaps'"]),
        ('path = "areas.gpkg"', 'path = "x"\noverlaps = "frist"', ["frist", "first"]),
        ('path = "areas.gpkg"', 'path = "x"\ndatum = "GCJ-2"', ["datum", "GCJ02"]),
        ('path = "areas.gpkg"', 'path = "x"\nencoding = "utf-9"', ["utf-9", "encoding"]),
        ('path = "areas.gpkg"', 'path = "x"\ncolumns = {kode = "x"}', ["kode", "'code'"]),
        ('path = "areas.gpkg"', 'path = "x"\ncolumns = 3', ["columns", "table"]),
        ('path = "areas.gpkg"', 'path = "postgresql://u:p@h/d"', ["layer", "schema.table"]),
        ('name = "样例"', 'crs = "EPSG:4326"', ["EPSG:4326", "projected"]),
        ('name = "样例"', 'crs = "EPSG:2263"', ["EPSG:2263", "metres"]),
        ('name = "样例"', 'crs = "EPSG:999999"', ["EPSG:999999", "known"]),
        ('name = "样例"', "seed = -1", ["city.seed", "-1"]),
        ('name = "样例"', "seed = true", ["city.seed"]),
        ("[city]", "[barriers]\nrivr = 1\n[city]", ["rivr", "'river'"]),
        ("[city]", "[barriers]\nriver = 1.5\n[city]", ["barriers.river", "1.5"]),
        ("[city]", "[barriers]\nriver = nan\n[city]", ["barriers.river", "nan"]),
        ("[city]", "[cells]\nmin_contact = -1\n[city]", ["min_contact"]),
        ("[city]", "[policy.urban]\nbands = [[5, 2], [1, 2]]\n[city]", ["[5, 2]"]),
        ("[city]", "[policy.urban]\nbands = [[1, 2]]\n[city]", ["two or three"]),
        ("[city]", "[policy.urban]\nbands = [[10, 20], [30, 40]]\nroles = ['a', 'b']\n[city]", ["parents"]),
        ("[city]", "[policy.urban]\nbands = [[100, 200], [1.5, 4]]\n[city]", ["1.5"]),
        ("[city]", "[policy.urban]\nroles = ['a']\n[city]", ["roles"]),
        ("[city]", "[policy.urban]\nkeep_whole = 'allways'\n[city]", ["allways", "always"]),
        ("[city]", "[policy.rural]\ngiven_groups = 'yes'\n[city]", ["given_groups"]),
        ("[city]", "[policy.suburban]\n[city]", ["suburban"]),
        ("[city]", "[policy.patrol.river]\nevry = 3\n[city]", ["policy.patrol.river", "evry"]),
        ("[city]", "[policy.field]\ntrack_days = 1979-05-27\n[city]", ["policy.field.track_days"]),
        ("[city]", "[policy.matters.ghosts]\n[city]", ["ghosts"]),
        ("[inputs.households]", "[inputs.elements]\nclass = 'road'\n[inputs.households]", ["[[inputs.elements]]"]),
        (
            "[inputs.households]",
            "[[inputs.elements]]\nclass = 'raod'\npath = 'x'\n[inputs.households]",
            ["raod", "road", "gully"],
        ),
        ("[city]", "[city", ["TOML"]),
    ],
)
def test_mistakes(tmp_path, old, new, words):
    assert old in SMALLEST
    path = written(tmp_path, SMALLEST.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    line = caught.value.line()
    assert str(path) in line
    assert "\n" not in line
    for word in words:
        assert word in line


def test_no_such_file(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "city.toml")


def test_not_utf8(tmp_path):
    (tmp_path / "city.toml").write_bytes(SMALLEST.encode("gbk"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path / "city.toml")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_no_full_stop_after_a_question(tmp_path):
    text = SMALLEST + 'datum = "wgs48"\n'
    with pytest.raises(ConfigError, match=r"did you mean '[a-zA-Z0-9]+'\? Use one of: "):
        load_config(written(tmp_path, text))
