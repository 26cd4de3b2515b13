"""Report stage of a build."""
