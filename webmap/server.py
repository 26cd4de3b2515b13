"""Run the service."""

from __future__ import annotations

import errno
import gc
import logging
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TextIO

from geo_grid.errors import GeoGridError, StoreError, UsageError
from webmap.app import create_app
from webmap.field.plan import field_plan
from webmap.field.upkeep import start_upkeep
from webmap.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

_PORTS = 65_535
_CONNECTIONS = 1_000
_AT_ONCE = 65_536
_WHY_NOT = {
    errno.EADDRINUSE: ("another program does already", "End that one, or choose another --port."),
    errno.EACCES: ("the system keeps ports below 1024 for itself", "Choose another --port."),
    errno.EADDRNOTAVAIL: ("this machine has no such address", "Choose another --host."),
}
_FORWARDED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}


def serve(
    store_url: str | Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    settings: Settings | None = None,
    threads: int = 8,
    out: TextIO | None = None,
    proxy: str | None = None,
) -> None:
    """Serve the map of a store until interrupted; print its address first.

    Where nobody has an account yet, a one-time link that makes the first one is printed too.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    host : str
        Address to listen on; loopback by default.
    port : int
        Port; 0 for any free one.
    settings : Settings, optional
        Limits and choices.
    threads : int
        Requests answered at a time.
    out : file, optional
        Where the address is printed; standard output by default.
    proxy : str, optional
        Address of a web server in front of this one, whose word is taken for who asks, and whether by https.

    Raises
    ------
    StoreError
        If the store is missing or broken.
    UsageError
        If nothing can listen there.
    """
    from waitress.server import create_server

    settings = settings or Settings()
    app = create_app(store_url, settings=replace(settings, hosts=(*settings.hosts, host)))
    office = app.extensions["office"]
    # a queue that grows for a moment is no news to whoever reads the terminal
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    _write_down_access()
    listener = _listener(host, port)
    trusted: dict[str, Any] = {"trusted_proxy": proxy, "trusted_proxy_headers": _FORWARDED} if proxy else {}
    server = create_server(
        app,
        sockets=[listener],
        threads=threads,
        # phones keep their connections open between parts of photos; beyond the limit nobody is let in at all
        connection_limit=_CONNECTIONS,
        asyncore_use_poll=True,
        recv_bytes=_AT_ONCE,
        ident=None,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=settings.import_bytes + settings.body_bytes,
        **trusted,
    )
    address = f"http://{_name(host)}:{listener.getsockname()[1]}/"
    print(address, file=out, flush=True)
    _end_as_by_keyboard()
    ended = start_upkeep(app)
    try:
        _open_office(app, address, out)
        threading.Thread(target=warm, args=(app,), daemon=True).start()
        server.run()
    except KeyboardInterrupt:  # pragma: no cover - how a person ends it
        pass
    finally:
        ended.set()
        server.close()
        listener.close()
        office.close()


def _end_as_by_keyboard() -> None:
    """Have the word of a service manager (SIGTERM) end the service as Ctrl-C does: processes and files are put away."""

    def end(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)


def warm(app: Flask) -> None:
    """Make ready what the first visitor would wait for.

    Parameters
    ----------
    app : Flask
        The service.
    """
    office = app.extensions["office"]
    with suppress(GeoGridError):  # who asks is told
        app.extensions["library"].current().warm()
        app.extensions["library"].keeps_warm = True
        if office.register.people():
            office.desk  # noqa: B018 - made when it is first asked for, and somebody will
            if office.ledger.field_stamp():  # the first phone of the morning would wait for it
                field_plan(app.extensions["library"]).places  # noqa: B018
    # libraries and plan are here to stay: looked through again and again, they would cost every large request 0.1 s
    gc.collect()
    gc.freeze()


def _listener(host: str, port: int) -> socket.socket:
    if not 0 <= port <= _PORTS:
        raise UsageError(f"{port} is no port", mend=f"Choose a --port from 1 to {_PORTS}, or 0 for any free one.")
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except socket.gaierror as error:
        raise UsageError(f"no machine is called {host}", mend="Choose another --host.") from error
    except OSError as error:
        what, mend = _WHY_NOT.get(error.errno or 0, ("the system does not let it", "Choose another --port."))
        raise UsageError(f"nothing can listen on {host}:{port}: {what}", mend=mend) from error


def _name(host: str) -> str:
    """Return a name under which this machine reaches what listens there."""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if found.is_unspecified:
        return "127.0.0.1" if found.version == 4 else "[::1]"
    return f"[{host}]" if found.version == 6 else host


def _open_office(app: Flask, address: str, out: TextIO | None) -> None:
    """Print the link for the first account, and make the worker processes ready."""
    office = app.extensions["office"]
    try:
        office.register.tidy()
        token = office.register.first_link()
    except StoreError as error:  # a store that cannot be written to still shows its map
        app.logger.warning("the map is shown, but nobody can sign in: %s", error.line())
        return
    if token is not None:
        hours = office.settings.invitation_seconds // 3600
        print(f"Nobody has an account yet. This link makes the first one, once, within {hours} hours:", file=out)
        print(f"{address}welcome#token={token}", file=out, flush=True)
    office.workers.warm()


def _write_down_access() -> None:
    """Write who used the desk to standard error, a line a request."""
    log = logging.getLogger("webmap.access")
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
