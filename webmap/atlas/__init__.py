"""What the map may say of a stored plan, as JSON text; knows nothing of the web."""

from webmap.atlas.atlas import Atlas, UnknownCodeError
from webmap.atlas.source import PublicPlan, read_meta, read_public

__all__ = ["Atlas", "PublicPlan", "UnknownCodeError", "read_meta", "read_public"]
