"""Photos that came in: what is taken, what is refused, and that nothing of what was sent is served as it came."""

from __future__ import annotations

import hashlib
import struct
import time
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fielding import API, PREFIX, field_app, jpeg, phone, place
from PIL import Image
from plans import tiny_plan
from signing import add, problem, sign_in

from geo_grid.store import open_store
from webmap import Settings, create_app
from webmap.field.darkroom import Darkroom
from webmap.field.photos import PhotoFolder
from webmap.field.pictures import MOST_SCANS, PictureError, rewritten
from webmap.refusals import NoFolderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

PIXELS = 4096


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few hundred kilobytes that would take 1.6 GB of memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 6, 0, 0, 0)
    rows = zlib.compress(b"\0" * 2_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# looking into pictures


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_what_is_no_picture_does_not_get_through() -> None:
    data = (
        saved(
            Image.new("RGB", (64, 48), "green"),
            "JPEG",
            comment=b"my secret",
            icc_profile=b"profile" * 9,
            exif=b"Exif\0\0II*\0\x08\0\0\0\0\0",
        )
        + b"<script>alert(1)</script>"
    )
    assert b"my secret" in data
    out = rewritten(data, "image/jpeg", PIXELS, 85)
    assert out.startswith(b"\xff\xd8\xff")
    for word in (b"my secret", b"profile", b"Exif", b"script"):
        assert word not in out
    assert Image.open(BytesIO(out)).size == (64, 48)


def test_a_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(Image.new("RGB", (64, 48), "green"), "JPEG", exif=exif)
    assert Image.open(BytesIO(rewritten(data, "image/jpeg", PIXELS, 85))).size == (48, 64)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "RGB"])
def test_pictures_of_every_kind_become_jpeg(mode: str) -> None:
    data = saved(Image.new(mode, (32, 32)), "PNG")
    assert Image.open(BytesIO(rewritten(data, "image/png", PIXELS, 85))).format == "JPEG"


def test_what_can_be_seen_through_is_white() -> None:
    data = saved(Image.new("RGBA", (32, 32), (255, 0, 0, 0)), "WEBP")
    assert Image.open(BytesIO(rewritten(data, "image/webp", PIXELS, 90))).getpixel((9, 9)) == (255, 255, 255)


def test_print_colours_become_screen_colours() -> None:
    data = saved(Image.new("CMYK", (32, 32)), "JPEG")
    assert Image.open(BytesIO(rewritten(data, "image/jpeg", PIXELS, 85))).mode == "RGB"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_by_its_head() -> None:
    data = bomb()
    assert len(data) < 10_000
    with pytest.raises(PictureError, match="too_large"):
        rewritten(data, "image/png", PIXELS, 85)


def test_a_picture_may_be_too_wide() -> None:
    data = saved(Image.new("RGB", (PIXELS + 1, 4)), "JPEG")
    with pytest.raises(PictureError, match="too_large"):
        rewritten(data, "image/jpeg", PIXELS, 85)
    assert rewritten(data, "image/jpeg", PIXELS + 1, 85)


def test_a_jpeg_of_thousands_of_scans_is_refused_unread() -> None:
    data = saved(Image.new("RGB", (64, 64)), "JPEG", progressive=True)
    assert rewritten(data, "image/jpeg", PIXELS, 85)
    scan = data[data.index(b"\xff\xda") : -2]
    with pytest.raises(PictureError, match="not_a_photo"):
        rewritten(data[:-2] + scan * MOST_SCANS + data[-2:], "image/jpeg", PIXELS, 85)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PNG"])
def test_only_the_reader_of_what_it_says_it_is_looks_at_it(kind: str) -> None:
    data = saved(Image.new("RGB", (8, 8)), kind)
    with pytest.raises(PictureError, match="not_a_photo"):
        rewritten(data, "image/jpeg", PIXELS, 85)


