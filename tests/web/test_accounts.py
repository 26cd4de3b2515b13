"""Accounts: signing in, sessions that end, one-time links, and who may manage whom, on both kinds of store."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from pg import postgis_cluster  # noqa: F401 - a fixture
from plans import tiny_plan
from signing import PASSWORD, Visitor, add, problem, sign_in

from geo_grid.errors import UsageError
from geo_grid.store import open_store
from geo_grid.store.gpkg_backend import explained
from webmap import Settings, create_app
from webmap.accounts import passwords
from webmap.accounts.people import check_name
from webmap.accounts.register import Register
from webmap.refusals import (
    BadNameError,
    LastAdministratorError,
    OtherNameError,
    TakenError,
    UnknownNameError,
    WrongLinkError,
    WrongPasswordError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from werkzeug.test import TestResponse


@pytest.fixture(scope="module", params=["gpkg", "postgis"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A plan on each kind of store."""
    if request.param == "gpkg":
        url = str(tmp_path_factory.mktemp("accounts") / "plan.gpkg")
        open_store(url).write(tiny_plan())
        yield url
        return
    folder = request.getfixturevalue("postgis_cluster")
    with psycopg.connect(f"postgresql://postgres@/postgres?host={folder}", autocommit=True) as db:
        db.execute("CREATE DATABASE accounts TEMPLATE with_postgis")
        url = f"postgresql://postgres@/accounts?host={folder}"
        with open_store(url) as store:
            store.write(tiny_plan())
        yield url
        db.execute("DROP DATABASE accounts WITH (FORCE)")


@pytest.fixture
def store_url(stored: str) -> Iterator[str]:
    """A store without accounts."""
    yield stored
    with open_store(stored) as store, store.ledger() as ledger:
        for row in ledger.accounts():
            ledger.remove_account(row["name"])


