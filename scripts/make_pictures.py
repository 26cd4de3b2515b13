#!/usr/bin/env python3
"""Take pictures of the map of a store, or of its numbers, for the README and for people to look at.

``scripts/make_pictures.py STORE OUT.png [--lang zh] [--size 1280x720] [--link 'grid=…&level=2'] [--page dashboard] [--file]``

With ``--file`` the picture is of the single-file map. Needs Chromium and the test dependencies.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "web")]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("store")
    parser.add_argument("out", type=Path)
    parser.add_argument("--lang", choices=["zh", "en"], default="zh")
    parser.add_argument("--size", default="1280x720", metavar="WxH")
    parser.add_argument("--link", default="", help="what stands behind the # of a link, like area=… or grid=…&level=2")
    parser.add_argument("--page", default="", choices=["", "dashboard"], help="another page than the map")
    parser.add_argument("--file", action="store_true", help="of the single-file map")
    return parser.parse_args()


def main() -> None:
    """Open the map, wait until it stands still, take the picture."""
    from browsing import FLAGS, chromium, running, visiting
    from playwright.sync_api import sync_playwright

    from webmap import create_app, write_map

    asked = arguments()
    width, height = (int(part) for part in asked.size.split("x"))
    link = "&".join(part for part in (asked.link, f"lang={asked.lang}") if part)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)

        def take(address: str) -> None:
            with visiting(browser, f"{address}#{link}", size=(width, height)) as visit:
                visit.ready()
                visit.page.wait_for_timeout(500)
                asked.out.parent.mkdir(parents=True, exist_ok=True)
                visit.page.screenshot(path=asked.out)
                visit.assert_clean()

        if asked.file:
            path = Path(folder) / "map.html"
            write_map(asked.store, None, path, asked.lang)
            take(path.as_uri())
        else:
            with running(create_app(asked.store)) as address:
                take(address + asked.page)
        browser.close()


if __name__ == "__main__":
    main()
