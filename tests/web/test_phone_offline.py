"""The phone page with the network cut: what is written stays, comes through once, and as it was."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import running
from fielding import GULLY, field_app
from phoning import Cable, Handset, camera, handset, moments, ruled
from signing import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

#: What is walked to, again and again: elements of the village, and free places.
STOPS = ["gully-3", "forest-4", "river-1", None]
SAID = ("id", "kind", "clock", "device", "matter", "body")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Flask, Cable]]:
    """A service at the end of a cable that can be cut."""
    with field_app(ruled(tmp_path, chunk_bytes=20_000), tmp_path) as app, running(app) as address:
        cable = Cable(int(address.rstrip("/").rsplit(":", 1)[1]))
        yield app, cable
        cable.close()


def inspect(phone: Handset, number: int, *, report: bool = False) -> None:
    """Fill in a form as a person does, and save it."""
    stop = STOPS[number % len(STOPS)]
    phone.go(f"#new/{'found' if report else 'record'}{f'/{stop}' if stop else ''}")
    form = phone.page.locator("form")
    form.get_by_text("手机定位").wait_for()
    if report:
        form.get_by_role("radio", name="地质灾害").check()
    elif stop == "gully-3":
        form.locator("fieldset").first.get_by_role("radio", name="否").check()
    form.locator("textarea").last.fill(f"第{number}处")
    form.locator("input[type=file]").first.set_input_files(camera(number))
    form.locator(".thumb").wait_for()
    form.locator("#save").click()
    form.wait_for(state="detached")


def slay(disk: Path) -> None:
    """End the browser as a flat battery does: every process that works on this disk, at once."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"--user-data-dir={disk}".encode() in words:
            os.kill(int(entry.name), 9)


def on_the_server(app: Flask) -> dict[str, dict[str, dict[str, Any]]]:
    """What has come in, by id."""
    ledger = app.extensions["office"].ledger
    told = {event["id"]: event for event in ledger.events_page(0, "", 10_000)["events"]}
    photos = {
        id_: ledger.photo(id_) | (ledger.upload(id_) or {}) for id_, event in told.items() if event["kind"] == "photo"
    }
    return {"events": told, "photos": photos}


def in_the_end(app: Flask) -> dict[str, dict[str, dict[str, Any]]]:
    """The same once no photo waits any more to be written anew."""
    deadline = time.monotonic() + 60
    while True:
        came = on_the_server(app)
        if all(row["stored_name"] or row["refused"] for row in came["photos"].values()):
            return came
        assert time.monotonic() < deadline, "a photo waits for ever, or never came whole"
        time.sleep(0.05)


def hashes(phone: Handset) -> dict[str, str]:
    """SHA-256 of each photo that is on the phone, of its bytes as they are there."""
    found: dict[str, str] = phone.ask(
        """const { sha256 } = await load("photos");
        const blobs = await db.all("blobs");
        return Object.fromEntries(await Promise.all(blobs.map(async ({ id, blob }) => [id, await sha256(await blob.arrayBuffer())])));"""
    )
    return found


