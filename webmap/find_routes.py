"""Routes of the pages on which everybody finds their own grid."""

from typing import TYPE_CHECKING

from flask import Response, current_app, request
from flask_openapi3 import APIBlueprint
from pydantic import Field

from webmap.board.facts import concerned
from webmap.board.page import Paper, board_page, filled, issued
from webmap.description import SERVICE, Words, answers
from webmap.find_codes import by_code
from webmap.find_page import find_page
from webmap.languages import language_of_request
from webmap.pages import PageQuery
from webmap.public.answers import today
from webmap.public.asking import count_question, people

if TYPE_CHECKING:
    from flask_openapi3 import OpenAPI

    from webmap.library import Library

#: Routes of this part that answer with data; importing them adds them to the public ones.
DATA = (by_code,)

find = APIBlueprint("find", __name__, abp_tags=[SERVICE])


class FindQuery(PageQuery):
    """What the page opens with."""

    grid: str | None = Field(
        None, max_length=64, description="Code of a grid or an area, as in the QR code of a notice board"
    )


class BoardPath(Words):
    """A grid."""

    code: str = Field(min_length=1, max_length=64, description="Code of the grid")


class BoardQuery(PageQuery):
    """How a board is printed."""

    paper: Paper = Field("A4", description="What it is printed on, exactly one page")


def html(text: str) -> Response:
    """Return a page that is asked for again at every visit.

    Parameters
    ----------
    text : str
        HTML.

    Returns
    -------
    Response
        The page.
    """
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response


def _library() -> "Library":
    library: Library = current_app.extensions["library"]
    library.open()
    return library


@find.get("/find", responses=answers("text/html"))
def page(query: FindQuery) -> Response:  # noqa: ARG001 - read by the page itself
    """Show the page that finds one's own grid by position, name, code or a tap on the map."""
    library: Library = current_app.extensions["library"]
    library.open()
    language = language_of_request(library.settings.language)
    return html(find_page(library, language, current_app.static_url_path or ""))


@find.get("/board/<code>", responses=answers("text/html", 404, 429))
def board(path: BoardPath, query: BoardQuery) -> Response:
    """Show the notice board of a grid, ready to be printed."""
    count_question()
    edition = _library().current()
    language = language_of_request(edition.settings.language)
    staff = people().staff(concerned(edition.index, path.code), today())
    address = edition.settings.public_url or request.url_root
    shown = filled(edition.index, path.code, staff, language, address)
    line = issued(edition.version, edition.made_at, language)
    title = str(edition.plan.meta.get("name") or "")
    static = current_app.static_url_path or ""
    return html(board_page([shown], title=title, language=language, paper=query.paper, line=line, static=static))


def register(app: "OpenAPI") -> None:
    """Add the routes.

    Parameters
    ----------
    app : OpenAPI
        The application.
    """
    app.register_api(find)
