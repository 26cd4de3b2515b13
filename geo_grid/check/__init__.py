"""Prove what a plan promises from its stored tables alone, independently of the code that built it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_grid.check.fault import PROMISES, CheckResult, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.model import Plan
    from geo_grid.store.base import Version

__all__ = ["PROMISES", "CheckResult", "Fault", "check_plan", "check_store", "examine"]


def check_plan(plan: Plan) -> list[Fault]:
    """Check a plan.

    Parameters
    ----------
    plan : Plan
        All tables of the schema.

    Returns
    -------
    list of Fault
        Broken promises, by promise; empty for a plan that keeps them all.

    Raises
    ------
    StoreError
        If a table does not fit the schema, or the plan does not state its policy.
    """
    return examine(plan, "").faults


def check_store(url: str | Path, version: Version | None = None) -> CheckResult:
    """Check the plan in a store.

    Parameters
    ----------
    url : str or Path
        Path of a GeoPackage, or ``postgresql://…``.
    version : int or "published", optional
        A published version instead of the draft; it has no households, so that what concerns them is not asked.

    Returns
    -------
    CheckResult
        Faults, and counts of what was looked at.

    Raises
    ------
    StoreError
        If there is no plan, or it cannot be read.
    """
    from geo_grid.store import open_store

    with open_store(url) as store:
        return examine(store.read() if version is None else store.read(version=version), store.label)


def examine(plan: Plan, label: str) -> CheckResult:
    """Check a plan, and count what was looked at.

    Parameters
    ----------
    plan : Plan
        All tables of the schema.
    label : str
        Where it is.

    Returns
    -------
    CheckResult
        Faults and counts.
    """
    from geo_grid.check.run import run  # (imports geopandas, half a second)

    return run(plan, label)
