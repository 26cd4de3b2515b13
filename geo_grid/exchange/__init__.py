"""Exchange: plans out to the files other programs read, and an office's present grids in."""
