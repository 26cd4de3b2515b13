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
        (``unproved``), and proofs that rest on the program's own search (``trusted``).
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
            out.append("looked at: " + ", ".join(f"{name} {_brief(value)}" for name, value in self.counts.items()))
        return out


def faults(promise: int, code: str, objects: Iterable[object], texts: Iterable[str]) -> Iterator[Fault]:
    """Make the faults of one kind.

    Parameters
    ----------
    promise : int
        Number of the promise.
    code : str
        Kind of fault.
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
        yield Fault(promise, code, str(name), " ".join(text.split()))


def _first_lines(found: list[Fault]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for fault in found:
        seen[fault.code] += 1
        if seen[fault.code] <= _LINES_A_CODE:
            yield f"{fault.code}: {fault.text}"
    for code, count in seen.items():
        if count > _LINES_A_CODE:
            yield f"{code}: and {count - _LINES_A_CODE} more"


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {inner}" for key, inner in value.items()) + "}"
    return str(len(value) if isinstance(value, list) else value)
