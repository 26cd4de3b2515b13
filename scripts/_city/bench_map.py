#!/usr/bin/env python3
"""Measure the public map of a published city in Chromium without a GPU; exit 1 where a figure of issue 7 does not hold.

usage: scripts/_city/bench_map.py STORE [--visits 5] [--json]

The service runs in a process of its own, Chromium draws in software, and WebGL is taken away. Every visit begins with an
empty cache. A drag is a hand's: 30 moves of 14 pixels, one every 16 ms; its frames are timed inside the page. Tiles are
complete when none that is in view is missing and nothing is being fetched. Memory is what the page's process and the one
that paints for it hold (shared pages by share), after a tour of all zooms. Seconds are of use on an otherwise idle
machine only; the work of the page in processor seconds, and the load, are printed beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "web")]

if TYPE_CHECKING:
    from collections.abc import Iterator

#: figure → the most it may be
LIMITS = {"first_view_s": 2.0, "tiles_after_pan_ms": 500.0, "frame_p95_ms": 50.0, "memory_mb": 500.0, "webgl": 0.0}
GRIDS = 80_000
SIZE = {"width": 1280, "height": 800}
ZOOMS = (9, 11, 13, 14, 15, 17)
MOVES, PIXELS, PAUSE = 30, 14, 0.016

WATCH = """
window.webglAsked = 0;
for (const kind of [HTMLCanvasElement, OffscreenCanvas]) {
    const own = kind.prototype.getContext;
    kind.prototype.getContext = function (name, ...more) {
        if (/webgl/.test(name)) { window.webglAsked += 1; return null; }
        return own.call(this, name, ...more);
    };
}
window.settled = () => document.body?.classList.contains("ready") && !document.body.classList.contains("busy")
    && !document.querySelector("canvas.leaflet-tile:not(.leaflet-tile-loaded)");
window.whenSettled = from => new Promise(done => {
    let since = null;
    const look = () => {
        const now = performance.now();
        if (!window.settled()) since = null;
        else since ??= now;
        if (since !== null && now - since > 150) done(since - from);  // still settled after what was drawn has had its say
        else setTimeout(look, 5);
    };
    look();
});
window.firstView = new Promise(done => addEventListener("DOMContentLoaded", () => window.whenSettled(0).then(done)));
window.startFrames = () => {
    window.frames_ = []; window.timing = true; let last = null;
    const step = now => { if (last !== null) window.frames_.push(now - last); last = now; if (window.timing) requestAnimationFrame(step); };
    requestAnimationFrame(step);
};
window.stopFrames = () => { window.timing = false; return window.frames_; };
"""


def figures(store: str | Path, visits: int = 5) -> dict[str, float]:
    """Measure the map of a published store: figures by the names in ``LIMITS``, and what explains them."""
    from browsing import FLAGS, chromium
    from playwright.sync_api import sync_playwright

    with served(store) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            first = [first_view(browser, address) for _ in range(visits)]
            tour = toured(browser, address)
        finally:
            browser.close()
        grids = sum(level["grids"] for level in asked(address, "api/v1/summary")["levels"])
    return {
        "grids": grids,
        "first_view_s": statistics.median(seconds for seconds, _, _ in first),
        "first_view_worst_s": max(seconds for seconds, _, _ in first),
        "first_view_work_s": statistics.median(work for _, work, _ in first),
        "first_view_kb": statistics.median(size for _, _, size in first) / 1000,
        **tour,
    }


@contextmanager
def served(store: str | Path) -> Iterator[str]:
    """Serve a store in a process of its own; yield its address once the tiles are there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "geo_grid.cli", "serve", str(store), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    try:
        begin = time.monotonic()
        while not ready(address):
            if process.poll() is not None or time.monotonic() - begin > 600:
                raise SystemExit("bench_map: the service does not answer, or its tiles are not written")
            time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def ready(address: str) -> bool:
    try:
        told = asked(address, "api/v1/tiles.json")
    except OSError:
        return False
    if told["version"] is None:
        raise SystemExit("bench_map: nothing is published: geo-grid publish STORE --name …")
    return bool(told["ready"])


def asked(address: str, path: str) -> Any:
    with urllib.request.urlopen(address + path, timeout=30) as answer:
        return json.load(answer)


def first_view(browser: Any, address: str) -> tuple[float, float, float]:
    """Open the map with an empty cache: seconds until it stands, the page's own work in seconds, bytes that came."""
    context = browser.new_context(viewport=SIZE, locale="zh-CN")
    context.add_init_script(WATCH)
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Performance.enable")
    page.goto(address, wait_until="commit")
    seconds = page.evaluate("window.firstView") / 1000
    work = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}["TaskDuration"]
    context.close()
    return seconds, work, sum(sizes)


