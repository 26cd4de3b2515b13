"""Runs of the solver and its peers for the benchmark: each a process of its own on one core, judged by the parent.

usage, by the benchmark only: _bench_runs.py NAME IN.npz OUT.npz SECONDS SEED
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = {"metis": "pymetis", "kahip": "kahip", "kaminpar": "kaminpar"}
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

Data = dict[str, np.ndarray]


class Figure(NamedTuple):
    """One wanted figure: the table it is in, what was wanted and found, and whether it holds."""

    table: int
    text: str
    holds: bool


class Run(NamedTuple):
    """One judged run; ``error`` says why there is nothing to judge."""

    error: str = ""
    seconds: float = 0.0
    compiling: float = 0.0
    peak: float = 0.0
    zones: int = 0
    in_band: int = 0
    whole: int = 0
    cut: int = 0

    def valid(self, k: int) -> bool:
        """Tell whether there are k zones (any number where k is 0), all in band and connected."""
        return not self.error and self.in_band == self.whole == self.zones and k in {0, self.zones}


def synthetic(spec: str) -> Data:
    """Make an instance from its description, ``synth:N:LOW:HIGH[:SEED]`` or ``synthw:…``."""
    from scipy.spatial import Delaunay

    kind, *numbers = spec.split(":")
    n, low, high, seed = ([int(a) for a in numbers] + [1])[:4]
    points = np.random.default_rng(seed).random((n, 2))
    corners = Delaunay(points).simplices
    edges = np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    edges = np.unique(edges, axis=0).astype(np.int64)
    load = np.ones(n, dtype=np.int64)
    if kind == "synthw":
        lumps = np.round(np.random.default_rng(seed + 7).lognormal(0.5, 0.9, n)).astype(np.int64)
        load = np.clip(lumps, 1, max(1, high // 2))
    k = max(2, round(int(load.sum()) / ((low + high) / 2)))
    return {"edges": edges, "load": load, "points": points, "band": np.array([low, high, k])}


def judge(data: Data, labels: np.ndarray) -> dict[str, int]:
    """Count zones, those in band, those connected, and cut edges; nothing a runner says is believed."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(data["load"])
    if labels.shape != (n,):
        raise ValueError(f"{n} labels were wanted, not {labels.shape}")
    low, high, _ = data["band"].tolist()
    names, zone = np.unique(labels, return_inverse=True)
    weight = np.bincount(zone, data["load"])
    u, v = data["edges"].T
    same = zone[u] == zone[v]
    inside = coo_matrix((np.ones(same.sum()), (u[same], v[same])), shape=(n, n))
    piece = connected_components(inside, directed=False)[1]
    pieces = np.bincount(zone[np.unique(piece, return_index=True)[1]], minlength=len(names))
    in_band = int(((weight >= low) & (weight <= high)).sum())
    return {"zones": len(names), "in_band": in_band, "whole": int((pieces == 1).sum()), "cut": int((~same).sum())}


def run(python: str, name: str, data: Data, limit: float, seconds: float = 0.0, seed: int = 0) -> Run:
    """Run one solver in a process of its own, on one core, and judge it."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/in.npz", f"{folder}/out.npz"
        np.savez(source, **data)
        command = [python, __file__, name, source, target, str(seconds), str(seed)]
        try:
            done = subprocess.run(
                command, env={**os.environ, **ONE_CORE}, timeout=limit, check=False, capture_output=True, text=True
            )
        except subprocess.TimeoutExpired:
            return Run(f"not done after {limit:.0f} s")
        if not Path(target).exists():
            return Run((done.stderr.strip().splitlines() or ["crashed"])[-1][:90])
        with np.load(target) as found:
            seconds, compiling, peak = found["costs"].tolist()
            return Run("", seconds, compiling, peak, **judge(data, found["labels"]))


def missing(python: str) -> list[str]:
    """Name the peers whose library is not there."""
    names = []
    for peer, module in MODULES.items():
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            names.append(peer)
    return names


def rows(data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Return the graph in compressed rows."""
    edges, n = data["edges"], len(data["load"])
    both = np.vstack([edges, edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    return np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=n))]), both[:, 1]


