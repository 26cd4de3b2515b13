"""Pages for people, and what belongs to them."""

from flask import Response, current_app
from flask_openapi3 import APIBlueprint
from pydantic import Field

from webmap.description import SERVICE, Told, Words, answers
from webmap.languages import language_of_request
from webmap.library import Library
from webmap.page import served_page
from webmap.planner_page import planner_page
from webmap.security import nonce

__all__ = ["PageQuery", "language_of_request", "pages"]

pages = APIBlueprint("pages", __name__, abp_tags=[SERVICE])


class PageQuery(Words):
    """How a page is shown."""

    lang: str | None = Field(None, description="zh or en; by the browser's settings where it is neither")


class Health(Told):
    """The service answers."""

    status: str
    edition: str


def _library() -> Library:
    library: Library = current_app.extensions["library"]
    library.open()
    return library


def _page(html: str) -> Response:
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response


@pages.get("/", responses=answers("text/html"))
def index(query: PageQuery) -> Response:  # noqa: ARG001 - for the description
    """Show the public map."""
    library = _library()
    language = language_of_request(library.settings.language)
    return _page(served_page(library, language, current_app.static_url_path or "", nonce()))


@pages.get("/plan", responses=answers("text/html"))
def plan(query: PageQuery) -> Response:  # noqa: ARG001
    """Show the page on which planners redraw grids; it asks to sign in."""
    library = _library()
    language = language_of_request(library.settings.language)
    return _page(planner_page(library, language, current_app.static_url_path or ""))


@pages.get("/welcome", responses=answers("text/html"))
def welcome(query: PageQuery) -> Response:  # noqa: ARG001
    """Show the page a one-time link leads to; its secret stays in the browser until it is sent."""
    library = _library()
    language = language_of_request(library.settings.language)
    return _page(planner_page(library, language, current_app.static_url_path or "", "welcome"))


@pages.get("/favicon.ico", responses=answers("image/svg+xml", 304))
def favicon() -> Response:
    """Return the picture in the browser's tab."""
    response = current_app.send_static_file("app/icon.svg")
    response.cache_control.immutable = False
    return response


@pages.get("/healthz", responses=answers(Health))
def health() -> dict[str, str]:
    """Whether the service answers, and from which edition of the plan."""
    return {"status": "ok", "edition": _library().open()}
