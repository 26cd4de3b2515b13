"""One table from error to HTTP status, and problem details (RFC 9457) for every answer that is not data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import HTTPException

from geo_grid.errors import GeoGridError, StoreError, UsageError
from webmap.atlas import UnknownCodeError
from webmap.atlas.geo import dumps

if TYPE_CHECKING:
    from flask import Flask

#: Error → (status, short name). The first class that fits counts.
STATUS: dict[type[Exception], tuple[int, str]] = {
    UnknownCodeError: (404, "unknown_code"),
    UsageError: (400, "bad_request"),
    StoreError: (503, "store_unavailable"),
    GeoGridError: (500, "failed"),
}

#: What a visitor is told of each status; paths and file names stay in the log.
_TITLES = {
    400: "The request makes no sense",
    404: "Nothing has this address",
    405: "This address answers GET only",
    500: "The service failed",
    503: "The plan cannot be read right now",
}


def problem(status: int, name: str, detail: str | None = None) -> Response:
    """Return problem details.

    Parameters
    ----------
    status : int
        HTTP status.
    name : str
        Short name a program can tell cases apart by.
    detail : str, optional
        One sentence for a person.

    Returns
    -------
    Response
        ``application/problem+json``.
    """
    body = {"type": "about:blank", "title": _TITLES.get(status, "The request failed"), "status": status, "code": name}
    if detail:
        body["detail"] = detail
    response = Response(dumps(body), status=status, content_type="application/problem+json; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def register_errors(app: Flask) -> None:
    """Answer every error of an application with problem details.

    Parameters
    ----------
    app : Flask
        The application.
    """

    @app.errorhandler(GeoGridError)
    def _ours(error: GeoGridError) -> Response:
        status, name = next(entry for kind, entry in STATUS.items() if isinstance(error, kind))
        if status >= 500:
            app.logger.error("%s %s: %s", request.method, request.path, error.line())
            return problem(status, name)
        return problem(status, name, error.line())

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        status = error.code or 500
        return problem(status, (error.name or "failed").lower().replace(" ", "_"))

    @app.errorhandler(Exception)
    def _bug(error: Exception) -> Response:
        app.logger.error("%s %s", request.method, request.path, exc_info=error)
        return problem(500, "failed")
