"""New household data for a city that has a plan: codes go on, and what need not change does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.config import CityConfig
    from geo_grid.rebuild.carrying import carry_codes
    from geo_grid.rebuild.rebuilding import Rebuilt
    from geo_grid.rebuild.writing import write_changes
    from geo_grid.store.base import Store

    Progress = Callable[[str, int, int], None]

__all__ = ["carry_codes", "rebuild", "write_changes"]


def rebuild(config: CityConfig, store: Store, progress: Progress | None = None, *, many_gone: bool = False) -> Rebuilt:
    """Take new household data into a plan; see :func:`geo_grid.rebuild.rebuilding.rebuild`.

    Parameters
    ----------
    config : CityConfig
        What ``city.toml`` says: the one the plan was built with, and new households.
    store : Store
        The store; no connection to it is open.
    progress : callable, optional
        Called with stage, done and total.
    many_gone : bool
        Whether to go on where more households are gone than in any year.

    Returns
    -------
    Rebuilt
        What changed.
    """
    from geo_grid.rebuild.reading import reading_new

    with reading_new(config, store) as new:
        from geo_grid.rebuild.rebuilding import rebuild  # numba and its kin load while a helper reads the new data

        return rebuild(config, store, progress, new, many_gone=many_gone)


def __getattr__(name: str) -> Any:
    """Import what is asked for, and with it what it needs."""
    if name == "carry_codes":
        from geo_grid.rebuild.carrying import carry_codes

        return carry_codes
    if name == "write_changes":
        from geo_grid.rebuild.writing import write_changes

        return write_changes
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
