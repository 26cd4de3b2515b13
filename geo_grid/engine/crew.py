"""Tasks in several processes of this machine; one that dies is replaced."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import sys
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from geo_grid.engine.terms import ATTEMPTS, Done, Queue

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

    from geo_grid.engine.terms import Task

#: A second task waits at each process, so that none is ever idle.
_AHEAD = 2


class TraceError(Exception):
    """Where an error happened in another process, as text."""


@dataclass(eq=False, slots=True)
class _Worker:
    process: Any
    line: Connection
    begun: deque[Task] = field(default_factory=deque)


class CrewEngine:
    """An engine of local processes.

    Parameters
    ----------
    workers : int
        How many.
    """

    apart = True

    def __init__(self, workers: int) -> None:
        self._forked = sys.platform == "linux"
        self._context: BaseContext = multiprocessing.get_context("fork" if self._forked else "spawn")
        self._most = workers
        self._queue = Queue()
        self._deaths: dict[str, int] = {}
        self._workers: list[_Worker] = []
        self._done: deque[Done] = deque()

    def add(self, task: Task) -> None:
        """Take a task.

        Parameters
        ----------
        task : Task
            The task.
        """
        self._queue.put(task)
        if len(self._workers) < self._most:
            self._hire()
        else:
            self._feed()

    def wait(self, *, patient: bool = True) -> Done | None:
        """Return a task that has ended.

        Parameters
        ----------
        patient : bool
            Whether to wait for one.

        Returns
        -------
        Done or None
            None where none has ended.
        """
        while not self._done and any(worker.begun for worker in self._workers):
            ready = wait([worker.line for worker in self._workers], None if patient else 0)
            for worker in [worker for worker in self._workers if worker.line in ready]:
                self._hear(worker)
            if not patient:
                break
        return self._done.popleft() if self._done else None

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.line.close()
        self._workers.clear()

    def _hire(self) -> None:
        """Start a process and give it work."""
        line, far = self._context.Pipe()
        foreign = [worker.line for worker in self._workers] + [line] if self._forked else []
        process = self._context.Process(target=_work, args=(far, foreign), daemon=True)  # type: ignore[attr-defined]
        process.start()
        far.close()
        self._workers.append(_Worker(process, line))
        self._feed()

    def _feed(self) -> None:
        """Send tasks to the processes, first to those that have none."""
        for many in range(1, _AHEAD + 1):
            for worker in self._workers:
                with suppress(OSError):  # it has died: its line tells in a moment
                    while len(self._queue) and len(worker.begun) < many:
                        worker.begun.append(self._queue.get())
                        worker.line.send((worker.begun[-1].run, worker.begun[-1].args))

    def _hear(self, worker: _Worker) -> None:
        """Take an answer of a process, or replace it if it has died."""
        try:
            answer = worker.line.recv_bytes()
        except (EOFError, OSError):
            self._replace(worker)
            return
        task = worker.begun.popleft()
        self._feed()
        error, value = pickle.loads(answer)  # noqa: S301  from a process of our own
        self._done.append(Done(task.name, value, error))

    def _replace(self, worker: _Worker) -> None:
        """Put another process in the place of one that died; what it was at is begun again, but not for ever."""
        self._workers.remove(worker)
        worker.line.close()
        worker.process.join()
        if worker.begun:
            task = worker.begun.popleft()
            self._deaths[task.name] = self._deaths.get(task.name, 0) + 1
            if self._deaths[task.name] < ATTEMPTS:
                worker.begun.appendleft(task)
            else:
                status = worker.process.exitcode
                self._done.append(Done(task.name, death=f"its process died {ATTEMPTS} times (exit status {status})"))
        for task in worker.begun:
            self._queue.put(task)
        if len(self._queue):
            self._hire()


def _work(line: Connection, foreign: list[Connection]) -> None:
    """Do what comes in by a line, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that was started by hand; it ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in foreign:  # with a copy of it open here, nobody would see the end of the process that holds it
        other.close()
    with suppress(EOFError, OSError):  # the other side is gone
        while True:
            run, args = line.recv()
            line.send_bytes(_answer(run, args))


def _answer(run: Any, args: tuple[Any, ...]) -> bytes:
    try:
        return pickle.dumps((None, run(*args)))
    except Exception as error:  # noqa: BLE001  who waits for the task raises it
        trace = TraceError(traceback.format_exc())
        error.__cause__ = trace
        try:
            body = pickle.dumps((error, None))
            pickle.loads(body)  # noqa: S301  some errors can be written, but not read
        except Exception:  # noqa: BLE001
            return pickle.dumps((RuntimeError(str(trace)), None))
        return body
