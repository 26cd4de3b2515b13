"""Redrawing the grids of one area: pure functions from a ground, a state and an op to the next state and its rows."""

from geo_grid.edit.apply import apply_op
from geo_grid.edit.assign import state_from_assignment
from geo_grid.edit.compare import compare_states, lineage_of
from geo_grid.edit.delta import delta_of
from geo_grid.edit.errors import REFUSALS, RefusedError
from geo_grid.edit.faults import Fault, faults_of
from geo_grid.edit.ground import Ground
from geo_grid.edit.ops import Op
from geo_grid.edit.outcome import Outcome
from geo_grid.edit.parse import parse_op
from geo_grid.edit.read import GROUND_TABLES, read_ground
from geo_grid.edit.state import AreaState
from geo_grid.edit.tables import area_tables

__all__ = [
    "GROUND_TABLES",
    "REFUSALS",
    "AreaState",
    "Fault",
    "Ground",
    "Op",
    "Outcome",
    "RefusedError",
    "apply_op",
    "area_tables",
    "compare_states",
    "delta_of",
    "faults_of",
    "lineage_of",
    "parse_op",
    "read_ground",
    "state_from_assignment",
]
