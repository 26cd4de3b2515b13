"""Files of an import, read as a city's are, with complaints that fit: there is no ``city.toml`` to be mended."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from geo_grid.errors import InputError
from geo_grid.read.formats import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.config import Source
    from geo_grid.read.table import Table

#: What a mend that speaks of a configuration holds, and what is to be done instead; the first that fits.
_MENDS = (
    ("city.toml", "Check the path."),
    ("crs", "Name its coordinate system with crs, for instance EPSG:4490."),
    ("[inputs", "Give it a header with names such as 户编号 and 网格编码, or 网格名称 and 级别."),
)


def loaded(source: Source) -> Table:
    """Read a file.

    Parameters
    ----------
    source : Source
        The file.

    Returns
    -------
    Table
        Its rows.

    Raises
    ------
    InputError
        It cannot be used as a whole.
    """
    with plain_words():
        return load(source)


@contextmanager
def plain_words() -> Iterator[None]:
    """Let what is wrong with a file be said without the configuration it does not have.

    Yields
    ------
    None
        Errors of the block come out with another mend.

    Raises
    ------
    InputError
        What the block raised.
    """
    try:
        yield
    except InputError as error:
        if error.mend is None or not ("[inputs" in error.mend or "city.toml" in error.mend):
            raise
        mend = next(text for word, text in _MENDS if word in (error.mend or ""))
        raise InputError(error.message, file=error.file, row=error.row, column=error.column, mend=mend) from None
