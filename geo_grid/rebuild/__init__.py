"""New household data for a city that has a plan: codes go on, and what need not change does not."""

from geo_grid.rebuild.carrying import carry_codes
from geo_grid.rebuild.rebuilding import rebuild
from geo_grid.rebuild.writing import write_changes

__all__ = ["carry_codes", "rebuild", "write_changes"]
