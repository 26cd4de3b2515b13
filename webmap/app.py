"""The service: one Flask application over one store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, request

from webmap.api import api
from webmap.assets import STATIC, static_digest
from webmap.compression import register_compression
from webmap.errors import register_errors
from webmap.library import Library
from webmap.page import served_page
from webmap.security import nonce, register_security
from webmap.settings import LANGUAGES, Language, Settings

if TYPE_CHECKING:
    from pathlib import Path

_YEAR = 31_536_000


def create_app(store_url: str | Path, *, settings: Settings | None = None) -> Flask:
    """Return the map service of a stored plan.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    settings : Settings, optional
        Limits and choices.

    Returns
    -------
    Flask
        A WSGI application.

    Raises
    ------
    StoreError
        If there is no such store, or it cannot be read.
    """
    settings = settings or Settings()
    # assets live under an address that changes with them, so they may be kept for ever
    app = Flask("webmap", static_folder=str(STATIC), static_url_path=f"/static/{static_digest()}")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _YEAR
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    library = Library(store_url, settings)
    library.open()
    app.extensions["library"] = library
    app.register_blueprint(api)
    register_errors(app)
    register_security(app, settings)
    register_compression(app)

    @app.get("/")
    def index() -> Response:
        library.open()
        page = served_page(library, language_of_request(settings.language), app.static_url_path or "", nonce())
        response = Response(page, content_type="text/html; charset=utf-8")
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Accept-Language")
        return response

    @app.get("/favicon.ico")
    def favicon() -> Response:
        response = app.send_static_file("app/icon.svg")
        response.cache_control.immutable = False
        return response

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok", "edition": library.open()}

    return app


def language_of_request(default: Language) -> Language:
    """Return the language a visitor asks for: by the address, else by the browser's settings.

    Parameters
    ----------
    default : {"zh", "en"}
        Where neither says.

    Returns
    -------
    {"zh", "en"}
        The language.
    """
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans", "zh-TW", "en", "en-US", "en-GB"])
    if best is None:
        return default
    return "zh" if best.startswith("zh") else "en"
