"""Store stage of a build."""
