"""Every input row of households is accounted for: placed + quarantined = read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geo_grid.check.fault import Fault, fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.check.facts import Facts


def check_account(facts: Facts) -> Iterator[Fault]:
    """Check the account of input rows.

    Parameters
    ----------
    facts : Facts
        The plan.

    Yields
    ------
    Fault
        Whatever does not add up.
    """
    stated = facts.meta.get("household_rows")
    if not isinstance(stated, dict) or not {"read", "placed", "quarantined"} <= set(stated):
        yield fault("rows_not_stated", "households", "the plan does not state how many household rows were read")
        return
    read, placed, refused = (stated[name] for name in ("read", "placed", "quarantined"))
    if placed + refused != read:
        yield fault("rows_lost", "households", f"{read} rows were read, {placed} placed and {refused} quarantined")
    # a row may stand for several households
    rows = facts.tables["households"][["source", "source_row"]].drop_duplicates()
    rows = rows.rename(columns={"source_row": "row"})
    quarantine = facts.tables["quarantine"]
    if len(rows) != placed:
        yield fault("rows_placed", "households", f"{placed} rows are said to be placed, {len(rows)} are")
    sources = set(rows["source"])
    mine = quarantine[quarantine["source"].isin(sources)]
    if len(mine) != refused and sources:
        yield fault("rows_quarantined", "households", f"{refused} rows are said to be quarantined, {len(mine)} are")
    yield from _by_source(facts, rows, mine)


def _by_source(facts: Facts, rows: pd.DataFrame, refused: pd.DataFrame) -> Iterator[Fault]:
    both = rows.merge(refused[["source", "row"]].drop_duplicates(), on=["source", "row"])
    for source, row in zip(both["source"], both["row"], strict=True):
        yield fault("row_placed_and_quarantined", f"{source}:{row}", f"{source}, row {row}: placed and quarantined")
    read = facts.meta.get("read_rows")
    if not isinstance(read, dict):
        return
    count = pd.concat([rows["source"], refused["source"]]).value_counts()
    for source, found in count.items():
        if source in read and read[source] != found:
            text = f"{source}: {read[source]} rows were read, {found} are placed or quarantined"
            yield fault("rows_lost", str(source), text)
