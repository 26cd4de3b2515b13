"""Fixtures of the store tests."""

from pg import postgis_cluster, postgis_url

__all__ = ["postgis_cluster", "postgis_url"]
