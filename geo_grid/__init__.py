"""Draw and run grassroots grids (网格): contiguous, nested, seamless, inside their household bands.

The order of the work reads from the module names:
config → read → units → cells → zoning → codes → elements → plan → check → store.
"""

__version__ = "0.1.0"
