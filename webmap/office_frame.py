"""The frame of the office's pages: what they show they ask for themselves, and they ask to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app

from webmap.languages import language_of_request
from webmap.page_frame import environment, page_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from webmap.library import Library

#: Styles of every page of the office, in their order.
STYLES = ("app/base.css", "office/frame.css", "office/views.css")


def office_page_answer(name: str, words: Callable[[str], dict[str, Any]], *styles: str) -> Response:
    """Return a page of the office in the reader's language.

    Parameters
    ----------
    name : str
        Of the page: its title is the word ``NAME.name``, its program ``NAME/main.js``.
    words : callable
        Takes a language, returns all words of the page by key.
    *styles : str
        Style sheets beside :data:`STYLES`.

    Returns
    -------
    Response
        HTML.
    """
    library: Library = current_app.extensions["library"]
    meta = library.current().plan.meta
    language = language_of_request(library.settings.language)
    context = page_context(
        language,
        str(meta.get("name") or ""),
        {},
        words,
        name=name,
        sample=bool(meta.get("sample")),
        static=current_app.static_url_path or "",
        styles=(*STYLES, *styles),
    )
    response = Response(
        environment().get_template("office.html").render(c=context), content_type="text/html; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response