def toured(browser: Any, address: str) -> dict[str, float]:
    """Drag the map about at every zoom: frames, and how long tiles take after the hand lets go; then memory."""
    context = browser.new_context(viewport=SIZE, locale="zh-CN")
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(address)
    page.evaluate("window.firstView")
    frames: list[float] = []
    waits: dict[int, list[float]] = {}
    for place in places(address):
        for zoom in ZOOMS:
            page.evaluate("([at, zoom]) => window.map_plan.setView(at, zoom, { animate: false })", [place, zoom])
            page.evaluate("window.whenSettled(performance.now())")
            for direction in ((-1, 0), (0, -1), (1, 1)):
                drawn, wait = drag(page, direction)
                frames += drawn
                waits.setdefault(zoom, []).append(wait)
    every = [wait for some in waits.values() for wait in some]
    out = {
        "tiles_after_pan_ms": percentile(every, 95),
        "tiles_after_pan_median_ms": statistics.median(every),
        "frame_p95_ms": percentile(frames, 95),
        "frame_median_ms": statistics.median(frames),
        "memory_mb": memory(browser_pid()),
        "heap_mb": page.evaluate("performance.memory.usedJSHeapSize") / 1e6,
        "webgl": page.evaluate("window.webglAsked"),
        **{f"tiles_after_pan_z{zoom}_ms": percentile(some, 95) for zoom, some in waits.items()},
    }
    context.close()
    return out


def places(address: str) -> list[list[float]]:
    """Say where to look: the middle of the city, and where many live close together: the largest communities."""
    west, south, east, north = asked(address, "api/v1/summary")["bounds"]
    rows = asked(address, "api/v1/search?q=%E7%A4%BE%E5%8C%BA")["hits"]
    towns = [[hit["at"][1], hit["at"][0]] for hit in rows if hit["kind"] == "area"]
    return [[(south + north) / 2, (west + east) / 2], *towns[:2]]


def drag(page: Any, direction: tuple[int, int]) -> tuple[list[float], float]:
    """Drag as a hand does, and hold still before letting go, so that the map does not glide on."""
    x, y = 860 - 210 * direction[0], 420 - 210 * direction[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("window.startFrames()")
    for _ in range(MOVES):
        x, y = x + PIXELS * direction[0], y + PIXELS * direction[1]
        page.mouse.move(x, y)
        time.sleep(PAUSE)
    time.sleep(0.2)
    drawn = page.evaluate("window.stopFrames()")
    page.evaluate(
        "window.addEventListener('mouseup', () => { window.letGo = performance.now(); }, { once: true, capture: true })"
    )
    page.mouse.up()
    return drawn, page.evaluate("window.whenSettled(window.letGo)")


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def browser_pid() -> int:
    """Return the process of the browser this one started."""
    for pid in children(os.getpid()):
        for below in (pid, *descendants(pid)):
            words = Path(f"/proc/{below}/cmdline").read_bytes().split(b"\0")
            if b"--disable-gpu" in words and not any(word.startswith(b"--type=") for word in words):
                return below
    raise SystemExit("bench_map: Chromium is not found among the processes")


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for path in tasks for word in path.read_text().split()]


def descendants(pid: int) -> list[int]:
    return [each for child in children(pid) for each in (child, *descendants(child))]


def memory(pid: int) -> float:
    """Return megabytes of the largest page and of the process that paints: pages they share with others by share."""
    sizes: dict[str, list[float]] = {"renderer": [0.0], "gpu-process": [0.0]}
    for each in descendants(pid):
        words = Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ")
        kind = re.search(r"--type=([\w-]+)", words)
        if kind and kind[1] in sizes:
            told = Path(f"/proc/{each}/smaps_rollup").read_text()
            match = re.search(r"^Pss:\s+(\d+)", told, re.MULTILINE)
            sizes[kind[1]].append(int(match[1]) / 1024 if match else 0.0)
    return sum(max(each) for each in sizes.values())


def report(found: dict[str, float], load: float) -> int:
    print(f"load at the start {load:.1f}, {os.cpu_count()} cores; {found['grids']:.0f} grids")
    for name, value in found.items():
        print(f"{name:<28}{value:>10.2f}" + (f"  of {LIMITS[name]:g}" if name in LIMITS else ""))
    faults = [name for name, limit in LIMITS.items() if found[name] > limit]
    if found["grids"] < GRIDS:
        faults.append(f"only {found['grids']:.0f} grids of {GRIDS}")
    print("bench_map: " + (f"DOES NOT HOLD: {', '.join(faults)}" if faults else "all figures hold"))
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("store", help="a published store, GeoPackage or PostgreSQL address")
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    found = figures(options.store, options.visits)
    if options.json:
        print(json.dumps(found))
        return 0
    return report(found, load)


if __name__ == "__main__":
    sys.exit(main())
