"""Typed access to the tables of a TOML file, with errors that name the key and the mend."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Any

from geo_grid.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class Section:
    """One table of a TOML file; remembers which keys were asked for, to refuse the others.

    Parameters
    ----------
    values : dict of str to Any
        The table.
    name : str
        Its dotted name; empty for the root.
    file : Path
        The file, for messages.
    present : bool
        Whether the file has the table at all.
    """

    def __init__(self, values: dict[str, Any], name: str, file: Path, *, present: bool = True) -> None:
        self.values = values
        self.name = name
        self.file = file
        self.present = present
        self._known: set[str] = set()

    def fault(self, key: str, message: str, mend: str | None = None) -> ConfigError:
        """Return an error about one key.

        Parameters
        ----------
        key : str
            The key.
        message : str
            What is wrong with it.
        mend : str, optional
            What to do about it.

        Returns
        -------
        ConfigError
            To be raised by the caller.
        """
        return ConfigError(f"{self._dotted(key)}: {message}", file=self.file, mend=mend)

    def take(self, key: str) -> Any:
        """Return the value of a key, or None.

        Parameters
        ----------
        key : str
            The key; from now on a known one.

        Returns
        -------
        Any
            Its value as TOML has it.
        """
        self._known.add(key)
        return self.values.get(key)

    def section(self, key: str, *, required: bool = False) -> Section:
        """Return a table inside this one, empty where the file has none.

        Parameters
        ----------
        key : str
            Name of the table.
        required : bool
            Whether its absence is an error.

        Returns
        -------
        Section
            The table.
        """
        value = self.take(key)
        if value is None and required:
            raise ConfigError(f"the table [{self._dotted(key)}] is missing", file=self.file, mend="Add it")
        if value is not None and not isinstance(value, dict):
            raise self.fault(key, "must be a table", f"Write it as [{self._dotted(key)}]")
        return Section(value or {}, self._dotted(key), self.file, present=value is not None)

    def blocks(self, key: str) -> list[Section]:
        """Return an array of tables, empty where the file has none.

        Parameters
        ----------
        key : str
            Name of the array.

        Returns
        -------
        list of Section
            Its tables.
        """
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(block, dict) for block in value):
            raise self.fault(key, "must be an array of tables", f"Write each as [[{self._dotted(key)}]]")
        return [Section(block, f"{self._dotted(key)}[{i}]", self.file) for i, block in enumerate(value, start=1)]

    def text(self, key: str, default: str | None) -> str:
        """Return a text that is not empty; without a default the key is required.

        Parameters
        ----------
        key : str
            The key.
        default : str or None
            Value where the key is absent; None demands it.

        Returns
        -------
        str
            The text.
        """
        value = self.take(key)
        if value is None:
            if default is None:
                raise self.fault(key, "the key is missing", f'Add {key} = "…" to [{self.name}]')
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "must be a text that is not empty", f'Write it as {key} = "…"')
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None where the key is absent.

        Parameters
        ----------
        key : str
            The key.

        Returns
        -------
        str or None
            The text.
        """
        return self.text(key, None) if key in self.values else self.take(key)

    def texts(self, key: str, default: list[str]) -> list[str]:
        """Return a list of texts.

        Parameters
        ----------
        key : str
            The key.
        default : list of str
            Value where the key is absent.

        Returns
        -------
        list of str
            The texts.
        """
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.fault(key, "must be a list of texts", f'Write it as {key} = ["…", "…"]')
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str | None) -> str:
        """Return one of a few texts, whatever the case it is written in.

        Parameters
        ----------
        key : str
            The key.
        choices : tuple of str
            What it may be.
        default : str or None
            Value where the key is absent; None demands it.

        Returns
        -------
        str
            The choice, in the spelling of ``choices``.
        """
        value = self.text(key, default)
        for choice in choices:
            if choice.casefold() == value.strip().casefold():
                return choice
        near = difflib.get_close_matches(value.casefold(), [choice.casefold() for choice in choices], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise self.fault(key, f"{value!r} is not known{hint}", f"Use one of: {', '.join(choices)}")

    def boolean(self, key: str, default: bool) -> bool:
        """Return true or false.

        Parameters
        ----------
        key : str
            The key.
        default : bool
            Value where the key is absent.

        Returns
        -------
        bool
            The value.
        """
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.fault(key, f"{value!r} is neither true nor false", f"Write it as {key} = true")
        return value

    def integer(self, key: str, default: int, *, low: int) -> int:
        """Return a whole number.

        Parameters
        ----------
        key : str
            The key.
        default : int
            Value where the key is absent.
        low : int
            Smallest value allowed.

        Returns
        -------
        int
            The number.
        """
        value = self.take(key)
        if value is None:
            return default
        if type(value) is not int or value < low:
            raise self.fault(key, f"{value!r} is not a whole number of at least {low}")
        return value

    def number(self, key: str, default: float, *, low: float, high: float) -> float:
        """Return a number inside a range.

        Parameters
        ----------
        key : str
            The key.
        default : float
            Value where the key is absent.
        low, high : float
            Inclusive range.

        Returns
        -------
        float
            The number.
        """
        value = self.take(key)
        if value is None:
            return default
        if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
            raise self.fault(key, f"{value!r} is not a number from {low:g} to {high:g}")
        return float(value)

    def keys_among(self, known: Iterable[str]) -> list[str]:
        """Return the keys of this table that are known names; others are left for :meth:`finish` to refuse.

        Parameters
        ----------
        known : iterable of str
            The names.

        Returns
        -------
        list of str
            In the order of the file.
        """
        names = set(known)
        self._known |= names
        return [key for key in self.values if key in names]

    def finish(self, *, extra: tuple[str, ...] = ()) -> None:
        """Refuse keys nobody asked for.

        Parameters
        ----------
        extra : tuple of str
            Further keys that are allowed.
        """
        known = self._known.union(extra)
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                listed = ", ".join(sorted(known))
                mend = f"Did you mean {near[0]!r}?" if near else f"Known keys: {listed}"
                raise self.fault(key, "unknown key", mend)

    def _dotted(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def dotted(values: Mapping[str, Any], above: str = "") -> list[str]:
    """Write a table in lines, one a value, with the whole name of each key.

    Parameters
    ----------
    values : mapping
        The table.
    above : str
        Its dotted name.

    Returns
    -------
    list of str
        As in "patrol.river.every = 10".
    """
    lines: list[str] = []
    for key, value in values.items():
        name = f"{above}.{key}" if above else str(key)
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        lines += dotted(value, name) if isinstance(value, dict) else [f"{name} = {plain}"]
    return lines
