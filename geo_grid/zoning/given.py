"""Level 1 as the villager groups say: every node gets a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.parts import connected_parts, renumber

if TYPE_CHECKING:
    from geo_grid.zoning.graph import AtomGraph, Floats, Ints

#: A metre of border along a barrier counts this little when a cell without households looks for its group.
BARRIER_SHARE = 1e-3


def is_given(atoms: AtomGraph) -> bool:
    """Tell whether an area comes with villager groups.

    Parameters
    ----------
    atoms : AtomGraph
        The area.

    Returns
    -------
    bool
        Whether any household has a group.
    """
    return bool((atoms.group[atoms.weight > 0] >= 0).any())


def group_labels(atoms: AtomGraph) -> Ints:
    """Give every node a villager group.

    Cells without households first join what separate pieces of one group they can join, then the neighbour with the
    longest border, borders across open ground before borders along barriers. A household without a group takes its
    neighbours'. What touches no labelled node takes the nearest label. Exclaves are left to their hosts.

    Parameters
    ----------
    atoms : AtomGraph
        The area; some household has a group.

    Returns
    -------
    ndarray of int64, shape (n,)
        Level 1 zone of each node, 0 … g − 1; −1 for exclaves.
    """
    labels = np.where(atoms.weight > 0, atoms.group, -1).astype(np.int64)
    home = atoms.host < 0
    kept = home[atoms.edge_u] & home[atoms.edge_v]
    u, v = atoms.edge_u[kept], atoms.edge_v[kept]
    border = atoms.length[kept] - atoms.barrier[kept] * (1 - BARRIER_SHARE)
    _bridge(labels, atoms.n, u, v, home)
    _spread(labels, u, v, border)
    _nearest(labels, atoms, home)
    _spread(labels, u, v, border)
    return renumber(np.where(home, labels, -1))


def _bridge(labels: Ints, n: int, u: Ints, v: Ints, home: np.ndarray) -> None:
    """Join separate pieces of one group by the shortest ways across unlabelled nodes, in place."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    for group in np.unique(labels[labels >= 0]).tolist():
        parts = connected_parts(n, u, v, np.where(labels == group, 0, -1))
        while parts.max(initial=0) > 0:
            free = (home & (labels < 0)) | (parts >= 0)
            kept = free[u] & free[v]
            ends = (u[kept], v[kept])
            # All nodes of the first piece hang on one extra node, so that one search starts from all of them.
            seeds = np.flatnonzero(parts == 0)
            rows = np.concatenate([ends[0], np.full(len(seeds), n)])
            columns = np.concatenate([ends[1], seeds])
            graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(n + 1, n + 1)).tocsr()
            order, before = breadth_first_order(graph, n, directed=False, return_predecessors=True)
            other = order[1:][parts[order[1:]] > 0]
            if not len(other):
                # This piece cannot be joined; its nodes leave the search, the others go on.
                parts = connected_parts(n, u, v, np.where(parts > 0, 0, -1))
                continue
            at = int(before[other[0]])
            while at != n:
                labels[at] = group
                at = int(before[at])
            parts = connected_parts(n, u, v, np.where((parts >= 0) | (labels == group), 0, -1))


def _spread(labels: Ints, u: Ints, v: Ints, border: Floats) -> None:
    """Label what touches a label, ring by ring, each node by its longest border, in place."""
    ends, others = np.concatenate([u, v]), np.concatenate([v, u])
    metres = np.concatenate([border, border])
    groups = int(labels.max(initial=0)) + 1
    while True:
        open_ = (labels[ends] < 0) & (labels[others] >= 0)
        if not open_.any():
            return
        key, inverse = np.unique(ends[open_] * groups + labels[others[open_]], return_inverse=True)
        total = np.bincount(inverse, metres[open_])
        order = np.lexsort((key % groups, -total, key // groups))
        node, first = np.unique((key // groups)[order], return_index=True)
        labels[node] = (key % groups)[order][first]


def _nearest(labels: Ints, atoms: AtomGraph, home: np.ndarray) -> None:
    """Label households in pieces of the area without any group by the nearest label, in place."""
    bare = np.flatnonzero(home & (labels < 0) & (atoms.weight > 0))
    if not len(bare):
        return
    from scipy.spatial import cKDTree

    known = np.flatnonzero(labels >= 0)
    tree = cKDTree(np.column_stack([atoms.x[known], atoms.y[known]]))
    _, nearest = tree.query(np.column_stack([atoms.x[bare], atoms.y[bare]]))
    labels[bare] = labels[known[nearest]]
