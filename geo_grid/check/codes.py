"""Promise 6: codes are unique and follow the code profile the plan states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.check.fault import faults
from geo_grid.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.check.facts import Facts
    from geo_grid.check.fault import Fault


def check_codes(facts: Facts) -> Iterator[Fault]:
    """Check promise 6.

    Parameters
    ----------
    facts : Facts
        The plan.

    Yields
    ------
    Fault
        Whatever breaks it.

    Raises
    ------
    StoreError
        If the plan states no code profile.
    """
    digits, widths, separator = _profile(facts)
    for code, table, word in (("area_code_twice", "areas", "area"), ("grid_code_twice", "grids", "grid")):
        codes = facts.texts(table, "code")
        twice = np.flatnonzero(facts.tables[table]["code"].duplicated())
        yield from faults(code, codes[twice], (f"{word} code {codes[i]} stands twice" for i in twice))
    areas = facts.texts("areas", "code")
    if digits is not None:
        odd = [code for code in areas if not (len(code) == digits and code.isascii() and code.isdigit())]
        yield from faults("area_code", odd, (f"area code {code!r} has not {digits} digits" for code in odd))
    kinds, codes = facts.texts("areas", "kind"), facts.texts("grids", "code")
    wrong = []
    for i, code in enumerate(codes):
        area, parent, level = facts.grid_area[i], facts.grid_parent[i], int(facts.grid_level[i])
        mine = widths.get(kinds[area], []) if area >= 0 else []
        if not 1 <= level <= len(mine) or (level > 1 and parent < 0):
            continue  # its level, area or parent is at fault, see promise 1
        stem = f"{areas[area] if level == 1 else codes[parent]}{separator}"
        rest = code.removeprefix(stem)
        if not (code.startswith(stem) and len(rest) == mine[level - 1] and rest.isascii() and rest.isdigit()):
            wrong.append((code, f"grid code {code} is not {stem} and {mine[level - 1]} digits"))
    yield from faults("grid_code", (code for code, _ in wrong), (text for _, text in wrong))


def _profile(facts: Facts) -> tuple[int | None, dict[str, list[int]], str]:
    try:
        profile = facts.meta["code_profile"]
        digits = profile["area_digits"]
        widths = {kind: [int(width) for width in each] for kind, each in profile["levels"].items()}
        return None if digits is None else int(digits), widths, str(profile["separator"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise StoreError(
            "the plan does not state its code profile (meta, key code_profile)", mend="Build it again."
        ) from None
