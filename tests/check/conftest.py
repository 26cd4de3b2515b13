"""Fixtures of the check tests."""

from pg import postgis_cluster, postgis_url

__all__ = ["postgis_cluster", "postgis_url"]
