"""Which grid of the last version each household of a new build was in: what lineage across builds is made of."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo_grid.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.store.backend import Transaction

#: What the text begins with; the number is the version of the format.
_HEAD = "ga1."


class Ancestry(NamedTuple):
    """Former grids of the households of a plan.

    Parameters
    ----------
    version : int
        The published version whose grids they are.
    states : dict of str to str
        By area what :func:`ancestry_text` made.
    """

    version: int
    states: Mapping[str, str]


class Descent(NamedTuple):
    """What a new plan knows of the one before it.

    Parameters
    ----------
    ancestry : Ancestry or None
        Grids of the last version that its households were in; None where nothing was published.
    retired : dict of str to dict
        By area the highest number ever given under each parent, where the plan itself does not show it any more.
    """

    ancestry: Ancestry | None
    retired: Mapping[str, Mapping[str, int]]


def number_rows(descent: Descent | None) -> list[tuple[str, str, int]]:
    """Return rows of the table ``code_numbers``.

    Parameters
    ----------
    descent : Descent or None
        What is known of the plan before.

    Returns
    -------
    list of tuple
        Parent, area and number.
    """
    if descent is None:
        return []
    return [(parent, area, high) for area, numbers in descent.retired.items() for parent, high in numbers.items()]


def ancestry_text(codes: NDArray[np.object_]) -> str:
    """Write former grids as compact text, without saying whose they were.

    Parameters
    ----------
    codes : ndarray of str, shape (n,)
        Code of the finest grid each household of an area was in, None for new ones; households by their ids.

    Returns
    -------
    str
        Printable ASCII.
    """
    names = sorted({code for code in codes if code is not None})
    place = {code: at for at, code in enumerate(names)} | {None: -1}
    values = {"codes": names, "was": [place[code] for code in codes]}
    plain = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return _HEAD + base64.b64encode(zlib.compress(plain.encode(), 6)).decode("ascii")


def read_ancestry(text: str) -> NDArray[np.object_]:
    """Read what :func:`ancestry_text` wrote.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    ndarray of str, shape (n,)
        Codes, None for new households.

    Raises
    ------
    StoreError
        If the text is damaged.
    """
    try:
        # without its head the text is no base64 any more
        values = json.loads(zlib.decompress(base64.b64decode(text.removeprefix(_HEAD), validate=True)))
        names = np.array([*values["codes"], None], dtype=object)
        return np.asarray(names[np.array(values["was"], dtype=np.int64)], dtype=object)
    except (ValueError, KeyError, TypeError, IndexError, binascii.Error, zlib.error):
        raise StoreError("what is kept of the households' former grids is damaged") from None


def write_ancestry(tx: Transaction, build: int, ancestry: Ancestry | None) -> None:
    """Keep former grids; those of earlier builds are needed no more.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes, alone.
    build : int
        The build they are of.
    ancestry : Ancestry or None
        What is to be kept.
    """
    tx.rows("DELETE FROM ancestry")
    if ancestry is not None:
        rows = [(area, build, ancestry.version, text) for area, text in ancestry.states.items()]
        tx.many("INSERT INTO ancestry (area_code, build, version, state) VALUES (?, ?, ?, ?)", rows)
