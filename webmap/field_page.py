"""The phone page of inspectors: the page itself, what makes it installable, and the worker that keeps it on the phone."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from flask import Response, current_app
from flask_openapi3 import APIBlueprint

from geo_grid.field import REFUSALS, WARNINGS
from webmap import assets
from webmap.atlas.geo import dumps
from webmap.description import SERVICE, Anything, answers
from webmap.page_frame import borrowed_words, environment, map_config, own_words, page_context, shown_atlas
from webmap.pages import PageQuery, language_of_request
from webmap.security import content_policy
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from webmap.library import Library
    from webmap.settings import Settings

field_page = APIBlueprint("field_page", __name__, abp_tags=[SERVICE])

#: Styles of the page, in their order.
STYLES = (
    "vendor/leaflet/leaflet.css",
    "app/base.css",
    *(f"field/{name}.css" for name in ("layout", "parts", "controls", "form")),
)
#: Files of others the page needs beside its own.
_SHARED = ("app/dom.js", "app/words.js", "app/style.js", "app/icon.svg", "vendor/leaflet/leaflet.js", *STYLES[:2])
_WORKER = "worker.js"
_COLOUR, _GROUND = "#0b4a45", "#f2f5f3"
#: Words of the map that the page says too.
_BORROWED = ("language", "noscript", "class.", "amount.", "error.offline", "error.failed", "zoom.")


@cache
def words(language: str) -> dict[str, Any]:
    """Return the words of a language: some of the map's, the phone page's, and the reasons of refusals.

    Parameters
    ----------
    language : str
        "zh" or "en".

    Returns
    -------
    dict
        Text by key.
    """
    place = ("zh", "en").index(language)
    told = {f"field.refused.{key}": pair[place] for key, pair in REFUSALS.items()}
    told |= {f"field.warning.{key}": pair[place] for key, pair in WARNINGS.items()}
    return borrowed_words(language, _BORROWED) | told | own_words("field", language)


@cache
def shell_files() -> tuple[str, ...]:
    """Return the files the page is made of.

    Returns
    -------
    tuple of str
        Paths below the folder of static files, by name.
    """
    own = (path.relative_to(assets.STATIC).as_posix() for path in (assets.STATIC / "field").iterdir())
    return tuple(sorted({*_SHARED, *(name for name in own if not name.endswith(_WORKER))}))


def _library() -> Library:
    library: Library = current_app.extensions["library"]
    library.open()
    return library


def page_html(title: str, settings: Settings, language: str, static: str, version: str = "") -> str:
    """Return the phone page; what it shows it asks for itself, or has on the phone.

    Parameters
    ----------
    title : str
        Name of the plan.
    settings : Settings
        Tells the base map.
    language : str
        "zh" or "en".
    static : str
        Where assets are served from.
    version : str
        Name of its present state.

    Returns
    -------
    str
        HTML.
    """
    config = map_config(settings.base_map) | {"version": version}
    context = page_context(language, title, config, words, static=static, styles=STYLES)
    return environment().get_template("field.html").render(c=context)


@cache
def _version(title: str, settings: Settings, static: str) -> str:
    digest = blake2b(digest_size=6)
    digest.update(page_html(title, settings, LANGUAGES[0], static).encode())
    digest.update(assets.text(assets.STATIC / "field" / _WORKER).encode())
    return digest.hexdigest()


def _present() -> tuple[str, Settings, str, str]:
    """Return title, settings, address of static files and version of the page as it is now."""
    library, static = _library(), current_app.static_url_path or ""
    title, settings = str(shown_atlas(library).plan.meta.get("name") or ""), library.settings
    return title, settings, static, _version(title, settings, static)


def _policy(settings: Settings) -> str:
    """Return the content security policy: photos of the phone's own, the manifest and the worker are let in too."""
    policy = content_policy(settings, None).replace("img-src 'self'", "img-src 'self' blob:")
    return f"{policy}; manifest-src 'self'; worker-src 'self'"


@field_page.get("/field", responses=answers("text/html"))
def page(query: PageQuery) -> Response:  # noqa: ARG001 - for the description
    """Show the phone page of inspectors; it works without signal once it was opened, and asks to sign in."""
    title, settings, static, version = _present()
    html = page_html(title, settings, language_of_request(settings.language), static, version)
    response = Response(html, content_type="text/html; charset=utf-8")
    # the worker keeps it, and asks anew for every version
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = _policy(settings)
    response.vary.add("Accept-Language")
    return response


@field_page.get("/field/sw.js", responses=answers("text/javascript"))
def worker() -> Response:
    """Return the service worker of the phone page, with the list of what it keeps."""
    _, _, static, version = _present()
    shell = {"version": version, "page": "../field", "files": [f"{static}/{name}" for name in shell_files()]}
    code = f"const SHELL = {dumps(shell)};\n{assets.text(assets.STATIC / 'field' / _WORKER)}"
    response = Response(code, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    # the page lies beside the folder of its worker, not in it
    response.headers["Service-Worker-Allowed"] = "../field"
    return response


@field_page.get("/field/manifest.webmanifest", responses=answers(Anything, kind="application/manifest+json"))
def manifest(query: PageQuery) -> Response:  # noqa: ARG001
    """Return what a phone needs to install the page."""
    title, settings, static, _ = _present()
    language = language_of_request(settings.language)
    own = words(language)
    icons = [
        {"src": f"{static}/field/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size, purpose in ((192, "any"), (512, "any"), (512, "maskable"))
    ]
    told = {
        "id": "../field",
        "name": f"{own['field.name']} · {title}" if title else own["field.name"],
        "short_name": own["field.short"],
        "description": own["field.about"],
        "lang": {"zh": "zh-CN", "en": "en"}[language],
        "start_url": "../field",
        "scope": "../field",
        "display": "standalone",
        "orientation": "portrait",
        "theme_color": _COLOUR,
        "background_color": _GROUND,
        "icons": icons,
    }
    response = Response(dumps(told), content_type="application/manifest+json; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    return response
