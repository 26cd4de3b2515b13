"""Redrawing the grids of one area: pure functions from a ground, a state and an op to the next state and its rows."""

from geo_grid.edit.errors import RefusedError
from geo_grid.edit.ground import Ground
from geo_grid.edit.parse import parse_op
from geo_grid.edit.read import GROUND_TABLES, read_ground
from geo_grid.edit.state import AreaState

__all__ = ["GROUND_TABLES", "AreaState", "Ground", "RefusedError", "parse_op", "read_ground"]
