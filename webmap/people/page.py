"""The page of people for the office: vacancies, rosters in, and who was given household data."""

import json
from functools import cache
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint

from webmap import assets
from webmap.description import SERVICE, answers
from webmap.field.office_page import words as office_words
from webmap.office_frame import office_page_answer
from webmap.pages import PageQuery

people_page = APIBlueprint("people_page", __name__, abp_tags=[SERVICE])

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
    return office_page_answer("people", words, "people/people.css")
