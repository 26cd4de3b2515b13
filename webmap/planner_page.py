"""The pages of planners, filled with words and addresses; what they show they ask for themselves."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from webmap import assets
from webmap.page_frame import environment, map_config, own_words, page_context, shown_atlas

if TYPE_CHECKING:
    from webmap.library import Library

#: Pages, by the name of their template.
PAGES = ("planner", "welcome")


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
    return assets.locale(language) | own_words("planner", language)


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
    base, atlas = library.settings.base_map, shown_atlas(library)
    title = str(atlas.plan.meta.get("name") or "")
    context = page_context(language, title, map_config(base), words, static=static)
    return environment().get_template(f"{page}.html").render(c=context)
