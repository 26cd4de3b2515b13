"""What a browser is told a page may do: run its own scripts, and ask no other host."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import g

if TYPE_CHECKING:
    from flask import Flask, Response

    from webmap.settings import Settings

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def nonce() -> str:
    """Return the number used once that marks this answer's own inline scripts and styles.

    Returns
    -------
    str
        The same text for the whole request.
    """
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def content_policy(settings: Settings, mark: str | None) -> str:
    """Return the content security policy.

    Parameters
    ----------
    settings : Settings
        The base map, if any, is the only other host that is admitted, and for pictures alone.
    mark : str or None
        Nonce of a page's inline scripts and styles; None for answers that are no pages.

    Returns
    -------
    str
        Value of the header.
    """
    own = f"'self' 'nonce-{mark}'" if mark else "'self'"
    hosts = "".join(f" {host}" for host in settings.base_map.hosts()) if settings.base_map else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {own}",
            f"style-src {own}",
            f"img-src 'self' data:{hosts}",
            "connect-src 'self'",
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )


def register_security(app: Flask, settings: Settings) -> None:
    """Send the headers with every answer.

    Parameters
    ----------
    app : Flask
        The application.
    settings : Settings
        Tells the base map.
    """

    @app.after_request
    def _harden(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # a page's answer carries its nonce; everything else gets the policy without one
        response.headers.setdefault("Content-Security-Policy", content_policy(settings, g.get("nonce")))
        return response
