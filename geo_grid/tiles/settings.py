"""Numbers of the tiles, each with its reason."""

from __future__ import annotations

#: Units a tile is wide. At the deepest zoom one is half a metre in Shanxi.
EXTENT = 4096

#: Units drawn beyond each side of a tile, so that outlines and symbols do not break there.
BUFFER = 64

#: Zooms there are tiles for; maps enlarge the deepest beyond it.
MIN_ZOOM, MAX_ZOOM = 6, 14

#: Units; a vertex that spans a triangle of less than this squared with its neighbours is left out. At 8 units a pixel
#: half a pixel; the deepest zoom is enlarged, and keeps what its units can tell.
SIMPLIFY, SIMPLIFY_DEEPEST = 4.0, 1.0

#: Effort of gzip, 1 to 9; more than this saves 1 % and takes twice as long.
GZIP_LEVEL = 6
