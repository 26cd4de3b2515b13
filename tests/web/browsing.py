"""A real browser that can reach one server only, and remembers everything it asked for and complained of."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

DESKTOP, PHONE = (1280, 720), (390, 844)
PICTURES = Path(__file__).parents[2] / "out" / "pictures"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MEND = "Chromium is not installed; on Debian: apt-get install chromium fonts-noto-cjk"


def chromium() -> str:
    """Return the path of Chromium, or end the test: a failure where tests must be complete, else a skip."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    if os.environ.get("CI"):
        pytest.fail(MEND)
    pytest.skip(MEND)


@contextmanager
def running(app: Flask) -> Iterator[str]:
    """Serve an application on loopback; yield its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Visit:
    """One page and what it did."""

    page: Any
    origin: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def assert_clean(self) -> None:
        assert self.elsewhere == [], "the page asked another host"
        assert self.complaints == [], "the page complained"

    def ready(self) -> None:
        self.page.wait_for_selector("body.ready", timeout=30_000)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is loading and the map stands still."""
        for _ in range(2):  # what has been fetched may move the map, and a moved map fetches
            self.page.wait_for_selector("body:not(.busy)")
            self.page.wait_for_selector(".leaflet-zoom-anim", state="detached")
            self.page.wait_for_timeout(80)

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def wait_for(self, **parts: str) -> None:
        """Wait until the address says so."""
        self.page.wait_for_url(lambda _: all(self.where().get(name) == value for name, value in parts.items()))
        self.settle()

    def where(self) -> dict[str, str]:
        """Return what stands in the address after the hash."""
        from urllib.parse import parse_qsl

        return dict(parse_qsl(urlsplit(self.page.url).fragment))


@contextmanager
def visiting(
    browser: Any, address: str, *, size: tuple[int, int] = DESKTOP, locale: str = "zh-CN", **more: Any
) -> Iterator[Visit]:
    """Open an address; every request to any other origin is refused and remembered."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=locale,
        **{"has_touch": width < 600, "device_scale_factor": 2 if width < 600 else 1, **more},
    )
    page = context.new_page()
    parts = urlsplit(address)
    visit = Visit(page, f"{parts.scheme}://{parts.netloc}")

    def guard(route: Any) -> None:
        url = route.request.url
        own = (
            url.split("#")[0] == address.split("#", maxsplit=1)[0]
            if parts.scheme == "file"
            else url.startswith(visit.origin + "/")
        )
        if own or url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            visit.elsewhere.append(url)
            route.abort()

    context.route("**/*", guard)
    page.on(
        "console",
        lambda message: visit.complaints.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("requestfailed", lambda request: visit.complaints.append(f"failed: {request.url} {request.failure}"))
    try:
        page.goto(address)
        yield visit
    finally:
        context.close()
