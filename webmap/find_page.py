"""The page on which everybody finds their own grid and whom to call."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo_grid.lookup.spelling import initials, plain, short_area
from webmap import assets
from webmap.atlas.geo import dumps
from webmap.page import json_in_script
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webmap.library import Library


@cache
def environment() -> Environment:
    """Return what fills the templates of public pages.

    Returns
    -------
    Environment
        Everything is escaped, and a name that is not given is an error.
    """
    return Environment(loader=FileSystemLoader(assets.HERE / "templates"), autoescape=True, undefined=StrictUndefined)


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
    own: dict[str, Any] = json.loads(assets.text(assets.HERE / "locales" / f"find.{language}.json"))
    return assets.locale(language) | own


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
        "example": _example(atlas.plan.areas["name"].dropna()),
        "bounds": atlas.projector.bounds(atlas.plan.areas["geom"].to_numpy()),
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
    return environment().get_template("find.html").render(c=context)


def _example(names: Iterable[str]) -> dict[str, str] | None:
    """Return a name of the plan that is easy to type by its initials, and these; None where no name is Chinese."""
    chinese = {
        short for short in map(short_area, names) if len(short) > 1 and all("一" <= sign <= "鿿" for sign in short)
    }
    name = min(chinese, key=lambda each: (len(each), each), default=None)
    return None if name is None else {"name": name, "initials": initials(plain(name))}