def test_a_day_without_network(browser: Any, service: tuple[Flask, Cable], tmp_path: Path) -> None:
    app, cable = service
    disk = tmp_path / "disk"
    with handset(browser, disk, cable.address, at=GULLY) as phone:
        phone.begin("wang")
        cable.unplug()
        phone.open()  # from the phone itself
        for number in range(20):
            inspect(phone, number, report=number % 5 == 4)
        assert phone.pill().endswith("未发送 40"), "20 entries and 20 photos"
        phone.go("#new/record/gully-3")
        phone.page.locator("textarea").last.press_sequentially("写到一半")
        phone.page.locator("#kept:not(:empty)").wait_for()
        phone.ask("await (await load('drafts')).settled();")
        slay(disk)
    with handset(browser, disk, cable.address, at=GULLY) as phone:
        phone.open()
        before = {row["id"]: row["event"] for row in phone.rows()}
        photos = hashes(phone)
        assert (len(before), len(photos)) == (40, 20)
        phone.page.locator(".lines a[href^='#draft/']").click()
        assert phone.page.locator("textarea").last.input_value() == "写到一半"
        assert phone.page.locator("#unsent").inner_text() == "离线 · 未发送 40"
        phone.context.clear_cookies()  # the session has ended meanwhile
        cable.plug()
        assert phone.sync() == {"kind": "signed_out"}
        assert phone.page.locator("textarea").last.input_value() == "写到一半", "work goes on"
        phone.page.locator(".banner").get_by_role("button", name="登录").click()
        phone.page.get_by_label("密码").fill(PASSWORD)
        phone.page.locator("dialog [type=submit]").click()
        phone.page.get_by_text("已全部发送").wait_for()
        phone.quiet()
        came = in_the_end(app)
        assert set(came["events"]) == set(before)
        kinds = [event["kind"] for event in came["events"].values()]
        assert (kinds.count("record"), kinds.count("found"), kinds.count("photo")) == (16, 4, 20)
        for id_, event in before.items():
            assert [came["events"][id_][key] for key in SAID] == [event[key] for key in SAID]
        assert {id_: row["sha256"] for id_, row in came["photos"].items()} == photos
        assert all(row["stored_name"] and row["refused"] is None for row in came["photos"].values()), (
            "whole, by their hash"
        )
        assert {event["author"] for event in came["events"].values()} == {"wang"}
        said = next(event["body"]["exif"] for event in came["events"].values() if event["kind"] == "photo")
        assert (said["make"], said["taken"], said["zone"]) == ("Maker", "2026:07:06 12:00:00", "+08:00")
        assert phone.ask("return (await db.all('blobs')).length;") == 0, "the phone keeps small pictures only"
        assert phone.sync() is None
        assert set(on_the_server(app)["events"]) == set(before), "sent again: nothing changes"
        phone.assert_clean()


def test_fifty_broken_connections(browser: Any, service: tuple[Flask, Cable], tmp_path: Path) -> None:
    app, cable = service
    make = """const [{ shrink }, { newDraft, addPhoto }, { commit }] = await Promise.all(["photos", "drafts", "make"].map(load));
        for (let n = 0; n < 12; n += 1) {
            const canvas = new OffscreenCanvas(700, 500), pen = canvas.getContext("2d");
            for (let i = 0; i < 700; i += 1) { pen.fillStyle = `hsl(${(i * i * (n + 3)) % 360} 80% ${(i * 7) % 90}%)`; pen.fillRect((i * 37) % 700, (i * 91) % 500, 60, 60); }
            const draft = newDraft("record", { element: "gully-3" });
            await addPhoto(draft, await shrink(new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })], "a.jpg")));
            await commit(draft, { kind: "record", matter: null, after: [], body: { plan_version: 0, ...given, place_source: "gps", element_id: "gully-3", notes: `${n}` } });
        }"""
    with handset(browser, tmp_path / "disk", cable.address, at=GULLY) as phone:
        phone.begin("wang")
        phone.quiet()
        phone.ask(make, GULLY)
        made, photos = {row["id"] for row in phone.rows()}, hashes(phone)
        cable.moments = moments(11, 100, 200_000)
        while cable.breaks < 50:
            phone.sync()
            assert {row["id"] for row in phone.rows()} == made, "never lost on the phone"
        assert phone.ask("return state.photos.some(photo => photo.state === 'new');"), (
            "all of it while something was to be sent"
        )
        cable.moments = None
        assert phone.sync() is None
        assert phone.pill() == "已全部发送"
        came = in_the_end(app)
        assert set(came["events"]) == made, "never lost, never doubled"
        assert {id_: row["sha256"] for id_, row in came["photos"].items()} == photos
        assert all(row["stored_name"] for row in came["photos"].values())
        assert len(app.extensions["office"].ledger.records()) == 12
        phone.assert_clean()
