"""Check stage of a build."""
