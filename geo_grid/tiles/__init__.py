"""Vector tiles of a plan: one PMTiles archive of a published version, single tiles of a draft."""

from geo_grid.tiles.archive import write_tiles
from geo_grid.tiles.layers import LAYERS, TILE_TABLES
from geo_grid.tiles.source import TileSource, tile

__all__ = ["LAYERS", "TILE_TABLES", "TileSource", "tile", "write_tiles"]
