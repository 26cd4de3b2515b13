"""Addresses of databases without their passwords."""

from __future__ import annotations

import re

_PLAIN = r"(?:[^:/?#@\[\]\s%]|%[0-9A-Fa-f]{2})*"
#: An address in which it is beyond doubt where the password begins and ends; others are not shown at all.
_CLEAR = re.compile(
    rf"(?P<scheme>\w+)://(?:(?P<user>{_PLAIN})(?P<secret>:{_PLAIN})?@)?"
    rf"(?P<host>(?:{_PLAIN}|\[[0-9A-Fa-f:.]+\])(?::\d*)?)(?P<path>(?:/{_PLAIN})?)(?:\?(?P<query>[^#@?\[\]\s]*))?"
)
_SECRET_SETTING = re.compile(r"(?i)\b(\w*password)=[^&]*")


def masked(url: str) -> str:
    """Return an address that may be shown.

    Parameters
    ----------
    url : str
        ``postgresql://user:password@host:port/name?…``.

    Returns
    -------
    str
        The same with ``***`` for every password; nothing but ``scheme://***`` where a sign that should be escaped
        leaves it open what is part of the password.
    """
    found = _CLEAR.fullmatch(url)
    if found is None:
        return f"{url.partition('://')[0]}://***"
    user = f"{found['user']}{':***' if found['secret'] else ''}@" if found["user"] is not None else ""
    query = _SECRET_SETTING.sub(r"\1=***", found["query"] or "")
    return f"{found['scheme']}://{user}{found['host']}{found['path']}{'?' if query else ''}{query}"


def scrubbed(message: str, url: str) -> str:
    """Return what a database library says when it cannot connect, fit to be shown.

    Parameters
    ----------
    message : str
        Message of the library; of an address it cannot understand it quotes pieces.
    url : str
        The address.

    Returns
    -------
    str
        The message, or a general sentence where the address leaves open what is part of the password.
    """
    if _CLEAR.fullmatch(url) is None or _SECRET_SETTING.search(url):
        return "the database does not answer, or a sign in the address (in the password?) is not written as %XX"
    return message
