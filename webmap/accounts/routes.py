"""Sign in and out, and manage accounts."""

from typing import Any

from flask import Response, current_app, request
from flask_openapi3 import APIBlueprint

from webmap.accounts import models
from webmap.accounts.guard import (
    COOKIE,
    find_session,
    limits,
    must_cover,
    needs,
    open_to_all,
    person,
    session,
)
from webmap.accounts.register import Register, Session
from webmap.atlas.geo import dumps
from webmap.description import ACCOUNTS, CHANGING, READING, SIGNED_IN, WITH_BODY, answers
from webmap.refusals import RoleError, SignedOutError
from webmap.settings import Settings

accounts = APIBlueprint("accounts", __name__, url_prefix="/api/v1", abp_tags=[ACCOUNTS])

_COOKIE_TOLD = {"Set-Cookie": "The session"}


def _register() -> Register:
    found: Register = current_app.extensions["office"].register
    return found


def _settings() -> Settings:
    found: Settings = current_app.extensions["office"].settings
    return found


def _json(value: object, status: int = 200) -> Response:
    response = Response(dumps(value), status=status, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _me(found: Session) -> dict[str, Any]:
    who = found.person
    return {"name": who.name, "display": who.display, "role": who.role, "prefix": who.prefix, "csrf": found.csrf}


def _signed_in(token: str, found: Session) -> Response:
    response = _json(_me(found))
    response.set_cookie(
        COOKIE,
        token,
        max_age=_settings().session_seconds,
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response


@accounts.post("/session", responses=answers(models.Me, 401, 403, 429, *WITH_BODY, headers=_COOKIE_TOLD))
@open_to_all
def login(body: models.Login) -> Response:
    """Sign in."""
    limits().attempt(body.name, request.remote_addr)
    token, found = _register().sign_in(body.name, body.password)
    limits().succeeded(body.name, request.remote_addr)
    old = find_session()
    if old is not None:  # one browser, one session
        _register().end(old)
    return _signed_in(token, found)


@accounts.delete("/session", security=CHANGING, responses=answers(None, *SIGNED_IN, status=204))
@needs(scope="self", reads="nothing")
def logout() -> Response:
    """Sign out."""
    _register().end(session())
    response = Response(status=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=request.is_secure)
    return response


@accounts.get("/me", security=READING, responses=answers(models.Me, 401))
def me() -> Response:
    """Who is signed in."""
    found = find_session()
    if found is None:
        raise SignedOutError("nobody is signed in, or the session has ended", mend="Sign in.")
    return _json(_me(found))


@accounts.post("/welcome", responses=answers(models.Me, 403, 409, 429, *WITH_BODY, headers=_COOKIE_TOLD))
@open_to_all
def welcome(body: models.Welcome) -> Response:
    """Accept a one-time link: make the account it is for, or give it its password."""
    limits().attempt("", request.remote_addr)
    who = _register().accept(body.token, body.name, body.display, body.password)
    return _signed_in(*_register().begin(who))


@accounts.post("/welcome/link", responses=answers(models.Invited, 403, 429, *WITH_BODY))
@open_to_all
def link(body: models.Link) -> Response:
    """Tell whom a one-time link is for, without using it."""
    limits().attempt("", request.remote_addr)
    name, account = _register().link(body.token)
    limits().succeeded("", request.remote_addr)
    return _json({"name": name, "account": account})


@accounts.post(
    "/password",
    security=CHANGING,
    responses=answers(models.Me, *SIGNED_IN, 429, *WITH_BODY, headers=_COOKIE_TOLD),
)
@needs(scope="self")
def change_password(body: models.NewPassword) -> Response:
    """Change one's own password; all other sessions end."""
    limits().attempt(person().name, request.remote_addr)
    token, found = _register().change_password(session(), body.old, body.new)
    limits().succeeded(person().name, request.remote_addr)
    return _signed_in(token, found)


@accounts.get("/users", security=READING, responses=answers(models.Users, *SIGNED_IN))
@needs("administrator", scope="body")
def users() -> Response:
    """Accounts whose codes are all one's own."""
    found = [who._asdict() for who in _register().people() if who.prefix.startswith(person().prefix)]
    return _json({"users": found})


@accounts.post("/users", security=CHANGING, responses=answers(models.User, *SIGNED_IN, 409, *WITH_BODY, status=201))
@needs("administrator", scope="body")
def add_user(body: models.NewUser) -> Response:
    """Make an account."""
    must_cover(body.prefix)
    _register().check_areas(body.prefix)
    values = body.model_dump(include={"role", "prefix", "display"})
    who = _register().add(body.name, body.password, **values, by=person().name)
    return _json(who._asdict(), 201)


@accounts.patch("/users/<name>", security=CHANGING, responses=answers(models.User, *SIGNED_IN, 404, *WITH_BODY))
@needs("administrator", scope="body")
def change_user(path: models.UserPath, body: models.UserChange) -> Response:
    """Change an account; a closed one's sessions end."""
    must_cover(_register().person(path.name).prefix, *([body.prefix] if body.prefix is not None else []))
    if body.prefix:
        _register().check_areas(body.prefix)
    if path.name == person().name and body.model_fields_set - {"display"}:
        raise RoleError("nobody changes their own role, prefix, or whether they may sign in", mend="Ask another one.")
    who = _register().change(path.name, **body.model_dump(), by=person().name)
    return _json(who._asdict())


@accounts.post(
    "/invitations", security=CHANGING, responses=answers(models.Invitation, *SIGNED_IN, *WITH_BODY, status=201)
)
@needs("administrator", scope="body")
def invite(body: models.NewInvitation) -> Response:
    """Make a one-time link, for a new account or a new password."""
    must_cover(body.prefix)
    there = next((who for who in _register().people() if who.name == body.name), None)
    if there is not None:
        must_cover(there.prefix)
    _register().check_areas(body.prefix)
    token = _register().invite(body.name, body.role, body.prefix, by=person().name)
    return _json({"name": body.name, "path": f"/welcome#token={token}", "seconds": _settings().invitation_seconds}, 201)
