"""Zoning: arrays in, labels out."""
