"""The page with the city's numbers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from webmap import assets
from webmap.page_frame import environment, own_words, page_context

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
    return assets.locale(language) | own_words("dashboard", language)


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
    config = {"datum": "WGS84", "staff": staff}
    context = page_context(language, str(meta.get("name") or ""), config, words, static=static)
    return environment().get_template("dashboard.html").render(c=context)
