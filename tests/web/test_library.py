"""Which plan the public map shows: what was published last, and a draft only where nothing was."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from plans import URBAN_1, tiny_plan

from geo_grid.desk import Desk
from geo_grid.store import open_store
from webmap import Settings
from webmap import library as module
from webmap.atlas import read_public
from webmap.library import Library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOP = f"{URBAN_1}001"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.gpkg"
    open_store(path).write(tiny_plan())
    return path


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    made = Desk(open_store(path))
    yield made
    made.close()


def rename(desk: Desk, name: str) -> None:
    base = desk.ledger.head(URBAN_1).number
    desk.edit(URBAN_1, base, {"op": "rename", "grid": TOP, "name": name}, author="li")


def shown(library: Library) -> str:
    library.open()
    atlas = library.atlas("WGS84")
    return str(atlas.plan.grids.set_index("code")["name"][TOP])


def test_a_draft_is_shown_until_something_is_published(path: Path, desk: Desk) -> None:
    library = Library(path, Settings(draft_seconds=0))
    rename(desk, "first")
    assert shown(library) == "first"
    rename(desk, "second")
    assert shown(library) == "second"
    desk.publisher.publish(name="v1", author="li", note="")
    edition = library.open()
    rename(desk, "third")
    assert shown(library) == "second"
    assert library.open() == edition, "an edit of a draft nobody sees is no news"
    desk.publisher.publish(name="v2", author="li", note="")
    assert shown(library) == "third"
    assert library.open() != edition


def test_a_draft_that_is_being_edited_is_not_read_again_and_again(
    path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    library = Library(path, Settings(draft_seconds=30))
    before = shown(library)
    rename(desk, "first")
    now[0] += 29
    assert shown(library) == before
    now[0] += 2
    assert shown(library) == "first"
    desk.publisher.publish(name="v1", author="li", note="")
    rename(desk, "second")
    desk.publisher.publish(name="v2", author="li", note="")
    now[0] += 0.05
    assert shown(library) == "second", "what is published is shown at once"


def test_a_file_nobody_wrote_into_is_not_asked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(path, Settings())
    library.open()
    monkeypatch.setattr(module, "read_stamp", lambda _: pytest.fail("asked"))
    monkeypatch.setattr(module, "read_public", lambda *_, **__: pytest.fail("read"))
    library.open()


def test_while_a_new_version_is_read_the_others_go_on(path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(path, Settings())
    before = library.current()
    desk.publisher.publish(name="v1", author="li", note="")
    meanwhile = []

    def slow(*args: object, **more: object) -> object:
        thread = threading.Thread(target=lambda: meanwhile.append(library.current()))
        thread.start()
        thread.join()
        return read_public(*args, **more)

    monkeypatch.setattr(module, "read_public", slow)
    assert library.current().version == 1
    assert meanwhile == [before]
    assert library.current().version == 1
