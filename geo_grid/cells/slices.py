"""Slices: which stretch of its cell's rim each household holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.cells.fans import MIN_STEPS, Fans, build_fans
from geo_grid.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.cells.build import Cells
    from geo_grid.cells.settings import CellSettings
    from geo_grid.units import Stacks

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slices:
    """The cuts between the households of each cell that holds more than one.

    Cut q starts slice q: it runs from a point of the rim to the hub there. A slice ends where the next one of its
    cell starts, the last where the first starts.

    Parameters
    ----------
    fans : Fans
        Walks of the cells with more than one household.
    ptr : ndarray of int64, shape (f + 1,)
        Where each of those cells' slices start.
    atom : ndarray of int64, shape (q,)
        Household (position in the stacks' order) of each slice.
    step : ndarray of int64, shape (q,)
        Step of the walk the slice's first cut lies on, never decreasing.
    offset : ndarray of float64, shape (q,)
        Metres from the first end of that step's border segment to the cut: a multiple of the cut step, or just where
        the step starts.
    xy : ndarray of float64, shape (q, 2)
        Where the cut meets the rim.
    owner : ndarray of int64, shape (w,)
        Slice that each step of the walks starts in.
    """

    fans: Fans
    ptr: Ints
    atom: Ints
    step: Ints
    offset: Floats
    xy: Floats
    owner: Ints

    @property
    def walk(self) -> Ints:
        """Walk (position in ``fans.cell``) of each slice, shape (q,)."""
        return np.repeat(np.arange(len(self.fans.cell)), np.diff(self.ptr))

    @property
    def radius(self) -> Floats:
        """Metres from the rim to the hub along each cut, shape (q,)."""
        away = self.xy - self.fans.hub[self.step]
        return np.hypot(away[:, 0], away[:, 1])

    @property
    def previous(self) -> Ints:
        """The slice before each slice, around its cell, shape (q,)."""
        before = np.arange(len(self.atom)) - 1
        before[self.ptr[:-1]] = self.ptr[1:] - 1
        return before


def slice_cells(cells: Cells, stacks: Stacks, settings: CellSettings) -> Slices:
    """Share the rim of each cell out to its households, equal lengths in their order.

    Parameters
    ----------
    cells : Cells
        The cells of an area.
    stacks : Stacks
        The stacks whose sites the cells were made of.
    settings : CellSettings
        Tolerances.

    Returns
    -------
    Slices
        The cuts.

    Raises
    ------
    InputError
        If a cell is too small to be sliced.
    """
    which = np.flatnonzero(stacks.size > 1)
    fans = build_fans(cells, which, settings.cut_step)
    size = stacks.size[which]
    ptr = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
    walk = np.repeat(np.arange(len(which)), size)
    rank = np.arange(ptr[-1]) - ptr[walk]
    raster = _rasters(fans, size, settings.cut_step)[walk]
    step, along = _locate(fans, walk, rank / size[walk])
    step, corner = _to_corners(fans, step, along, MIN_STEPS // 4 * raster)
    segment = fans.segment[step]
    length = cells.segments.length[segment]
    offset = _on_raster(np.where(fans.flip[step], length - along, along), length, raster)
    offset[corner] = np.where(fans.flip[step[corner]], length[corner], 0.0)
    _check_order(fans, walk, step, offset)
    ends = cells.segments.ends[segment]
    xy = ends[:, :2] + (ends[:, 2:] - ends[:, :2]) * (offset / length)[:, None]
    xy[corner] = fans.start[step[corner]]
    before = np.searchsorted(step, np.arange(len(fans.start)), side="left") - 1
    owner = np.where(before < ptr[fans.walk], ptr[fans.walk + 1] - 1, before)
    return Slices(fans, ptr, stacks.stack_ptr[which][walk] + rank, step, offset, xy, owner)


def slice_middles(slices: Slices, cells: Cells) -> Floats:
    """Return a point amid each slice, for compactness only.

    Parameters
    ----------
    slices : Slices
        The slices.
    cells : Cells
        Their cells.

    Returns
    -------
    ndarray of float64, shape (q, 2)
        Two thirds of the way from the hub to the middle of the slice's rim, metres.
    """
    walk = slices.walk
    rank = np.arange(len(walk)) - slices.ptr[walk]
    step, along = _locate(slices.fans, walk, (rank + 0.5) / np.diff(slices.ptr)[walk])
    segment = slices.fans.segment[step]
    share = along / cells.segments.length[segment]
    share = np.where(slices.fans.flip[step], 1.0 - share, share)[:, None]
    ends = cells.segments.ends[segment]
    rim = ends[:, :2] + (ends[:, 2:] - ends[:, :2]) * share
    return (slices.fans.hub[step] + 2.0 * rim) / 3.0


def _locate(fans: Fans, walk: Ints, share: Floats) -> tuple[Ints, Floats]:
    """Find the step, and the metres along it, at a share (0 ≤ share < 1) of a walk's measure."""
    total = np.concatenate(([0.0], np.cumsum(fans.measure)))
    begin, end = total[fans.ptr[walk]], total[fans.ptr[walk + 1]]
    position = begin + (end - begin) * share
    step = np.searchsorted(total[1:], position, side="right")
    return step.astype(np.int64), fans.seen[step, 0] + position - total[step]


def _rasters(fans: Fans, size: Ints, cut_step: float) -> Floats:
    """Return the step of each walk's cuts: the given one, or a sixteenth of it where slices are a few steps wide.

    A power of two: multiples of both that mean the same place are the same number.
    """
    rim = np.diff(np.concatenate(([0.0], np.cumsum(fans.measure)))[fans.ptr])
    return np.where(rim < 4 * MIN_STEPS * cut_step * size, cut_step / 16, cut_step)


def _on_raster(offset: Floats, length: Floats, raster: Floats) -> Floats:
    """Move offsets to the nearest multiple of the raster that is inside the segment, off its ends."""
    quarter = MIN_STEPS // 4
    last = np.floor(length / raster) - quarter
    return np.clip(np.round(offset / raster), quarter, last) * raster


def _to_corners(fans: Fans, step: Ints, along: Floats, reach: Floats) -> tuple[Ints, NDArray[np.bool_]]:
    """Move cuts within reach of a corner onto it; return the steps they then lie on, and which start these steps.

    Beside a corner, a slice would hold a sliver of an edge that is its neighbour's. Only a corner that the hub sees from
    both sides will do.
    """
    first, end = fans.ptr[fans.walk], fans.ptr[fans.walk + 1]
    here = np.arange(len(fans.start))
    before = np.where(here > first, here, end) - 1
    length = np.hypot(*(fans.start - fans.start[before]).T)  # of the step before
    open_before = (fans.segment[before] < 0) | (fans.seen[before, 1] == length)
    clean = (fans.measure > 0) & (fans.seen[:, 0] == 0) & open_before
    following = np.minimum(step + 1, end[step] - 1)
    left = length[following] - along
    onward = (following > step) & clean[following] & (fans.segment[step] >= 0) & (left <= reach)
    step = np.where(onward, following, step)
    return step, clean[step] & (onward | (along <= reach))


def _check_order(fans: Fans, walk: Ints, step: Ints, offset: Floats) -> None:
    """Refuse cells so small that two cuts fall on one point."""
    same = (step[1:] == step[:-1]) & (walk[1:] == walk[:-1])
    ahead = np.where(fans.flip[step[1:]], offset[:-1] - offset[1:], offset[1:] - offset[:-1])
    if (same & (ahead <= 0)).any():
        at = fans.start[step[1:][same & (ahead <= 0)][0]]
        raise InputError(
            f"too many households at one point near x={at[0]:.3f}, y={at[1]:.3f}: their ground cannot be divided",
            mend="Put the neighbouring buildings further apart, or give this one fewer households.",
        )
