"""What a check finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What each promise says, in few words; 0 is the account of the input rows.
PROMISES: dict[int, str] = {
    0: "every input row is accounted for",
    1: "every household is in one grid of each level",
    2: "every grid is connected, one valid piece",
    3: "grids tile their area, children their parent",
    4: "every grid is in its band, or a proved exception",
    5: "every element is shared out in full",
    6: "codes are unique and follow the profile",
}
#: Every kind of fault, and the promise it breaks.
CODES: dict[str, int] = {
    **dict.fromkeys(
        ("rows_not_stated", "rows_lost", "rows_placed", "rows_quarantined", "row_placed_and_quarantined"), 0
    ),
    **dict.fromkeys(
        (
            "household_twice",
            "household_without_unit",
            "household_in_other_area",
            "household_outside_area",
            "unit_count",
            "unit_twice",
            "unit_without_area",
            "unit_without_grid",
            "unit_with_extra_grid",
            "unit_in_wrong_grid",
            "grid_without_area",
            "grid_level",
            "grid_parent",
            "child_not_in_parent",
            "grid_without_units",
            "grid_count",
            "area_count",
            "area_without_units",
            "area_kind",
        ),
        1,
    ),
    **dict.fromkeys(
        (
            "grid_invalid",
            "unit_invalid",
            "exclave_with_households",
            "exclave_not_apart",
            "grid_of_exclaves",
            "grid_not_connected",
            "grid_parts",
            "grid_not_its_units",
        ),
        2,
    ),
    **dict.fromkeys(
        (
            "border_shift",
            "area_invalid",
            "area_not_tiled",
            "parent_not_tiled",
            "units_no_coverage",
            "areas_no_coverage",
        ),
        3,
    ),
    **dict.fromkeys(
        (
            "band_not_policy",
            "band_missing",
            "group_twice",
            "out_of_band",
            "status_wrong",
            "exception_without_grid",
            "exception_twice",
            "exception_level",
            "exception_reason",
            "exception_violation",
            "exception_needless",
            "exception_proof",
            "smallest_violation",
        ),
        4,
    ),
    **dict.fromkeys(
        (
            "element_twice",
            "element_class",
            "element_invalid",
            "element_measure",
            "element_unit",
            "share_twice",
            "share_without_element",
            "share_without_grid",
            "share_invalid",
            "share_level",
            "share_held",
            "share_over",
            "share_sum",
            "share_parent",
            "share_outside_grid",
            "share_off_element",
            "share_missing",
            "outside",
        ),
        5,
    ),
    **dict.fromkeys(("area_code_twice", "grid_code_twice", "area_code", "grid_code"), 6),
}
_LINES_A_CODE = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken promise.

    Parameters
    ----------
    promise : int
        Number of the promise, see :data:`PROMISES`.
    code : str
        Short name of the kind of fault.
    object : str
        Identifier of what is at fault; never a household's address or position.
    text : str
        One line for people.
    """

    promise: int
    code: str
    object: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What the check of a store found.

    Parameters
    ----------
    store : str
        Where the plan is, without a password.
    faults : list of Fault
        Broken promises; empty for a plan that keeps them all.
    counts : dict of str to Any
        What was looked at: rows by table, grids by level, exceptions by reason, exceptions without a proof
        (``unproved``), proofs that rest on the program's own search (``trusted``), and grids that a planner left out of
        band with a written reason (``decided``).
    """

    store: str
    faults: list[Fault]
    counts: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is no fault."""
        return not self.faults

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values.

        Returns
        -------
        dict of str to Any
            ``store``, ``ok``, ``promises``, ``faults``, ``counts``.
        """
        broken = Counter(fault.promise for fault in self.faults)
        return {
            "store": self.store,
            "ok": self.ok,
            "promises": {str(number): {"text": text, "faults": broken[number]} for number, text in PROMISES.items()},
            "faults": [asdict(fault) for fault in self.faults],
            "counts": self.counts,
        }

    def lines(self) -> list[str]:
        """Return the result as lines for a terminal.

        Returns
        -------
        list of str
            A line a promise; under a broken one its faults, at most twenty of a kind.
        """
        out = []
        for number, text in PROMISES.items():
            mine = [fault for fault in self.faults if fault.promise == number]
            out.append(f"{number} {'FAULT' if mine else 'kept '}  {text}{f' ({len(mine)} faults)' if mine else ''}")
            out += [f"    {line}" for line in _first_lines(mine)]
        if self.counts:
            out += _counted(self.counts)
        return out


def fault(code: str, name: object, text: str) -> Fault:
    """Make a fault.

    Parameters
    ----------
    code : str
        One of :data:`CODES`.
    name : object
        What is at fault.
    text : str
        What is wrong with it.

    Returns
    -------
    Fault
        The fault, its text on one line.
    """
    return Fault(CODES[code], code, str(name), " ".join(text.split()))


def faults(code: str, objects: Iterable[object], texts: Iterable[str]) -> Iterator[Fault]:
    """Make the faults of one kind.

    Parameters
    ----------
    code : str
        One of :data:`CODES`.
    objects : iterable of object
        What is at fault.
    texts : iterable of str
        A line for each.

    Yields
    ------
    Fault
        One for each object.
    """
    for name, text in zip(objects, texts, strict=True):
        yield fault(code, name, text)


def _first_lines(found: list[Fault]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for fault in found:
        seen[fault.code] += 1
        if seen[fault.code] <= _LINES_A_CODE:
            yield f"{fault.code}: {fault.text}"
    for code, count in seen.items():
        if count > _LINES_A_CODE:
            yield f"{code}: and {count - _LINES_A_CODE} more"


#: What counts are called: tables, then proofs.
_TABLES = {
    "areas": "areas",
    "households": "households",
    "units": "units",
    "elements": "elements",
    "element_shares": "shares of elements",
    "quarantine": "quarantined rows",
}
_PROOFS = {
    "unproved": "without a proof",
    "trusted": "by the program's own search, which nothing else confirms",
    "decided": "left so by a planner, with a written reason",
}


def _counted(counts: dict[str, Any]) -> Iterator[str]:
    """Say in plain words what was looked at."""
    seen = ", ".join(f"{counts[name]:,} {text}" for name, text in _TABLES.items() if counts.get(name))
    levels = ", ".join(f"{count:,} of level {level}" for level, count in counts.get("grids_by_level", {}).items())
    if "grids" in counts:
        yield f"looked at {seen}, {counts['grids']:,} grids{f' ({levels})' if levels else ''}"
    else:
        yield f"looked at {seen}"
    if "exceptions" not in counts:
        return
    reasons = ", ".join(
        f"{reason.replace('_', ' ')} {count:,}" for reason, count in counts.get("exceptions_by_reason", {}).items()
    )
    yield f"exceptions: {counts['exceptions']:,} ({reasons})" if counts["exceptions"] else "exceptions: none"
    doubts = [f"{counts[name]:,} {text}" for name, text in _PROOFS.items() if counts.get(name)]
    if counts["exceptions"]:
        yield "  " + ("; ".join(doubts) if doubts else "all of them proved anew by this check")
