"""The command line ``geo-grid``: parse, run, and end with a status and one line a user can act on.

Exit status: 0 done; 1 the check found faults; 2 bad input or usage; 70 a fault of the program itself; 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.cli.parser import build_parser
from geo_grid.errors import GeoGridError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

INTERNAL_FAULT = 70
INTERRUPTED = 130
BAD_INPUT = 2

#: New objects after which Python looks for those in cycles: modules being loaded make tens of thousands and no waste.
_COLLECT_EVERY = 50_000
#: Seconds within which two interrupts are one.
SAME_INTERRUPT = 1.0
_LAST_INTERRUPT = [-SAME_INTERRUPT]
#: The process that was started as a program; those it forks off have other numbers.
_PROGRAM = [0]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        Words after the program's name; ``sys.argv`` by default.

    Returns
    -------
    int
        Exit status.
    """
    if argv is None:
        _become_program()
    try:
        options = build_parser().parse_args(argv)
        return int(options.run(options) or 0)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nobody is left to tell
        return 0
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001  no traceback ever reaches a user
        return _ended_by(error)


def _become_program() -> None:
    """Set what concerns the whole process, which a caller of :func:`main` would not want to be set for him."""
    signal.signal(signal.SIGINT, _interrupt)
    _PROGRAM[0] = os.getpid()
    signal.signal(signal.SIGTERM, _end)
    sys.unraisablehook = _interrupt_again
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here is large linear algebra; idle threads of it spin
    gc.set_threshold(_COLLECT_EVERY)
    atexit.register(gc.freeze)  # all is given back to the system in a moment: nothing is to be walked through first


def _ended_by(error: BaseException) -> int:
    """Say in one line what ended the command, and return its exit status."""
    # An interrupt inside a compiled library's import comes out as some other error.
    if isinstance(error, KeyboardInterrupt) or _LAST_INTERRUPT[0] > 0:
        return _complain("interrupted; nothing was stored", INTERRUPTED)
    if isinstance(error, GeoGridError):
        return _complain(error.line(), error.exit_status)
    if isinstance(error, (OSError, MemoryError)):
        return _complain(" ".join(str(error).split()) or type(error).__name__, BAD_INPUT)
    return _complain(f"internal fault ({type(error).__name__}); details in {_keep_traceback(error)}", INTERNAL_FAULT)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Interrupt the work; signals that come with the first (a shell and a terminal may both send one) are one."""
    now = time.monotonic()
    if now - _LAST_INTERRUPT[0] < SAME_INTERRUPT:
        return
    _LAST_INTERRUPT[0] = now
    raise KeyboardInterrupt


def _end(number: int, frame: FrameType | None) -> None:
    """End on the word of a service manager, or of ``kill``, as by Ctrl-C: what is unfinished is put away."""
    if os.getpid() != _PROGRAM[0]:
        os._exit(128 + number)  # forked off, and nothing in it is its own to put away
    _interrupt(number, frame)


def _interrupt_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Interrupt anew where the interrupt fell into a place that swallows errors, such as a weak reference's end."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
        return
    _LAST_INTERRUPT[0] = -SAME_INTERRUPT
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()


def _complain(line: str, status: int) -> int:
    print(f"geo-grid: {line}", file=sys.stderr)
    return status


def _keep_traceback(error: BaseException) -> Path:
    """Write the traceback where a developer can ask for it."""
    with tempfile.NamedTemporaryFile("w", prefix="geo-grid-fault-", suffix=".txt", delete=False) as file:
        traceback.print_exception(error, file=file)
    return Path(file.name)
