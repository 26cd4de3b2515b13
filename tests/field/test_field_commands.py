"""``geo-grid field …``: what each command writes and says, on both stores."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from field_cases import NOON, uid
from field_month import MONTH, at, fill
from field_tables import assert_of_events
from phones import LATER, context, day, photo

from geo_grid.cli import main
from geo_grid.errors import ConfigError
from geo_grid.field import field_policy
from geo_grid.field.policy import FieldSettings

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.store.base import Store


def address(store: Any) -> str:
    return str(getattr(store, "path", None) or store.url)


@pytest.fixture
def url(store: Store, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    here = tmp_path / "plan.gpkg"
    return str(here) if here.exists() else str(request.getfixturevalue("postgis_url"))


def test_a_month_is_written(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, what in (("m.gpkg", "export"), ("m.xlsx", "export"), ("m.html", "report")):
        assert main(["field", what, url, "--month", MONTH, "-o", str(tmp_path / name), "--lang", "en"]) == 0
        assert (tmp_path / name).stat().st_size > 1000
    assert "21 inspections, 4 matters" in capsys.readouterr().out


def test_figures_and_duties_are_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["field", "figures", url, "--month", MONTH, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sum(row["found"] for row in told["matters"]) == sum(row["found"] for row in told["categories"]) == 3
    assert main(["field", "figures", url, "--month", MONTH]) == 0
    assert "河道四乱" in capsys.readouterr().out
    assert main(["field", "duties", url, "--month", MONTH, "--overdue", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows
    assert {row["state"] for row in rows} == {"overdue"}
    assert main(["field", "duties", url, "--month", MONTH]) == 0
    assert len(capsys.readouterr().out.splitlines()) > len(rows)


def test_pictures_go_along(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "own", tmp_path / "out"
    (source / "a1").mkdir(parents=True)
    out.mkdir()
    (source / "a1" / "a1.jpg").write_bytes(b"picture")
    words = ["field", "export", url, "--month", MONTH, "-o", str(out / "m.gpkg"), "--photos"]
    assert main([*words, str(source)]) == 0
    assert "1 photos are not in" in capsys.readouterr().out
    assert [path.relative_to(out).as_posix() for path in out.rglob("*.jpg")] == ["photos/a1/a1.jpg"]
    assert (out / "photos/a1/a1.jpg").read_bytes() == b"picture"
    assert main([*words, str(tmp_path / "nowhere")]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "--month", "July", "-o", "m.gpkg"], "no month"),
        (["export", "--month", "2099-01", "-o", "m.gpkg"], "not begun"),
        (["export", "--month", MONTH, "-o", "m.pdf"], "another ending"),
        (["report", "--month", MONTH, "--prefix", "99", "-o", "m.html"], "no grid has a code"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    url: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["field", words[0], url, *words[1:]]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_an_export_never_replaces_a_plan(store: Store, url: str, tmp_path: Path) -> None:
    if url.endswith(".gpkg"):
        assert main(["field", "export", url, "--month", MONTH, "-o", url]) == 2
        assert store.exists()


def test_a_policy_is_taken_over_without_a_build(store: Store, url: str, tmp_path: Path, capsys: Any) -> None:
    city = tmp_path / "city.toml"
    for name in ("areas.gpkg", "households.csv"):
        (tmp_path / name).touch()
    city.write_text(
        '[city]\nname = "x"\n[inputs.areas]\npath = "areas.gpkg"\n[inputs.households]\npath = "households.csv"\n'
        "[policy.patrol]\nhill = false\n[policy.patrol.river]\nevery = 11\n",
        encoding="utf-8",
    )
    before = store.read(["grids"])
    assert main(["field", "policy", url, str(city)]) == 0
    assert "patrol.river.every = 11" in capsys.readouterr().out
    policy = field_policy(store.meta())
    assert policy.patrol.classes["river"].every == 11
    assert "hill" not in policy.patrol.classes
    assert store.read(["grids"])["grids"].equals(before["grids"])
    with store.ledger() as ledger:
        (audit,) = [row for row in ledger.edits() if row["what"] == "field_policy"]
        assert audit["request"]["policy"]["patrol"]["river"] == {"every": 11}
        with pytest.raises(ConfigError, match="evry"):
            ledger.put_field_policy({"patrol": {"river": {"evry": 3}}}, "anna")
        ledger.put_field_policy({}, "anna")
    assert field_policy(store.meta()) == field_policy({})


def places_of(store: Store) -> str:
    with store.ledger() as ledger:
        rows = ledger.dump()
        return json.dumps([rows[name] for name in ("field_events", "records", "tracks", "photos")], ensure_ascii=False)


def test_positions_are_kept_as_long_as_the_policy_says(store: Store) -> None:
    settings = FieldSettings()
    with store.ledger() as ledger:
        ledger.receive_events(
            [at(photo(190, 191, exif={"GPSInfo": {"2": 37.5}, "Model": "x"}), 1)], context(now=LATER)
        )  # waits
        before = ledger.records().drop(columns=["lon", "lat", "x", "y", "accuracy"])
        exact = float(ledger.records()["lon"][0])
        assert ledger.thin_positions(NOON + dt.timedelta(days=30), settings) == 0
        (points,) = ledger.tracks()["points"]
        assert ledger.thin_positions(NOON + dt.timedelta(days=100), settings) == 1
        (thinned,) = ledger.tracks()["points"]
        assert len(json.loads(thinned)) < len(json.loads(points))
        assert points not in places_of(store).replace("\\", "")
        assert ledger.thin_positions(NOON + dt.timedelta(days=100), settings) == 0, "once is enough"
        assert ledger.thin_positions(NOON + dt.timedelta(days=400), settings) == 1
        assert len(ledger.tracks()) == 0
        assert str(exact) in places_of(store)
        assert "GPSLatitude" in places_of(store)
        assert ledger.thin_positions(NOON + dt.timedelta(days=800), settings) == 21 + 2
        assert ledger.thin_positions(NOON + dt.timedelta(days=800), settings) == 0
        left = places_of(store)
        assert "GPS" not in left
        assert "Model" in left
        assert_of_events(ledger)
        assert not [lon for lon in ledger.records()["lon"] if abs(lon * 1000 - round(lon * 1000)) > 1e-6]
        assert str(exact) not in json.dumps(ledger.dump()["records"])
        assert ledger.records().drop(columns=["lon", "lat", "x", "y", "accuracy"]).equals(before), (
            "the work itself stays"
        )


def test_what_was_thinned_out_is_still_known(store: Store) -> None:
    with store.ledger() as ledger:
        ledger.receive_events(day(), context())
        stamp = ledger.field_stamp()
        ledger.thin_positions(NOON + dt.timedelta(days=2000), FieldSettings())
        for sent in (lambda: ledger.receive_events(day(), context()).answers, lambda: fill(ledger)):
            answers = sent()
            assert answers is None or {answer["status"] for answer in answers} <= {"known", "refused", "waiting"}
        assert ledger.field_stamp() == stamp
        told = {event["id"]: event for event in ledger.events_page(0, "", 1000)["events"]}
        assert told[uid(1)]["body"]["accuracy"] == 100.0


def test_the_command_thins(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["field", "thin", url]) == 0
    assert "say less now" in capsys.readouterr().out
