"""The pages of planners, filled with words and addresses; what they show they ask for themselves."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from webmap import assets
from webmap.atlas.geo import dumps
from webmap.page import json_in_script
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from webmap.library import Library

#: Pages, by the name of their template.
PAGES = ("planner", "welcome")


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(assets.HERE / "templates"), autoescape=True, undefined=StrictUndefined)


@cache
def words(language: str) -> dict[str, Any]:
    """Return the words of a language: the map's, and those of planners.

    Parameters
    ----------
    language : str
        "zh" or "en".

    Returns
    -------
    dict
        Text by key.
    """
    path = assets.HERE / "locales" / f"planner.{language}.json"
    own: dict[str, Any] = json.loads(assets.text(path)) if path.exists() else {}
    return assets.locale(language) | own


def planner_page(library: Library, language: str, static: str, page: str = "planner") -> str:
    """Return a page of planners.

    Parameters
    ----------
    library : Library
        The plan, for its name and the base map.
    language : str
        "zh" or "en".
    static : str
        Where assets are served from.
    page : {"planner", "welcome"}
        Which.

    Returns
    -------
    str
        HTML.
    """
    base = library.settings.base_map
    datum = base.datum if base else "WGS84"
    atlas = library.atlas(datum)
    assert atlas is not None  # noqa: S101 - the library made one for this datum
    tiles = {"urls": list(base.urls), "subdomains": base.subdomains, "max_zoom": base.max_zoom} if base else None
    config = {
        "language": language,
        "datum": datum,
        "attribution": base.attribution if base else "",
        "base_map": tiles,
    }
    context = {
        "language": language,
        "html_language": {"zh": "zh-CN", "en": "en"}[language],
        "title": str(atlas.plan.meta.get("name") or ""),
        "static": static,
        "words": words(language),
        "locales": json_in_script(dumps({name: words(name) for name in LANGUAGES})),
        "config": json_in_script(dumps(config)),
    }
    return _environment().get_template(f"{page}.html").render(c=context)
