"""Redrawing grids over the web: what the desk of :mod:`geo_grid.desk` says, in degrees and JSON."""
