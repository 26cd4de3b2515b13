"""What every store promises; each test runs on each kind of store."""

from __future__ import annotations

import pytest
from plans import EMPTY, URBAN_1, VILLAGE, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.schema import LEDGER_VERSION, SCHEMA_VERSION, TABLES
from geo_grid.store import content_hash, open_store, table_hashes


@pytest.fixture(params=["gpkg", "postgis"])
def url(request, tmp_path):
    if request.param == "gpkg":
        return str(tmp_path / "plan 计划.gpkg")
    return request.getfixturevalue("postgis_url")


@pytest.fixture
def store(url):
    with open_store(url) as opened:
        yield opened


def test_what_is_written_comes_back(store):
    plan = tiny_plan()
    store.write(plan)
    back = store.read()
    assert table_hashes(back) == table_hashes(plan)
    assert back.crs == plan.crs
    assert back.meta == {**plan.meta, "schema_version": SCHEMA_VERSION}
    for name, frame in plan.tables.items():
        assert list(back[name].columns) == TABLES[name].column_names
        assert list(back[name].dtypes) == list(frame.dtypes)
        assert back[name].drop(columns="geom", errors="ignore").equals(frame.drop(columns="geom", errors="ignore"))


def test_hostile_text_comes_back(store):
    plan = tiny_plan()
    texts = [
        "",
        " ",
        "a\nb\r\n\tc",
        "\"'`\\",
        "NULL",
        "\\N",
        'village, "x"',
        "😀 吕梁\u3000",
        "'; DROP TABLE units; --",
    ]
    plan["households"].loc[: len(texts) - 1, "address"] = texts
    plan["quarantine"].loc[0, "raw"] = texts[2]
    store.write(plan)
    back = store.read(["households", "quarantine"])
    assert back["households"]["address"].tolist()[: len(texts)] == texts
    assert back["quarantine"]["raw"].iloc[0] == texts[2]


def test_only_the_tables_asked_for_are_read(store):
    store.write(tiny_plan())
    assert set(store.read(["grids", "areas"]).tables) == {"grids", "areas"}
    assert set(store.area_plan(URBAN_1, ["grids"]).tables) == {"grids"}
    with pytest.raises(StoreError, match="no table 'nonsense'"):
        store.read(["nonsense"])


@pytest.mark.parametrize("code", [URBAN_1, VILLAGE, EMPTY])
def test_one_area_is_the_rows_of_that_area(store, code):
    plan = tiny_plan()
    store.write(plan)
    part = store.area_plan(code)
    grids = plan["grids"].loc[plan["grids"]["area_code"] == code, "code"]
    shares = plan["element_shares"].loc[plan["element_shares"]["grid_code"].isin(grids)]
    assert part["areas"]["code"].tolist() == [code]
    assert part["grids"]["code"].tolist() == grids.tolist()
    assert set(part["units"]["area_code"]) == {code}
    assert len(part["households"]) == plan["areas"].set_index("code").loc[code, "households"]
    assert part["exceptions"]["grid_code"].tolist() == [
        grid for grid in plan["exceptions"]["grid_code"] if grid.startswith(code)
    ]
    assert len(part["element_shares"]) == len(shares)
    assert set(part["elements"]["id"]) == set(shares["element_id"])
    assert part["quarantine"].empty
    assert part.meta == store.meta()


def test_an_unknown_area_is_an_error_not_an_empty_plan(store):
    store.write(tiny_plan())
    for code in ("999", "", "' OR 1=1 --"):
        with pytest.raises(StoreError, match="no area has the code"):
            store.area_plan(code)


def test_there_is_nothing_before_the_first_write(store):
    assert not store.exists()
    for read in (store.read, store.meta, lambda: store.area_plan(URBAN_1)):
        with pytest.raises(StoreError, match="geo-grid build"):
            read()


def test_asking_whether_one_may_write_changes_nothing(store):
    store.ensure_writable()
    assert not store.exists()
    store.write(tiny_plan())
    before = content_hash(store.read())
    store.ensure_writable()
    assert content_hash(store.read()) == before


def test_a_second_plan_replaces_the_first(store):
    store.write(tiny_plan())
    plan = tiny_plan()
    plan.tables["exceptions"] = plan["exceptions"].iloc[:2]
    plan.meta["name"] = "另一市"
    store.write(plan)
    assert store.exists()
    assert content_hash(store.read()) == content_hash(plan)


def test_empty_tables_keep_their_columns_and_types(store):
    plan = tiny_plan()
    for name in plan.tables:
        plan.tables[name] = plan[name].iloc[:0]
    store.write(plan)
    back = store.read()
    for name, frame in plan.tables.items():
        assert len(back[name]) == 0
        assert list(back[name].dtypes) == list(frame.dtypes)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: p.tables.update(units=p["units"].drop(columns="stack_id")), "units has no column 'stack_id'"),
        (lambda p: p.tables.update(grids=p["grids"].assign(name=None)), "no value for 'name' in row 1"),
        (
            lambda p: p.tables.update(units=p["units"].assign(geom=p["grids"]["geom"].iloc[0])),
            "where a POLYGON belongs",
        ),
        (lambda p: p.tables.update(units=p["units"].assign(geom=None)), "no geometry in row 1"),
        (lambda p: p.tables.update(areas=p["areas"].assign(households="many")), "'households' is not of type int"),
        (lambda p: p.tables.update(areas=p["areas"].assign(name="a\x00b")), "NUL"),
        (lambda p: p.tables.update(areas=p["areas"].assign(code="1")), "key"),
        (lambda p: p.meta.update(seed={1, 2}), "not JSON"),
        (lambda p: p.tables.pop("grids"), "grids"),
    ],
)
def test_a_plan_that_does_not_fit_leaves_the_former_whole(store, spoil, message):
    store.write(tiny_plan())
    before = content_hash(store.read())
    plan = tiny_plan()
    spoil(plan)
    with pytest.raises(StoreError, match=message):
        store.write(plan)
    assert content_hash(store.read()) == before


def test_a_newer_schema_is_refused(store, monkeypatch):
    for name in ("base.SCHEMA_VERSION", "postgis.LEDGER_VERSION"):
        monkeypatch.setattr(f"geo_grid.store.{name}", LEDGER_VERSION + 1)
    store.write(tiny_plan())
    monkeypatch.undo()
    with pytest.raises(StoreError, match="newer geo-grid"):
        store.read()
