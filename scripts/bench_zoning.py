#!/usr/bin/env python3
"""Measure the zoning, beside its peers where there are any, and judge it; exit 1 if a figure does not hold.

    scripts/bench_zoning.py [--tables 2 3 4 7] [--large] [--seeds 5]

Table 2: published instances, every seed at the optimum. Table 3: synthetic areas beside METIS, KaHIP and KaMinPar.
Table 4: the shipped cities, all levels nested. Table 7: 1 % of the households changed, and the grids mended.

``--synth synth:N:LOW:HIGH[:SEED]`` is the triangulation of N random points with a household each, ``synthw:`` the same
with lumpy households. Runs of tables 2 and 3 are one process on one core each; seconds are its processor's seconds,
without loading and compiling. Peers (pymetis, kahip, kaminpar) are the extra ``bench``; they may live in another
environment: ``--peers-python /path/to/python``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from _bench_real import real_table
from _bench_runs import MODULES, Figure
from _bench_tables import default_specs, memory_line, peers_table, published_table

ROOT = Path(__file__).resolve().parent.parent
TABLES = (2, 3, 4, 7)


def repair_table(seeds: int) -> list[Figure]:
    """Print the table of mended grids."""
    from bench_repair import table

    print("\nTable 7: 1 % of the households of urban_hdb changed", flush=True)
    lines, holds = table(range(seeds))
    print("\n".join(f"  {text}" for text in lines))
    return [Figure(7, lines[-1].removeprefix("bench_repair: ").rsplit(":", 1)[0], holds)]


def conclude(figures: list[Figure]) -> int:
    """Print, last, which figures hold and which do not; return the exit code."""
    bad = [f"table {figure.table}: {figure.text}" for figure in figures if not figure.holds]
    counts = []
    for table in sorted({figure.table for figure in figures}):
        held = [figure.holds for figure in figures if figure.table == table]
        counts.append(f"table {table} {sum(held)} of {len(held)}")
    failed = "; DO NOT HOLD: " + "; ".join(bad) if bad else "; all hold"
    print(f"\nbench_zoning: figures that hold: {', '.join(counts)}{failed}")
    return 1 if bad else 0


def main() -> int:
    """Read the command line and run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", type=int, choices=TABLES, default=list(TABLES), help="all by default")
    parser.add_argument(
        "--instances", type=Path, default=ROOT / "data/zoning_instances", help="folder of instance files (table 2)"
    )
    parser.add_argument("--synth", nargs="+", help="synthetic areas of table 3, instead of the usual ones")
    parser.add_argument(
        "--large",
        action="store_true",
        help="add areas of 200,000 nodes, and the memory at 1,000,000, to table 3: hours",
    )
    parser.add_argument("--peers", nargs="*", default=list(MODULES), choices=list(MODULES))
    parser.add_argument("--peers-python", default=sys.executable, help="the interpreter that has the peers' libraries")
    parser.add_argument(
        "--times",
        nargs="+",
        type=float,
        help="budgets in table 3, as multiples of METIS's time; by default 1, what is allowed, and ten times that",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=0.0,
        help="seconds for each run of table 2; by default the solver's own schedule",
    )
    parser.add_argument("--seeds", type=int, default=5, help="seeds of tables 2 and 7")
    parser.add_argument("--seed", type=int, default=0, help="the one seed of table 3")
    parser.add_argument("--limit", type=float, default=1800, help="seconds after which a run is given up")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error("--seeds must be 1 or more")
    figures: list[Figure] = []
    if 2 in options.tables:
        figures += published_table(options.instances, options.seeds, options.seconds, options.limit)
    if 3 in options.tables:
        specs = options.synth or default_specs(large=options.large)
        figures += peers_table(specs, options.peers, options.peers_python, options.times, options.seed, options.limit)
        figures += memory_line(options.limit, options.seed) if options.large else []
    if 4 in options.tables:
        figures += real_table()
    if 7 in options.tables:
        figures += repair_table(options.seeds)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
