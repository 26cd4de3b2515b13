#!/usr/bin/env python3
"""Write a demonstration city: Lüliang's real names and codes, on made-up ground.

usage: scripts/make_city.py --out DIR [--households 1200000] [--seed 7] [--county 柳林县]

Writes city.toml, areas.gpkg, elements.gpkg and households.parquet. Same seed, same bytes. More households than one
city has are several cities side by side, so that the work for a household stays the same; memory stays that of one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from _city.city import write_city
from _city.places import RefusedError


def _seed(word: str) -> int:
    if (seed := int(word)) < 0:
        raise argparse.ArgumentTypeError("0 or more")
    return seed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--households", type=int, help="default: 1,200,000, or what a county has of them")
    parser.add_argument("--seed", type=_seed, default=7)
    parser.add_argument("--county", help="name or code of the one county to write")
    options = parser.parse_args()
    try:
        areas, households = write_city(
            options.out, options.households, options.seed, options.county, lambda text: print(text, file=sys.stderr)
        )
    except RefusedError as error:
        print(f"make_city: {error}", file=sys.stderr)
        return 2
    print(f"make_city: {households} households in {areas} areas: {options.out / 'city.toml'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
