"""A phone with the page of inspectors on it: a browser that keeps its disk, on a cable that can be cut (``from phoning import …``)."""

from __future__ import annotations

import contextlib
import random
import re
import socket
import threading
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from browsing import FLAGS, PHONE, chromium
from fielding import jpeg, phone
from PIL import Image
from plans import tiny_plan
from signing import PASSWORD

from geo_grid.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

#: What the browser itself says when there is no network, and of answers the page has to deal with.
EXPECTED = re.compile(
    r"ERR_(CONNECTION|INTERNET|NETWORK|FAILED|ABORTED|EMPTY|INCOMPLETE|CONTENT|INVALID|SOCKET|TIMED)|status of (401|403|404|413|422|429|503)|registration blocked by Playwright"
)


def ruled(folder: Path, **field: Any) -> str:
    """A GeoPackage with the tiny plan, under rules of one's own."""
    plan = tiny_plan()
    plan.meta["field_policy"] = {"field": field}
    path = folder / "plan.gpkg"
    open_store(path).write(plan)
    return str(path)


class Cable:
    """Forwards connections of one port to another, until it is cut or breaks: whole connections, in mid-word."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        self.cut = False
        self.breaks = 0
        #: Bytes after which each connection breaks, from here on; None: nothing breaks.
        self.moments: Iterator[int] | None = None
        self.lock = threading.Lock()
        self.ends: set[socket.socket] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        if self.cut:
            _end(near)
            return
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            _end(near)
            return
        with self.lock:
            budget = [next(self.moments)] if self.moments else None
            self.ends |= {near, far}
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, sink, budget), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, budget: list[int] | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if budget is not None:
                    budget[0] -= len(data)
                    if budget[0] < 0:
                        sink.sendall(data[: len(data) + budget[0]])
                        with self.lock:
                            self.breaks += 1
                        break
                sink.sendall(data)
        _end(source)
        _end(sink)

    def unplug(self) -> None:
        """No network from here on; what is under way breaks."""
        self.cut = True
        with self.lock:
            ends, self.ends = self.ends, set()
        for end in ends:
            _end(end)

    def plug(self) -> None:
        self.cut = False

    def close(self) -> None:
        self.unplug()
        self.listener.close()


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


class Handset:
    """The page on one phone."""

    def __init__(self, context: Any, address: str, *, worker: bool = True) -> None:
        self.context, self.address, self.worker = context, address, worker
        self.page = context.pages[0] if context.pages else context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.search(message.text):
            self.complaints.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, path: str = "field") -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_selector("body.ready")

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        self.page.locator("#login-name").fill(name)
        self.page.locator("#login-password").fill(password)
        self.page.locator("form.login [type=submit]").click()
        self.page.wait_for_selector("body.working")

    def begin(self, name: str) -> None:
        """Sign in for the first time, and wait until everything needed without signal is there."""
        self.open()
        self.sign_in(name)
        if self.worker:
            self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        self.kept()

    def kept(self) -> None:
        """Wait until the only area there is has been kept."""
        self.page.locator("main .lines").first.wait_for()
        self.quiet()

    def ask(self, script: str, given: Any = None) -> Any:
        """Run a script beside the page's own modules: state, db, sync."""
        return self.page.evaluate(
            """async (given) => {
            const base = document.querySelector("script[type=module]").src;
            const load = (name) => import(base.replace("main.js", `${name}.js`));
            const [{ state, plan }, db, { sync }, { here }] = await Promise.all(["state", "db", "sync", "position"].map(load));
            """
            + script
            + "}",
            given,
        )

    def quiet(self) -> None:
        """Wait until nothing is being sent."""
        self.page.wait_for_timeout(50)
        self.ask("while (state.sync.running) await new Promise((done) => setTimeout(done, 30));")

    def sync(self) -> dict[str, Any] | None:
        """Send; return what went wrong."""
        found: dict[str, Any] | None = self.ask("await sync(); return state.sync.trouble;")
        return found

    def go(self, address: str) -> None:
        """Follow a link of the page."""
        self.page.evaluate("address => { location.hash = address; }", address)
        self.page.wait_for_timeout(30)

    def title(self) -> str:
        return str(self.page.locator("#title").inner_text())

    def pill(self) -> str:
        """What stands at the top; it is brought up to date a few times a second."""
        self.page.wait_for_timeout(200)
        return str(self.page.locator("#unsent").inner_text())

    def rows(self) -> list[dict[str, Any]]:
        """What was made here."""
        found: list[dict[str, Any]] = self.ask("return db.all('events');")
        return found

    def assert_clean(self) -> None:
        assert self.elsewhere == [], "the page asked another host"
        assert self.complaints == [], "the page complained"