def run_metis(data: Data) -> tuple[Any, float]:
    """METIS, k-way, contiguous, best of ten."""
    import pymetis

    start, to = rows(data)
    _, high, k = data["band"].tolist()
    options = pymetis.Options()
    options.ufactor = max(1, int((high * k / data["load"].sum() - 1) * 1000))
    options.seed, options.ncuts, options.niter, options.contig = 1, 10, 50, 1
    load = data["load"].astype("int32").tolist()
    begin = time.process_time()
    part = pymetis.part_graph(
        k, xadj=start.astype("int32"), adjncy=to.astype("int32"), vweights=load, recursive=False, options=options
    )[1]
    return part, time.process_time() - begin


def run_kahip(data: Data) -> tuple[Any, float]:
    """KaHIP, strong."""
    import kahip

    start, to = rows(data)
    _, high, k = data["band"].tolist()
    room = high * k / int(data["load"].sum()) - 1
    lists = data["load"].tolist(), start.tolist(), [1] * len(to), to.tolist()
    begin = time.process_time()
    part = kahip.kaffpa(*lists, k, room, True, 1, kahip.STRONG)[1]
    return part, time.process_time() - begin


def run_kaminpar(data: Data) -> tuple[Any, float]:
    """KaMinPar, strong, with the band's upper bound as the largest zone."""
    import kaminpar

    start, to = rows(data)
    _, high, k = data["band"].tolist()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph"
        lines = [f"{len(data['load'])} {len(to) // 2} 10"]
        for v, load in enumerate(data["load"].tolist()):
            lines.append(" ".join(map(str, [max(1, load), *(to[start[v] : start[v + 1]] + 1).tolist()])))
        file.write_text("\n".join(lines) + "\n")
        graph = kaminpar.load_graph(str(file), kaminpar.GraphFileFormat.METIS)
    kaminpar.reseed(1)
    solver = kaminpar.KaMinPar(1, kaminpar.context_by_name("strong" if k < 256 else "largek-strong"))
    begin = time.process_time()
    part = solver.compute_partition(graph, [high] * k)
    return part, time.process_time() - begin


def compile_solver() -> float:
    """Compile the solver, or load what was compiled, on a little graph; return the seconds."""
    from geo_grid.zoning.build import from_edges
    from geo_grid.zoning.solve import solve

    begin = time.perf_counter()
    little = synthetic("synth:1000:10:20")
    graph = from_edges(len(little["load"]), *little["edges"].T, None, little["load"], *little["points"].T)
    for budget in (0.0, 0.1):
        solve(graph, 10, 20, 67, seconds=budget)
    return time.perf_counter() - begin


def run_solver(data: Data, seconds: float, seed: int) -> tuple[Any, float]:
    """Run this project's solver."""
    from geo_grid.zoning.build import from_edges
    from geo_grid.zoning.solve import solve

    graph = from_edges(len(data["load"]), *data["edges"].T, None, data["load"], *data["points"].T)
    low, high, k = data["band"].tolist()
    begin = time.process_time()
    # Peers are timed by the processor's clock, so the budget is counted by it too: others may use this machine.
    with mock.patch("time.perf_counter", time.process_time):
        labels = solve(graph, low, high, k or None, seed=seed, seconds=seconds).labels
    return labels, time.process_time() - begin


def run_door(data: Data, seconds: float, seed: int) -> tuple[Any, float]:
    """Run what ``geo-grid zone`` runs, with its one setting, on the file that the instance came from."""
    from geo_grid.zoning.instance import zone_instance

    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        result = zone_instance(str(data["origin"]), f"{folder}/labels.json", seconds=seconds, seed=seed)
        return result["labels"], time.process_time() - begin


def peak_memory() -> float:
    """Return the most memory this process ever held, in MB; 0 where the system does not say."""
    status = Path("/proc/self/status")
    for line in status.read_text(encoding="utf-8").splitlines() if status.exists() else []:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def child(name: str, source: str, target: str, seconds: float, seed: int) -> None:
    """Run one solver in this process, and leave labels and costs in a file."""
    with np.load(source) as file:
        data = dict(file)
    own: dict[str, Callable[[Data, float, int], tuple[Any, float]]] = {"solver": run_solver, "door": run_door}
    peers: dict[str, Callable[[Data], tuple[Any, float]]] = {
        "metis": run_metis,
        "kahip": run_kahip,
        "kaminpar": run_kaminpar,
    }
    compiling = compile_solver() if name in own else 0.0
    labels, took = own[name](data, seconds, seed) if name in own else peers[name](data)
    np.savez(target, labels=np.asarray(labels, dtype=np.int64), costs=np.array([took, compiling, peak_memory()]))


if __name__ == "__main__":
    child(*sys.argv[1:4], float(sys.argv[4]), int(sys.argv[5]))
