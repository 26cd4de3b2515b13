"""PostGIS tables: read like files, quoted names, and never a password in a message."""

from __future__ import annotations

import psycopg
import pytest
import shapely
from cities import LAT, LON, SIDE

from geo_grid.config import load_config
from geo_grid.errors import InputError
from geo_grid.read import inspect_city, read_city
from geo_grid.read.formats import load


@pytest.fixture
def database(postgis_url):
    with psycopg.connect(postgis_url, autocommit=True) as db:
        db.execute('CREATE SCHEMA "户 籍"')
        db.execute(
            'CREATE TABLE "户 籍"."h"";--" (id int PRIMARY KEY, "楼 栋" text, 楼层 int, residents numeric, g geometry(PointZ, 4326))'
        )
        insert = 'INSERT INTO "户 籍"."h"";--" VALUES (%s, %s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s, 9), 4326))'
        for n in (3, 1, 2):
            db.execute(insert, [n, f'{n}号"楼\n', n, 2.0, LON + n * SIDE / 4, LAT + SIDE / 2])
        db.execute('INSERT INTO "户 籍"."h"";--" VALUES (4, NULL, NULL, NULL, NULL)')
        db.execute("CREATE TABLE plain (a text, b int)")
        db.execute("INSERT INTO plain VALUES ('x', 1)")
        db.execute("CREATE VIEW seen AS SELECT * FROM plain")
        db.execute("CREATE TABLE mixed (g geometry)")
        db.execute("INSERT INTO mixed VALUES ('SRID=4326;POINT(0 0)'), ('SRID=4490;POINT(0 0)')")
        db.execute("CREATE TABLE empty (id int, g geometry(Point, 4490))")
    return postgis_url


def test_a_table_is_read_in_the_order_of_its_key(source, tmp_path, database):
    from geo_grid.config import Source

    table = load(Source("households", "postgresql:h", database, layer='户 籍.h";--'))
    assert table.frame["id"].tolist() == ["1", "2", "3", "4"]
    assert table.frame["楼 栋"].tolist() == ['1号"楼\n', '2号"楼\n', '3号"楼\n', None]
    assert table.crs.to_epsg() == 4326
    assert not shapely.has_z(table.geometry).any()
    assert shapely.is_missing(table.geometry).tolist() == [False, False, False, True]


def toml(city, database, layer):
    city.write()
    path = city.folder / "city.toml"
    text = path.read_text("utf-8").replace('path = "households.csv"', f"path = '{database}'\nlayer = '{layer}'")
    path.write_text(text, encoding="utf-8")
    return path


def test_a_city_from_a_database(city, database):
    result = read_city(load_config(toml(city, database, '户 籍.h";--')))
    assert result.households["row"].tolist() == [1, 2, 3]
    assert result.households["floor"].tolist() == [1, 2, 3]
    assert result.households["residents"].tolist() == [2, 2, 2]
    assert result.quarantine["reason"].tolist() == ["no coordinates"]


def test_other_tables(database):
    from geo_grid.config import Source

    def of(layer):
        return load(Source("elements", f"postgresql:{layer}", database, layer=layer))

    assert of("plain").geometry is None
    assert of("seen").frame.to_dict("list") == {"a": ["x"], "b": ["1"]}
    assert len(of("empty")) == 0
    with pytest.raises(InputError, match="several coordinate systems"):
        of("mixed")
    with pytest.raises(InputError, match="no such table"):
        of("nothing; DROP TABLE plain")
    with pytest.raises(InputError, match="does not name a table"):
        of("a.b.c")
    assert len(of("plain")) == 1


def test_no_password_in_any_message(city):
    path = toml(city, "postgresql://planner:geheim@127.0.0.1:1/nowhere", "h")
    with pytest.raises(InputError) as caught:
        read_city(load_config(path))
    assert "cannot be reached" in caught.value.line()
    assert "geheim" not in caught.value.line()
    inspection = inspect_city(load_config(path))
    assert "geheim" not in str(inspection.to_dict())


def test_an_address_that_is_none(city):
    with pytest.raises(InputError) as caught:
        read_city(load_config(toml(city, "postgresql://planner:geheim@[/nowhere", "h")))
    assert "geheim" not in caught.value.line()
