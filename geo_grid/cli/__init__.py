"""The command line ``geo-grid``: parse, run, and end with a status and one line a user can act on.

Exit status: 0 done; 1 the check found faults; 2 bad input or usage; 70 a fault of the program itself; 130 interrupted.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from geo_grid.cli.parser import build_parser
from geo_grid.errors import GeoGridError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

INTERNAL_FAULT = 70
INTERRUPTED = 130
BAD_INPUT = 2

_INTERRUPTED = threading.Event()


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
        signal.signal(signal.SIGINT, _interrupt_once)
    try:
        options = build_parser().parse_args(argv)
        return int(options.run(options) or 0)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nobody is left to tell
        return 0
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001  no traceback ever reaches a user
        return _ended_by(error)


def _ended_by(error: BaseException) -> int:
    """Say in one line what ended the command, and return its exit status."""
    # An interrupt inside a compiled library's import comes out as some other error.
    if isinstance(error, KeyboardInterrupt) or _INTERRUPTED.is_set():
        return _complain("interrupted; nothing was stored", INTERRUPTED)
    if isinstance(error, GeoGridError):
        return _complain(error.line(), error.exit_status)
    if isinstance(error, (OSError, MemoryError)):
        return _complain(" ".join(str(error).split()) or type(error).__name__, BAD_INPUT)
    return _complain(f"internal fault ({type(error).__name__}); details in {_keep_traceback(error)}", INTERNAL_FAULT)


def _interrupt_once(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Interrupt the work; a second Ctrl-C must not break its clearing up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _INTERRUPTED.set()
    raise KeyboardInterrupt


def _complain(line: str, status: int) -> int:
    print(f"geo-grid: {line}", file=sys.stderr)
    return status


def _keep_traceback(error: BaseException) -> Path:
    """Write the traceback where a developer can ask for it."""
    with tempfile.NamedTemporaryFile("w", prefix="geo-grid-fault-", suffix=".txt", delete=False) as file:
        traceback.print_exception(error, file=file)
    return Path(file.name)
