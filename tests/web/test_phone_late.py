"""What the service finds out late: a photo that arrived whole, by its hash, and is none behind its head."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from browsing import running
from fielding import GULLY, field_app
from phoning import ruled, visitor

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = """const [{ shrink, sha256 }, { newDraft, addPhoto }, { commit }] = await Promise.all(["photos", "drafts", "make"].map(load));
    const canvas = new OffscreenCanvas(700, 500), pen = canvas.getContext("2d");
    for (let i = 0; i < 700; i += 1) { pen.fillStyle = `hsl(${(i * i) % 360} 80% ${(i * 7) % 90}%)`; pen.fillRect((i * 37) % 700, (i * 91) % 500, 60, 60); }
    const draft = newDraft("record", { element: "gully-3" });
    const { meta, blob } = await shrink(new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })], "a.jpg"));
    const half = blob.slice(0, Math.floor(blob.size / 2), blob.type);
    await addPhoto(draft, { meta: { ...meta, size: half.size, sha256: await sha256(await half.arrayBuffer()) }, blob: half });
    await commit(draft, { kind: "record", matter: null, after: [], body: { plan_version: 0, ...given, place_source: "gps", element_id: "gully-3", notes: "x" } });
    return meta.id;"""


def test_a_photo_found_broken_after_it_arrived_is_told_and_can_be_put_away(browser: Any, tmp_path: Path) -> None:
    with (
        field_app(ruled(tmp_path), tmp_path) as app,
        running(app) as address,
        visitor(browser, address, at=GULLY) as shown,
    ):
        shown.begin("wang")
        id_ = shown.ask(BROKEN, GULLY)
        assert shown.sync() is None
        ledger, deadline = app.extensions["office"].ledger, time.monotonic() + 60
        while not ledger.photo(id_)["refused"]:
            assert time.monotonic() < deadline, "nobody looked at it"
            time.sleep(0.05)
        assert shown.sync() is None
        told = {row["id"]: (row["status"], row["reason"]) for row in shown.rows()}
        assert told[id_] == ("refused", "not_a_photo")
        assert sorted(status for status, _ in told.values()) == ["refused", "taken"], "its record stays"
        shown.go("#outbox")
        refused = shown.page.locator("li.refused")
        refused.get_by_text("退回原因").wait_for()
        assert refused.get_by_role("button", name="原样重报").count() == 0, "there is nothing left to be sent"
        refused.get_by_role("button").click()
        shown.page.locator("dialog").get_by_role("button").last.click()
        refused.wait_for(state="detached")
        assert shown.sync() is None
        assert shown.pill() == "已全部发送"
