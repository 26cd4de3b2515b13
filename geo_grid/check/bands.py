"""Promise 4: every grid is in its band, or carries an exception with the smallest possible violation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.check.facts import rows_of
from geo_grid.check.fault import faults
from geo_grid.schema import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.check.facts import Bools, Facts, Ints
    from geo_grid.check.fault import Fault

_STATUSES = ("in_band", "exception", "given", "open")  # open: a draft, out of band, and nobody wrote why


def violations(facts: Facts) -> Ints:
    """Return how many households each grid has outside its stored band.

    Parameters
    ----------
    facts : Facts
        The plan.

    Returns
    -------
    ndarray of int64, shape (grids,)
        0 in the band, and for a given grid without one.
    """
    low, high, banded = _bands(facts)
    count = facts.ints("grids", "households")
    return np.where(banded, np.maximum(0, np.maximum(low - count, count - high)), 0)


def _bands(facts: Facts) -> tuple[Ints, Ints, Bools]:
    grids = facts.tables["grids"]
    banded = (grids["low"].notna() & grids["high"].notna()).to_numpy()
    low, high = (grids[name].fillna(0).to_numpy(dtype=np.int64) for name in ("low", "high"))
    return low, high, banded


def check_bands(facts: Facts) -> Iterator[Fault]:
    """Check bands, statuses, and that exceptions say what is so; whether they had to be, see :mod:`.exceptions`.

    Parameters
    ----------
    facts : Facts
        The plan.

    Yields
    ------
    Fault
        Whatever breaks it.
    """
    yield from _policy(facts)
    yield from _given(facts)
    yield from _statuses(facts)
    yield from _rows(facts)


def _policy(facts: Facts) -> Iterator[Fault]:
    codes = facts.texts("grids", "code")
    low, high, banded = _bands(facts)
    kinds = facts.texts("areas", "kind")
    wanted = np.full((len(codes), 2), -1, dtype=np.int64)
    for kind in set(kinds):
        for level, band in enumerate(facts.bands(kind), 1):
            wanted[(facts.grid_area >= 0) & (kinds[facts.grid_area] == kind) & (facts.grid_level == level)] = band
    wrong = np.flatnonzero(banded & ((low != wanted[:, 0]) | (high != wanted[:, 1])) & (wanted[:, 0] >= 0))
    yield from faults(
        "band_not_policy",
        codes[wrong],
        (f"grid {codes[i]} has the band {low[i]}-{high[i]}, the policy {wanted[i][0]}-{wanted[i][1]}" for i in wrong),
    )


def _given(facts: Facts) -> Iterator[Fault]:
    """Only a villager group has no band: level 1, where the policy keeps groups, one label, and that nowhere else."""
    codes = facts.texts("grids", "code")
    _, _, banded = _bands(facts)
    kinds = facts.texts("areas", "kind")
    keeps = {kind: bool(policy.get("given_groups", False)) for kind, policy in facts.meta["policy"].items()}
    may = np.array([area >= 0 and keeps.get(kinds[area], False) for area in facts.grid_area], dtype=bool)
    labels = _labels(facts)
    alone = np.array([len(labels.get(i, ())) == 1 for i in range(len(codes))], dtype=bool)
    wrong = np.flatnonzero(~banded & ~(may & alone & (facts.grid_level == 1)))
    yield from faults(
        "band_missing", codes[wrong], (f"grid {codes[i]} has no band and is not a villager group" for i in wrong)
    )
    seen: dict[tuple[int, str], int] = {}
    for i in np.flatnonzero(~banded & alone):
        label = (int(facts.grid_area[i]), next(iter(labels[int(i)])))
        first = seen.setdefault(label, int(i))
        if first != i:
            text = f"grids {codes[first]} and {codes[i]} are the same villager group {label[1]!r}"
            yield from faults("group_twice", [codes[i]], [text])


def _labels(facts: Facts) -> dict[int, set[str]]:
    """Villager groups of the households of each grid of level 1; None for a unit without."""
    units = facts.tables["units"]
    lived_in = (units["households"] > 0).to_numpy()
    group = facts.texts("units", "group")
    out: dict[int, set[str]] = {}
    for grid, label in {(int(g), str(a)) for g, a in zip(facts.unit_grid[0][lived_in], group[lived_in], strict=True)}:
        out.setdefault(grid, set()).add(label)
    return out


def _statuses(facts: Facts) -> Iterator[Fault]:
    codes, status = facts.texts("grids", "code"), facts.texts("grids", "status")
    _, _, banded = _bands(facts)
    excepted = np.isin(codes.astype(str), facts.texts("exceptions", "grid_code").astype(str))
    violation = violations(facts)
    bare = np.flatnonzero((violation > 0) & ~excepted)
    count = facts.ints("grids", "households")
    yield from faults(
        "out_of_band",
        codes[bare],
        (f"grid {codes[i]} has {count[i]} households, {violation[i]} outside its band, and no exception" for i in bare),
    )
    fitting = np.where(excepted, "exception", np.where(banded, "in_band", "given"))
    wrong = np.flatnonzero((status != fitting) & ~((violation > 0) & ~excepted))
    yield from faults(
        "status_wrong",
        codes[wrong],
        (f"grid {codes[i]} is called {status[i]!r}, it is {fitting[i]!r}" for i in wrong),
    )
    unknown = np.flatnonzero(~np.isin(status.astype(str), _STATUSES) & (violation > 0) & ~excepted)
    yield from faults("status_wrong", codes[unknown], (f"grid {codes[i]} is called {status[i]!r}" for i in unknown))


def _rows(facts: Facts) -> Iterator[Fault]:
    exceptions = facts.tables["exceptions"]
    names, reasons = facts.texts("exceptions", "grid_code"), facts.texts("exceptions", "reason")
    grid = rows_of(facts.tables["grids"]["code"], exceptions["grid_code"])
    lost = np.flatnonzero(grid < 0)
    yield from faults(
        "exception_without_grid",
        names[lost],
        (f"an exception names grid {names[i]}, which is not there" for i in lost),
    )
    twice = np.flatnonzero(exceptions["grid_code"].duplicated())
    yield from faults("exception_twice", names[twice], (f"grid {names[i]} has two exceptions" for i in twice))
    found = np.flatnonzero(grid >= 0)
    level = facts.ints("exceptions", "level")
    wrong = found[level[found] != facts.grid_level[grid[found]]]
    yield from faults(
        "exception_level", names[wrong], (f"the exception of grid {names[i]} is of another level" for i in wrong)
    )
    unknown = np.flatnonzero(~np.isin(reasons.astype(str), REASONS))
    yield from faults(
        "exception_reason", names[unknown], (f"grid {names[i]}: no such reason as {reasons[i]!r}" for i in unknown)
    )
    stated, real = facts.ints("exceptions", "violation"), violations(facts)
    off = found[stated[found] != real[grid[found]]]
    yield from faults(
        "exception_violation",
        names[off],
        (f"grid {names[i]} is {real[grid[i]]} outside its band, its exception says {stated[i]}" for i in off),
    )
    idle = found[(real[grid[found]] == 0) & (reasons[found] != "given_group")]
    yield from faults(
        "exception_needless", names[idle], (f"grid {names[i]} is in its band and has an exception" for i in idle)
    )
