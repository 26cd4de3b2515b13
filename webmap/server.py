"""Run the service."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, TextIO

from geo_grid.errors import UsageError
from webmap.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from webmap.settings import Settings


def serve(
    store_url: str | Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    settings: Settings | None = None,
    threads: int = 8,
    out: TextIO | None = None,
) -> None:
    """Serve the map of a store until interrupted; print its address first.

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

    Raises
    ------
    StoreError
        If the store is missing or broken.
    UsageError
        If nothing can listen there.
    """
    from waitress.server import create_server

    app = create_app(store_url, settings=settings)
    # a queue that grows for a moment is no news to whoever reads the terminal
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"nothing can listen on {host}:{port}: {reason}", mend="Choose another --port.") from error
    server = create_server(app, sockets=[listener], threads=threads, ident=None, clear_untrusted_proxy_headers=True)
    name = f"[{host}]" if ":" in host else host
    print(f"http://{name}:{listener.getsockname()[1]}/", file=out, flush=True)
    try:
        server.run()
    except KeyboardInterrupt:  # pragma: no cover - how a person ends it
        pass
    finally:
        server.close()
        listener.close()