def test_half_a_picture_is_none() -> None:
    data = jpeg(size=(640, 480))
    with pytest.raises(PictureError, match="not_a_photo"):
        rewritten(data[: len(data) // 2], "image/jpeg", PIXELS, 85)


# taking them


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("photos")
    open_store(folder / "plan.gpkg").write(tiny_plan())
    with field_app(str(folder / "plan.gpkg"), folder) as made:
        yield made


def folder_of(app: Flask) -> Path:
    return Path(app.extensions["office"].settings.photos)


def files(app: Flask) -> set[str]:
    return {path.name for path in folder_of(app).rglob("*") if path.is_file()}


def developed(app: Flask, id_: str) -> dict[str, Any]:
    """Wait until a photo was written anew, or refused."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        row: dict[str, Any] = app.extensions["office"].ledger.photo(id_)
        if (row["stored_name"] or row["refused"]) and not list(folder_of(app).glob(f"parts/{id_}.part")):
            return row
        time.sleep(0.02)
    raise AssertionError("nobody wrote it anew")


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"\xff\xd8\xff" + b"x" * 500, "image/jpeg", "not_a_photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "not_a_photo"),
        (saved(Image.new("RGB", (8, 8)), "PNG"), "image/jpeg", "not_a_photo"),
        (saved(Image.new("RGB", (5000, 8)), "JPEG"), "image/jpeg", "too_large"),
    ],
    ids=["head-only", "svg", "other-kind", "too-wide"],
)
def test_what_is_no_photo_is_refused_for_good(app: Flask, data: bytes, kind: str, reason: str) -> None:
    wang = phone(app, seed=len(data))
    record = wang.record()
    event = wang.photo(record["id"], data, content_type=kind)
    wang.taken(record, event)
    before = files(app)
    told = wang.part(event["id"], data).get_json()
    assert told == {"received": len(data), "complete": False, "refused": reason}
    assert wang.part(event["id"], data).get_json() == told
    assert wang.visitor.get(f"{API}/own").get_json()["wanted"] == []
    problem(wang.visitor.get(f"{API}/photos/{event['id']}"), 404, "unknown_name")
    assert files(app) == before, "nothing of it is left"


def test_a_photo_that_came_damaged_begins_anew(app: Flask) -> None:
    wang = phone(app, seed=77)
    data = jpeg(size=(1000, 800))
    record = wang.record()
    event = wang.photo(record["id"], data)
    wang.taken(record, event)
    half = len(data) // 2
    assert wang.part(event["id"], b"x" * half).get_json()["received"] == half
    told = wang.part(event["id"], data[half:], half).get_json()
    assert told == {"received": 0, "complete": False, "refused": "damaged"}
    assert wang.part(event["id"], data[:half]).get_json()["received"] == half
    assert wang.part(event["id"], data[half:], half).get_json()["complete"]


def test_an_upload_goes_on_after_a_restart_and_after_parts_were_lost(app: Flask) -> None:
    wang = phone(app, seed=78)
    data = jpeg(size=(1000, 800))
    record = wang.record()
    event = wang.photo(record["id"], data)
    wang.taken(record, event)
    wang.part(event["id"], data[:100_000])
    other = create_app(app.extensions["library"].store_url, settings=app.extensions["office"].settings)
    again = phone(other)
    assert again.part(event["id"], data[100_000:150_000], 100_000).get_json()["received"] == 150_000
    part = folder_of(app) / "parts" / f"{event['id']}.part"
    with part.open("r+b") as file:
        file.truncate(60_000)  # as after a power cut
    assert again.part(event["id"], data[150_000:], 150_000).get_json() == {
        "received": 60_000,
        "complete": False,
        "refused": "gap",
    }
    assert again.part(event["id"], data[60_000:200_000], 60_000).get_json()["received"] == 200_000
    assert again.part(event["id"], data[200_000:], 200_000).get_json()["complete"]
    other.extensions["office"].close()


def test_names_are_the_servers_own_and_only_it_may_read_them(app: Flask) -> None:
    wang = phone(app, seed=79)
    data = jpeg()
    record = wang.record()
    event = wang.photo(record["id"], data)
    wang.taken(record, event)
    assert wang.part(event["id"], data).get_json()["complete"]
    row = developed(app, event["id"])
    path = folder_of(app) / row["stored_name"][:2] / row["stored_name"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row["stored_sha256"]
    assert event["id"] not in "".join(files(app))
    assert path.parent.stat().st_mode & 0o077 == 0
    assert not any(event["id"] in part.name for part in folder_of(app).rglob("*")), "what came is gone"


def test_what_is_asked_for_before_it_was_written_anew_is_written_then(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Darkroom, "put", lambda *_: None)
    wang, li = phone(app, seed=80), phone(app, "li")
    data = jpeg(comment=b"my secret")
    record = wang.record()
    event = wang.photo(record["id"], data)
    wang.taken(record, event)
    assert wang.part(event["id"], data).get_json()["complete"]
    assert wang.visitor.get(f"{API}/own").get_json()["wanted"] == [], "whole, though not written anew"
    assert wang.visitor.get(f"{API}/photos/{event['id']}?state=1").get_json()["complete"]
    with li.visitor.get(f"{API}/photos/{event['id']}") as answer:
        assert answer.status_code == 200
        assert b"my secret" not in answer.get_data()


def test_what_waits_when_the_service_ends_is_written_anew_by_the_next(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = phone(app, seed=81)
    data = jpeg()
    record = wang.record()
    event = wang.photo(record["id"], data)
    wang.taken(record, event)
    with monkeypatch.context() as patch:
        patch.setattr(Darkroom, "put", lambda *_: None)
        assert wang.part(event["id"], data).get_json()["complete"]
    other = create_app(app.extensions["library"].store_url, settings=app.extensions["office"].settings)
    assert other.extensions["office"].photos.resume() >= 1
    assert developed(other, event["id"])["stored_name"]
    other.extensions["office"].close()


def test_a_photo_that_is_broken_behind_its_head_is_never_served(app: Flask) -> None:
    wang = phone(app, seed=82)
    whole = jpeg(size=(640, 480))
    data = whole[: len(whole) // 2]
    record = wang.record()
    event = wang.photo(record["id"], data)
    wang.taken(record, event)
    assert wang.part(event["id"], data).get_json()["complete"]
    assert developed(app, event["id"])["refused"] == "not_a_photo"
    told = wang.visitor.get(f"{API}/own").get_json()["refused"]
    assert {"id": event["id"], "reason": "not_a_photo"} in told, "the phone hears of it, however late"
    problem(wang.visitor.get(f"{API}/photos/{event['id']}"), 404, "unknown_name")
    assert wang.part(event["id"], data).get_json()["refused"] == "not_a_photo"


def test_ids_that_are_none_lead_nowhere(app: Flask) -> None:
    wang = phone(app)
    for id_ in ("../../etc/passwd", "x", "%2e%2e%2fplan.gpkg", "A" * 36):
        answer = wang.visitor.get(f"{API}/photos/{id_}")
        assert answer.status_code in {400, 404}, id_
        assert wang.part(id_, b"x").status_code in {400, 404, 405, 422}


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    open_store(tmp_path / "plan.gpkg").write(tiny_plan())
    with field_app(str(tmp_path / "plan.gpkg"), tmp_path, photo_free_bytes=1 << 60) as full:
        wang = phone(full)
        data = jpeg()
        record = wang.record()
        event = wang.photo(record["id"], data)
        wang.taken(record, event)
        problem(wang.part(event["id"], data), 503, "busy")
        problem(wang.part(event["id"], data[:1000]), 503, "busy")
        wanted = wang.visitor.get(f"{API}/own").get_json()["wanted"]
        assert wanted == [{"id": event["id"], "received": 0, "size": len(data)}]


def test_numbers_are_bounded_by_settings(tmp_path: Path) -> None:
    open_store(tmp_path / "plan.gpkg").write(tiny_plan())
    with field_app(str(tmp_path / "plan.gpkg"), tmp_path, photos_limit="1 per day", field_limit="8 per day") as app:
        wang = phone(app)
        data = jpeg()
        record = wang.record()
        events = [wang.photo(record["id"], data) for _ in range(2)]
        wang.taken(record, *events)
        assert wang.part(events[0]["id"], data).get_json()["complete"]
        answer = wang.part(events[1]["id"], data)
        problem(answer, 429, "too_many")
        assert int(answer.headers["Retry-After"]) > 0
        for _ in range(5):
            assert wang.visitor.get(f"{API}/own").status_code == 200
        problem(wang.visitor.get(f"{API}/own"), 429, "too_many")
        assert phone(app, "li").visitor.get(f"{API}/own").status_code == 200, "everybody has limits of their own"


def test_photos_lie_beside_the_plan_unless_somebody_says_where(tmp_path: Path) -> None:
    assert PhotoFolder(str(tmp_path / "plan.gpkg"), Settings()).folder == tmp_path / "plan.photos"
    assert PhotoFolder("postgresql://x/y", Settings(photos="/srv/photos")).folder == Path("/srv/photos")
    with pytest.raises(NoFolderError, match="--photos"):
        _ = PhotoFolder("postgresql://x/y", Settings()).folder


def test_a_new_version_counts_at_once(tmp_path: Path) -> None:
    open_store(tmp_path / "plan.gpkg").write(tiny_plan())
    made = create_app(str(tmp_path / "plan.gpkg"), settings=Settings(photos=str(tmp_path / "p")))
    add(made, "wang", "inspector", PREFIX)
    add(made, "chief", "administrator")
    wang, chief = phone(made), sign_in(made, "chief")
    assert wang.send(wang.record(plan_version=1))[0]["reason"] == "unknown_version"
    areas = tiny_plan()["areas"]["code"].tolist()
    answer = chief.post("/api/v1/versions", {"name": "第一版", "areas": areas})
    assert answer.status_code in {200, 201}, answer.get_data(as_text=True)
    told = wang.send(wang.record(plan_version=1), wang.record())
    assert [each["status"] for each in told] == ["taken", "taken"]
    assert "warnings" not in told[0]
    assert told[1]["warnings"] == ["other_version"]
    assert wang.visitor.get(f"{API}/areas").get_json()["plan_version"] == 1
    made.extensions["office"].close()


def test_a_policy_that_changed_counts_at_once(tmp_path: Path) -> None:
    open_store(tmp_path / "plan.gpkg").write(tiny_plan())
    with field_app(str(tmp_path / "plan.gpkg"), tmp_path, look_seconds=0) as made:
        wang, ledger = phone(made), made.extensions["office"].ledger
        far = wang.record("gully-3", place(4, 7.4))
        wang.taken(far)
        ledger.put_field_policy({"field": {"far_metres": 50, "refuse_far": True}}, "chief")
        assert wang.send(wang.record("gully-3", place(4, 7.4)))[0]["reason"] == "too_far"
        assert wang.visitor.get(f"{API}/package?area={PREFIX}").get_json()["policy"]["far_metres"] == 50
        assert wang.send(far)[0]["status"] == "known"
