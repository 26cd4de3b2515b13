"""Table 4 of the zoning benchmark: the shipped cities, all levels nested."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from _bench_runs import Figure
from bench_repair import atoms_of, jobs_of

if TYPE_CHECKING:
    from geo_grid.area import AreaJob
    from geo_grid.zoning.graph import AreaZoning, AtomGraph

BOUNDARIES = Path(__file__).resolve().parent.parent / "data/boundaries"
#: City, and the most buildings split by level, where that is wanted.
CITIES: tuple[tuple[str, tuple[int, ...]], ...] = (("urban_hdb", (5, 281, 439)), ("rural_liechtenstein", ()))
#: Share of a border's metres that lie on a barrier of strength 1 from which on it is one, as the zoning has it.
HARD = 0.9
#: Metres from its border that a zone's inside begins: lines along the border are not inside.
INSIDE = 0.05


class Row(NamedTuple):
    """Counts of one level, that add up over areas."""

    zones: int = 0
    outside: int = 0
    unproved: int = 0
    pieces: int = 0
    split: int = 0
    bound: int = 0
    roundness: float = 0.0
    given_metres: float = 0.0
    metres: float = 0.0
    crossing_metres: float = 0.0
    crossing: int = 0
    unforced: int = 0

    def plus(self, other: Row) -> Row:
        """Add another area's counts."""
        return Row(*(a + b for a, b in zip(self, other, strict=True)))


def real_table() -> list[Figure]:
    """Zone the shipped cities, print a row a level, and judge them."""
    print("\nTable 4: real graphs, all levels nested")
    print(
        f"{'city':20s}{'level':>6}{'zones':>7}{'out of band':>12}{'not proved':>11}{'in pieces':>10}{'split':>7}"
        f"{'bound':>7}{'Polsby–Popper':>14}{'m given':>9}{'m drawn':>9}{'m crossing':>11}{'crossing':>9}{'not forced':>11}"
    )
    figures: list[Figure] = []
    for city, most in CITIES:
        levels: list[Row] = []
        seconds = 0.0
        for job in jobs_of(BOUNDARIES / city / "city.toml"):
            rows, took = area_rows(job)
            seconds += took
            levels = [a.plus(b) for a, b in zip(levels, rows, strict=True)] if levels else rows
        for level, row in enumerate(levels, 1):
            print(
                f"{city:20s}{level:>6}{row.zones:>7}{row.outside:>12}{row.unproved:>11}{row.pieces:>10}{row.split:>7}"
                f"{row.bound:>7}{row.roundness / row.zones:>14.3f}{row.given_metres:>9.0f}"
                f"{row.metres:>9.0f}{row.crossing_metres:>11.0f}{row.crossing:>9}{row.unforced:>11}"
            )
        print(
            f"  {city}: {seconds:.1f} s of zoning (processor, compilation included where it was not cached)", flush=True
        )
        figures += judged(city, levels, most)
    print(
        "  not proved: zones out of band or in pieces whose exception does not show that it must be so\n"
        "  bound: buildings that any zones in band split; 0 for areas with zones out of band\n"
        "  m: metres of barriers of strength 1 inside given zones, inside drawn ones, and inside drawn ones that cross\n"
        "  crossing: drawn zones that hang together across such barriers only; not forced: those where not one of the "
        "two sides is shown by its count to admit no zones in band"
    )
    return figures


def judged(city: str, levels: list[Row], most: tuple[int, ...]) -> list[Figure]:
    """Hold the rows of one city to what is wanted."""
    total = levels[0]
    for row in levels[1:]:
        total = total.plus(row)
    outside = total.outside + total.pieces
    figures = [
        Figure(
            4, f"{city}: {total.unproved} of {outside} zones out of band or in pieces not proved", not total.unproved
        ),
        Figure(4, f"{city}: {total.unforced} of {total.crossing} crossings of barriers not forced", not total.unforced),
    ]
    if most:
        split = [row.split for row in levels]
        names = [" / ".join(map(str, part)) for part in (split, most, [row.bound for row in levels])]
        good = all(a <= b for a, b in zip(split, most, strict=True))
        figures.append(Figure(4, f"{city}: {names[0]} buildings split, limit {names[1]}, bound {names[2]}", good))
    return figures


def area_rows(job: AreaJob) -> tuple[list[Row], float]:
    """Zone one area, and measure its levels."""
    from geo_grid.zoning import zone_area

    atoms, _ = atoms_of(job)
    begin = time.process_time()
    zoning = zone_area(atoms, job.policy, min_contact=job.min_contact, seed=job.seed)
    seconds = time.process_time() - begin
    shapes = zone_shapes(job, atoms, zoning)
    return [
        level_row(job, atoms, zoning, level, shapes[level - 1]) for level in range(1, len(job.policy.levels) + 1)
    ], seconds


def level_row(job: AreaJob, atoms: AtomGraph, zoning: AreaZoning, level: int, shapes: np.ndarray) -> Row:
    """Measure one level of one area, from atoms and labels alone."""
    import shapely

    from geo_grid.zoning.certificates import verify

    labels, given = zoning.labels[level - 1], zoning.given[level - 1]
    band = job.policy.levels[level - 1].band
    sizes = np.bincount(labels, atoms.weight).astype(np.int64)
    whole = pieces_of(atoms, labels) == 1
    outside = np.zeros(len(sizes), bool) if given else (sizes < band.low) | (sizes > band.high)
    excused = {
        e.zone
        for e in zoning.exceptions
        if e.level == level
        and e.reason != "not_proved"
        and verify(e, atoms, zoning, job.policy)
        and (e.reason == "given_group" or outside[e.zone])
    }
    split = split_stacks(atoms, labels)
    crossing, unforced = crossings(atoms, zoning, level, band)
    metres = hard_metres(job, shapes)
    circle = 4 * np.pi * shapely.area(shapes) / shapely.length(shapes) ** 2
    return Row(
        len(sizes),
        int(outside.sum()),
        len(set(np.flatnonzero(outside | ~whole).tolist()) - excused),
        int((~whole).sum()),
        split,
        least_split(atoms, zoning, level, band) if not outside.any() and not given else 0,
        float(circle.sum()),
        float(metres.sum()) if given else 0.0,
        0.0 if given else float(metres.sum()),
        float(metres[crossing].sum()),
        len(crossing),
        len(unforced),
    )


