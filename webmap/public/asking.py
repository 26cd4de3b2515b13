"""Small things that all public routes need: which edition is asked, how often, and how an answer is kept."""

from __future__ import annotations

import datetime as dt
from functools import wraps
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from flask import Response, current_app, request
from pydantic import Field, ValidationError

from geo_grid.errors import UsageError
from webmap.atlas.geo import dumps
from webmap.bodies import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from pydantic import BaseModel

    from webmap.library import Library
    from webmap.public.edition import Edition
    from webmap.public.limits import PublicLimits
    from webmap.public.people import People

View = TypeVar("View", bound="Callable[..., Any]")

#: Parameter of every public route: answers of the version that was the latest when that day ended.
AS_OF: Any = Field(
    None,
    pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    description="A day (YYYY-MM-DD): answer from the version published last by then",
    json_schema_extra={"format": "date"},
)

#: Blueprints whose answers any page may read; no cookie plays a part in them.
OPEN = ("api", "public", "tiles", "ogc")

GEOJSON: Literal["application/geo+json"] = "application/geo+json"
Kind = Literal["application/json", "application/geo+json"]


def library() -> Library:
    """Return the plan of the service.

    Returns
    -------
    Library
        Of the running application.
    """
    found: Library = current_app.extensions["library"]
    return found


def limits() -> PublicLimits:
    """Return the counters of public questions.

    Returns
    -------
    PublicLimits
        Of the running application.
    """
    found: PublicLimits = current_app.extensions["public_limits"]
    return found


def people() -> People:
    """Return who knows the staff of grids.

    Returns
    -------
    People
        Of the running application.
    """
    found: People = current_app.extensions["people"]
    return found


def count_question() -> None:
    """Count a question that is not about a place.

    Raises
    ------
    TooManyError
        If there were too many from this address.
    """
    limits().question(request.remote_addr)


def day_asked(text: str | None) -> dt.date | None:
    """Return the day of ``as_of``.

    Parameters
    ----------
    text : str or None
        The parameter.

    Returns
    -------
    date or None
        None where the request names none.

    Raises
    ------
    UsageError
        If the calendar has no such day.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"as_of: there is no day {text[:20]!r}", mend="Write it like 2026-03-01.") from None


def edition_asked(text: str | None = None) -> Edition:
    """Return the edition a request is about.

    Parameters
    ----------
    text : str, optional
        Day of a body; by default the parameter of the address counts.

    Returns
    -------
    Edition
        What is shown now, or what was on the day of ``as_of``.
    """
    return edition_of(day_asked(text or request.args.get("as_of")))


def edition_of(day: dt.date | None) -> Edition:
    """Return the edition of a day.

    Parameters
    ----------
    day : date or None
        None for now.

    Returns
    -------
    Edition
        What is shown now, or what was on that day.
    """
    address = request.remote_addr
    return library().edition(day, lambda: limits().version(address))


def read_directly(model: type[BaseModel]) -> Callable[[View], View]:
    """Read the parameters of a route in one go; else the library looks at each of them, which takes as long as a lookup.

    Parameters
    ----------
    model : type
        Their model, each of them a single value.

    Returns
    -------
    callable
        Decorator of a route whose only argument is ``query``.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def reads(**_path: object) -> Any:
            try:
                query = model.model_validate(request.args.to_dict())
            except ValidationError as error:
                raise UsageError(f"parameter {invalid(error).message}") from None
            return view(query=query)

        reads.__delay_validate_request__ = True  # type: ignore[attr-defined]
        return cast("View", reads)

    return mark


def kept(
    edition: Edition,
    key: tuple[object, ...],
    body: Callable[[], str],
    *,
    kind: Kind = "application/json",
    private: bool = False,
) -> Response:
    """Answer with a validator, so that a browser need not fetch the same twice.

    Parameters
    ----------
    edition : Edition
        What answers.
    key : tuple
        What the answer depends on beside the address and the edition.
    body : callable
        Returns JSON text; not asked if the copy at hand is still good.
    kind : str
        Media type.
    private : bool
        Whether the address tells something of the visitor, so that only the browser may keep the answer.

    Returns
    -------
    Response
        200 or 304.
    """
    tag = blake2b(repr((edition.key, request.path, key)).encode(), digest_size=12).hexdigest()
    response = Response(content_type=f"{kind}; charset=utf-8")
    response.set_etag(tag, weak=True)
    who = "private" if private else "public"
    response.headers["Cache-Control"] = f"{who}, max-age={edition.settings.cache_seconds}"
    if request.if_none_match:
        response.make_conditional(request)
        if response.status_code == 304:
            return response
    response.set_data(body())
    return response


def told(value: object) -> str:
    """Return JSON text of an answer.

    Parameters
    ----------
    value : object
        Plain values.

    Returns
    -------
    str
        JSON.
    """
    return dumps(value)


def register_sharing(app: Flask) -> None:
    """Let pages of any site read public answers (CORS), never with a visitor's cookies.

    Parameters
    ----------
    app : Flask
        The application.
    """

    @app.after_request
    def _share(response: Response) -> Response:
        if request.blueprint in OPEN:
            headers = response.headers
            headers.add("Access-Control-Allow-Origin", "*")
            headers.add("Access-Control-Expose-Headers", "ETag, Retry-After, Content-Range, Content-Crs")
            headers.add("Cross-Origin-Resource-Policy", "cross-origin")
            if request.method == "OPTIONS":
                headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST" if _posts() else "GET, HEAD"
                headers["Access-Control-Allow-Headers"] = "Content-Type, If-None-Match, Range"
                headers["Access-Control-Max-Age"] = "86400"
        return response


def _posts() -> bool:
    return request.url_rule is not None and request.url_rule.endpoint == "public.bulk"
