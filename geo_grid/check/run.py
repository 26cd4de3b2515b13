"""Run all checks on one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.check.account import check_account
from geo_grid.check.bands import check_bands
from geo_grid.check.codes import check_codes
from geo_grid.check.connection import check_connection
from geo_grid.check.exceptions import check_exceptions
from geo_grid.check.facts import gather
from geo_grid.check.fault import CheckResult
from geo_grid.check.membership import check_membership
from geo_grid.check.shares import check_shares
from geo_grid.check.tiling import check_tiling

if TYPE_CHECKING:
    from geo_grid.check.exceptions import Claims
    from geo_grid.check.facts import Facts
    from geo_grid.model import Plan


def run(plan: Plan, label: str) -> CheckResult:
    """Run all checks.

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
    facts = gather(plan)
    claims = check_exceptions(facts)
    found = [
        *(check_account(facts) if facts.has_households else ()),
        *check_membership(facts),
        *check_connection(facts),
        *check_tiling(facts),
        *check_bands(facts),
        *claims.faults,
        *check_shares(facts),
        *check_codes(facts),
    ]
    return CheckResult(label, found, _counts(facts, claims))


def _counts(facts: Facts, claims: Claims) -> dict[str, Any]:
    tables = facts.tables
    levels = tables["grids"]["level"].value_counts().sort_index()
    reasons = tables["exceptions"]["reason"].value_counts().sort_index()
    return {
        **{name: len(tables[name]) for name in ("areas", "units", "grids")},
        "grids_by_level": {str(level): int(count) for level, count in levels.items()},
        **{
            name: len(tables[name]) for name in ("households", "quarantine", "elements", "element_shares", "exceptions")
        },
        "exceptions_by_reason": {str(reason): int(count) for reason, count in reasons.items()},
        "unproved": claims.unproved,
        "trusted": claims.trusted,
        "decided": claims.decided,
    }
