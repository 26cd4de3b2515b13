"""What somebody reads who came to an address that shows nothing: a page in their language instead of problem details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request

from webmap.find_page import words
from webmap.languages import language_of_request
from webmap.page_frame import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Beginnings of addresses that programs ask for, whatever they say they accept.
_FOR_PROGRAMS = ("/api/", "/tiles/", "/ogc", "/static/")

#: Kinds an answer can be of; the first is taken by those who accept everything.
_KINDS = ("application/problem+json", "application/json", "text/html")

#: Statuses and short names that have words of their own.
_TOLD = {
    "too_many": "find.page.busy",
    "busy": "find.page.busy",
    "store_unavailable": "find.page.broken",
    "failed": "find.page.broken",
    "unknown_host": "find.page.host",
}


def for_a_person() -> bool:
    """Return whether a browser asks for a page.

    Returns
    -------
    bool
        True where HTML is liked better than JSON, at an address of pages.
    """
    if request.path.startswith(_FOR_PROGRAMS):
        return False
    return request.accept_mimetypes.best_match(_KINDS) == "text/html"


def error_page(status: int, name: str, more: Mapping[str, Any] | None = None) -> Response:
    """Return the page that says why there is nothing to see, and where to go on.

    Parameters
    ----------
    status : int
        HTTP status.
    name : str
        Short name of the fault.
    more : mapping, optional
        Further members of the problem details: ``retired``, of a grid that is no more.

    Returns
    -------
    Response
        HTML.
    """
    language = language_of_request(current_app.extensions["library"].settings.language)
    said = words(language)
    code = (request.view_args or {}).get("code") if name == "unknown_code" else None
    retired = (more or {}).get("retired")
    context = {
        "language": language,
        "html_language": {"zh": "zh-CN", "en": "en"}[language],
        "static": current_app.static_url_path or "",
        "words": said,
        "home": "../" * (request.path.count("/") - 1) or "./",
        "on": "board/" if request.path.startswith("/board/") else "find?grid=",
        "other": "en" if language == "zh" else "zh",
        **_said(said, name, code, retired),
    }
    page = environment().get_template("error.html").render(c=context)
    response = Response(page, status=status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _said(said: Mapping[str, str], name: str, code: str | None, retired: dict[str, Any] | None) -> dict[str, Any]:
    if retired is not None:
        text = said["find.retired.text"].replace("{code}", retired["code"]).replace("{n}", str(retired["version"]))
        hint = said["find.retired.successors" if retired["successors"] else "find.retired.none"]
        if not retired["successors"] and retired["area"]:
            hint = said["find.retired.in"].replace("{area}", retired["area"]["name"] or retired["area"]["code"])
        return {"title": said["find.retired.title"], "text": [text, hint], "heirs": retired["successors"]}
    index = current_app.extensions["library"].current().index if code is not None else None
    if code is not None and index is not None and index.knows(code):  # an area, of which there is no board
        heirs = [index.by_code(child) for child in index.children(code)]
        text = said["find.page.area.text"].replace("{name}", index.by_code(code)["name"] or code)
        return {"title": said["find.area.title"], "text": [text], "heirs": heirs}
    if code is not None:
        return {
            "title": said["find.unknown.title"],
            "text": [said["find.unknown.text"].replace("{code}", code)],
            "heirs": [],
        }
    start = _TOLD.get(name, "find.page.none")
    return {"title": said[f"{start}.title"], "text": [said[f"{start}.text"]], "heirs": []}
