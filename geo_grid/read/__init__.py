"""Reading: from the files a ``city.toml`` names to one checked :class:`geo_grid.model.CityInput`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo_grid.config import CityConfig
    from geo_grid.model import CityInput
    from geo_grid.read.inspection import Inspection

    Progress = Callable[[str, int, int], None]

__all__ = ["inspect_city", "read_city", "read_in_batches"]


def read_city(config: CityConfig, progress: Callable[[str, int, int], None] | None = None) -> CityInput:
    """Read all inputs of a city; see :func:`geo_grid.read.city.read_city`.

    Parameters
    ----------
    config : CityConfig
        What to read.
    progress : callable, optional
        Told the stage, how many sources are done, and how many there are.

    Returns
    -------
    CityInput
        Everything that was read, in one projected coordinate system, in metres.
    """
    from geo_grid.read.city import read_city as read  # pandas and its kin load only when something is read

    return read(config, progress)


def read_in_batches(
    config: CityConfig, progress: Progress | None = None, *, bare: bool = False
) -> tuple[CityInput, Iterator[Any]]:
    """Read a city without ever holding all its households; see :func:`geo_grid.read.city.read_in_batches`.

    Parameters
    ----------
    config : CityConfig
        What to read.
    progress : callable, optional
        Told the stage, how many sources are done, and how many there are.
    bare : bool
        Whether households are wanted as columns: texts as ``str``, ``x`` and ``y`` instead of a geometry.

    Returns
    -------
    city : CityInput
        Without households; elements, quarantine, counts and notes are there once all batches were taken.
    batches : iterator of GeoDataFrame, or of DataFrame where they are bare
        The households.
    """
    from geo_grid.read.city import read_in_batches as read

    return read(config, progress, bare=bare)


def inspect_city(config: CityConfig) -> Inspection:
    """Say what was understood of all inputs of a city; see :func:`geo_grid.read.inspection.inspect_city`.

    Parameters
    ----------
    config : CityConfig
        What to look at.

    Returns
    -------
    Inspection
        Facts and faults, source by source.
    """
    from geo_grid.read.inspection import inspect_city as inspect

    return inspect(config)
