"""Of which level a drawn grid is: what its row says, or what its code or name gives away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from geo_grid.exchange.present import Present

    Objects = NDArray[np.object_]

_LEVEL_WORD = re.compile(r"(?:第|level|l)?\s*([123一二三])\s*(?:级|层)?(?:网格)?", re.IGNORECASE)
_NUMBERS = {"一": 1, "二": 2, "三": 3}


def level_of_text(text: str) -> int:
    """Read a level as offices write it.

    Parameters
    ----------
    text : str
        As in ``2``, ``二级``, ``2级网格`` or ``level 2``.

    Returns
    -------
    int
        The level; 0 where the text is none.
    """
    match = _LEVEL_WORD.fullmatch(text)
    return (_NUMBERS.get(match[1]) or int(match[1])) if match else 0


def usual_level(present: Present, codes: Objects, names: Objects) -> int:
    """Return the level most rows have a code or a name of; the finest where none has.

    Parameters
    ----------
    present : Present
        The area.
    codes, names : ndarray of str or None, shape (n,)
        Code and name of each row.

    Returns
    -------
    int
        The level.
    """
    counts = level_counts(present, codes, names)
    return max(counts, key=lambda level: (counts[level], level))


def level_counts(present: Present, codes: Objects, names: Objects) -> dict[int, int]:
    """Count by level the rows that have a code or a name of it.

    Parameters
    ----------
    present : Present
        The area.
    codes, names : ndarray of str or None, shape (n,)
        Code and name of each row.

    Returns
    -------
    dict of int to int
        Rows by level.
    """
    counts = dict.fromkeys(range(1, present.levels + 1), 0)
    for code, name in zip(codes, names, strict=True):
        for level, pattern in present.patterns.items():
            fits = code is not None and (present.level_of.get(code) == level or bool(pattern.fullmatch(code)))
            counts[level] += fits or (code is None and name in present.names[level])
    return counts
