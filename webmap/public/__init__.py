"""What everybody may ask: places, codes, names, tiles and OGC API – Features, of any published version."""
