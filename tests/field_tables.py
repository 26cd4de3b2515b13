"""What the tables of the field hold, and whether they hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.field.merge import merge
from geo_grid.field.rows import MADE_OF_EVENTS, frames
from geo_grid.field.tables import FIELD_TABLES
from geo_grid.store.fieldwork_desk import event_of

if TYPE_CHECKING:
    from geo_grid.store.ledger import Ledger


def stored(ledger: Ledger, table: str) -> dict[str, dict[str, Any]]:
    names = FIELD_TABLES[table].column_names
    return {row[0]: dict(zip(names, row, strict=True)) for row in ledger.dump()[table]}


def assert_of_events(ledger: Ledger) -> None:
    """All tables are what the events say together, and the events say what the verdicts say."""
    events = stored(ledger, "field_events")
    state = merge([event_of(row) for row in events.values()])
    for name in MADE_OF_EVENTS:
        expected = {row["id"]: row for row in frames(state)[name].astype(object).to_dict("records")}
        kept = stored(ledger, name)
        plain = {
            id_: {key: None if pd.isna(value) else value for key, value in row.items()} for id_, row in expected.items()
        }
        assert kept == plain, name
    verdicts = {id_: row["verdict"] for id_, row in events.items()}
    assert {id_ for id_, verdict in verdicts.items() if verdict == "waiting"} == set(state.waiting)
    refused = {id_: verdict for id_, verdict in verdicts.items() if verdict not in ("taken", "waiting")}
    assert refused == state.refused
    seen = sorted(row["seq"] for row in events.values() if row["seq"] is not None)
    assert seen == list(range(1, len(seen) + 1))
    assert {id_ for id_, row in events.items() if row["seq"] is None} == set(state.waiting) | set(state.refused)


def content(ledger: Ledger) -> dict[str, dict[str, dict[str, Any]]]:
    """All tables, without what depends on the order in which things came."""
    tables = {name: stored(ledger, name) for name in FIELD_TABLES}
    for row in tables["field_events"].values():
        row["seq"] = row["seq"] is not None
    return tables
