"""Cells: the ground that belongs to each building, cut out of an area along its barriers."""

from geo_grid.cells.atoms import atom_graph
from geo_grid.cells.build import Cells, build_cells
from geo_grid.cells.dissolve import dissolve
from geo_grid.cells.segments import shared_edges
from geo_grid.cells.settings import CellSettings

__all__ = ["CellSettings", "Cells", "atom_graph", "build_cells", "dissolve", "shared_edges"]
