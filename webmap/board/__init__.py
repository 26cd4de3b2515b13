"""Notice boards 网格公示牌: one printable page a grid, with its map, people, duties, elements and a QR code."""
