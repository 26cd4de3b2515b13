"""What the map may say of a stored plan, as JSON text; knows nothing of the web."""

from webmap.atlas.atlas import Atlas, UnknownCodeError
from webmap.atlas.source import PublicPlan, Stamp, read_public, read_stamp

__all__ = ["Atlas", "PublicPlan", "Stamp", "UnknownCodeError", "read_public", "read_stamp"]
