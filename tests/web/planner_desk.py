"""A planner at the desk: the service over a plan of one's own, and a browser that is signed in."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from browsing import DESKTOP, running, visiting
from plans import URBAN_1, tiny_plan
from signing import PASSWORD, add, sign_in

from geo_grid.store import open_store
from webmap import create_app
from webmap.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browsing import Visit
    from flask import Flask
    from signing import Visitor

TABLET = (1024, 768)
MANY = "100000 per minute"
ACCOUNTS = {"li": "planner", "wang": "planner", "zhao": "inspector"}
#: What a browser says of answers that are no success, which the page itself has to deal with.
EXPECTED = re.compile(
    r"Failed to load resource: .*(400|401|403|409|422|503|ERR_FAILED)|failed: .*(ERR_ABORTED|ERR_FAILED)"
)
#: What the page's own modules are asked.
NAMED = {
    "place": """const m = desk.model, [x, y] = m.shapes[m.place.get(given)].middle, p = desk.map.latLngToContainerPoint(m.sheet.latLng(x, y));
        const box = desk.map.getContainer().getBoundingClientRect(); return [p.x + box.left, p.y + box.top];""",
    "grids": "return desk.model.ids.reduce((out, id, i) => ({ ...out, [id]: desk.model.shown[3][i] ?? desk.model.shown[2][i] }), {});",
    "told": "return desk.model.ids.reduce((out, id, i) => ({ ...out, [id]: desk.model.told[3][i] ?? desk.model.told[2][i] }), {});",
    "counts": "return Object.fromEntries([...desk.model.grids.values()].map(grid => [grid.code, grid.households]));",
    "names": "return Object.fromEntries([...desk.model.grids.values()].map(grid => [grid.code, grid.name]));",
    "locked": "return [...desk.model.grids.values()].filter(grid => grid.locked).map(grid => grid.code);",
    "revision": "return desk.model.revision;",
    "target": "return desk.target;",
    "level": "return desk.level;",
    "selected": "return [...desk.selection].map(unit => desk.model.ids[unit]).sort();",
    "waiting": "return queue.items.length;",
    "centre": "const c = desk.map.getCenter(); return [c.lng, c.lat, desk.map.getZoom()];",
    "beside the middle": """const m = desk.model, unit = desk.painter.at(desk.map.getSize().divideBy(2))[0], own = m.shown[3][unit];
        const to = m.neighboursOf(3, own).find(code => code.slice(0, 17) === own.slice(0, 17));
        const chip = document.querySelector(`.chip[data-grid="${to}"] kbd`); return [m.ids[unit], to, chip.textContent];""",
    "pair": """const m = desk.model; let best = null;
        m.edges.sides.forEach(([a, b], edge) => {
            if (b < 0 || m.shown[3][a] === m.shown[3][b] || m.shown[2][a] !== m.shown[2][b]) return;
            const [x1, y1, x2, y2] = m.edges.coordinates.slice(4 * edge, 4 * edge + 4), long = Math.hypot(x2 - x1, y2 - y1);
            const room = Math.min(...[a, b].map(u => m.shapes[u].box[2] - m.shapes[u].box[0]));
            if (!best || Math.min(long, room) > best.size) best = { size: Math.min(long, room), unit: m.ids[a], beside: m.ids[b], from: m.shown[3][a], to: m.shown[3][b] };
        });
        return [best.unit, best.beside, best.from, best.to];""",
    "bounds": "const grid = desk.model.grids.get(given); return grid.bounds;",
}


@cache
def _stored() -> Path:
    path = Path(mkdtemp(prefix="planner-")) / "plan.gpkg"
    open_store(path).write(tiny_plan())
    return path


@contextmanager
def service(folder: Path, store: Path | None = None) -> Iterator[tuple[Flask, str]]:
    """Serve a copy of a plan, with three accounts; yield the application and its address."""
    path = folder / "plan.gpkg"
    shutil.copy(store or _stored(), path)
    app = create_app(path, settings=Settings(login_limit=MANY, login_name_limit=MANY, login_address_limit=MANY))
    for name, role in ACCOUNTS.items():
        add(app, name, role)
    try:
        with running(app) as address:
            yield app, address
    finally:
        app.extensions["office"].close()


class Planner:
    """One person in one browser."""

    def __init__(self, visit: Visit, app: Flask) -> None:
        self.visit, self.page, self.app = visit, visit.page, app

    # asking the page

    def ask(self, name: str, given: Any = None) -> Any:
        script = f"""async given => {{
            const main = document.querySelector('script[src$="planner/main.js"]').src;
            const {{ desk }} = await import(main.replace("main.js", "desk.js"));
            const {{ queue }} = await import(main.replace("main.js", "queue.js"));
            {NAMED[name]}
        }}"""
        return self.page.evaluate(script, given)

    def until(self, name: str, wanted: Any, given: Any = None, seconds: float = 8) -> None:
        """Wait until the page answers so."""
        for _ in range(int(seconds * 20)):
            if (found := self.ask(name, given)) == wanted:
                return
            self.page.wait_for_timeout(50)
        assert found == wanted

    def saved(self, revision: int) -> None:
        """Wait until all is stored, at a revision."""
        self.until("waiting", 0)
        self.until("revision", revision)

    def clean(self) -> None:
        assert self.visit.elsewhere == [], "the page asked another host"
        assert [text for text in self.visit.complaints if not EXPECTED.search(text)] == []

    # doing

    def sign_in(self, name: str = "li", area: str | None = URBAN_1) -> None:
        self.page.wait_for_selector("body.ready")
        self.page.locator("[name=name]").fill(name)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(".areas")
        if area:
            self.open(area)

    def open(self, area: str) -> None:
        self.page.locator(f"[data-area='{area}'] a").click()
        self.page.wait_for_selector("#map canvas", state="attached")
        self.page.wait_for_selector("body.ready")
        self.page.wait_for_timeout(150)

    def tool(self, name: str) -> None:
        self.page.locator(f".tool[data-tool={name}]").click()

    def deed(self, name: str) -> None:
        self.page.locator(f"[data-deed={name}]").click()

    def at(self, unit: str) -> tuple[float, float]:
        x, y = self.ask("place", unit)
        return x, y

    def pick(self, unit: str) -> None:
        """Click the grid of a unit."""
        self.tool("pan")
        self.page.mouse.click(*self.at(unit))

    def brush(self, *units: str, size: int = 8) -> None:
        """Paint over the middles of units, in one stroke; the button stays down."""
        self.tool("brush")
        self.page.locator("#brush").fill(str(size))
        first, *others = [self.at(unit) for unit in units]
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for point in others or [(first[0] + 1, first[1])]:
            self.page.mouse.move(*point, steps=4)

    def paint(self, *units: str) -> None:
        self.brush(*units)
        self.page.mouse.up()

    def count(self, grid: str) -> int:
        found: dict[str, int] = self.ask("counts")
        return found[grid]


@contextmanager
def planner(
    browser: Any, served: tuple[Flask, str], name: str = "li", area: str | None = URBAN_1, **more: Any
) -> Iterator[Planner]:
    """Open the planners' page and sign in."""
    app, address = served
    with visiting(browser, f"{address}plan", **{"size": DESKTOP, **more}) as visit:
        made = Planner(visit, app)
        made.sign_in(name, area)
        yield made


class Colleague:
    """Another planner, who changes things without a browser."""

    def __init__(self, app: Flask, name: str = "wang", area: str = URBAN_1) -> None:
        self.visitor: Visitor = sign_in(app, name)
        self.area = f"/api/v1/desk/areas/{area}"

    def view(self) -> dict[str, Any]:
        told: dict[str, Any] = self.visitor.get(self.area).get_json()
        return told

    def edit(self, **op: Any) -> None:
        answer = self.visitor.post(f"{self.area}/edits", op, base=self.view()["revision"])
        assert answer.status_code == 200, answer.get_data(as_text=True)
