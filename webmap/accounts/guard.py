"""The guard before every route: who asks, with what token, in which role, for which codes.

A route says with :func:`needs` who may use it. One that changes anything and says nothing is closed to everybody, so
that a forgotten word shuts a door instead of opening one.
"""

from __future__ import annotations

import hmac
import logging
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

from flask import current_app, g, request
from werkzeug.exceptions import BadRequest

from webmap.accounts.people import ROLES, Person, Role
from webmap.accounts.register import Session
from webmap.bodies import read_json
from webmap.refusals import ClosedError, OriginError, PrefixError, RoleError, SignedOutError, TokenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from webmap.accounts.limits import Limits
    from webmap.accounts.register import Register

View = TypeVar("View", bound="Callable[..., Any]")

#: Methods that change nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Name of the session's cookie.
COOKIE = "geo_grid_session"
#: Header with the token of the session.
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105 - the name of a header

#: What bounds a route: the area in its address, codes in its body (the route looks itself), or the account itself.
Scope = Literal["area", "body", "self"]
#: What kind of body a changing request has.
Reads = Literal["json", "list", "form", "bytes", "nothing"]

#: Asked for every second or two by everybody, and not worth a line each time.
POLLED = "desk.changes"

_LOG = logging.getLogger("webmap.access")


class Access(NamedTuple):
    """Who may use a route.

    Parameters
    ----------
    roles : tuple of str
        Roles; empty where nobody need be signed in.
    scope : {"area", "body", "self"}
        What bounds it.
    reads : {"json", "list", "form", "bytes", "nothing"}
        What kind of body a changing request has: a JSON object, a JSON list, a form, or anything the route reads itself.
    changes : bool
        Whether it changes anything: pages of other sites may ask one that does not.
    """

    roles: tuple[Role, ...]
    scope: Scope
    reads: Reads
    changes: bool = True


def needs(*roles: Role, scope: Scope = "area", reads: Reads = "json") -> Callable[[View], View]:
    """Say who may use a route.

    Parameters
    ----------
    *roles : {"planner", "inspector", "administrator"}
        Roles; none means everybody who is signed in.
    scope : {"area", "body", "self"}
        What bounds it.
    reads : {"json", "list", "form", "bytes", "nothing"}
        What kind of body a changing request has: a JSON object, a JSON list, a form, or anything the route reads itself.

    Returns
    -------
    callable
        Decorator.
    """
    return _marked(Access(roles or ROLES, scope, reads))


def open_to_all(view: View) -> View:
    """Let a changing route be used by somebody who is not signed in yet.

    Parameters
    ----------
    view : callable
        The route.

    Returns
    -------
    callable
        The same.
    """
    return _marked(Access((), "self", "json"))(view)


def harmless(view: View) -> View:
    """Let everybody use a route that takes a body and changes nothing.

    Parameters
    ----------
    view : callable
        The route.

    Returns
    -------
    callable
        The same.
    """
    return _marked(Access((), "self", "json", changes=False))(view)


def _marked(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def access_of(app: Flask, endpoint: str | None) -> Access | None:
    """Return who may use a route.

    Parameters
    ----------
    app : Flask
        The application.
    endpoint : str or None
        Name of the route.

    Returns
    -------
    Access or None
        None where the route says nothing.
    """
    return getattr(app.view_functions.get(endpoint or ""), "access", None)


def person() -> Person:
    """Return who asks, in a route that says who may.

    Returns
    -------
    Person
        Who.
    """
    return session().person


def session() -> Session:
    """Return the session of the request, in a route that says who may use it.

    Returns
    -------
    Session
        The session.
    """
    found = g.session
    assert isinstance(found, Session)  # noqa: S101 - the guard let nobody else in
    return found


def find_session() -> Session | None:
    """Return the session whose cookie came with the request.

    Returns
    -------
    Session or None
        None if there is none, or it has ended.
    """
    token = request.cookies.get(COOKIE)
    if not token or len(token) > 200:
        return None
    register: Register = current_app.extensions["office"].register
    return register.session(token)


def must_cover(*codes: str) -> None:
    """Refuse codes that are not the person's.

    Parameters
    ----------
    *codes : str
        Codes of areas or grids, or beginnings of such.

    Raises
    ------
    PrefixError
        If one is not.
    """
    who = person()
    for code in codes:
        if not who.covers(code):
            raise PrefixError(
                f"your codes begin with {who.prefix}",
                mend="Ask somebody whose they are, or the administrator.",
                prefix=who.prefix,
            )


def limits() -> Limits:
    """Return the counters of the service.

    Returns
    -------
    Limits
        What may be tried how often.
    """
    found: Limits = current_app.extensions["office"].limits
    return found


def register_guard(app: Flask) -> None:
    """Put the guard before every route, and write down who used those that are not public.

    Parameters
    ----------
    app : Flask
        The application.
    """

    @app.before_request
    def _guard() -> None:
        if "\x00" in request.path or "%00" in request.query_string.decode("latin-1"):
            raise BadRequest  # no database keeps the character 0
        if request.routing_exception is None:
            _judge(access_of(app, request.endpoint), changing=request.method not in SAFE)

    @app.after_request
    def _write_down(response: Response) -> Response:
        found = g.get("session")
        if found is not None and request.endpoint != POLLED:
            # codes and names of operations only: nothing of a household stands in an address
            _LOG.info("%s %s %s %s", found.person.name, request.method, quote(request.path), response.status_code)
        elif found is None and request.method not in SAFE:
            # somebody who tries names or links; what they typed may be a password in the wrong field
            _LOG.info("- %s %s %s %s", request.method, quote(request.path), response.status_code, request.remote_addr)
        if found is not None:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _judge(access: Access | None, *, changing: bool) -> None:
    if changing and (access is None or access.changes):
        _refuse_other_sites()
    if access is None:
        if changing:
            raise ClosedError("nothing says who may use this address")
        return
    if access.roles:
        _admit(access, changing=changing)
    if changing and access.reads == "json":
        read_json()
    if changing and access.reads == "list":
        read_json(list)
    if changing and access.reads == "form":
        request.max_content_length = current_app.extensions["office"].settings.import_bytes


def _admit(access: Access, *, changing: bool) -> None:
    found = find_session()
    if found is None:
        raise SignedOutError("nobody is signed in, or the session has ended", mend="Sign in.")
    g.session = found
    if changing and not hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), found.csrf.encode()):
        raise TokenError(f"the header {TOKEN_HEADER} is missing or wrong", mend="Ask /api/v1/me for it.")
    if found.person.role not in access.roles:
        raise RoleError(
            f"this is for the role {' or '.join(access.roles)}", mend="Ask the administrator.", roles=list(access.roles)
        )
    code = (request.view_args or {}).get("code")
    if access.scope == "area" and code is not None:
        must_cover(code)


def _refuse_other_sites() -> None:
    """Refuse what a page of another site sends; browsers say so, other programs need not."""
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"} or (
        origin is not None and urlsplit(origin).netloc != request.host
    ):
        raise OriginError("a page of another site sent this")
