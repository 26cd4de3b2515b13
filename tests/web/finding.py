"""The lookup page and the boards, over plans of known squares, with staff some of whom agreed to be called."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from browsing import visiting
from plans import CRS, ORIGIN, SIDE, URBAN_1, VILLAGE
from pyproj import Transformer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from browsing import Visit

PHONES = {"worker": "13835801234"}
ROSTER: dict[str, list[dict[str, Any]]] = {
    f"{URBAN_1}001": [{"name": "高志强", "role": "网格员", "phone": PHONES["worker"]}],
    f"{URBAN_1}00103": [{"name": "薛桂花", "role": "网格助理员", "phone": None}],
    f"{URBAN_1}0010303": [{"name": "刘海燕", "role": "网格联络员", "phone": "0358-8221234"}],
    f"{VILLAGE}003": [{"name": "任建国", "role": "网格员", "phone": None}],
}


class Roster:
    """Who works where."""

    def stamp(self) -> str:
        return "1"

    def staff(self, codes: Iterable[str], on: dt.date) -> dict[str, list[dict[str, Any]]]:  # noqa: ARG002
        return {code: ROSTER.get(code, []) for code in codes}


def place(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place, given in squares."""
    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(
        ORIGIN[0] + SIDE * x, ORIGIN[1] + SIDE * y
    )
    return round(lon, 7), round(lat, 7)


#: Places by name, in squares.
PLACES = {
    "inside": (2.5, 2.4),
    "tower": (0.5, 0.5),
    "border": (5.0, 1.5),
    "outside": (10.5, 7.5),
}


def position(name: str, accuracy: float = 8) -> dict[str, Any]:
    """Return what a browser is told of where it is."""
    lon, lat = place(*PLACES[name])
    return {"geolocation": {"longitude": lon, "latitude": lat, "accuracy": accuracy}, "permissions": ["geolocation"]}


@contextmanager
def finding(browser: Any, address: str, path: str = "find", **more: Any) -> Iterator[Visit]:
    with visiting(browser, address + path, **more) as visit:
        visit.page.wait_for_selector("body.ready", timeout=30_000)
        yield visit


def still(visit: Visit) -> None:
    """Wait until nothing is fetched and the map stands."""
    visit.settle()


def answer(visit: Visit) -> str:
    """Return the heading of the answer once it is there."""
    heading = visit.page.locator("#answer h2")
    heading.wait_for()
    still(visit)
    return heading.inner_text()


def becomes(visit: Visit, text: str) -> None:
    """Wait until the answer's heading says so."""
    visit.page.locator("#answer").get_by_role("heading", name=text, exact=True).wait_for()
    visit.settle()


def codes(visit: Visit) -> list[str]:
    """Return the codes on the card, finest first."""
    return visit.page.locator("#answer .level").evaluate_all("nodes => nodes.map(node => node.dataset.code)")


def tap(visit: Visit, x: float, y: float) -> None:
    """Tap the map at a place given in squares, which must be in view."""
    lon, lat = place(x, y)
    still(visit)
    visit.page.locator("#map").scroll_into_view_if_needed()
    at = visit.page.evaluate(
        """async ([lon, lat]) => {
            const { pointOf } = await import(document.querySelector("script[type=module]").src.replace("main.js", "map.js"));
            return pointOf([lon, lat]);
        }""",
        [lon, lat],
    )
    visit.page.mouse.click(*at)


def axe(visit: Visit, script: Any) -> list[Any]:
    """Return what axe finds wrong."""
    visit.page.add_script_tag(path=script)
    found = visit.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [(each["id"], json.dumps([node["target"] for node in each["nodes"]])) for each in found["violations"]]
