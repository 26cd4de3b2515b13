"""Promise 4, second half: what an exception claims to be the smallest violation is worked out afresh."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.check.bands import violations
from geo_grid.check.coarse import smallest_by_search
from geo_grid.check.facts import rows_of
from geo_grid.check.fault import Fault, fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.check.facts import Facts, Ints


def smallest_violation(households: int, low: int, high: int) -> int:
    """Return the least that any division of a number of households can have outside the band, in sum.

    With k grids the sum is at least ``max(0, k·low − n, n − k·high)``, and it can be reached; beyond the two k around
    n / high it only grows.

    Parameters
    ----------
    households : int
        Households to divide, n.
    low, high : int
        Band of each grid.

    Returns
    -------
    int
        Households outside the band.
    """
    around = max(1, households // high)
    return min(max(0, k * low - households, households - k * high) for k in (around, around + 1))


@dataclass(frozen=True, slots=True)
class Piece:
    """A connected part of an area, or of a parent grid, with a grid out of band in it.

    Parameters
    ----------
    households : int
        Households in it.
    low, high : int
        Band of its grids.
    violation : int
        Sum over its grids of households outside the band.
    whole : bool
        Whether it is all of its area or parent, exclaves apart.
    parent : int
        Parent grid; −1 at level 1.
    units : ndarray of int64
        Its units.
    decided : bool
        Whether a planner left one of its grids out of band: then it may be worse than it need be.
    """

    households: int
    low: int
    high: int
    violation: int
    whole: bool
    parent: int
    units: Ints
    decided: bool

    @property
    def least(self) -> int:
        """Smallest violation by arithmetic."""
        return smallest_violation(self.households, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Claims:
    """What became of the exceptions.

    Parameters
    ----------
    faults : list of Fault
        Claims that do not hold.
    unproved : list of str
        Grids whose exception says itself that it is not proved.
    trusted : list of str
        Grids that are out of band for their coarse units, where this check has not searched again.
    decided : list of str
        Grids that a planner left out of band, with a written reason.
    """

    faults: list[Fault]
    unproved: list[str]
    trusted: list[str]
    decided: list[str]


def check_exceptions(facts: Facts) -> Claims:
    """Work out afresh what exceptions claim.

    Parameters
    ----------
    facts : Facts
        The plan.

    Returns
    -------
    Claims
        Faults, and what could not be proved.
    """
    claims = Claims([], [], [], [])
    grid = rows_of(facts.tables["grids"]["code"], facts.tables["exceptions"]["grid_code"])
    reasons = facts.texts("exceptions", "reason")
    pieces = _pieces(facts, grid[grid >= 0], grid[(grid >= 0) & (reasons == "decided")])
    reason_of = {int(g): reason for g, reason in zip(grid, reasons, strict=True) if g >= 0}
    proofs, names = facts.texts("exceptions", "proof"), facts.texts("exceptions", "grid_code")
    sizes = _sizes(facts)
    smallest = facts.ints("exceptions", "smallest_violation")
    for i, g in enumerate(grid):
        code = str(names[i])
        proof = _proof(proofs[i])
        if proof is None:
            claims.faults.append(fault("exception_proof", code, f"grid {code}: its proof is not a JSON object"))
        if g < 0:
            continue
        if reasons[i] == "decided":
            claims.faults.extend(_decided(code, proof or {}, int(smallest[i])))
            claims.decided.append(code)
        elif reasons[i] == "given_group":
            claims.faults.extend(_given(facts, int(g), sizes.get(int(g), []), int(smallest[i]), proof or {}))
        elif int(g) in pieces:
            _claim(facts, claims, pieces[int(g)], (code, reasons[i], int(smallest[i]), proof or {}), reason_of)
    return claims


def _proof(text: str) -> dict[str, Any] | None:
    try:
        proof = json.loads(text)
    except ValueError:
        return None
    return proof if isinstance(proof, dict) else None


def _decided(code: str, proof: dict[str, Any], smallest: int) -> Iterator[Fault]:
    """Check that somebody wrote why a grid is out of band, and that nothing is claimed beyond that."""
    words = proof.get("words")
    if not isinstance(words, str) or not words.strip():
        yield fault("exception_proof", code, f"grid {code} was decided to be out of band, and nobody wrote why")
    if smallest != 0:
        yield fault("smallest_violation", code, f"grid {code} was decided: {smallest} is claimed without a proof")


def _pieces(facts: Facts, excepted: Ints, decided: Ints) -> dict[int, Piece]:
    """Find the piece each excepted grid was drawn in; nothing for a grid in its band, or without units."""
    violation, weight = violations(facts), facts.ints("units", "households")
    low = facts.tables["grids"]["low"].fillna(0).to_numpy(dtype=np.int64)
    high = facts.tables["grids"]["high"].fillna(0).to_numpy(dtype=np.int64)
    out: dict[int, Piece] = {}
    for level in range(1, facts.levels + 1):
        mine = excepted[(facts.grid_level[excepted] == level) & (violation[excepted] > 0)]
        if not len(mine):
            continue
        parent = facts.unit_area if level == 1 else facts.unit_grid[level - 2]
        grid = facts.unit_grid[level - 1]
        piece = facts.pieces(np.where(facts.exclave | (grid < 0), -1, parent))
        order = np.argsort(piece, kind="stable")
        start = np.searchsorted(piece[order], np.arange(int(piece.max(initial=-1)) + 2))
        first = order[start[:-1]]  # one unit of each piece
        parts = np.bincount(parent[first][parent[first] >= 0])  # pieces of each parent
        held = np.flatnonzero(piece >= 0)
        home = np.full(len(violation), -1, dtype=np.int64)  # one unit of each grid
        home[grid[held]] = held
        for g in np.unique(mine[home[mine] >= 0]):
            number = piece[home[g]]
            units = order[start[number] : start[number + 1]]
            inside = np.unique(grid[units])
            above = int(parent[home[g]])
            out[int(g)] = Piece(
                households=int(weight[units].sum()),
                low=int(low[g]),
                high=int(high[g]),
                violation=int(violation[inside].sum()),
                whole=parts[above] == 1,
                parent=above if level > 1 else -1,
                units=units,
                decided=bool(np.isin(inside, decided).any()),
            )
    return out


def _sizes(facts: Facts) -> dict[int, list[int]]:
    """Return the households of each connected piece of the grids of level 1 that lie in several."""
    grid = np.where(facts.exclave, -1, facts.unit_grid[0])
    piece = facts.pieces(grid)
    held = np.flatnonzero(piece >= 0)
    people = np.bincount(piece[held], weights=facts.ints("units", "households")[held]).astype(np.int64)
    owner = np.empty(len(people), dtype=np.int64)
    owner[piece[held]] = grid[held]
    split = np.flatnonzero(np.bincount(owner, minlength=1)[owner] > 1)
    out: dict[int, list[int]] = {}
    for g, size in zip(owner[split].tolist(), people[split].tolist(), strict=True):
        out.setdefault(g, []).append(size)
    return out


def _given(facts: Facts, grid: int, sizes: list[int], smallest: int, proof: dict[str, Any]) -> Iterator[Fault]:
    """Check that a given grid is in several pieces, as many and as large as its proof says."""
    code = str(facts.tables["grids"]["code"].iloc[grid])
    banded = bool(facts.tables["grids"]["low"].notna().iloc[grid])
    if banded or len(sizes) < 2:
        yield fault("exception_reason", code, f"grid {code} is not a villager group in several pieces")
        return
    if smallest != 0:
        yield fault("smallest_violation", code, f"grid {code} was given: its smallest violation is 0, not {smallest}")
    stated = proof.get("pieces_households")
    if not isinstance(stated, list) or sorted(map(str, stated)) != sorted(map(str, sizes)):
        yield fault("exception_proof", code, f"grid {code} is in pieces of {sizes} households, its proof says {stated}")


def _claim(
    facts: Facts, claims: Claims, piece: Piece, row: tuple[str, str, int, dict[str, Any]], reason_of: dict[int, str]
) -> None:
    code, reason, smallest, proof = row
    if not _reason_fits(piece, reason, reason_of):
        text = f"grid {code}: the reason {reason} does not fit a piece of {piece.households} households"
        claims.faults.append(fault("exception_reason", code, text))
        return
    stated = proof.get("piece_households")
    if stated is not None and stated != piece.households:
        text = f"grid {code}: its proof speaks of {stated} households, its piece has {piece.households}"
        claims.faults.append(fault("exception_proof", code, text))
    best = _best(facts, claims, piece, code, reason)
    if reason == "not_proved":
        claims.unproved.append(code)
        if not piece.least <= smallest <= piece.violation:
            text = f"grid {code}: {smallest} is no bound of a violation of {piece.violation}"
            claims.faults.append(fault("smallest_violation", code, text))
    elif smallest != best or (piece.violation != best and not piece.decided):
        text = (
            f"grid {code}: its piece of {piece.households} households is {piece.violation} outside the band,"
            f" its exception says at least {smallest}, worked out afresh it is {best}"
        )
        claims.faults.append(fault("smallest_violation", code, text))


def _reason_fits(piece: Piece, reason: str, reason_of: dict[int, str]) -> bool:
    inherited = reason_of.get(piece.parent) == "disconnected_part"
    fits = {
        "too_few_households": piece.whole and piece.households < piece.low,
        "count_gap": piece.whole and piece.households > piece.high and piece.least > 0,
        "disconnected_part": (not piece.whole or inherited) and piece.least > 0,
        "units_too_coarse": piece.violation > piece.least,
        "not_proved": piece.violation > piece.least,
    }
    return fits.get(reason, True)  # an unknown reason is a fault of its own


def _best(facts: Facts, claims: Claims, piece: Piece, code: str, reason: str) -> int:
    """Return the smallest violation: by arithmetic, or by search where the units are to blame."""
    if reason != "units_too_coarse":
        return piece.least
    found = smallest_by_search(facts, piece.units, piece.low, piece.high)
    if found is None:
        claims.trusted.append(code)
        return piece.violation
    return found
