"""New household data for a city that has a plan: codes go on, and what need not change does not."""

from geo_grid.rebuild.carrying import carry_codes

__all__ = ["carry_codes"]
