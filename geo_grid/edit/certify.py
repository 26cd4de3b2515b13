"""What may be said for a grid that is out of its band: a proof, a proof of the build, or the planner's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.edit.view import pieces_of, remembered, view_of
from geo_grid.zoning.certificates import smallest_violation, violations
from geo_grid.zoning.exceptions import INHERITED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState
    from geo_grid.policy import Band

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a grid, and what is said for it.

    Parameters
    ----------
    level : int
        Its level.
    grid : int
        Its position among the level's codes.
    violation : int
        Households outside the band; 0 for a given grid in several pieces.
    pieces : int
        Connected pieces it is in.
    reason : str or None
        Reason of its exception, None where nothing is said for it.
    smallest : int
        Least violation of the piece it is in that is known to be necessary.
    proof : dict
        The numbers that prove it, or the planner's words.
    """

    level: int
    grid: int
    violation: int
    pieces: int
    reason: str | None
    smallest: int
    proof: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A connected piece of a parent: households, atoms, whether it is all of the parent, its grids."""

    households: int
    atoms: int
    alone: bool
    grids: Ints
    violation: int


def verdicts(ground: Ground, state: AreaState) -> list[Verdict]:
    """Judge every grid that is out of its band or in several pieces.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    list of Verdict
        By level, then by code; grids in order are left out.
    """
    found: list[Verdict] = remembered(ground, state, "verdicts", lambda: _verdicts(ground, state))
    return found


def _verdicts(ground: Ground, state: AreaState) -> list[Verdict]:
    view = view_of(ground, state)
    out: list[Verdict] = []
    reasons: dict[int, str | None] = {}
    for level in range(ground.depth):
        given = ground.given and level == 0
        piece, count = pieces_of(ground, view.labels[level])
        if given:
            out += [_given(ground, view.labels[0], piece, int(g), int(count[g])) for g in np.flatnonzero(count > 1)]
            continue
        band = ground.policy.levels[level].band
        off = violations(view.households[level], band)
        bad = np.flatnonzero((off > 0) | (count > 1))
        parts = _parents(ground, state, level, np.flatnonzero(off > 0), off) if (off > 0).any() else {}
        above, reasons = reasons, {}
        for g in bad.tolist():
            reason: str | None = None
            smallest, proof = 0, dict[str, Any]()
            if off[g]:
                part = parts[g]
                inherited = above.get(int(view.parent[level][g]))
                reason, smallest, proof = _certify(part, band, inherited)
                code = view.codes[level][g]
                reason, smallest, proof = _known(ground, code, part, int(off[g]), (reason, smallest, proof))
                if reason is None and code in state.reasons:
                    reason, proof = "decided", {"words": state.reasons[code]}
                reasons[g] = reason
            out.append(Verdict(level + 1, g, int(off[g]), int(count[g]), reason, smallest, proof))
    return out


def _given(ground: Ground, labels: Ints, piece: Ints, grid: int, count: int) -> Verdict:
    """Return the verdict on a given grid in several pieces: the planner cannot help it."""
    mine = np.flatnonzero((labels == grid) & (piece >= 0))
    local = np.unique(piece[mine], return_inverse=True)[1].reshape(-1)
    sizes = np.bincount(local, ground.atoms.weight[mine]).astype(np.int64).tolist()
    proof = {"pieces": count, "pieces_households": sizes, "pieces_atoms": np.bincount(local).tolist()}
    return Verdict(1, grid, 0, count, "given_group", 0, proof)


def _parents(ground: Ground, state: AreaState, level: int, bad: Ints, off: Ints) -> dict[int, _Piece]:
    """Return the piece of its parent (of the area at level 1) that each bad grid is in."""
    view = view_of(ground, state)
    above = view.labels[level - 1] if level else np.zeros(ground.atoms.n, dtype=np.int64)
    piece, count = pieces_of(ground, above)
    labels = view.labels[level]
    first = np.full(len(off), -1, dtype=np.int64)
    home = np.flatnonzero(piece >= 0)[::-1]
    first[labels[home]] = home
    known: dict[int, _Piece] = {}
    for p in np.unique(piece[first[bad]]).tolist():
        mine = piece == p
        grids = np.unique(labels[mine])
        alone = bool(count[above[np.argmax(mine)]] == 1)
        known[p] = _Piece(int(ground.atoms.weight[mine].sum()), int(mine.sum()), alone, grids, int(off[grids].sum()))
    return {int(g): known[int(piece[first[g]])] for g in bad}


def _certify(part: _Piece, band: Band, above: str | None) -> tuple[str | None, int, dict[str, Any]]:
    """Return reason and proof by arithmetic, as the build gives them; no reason where arithmetic proves nothing."""
    least, _ = smallest_violation(part.households, band.low, band.high)
    if part.violation != least:
        return None, least, {}
    fewer = max(1, part.households // band.high)
    proof = {
        "piece_households": part.households,
        "piece_atoms": part.atoms,
        "low": band.low,
        "high": band.high,
        "zones": len(part.grids),
        "by_zones": {
            str(k): max(k * band.low - part.households, part.households - k * band.high) for k in (fewer, fewer + 1)
        },
    }
    if above in INHERITED and part.households < band.low:
        return above, least, proof
    if not part.alone:
        return "disconnected_part", least, proof
    return ("too_few_households" if part.households < band.low else "count_gap"), least, proof


def _known(
    ground: Ground, code: str, part: _Piece, violation: int, found: tuple[str | None, int, dict[str, Any]]
) -> tuple[str | None, int, dict[str, Any]]:
    """Keep what the build said of this grid where it still holds."""
    row = ground.built.proofs.get(code)
    if row is None:
        return found
    reason, was, smallest, proof = row
    # where nobody lives, the build counts exclaves too
    same_place = proof.get("piece_atoms") == part.atoms or not part.households
    same = proof.get("piece_households") == part.households and same_place
    if not same or was != violation or proof.get("zones", len(part.grids)) != len(part.grids):
        return found
    if found[0] is not None:
        return (reason, smallest, proof) if (reason, smallest) == found[:2] else found
    holds = part.violation == smallest if reason == "units_too_coarse" else part.violation >= smallest
    if reason in {"units_too_coarse", "not_proved"} and holds:
        return reason, smallest, proof
    return found
