"""The running service: prints its address, answers, lets the first person in, and ends when told."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from plans import tiny_plan
from signing import PASSWORD

from geo_grid.errors import UsageError
from geo_grid.store import open_store
from webmap import serve
from webmap.hosts import host_name

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CODE = "import sys; from webmap import serve; serve(sys.argv[1], port=0, **eval(sys.argv[2]))"


@contextmanager
def served(store: Path, **more: Any) -> Iterator[subprocess.Popen[str]]:
    """Run the service; it must end with status 0 and without a traceback when it is told to."""
    with subprocess.Popen(
        [sys.executable, "-c", CODE, str(store), repr(more)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            process.rest, process.errors = process.stdout.read(), process.stderr.read()  # type: ignore[attr-defined]
    assert process.returncode == 0
    assert "Traceback" not in process.errors  # type: ignore[attr-defined]


def ask(address: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    text = None if body is None else json.dumps(body)
    connection.request(method, path, text, {"Content-Type": "application/json", **named})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, dict(answer.headers), json.loads(data) if data else None


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.gpkg"
    open_store(path).write(tiny_plan())
    return path


def test_serves_until_interrupted_and_lets_the_first_person_in_once(plan_file: Path) -> None:
    with served(plan_file) as process:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}api/v1/summary", timeout=30) as answer:
            assert answer.status == 200
            assert "Server" not in answer.headers
        assert "once, within 24 hours" in process.stdout.readline()
        link = process.stdout.readline().strip()
        start, token = link.split("#token=")
        assert start == f"{address}welcome"
        body = {"token": token, "name": "boss", "password": PASSWORD}
        status, headers, me = ask(address, "POST", "/api/v1/welcome", body)
        assert (status, me["role"]) == (200, "administrator")
        assert ask(address, "POST", "/api/v1/welcome", body | {"name": "intruder"})[0] == 403
        cookie = headers["Set-Cookie"].split(";")[0]
        assert ask(address, "GET", "/api/v1/users", Cookie=cookie)[2]["users"][0]["name"] == "boss"
        assert ask(address, "GET", "/", Host="evil.example")[0] == 421
    # who did what is written down, without secrets
    errors = process.errors  # type: ignore[attr-defined]
    assert "boss GET /api/v1/users 200" in errors
    for secret in (token, PASSWORD, cookie.split("=")[1], me["csrf"]):
        assert secret not in errors


def test_no_link_is_printed_where_there_are_accounts(plan_file: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("geo-grid"), "user", "add", plan_file, "li", "--role", "planner", "--ask"],
        input=PASSWORD,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "li may sign in\n"), done.stderr
    with served(plan_file) as process:
        address = process.stdout.readline().strip()
        status, _, me = ask(address, "POST", "/api/v1/session", {"name": "li", "password": PASSWORD})
        assert (status, me["role"]) == (200, "planner")
    assert process.rest == ""  # type: ignore[attr-defined]


def test_a_proxy_is_believed_only_where_it_is_named(plan_file: Path) -> None:
    body = {"name": "li", "password": PASSWORD}
    said = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "10.1.2.3"}
    with open_store(plan_file).ledger() as ledger:
        from webmap import Settings
        from webmap.accounts.register import Register

        Register(ledger, Settings()).add("li", PASSWORD, role="planner")
    for more, secure in (({}, False), ({"proxy": "127.0.0.1"}, True)):
        with served(plan_file, **more) as process:
            address = process.stdout.readline().strip()
            status, headers, _ = ask(address, "POST", "/api/v1/session", body, **said)
            assert status == 200
            assert ("Secure" in headers["Set-Cookie"]) is secure


def test_a_store_that_cannot_be_written_to_still_shows_its_map(
    plan_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from geo_grid.errors import StoreError
    from webmap import server
    from webmap.accounts.register import Register

    def refuse(_: Register) -> None:
        raise StoreError("the store is read-only")

    class Once:
        """A server that answers nothing and ends."""

        def run(self) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr(Register, "tidy", refuse)
    monkeypatch.setattr("waitress.server.create_server", lambda *_, **__: Once())
    out = Path(plan_file.parent / "out")
    with out.open("w") as file:
        server.serve(plan_file, port=0, out=file)
    assert len(out.read_text().splitlines()) == 1
    assert "nobody can sign in: the store is read-only" in caplog.text


def test_a_taken_port_is_one_line(store: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="--port"):
            serve(store, port=taken.getsockname()[1])


@pytest.mark.parametrize("port", [-1, 99_999])
def test_a_number_that_is_no_port_is_one_line(store: Path, port: int) -> None:
    with pytest.raises(UsageError, match=r"is no port. Choose a --port from 1 to 65535"):
        serve(store, port=port)


@pytest.mark.parametrize(
    ("header", "name"),
    [("a.b:80", "a.b"), ("[::1]:80", "::1"), ("[::1", "::1"), ("A.B.", "a.b"), ("a.b@c", "a.b@c"), ("", "")],
)
def test_names_in_host_headers(header: str, name: str) -> None:
    assert host_name(header) == name
