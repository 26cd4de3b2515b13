"""The page with the city's numbers."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from webmap import assets
from webmap.atlas.geo import dumps
from webmap.find_page import environment
from webmap.page import json_in_script
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from webmap.library import Library


@cache
def words(language: str) -> dict[str, Any]:
    """Return the words of a language: the map's, and those of the numbers.

    Parameters
    ----------
    language : str
        "zh" or "en".

    Returns
    -------
    dict
        Text by key.
    """
    own: dict[str, Any] = json.loads(assets.text(assets.HERE / "locales" / f"dashboard.{language}.json"))
    return assets.locale(language) | own


def dashboard_page(library: Library, language: str, static: str, *, staff: bool) -> str:
    """Return the page.

    Parameters
    ----------
    library : Library
        The plan, for its name.
    language : str
        "zh" or "en".
    static : str
        Where assets are served from.
    staff : bool
        Whether somebody is signed in, who is told more.

    Returns
    -------
    str
        HTML.
    """
    meta = library.current().plan.meta
    config = {"language": language, "datum": "WGS84", "staff": staff}
    context = {
        "html_language": {"zh": "zh-CN", "en": "en"}[language],
        "title": str(meta.get("name") or ""),
        "static": static,
        "words": words(language),
        "locales": json_in_script(dumps({name: words(name) for name in LANGUAGES})),
        "config": json_in_script(dumps(config)),
    }
    return environment().get_template("dashboard.html").render(c=context)
