"""Small things that all routes of the desk need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Response, current_app

from webmap.atlas.geo import dumps
from webmap.desk.work import Work
from webmap.refusals import BadRevisionError, NoRevisionError

if TYPE_CHECKING:
    from webmap.office import Office

_REVISION = re.compile(r'"(\d{1,9})"')


def office() -> Office:
    """Return desk, accounts and limits of the service.

    Returns
    -------
    Office
        Of the running application.
    """
    found: Office = current_app.extensions["office"]
    return found


def work(datum: str) -> Work:
    """Return the desk, for answers in a datum.

    Parameters
    ----------
    datum : str
        Datum of coordinates.

    Returns
    -------
    Work
        The desk.
    """
    return Work(office(), datum)


def reply(value: object, status: int = 200, revision: int | None = None) -> Response:
    """Return an answer that nobody keeps.

    Parameters
    ----------
    value : object
        Plain values.
    status : int
        HTTP status.
    revision : int, optional
        The revision it shows.

    Returns
    -------
    Response
        JSON.
    """
    response = Response(dumps(value), status=status, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    if revision is not None:
        response.headers["ETag"] = f'"{revision}"'
    return response


def based_on(if_match: str | None) -> int:
    """Return the revision a change is based on.

    Parameters
    ----------
    if_match : str or None
        Header If-Match.

    Returns
    -------
    int
        Its number.

    Raises
    ------
    NoRevisionError
        If there is no such header.
    BadRevisionError
        If it names no revision.
    """
    if if_match is None:
        raise NoRevisionError("the change does not say what it is based on", mend='Send If-Match: "REVISION".')
    found = _REVISION.fullmatch(if_match.strip())
    if found is None:
        raise BadRevisionError("this is no revision of an area", mend='Send If-Match: "REVISION".')
    return int(found[1])
