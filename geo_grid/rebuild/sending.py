"""What one process made, read by another in memory that both see: columns of a city are not copied once more."""

from __future__ import annotations

import mmap
import os
import pickle
import struct
import tempfile
from typing import IO, Any

_ALIGN = 64  # bytes; what Arrow wants of a buffer
#: Smaller buffers go with the objects: each that does not keeps all of the memory from being given back.
_OWN_BYTES = 1 << 16


def shared_file() -> IO[bytes]:
    """Make a file that has no name, in memory where the system can.

    Returns
    -------
    file
        To be written to by a process forked off, and read in this one.
    """
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("geo-grid"), "w+b")
    return tempfile.TemporaryFile()


def send(made: Any, file: IO[bytes]) -> None:
    """Write what was made to a file: objects as pickle has them, large columns beside them as they are.

    Parameters
    ----------
    made : Any
        What was made.
    file : file
        Empty, see :func:`shared_file`.
    """
    buffers: list[memoryview] = []

    def small(buffer: pickle.PickleBuffer) -> bool:
        view = buffer.raw()
        if view.nbytes < _OWN_BYTES:
            return True
        buffers.append(view)
        return False

    parts = [memoryview(pickle.dumps(made, protocol=5, buffer_callback=small)), *buffers]
    file.write(struct.pack(f"<{len(parts) + 1}q", len(parts), *(part.nbytes for part in parts)))
    for part in parts:
        file.write(bytes(-file.tell() % _ALIGN))
        file.write(part)
    file.flush()


def received(file: IO[bytes]) -> Any:
    """Return what another process sent; its columns stay where they are, and may be changed.

    Parameters
    ----------
    file : file
        What :func:`send` wrote to.

    Returns
    -------
    Any
        What was made.
    """
    size = os.fstat(file.fileno()).st_size
    memory = memoryview(mmap.mmap(file.fileno(), size, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE))
    (count,) = struct.unpack_from("<q", memory)
    at, parts = 8 * (count + 1), []
    for length in struct.unpack_from(f"<{count}q", memory, 8):
        at += -at % _ALIGN
        parts.append(memory[at : at + length])
        at += length
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301  this program's own
