"""Settings of the cells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellSettings:
    """Limits and tolerances of cells, all in metres or square metres.

    Parameters
    ----------
    min_enclosure_area : float
        An enclosure without households that is smaller joins the neighbour it shares the longest border with: traffic
        islands and gaps between roads would else be grids' worth of cells.
    min_enclosure_width : float
        The same for one that is narrower (twice its area over its perimeter): a river digitised twice leaves such.
    min_home_width : float
        An enclosure narrower than this joins a neighbour even where households stand in it: a building drawn on the
        road it stands at would else own a splinter of ground.
    grid_size : float
        Raster all lines are noded on. 1e-6 leaves slivers, much finer ones lose cells to rounding.
    barrier_reach : float
        A border within this distance of a barrier lies on it; only noding moves the one off the other.
    cut_step : float
        Cuts through buildings' cells start at multiples of this along a border segment, so that cuts from both sides
        of a border coincide exactly or are well apart.
    """

    min_enclosure_area: float = 500.0
    min_enclosure_width: float = 1.0
    min_home_width: float = 0.1
    grid_size: float = 1e-7
    barrier_reach: float = 1e-5
    cut_step: float = 1e-6


DEFAULTS = CellSettings()
