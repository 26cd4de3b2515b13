"""Cells: the ground that belongs to each building, cut out of an area along its barriers."""

from geo_grid.cells.atoms import atom_graph
from geo_grid.cells.build import Cells, build_cells
from geo_grid.cells.dissolve import dissolve
from geo_grid.cells.dividers import dividing_lines
from geo_grid.cells.segments import shared_edges
from geo_grid.cells.settings import CellSettings
from geo_grid.cells.stitch import stitch
from geo_grid.cells.unit_polygons import unit_polygons

__all__ = [
    "CellSettings",
    "Cells",
    "atom_graph",
    "build_cells",
    "dissolve",
    "dividing_lines",
    "shared_edges",
    "stitch",
    "unit_polygons",
]
