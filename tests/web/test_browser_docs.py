"""The viewer of the data interface's description, in a real browser: whole, and from this host alone."""

from __future__ import annotations

from typing import Any

from browsing import visiting


def test_the_description_is_shown_without_any_other_host(browser: Any, address: str) -> None:
    with visiting(browser, f"{address}api/docs") as visit:
        visit.page.wait_for_selector(".opblock", timeout=60_000)
        assert visit.page.locator(".opblock").count() > 40
        visit.page.locator("#operations-map-api_summary_summary_get").click()
        visit.page.wait_for_selector(".responses-table")
        visit.assert_clean()
