"""The page of people for the office: vacancies, rosters in, and who was given household data."""

from functools import cache
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint

from webmap.description import SERVICE, answers
from webmap.field.office_page import words as office_words
from webmap.office_frame import office_page_answer
from webmap.page_frame import borrowed_words, own_words
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
    return office_words(language) | borrowed_words(language, _BORROWED) | own_words("people", language)


@people_page.get("/office/people", responses=answers("text/html"))
def page(query: PageQuery) -> Response:  # noqa: ARG001 - for the description
    """Show the office which posts are vacant, take rosters, and tell who was given household data."""
    return office_page_answer("people", words, "people/people.css")
