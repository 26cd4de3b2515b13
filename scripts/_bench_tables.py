"""Tables 2 and 3 of the zoning benchmark: published optima, and peers on synthetic areas."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from _bench_runs import MODULES, Data, Figure, Run, missing, run, synthetic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Processor seconds one published instance may take.
LONGEST = 60.0
#: Share of a budget, and seconds, that the solver is not told of: it looks at the clock only between windows.
HEADROOM = 0.01, 0.0015
SMALL, LARGE = (2_000, 20_000), (200_000,)
MILLION, MOST_MEMORY = "synth:1000000:300:500", 1024.0  # MB


class Want(NamedTuple):
    """What is wanted beside METIS: at most this share of its cut, in at most this multiple of its time."""

    low: int
    high: int
    cut: float
    times: float


WANTED = (Want(300, 500, 0.93, 5.0), Want(10, 20, 0.96, 1.0))


def published_table(folder: Path, seeds: int, seconds: float, limit: float) -> list[Figure]:
    """Run every published instance with every seed, print the cuts, and hold them to what was published."""
    print(f"\nTable 2: published instances, cut edges by seed ({seeds} seeds; longest run in processor seconds)")
    files = sorted(folder.glob("*.json"))
    if not files:
        print(f"no instance (*.json) in {folder}. Mend: --instances FOLDER")
        return [Figure(2, "no instance was found", holds=False)]
    figures, compiling = [], 0.0
    for file in files:
        raw = json.loads(file.read_text(encoding="utf-8"))
        data, known = published(raw, file), raw["published_cut_edges"]
        runs = [run(sys.executable, "door", data, limit, seconds, seed) for seed in range(seeds)]
        name = file.stem.removeprefix("vb2022_")
        best = f"{known['ub']}" if known["proved_optimal"] else f"{known['lb']}–{known['ub']}"
        took = max(r.seconds for r in runs)
        compiling = max(compiling, *(r.compiling for r in runs))
        cells = [f"{r.cut}" if r.valid(raw["k"]) else f"({r.error or 'not valid'})" for r in runs]
        print(f"  {name:12s} {best:>6s}   {' '.join(cells)}   {took:.1f} s", flush=True)
        bad = sum(not r.valid(raw["k"]) for r in runs)
        worst = max((r.cut for r in runs if r.valid(raw["k"])), default=0)
        found = f"{bad} of {seeds} runs not valid" if bad else f"{worst} at worst"
        word = "optimum" if known["proved_optimal"] else "best known"
        # Below a proved optimum the instance or the judge is wrong; below a best known value is a record.
        good = not bad and (worst == known["ub"] or (worst < known["ub"] and not known["proved_optimal"]))
        figures.append(Figure(2, f"{name}: {found}, {word} {known['ub']}", good))
        figures.append(Figure(2, f"{name}: {took:.1f} s, limit {LONGEST:g}", took <= LONGEST))
    print(f"  compiled, or loaded from the cache, in {compiling:.1f} s at most, apart from these seconds")
    return figures


def published(raw: dict, file: Path) -> Data:
    """Return an instance as the judge wants it."""
    return {
        "edges": np.array([edge[:2] for edge in raw["edges"]]),
        "load": np.array([node["pop"] for node in raw["nodes"]]),
        "band": np.array([raw["L"], raw["U"], raw["k"]]),
        "origin": np.array(str(file.resolve())),
    }


def default_specs(*, large: bool) -> list[str]:
    """Return the synthetic areas of table 3."""
    sizes = SMALL + LARGE if large else SMALL
    return [f"{kind}:{n}:{w.low}:{w.high}" for n in sizes for kind in ("synth", "synthw") for w in WANTED]


def peers_table(
    specs: Sequence[str], peers: Sequence[str], python: str, times: Sequence[float] | None, seed: int, limit: float
) -> list[Figure]:
    """Run the solver beside its peers, print ratios, and judge them."""
    print("\nTable 3: the solver beside its peers (processor seconds of one core)")
    gone = [peer for peer in missing(python) if peer in peers]
    if gone:
        names = " ".join(MODULES[peer] for peer in gone)
        print(
            f"not installed: {names}, so table 3 is not judged. Mend: {python} -m pip install {names} (or "
            "--peers-python, another interpreter that has them)"
        )
    left_out = [peer for peer in MODULES if peer not in peers]
    if left_out:
        print(f"left out by --peers: {' '.join(left_out)}, so table 3 is not judged")
    figures = (
        [Figure(3, f"not judged: {', '.join(gone + left_out)} did not run", holds=False)] if gone + left_out else []
    )
    for spec in specs:
        figures += one_area(spec, [peer for peer in peers if peer not in gone], python, times, seed, limit)
    return figures


def one_area(
    spec: str, peers: Sequence[str], python: str, times: Sequence[float] | None, seed: int, limit: float
) -> list[Figure]:
    """Run everything on one synthetic area."""
    data = synthetic(spec)
    low, high, k = data["band"].tolist()
    print(f"\n{spec}: n = {len(data['load'])}, m = {len(data['edges'])}, k = {k}, band {low}–{high}", flush=True)
    found = {}
    for peer in MODULES:  # METIS first: the others are set beside it
        if peer in peers:
            found[peer] = run(python, peer, data, limit)
            show(peer, found[peer], found.get("metis"))
    metis = found.get("metis")
    own = [run(sys.executable, "solver", data, limit, 0.0, seed)]
    show("geo-grid, own schedule", own[0], metis)
    want = next((w for w in WANTED if (w.low, w.high) == (low, high)), None)
    if metis and not metis.error:
        for factor in times or sorted({1.0, want.times if want else 1.0, 10 * (want.times if want else 1.0)}):
            budget = factor * metis.seconds
            own.append(run(sys.executable, "solver", data, limit + budget, told(budget), seed))
            show(f"geo-grid, {factor:g} × METIS", own[-1], metis)
    print(
        f"  compiled, or loaded from the cache, in {max(r.compiling for r in own):.1f} s at most, apart from these seconds"
    )
    return judged(spec, k, own, found, want)


def told(budget: float) -> float:
    """Return the seconds the solver is told of so that it ends within a budget."""
    share, seconds = HEADROOM
    return max((1.0 - share) * budget - seconds, 0.5 * budget)


def judged(spec: str, k: int, own: list[Run], peers: dict[str, Run], want: Want | None) -> list[Figure]:
    """Hold the runs on one area to what is wanted."""
    bad = sum(not r.valid(k) for r in own)
    figures = [Figure(3, f"{spec}: {bad} of {len(own)} runs not all in band, connected and of {k} zones", not bad)]
    if set(peers) != set(MODULES):  # said once, for the whole table
        return figures
    metis = peers["metis"]
    if metis.error:
        return [*figures, Figure(3, f"{spec}: not judged, METIS: {metis.error}", holds=False)]
    own = [r for r in own if r.valid(k)]
    if want:
        ratio = least_cut(own, want.times * metis.seconds) / metis.cut
        text = f"{spec}: cut {ratio:.4f} × METIS in ≤ {want.times:g} × its time, wanted ≤ {want.cut:g}"
        text += "" if metis.valid(k) else f" (METIS: {metis.in_band} of {k} zones in band)"
        figures.append(Figure(3, text, ratio <= want.cut))
    for name in ("kahip", "kaminpar"):
        peer = peers[name]
        if peer.valid(k):  # others leave the band or the number of zones, and so are no measure
            allowed = max(peer.seconds, (want.times if want else 1.0) * metis.seconds)
            cut = least_cut(own, allowed)
            figures.append(Figure(3, f"{spec}: cut {cut:g}, {name}, in band too, {peer.cut}", cut <= peer.cut))
    return figures


def least_cut(runs: list[Run], seconds: float) -> float:
    """Return the least cut of the runs that took no more than so many seconds; infinite where none did."""
    return min((r.cut for r in runs if r.seconds <= seconds), default=float("inf"))


def show(name: str, result: Run, metis: Run | None) -> None:
    """Print one row of the table."""
    if result.error:
        print(f"  {name:22s} {result.error}", flush=True)
        return
    ratio = ""
    if metis and not metis.error:
        ratio = f"  ×METIS: cut {result.cut / metis.cut:.4f}, time {result.seconds / metis.seconds:.2f}"
    print(
        f"  {name:22s} {result.seconds:9.3f} s  zones {result.zones}  in band {result.in_band}  "
        f"connected {result.whole}  cut {result.cut}{ratio}",
        flush=True,
    )


def memory_line(limit: float, seed: int) -> list[Figure]:
    """Zone a million nodes, and print the most memory that took."""
    data = synthetic(MILLION)
    result = run(sys.executable, "solver", data, limit, 30.0, seed)
    if result.error or not result.peak:
        print(f"\nmemory at n = 1,000,000: {result.error or 'this system does not say'}")
        return [Figure(3, "memory at n = 1,000,000 is not known", holds=False)]
    text = f"n = 1,000,000: {result.peak:,.0f} MB at most, limit {MOST_MEMORY:,.0f}"
    valid = result.valid(int(data["band"][2]))
    print(f"\nmemory at {text}; {result.in_band} of {result.zones} zones in band, {result.seconds:.0f} s")
    return [Figure(3, text + ("" if valid else ", zones not valid"), valid and result.peak <= MOST_MEMORY)]
