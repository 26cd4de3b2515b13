#!/usr/bin/env python3
"""Run the solver and its peers side by side, judge all of them here, and print ratios.

    scripts/bench_zoning.py --synth synth:20000:300:500 synthw:20000:10:20 [--times 1 5 10]
    scripts/bench_zoning.py --instances DIR [--seconds 60] [--seeds 5]

``synth:N:LOW:HIGH[:SEED]`` is the triangulation of N random points with a household each, ``synthw:`` the same with lumpy
households. Every run is one process on one core; seconds are its processor's seconds, without loading and compiling. Peers (pymetis, kahip, kaminpar) are the extra ``bench``; they may live in
another environment: ``--peers-python /path/to/python``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PEERS = ("metis", "kahip", "kaminpar")
MODULES = {"metis": "pymetis", "kahip": "kahip", "kaminpar": "kaminpar"}
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def synthetic(spec: str) -> dict[str, np.ndarray]:
    """Make an instance from its description."""
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


def rows(data: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the graph in compressed rows."""
    edges, n = data["edges"], len(data["load"])
    both = np.vstack([edges, edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    return np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=n))]), both[:, 1]


def judge(data: dict[str, np.ndarray], labels: np.ndarray) -> dict[str, int]:
    """Count zones, those in band, those connected, and cut edges; nothing a runner says is believed."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    low, high, _ = data["band"].tolist()
    names, zone = np.unique(labels, return_inverse=True)
    weight = np.bincount(zone, data["load"])
    u, v = data["edges"].T
    same = zone[u] == zone[v]
    n = len(zone)
    inside = coo_matrix((np.ones(same.sum()), (u[same], v[same])), shape=(n, n))
    piece = connected_components(inside, directed=False)[1]
    pieces = np.bincount(zone[np.unique(piece, return_index=True)[1]], minlength=len(names))
    in_band = int(((weight >= low) & (weight <= high)).sum())
    return {"zones": len(names), "in_band": in_band, "whole": int((pieces == 1).sum()), "cut": int((~same).sum())}


def run_metis(data: dict[str, np.ndarray]) -> np.ndarray:
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
    return np.array([*part, int((time.process_time() - begin) * 1e6)])


def run_kahip(data: dict[str, np.ndarray]) -> np.ndarray:
    """KaHIP, strong."""
    import kahip

    start, to = rows(data)
    _, high, k = data["band"].tolist()
    room = high * k / int(data["load"].sum()) - 1
    lists = data["load"].tolist(), start.tolist(), [1] * len(to), to.tolist()
    begin = time.process_time()
    part = kahip.kaffpa(*lists, k, room, True, 1, kahip.STRONG)[1]
    return np.array([*part, int((time.process_time() - begin) * 1e6)])


def run_kaminpar(data: dict[str, np.ndarray]) -> np.ndarray:
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
    return np.array([*part, int((time.process_time() - begin) * 1e6)])


def run_solver(data: dict[str, np.ndarray], seconds: float, seed: int) -> np.ndarray:
    """Run this project's solver; it compiles (or loads what was compiled) on a little graph first."""
    from geo_grid.zoning.build import from_edges
    from geo_grid.zoning.solve import solve

    begin = time.perf_counter()
    little = synthetic("synth:400:10:20")
    u, v = little["edges"].T
    graph = from_edges(len(little["load"]), u, v, None, little["load"], *little["points"].T)
    for budget in (0.0, 0.1):
        solve(graph, 10, 20, 26, seconds=budget)
    print(f"compiled or loaded in {time.perf_counter() - begin:.1f} s", file=sys.stderr)
    low, high, k = data["band"].tolist()
    u, v = data["edges"].T
    graph = from_edges(len(data["load"]), u, v, None, data["load"], *data["points"].T)
    begin = time.process_time()
    labels = solve(graph, low, high, k or None, seed=seed, seconds=seconds).labels
    return np.array([*labels.tolist(), int((time.process_time() - begin) * 1e6)])


def child(name: str, source: str, target: str, seconds: float, seed: int) -> None:
    """Run one solver in this process, and leave labels and microseconds in a file."""
    data = dict(np.load(source))
    if name == "solver":
        found = run_solver(data, seconds, seed)
    else:
        found = {"metis": run_metis, "kahip": run_kahip, "kaminpar": run_kaminpar}[name](data)
    np.save(target, found)