@pytest.fixture
def serving(store_url: str) -> Iterator[Callable[..., Flask]]:
    """Make services with settings."""
    made: list[Flask] = []

    def make(**settings: str) -> Flask:
        made.append(create_app(store_url, settings=Settings(**settings)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["office"].close()


@pytest.fixture
def app(serving: Callable[..., Flask]) -> Flask:
    return serving()


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(store_url: str, clock: Clock) -> Iterator[Register]:
    with open_store(store_url) as store, store.ledger() as ledger:
        yield Register(ledger, Settings(), clock)


def test_signing_in_and_out(app: Flask) -> None:
    add(app, "王芳", "planner", "1411")
    visitor = sign_in(app, "王芳")
    me = visitor.get("/api/v1/me").get_json()
    assert me == {"name": "王芳", "display": "王芳", "role": "planner", "prefix": "1411", "csrf": visitor.csrf}
    assert visitor.send("DELETE", "/api/v1/session").status_code == 204
    problem(visitor.get("/api/v1/me"), 401, "signed_out")


def test_where_nothing_can_be_written_signing_in_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise explained(sqlite3.OperationalError("attempt to write a readonly database"), Path("secret/plan.gpkg"))

    add(app, "li", "planner")
    monkeypatch.setattr(type(app.extensions["office"].ledger), "put_session", refuse)
    body = {"name": "li", "password": PASSWORD}
    answer = problem(app.test_client().post("/api/v1/session", json=body), 503, "read_only")
    assert "nobody can sign in" in answer["detail"]
    assert "secret" not in str(answer)


def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(app: Flask) -> None:
    add(app, "li", "planner")
    for scheme, secure in (("http", False), ("https", True)):
        answer = app.test_client().post(
            "/api/v1/session", json={"name": "li", "password": PASSWORD}, base_url=f"{scheme}://localhost"
        )
        words = answer.headers["Set-Cookie"].split("; ")
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(words)
        assert ("Secure" in words) is secure


def test_neither_password_nor_cookie_is_in_the_store(app: Flask, store_url: str) -> None:
    add(app, "li", "planner")
    visitor = sign_in(app, "li")
    cookie = visitor.client.get_cookie("geo_grid_session").value
    with open_store(store_url) as store, store.ledger() as ledger:
        account = ledger.account("li")
        assert account["password_hash"].startswith("$argon2id$")
        assert PASSWORD not in str(account)
        assert ledger.session(cookie) is None
        register = Register(ledger, Settings())
        session = register.session(cookie)
        assert cookie not in str(ledger.session(session.id_hash))
        assert register.session(session.id_hash) is None, "the hash itself opens nothing"


def test_a_refused_login_does_not_say_what_is_wrong(app: Flask) -> None:
    add(app, "li", "planner")
    add(app, "closed", "planner")
    app.extensions["office"].register.change("closed", active=False)
    for name, password in (("li", "wrong-river-7"), ("nobody", PASSWORD), ("closed", PASSWORD)):
        answer = app.test_client().post("/api/v1/session", json={"name": name, "password": password})
        detail = problem(answer, 401, "wrong_password")["detail"]
        assert detail == "name and password do not belong together. Try again."
        assert "Set-Cookie" not in answer.headers


def test_checking_an_unknown_account_is_as_much_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    checked, real = [], passwords._HASHER

    class Counting:
        def hash(self, password: str) -> str:
            return real.hash(password)

        def verify(self, stored: str, password: str) -> bool:
            checked.append(stored)
            return real.verify(stored, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    passwords._nobody.cache_clear()
    stored = passwords.hashed(PASSWORD)
    assert passwords.fits(stored, PASSWORD)
    assert not passwords.fits(None, PASSWORD)
    assert len(checked) == 2
    assert checked[0].split("$")[:4] == checked[1].split("$")[:4], "the same kind of hash with the same settings"


def test_hashes_cost_what_the_library_recommends() -> None:
    source = Path(passwords.__file__).read_text(encoding="utf-8")
    assert "_HASHER = PasswordHasher()" in source, "the tests make hashes cheap; the service must not"


def test_full_width_letters_are_the_same_password() -> None:
    assert passwords.fits(passwords.hashed("ｑuiet-river-7"), "quiet-river-7")


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "planner-li", "x" * 257])
def test_passwords_that_are_guessed_too_easily_are_refused(password: str) -> None:
    with pytest.raises(UsageError):
        passwords.check_password(password, "planner-li", 10)


def test_a_session_ends_when_nobody_uses_it(register: Register, clock: Clock) -> None:
    register.add("li", PASSWORD, role="planner")
    token, _ = register.sign_in("li", PASSWORD)
    for _ in range(4):
        clock.passes(Settings().session_idle_seconds - 1)
        assert register.session(token), "used in time, it goes on"
    clock.passes(Settings().session_idle_seconds)
    assert register.session(token) is None
    clock.passes(-Settings().session_idle_seconds)
    assert register.session(token) is None, "what has ended stays ended"


def test_a_session_ends_however_busy_it_is(register: Register, clock: Clock) -> None:
    register.add("li", PASSWORD, role="planner")
    token, _ = register.sign_in("li", PASSWORD)
    steps, step = 12, Settings().session_seconds / 12
    for _ in range(steps - 1):
        clock.passes(step)
        assert register.session(token)
    clock.passes(step)
    assert register.session(token) is None


def test_a_closed_account_is_out_at_once(app: Flask) -> None:
    add(app, "li", "planner")
    add(app, "boss", "administrator")
    visitor, boss = sign_in(app, "li"), sign_in(app, "boss")
    assert boss.send("PATCH", "/api/v1/users/li", {"active": False}).status_code == 200
    problem(visitor.get("/api/v1/desk/changes"), 401, "signed_out")


def test_a_changed_password_ends_other_sessions(app: Flask) -> None:
    add(app, "li", "planner")
    here, there = sign_in(app, "li"), sign_in(app, "li")
    problem(here.post("/api/v1/password", {"old": "wrong-river-7", "new": "loud-river-88"}), 401, "wrong_password")
    problem(here.post("/api/v1/password", {"old": PASSWORD, "new": "short"}), 400, "bad_request")
    assert there.get("/api/v1/me").status_code == 200
    answer = here.post("/api/v1/password", {"old": PASSWORD, "new": "loud-river-88"})
    assert answer.status_code == 200
    assert answer.get_json()["csrf"] != here.csrf
    assert here.get("/api/v1/me").status_code == 200
    problem(there.get("/api/v1/me"), 401, "signed_out")
    problem(app.test_client().post("/api/v1/session", json={"name": "li", "password": PASSWORD}), 401, "wrong_password")
    sign_in(app, "li", "loud-river-88")


def test_a_new_login_is_a_new_session(app: Flask) -> None:
    add(app, "li", "planner")
    visitor = sign_in(app, "li")
    old = visitor.client.get_cookie("geo_grid_session").value
    visitor.client.post("/api/v1/session", json={"name": "li", "password": PASSWORD})
    assert visitor.client.get_cookie("geo_grid_session").value != old
    assert app.extensions["office"].register.session(old) is None


def test_too_many_attempts_are_turned_away_even_with_the_right_password(serving: Callable[..., Flask]) -> None:
    app = serving(login_limit="3 per minute")
    add(app, "li", "planner")
    add(app, "wang", "planner")
    client = app.test_client()
    for _ in range(3):
        problem(client.post("/api/v1/session", json={"name": "li", "password": "no"}), 401, "wrong_password")
    answer = client.post("/api/v1/session", json={"name": "li", "password": PASSWORD})
    problem(answer, 429, "too_many")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    sign_in(app, "wang")
    elsewhere = client.post(
        "/api/v1/session", json={"name": "li", "password": PASSWORD}, environ_overrides={"REMOTE_ADDR": "10.1.2.3"}
    )
    assert elsewhere.status_code == 200, "a stranger's guesses must not lock the owner out"


def test_one_address_cannot_try_many_names(serving: Callable[..., Flask]) -> None:
    app = serving(login_address_limit="5 per minute")
    client = app.test_client()
    for number in range(5):
        # addresses of one network of IPv6 count as one
        place = {"REMOTE_ADDR": f"2001:db8::{number}"}
        answer = client.post("/api/v1/session", json={"name": f"n{number}", "password": "no"}, environ_overrides=place)
        problem(answer, 401, "wrong_password")
    place = {"REMOTE_ADDR": "2001:db8::ffff"}
    for path, body in (("session", {"name": "x", "password": "no"}), ("welcome", {"token": "x", "password": PASSWORD})):
        problem(client.post(f"/api/v1/{path}", json=body, environ_overrides=place), 429, "too_many")


def test_logins_that_succeed_are_not_counted(serving: Callable[..., Flask]) -> None:
    app = serving(login_limit="3 per minute", login_name_limit="3 per minute")
    add(app, "li", "planner")
    for _ in range(5):
        sign_in(app, "li")


# one-time links


def test_the_first_link_makes_one_administrator_and_no_second(app: Flask) -> None:
    register = app.extensions["office"].register
    one, two = register.first_link(), register.first_link()
    client = app.test_client()
    body = {"token": one, "name": "boss", "display": "主任", "password": PASSWORD}
    answer = client.post("/api/v1/welcome", json=body)
    assert answer.status_code == 200
    assert {**answer.get_json(), "csrf": ""} == {
        "name": "boss",
        "display": "主任",
        "role": "administrator",
        "prefix": "",
        "csrf": "",
    }
    assert Visitor(client).get("/api/v1/me").status_code == 200
    for token in (one, two, "guess"):
        answer = app.test_client().post("/api/v1/welcome", json=body | {"token": token, "name": "intruder"})
        problem(answer, 403, "wrong_link")
    assert register.first_link() is None
    assert [who.name for who in register.people()] == ["boss"]


def test_a_link_is_used_once_whoever_comes_at_the_same_time(register: Register) -> None:
    register.add("boss", PASSWORD, role="administrator")
    token = register.invite("li", "planner", "1411")
    done, barrier = [], threading.Barrier(6)

    def accept(number: int) -> None:
        barrier.wait()
        try:
            register.accept(token, "", f"{number}", f"{PASSWORD}-{number}")
        except WrongLinkError:
            return
        done.append(number)

    threads = [threading.Thread(target=accept, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert register.sign_in("li", f"{PASSWORD}-{done[0]}")[1].person.prefix == "1411"


def test_a_link_is_good_for_a_day(register: Register, clock: Clock) -> None:
    token = register.first_link()
    clock.passes(24 * 3600)
    with pytest.raises(WrongLinkError):
        register.accept(token, "boss", "", PASSWORD)
    assert register.people() == []


def test_a_mistake_does_not_use_the_link_up(register: Register) -> None:
    token = register.first_link()
    for name, password in (("boss", "short"), ("", PASSWORD), (" ab", PASSWORD)):
        with pytest.raises((UsageError, BadNameError)):
            register.accept(token, name, "", password)
    assert register.accept(token, "boss", "", PASSWORD).role == "administrator"


def test_a_link_for_an_account_there_is_changes_its_password_only(register: Register) -> None:
    register.add("li", PASSWORD, role="inspector", prefix="1411")
    session, _ = register.sign_in("li", PASSWORD)
    who = register.accept(register.invite("li", "administrator"), "li", "", "another-river-9")
    assert (who.role, who.prefix) == ("inspector", "1411")
    assert register.session(session) is None
    with pytest.raises(WrongPasswordError):
        register.sign_in("li", PASSWORD)
    register.change("li", active=False)
    with pytest.raises(WrongLinkError):
        register.accept(register.invite("li", "planner"), "li", "", PASSWORD)


def test_a_link_is_for_its_own_name(register: Register) -> None:
    token = register.invite("li", "planner")
    with pytest.raises(OtherNameError):
        register.accept(token, "boss", "", PASSWORD)


def test_a_link_tells_its_name_and_stays_good(app: Flask) -> None:
    def told(token: str | None) -> TestResponse:
        return app.test_client().post("/api/v1/welcome/link", json={"token": token})

    register = app.extensions["office"].register
    first = register.first_link()
    assert told(first).get_json() == {"name": "", "account": False}
    add(app, "王 主任", "administrator")
    token, again = register.invite("李明", "planner", "1411"), register.invite("王 主任", "planner")
    assert told(token).get_json() == {"name": "李明", "account": False}
    assert told(again).get_json() == {"name": "王 主任", "account": True}
    problem(told(first), 403, "wrong_link")
    problem(told("guess"), 403, "wrong_link")
    body = {"token": token, "name": "boss", "password": PASSWORD}
    assert problem(app.test_client().post("/api/v1/welcome", json=body), 422, "other_name")["name"] == "李明"
    assert app.test_client().post("/api/v1/welcome", json=body | {"name": "李明"}).status_code == 200
    problem(told(token), 403, "wrong_link")


def test_a_revoked_link_lets_nobody_in(register: Register) -> None:
    def waiting() -> set[str]:
        return {row["name"] for row in register.pending()} & {"kept", "revoked"}

    kept, gone = register.invite("kept", "planner"), register.invite("revoked", "planner")
    assert waiting() == {"kept", "revoked"}
    assert register.revoke("revoked", by="boss") == 1
    last = register._ledger.last_edit()
    (told,) = register._ledger.edits(since=last - 1)
    assert (told["author"], told["what"], told["request"]["account"]) == ("boss", "revoke", "revoked")
    assert waiting() == {"kept"}
    with pytest.raises(WrongLinkError):
        register.accept(gone, "revoked", "", PASSWORD)
    with pytest.raises(UnknownNameError):
        register.revoke("revoked")
    assert register.accept(kept, "", "", PASSWORD).name == "kept"
    assert waiting() == set()


def test_names_are_given_once(register: Register) -> None:
    register.add("li", PASSWORD, role="planner")
    with pytest.raises(TakenError):
        register.add("li", PASSWORD, role="administrator")
    assert register.person("li").role == "planner"


@pytest.mark.parametrize("name", ["", " ", " a", "a\u3000", "a" * 65, "a\nb", "a/b", "..", "a\u202eb", "\ud800"])
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(BadNameError):
        check_name(name)


@pytest.mark.parametrize("name", ["李", "李 明", "a", "-a", "_", "a" * 64])
def test_names_of_any_script_are_taken(register: Register, name: str) -> None:
    assert register.accept(register.invite(name, "planner"), name, "", PASSWORD).name == name
    assert register.sign_in(name, PASSWORD)[1].person.name == name


# managing


def test_an_administrator_manages_accounts(app: Flask) -> None:
    add(app, "boss", "administrator")
    boss = sign_in(app, "boss")
    new = {"name": "li", "display": "李", "role": "planner", "prefix": "141102", "password": PASSWORD}
    answer = boss.post("/api/v1/users", new)
    assert answer.status_code == 201
    assert answer.get_json() == {name: new[name] for name in ("name", "display", "role", "prefix")} | {"active": True}
    problem(boss.post("/api/v1/users", new), 409, "taken")
    assert boss.send("PATCH", "/api/v1/users/li", {"role": "inspector"}).get_json()["role"] == "inspector"
    assert [row["name"] for row in boss.get("/api/v1/users").get_json()["users"]] == ["boss", "li"]
    assert "hash" not in boss.get("/api/v1/users").get_data(as_text=True)
    problem(boss.send("PATCH", "/api/v1/users/nobody", {"role": "inspector"}), 404, "unknown_name")
    problem(boss.send("PATCH", "/api/v1/users/boss", {"active": False}), 403, "role")
    link = boss.post("/api/v1/invitations", {"name": "zhao", "role": "planner", "prefix": "1411"}).get_json()
    token = link["path"].removeprefix("/welcome#token=")
    answer = app.test_client().post("/api/v1/welcome", json={"token": token, "password": PASSWORD})
    assert (answer.get_json()["name"], answer.get_json()["prefix"]) == ("zhao", "1411")


def test_the_last_administrator_of_the_whole_city_stays(register: Register) -> None:
    register.add("boss", PASSWORD, role="administrator")
    register.add("county", PASSWORD, role="administrator", prefix="1411")
    register.add("gone", PASSWORD, role="administrator")
    register.change("gone", active=False)
    for change in ({"active": False}, {"role": "planner"}, {"prefix": "1411"}):
        with pytest.raises(LastAdministratorError, match="Make somebody else"):
            register.change("boss", **change)
    register.change("boss", display="主任")
    register.change("county", prefix="")
    assert register.change("boss", active=False).active is False


def test_a_prefix_is_that_of_an_area(app: Flask) -> None:
    add(app, "boss", "administrator")
    boss = sign_in(app, "boss")
    new = {"name": "li", "role": "planner", "prefix": "77"}
    problem(boss.post("/api/v1/users", new | {"password": PASSWORD}), 422, "no_such_prefix")
    problem(boss.post("/api/v1/invitations", new), 422, "no_such_prefix")
    assert boss.post("/api/v1/users", new | {"password": PASSWORD, "prefix": "14"}).status_code == 201
    problem(boss.send("PATCH", "/api/v1/users/li", {"prefix": "77"}), 422, "no_such_prefix")


def test_an_administrator_of_a_county_stays_in_it(app: Flask) -> None:
    add(app, "boss", "administrator")
    add(app, "county", "administrator", "1411")
    add(app, "other", "planner", "1409")
    county = sign_in(app, "county")
    assert [row["name"] for row in county.get("/api/v1/users").get_json()["users"]] == ["county"]
    new = {"name": "x", "role": "administrator", "password": PASSWORD}
    for prefix in ("", "14", "1409"):
        problem(county.post("/api/v1/users", new | {"prefix": prefix}), 403, "prefix")
        problem(county.post("/api/v1/invitations", {"name": "x", "role": "planner", "prefix": prefix}), 403, "prefix")
    for name in ("boss", "other"):
        problem(county.send("PATCH", f"/api/v1/users/{name}", {"active": False}), 403, "prefix")
        # a link for an account there is would be a new password for it
        problem(county.post("/api/v1/invitations", {"name": name, "role": "planner", "prefix": "1411"}), 403, "prefix")
    assert county.post("/api/v1/users", new | {"prefix": "141102"}).status_code == 201
    problem(county.send("PATCH", "/api/v1/users/x", {"prefix": "14"}), 403, "prefix")
