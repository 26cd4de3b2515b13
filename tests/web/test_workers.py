"""Work that takes too long is really ended, and costs nobody else their answer."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from plans import URBAN_1, tiny_plan
from signing import add, problem, sign_in

from geo_grid.edit import RefusedError
from geo_grid.errors import UsageError
from geo_grid.store import open_store
from geo_grid.store.errors import ConflictError
from geo_grid.store.records import Head
from webmap import Settings, create_app
from webmap.desk.workers import Workers
from webmap.refusals import BusyError, TookTooLongError

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = Settings(workers=1, geometry_seconds=1.0, waiting_jobs=2)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("workers") / "plan.gpkg"
    open_store(path).write(tiny_plan())
    return str(path)


@pytest.fixture(scope="module")
def workers(store: str) -> Iterator[Workers]:
    made = Workers(store, SETTINGS)
    made.warm()
    # the first piece of work waits for the libraries, and its time would run
    patient(made, own_number)
    yield made
    made.close()


def patient(workers: Workers, work: Any, *args: Any) -> Any:
    """Have work done although the machine may be busy with something else."""
    for _ in range(30):
        try:
            return workers.run(work, *args)
        except TookTooLongError:
            continue
    pytest.fail("the worker never answers")


# what follows runs in the worker process


def own_number(_desk: Any) -> int:
    return os.getpid()


def works_in_a_library(_desk: Any, path: str) -> None:
    """Repair a ring that crosses itself everywhere: minutes inside one call, which no exception ends."""
    import numpy as np
    import shapely

    Path(path).write_text(str(os.getpid()))
    angle = np.arange(4001) * 2 * np.pi * 1999 / 4001
    shapely.make_valid(shapely.Polygon(np.column_stack([np.cos(angle), np.sin(angle)])))


def refuses(_desk: Any) -> None:
    raise RefusedError("no", reason="locked", grids=["a"], at=(1.0, 2.0), mend="Unlock it.")


def conflicts(_desk: Any) -> None:
    raise ConflictError("area", 1, Head(2, (3,)), [{"id": 4}])


def misuses(_desk: Any) -> None:
    raise UsageError("no such thing", mend="Ask for another.")


def fails(_desk: Any) -> None:
    raise ZeroDivisionError


def dies(_desk: Any) -> None:
    os._exit(1)


def alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    # a zombie has ended
    return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text() if Path("/proc").exists() else True


def test_work_that_takes_too_long_is_killed(workers: Workers, tmp_path: Path) -> None:
    with pytest.raises(TookTooLongError, match="longer than 1 seconds"):
        workers.run(works_in_a_library, str(tmp_path / "number"))
    number = int((tmp_path / "number").read_text())
    end = time.monotonic() + 30
    while alive(number) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(number)
    assert patient(workers, own_number) not in {number, os.getpid()}


def test_errors_come_back_as_they_were(workers: Workers) -> None:
    with pytest.raises(RefusedError) as refused:
        patient(workers, refuses)
    error = refused.value
    assert (error.message, error.reason, error.grids, error.at) == ("no", "locked", ["a"], (1.0, 2.0))
    assert error.line() == "no. Unlock it."
    with pytest.raises(ConflictError) as conflict:
        patient(workers, conflicts)
    assert (conflict.value.head, conflict.value.edits) == (Head(2, (3,)), [{"id": 4}])
    with pytest.raises(UsageError, match=r"no such thing\. Ask for another\."):
        patient(workers, misuses)
    with pytest.raises(ZeroDivisionError):
        patient(workers, fails)


def test_a_process_that_dies_is_replaced(workers: Workers) -> None:
    before = patient(workers, own_number)
    with pytest.raises(BusyError) as caught:
        patient(workers, dies)
    assert caught.value.retry_after
    assert patient(workers, own_number) != before


def test_no_more_may_wait_than_the_setting_says(workers: Workers, tmp_path: Path) -> None:
    ended: list[type[BaseException]] = []
    started = threading.Barrier(SETTINGS.waiting_jobs + 1)

    def work(number: int) -> None:
        started.wait()
        try:
            workers.run(works_in_a_library, str(tmp_path / f"{number}"))
        except (TookTooLongError, BusyError) as error:
            ended.append(type(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(SETTINGS.waiting_jobs)]
    for thread in threads:
        thread.start()
    started.wait()
    end = time.monotonic() + 30
    while workers._free._value and time.monotonic() < end:  # type: ignore[attr-defined]
        time.sleep(0.01)
    with pytest.raises(BusyError):
        workers.run(own_number)
    for thread in threads:
        thread.join()
    assert ended == [TookTooLongError] * SETTINGS.waiting_jobs
    assert patient(workers, own_number)


def test_the_service_says_that_it_took_too_long(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(store, settings=Settings(workers=1, geometry_seconds=0.01))
    add(app, "li", "planner")
    li = sign_in(app, "li")
    path = f"/api/v1/desk/areas/{URBAN_1}"
    slow = {"op": "resolve", "grids": None, "seed": 1}
    body = problem(li.post(f"{path}/edits", slow, base=0), 422, "took_too_long")
    assert "0.01 seconds" in body["detail"]
    assert li.get(path).get_json()["revision"] == 0
    # what is quick needs no worker, and goes on
    assert (
        li.post(f"{path}/edits", {"op": "lock", "grids": [f"{URBAN_1}001"], "locked": True}, base=0).status_code == 200
    )

    def busy(*_: Any) -> None:
        raise BusyError("too much work is waiting", retry_after=5)

    monkeypatch.setattr(app.extensions["office"].workers, "run", busy)
    answer = li.post(f"{path}/edits", slow, base=1)
    problem(answer, 503, "busy")
    assert answer.headers["Retry-After"] == "5"
    app.extensions["office"].close()


def test_the_solver_works_in_another_process(store: str) -> None:
    app = create_app(store, settings=Settings(workers=1, geometry_seconds=60))
    add(app, "wang", "planner")
    wang = sign_in(app, "wang")
    path = f"/api/v1/desk/areas/{URBAN_1}"
    base = wang.get(path).get_json()["revision"]
    told = wang.post(f"{path}/edits", {"op": "split", "grid": f"{URBAN_1}00201", "parts": 2}, base=base)
    assert told.status_code == 200, told.get_data(as_text=True)
    assert f"{URBAN_1}00205" in {grid["code"] for grid in told.get_json()["grids"]}, "the next number under its parent"
    kept = wang.post(
        f"{path}/branches", {"base": base, "op": {"op": "resolve", "grids": None, "seed": 2}, "name": "solved"}
    )
    assert kept.status_code == 201
    app.extensions["office"].close()
