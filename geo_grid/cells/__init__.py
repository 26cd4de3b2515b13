"""Cells stage of a build."""
