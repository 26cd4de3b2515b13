"""When photos are developed: after the phones had their turn, but not at the end of all days."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from webmap.field import darkroom
from webmap.field.darkroom import Darkroom

if TYPE_CHECKING:
    import pytest

WAIT = 60.0


def test_photos_wait_until_no_other_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(darkroom, "_LULL", 0.2)
    begun: list[float] = []
    done = threading.Semaphore(0)

    def develop(_id: str) -> None:
        begun.append(time.monotonic())
        done.release()

    room = Darkroom(develop, 2)
    for number in range(20):
        newest = time.monotonic()
        room.put(str(number))
    assert all(done.acquire(timeout=WAIT) for _ in range(20))
    assert min(begun) >= newest + 0.2
    room.close()


def test_phones_that_never_stop_do_not_keep_photos_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(darkroom, "_LULL", 3600.0)
    monkeypatch.setattr(darkroom, "_LONGEST", 0.1)
    done = threading.Semaphore(0)
    room = Darkroom(lambda _: done.release(), 1)
    room.put("a")
    assert done.acquire(timeout=WAIT)
    room.close()


def test_the_end_of_the_service_is_not_put_off_by_a_photo_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(darkroom, "_LULL", 3600.0)
    monkeypatch.setattr(darkroom, "_LONGEST", 3600.0)
    developed: list[str] = []
    room = Darkroom(developed.append, 2)
    room.put("a")
    room.put("b")
    threads = room._threads
    assert len(threads) == 2
    room.close()
    assert not any(thread.is_alive() for thread in threads)
    assert developed == []
