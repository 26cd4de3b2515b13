"""Read stage of a build."""
