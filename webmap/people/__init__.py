"""Who works in the grids, for those who are signed in; and who of them was given household data."""
