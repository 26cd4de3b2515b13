"""What all pages have in common: their templates, their words, and what they are told in the beginning."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from webmap import assets
from webmap.atlas.geo import dumps
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webmap.atlas import Atlas
    from webmap.library import Library
    from webmap.settings import BaseMap


@cache
def environment() -> Environment:
    """Return what fills the templates of pages.

    Returns
    -------
    Environment
        Everything is escaped, and a name that is not given is an error.
    """
    return Environment(loader=FileSystemLoader(assets.HERE / "templates"), autoescape=True, undefined=StrictUndefined)


@cache
def own_words(page: str, language: str) -> dict[str, Any]:
    """Return the words a page has beside the map's.

    Parameters
    ----------
    page : str
        Its name, as in ``locales/NAME.zh.json``.
    language : str
        "zh" or "en".

    Returns
    -------
    dict
        Text by key; not to be changed.
    """
    words: dict[str, Any] = json.loads(assets.text(assets.HERE / "locales" / f"{page}.{language}.json"))
    return words


def borrowed_words(language: str, beginnings: tuple[str, ...]) -> dict[str, Any]:
    """Return some of the map's words.

    Parameters
    ----------
    language : str
        "zh" or "en".
    beginnings : tuple of str
        Beginnings of their keys.

    Returns
    -------
    dict
        Text by key.
    """
    return {key: text for key, text in assets.locale(language).items() if key.startswith(beginnings)}


def page_context(
    language: str,
    title: str,
    config: Mapping[str, object],
    words: Callable[[str], dict[str, Any]] = assets.locale,
    **more: object,
) -> dict[str, Any]:
    """Return what every page shows.

    Parameters
    ----------
    language : str
        "zh" or "en".
    title : str
        Name of the plan.
    config : mapping
        What its program is told beside the language.
    words : callable
        Takes a language, returns all words of the page by key.
    **more : object
        What its template shows beside that.

    Returns
    -------
    dict
        For the template.
    """
    return {
        "language": language,
        "html_language": {"zh": "zh-CN", "en": "en"}[language],
        "title": title,
        "words": words(language),
        "locales": json_in_script(dumps({each: words(each) for each in LANGUAGES})),
        "config": json_in_script(dumps({"language": language, **config})),
        **more,
    }


def shown_atlas(library: Library) -> Atlas:
    """Return the plan in the datum of the base map.

    Parameters
    ----------
    library : Library
        The plan of a service.

    Returns
    -------
    Atlas
        In WGS84 where there is no base map.
    """
    base = library.settings.base_map
    atlas = library.atlas(base.datum if base else "WGS84")
    assert atlas is not None  # noqa: S101 - the library made one for this datum
    return atlas


def map_config(base: BaseMap | None) -> dict[str, Any]:
    """Return what a page with a map is told of the base map.

    Parameters
    ----------
    base : BaseMap or None
        Tiles below the plan.

    Returns
    -------
    dict
        ``datum, attribution, base_map``.
    """
    if base is None:
        return {"datum": "WGS84", "attribution": "", "base_map": None}
    tiles = {"urls": list(base.urls), "subdomains": base.subdomains, "max_zoom": base.max_zoom}
    return {"datum": base.datum, "attribution": base.attribution, "base_map": tiles}


def json_in_script(text: str) -> Markup:
    """Return JSON so that no part of it can end the element it stands in.

    Parameters
    ----------
    text : str
        JSON.

    Returns
    -------
    Markup
        JSON of the same value, for a ``<script type="application/json">`` element.
    """
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - escaped here


def code_in_script(text: str) -> Markup:
    """Return our own code so that no string in it can end the element it stands in.

    Parameters
    ----------
    text : str
        JavaScript or CSS from this package.

    Returns
    -------
    Markup
        The same code, for a ``<script>`` or ``<style>`` element.
    """
    return Markup(text.replace("</", "<\\/"))  # noqa: S704 - escaped here
