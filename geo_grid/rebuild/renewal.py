"""What new household data changes in the rows of a plan, put together to be written."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.rebuild.applying import people_rows, unit_rows
from geo_grid.rebuild.carrying import ancestry_of
from geo_grid.rebuild.former import published_grids
from geo_grid.rebuild.proving import exception_rows
from geo_grid.rebuild.renewing import Renewed, changed_units, moved_grids
from geo_grid.rebuild.sharing import shared_anew
from geo_grid.schema import TABLES
from geo_grid.store.base import encode_meta
from geo_grid.store.delta import Delta
from geo_grid.store.ledger import NewRevision
from geo_grid.store.mended import Mended
from geo_grid.store.taking import Renewal, Renumbered, Staying, renewal_audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.model import CityInput
    from geo_grid.rebuild.diff import Difference
    from geo_grid.store.ancestry import Ancestry
    from geo_grid.store.base import Store
    from geo_grid.store.ledger import Ledger


def mended_of(city: CityInput, done: Renewed) -> Mended:
    """Put together what is known before seams and shares are looked at.

    Parameters
    ----------
    city : CityInput
        What was read.
    done : Renewed
        What changes.

    Returns
    -------
    Mended
        For :meth:`geo_grid.store.taking.Taking.go_on`.
    """
    facts, codes, whole, grid_counts, area_counts = [], [], [], [], []
    tables: dict[str, list[Any]] = {name: [] for name in ("areas", "units", "grids", "exceptions")}
    deletes: dict[str, list[tuple[Any, ...]]] = {name: [] for name in tables}
    retired: list[str] = []
    for area, patch in done.patches.items():
        if area in done.redrawn:
            for name, rows in done.rows[area].items():
                tables[name].append(rows)
                deletes[name] += [(key,) for key in done.gone_keys[area][name]]
            retired += done.gone_keys[area]["grids"]
            continue
        some, other, cut = changed_units(done, area)
        facts += some
        codes += other
        whole += cut
        deltas = {code: delta for code, delta in done.deltas[area].items() if delta and code not in done.ground}
        grid_counts += [(done.judge.grids[code].households + delta, code) for code, delta in deltas.items()]
        total = sum(unit.households - max(unit.was, 0) for unit in patch.units.values())
        if total:
            before = sum(grid.households for grid in done.judge.of_area(area) if grid.level == 1)
            area_counts.append((before + total, area))
    said = {unit.id: done.facts[unit.area][unit.id] for unit, _ in whole}
    tables["units"].append(unit_rows([unit for unit, _ in whole], [shape for _, shape in whole], said, city.crs))
    tables["grids"].append(moved_grids(done, city.crs))
    tables["exceptions"].append(exception_rows(done, city.crs))
    people, rehoused = _people(done, city.crs)
    delta = Delta(_latest(tables), deletes, rehoused)
    return Mended(facts, codes, grid_counts, area_counts, delta, retired, people, city.quarantine)


def renewal_of(
    ledger: Ledger,
    store: Store,
    city: CityInput,
    done: Renewed,
    settled: dict[str, Delta],
    meta: dict[str, Any],
    *,
    helper: bool = False,
) -> Renewal:
    """Put together what else is written.

    Parameters
    ----------
    ledger : Ledger
        The ledger of the store.
    store : Store
        The store.
    city : CityInput
        What was read.
    done : Renewed
        What changes.
    settled : dict of str to Delta
        What changes along the borders of areas.
    meta : dict
        What the plan says of itself from now on.
    helper : bool
        Whether there may be a second process.

    Returns
    -------
    Renewal
        For :meth:`geo_grid.store.taking.Taking.finish`.
    """
    diff, crs = done.diff, city.crs
    moved = [delta.upserts["grids"] for delta in settled.values() if "grids" in delta.upserts]
    seams = {code: shape for rows in moved for code, shape in zip(rows["code"], rows["geom"], strict=True)}
    shares = shared_anew(ledger, city, done, seams, helper=helper)
    tables: dict[str, list[Any]] = defaultdict(list)
    deletes: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for delta in (shares, *settled.values()):
        for name, rows in delta.upserts.items():
            tables[name].append(rows)
        for name, keys in delta.deletes.items():
            deletes[name] += keys
    return Renewal(
        touched=sorted(done.patches),
        delta=Delta(_latest(tables), deletes, None),
        meta=encode_meta_texts(crs, meta),
        numbers={area: found.numbers for area, found in done.redrawn.items()},
        ancestry=_ancestry(store, ledger, done),
        locks=[
            (
                area,
                NewRevision(found.origin, json.dumps({"op": "lock", "grids": sorted(found.locked), "locked": True})),
                found.origin,
            )
            for area, found in done.redrawn.items()
            if found.locked
        ],
        audit=renewal_audit(
            {key: meta[key] for key in ("name", "built_at", "program_version", "seed")},
            {
                "gone": len(diff.gone),
                "come": len(diff.come),
                "touched": len(done.patches),
                "redrawn": len(done.redrawn),
                "areas": sorted({*done.patches, *(area for area, delta in settled.items() if any(delta))}),
            },
        ),
    )


def _ancestry(store: Store, ledger: Ledger, done: Renewed) -> Ancestry | None:
    version, diff = store.latest_version(), done.diff
    if version is None:
        return None
    published = published_grids(store, ledger, diff.old, done.standing.leaves())
    return ancestry_of(version, published, diff.new, diff.match)


def encode_meta_texts(crs: str, meta: dict[str, Any]) -> dict[str, str]:
    """Write what the plan says of itself as JSON texts, but for the schema it is of.

    Parameters
    ----------
    crs : str
        Coordinate system.
    meta : dict
        Values.

    Returns
    -------
    dict of str to str
        Text by key.
    """
    from geo_grid.model import Plan

    texts = encode_meta(Plan(crs, {}, meta))
    del texts["schema_version"]  # something is kept beside the plan by now
    return texts


def _latest(tables: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Put the rows of each table together; of two of one key the later counts."""
    out = {}
    for name, parts in tables.items():
        some = [part for part in parts if len(part)]
        if some:
            rows = some[0] if len(some) == 1 else pd.concat(some, ignore_index=True)
            out[name] = rows.drop_duplicates(list(TABLES[name].key), keep="last").reset_index(drop=True)
    return out


