"""Bodies of requests: JSON as the standard has it, objects only, of a bounded size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from flask import request
from flask.json.provider import DefaultJSONProvider

from webmap.refusals import InvalidError

if TYPE_CHECKING:
    from flask import Flask
    from pydantic import ValidationError

    from webmap.settings import Settings

#: Faults of a body that are listed at most.
FAULTS_LISTED = 20


class StrictJSON(DefaultJSONProvider):
    """JSON without NaN and infinities, and without a depth that would end the program.

    Parameters
    ----------
    app : Flask
        The application.
    """

    ensure_ascii = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON.

        Parameters
        ----------
        s : str or bytes
            The text.
        **kwargs : object
            For :func:`json.loads`.

        Returns
        -------
        object
            Its value.

        Raises
        ------
        ValueError
            If it is no JSON, or too deep.
        """
        try:
            value = json.loads(s, parse_constant=_refuse, **kwargs)
            text = s if isinstance(s, str) else bytes(s).decode()
            if "\\u" in text:  # only so can a text hold what no database keeps
                again = json.dumps(value, ensure_ascii=False)
                again.encode()  # not with half a surrogate pair
                if "\\u0000" in again:
                    raise ValueError("a text holds the character 0")
        except RecursionError as error:
            raise ValueError("too deep") from error
        return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def register_bodies(app: Flask, settings: Settings) -> None:
    """Bound the bodies of an application, and read JSON before any route does.

    Parameters
    ----------
    app : Flask
        The application.
    settings : Settings
        Tells the largest size.
    """
    app.json = StrictJSON(app)
    app.config["MAX_CONTENT_LENGTH"] = settings.body_bytes
    app.config["MAX_FORM_PARTS"] = 20


def read_json(kind: type[dict[str, Any] | list[Any]] = dict) -> None:
    """Read the body of the request, if it is to be JSON.

    Parameters
    ----------
    kind : type
        What it has to be.

    Raises
    ------
    InvalidError
        If it is JSON but something else.
    """
    value = request.get_json()  # 400 if it is no JSON, 415 if it does not say that it is
    if not isinstance(value, kind):
        raise InvalidError(f"the body must be a JSON {'object' if kind is dict else 'list'}")


def invalid(error: ValidationError) -> InvalidError:
    """Say what a model found wrong, without repeating what was sent.

    Parameters
    ----------
    error : ValidationError
        From pydantic.

    Returns
    -------
    InvalidError
        With ``errors``: list of ``at`` and ``what``.
    """
    faults = [
        {"at": ".".join(str(part) for part in fault["loc"]), "what": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    first = faults[0]
    return InvalidError(
        f"{first['at']}: {first['what']}" if first["at"] else first["what"], errors=faults[:FAULTS_LISTED]
    )