@contextmanager
def handset(
    browser: Any, disk: Path, address: str, *, at: dict[str, float] | None = None, locale: str = "zh-CN", **more: Any
) -> Iterator[Handset]:
    """A browser that keeps what it has on a disk, as a phone does."""
    from playwright.sync_api import Error

    context = browser.browser_type.launch_persistent_context(
        str(disk),
        executable_path=chromium(),
        args=FLAGS,
        headless=True,
        **_as_phone(at, locale) | more,
    )
    try:
        yield Handset(context, address)
    finally:
        with contextlib.suppress(Error):  # one that was slain is closed already, or is just about to be
            context.close()


@contextmanager
def visitor(
    browser: Any, address: str, *, at: dict[str, float] | None = None, locale: str = "zh-CN", **more: Any
) -> Iterator[Handset]:
    """A phone whose disk is forgotten at the end, and, unless it is asked for, one without a service worker; quicker."""
    worker = more.pop("worker", False)
    context = browser.new_context(**_as_phone(at, locale) | {"service_workers": "allow" if worker else "block"} | more)
    try:
        yield Handset(context, address, worker=worker)
    finally:
        context.close()


def _as_phone(at: dict[str, float] | None, locale: str) -> dict[str, Any]:
    width, height = PHONE
    made: dict[str, Any] = {"viewport": {"width": width, "height": height}, "has_touch": True, "locale": locale}
    if at is None:
        return made
    place = {"longitude": at["lon"], "latitude": at["lat"], "accuracy": at["accuracy"]}
    return made | {"geolocation": place, "permissions": ["geolocation"]}


def saved(shown: Handset, *, bare: bool = False) -> None:
    """Save the form, and wait until it is gone; say yes where it is asked whether a record without anything is meant."""
    shown.page.locator("#save").click()
    if bare:
        shown.page.locator("dialog.ask button[value=yes]").click()
    shown.page.locator("main form").wait_for(state="detached")
    shown.quiet()


def settled(shown: Handset) -> dict[str, str]:
    """Statuses of what was made here, by kind."""
    assert shown.sync() is None
    return {row["event"]["kind"]: row["status"] for row in shown.rows()}


def move(shown: Handset, at: dict[str, float]) -> None:
    shown.context.set_geolocation({"longitude": at["lon"], "latitude": at["lat"], "accuracy": at["accuracy"]})
    shown.ask(
        "while (Math.abs(here.fix.lat - given.lat) > 1e-6) await new Promise((done) => setTimeout(done, 30));", at
    )


def report(app: Flask, name: str = "li", seed: int = 5) -> tuple[Any, str]:
    """A matter somebody else found."""
    finder = phone(app, name, seed)
    event = finder.found(notes="坡上有裂缝")
    photo = finder.photo(event["id"], data := jpeg(1), role="before", id=event["body"]["photos"][0])
    finder.taken(event, photo)
    assert finder.part(photo["id"], data).get_json()["complete"]
    return finder, event["id"]


def camera(number: int, size: tuple[int, int] = (900, 600)) -> dict[str, Any]:
    """A photo as a camera makes it, with what it says of itself."""
    picture = Image.radial_gradient("L").resize(size).rotate(17 * number).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", f"Camera {number}"
    exif.get_ifd(0x8769)[0x9003] = "2026:07:06 12:00:00"
    exif.get_ifd(0x8769)[0x9011] = "+08:00"
    out = BytesIO()
    picture.save(out, "JPEG", quality=90, exif=exif)
    return {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def moments(seed: int, low: int, high: int) -> Iterator[int]:
    """Bytes after which connections break: small numbers as often as large ones."""
    dice = random.Random(seed)
    while True:
        yield round(low * (high / low) ** dice.random())
