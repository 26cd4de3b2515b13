"""What is wrong with the grids of a state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.edit.certify import verdicts
from geo_grid.edit.view import view_of

if TYPE_CHECKING:
    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with one grid.

    Parameters
    ----------
    kind : str
        ``out_of_band`` or ``not_connected``.
    level : int
        Level of the grid.
    grid : str
        Its code.
    households : int
        Its households.
    low, high : int or None
        Its band.
    pieces : int
        Connected pieces it is in, exclaves apart.
    x, y : float
        A place in it, metres.
    reason : str or None
        Reason of its exception, or the planner's words; None where nothing excuses it.
    """

    kind: str
    level: int
    grid: str
    households: int
    low: int | None
    high: int | None
    pieces: int
    x: float
    y: float
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fault as JSON values.

        Returns
        -------
        dict
            One value a field.
        """
        return asdict(self)


def faults_of(ground: Ground, state: AreaState) -> list[Fault]:
    """List what is wrong with the grids of a state.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    list of Fault
        By level, then by code. Given villager groups have no band, and their pieces are nobody's fault.
    """
    view = view_of(ground, state)
    out = []
    for verdict in verdicts(ground, state):
        if verdict.reason == "given_group":
            continue
        level = verdict.level - 1
        code, band = view.codes[level][verdict.grid], ground.policy.levels[level].band
        x, y = _place(ground, view.labels[level] == verdict.grid)
        common = (int(view.households[level][verdict.grid]), band.low, band.high, verdict.pieces, x, y)
        words = verdict.proof.get("words") if verdict.reason == "decided" else verdict.reason
        if verdict.violation:
            out.append(Fault("out_of_band", verdict.level, code, *common, words))
        if verdict.pieces > 1:
            out.append(Fault("not_connected", verdict.level, code, *common, None))
    return out


def _place(ground: Ground, mine: Any) -> tuple[float, float]:
    """Return a place inside a grid: that of the atom nearest its middle."""
    atoms = np.flatnonzero(mine)
    x, y = ground.atoms.x[atoms], ground.atoms.y[atoms]
    at = int(np.argmin((x - x.mean()) ** 2 + (y - y.mean()) ** 2))
    return float(x[at]), float(y[at])
