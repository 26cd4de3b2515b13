"""Accounts and signed-in clients for the tests of the service (``from signing import …``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PASSWORD = "quiet-river-7"


class Visitor:
    """A browser of somebody: keeps its cookie, and sends the token with every change."""

    def __init__(self, client: FlaskClient, csrf: str = "") -> None:
        self.client, self.csrf = client, csrf

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def send(self, method: str, path: str, json: Any = None, *, base: int | None = None, **more: Any) -> TestResponse:
        headers = {"X-CSRF-Token": self.csrf, **more.pop("headers", {})}
        if base is not None:
            headers["If-Match"] = f'"{base}"'
        return self.client.open(path, method=method, json=json, headers=headers, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.send("POST", path, {} if json is None else json, **more)


def add(app: Flask, name: str, role: str, prefix: str = "") -> None:
    """Make an account."""
    app.extensions["office"].register.add(name, PASSWORD, role=role, prefix=prefix)


def sign_in(app: Flask, name: str, password: str = PASSWORD) -> Visitor:
    """Sign somebody in."""
    client = app.test_client()
    answer = client.post("/api/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return Visitor(client, answer.get_json()["csrf"])


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Check a refusal, and return its body."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.get_data(as_text=True)
    body = answer.get_json(force=True)
    assert (body["status"], body["code"]) == (status, code), body
    return body
