"""Every zone outside its band: why, by how much, and the numbers that prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.zoning.certificates import feasible_counts
from geo_grid.zoning.graph import ZoneException

if TYPE_CHECKING:
    from geo_grid.zoning.graph import Ints
    from geo_grid.zoning.tree import Part, Zone

#: Reasons that pass from a zone to what is too small inside it.
INHERITED = frozenset({"too_few_households", "disconnected_part"})


def find_exceptions(roots: list[Part], zones: list[Zone], labels: Ints, *, given: bool) -> tuple[ZoneException, ...]:
    """List every zone outside its band, and given zones in several pieces.

    Parameters
    ----------
    roots : list of Part
        Parts of the area at level 1; empty where level 1 was given.
    zones : list of Zone
        Zones of level 1.
    labels : ndarray of int64, shape (levels, n)
        Zone numbers of each node.
    given : bool
        Whether level 1 was given.

    Returns
    -------
    tuple of ZoneException
        By level, then by zone.
    """
    found: list[ZoneException] = []
    if given:
        for zone in zones:
            if len(zone.parts) > 1:
                found.append(_given(zone, labels))
            for part in zone.parts:
                _walk(part, 2, None, labels, found)
    for part in roots:
        _walk(part, 1, None, labels, found)
    return tuple(sorted(found, key=lambda e: (e.level, e.zone)))


def _given(zone: Zone, labels: Ints) -> ZoneException:
    """Return the exception of a given zone in several pieces."""
    sizes = [part.piece.households for part in zone.parts]
    proof = {"pieces": len(sizes), "pieces_households": sizes, "pieces_atoms": [part.piece.n for part in zone.parts]}
    return ZoneException(1, int(labels[0, zone.piece.atoms[0]]), "given_group", 0, 0, proof)


def _walk(part: Part, level: int, above: str | None, labels: Ints, found: list[ZoneException]) -> None:
    """Collect the exceptions of a part and of everything below it; ``above`` is the reason of the zone it divides."""
    outside = [zone for zone in part.zones if part.band.violation(zone.piece.households)]
    reason, smallest, proof = _certify(part, above) if outside else (None, 0, {})
    for zone in part.zones:
        violation = part.band.violation(zone.piece.households)
        if violation and reason:
            number = int(labels[level - 1, zone.piece.atoms[0]])
            found.append(ZoneException(level, number, reason, violation, smallest, proof))
        for child in zone.parts:
            _walk(child, level + 1, reason if violation else None, labels, found)


def _certify(part: Part, above: str | None) -> tuple[str, int, dict[str, Any]]:
    """Return the reason, the smallest violation of a part and its proof."""
    households, band = part.piece.households, part.band
    proof: dict[str, Any] = {
        "piece_households": households,
        "piece_atoms": part.piece.n,
        "low": band.low,
        "high": band.high,
        "zones": len(part.zones),
    }
    if part.violation == part.least:
        fewer = max(1, households // band.high)
        proof["by_zones"] = {
            str(k): max(k * band.low - households, households - k * band.high) for k in (fewer, fewer + 1)
        }
        if above in INHERITED and households < band.low:
            return above or "", part.least, proof
        if not part.alone:
            return "disconnected_part", part.least, proof
        return ("too_few_households" if households < band.low else "count_gap"), part.least, proof
    proof["counts"] = list(feasible_counts(households, band.low, band.high))[:50]
    bound = part.least if part.bound is None else part.bound
    proof["method"], proof["bound"] = part.method, bound
    return ("units_too_coarse" if bound == part.violation else "not_proved"), bound, proof