def pieces_of(atoms: AtomGraph, labels: np.ndarray) -> np.ndarray:
    """Count the connected pieces of each zone; exclaves, which touch nothing of the kind, do not count."""
    part = parts(atoms, np.where(atoms.host < 0, labels, -1), np.ones(len(atoms.edge_u), bool))
    first = np.unique(part[part >= 0], return_index=True)[1]
    return np.bincount(labels[atoms.host < 0][first], minlength=int(labels.max()) + 1)


def parts(atoms: AtomGraph, labels: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """Return the connected parts of equal labels over some of the edges; −1 where the label is below 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    u, v = atoms.edge_u[open_], atoms.edge_v[open_]
    same = (labels[u] == labels[v]) & (labels[u] >= 0)
    matrix = coo_array((np.ones(int(same.sum())), (u[same], v[same])), shape=(atoms.n, atoms.n))
    return np.where(labels >= 0, connected_components(matrix, directed=False)[1], -1)


def split_stacks(atoms: AtomGraph, labels: np.ndarray) -> int:
    """Count the buildings that lie in more than one zone."""
    held = atoms.stack >= 0
    pairs = np.unique(np.column_stack([atoms.stack[held], labels[held]]), axis=0)
    return int((np.bincount(pairs[:, 0]) > 1).sum())


def above(zoning: AreaZoning, level: int) -> np.ndarray:
    """Return the zones that a level divides: those of the level above, or the area."""
    return zoning.labels[level - 2] if level > 1 else np.zeros_like(zoning.labels[0])


def least_split(atoms: AtomGraph, zoning: AreaZoning, level: int, band: Any) -> int:
    """Bound the buildings split by any zones in band, over pieces of the area (or of given groups)."""
    from geo_grid.zoning.bounds import split_bound

    frame = zoning.labels[0] if zoning.given[0] and level > 1 else np.zeros(atoms.n, np.int64)
    piece = parts(atoms, np.where(atoms.host < 0, frame, -1), np.ones(len(atoms.edge_u), bool))
    total = 0
    for name in np.unique(piece[piece >= 0]):
        stacks = atoms.stack[(piece == name) & (atoms.stack >= 0)]
        total += split_bound(np.bincount(stacks), band.low, band.high)
    return total


def crossings(atoms: AtomGraph, zoning: AreaZoning, level: int, band: Any) -> tuple[np.ndarray, np.ndarray]:
    """Find the drawn zones that hang together across hard barriers only, and those where counts do not prove they must.

    A side is what hangs together in a piece of a parent without crossing a hard barrier. If it admits no number of
    zones in band, any zones in band cross its barrier. So a crossing is proved where it joins two sides one of which
    admits none; where both admit some, or there is a way round inside the same side, it is not.
    """
    from geo_grid.zoning.certificates import smallest_violation

    none = np.empty(0, np.int64)
    if zoning.given[level - 1]:
        return none, none
    labels = np.where(atoms.host < 0, zoning.labels[level - 1], -1)
    hard = atoms.barrier >= HARD * atoms.length
    side = parts(atoms, np.where(atoms.host < 0, above(zoning, level), -1), ~hard)
    households = np.bincount(side[side >= 0], atoms.weight[side >= 0]).astype(np.int64)
    wanting = np.array([smallest_violation(int(h), band.low, band.high)[0] > 0 for h in households])
    bank = parts(atoms, labels, ~hard)
    u, v = atoms.edge_u, atoms.edge_v
    across = hard & (labels[u] == labels[v]) & (labels[u] >= 0) & (bank[u] != bank[v])
    u, v = u[across], v[across]
    forced = (side[u] != side[v]) & (wanting[side[u]] | wanting[side[v]])
    return np.unique(labels[u]), np.unique(labels[u[~forced]])


def zone_shapes(job: AreaJob, atoms: AtomGraph, zoning: AreaZoning) -> list[np.ndarray]:
    """Return the polygons of the zones of each level."""
    import shapely

    from geo_grid.area import cut_units
    from geo_grid.cells import build_cells
    from geo_grid.units import stack_households

    stacks = stack_households(job.households)
    cells = build_cells(job.polygon, stacks.xy, job.barriers, job.dividers, settings=job.cells)
    units = cut_units(job.code, cells, stacks, atoms, zoning)
    return [
        np.array([shapely.union_all(units.polygons[row == zone]) for zone in range(int(row.max()) + 1)])
        for row in units.labels
    ]


def hard_metres(job: AreaJob, shapes: np.ndarray) -> np.ndarray:
    """Measure how many metres of barriers of strength 1 lie inside each zone rather than along its border."""
    import shapely

    lines = [line for group, strength in job.barriers if strength >= 1 for line in group]
    if not lines:
        return np.zeros(len(shapes))
    inside = shapely.buffer(shapes, -INSIDE)
    return shapely.length(shapely.intersection(shapely.union_all(lines), inside))