def run(python: str, name: str, data: dict[str, np.ndarray], limit: float, seconds: float = 0.0, seed: int = 0) -> dict:
    """Run one solver in a process of its own, on one core, and judge it."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/in.npz", f"{folder}/out.npy"
        np.savez(source, **data)
        command = [python, __file__, "--child", name, source, target, str(seconds), str(seed)]
        try:
            done = subprocess.run(
                command, env={**os.environ, **ONE_CORE}, timeout=limit, check=False, capture_output=True, text=True
            )
        except subprocess.TimeoutExpired:
            return {"error": f"not done after {limit:.0f} s"}
        if not Path(target).exists():
            return {"error": (done.stderr.strip().splitlines() or ["crashed"])[-1][:90]}
        found = np.load(target)
    return {"seconds": found[-1] / 1e6, **judge(data, found[:-1])}


def line(name: str, result: dict, metis: dict | None) -> None:
    """Print one row of the table."""
    if "error" in result:
        print(f"  {name:22s} {result['error']}")
        return
    ratio = ""
    if metis and "cut" in metis:
        ratio = f"  ×METIS: cut {result['cut'] / metis['cut']:.4f}, time {result['seconds'] / metis['seconds']:.2f}"
    print(
        f"  {name:22s} {result['seconds']:9.3f} s  zones {result['zones']}  in band {result['in_band']}  "
        f"connected {result['whole']}  cut {result['cut']}{ratio}",
        flush=True,
    )


def missing(python: str) -> list[str]:
    """Name the peers whose library is not there."""
    gone = []
    for peer, module in MODULES.items():
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            print(
                f"{peer} is left out: {module} is not installed. Mend: {python} -m pip install {module} (extra: bench)"
            )
            gone.append(peer)
    return gone


def bench_synthetic(options: argparse.Namespace) -> None:
    """Print the table against peers."""
    python = options.peers_python
    gone = missing(python)
    for spec in options.synth:
        data = synthetic(spec)
        low, high, k = data["band"].tolist()
        print(f"\n{spec}: n = {len(data['load'])}, m = {len(data['edges'])}, k = {k}, band {low}–{high}", flush=True)
        metis = None
        for peer in PEERS:
            if peer not in gone and peer in options.peers:
                result = run(python, peer, data, options.limit)
                metis = result if peer == "metis" else metis
                line(peer, result, metis)
        line("geo-grid", run(sys.executable, "solver", data, options.limit, 0.0, options.seed), metis)
        for times in options.times if metis and "seconds" in metis else []:
            budget = times * metis["seconds"]
            result = run(sys.executable, "solver", data, options.limit + budget, budget, options.seed)
            line(f"geo-grid, {times:g} × METIS", result, metis)


def bench_instances(options: argparse.Namespace) -> None:
    """Print the table against published optima."""
    print(f"{'instance':16s} {'published':>10s}  cut edges by seed ({options.seconds:g} s each)")
    for file in sorted(Path(options.instances).glob("*.json")):
        raw = json.loads(file.read_text(encoding="utf-8"))
        data = {
            "edges": np.array([edge[:2] for edge in raw["edges"]]),
            "load": np.array([node["pop"] for node in raw["nodes"]]),
            "points": np.array([[node.get("x", 0.0), node.get("y", 0.0)] for node in raw["nodes"]]),
            "band": np.array([raw["L"], raw["U"], raw.get("k") or 0]),
        }
        known = raw.get("published_cut_edges", {})
        best = str(known.get("ub", "–")) if known.get("proved_optimal") else f"{known.get('lb')}–{known.get('ub')}"
        cells = []
        for seed in range(options.seeds):
            got = run(sys.executable, "solver", data, options.seconds + options.limit, options.seconds, seed)
            good = "error" not in got and got["in_band"] == got["whole"] == got["zones"]
            cells.append(f"{got['cut']}" if good else f"({got.get('error', 'not valid')})")
        print(f"{file.stem.removeprefix('vb2022_'):16s} {best:>10s}  {' '.join(cells)}", flush=True)


def main() -> None:
    """Read the command line and run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synth", nargs="*", default=[], help="synthetic instances")
    parser.add_argument("--instances", help="folder of instance files with published optima")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    parser.add_argument("--peers-python", default=sys.executable, help="the interpreter that has the peers' libraries")
    parser.add_argument(
        "--times", nargs="*", type=float, default=[1, 5, 10], help="budgets, as multiples of METIS's time"
    )
    parser.add_argument("--seconds", type=float, default=60, help="seconds for each published instance")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a run is given up")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, source, target, seconds, seed = options.child
        child(name, source, target, float(seconds), int(seed))
        return
    if not options.synth and not options.instances:
        parser.error("nothing to run: give --synth or --instances")
    if options.instances:
        bench_instances(options)
    if options.synth:
        bench_synthetic(options)


if __name__ == "__main__":
    main()
