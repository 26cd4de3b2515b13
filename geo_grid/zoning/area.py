"""Nested zones of one area, from the coarsest level down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.errors import ZoningError
from geo_grid.zoning.certificates import divisible_bands, feasible_counts, violations
from geo_grid.zoning.exceptions import find_exceptions
from geo_grid.zoning.given import group_labels, is_given
from geo_grid.zoning.graph import AreaZoning, ZoneException
from geo_grid.zoning.levels import Options, draw_piece
from geo_grid.zoning.nodes import runs
from geo_grid.zoning.parts import Piece, connected_parts, split_piece, whole_area
from geo_grid.zoning.proof import prove
from geo_grid.zoning.tree import Part, Zone, neighbours

if TYPE_CHECKING:
    from geo_grid.policy import Policy
    from geo_grid.zoning.graph import AtomGraph, Ints

#: Neighbours a zone is merged with and cut again, when its children fall short; seeds tried with each.
NEIGHBOURS_TRIED, SEEDS_TRIED = 4, 2


def zone_area(
    atoms: AtomGraph, policy: Policy, *, min_contact: float = 3.0, seed: int = 0, effort: float = 1.0
) -> AreaZoning:
    """Draw the nested zones of one area.

    Parameters
    ----------
    atoms : AtomGraph
        The area at its finest grain.
    policy : Policy
        Bands of each level, and whether buildings may be split and groups are taken as given.
    min_contact : float
        Metres of common border below which two buildings are no neighbours, unless one would be cut off, or a band
        could not be met.
    seed : int
        Seed; the same seed gives the same zones.
    effort : float
        Scales the search.

    Returns
    -------
    AreaZoning
        Labels of every level and every zone outside its band, with its proof.

    Raises
    ------
    ZoningError
        If the arrays of ``atoms`` do not fit each other, or a piece without households has no host.
    """
    _validate(atoms)
    if not atoms.weight.any():
        return _empty(atoms, policy)
    drawing = _Drawing(policy, Options(min_contact, policy.keep_whole == "always", seed, effort))
    area = whole_area(atoms)
    home = np.where(atoms.host < 0, 0, -1)
    given = policy.given_groups and is_given(atoms)
    if given:
        groups = split_piece(area, group_labels(atoms), connected=False)
        roots: list[Part] = []
        zones = [drawing.divide(Zone(piece), 1, given=True) for piece in groups]
        for part in [part for zone in zones for part in zone.parts]:
            drawing.prove(part, 1)
    else:
        pieces = split_piece(area, home)
        roots = [drawing.draw(piece, 0, alone=len(pieces) == 1) for piece in pieces]
        for part in roots:
            drawing.prove(part, 0)
        zones = [zone for part in roots for zone in part.zones]
    labels = _labels(zones, atoms, len(policy.levels))
    _check_contiguous(labels, atoms, given=given)
    exceptions = find_exceptions(roots, zones, labels, given=given)
    return AreaZoning(labels, (given, *(False for _ in policy.levels[1:])), exceptions)


def _validate(atoms: AtomGraph) -> None:
    """Refuse arrays that do not fit, and pieces that could belong to no zone."""
    columns = (atoms.stack, atoms.cut_rank, atoms.group, atoms.x, atoms.y, atoms.host)
    edges = (atoms.edge_v, atoms.length, atoms.barrier)
    if not atoms.n or any(len(column) != atoms.n for column in columns):
        raise ZoningError("the arrays of an area's nodes are empty or differ in length.")
    if any(len(column) != len(atoms.edge_u) for column in edges):
        raise ZoningError("the arrays of an area's edges differ in length.")
    if len(atoms.edge_u) and (
        atoms.edge_u.min() < 0 or atoms.edge_v.max() >= atoms.n or (atoms.edge_u >= atoms.edge_v).any()
    ):
        raise ZoningError("an edge of an area has ends that are no nodes, or in the wrong order.")
    if ((atoms.weight != 0) & (atoms.weight != 1)).any():
        raise ZoningError("a node of an area weighs neither 0 nor 1 household.")
    if not atoms.weight.any():
        return
    hosts = atoms.host[atoms.host >= 0]
    if len(hosts) and (hosts.max() >= atoms.n or (atoms.host[hosts] >= 0).any() or atoms.weight[atoms.host >= 0].any()):
        raise ZoningError("an exclave has households, or a host that is no node or an exclave itself.")
    part = connected_parts(atoms.n, atoms.edge_u, atoms.edge_v, np.where(atoms.host < 0, 0, -1))
    households = np.bincount(part[part >= 0], atoms.weight[part >= 0])
    if not households.all():
        raise ZoningError("a piece of an area has no household and no host.")


def _empty(atoms: AtomGraph, policy: Policy) -> AreaZoning:
    """Return the zones of an area without households: one a level."""
    labels = np.zeros((len(policy.levels), atoms.n), np.int64)
    exceptions = tuple(
        ZoneException(
            level,
            0,
            "too_few_households",
            step.band.low,
            step.band.low,
            {"piece_households": 0, "low": step.band.low, "high": step.band.high, "piece_atoms": atoms.n},
        )
        for level, step in enumerate(policy.levels, 1)
    )
    return AreaZoning(labels, tuple(False for _ in policy.levels), exceptions)


class _Drawing:
    """Draws parts and the zones inside them, and cuts neighbours again where their children fall short."""

    def __init__(self, policy: Policy, options: Options) -> None:
        self.levels = policy.levels
        self.options = options
        self.divisible = divisible_bands([level.band for level in policy.levels])

    def draw(self, piece: Piece, level: int, *, alone: bool, salt: int = 0) -> Part:
        """Divide a connected piece at one level (0 the coarsest), and its zones below."""
        seed = self.options.seed * 1_000_003 + int(piece.atoms[0]) * 31 + level + 104_729 * salt
        band = self.levels[level].band
        labels = self._labels(piece, level, seed)
        pieces = split_piece(piece, labels, connected=False)
        part = Part(piece, band, [self.divide(Zone(p), level + 1) for p in pieces], alone)
        if self.options.whole:
            part.lumps = int(np.maximum(runs(piece)[1] - band.high, 0).sum())
        if not salt:
            self._mend(part, level)
        return part

    def _labels(self, piece: Piece, level: int, seed: int) -> Ints:
        """Draw zones, of sizes that the levels below can divide wherever that is possible."""
        band, narrow = self.levels[level].band, self.divisible[level]
        if narrow != band and len(feasible_counts(piece.households, narrow.low, narrow.high)):
            labels = draw_piece(piece, narrow, self.options, seed)
            if not violations(np.bincount(labels, piece.weight).astype(np.int64), narrow).any():
                return labels
        return draw_piece(piece, band, self.options, seed)

    def divide(self, zone: Zone, level: int, *, given: bool = False) -> Zone:
        """Divide a zone at the next level, part by part."""
        if level < len(self.levels):
            pieces = split_piece(zone.piece, np.zeros(zone.piece.n, np.int64)) if given else [zone.piece]
            zone.parts = [self.draw(piece, level, alone=len(pieces) == 1) for piece in pieces]
        return zone

    def _mend(self, part: Part, level: int) -> None:
        """Where the children of a zone fall short, cut it and a neighbour again."""
        for zone in [zone for zone in part.zones if zone.shortfall]:
            if any(zone is other for other in part.zones):
                self._mend_zone(part, zone, level)

    def _mend_zone(self, part: Part, zone: Zone, level: int) -> None:
        for beside in list(neighbours(part, zone))[:NEIGHBOURS_TRIED]:
            atoms = np.union1d(zone.piece.atoms, beside.piece.atoms)
            inside = np.where(np.isin(part.piece.atoms, atoms), 0, -1)
            merged = split_piece(part.piece, inside, connected=False)[0]
            before = zone.shortfall + beside.shortfall + part.violation
            others = [other for other in part.zones if other is not zone and other is not beside]
            for salt in range(1, SEEDS_TRIED + 1):
                again = self.draw(merged, level, alone=False, salt=salt)
                trial = Part(part.piece, part.band, others + again.zones, part.alone)
                if sum(z.shortfall for z in again.zones) + trial.violation < before:
                    part.zones = trial.zones
                    return

    def prove(self, part: Part, level: int) -> None:
        """Where a part falls short of its counts, find out by exact search whether that must be; then look below."""
        if part.violation > part.least:
            proof = prove(part.piece, part.band, part.violation, whole=self.options.whole)
            part.bound, part.method = proof.bound, proof.method
            if proof.labels is not None:
                pieces = split_piece(part.piece, proof.labels, connected=False)
                part.zones = [self.divide(Zone(piece), level + 1) for piece in pieces]
        for zone in part.zones:
            for below in zone.parts:
                self.prove(below, level + 1)


def _labels(zones: list[Zone], atoms: AtomGraph, levels: int) -> Ints:
    """Return the zones of each level, numbered across the area; exclaves take those of their hosts."""
    labels = np.full((levels, atoms.n), -1, np.int64)
    row = zones
    for level in range(levels):
        for number, zone in enumerate(row):
            labels[level, zone.piece.atoms] = number
        row = [child for zone in row for part in zone.parts for child in part.zones]
    away = np.flatnonzero(atoms.host >= 0)
    labels[:, away] = labels[:, atoms.host[away]]
    return labels


def _check_contiguous(labels: Ints, atoms: AtomGraph, *, given: bool) -> None:
    """Stop if a drawn zone is in several pieces: contiguity is never given up."""
    for level, row in enumerate(labels):
        if level == 0 and given:
            continue
        home = np.where(atoms.host < 0, row, -1)
        parts = connected_parts(atoms.n, atoms.edge_u, atoms.edge_v, home)
        if parts.max() != row.max():
            raise ZoningError(f"a zone of level {level + 1} came out in several pieces; please report this.")
