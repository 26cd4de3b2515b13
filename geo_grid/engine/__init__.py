"""The engine of a build: a graph of tasks by county, run in this process, in several, or on Dask.

Nothing is loaded here: the command line asks :mod:`geo_grid.engine.open` which engines there are, whatever is to be done.
"""
