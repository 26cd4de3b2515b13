"""Processes that zone areas: one that dies is replaced, one bad area stops no other."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid.area import zone_one
from geo_grid.errors import GeoGridError
from geo_grid.keep import job_digest, pack

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

    from geo_grid.area import AreaJob
    from geo_grid.keep import Keep

#: How often an area is begun; a process that dies may have been killed for want of memory, or by hand.
ATTEMPTS = 2
#: So many bad areas are named in the one line; all of them in a file beside it.
_NAMED = 10
#: First byte of an answer.
_ZONED, _KEPT, _FAILED = b"z", b"k", b"f"


class AreasFailedError(GeoGridError):
    """Areas that could not be zoned; all others were.

    Parameters
    ----------
    failed : list of (str, str, str)
        Code of each, what went wrong in one line, and where, for a developer.
    total : int
        Number of areas of the city.
    keep : Keep or None
        Where the others are kept.
    """

    exit_status = 1

    def __init__(self, failed: list[tuple[str, str, str]], total: int, keep: Keep | None) -> None:
        self.failed = sorted(failed)
        named = "; ".join(f"{code} ({fault})" for code, fault, _ in self.failed[:_NAMED])
        more = f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        mend = "Every area must have grids: nothing was stored."
        if keep and keep.folder.is_dir():
            (keep.folder / "failed.txt").write_text("\n".join(map("\n".join, self.failed)), encoding="utf-8")
            mend += (
                f" The others are kept: when these are mended, go on with --resume. Details: {keep.folder}/failed.txt"
            )
        super().__init__(f"{len(failed)} of {total} areas could not be zoned: {named}{more}", mend=mend)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an area.

    Parameters
    ----------
    index : int
        Position of its job.
    body : bytes
        The area as :func:`geo_grid.keep.pack` writes it; empty if it failed.
    kept : bool
        Whether it was taken from an earlier build.
    fault : str
        What went wrong, one line.
    trace : str
        Where it went wrong, for a developer.
    """

    index: int
    body: bytes = b""
    kept: bool = False
    fault: str = ""
    trace: str = ""


def attend(job: AreaJob, keep: Keep | None) -> bytes:
    """Zone an area or take the one that was kept, and keep it.

    Parameters
    ----------
    job : AreaJob
        The area.
    keep : Keep or None
        Where finished areas are kept.

    Returns
    -------
    bytes
        An answer for :func:`outcome_of`.
    """
    try:
        digest = job_digest(job) if keep else ""
        if keep and (body := keep.take(digest)):
            return _KEPT + body
        body = pack(zone_one(job))
        if keep:
            keep.put(digest, body)
    except Exception as error:  # noqa: BLE001  one bad area stops no other
        return _FAILED + f"{_one_line(error)}\n{traceback.format_exc()}".encode("utf-8", "replace")
    return _ZONED + body


def _one_line(error: Exception) -> str:
    if isinstance(error, GeoGridError):
        return error.line()
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = " ".join(str(error).split())
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}" + (words and f": {words}")


def outcome_of(index: int, answer: bytes) -> Outcome:
    """Read an answer of :func:`attend`.

    Parameters
    ----------
    index : int
        Position of the job.
    answer : bytes
        The answer.

    Returns
    -------
    Outcome
        What became of the area.
    """
    sort, body = answer[:1], answer[1:]
    if sort == _FAILED:
        fault, _, trace = body.decode().partition("\n")
        return Outcome(index, fault=fault, trace=trace)
    return Outcome(index, body, kept=sort == _KEPT)


def run_crew(jobs: Sequence[AreaJob], order: Sequence[int], workers: int, keep: Keep | None) -> Generator[Outcome]:
    """Zone areas in several processes.

    Parameters
    ----------
    jobs : sequence of AreaJob
        The areas.
    order : sequence of int
        Positions in ``jobs``, in the order they are begun.
    workers : int
        Number of processes.
    keep : Keep or None
        Where finished areas are kept.

    Yields
    ------
    Outcome
        Each area as it is finished.
    """
    crew = _Crew(jobs, deque(order), keep)
    try:
        for _ in range(min(workers, len(order))):
            crew.hire()
        while crew.workers:
            ready = wait([worker.line for worker in crew.workers])
            for worker in [worker for worker in crew.workers if worker.line in ready]:
                yield from crew.hear(worker)
    finally:
        crew.dismiss()


@dataclass(eq=False, slots=True)
class _Worker:
    process: Any
    line: Connection
    begun: deque[int] = field(default_factory=deque)


class _Crew:
    def __init__(self, jobs: Sequence[AreaJob], waiting: deque[int], keep: Keep | None) -> None:
        # where processes can be forked they inherit the jobs; a second one waits at each, so that none is ever idle
        self.forked = sys.platform == "linux"
        self.context: BaseContext = multiprocessing.get_context("fork" if self.forked else "spawn")
        self.ahead = 2 if self.forked else 1  # jobs that are sent could fill a line that nobody reads
        self.jobs, self.waiting, self.keep = jobs, waiting, keep
        self.deaths: dict[int, int] = {}
        self.workers: list[_Worker] = []

    def hire(self) -> None:
        """Start a process and give it work."""
        line, far = self.context.Pipe()
        foreign = [worker.line for worker in self.workers] + [line] if self.forked else []
        inherited = self.jobs if self.forked else None
        process = self.context.Process(target=_work, args=(far, foreign, inherited, self.keep), daemon=True)  # type: ignore[attr-defined]
        process.start()
        far.close()
        self.workers.append(_Worker(process, line))
        self.give(self.workers[-1])

    def give(self, worker: _Worker) -> None:
        """Send a process its next jobs; where there are none and it has done all, let it go."""
        with suppress(OSError):  # it has died: its line tells in a moment
            while self.waiting and len(worker.begun) < self.ahead:
                worker.begun.append(self.waiting.popleft())
                worker.line.send(worker.begun[-1] if self.forked else self.jobs[worker.begun[-1]])
        if not worker.begun:
            self.workers.remove(worker)
            worker.line.close()
            worker.process.join()

    def hear(self, worker: _Worker) -> Iterator[Outcome]:
        """Take an answer of a process, or replace it if it has died."""
        try:
            answer = worker.line.recv_bytes()
        except (EOFError, OSError):
            yield from self.replace(worker)
            return
        index = worker.begun.popleft()
        self.give(worker)
        yield outcome_of(index, answer)

    def replace(self, worker: _Worker) -> Iterator[Outcome]:
        """Put another process in the place of one that died; the area it was at is begun again, but not for ever."""
        self.workers.remove(worker)
        worker.line.close()
        worker.process.join()
        index, *others = worker.begun
        self.deaths[index] = self.deaths.get(index, 0) + 1
        again = [index] if self.deaths[index] < ATTEMPTS else []
        self.waiting.extendleft(reversed([*again, *others]))
        if self.waiting:
            self.hire()
        if not again:
            code = worker.process.exitcode
            yield Outcome(index, fault=f"its process died {ATTEMPTS} times (exit status {code})")

    def dismiss(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join()
            worker.line.close()


def _work(line: Connection, foreign: list[Connection], jobs: Sequence[AreaJob] | None, keep: Keep | None) -> None:
    """Zone what comes in by a line, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that was started by hand; it ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in foreign:  # with a copy of it open here, nobody would see the end of the process that holds it
        other.close()
    with suppress(EOFError, OSError):  # the other side is gone
        while True:
            job = line.recv()
            line.send_bytes(attend(jobs[job] if jobs is not None else job, keep))
