"""One table from error to HTTP status, and problem details (RFC 9457) for every answer that is not data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from geo_grid.errors import GeoGridError, InputError, ReadOnlyError, StoreError, UsageError
from geo_grid.lookup import UnknownCodeError as NoSuchCodeError
from webmap import refusals
from webmap.atlas import UnknownCodeError
from webmap.atlas.geo import dumps
from webmap.find_error import error_page, for_a_person
from webmap.public.retired import retirement

if TYPE_CHECKING:
    from flask import Flask

#: Error → (status, short name). The first class that fits counts.
STATUS: dict[type[Exception], tuple[int, str]] = {
    UnknownCodeError: (404, "unknown_code"),
    NoSuchCodeError: (404, "unknown_code"),
    refusals.InvalidError: (422, "invalid"),
    refusals.SignedOutError: (401, "signed_out"),
    refusals.WrongPasswordError: (401, "wrong_password"),
    refusals.WrongLinkError: (403, "wrong_link"),
    refusals.OriginError: (403, "foreign_origin"),
    refusals.TokenError: (403, "csrf"),
    refusals.RoleError: (403, "role"),
    refusals.PrefixError: (403, "prefix"),
    refusals.ClosedError: (403, "closed"),
    refusals.UnknownNameError: (404, "unknown_name"),
    refusals.NoVersionError: (404, "no_version"),
    refusals.OutsideError: (404, "outside"),
    refusals.BadNameError: (422, "bad_name"),
    refusals.OtherNameError: (422, "other_name"),
    refusals.NoAreasError: (422, "no_such_prefix"),
    refusals.LastAdministratorError: (409, "last_administrator"),
    refusals.TakenError: (409, "taken"),
    refusals.ConflictedError: (409, "conflict"),
    refusals.BadRevisionError: (412, "bad_revision"),
    refusals.HostError: (421, "unknown_host"),
    refusals.BadShapeError: (422, "bad_shape"),
    refusals.BrokenPromiseError: (422, "refused"),
    refusals.FirstVersionError: (422, "first_version"),
    refusals.NothingChangedError: (422, "nothing_changed"),
    refusals.UnpublishableError: (422, "unpublishable"),
    refusals.TookTooLongError: (422, "took_too_long"),
    refusals.NoFolderError: (503, "no_photo_folder"),
    refusals.TooLargeError: (413, "too_large"),
    refusals.NoRevisionError: (428, "no_revision"),
    refusals.TooManyError: (429, "too_many"),
    refusals.BusyError: (503, "busy"),
    InputError: (422, "bad_file"),
    UsageError: (400, "bad_request"),
    ReadOnlyError: (503, "read_only"),
    StoreError: (503, "store_unavailable"),
    GeoGridError: (500, "failed"),
}

#: What a visitor is told of each status; paths and file names stay in the log.
TITLES = {
    400: "The request makes no sense",
    401: "Somebody must sign in",
    403: "This is not allowed",
    404: "Nothing has this address",
    405: "This address does not answer this method",
    409: "Somebody else was here before",
    412: "The request is based on something else",
    413: "The request is too large",
    415: "The body is of a kind that is not read here",
    416: "There is no such part",
    421: "The service has another name",
    422: "The request cannot be carried out",
    428: "The request must say what it is based on",
    429: "Too many requests",
    500: "The service failed",
    503: "The plan cannot be used right now",
}

#: Titles of faults that the title of their status would tell wrongly.
_TITLES = {
    "outside": "No area is at this place",
    "unknown_code": "No area or grid has this code",
    "no_version": "No such version was published",
}

#: Statuses of answers that say nothing of the fault itself.
_SILENT = {500, 503}


#: Said instead of the error's own line, which names a file.
_READ_ONLY = "The plan can be looked at, but not written to, so nobody can sign in or change it"


def problem(status: int, name: str, detail: str | None = None, more: dict[str, Any] | None = None) -> Response:
    """Return problem details.

    Parameters
    ----------
    status : int
        HTTP status.
    name : str
        Short name a program can tell cases apart by.
    detail : str, optional
        One sentence for a person.
    more : dict, optional
        Further members.

    Returns
    -------
    Response
        ``application/problem+json``; to a browser that came for a page, a page.
    """
    if for_a_person():
        return error_page(status, name, more)
    title = _TITLES.get(name) or TITLES.get(status, "The request failed")
    body = {"type": "about:blank", "title": title, "status": status, "code": name}
    if detail:
        body["detail"] = detail
    response = Response(
        dumps(body | (more or {})), status=status, content_type="application/problem+json; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def register_errors(app: Flask) -> None:
    """Answer every error of an application with problem details.

    Parameters
    ----------
    app : Flask
        The application.
    """

    @app.errorhandler(refusals.RefusalError)
    def _refused(error: refusals.RefusalError) -> Response:
        status, name = _entry(error)
        response = problem(status, name, error.line(), error.more)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(GeoGridError)
    def _ours(error: GeoGridError) -> Response:
        status, name = _entry(error)
        if status in _SILENT:
            app.logger.error("%s %s: %s", request.method, ascii(request.path), error.line())
            return problem(status, name, _READ_ONLY if isinstance(error, ReadOnlyError) else None)
        detail, more = _told(error)
        return problem(status, name, detail, retirement() if name == "unknown_code" else more)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if isinstance(error.response, Response):
            return error.response
        status = error.code or 500
        answer = problem(status, (error.name or "failed").lower().replace(" ", "_"))
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def _bug(error: Exception) -> Response:
        app.logger.error("%s %s", request.method, ascii(request.path), exc_info=error)
        return problem(500, "failed")


def _told(error: GeoGridError) -> tuple[str, dict[str, Any] | None]:
    """Say what is wrong; of a file that was sent to somebody who has no configuration, and reads no Python."""
    if not isinstance(error, InputError):
        return error.line(), None
    mend = None if error.mend and ("city.toml" in error.mend or "[inputs" in error.mend) else error.mend
    message = re.sub(r" \([A-Z]\w*\)", "", error.message)
    told = InputError(message, file=error.file, row=error.row, column=error.column, mend=mend)
    return told.line(), {"reason": "damaged" if "damaged" in error.message else "unfit"}


def _entry(error: Exception) -> tuple[int, str]:
    return next(entry for kind, entry in STATUS.items() if isinstance(error, kind))
