"""What two processes made of the areas of a city, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo_grid.rebuild.renewing import Renewed

_BY_KEY = ("patches", "facts", "deltas", "redrawn", "rows", "gone_keys", "came", "fresh", "ground", "squares")
_SETS = ("mended", "borders", "afresh")


def made(done: Renewed) -> dict[str, Any]:
    """Return what was made of areas, to be sent.

    Parameters
    ----------
    done : Renewed
        Of which nothing was made before those areas.

    Returns
    -------
    dict of str to Any
        For :func:`take`.
    """
    return {name: getattr(done, name) for name in (*_BY_KEY, *_SETS, "proofs")}


def take(done: Renewed, sent: dict[str, Any]) -> None:
    """Put what was made elsewhere to the rest.

    Parameters
    ----------
    done : Renewed
        What was made here.
    sent : dict of str to Any
        What :func:`made` returned elsewhere.
    """
    for name in (*_BY_KEY, *_SETS):
        getattr(done, name).update(sent[name])
    done.proofs += sent["proofs"]


def put_in_order(done: Renewed) -> None:
    """Have all in one order, whichever process made it, and when.

    Parameters
    ----------
    done : Renewed
        What was made of all areas.
    """
    for name in _BY_KEY:
        found = getattr(done, name)
        setattr(done, name, {key: found[key] for key in sorted(found)})
    done.proofs.sort(key=lambda row: str(row["grid_code"]))