def _people(done: Renewed, crs: str) -> tuple[Any, Any]:
    """Return rows of households that are written whole, and units of those that only moved."""
    diff = done.diff
    housed = {at: unit for patch in done.patches.values() for at, unit in patch.housed.items()}
    moved = {row: unit for patch in done.patches.values() for row, unit in patch.rehoused.items()}
    rows = [*diff.come.tolist(), *diff.altered.tolist()]
    units = [
        housed[at] if at in housed else moved.get(int(diff.match[at]), diff.old_units[diff.match[at]]) for at in rows
    ]
    rehoused = None
    if moved:
        rehoused = pd.DataFrame(
            {"id": [diff.old_ids[row] for row in moved], "unit_id": list(moved.values())}, dtype="str"
        )
    return people_rows(diff, rows, units, crs), rehoused


def staying_of(diff: Difference, build: int, heads: dict[str, int]) -> Staying:
    """Say what is known of households as soon as they were compared.

    Parameters
    ----------
    diff : Difference
        The new data beside the old.
    build : int
        The build that all this goes on from.
    heads : dict of str to int
        Revisions that areas were at.

    Returns
    -------
    Staying
        For :meth:`geo_grid.store.renewing.Renewing.taking`.
    """
    return Staying(build, heads, diff.old_ids[diff.gone].tolist(), _renumbered(diff))


def _renumbered(diff: Difference) -> list[Renumbered]:
    """Say which numbers the input rows of those that stay have now, in runs."""
    gone = np.zeros(len(diff.old), dtype=bool)
    gone[diff.gone] = True
    known = np.flatnonzero(diff.match >= 0)
    known = known[~gone[diff.match[known]]]
    at = diff.match[known]
    files, both = pd.factorize(pd.concat((diff.old["source"].iloc[at], diff.new["source"].iloc[known])))
    was, now = files[: len(at)], files[len(at) :]
    first = diff.old["source_row"].to_numpy()[at]
    shift = diff.new["source_row"].to_numpy()[known] - first
    order = np.lexsort((first, was))
    was, first, now, shift = was[order], first[order], now[order], shift[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (was[1:] != was[:-1]) | (now[1:] != now[:-1]) | (shift[1:] != shift[:-1])
    rows = zip(*(column[begins].tolist() for column in (was, first, now, shift)), strict=True)
    names = both.tolist()
    return [Renumbered(names[a], b, names[c], d) for a, b, c, d in rows]
