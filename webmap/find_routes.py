"""Routes of the pages on which everybody finds their own grid."""

from typing import TYPE_CHECKING

from flask import Response, current_app
from flask_openapi3 import APIBlueprint
from pydantic import Field

from webmap.description import SERVICE, answers
from webmap.find_page import find_page
from webmap.pages import PageQuery, language_of_request

if TYPE_CHECKING:
    from flask_openapi3 import OpenAPI

    from webmap.library import Library

find = APIBlueprint("find", __name__, abp_tags=[SERVICE])


class FindQuery(PageQuery):
    """What the page opens with."""

    grid: str | None = Field(
        None, max_length=64, description="Code of a grid or an area, as in the QR code of a notice board"
    )


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


@find.get("/find", responses=answers("text/html"))
def page(query: FindQuery) -> Response:  # noqa: ARG001 - read by the page itself
    """Show the page that finds one's own grid by position, name, code or a tap on the map."""
    library: Library = current_app.extensions["library"]
    library.open()
    language = language_of_request(library.settings.language)
    return html(find_page(library, language, current_app.static_url_path or ""))


def register(app: "OpenAPI") -> None:
    """Add the routes.

    Parameters
    ----------
    app : OpenAPI
        The application.
    """
    app.register_api(find)
