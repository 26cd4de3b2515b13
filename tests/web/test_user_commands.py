"""``geo-grid user``: accounts from the command line."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from plans import tiny_plan
from signing import PASSWORD

from geo_grid.cli import main
from geo_grid.store import open_store
from webmap import Settings
from webmap.accounts.register import Register
from webmap.refusals import WrongLinkError

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
    assert re.fullmatch(r"li\tplanner\t1411\tlink open until 20\S+ \d\d:\d\d UTC\n", run(capsys, "list", store)[1])
    with open_store(store).ledger() as ledger:
        who = Register(ledger, Settings()).accept(token, "", "", PASSWORD)
    assert (who.name, who.role, who.prefix) == ("li", "planner", "1411")
    assert run(capsys, "list", store)[1] == "li\tplanner\t1411\tli\n"
    status, _, err = run(capsys, *words)
    assert status == 2
    assert "geo-grid user password" in err


def test_a_new_link_voids_the_earlier_one_and_an_account_voids_all(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def link(*words: str) -> tuple[str, str]:
        _, out, err = run(capsys, words[0], store, "li", *words[1:])
        return out.strip().split("#token=")[1], err

    first, err = link("add", "--role", "planner", "--prefix", "1411")
    assert "earlier" not in err
    second, err = link("add", "--role", "inspector", "--prefix", "1411")
    assert "the earlier link for li cannot be used any more" in err
    with open_store(store).ledger() as ledger:
        register = Register(ledger, Settings())
        with pytest.raises(WrongLinkError):
            register.accept(first, "", "", PASSWORD)
        assert register.accept(second, "", "", PASSWORD).role == "inspector"
        third, _ = link("password")
        assert register.accept(third, "", "", "another-river-9").role == "inspector"
        # a link for an account that somebody else makes in the meantime does not take it over
        token = register.invite("zhou", "administrator")
        register.add("zhou", PASSWORD, role="inspector")
        with pytest.raises(WrongLinkError):
            register.accept(token, "", "", "another-river-9")
        assert register.sign_in("zhou", PASSWORD)


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


def test_the_last_administrator_is_not_removed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(store).ledger() as ledger:
        Register(ledger, Settings()).add("li", PASSWORD, role="administrator")
    status, _, err = run(capsys, "remove", store, "li")
    assert status == 2
    assert "last administrator of the whole city" in err
    assert "closed" not in run(capsys, "list", store)[1]


def test_a_link_is_revoked(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    token = run(capsys, "add", store, "李明", "--role", "planner")[1].strip().split("#token=")[1]
    assert run(capsys, "revoke", store, "李明") == (0, "1 one-time link for 李明 cannot be used any more\n", "")
    assert run(capsys, "list", store)[1] == ""
    with open_store(store).ledger() as ledger, pytest.raises(WrongLinkError):
        Register(ledger, Settings()).accept(token, "", "", PASSWORD)


@pytest.mark.parametrize(
    "words",
    [
        ["add", "STORE", " ab", "--role", "planner"],
        ["add", "STORE", "", "--role", "planner"],
        ["add", "STORE", "li", "--role", "planner", "--prefix", "77abc"],
        ["add", "STORE", "li", "--role", "planner", "--address", "javascript:alert(1)"],
        ["add", "STORE", "li", "--role", "planner", "--address", "https://"],
        ["revoke", "STORE", "li"],
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
