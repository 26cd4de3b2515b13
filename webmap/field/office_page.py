"""The office's page of field inspection; what it shows it asks for itself, and it asks to sign in."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Response, current_app
from flask_openapi3 import APIBlueprint

from geo_grid.field import CATEGORIES, REFUSALS
from webmap import assets
from webmap.atlas.geo import dumps
from webmap.description import SERVICE, answers
from webmap.find_page import environment
from webmap.languages import language_of_request
from webmap.page import json_in_script
from webmap.pages import PageQuery
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from webmap.library import Library

office_page = APIBlueprint("office_page", __name__, abp_tags=[SERVICE])

#: Styles of the page, in their order.
STYLES = ("app/base.css", "office/frame.css", "office/views.css")

#: Words of the map that the page says too.
_BORROWED = ("noscript", "loading", "class.", "error.offline", "error.failed")


@cache
def words(language: str) -> dict[str, Any]:
    """Return the words of a language: some of the map's, the office's, names of categories, and reasons of refusals.

    Parameters
    ----------
    language : str
        "zh" or "en".

    Returns
    -------
    dict
        Text by key.
    """
    own: dict[str, Any] = json.loads(assets.text(assets.HERE / "locales" / f"office.{language}.json"))
    place = LANGUAGES.index("zh" if language == "zh" else "en")
    told = {f"office.refused.{key}": pair[place] for key, pair in REFUSALS.items()}
    told |= {f"office.category.{each.key}": getattr(each, language) for each in CATEGORIES.values()}
    return {key: text for key, text in assets.locale(language).items() if key.startswith(_BORROWED)} | told | own


@office_page.get("/field/office", responses=answers("text/html"))
def page(query: PageQuery) -> Response:  # noqa: ARG001 - for the description
    """Show the office what was seen, what is overdue, who has too much, and the matters."""
    library: Library = current_app.extensions["library"]
    meta = library.current().plan.meta
    language = language_of_request(library.settings.language)
    context = {
        "html_language": {"zh": "zh-CN", "en": "en"}[language],
        "title": str(meta.get("name") or ""),
        "sample": bool(meta.get("sample")),
        "static": current_app.static_url_path or "",
        "styles": STYLES,
        "words": words(language),
        "locales": json_in_script(dumps({name: words(name) for name in LANGUAGES})),
        "config": json_in_script(dumps({"language": language})),
    }
    response = Response(
        environment().get_template("office.html").render(c=context), content_type="text/html; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response
