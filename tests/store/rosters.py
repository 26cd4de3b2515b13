"""Rosters and lists of organisations for the tests (``from rosters import …``)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from geo_grid.store.ledger import Audit

DAY = dt.date(2026, 3, 1)
STAFF_AUDIT = Audit("anna", "import_staff", {"source": "roster.csv"}, {})
ONE_AUDIT = Audit("anna", "staff", {}, {})
ORGANISATIONS_AUDIT = Audit("anna", "import_organisations", {"source": "list.csv"}, {})


def member(grid: str, name: str, **values: Any) -> dict[str, Any]:
    """A row of the table staff, without id."""
    return {
        "grid_code": grid,
        "level": 1,
        "role": "网格员",
        "name": name,
        "phone": None,
        "phone_public": 0,
        "term_from": None,
        "term_to": None,
        "source": "roster.csv",
        "source_row": 2,
        **values,
    }


def roster(*rows: tuple[str, str] | dict[str, Any]) -> pd.DataFrame:
    """Rows of the table staff."""
    known = [row if isinstance(row, dict) else member(*row) for row in rows]
    return pd.DataFrame(known, columns=list(member("", "")), dtype=object)


def organisations(*rows: tuple[str, str], **values: Any) -> pd.DataFrame:
    """Rows of the table organisations."""
    blank = dict.fromkeys(("grid_code", "stack_id", "building", "contact", "phone"))
    known = [
        {"kind": "社区党委", "name": name, "area_code": area, "phone_public": 0, "source": "l.csv", "source_row": at}
        | blank
        | values
        for at, (area, name) in enumerate(rows, start=2)
    ]
    return pd.DataFrame(known, dtype=object)
