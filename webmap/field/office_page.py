"""The office's page of field inspection."""

from functools import cache
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint

from geo_grid.field import CATEGORIES, REFUSALS
from webmap.description import SERVICE, answers
from webmap.office_frame import office_page_answer
from webmap.page_frame import borrowed_words, own_words
from webmap.pages import PageQuery
from webmap.settings import LANGUAGES

office_page = APIBlueprint("office_page", __name__, abp_tags=[SERVICE])

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
    place = LANGUAGES.index("zh" if language == "zh" else "en")
    told = {f"office.refused.{key}": pair[place] for key, pair in REFUSALS.items()}
    told |= {f"office.category.{each.key}": getattr(each, language) for each in CATEGORIES.values()}
    return borrowed_words(language, _BORROWED) | told | own_words("office", language)


@office_page.get("/field/office", responses=answers("text/html"))
def page(query: PageQuery) -> Response:  # noqa: ARG001 - for the description
    """Show the office what was seen, what is overdue, who has too much, and the matters."""
    return office_page_answer("office", words)
