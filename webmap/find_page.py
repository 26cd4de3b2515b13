"""The page on which everybody finds their own grid and whom to call."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from geo_grid.lookup.spelling import initials, plain, short_area
from webmap import assets
from webmap.page_frame import environment, map_config, own_words, page_context, shown_atlas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webmap.library import Library


@cache
def words(language: str) -> dict[str, Any]:
    """Return the words of a language: the map's, and those of the lookup.

    Parameters
    ----------
    language : str
        "zh" or "en".

    Returns
    -------
    dict
        Text by key.
    """
    return assets.locale(language) | own_words("find", language)


def find_page(library: Library, language: str, static: str) -> str:
    """Return the lookup page.

    Parameters
    ----------
    library : Library
        The plan, for its name and the base map.
    language : str
        "zh" or "en".
    static : str
        Where assets are served from.

    Returns
    -------
    str
        HTML.
    """
    base, atlas = library.settings.base_map, shown_atlas(library)
    areas = atlas.plan.areas
    config = map_config(base) | {
        "example": _example(areas["name"].dropna()),
        "bounds": atlas.projector.bounds(areas["geom"].to_numpy()),
    }
    title = str(atlas.plan.meta.get("name") or "")
    return environment().get_template("find.html").render(c=page_context(language, title, config, words, static=static))


def _example(names: Iterable[str]) -> dict[str, str] | None:
    """Return a name of the plan that is easy to type by its initials, and these; None where no name is Chinese."""
    chinese = {
        short for short in map(short_area, names) if len(short) > 1 and all("一" <= sign <= "鿿" for sign in short)
    }
    name = min(chinese, key=lambda each: (len(each), each), default=None)
    return None if name is None else {"name": name, "initials": initials(plain(name))}
