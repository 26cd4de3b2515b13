"""Many small pieces of work in two processes that share what was read: the second is forked off, and sends back what it made."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from geo_grid.rebuild.sending import received, send, shared_file
from geo_grid.store.gpkg import GeoPackageStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from geo_grid.store.base import Store

T = TypeVar("T")
R = TypeVar("R")
#: Seconds a helper has for what it began, once there is nothing else to be done: one that hangs is ended, and its work done here.
PATIENCE = 600.0
_LOOK_SECONDS = 0.002
#: Pieces from which on it is worth while.
WORTH_FORKING = 100
_TOKEN = 4  # bytes; a pipe gives each reader whole ones
_TOKENS = 4_000  # of what a pipe holds with nobody reading yet


def may_fork(store: Store) -> bool:
    """Tell whether there can be a second process that reads a store.

    Parameters
    ----------
    store : Store
        What is read: a file, of which each process opens its own connections.

    Returns
    -------
    bool
        False on systems on which a process with threads cannot be forked, and where there is one core.
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    return isinstance(store, GeoPackageStore)


def worth_forking(store: Store, pieces: int) -> bool:
    """Tell whether work is worth a second process, and there can be one.

    Parameters
    ----------
    store : Store
        What is read meanwhile: a file, of which each process opens its own connections.
    pieces : int
        How many pieces of work there are.

    Returns
    -------
    bool
        False for few pieces, and where there cannot be one.
    """
    return pieces >= WORTH_FORKING and may_fork(store)


def in_two(
    items: Sequence[T],
    run: Callable[[T], None],
    gather: Callable[[list[T]], Any],
    absorb: Callable[[Any], None],
    *,
    helper: bool,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Run pieces of work, each once; no connection to a database may be open where a helper is wanted.

    Parameters
    ----------
    items : sequence
        The pieces.
    run : callable
        Does one of them, and keeps what it made in this process.
    gather : callable
        Takes pieces, returns what this process made of them, to be sent.
    absorb : callable
        Takes what the helper gathered.
    helper : bool
        Whether there is one. Where it fails, for whatever reason, its pieces are done here.
    told : callable
        Told after each piece that is done here how many are done or begun.
    """
    if not helper:
        for at, item in enumerate(items, start=1):
            run(item)
            told(at)
        return
    read, write = os.pipe()
    size = -(-len(items) // _TOKENS)
    os.write(write, b"".join(at.to_bytes(_TOKEN, "little") for at in range(0, len(items), size)))
    os.close(write)
    with shared_file() as sent, os.fdopen(read, "rb", buffering=0) as queue:
        parent = os.getpid()
        child = _forked(lambda: _gathered(items, _taken(queue, len(items), size), run, gather, parent), sent)
        mine = set()
        try:
            for at in _taken(queue, len(items), size):
                mine.add(at)
                run(items[at])
                told(at + 1)
        finally:
            for _ in _taken(queue, len(items), size):  # nothing is left, unless something went wrong here
                pass
            sound = _ended(child, PATIENCE)
        if sound:
            absorb(received(sent))
            return
    for at in sorted(set(range(len(items))) - mine):
        run(items[at])


@contextmanager
def beside(work: Callable[[], R], *, helper: bool) -> Iterator[Callable[[], R]]:
    """Do a piece of work beside what comes next; where it reads a database, no connection to one may be open here.

    Parameters
    ----------
    work : callable
        What is to be done.
    helper : bool
        Whether a helper does it. Where there is none, or it fails, it is done here as soon as its result is wanted.

    Yields
    ------
    callable
        Waits for the result, and returns it; to be called once. A helper that nobody has asked is ended with the block.
    """
    if not helper:
        yield work
        return
    with shared_file() as sent:
        child = _forked(work, sent)
        waiting = True

        def result() -> R:
            nonlocal waiting
            waiting = False
            return cast("R", received(sent)) if _ended(child, PATIENCE) else work()

        try:
            yield result
        finally:
            if waiting:
                _ended(child, 0.0)


def _forked(work: Callable[[], Any], sent: IO[bytes]) -> int:
    """Fork off a process that does something, writes what came of it to a file, and ends without a word.

    What goes wrong there is done again in this process, where it is heard.
    """
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # threads that draw progress, or wait: none holds a lock we use
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        send(work(), sent)
        status = 0
    finally:
        os._exit(status)


def _ended(child: int, patience: float) -> bool:
    """Wait for a helper, so many seconds and no longer; whether it did what it had to."""
    end = time.monotonic() + patience
    while (found := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() >= end:
            os.kill(child, signal.SIGKILL)
            found = os.waitpid(child, 0)
            break
        time.sleep(_LOOK_SECONDS)
    return found[1] == 0


def _gathered(
    items: Sequence[T], taken: Iterator[int], run: Callable[[T], None], gather: Callable[[list[T]], Any], parent: int
) -> Any:
    done = []
    for at in taken:
        if os.getppid() != parent:
            raise ProcessLookupError  # nobody is left to take what comes of it
        run(items[at])
        done.append(items[at])
    return gather(done)


def _taken(queue: IO[bytes], count: int, size: int) -> Iterator[int]:
    """Take pieces as long as there are some."""
    while token := queue.read(_TOKEN):
        first = int.from_bytes(token, "little")
        yield from range(first, min(first + size, count))
