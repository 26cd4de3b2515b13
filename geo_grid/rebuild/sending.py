"""What one process made, read by another in memory that both see: columns of a city are not copied once more."""

from __future__ import annotations

import copyreg
import io
import mmap
import os
import pickle
import struct
import tempfile
from typing import IO, Any

import numpy as np
import pyarrow as pa

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
    text = io.BytesIO()
    pickler = _Pickler(text)
    pickler.dump(made)
    parts = [[text.getbuffer()], *pickler.parts]
    file.write(struct.pack(f"<{len(parts) + 1}q", len(parts), *(sum(view.nbytes for view in part) for part in parts)))
    for part in parts:
        file.write(bytes(-file.tell() % _ALIGN))
        for view in part:
            file.write(view)
    file.flush()


class _Pickler(pickle.Pickler):
    """Keeps large buffers apart, and has texts in several pieces come out in one."""

    def __init__(self, text: IO[bytes]) -> None:
        super().__init__(text, protocol=5, buffer_callback=self._is_small)
        self.parts: list[list[memoryview]] = []
        self._data: dict[int, tuple[pickle.PickleBuffer, list[memoryview]]] = {}
        self.dispatch_table = copyreg.dispatch_table | {pa.ChunkedArray: self._pieces}

    def _is_small(self, buffer: pickle.PickleBuffer) -> bool:
        _, views = self._data.get(id(buffer), (buffer, [buffer.raw()]))
        if id(buffer) not in self._data and views[0].nbytes < _OWN_BYTES:
            return True
        self.parts.append(views)
        return False

    def _pieces(self, one: pa.ChunkedArray) -> Any:
        """Say how texts in pieces are sent: they are put together where they are written."""
        if one.num_chunks < 2 or one.type != pa.large_string():
            return one.__reduce_ex__(5)
        ends, views = [np.zeros(1, dtype=np.int64)], []
        for piece in one.chunks:
            _, offsets, data = piece.buffers()
            mine = np.frombuffer(offsets, dtype=np.int64)[piece.offset : piece.offset + len(piece) + 1]
            ends.append(mine[1:] - mine[0] + ends[-1][-1])
            views.append(memoryview(b"" if data is None else data)[mine[0] : mine[-1]])
        valid = pa.concat_arrays([piece.is_valid() for piece in one.chunks]).buffers()[1] if one.null_count else None
        mark = pickle.PickleBuffer(bytearray(1))  # stands for all the views
        self._data[id(mark)] = mark, views
        return _texts, (len(one), valid, np.concatenate(ends), mark)


def _texts(count: int, valid: pa.Buffer | None, ends: Any, data: Any) -> pa.ChunkedArray:
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(data)]
    return pa.chunked_array([pa.Array.from_buffers(pa.large_string(), count, buffers)])


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
