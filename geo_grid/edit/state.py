"""The grids of an area as planners change them: the finest grid of every atom, and what was said about grids."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground

    Ints = NDArray[np.int64]

#: What a state's text begins with; the number is the version of the format.
_HEAD = "gg1."


@dataclass(frozen=True, slots=True)
class Built:
    """What the tables of the build said that those of an edited area do not say any more.

    Parameters
    ----------
    ids : dict of int to str
        Id of each built unit, by its first atom.
    proofs : dict of str to list
        Reason, violation, smallest violation and proof of each built exception, by grid.
    """

    ids: Mapping[int, str] = field(default_factory=dict)
    proofs: Mapping[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class AreaState:
    """The content of one revision of one area.

    Parameters
    ----------
    leaf : ndarray of int64, shape (n,)
        Finest grid of each atom: a position in ``codes``.
    codes : tuple of str
        Codes of the finest grids, ascending, each used. A code holds those of the grids above.
    names : dict of str to str
        Names, by code, of grids that are not called after their numbers.
    locked : frozenset of str
        Codes of the grids whose households may not change.
    reasons : dict of str to str
        Written reasons, by code, for being out of band.
    marks : tuple of int
        Atoms at which a unit begins although the grid goes on, ascending.
    built : Built or None
        Facts of the build; kept by revision 0 only.
    """

    leaf: Ints
    codes: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[int, ...] = ()
    built: Built | None = None

    def equals(self, other: AreaState) -> bool:
        """Tell whether another state says the same; what only revision 0 knows does not count.

        Parameters
        ----------
        other : AreaState
            A state of the same ground.

        Returns
        -------
        bool
            Whether grids, names, locks, reasons and marks are the same.
        """
        return (
            self.codes == other.codes
            and np.array_equal(self.leaf, other.leaf)
            and dict(self.names) == dict(other.names)
            and self.locked == other.locked
            and dict(self.reasons) == dict(other.reasons)
            and self.marks == other.marks
        )

    def to_text(self) -> str:
        """Write the state as compact text.

        Returns
        -------
        str
            Printable ASCII; the same state gives the same text.
        """
        starts = np.flatnonzero(np.diff(self.leaf, prepend=-1))
        runs = np.column_stack((self.leaf[starts], np.diff(np.append(starts, len(self.leaf)))))
        values: dict[str, Any] = {
            "n": len(self.leaf),
            "codes": self.codes,
            "runs": runs.ravel().tolist(),
            "names": dict(sorted(self.names.items())),
            "locked": sorted(self.locked),
            "reasons": dict(sorted(self.reasons.items())),
            "marks": np.diff(np.array(self.marks, dtype=np.int64), prepend=0).tolist(),
        }
        if self.built is not None:
            values["ids"] = {str(atom): self.built.ids[atom] for atom in sorted(self.built.ids)}
            values["proofs"] = dict(sorted(self.built.proofs.items()))
        plain = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return _HEAD + base64.b64encode(zlib.compress(plain.encode("utf-8"), 9)).decode("ascii")

    @classmethod
    def from_text(cls, text: str, ground: Ground | None = None) -> AreaState:
        """Read what :meth:`to_text` wrote.

        Parameters
        ----------
        text : str
            The text.
        ground : Ground, optional
            The area it is of, to see whether it fits.

        Returns
        -------
        AreaState
            The state.

        Raises
        ------
        StoreError
            If the text is damaged, or is of another area or another build.
        """
        try:
            state = cls._read(text)
        except (ValueError, KeyError, TypeError, binascii.Error, zlib.error):
            raise StoreError("the text of a revision is damaged") from None
        if ground is not None and (
            len(state.leaf) != ground.atoms.n or not all(code.startswith(ground.code) for code in state.codes)
        ):
            raise StoreError(
                f"a revision of {len(state.leaf)} places does not fit area {ground.code} with {ground.atoms.n}",
                mend="It is of an earlier build; begin anew from the present one.",
            )
        return state

    @classmethod
    def _read(cls, text: str) -> AreaState:
        if not text.startswith(_HEAD):
            raise ValueError
        values = json.loads(zlib.decompress(base64.b64decode(text[len(_HEAD) :], validate=True)))
        runs = np.array(values["runs"], dtype=np.int64).reshape(-1, 2)
        leaf = np.repeat(runs[:, 0], runs[:, 1])
        codes = tuple(values["codes"])
        if len(leaf) != values["n"] or not np.array_equal(np.unique(leaf), np.arange(len(codes))):
            raise ValueError
        built = None
        if "ids" in values:
            built = Built({int(atom): name for atom, name in values["ids"].items()}, values["proofs"])
        return cls(
            leaf,
            codes,
            values["names"],
            frozenset(values["locked"]),
            values["reasons"],
            tuple(np.cumsum(np.array(values["marks"], dtype=np.int64)).tolist()),
            built,
        )


def state_of(leaf_codes: NDArray[np.object_], **said: Any) -> AreaState:
    """Make a state of the code of each atom's finest grid.

    Parameters
    ----------
    leaf_codes : ndarray of str, shape (n,)
        Codes.
    **said
        The other fields of :class:`AreaState`.

    Returns
    -------
    AreaState
        The state.
    """
    codes, leaf = np.unique(leaf_codes.astype(str), return_inverse=True)
    return AreaState(leaf.reshape(-1).astype(np.int64), tuple(codes.tolist()), **said)
