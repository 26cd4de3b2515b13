"""Python's garbage collector, kept from walking over millions of geometries again and again.

Every geometry is an object the collector looks at, and none of them is ever part of a cycle: on a county a quarter of the
time of reading, stitching and storing went into looking.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def no_collecting() -> Iterator[None]:
    """Leave what there is uncollected for a while; what is in no cycle is freed all the same.

    Yields
    ------
    None
        Nothing.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
