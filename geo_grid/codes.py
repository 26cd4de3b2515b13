"""Codes of grids: the area's code, then one running number a level.

The order is the one DB11/T 2157-2023 and DB6101/T 3185-2024 use: from west to east and from north to south, inside
the parent. What "a row" is, the standards leave open; here it is fixed so that the same grids always get the same
codes, however they were found:

1. A grid stands where the mean of its units stands, each unit weighted with its households (all alike where the grid
   has none), rounded to the millimetre.
2. The children of one parent, k of them, span a box of width W and height H. The box is cut into
   r = round(√(k·H/W)) rows of equal height, at least 1 and at most k, so that a row is about as high as its grids are
   wide.
3. Rows are counted from the north, in each row the grids from the west. Of two grids at the same easting the northern
   one comes first; of two at the same place the one that holds the earlier unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from geo_grid.errors import ConfigError, ZoningError
from geo_grid.policy import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

KINDS: tuple[str, ...] = get_args(Kind)
_WIDEST = 9  # a running number of ten digits would no longer be one a person can read out


@dataclass(frozen=True, slots=True)
class CodeProfile:
    """How the code of a grid is put together.

    Parameters
    ----------
    area_digits : int or None
        Digits every area code must have (12 in China's own codes), or None where area codes are any unique text.
    urban, rural : tuple of int
        Digits of the running number at each level, coarsest first.
    separator : str
        Text between the area's code and the numbers; empty by default.
    """

    area_digits: int | None = None
    urban: tuple[int, ...] = (3, 2, 2)
    rural: tuple[int, ...] = (3, 2)
    separator: str = ""

    @classmethod
    def from_config(
        cls,
        table: Mapping[str, Any] | None,
        area_codes: Iterable[str] | None = None,
        kinds: Iterable[str] | None = None,
    ) -> CodeProfile:
        """Read a profile from the table ``[codes]`` of a configuration, or from what :meth:`to_dict` wrote.

        Parameters
        ----------
        table : mapping or None
            Keys ``area_digits`` (a number, or "any" or null for any text), ``levels`` (a table with ``urban`` and
            ``rural``, lists of digits) and ``separator``; all optional, None for none of them.
        area_codes : iterable of str, optional
            Codes of all areas, to be checked with :meth:`check_areas`. Where the table has no ``area_digits``, it is
            12 if every one of these codes has 12 digits, else None.
        kinds : iterable of str, optional
            Kind of each area, in the same order.

        Returns
        -------
        CodeProfile
            The profile.

        Raises
        ------
        ConfigError
            A key is unknown, a value impossible, or the areas' codes do not fit.
        """
        table = table or {}
        _refuse_unknown(table, {"area_digits", "levels", "separator"}, "codes")
        levels = table.get("levels", {})
        if not isinstance(levels, dict):
            raise ConfigError("codes.levels is not a table", mend="Write codes.levels = {urban = [3, 2, 2]}.")
        _refuse_unknown(levels, set(KINDS), "codes.levels")
        codes = [] if area_codes is None else [str(code) for code in area_codes]
        usual = 12 if codes and all(_has_digits(code, 12) for code in codes) else None
        profile = cls(
            area_digits=_area_digits(table["area_digits"]) if "area_digits" in table else usual,
            urban=_widths(levels.get("urban", [3, 2, 2]), "urban"),
            rural=_widths(levels.get("rural", [3, 2]), "rural"),
            separator=_separator(table.get("separator", "")),
        )
        profile.check_areas(codes, kinds)
        return profile

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as JSON values, for the plan's own description.

        Returns
        -------
        dict
            ``{"area_digits": …, "levels": {"urban": […], "rural": […]}, "separator": …}``.
        """
        return {
            "area_digits": self.area_digits,
            "levels": {kind: list(self.widths(kind)) for kind in KINDS},
            "separator": self.separator,
        }

    def widths(self, kind: str) -> tuple[int, ...]:
        """Return the digits of each level of a kind of area.

        Parameters
        ----------
        kind : str
            "urban" or "rural".

        Returns
        -------
        tuple of int
            Digits, coarsest level first.
        """
        return self.urban if kind == "urban" else self.rural

    def pattern(self, area_code: str, kind: str, level: int) -> re.Pattern[str]:
        """Return what codes of one level of one area look like.

        Parameters
        ----------
        area_code : str
            Code of the area.
        kind : str
            "urban" or "rural".
        level : int
            Level, from 1.

        Returns
        -------
        Pattern
            To be used with ``fullmatch``.
        """
        gap = re.escape(self.separator)
        numbers = "".join(rf"{gap}(?!0{{{width}}})[0-9]{{{width}}}" for width in self.widths(kind)[:level])
        return re.compile(re.escape(area_code) + numbers)

    def parent(self, code: str, kind: str, level: int) -> str:
        """Return the code of the grid, or for level 1 of the area, that a grid belongs to.

        Parameters
        ----------
        code : str
            Code of the grid.
        kind : str
            "urban" or "rural".
        level : int
            Level of the grid, from 1.

        Returns
        -------
        str
            The code without its last number.
        """
        return code[: -(self.widths(kind)[level - 1] + len(self.separator))]

    def check_areas(self, area_codes: Iterable[str], kinds: Iterable[str] | None = None) -> None:
        """Make sure that the areas' codes fit the profile and cannot lead to the same grid code twice.

        Two areas can only collide where one's code begins with the other's: "1" and "100" both have "100101".

        Parameters
        ----------
        area_codes : iterable of str
            Codes of all areas.
        kinds : iterable of str, optional
            Kind of each area, in the same order; by default every kind is taken as possible.

        Raises
        ------
        ConfigError
            A code has another number of digits than the profile says, or two areas may collide.
        """
        codes = [str(code) for code in area_codes]
        of_area: list[tuple[str, ...]] = [KINDS] * len(codes) if kinds is None else [(str(kind),) for kind in kinds]
        for code in codes:
            self._check_area(code)
        begun: list[tuple[str, tuple[str, ...]]] = []  # codes that the present one begins with
        for code, possible in sorted(zip(codes, of_area, strict=True)):
            while begun and not code.startswith(begun[-1][0]):
                begun.pop()
            for shorter, other in begun:
                if self._collide(code[len(shorter) :], other, possible):
                    raise ConfigError(
                        f"areas {shorter!r} and {code!r} could have the same grid codes",
                        mend="Set codes.separator to a character that no area code holds, such as '-'.",
                    )
            begun.append((code, possible))

    def _check_area(self, code: str) -> None:
        if self.area_digits is not None and not _has_digits(code, self.area_digits):
            raise ConfigError(
                f"area code {code!r} does not have the {self.area_digits} digits of the code profile",
                mend='Correct the area\'s code, or write codes.area_digits = "any" in the configuration.',
            )

    def _collide(self, rest: str, shorter: tuple[str, ...], longer: tuple[str, ...]) -> bool:
        """Tell whether a grid of the area with ``rest`` appended may have the code of a grid of the shorter one."""
        if not rest:
            return True
        digits = re.sub(r"[0-9]", "0", rest)
        return not self._shapes(shorter).isdisjoint(digits + shape for shape in self._shapes(longer))

    def _shapes(self, kinds: tuple[str, ...]) -> set[str]:
        return {
            "".join(f"{self.separator}{'0' * width}" for width in self.widths(kind)[:level])
            for kind in kinds
            for level in range(1, len(self.widths(kind)) + 1)
        }


def assign_codes(
    profile: CodeProfile,
    area_code: str,
    kind: str,
    labels: Ints,
    x: Floats,
    y: Floats,
    weight: Ints | Floats | None = None,
) -> list[NDArray[np.str_]]:
    """Give every grid of one area its code, by the rule at the top of this module.

    Parameters
    ----------
    profile : CodeProfile
        How codes are put together.
    area_code : str
        Code of the area.
    kind : str
        "urban" or "rural".
    labels : ndarray of int64, shape (levels, n)
        Zone of each unit at each level, coarsest first; a level's zones are 0 … k − 1, each used, each inside one zone
        of the level above.
    x, y : ndarray of float64, shape (n,)
        Easting and northing of the units' centroids, metres.
    weight : ndarray, shape (n,), optional
        Households of the units, ≥ 0; all alike by default.

    Returns
    -------
    list of ndarray of str
        For each level the code of every unit's zone, shape (n,).

    Raises
    ------
    ConfigError
        The area's code does not fit the profile, the profile has no digits for a level, or a parent has more children
        than its digits can count.
    ZoningError
        Zones are not numbered 0 … k − 1 or not nested.
    """
    profile._check_area(area_code)  # noqa: SLF001
    widths = profile.widths(kind)
    if len(labels) > len(widths):
        raise ConfigError(
            f"the code profile has digits for {len(widths)} {kind} levels, but there are {len(labels)}",
            mend=f"Add a number to codes.levels.{kind}.",
        )
    units = np.ones(labels.shape[1]) if weight is None else np.asarray(weight, dtype=np.float64)
    parent_labels = np.zeros(labels.shape[1], dtype=np.int64)
    parent_codes = np.array([area_code], dtype=np.str_)  # one a zone; what is returned is one a unit
    codes: list[NDArray[np.str_]] = []
    for level, (zones, width) in enumerate(zip(labels, widths, strict=False), start=1):
        first = _first_units(zones, level)
        parents = parent_labels[first]
        if not np.array_equal(parents[zones], parent_labels):
            raise ZoningError(f"area {area_code}: a zone of level {level} lies in two zones of the level above")
        cx, cy = _places(zones, len(first), x, y, units)
        numbers = _numbers(parents, cx, cy, first)
        _refuse_overflow(parents, numbers, parent_codes, width, kind, level)
        digits = np.char.zfill(numbers.astype(np.str_), width)
        gap = np.char.add(parent_codes[parents], profile.separator)
        parent_labels, parent_codes = zones, np.char.add(gap, digits)
        codes.append(parent_codes[zones])
    return codes


def _first_units(zones: Ints, level: int) -> Ints:
    """Return the first unit of every zone; zones must be 0 … k − 1, all used."""
    found, first = np.unique(zones, return_index=True)
    if not np.array_equal(found, np.arange(len(found))):
        raise ZoningError(f"zones of level {level} are not numbered 0 to {len(found) - 1} without gaps")
    return first.astype(np.int64)


def _places(zones: Ints, k: int, x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return where each zone stands: the weighted mean of its units, to the millimetre."""
    total = np.bincount(zones, weights=weight, minlength=k)
    each = np.where(total[zones] > 0, weight, 1.0)
    total = np.bincount(zones, weights=each, minlength=k)
    # Measured from one unit: sums of large coordinates would cost the last digits, in an order-dependent way.
    x0, y0 = float(x.min()), float(y.min())
    cx = np.bincount(zones, weights=each * (x - x0), minlength=k) / total + x0
    cy = np.bincount(zones, weights=each * (y - y0), minlength=k) / total + y0
    return np.round(cx, 3), np.round(cy, 3)


def _numbers(parents: Ints, cx: Floats, cy: Floats, first: Ints) -> Ints:
    """Return the number of each zone among its parent's: row by row from the north, each row from the west."""
    k = np.bincount(parents)
    west, south = np.full(len(k), np.inf), np.full(len(k), np.inf)
    east, north = np.full(len(k), -np.inf), np.full(len(k), -np.inf)
    np.minimum.at(west, parents, cx)
    np.maximum.at(east, parents, cx)
    np.minimum.at(south, parents, cy)
    np.maximum.at(north, parents, cy)
    wide = np.maximum(np.round(east - west, 3), 1e-3)
    high = np.maximum(np.round(north - south, 3), 1e-3)
    rows = np.clip(np.round(np.sqrt(k * high / wide)), 1, np.maximum(k, 1))
    row = np.floor((north[parents] - cy) / high[parents] * rows[parents])
    row = np.clip(row, 0, rows[parents] - 1)
    order = np.lexsort((first, -cy, cx, row, parents))
    starts = np.concatenate([[0], np.cumsum(k)[:-1]])
    numbers = np.empty(len(parents), dtype=np.int64)
    numbers[order] = np.arange(len(parents)) - starts[parents[order]] + 1
    return numbers


def _refuse_overflow(
    parents: Ints, numbers: Ints, parent_codes: NDArray[np.str_], width: int, kind: str, level: int
) -> None:
    """Refuse more children than the digits can count."""
    most = int(numbers.max())
    if most >= 10**width:
        parent = parent_codes[parents[int(numbers.argmax())]]
        raise ConfigError(
            f"{parent} has {most} grids of level {level}, more than {width} digits can number",
            mend=f"Give level {level} more digits in codes.levels.{kind}.",
        )


def _has_digits(code: str, digits: int) -> bool:
    return len(code) == digits and code.isascii() and code.isdigit()


def _refuse_unknown(table: Mapping[str, Any], known: set[str], name: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ConfigError(f"{name} has an unknown key {unknown[0]!r}", mend=f"Known are: {', '.join(sorted(known))}.")


def _area_digits(value: object) -> int | None:
    if value is None or value == "any":
        return None
    if not _is_count(value):
        raise ConfigError("codes.area_digits is neither a number of digits nor 'any'", mend="Write 12, or 'any'.")
    return int(str(value))


def _widths(value: Sequence[object] | object, kind: str) -> tuple[int, ...]:
    good = isinstance(value, list | tuple) and value and all(_is_count(width) and width <= _WIDEST for width in value)
    if not good:
        raise ConfigError(
            f"codes.levels.{kind} is not a list of digits from 1 to {_WIDEST}", mend="Write for instance [3, 2, 2]."
        )
    assert isinstance(value, list | tuple)  # noqa: S101
    return tuple(int(width) for width in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _separator(value: object) -> str:
    if not isinstance(value, str) or len(value) > 3 or any(c not in "-_./" for c in value):
        raise ConfigError("codes.separator is not up to three of - _ . /", mend="Write for instance '-'.")
    return value


__all__ = ["CodeProfile", "assign_codes"]
