"""The page of people for the office: vacancies, rosters in, and who was given household data; it asks to sign in."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Response, current_app
from flask_openapi3 import APIBlueprint

from webmap import assets
from webmap.atlas.geo import dumps
from webmap.description import SERVICE, answers
from webmap.field.office_page import words as office_words
from webmap.find_page import environment
from webmap.languages import language_of_request
from webmap.page import json_in_script
from webmap.pages import PageQuery
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from webmap.library import Library

people_page = APIBlueprint("people_page", __name__, abp_tags=[SERVICE])

#: Styles of the page, in their order: it looks like the office's other page.
STYLES = ("app/base.css", "office/frame.css", "office/views.css", "people/people.css")

#: Words of the map that the page says too, beside those of the office.
_BORROWED = ("role.", "comma")


@cache
def words(language: str) -> dict[str, Any]:
    """Return the words of a language: the office's, and those of people.

    Parameters
    ----------
    language : str
        "zh" or "en".

    Returns
    -------
    dict
        Text by key.
    """
    own: dict[str, Any] = json.loads(assets.text(assets.HERE / "locales" / f"people.{language}.json"))
    borrowed = {key: text for key, text in assets.locale(language).items() if key.startswith(_BORROWED)}
    return office_words(language) | borrowed | own


@people_page.get("/office/people", responses=answers("text/html"))
def page(query: PageQuery) -> Response:  # noqa: ARG001 - for the description
    """Show the office which posts are vacant, take rosters, and tell who was given household data."""
    library: Library = current_app.extensions["library"]
    meta = library.current().plan.meta
    language = language_of_request(library.settings.language)
    context = {
        "html_language": {"zh": "zh-CN", "en": "en"}[language],
        "language": language,
        "title": str(meta.get("name") or ""),
        "static": current_app.static_url_path or "",
        "styles": STYLES,
        "words": words(language),
        "locales": json_in_script(dumps({name: words(name) for name in LANGUAGES})),
        "config": json_in_script(dumps({"language": language})),
    }
    response = Response(
        environment().get_template("people.html").render(c=context), content_type="text/html; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response
