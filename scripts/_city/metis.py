"""The yardstick of a whole build: METIS partitioning the same graphs into as many zones, level by level."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_grid.area import AreaJob

    Ints = NDArray[np.int64]


def metis_seconds(jobs: Sequence[AreaJob], zones: Sequence[Sequence[int]], workers: int) -> tuple[float, float]:
    """Return the processor seconds METIS takes, alone, without making its graphs.

    Parameters
    ----------
    jobs : sequence of AreaJob
        The areas of the city.
    zones : sequence of sequence of int
        For each area the number of zones at each level, as the plan has them.
    workers : int
        Processes.

    Returns
    -------
    once, best_of_ten : float
        Processor seconds of all calls together: as it comes, and as in ``bench_zoning.py``, the best of ten cuts.
    """
    with ProcessPoolExecutor(workers) as pool:
        took = np.array(list(pool.map(_one, jobs, zones, chunksize=16))).reshape(-1, 2).sum(axis=0)
    return float(took[0]), float(took[1])


def _one(job: AreaJob, zones: Sequence[int]) -> tuple[float, float]:
    """Partition one area's households at each of its levels; only the calls of METIS are timed."""
    import pymetis

    from geo_grid.cells import atom_graph, build_cells
    from geo_grid.units import stack_households

    stacks = stack_households(job.households)
    cells = build_cells(job.polygon, stacks.xy, job.barriers, job.dividers, settings=job.cells)
    atoms = atom_graph(cells, stacks, job.cells)
    u, v = atoms.edge_u, atoms.edge_v
    keep = (atoms.length >= job.min_contact) | ((atoms.stack[u] == atoms.stack[v]) & (atoms.stack[u] >= 0))
    indptr, indices, weight = _rows(atoms.n, u[keep], v[keep], atoms.length[keep])
    load = atoms.weight.astype(np.int32)
    took = []
    for cuts in (1, 10):
        options = pymetis.Options()
        options.seed, options.ncuts, options.niter = 1, cuts, 10 if cuts == 1 else 50
        start = time.process_time()
        for k in zones:
            if k > 1:
                pymetis.part_graph(
                    k,
                    xadj=indptr,
                    adjncy=indices,
                    vweights=load,
                    eweights=weight,
                    recursive=False,
                    options=options,
                )
        took.append(time.process_time() - start)
    return took[0], took[1]


def _rows(n: int, u: Ints, v: Ints, length: NDArray[np.float64]) -> tuple[Ints, Ints, Ints]:
    """Return an undirected graph in compressed rows, its edges weighing their decimetres of border."""
    both = (np.concatenate((u, v)), np.concatenate((v, u)))
    matrix = coo_array((np.tile(length, 2), both), shape=(n, n)).tocsr()
    weight = np.maximum(1, np.round(10 * np.minimum(matrix.data, 1e6))).astype(np.int32)
    return matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), weight
