"""``geo-grid user``: accounts from the command line."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from plans import tiny_plan
from signing import PASSWORD

from geo_grid.cli import main
from geo_grid.store import open_store
from webmap import Settings
from webmap.accounts.register import Register

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> str:
    path = tmp_path / "plan.gpkg"
    open_store(path).write(tiny_plan())
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["user", *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_a_link_makes_the_account(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["add", store, "li", "--role", "planner", "--prefix", "1411", "--address", "https://plan.example/"]
    status, out, err = run(capsys, *words)
    assert status == 0
    link, token = out.strip().split("#token=")
    assert link == "https://plan.example/welcome"
    assert "24 hours" in err
    assert run(capsys, "list", store) == (0, "", "")
    with open_store(store).ledger() as ledger:
        who = Register(ledger, Settings()).accept(token, "", "", PASSWORD)
    assert (who.name, who.role, who.prefix) == ("li", "planner", "1411")
    assert run(capsys, "list", store)[1] == "li\tplanner\t1411\tli\n"
    status, _, err = run(capsys, *words)
    assert status == 2
    assert "geo-grid user password" in err


def test_a_password_is_asked_for(
    store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert run(capsys, "add", store, "li", "--role", "inspector", "--ask")[0] == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("another-river-9\n"))
    assert run(capsys, "password", store, "li", "--ask")[0] == 0
    with open_store(store).ledger() as ledger:
        assert Register(ledger, Settings()).sign_in("li", "another-river-9")
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    status, out, err = run(capsys, "password", store, "li", "--ask")
    assert (status, out) == (2, "")
    assert "10 characters" in err


def test_a_removed_account_is_closed_at_once(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(store).ledger() as ledger:
        register = Register(ledger, Settings())
        register.add("li", PASSWORD, role="planner")
        token, _ = register.sign_in("li", PASSWORD)
        assert run(capsys, "remove", store, "li")[0] == 0
        assert register.session(token) is None
    assert "closed" in run(capsys, "list", store)[1]


@pytest.mark.parametrize(
    "words",
    [
        ["add", "STORE", "a b", "--role", "planner"],
        ["add", "STORE", "li", "--role", "king"],
        ["add", "STORE", "li", "--role", "planner", "--prefix", "%"],
        ["add", "STORE", "li"],
        ["remove", "STORE", "nobody"],
        ["password", "STORE", "nobody"],
        ["list", "nothing.gpkg"],
        ["add", "nothing.gpkg", "li", "--role", "planner"],
    ],
)
def test_mistakes_are_one_line(store: str, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    status, out, err = run(capsys, *(store if word == "STORE" else word for word in words))
    assert (status, out) == (2, "")
    assert err.startswith("geo-grid: ")
    assert err.count("\n") == 1
