"""Under which names the service may be asked for: a page of another host must not reach it under a name of its own."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import request

from webmap.refusals import HostError

if TYPE_CHECKING:
    from flask import Flask

    from webmap.settings import Settings


def register_hosts(app: Flask, settings: Settings) -> None:
    """Answer only to names that are known.

    Parameters
    ----------
    app : Flask
        The application.
    settings : Settings
        Tells the names beside this machine's own.
    """
    names = {"localhost", socket.gethostname().lower(), *(name.lower().rstrip(".") for name in settings.hosts)}

    @app.before_request
    def _look() -> None:
        name = host_name(request.environ.get("HTTP_HOST", ""))
        if name not in names and not _is_number(name) and not name.endswith(".localhost"):
            raise HostError("this service has another name", mend="Start it with --allow-host NAME.")


def host_name(header: str) -> str:
    """Return the name in a Host header.

    Parameters
    ----------
    header : str
        Value of the header.

    Returns
    -------
    str
        The name without port, in small letters.
    """
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


def _is_number(name: str) -> bool:
    """Whether a name is an address in numbers: a page of another site cannot make one its own, as it can a name."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
