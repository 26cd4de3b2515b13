"""Conditions on rows, as in ``class in ('a', 'b') and not state = 'gone'``: a small grammar, nothing is executed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.errors import InputError
from geo_grid.read.table import missing_column, text_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geo_grid.config import Source

    Mask = NDArray[np.bool_]

_TOKEN = re.compile(
    r"""\s*(?:'(?P<text>(?:[^']|'')*)'|"(?P<quoted>(?:[^"]|"")*)"|(?P<op><>|!=|=|\(|\)|,)|(?P<word>[^\s'"=!<>(),]+))"""
)


def matching_rows(condition: str, frame: pd.DataFrame, source: Source) -> Mask:
    """Return which rows meet a condition.

    Parameters
    ----------
    condition : str
        Comparisons ``column = 'value'``, ``column != 'value'``, ``column in ('a', 'b')``, ``column is null``, joined by
        ``and``, ``or``, ``not`` and brackets. A column with blanks in its name stands in double quotation marks.
    frame : DataFrame
        The rows; values are compared as text.
    source : Source
        Where the rows come from, for messages.

    Returns
    -------
    ndarray of bool, shape (n,)
        Which rows are meant.

    Raises
    ------
    InputError
        The condition cannot be understood, or names a column that is not there.
    """
    return _Condition(condition, frame, source).mask()


class _Condition:
    """A recursive-descent reader of one condition; or < and < not < comparison."""

    def __init__(self, condition: str, frame: pd.DataFrame, source: Source) -> None:
        self.condition, self.frame, self.source = condition, frame, source
        self.tokens = self._split()
        self.at = 0

    def mask(self) -> Mask:
        result = self._or()
        if self.at < len(self.tokens):
            raise self._fault(f"nothing is expected at {self.tokens[self.at][1]!r}")
        return result

    def _split(self) -> list[tuple[str, str]]:
        tokens, position, text = [], 0, self.condition.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._fault(f"unreadable at {text[position:].strip()[:20]!r}")
            kind = str(match.lastgroup)
            value = match.group(kind)
            tokens.append((kind, value.replace("''", "'") if kind == "text" else value.replace('""', '"')))
            position = match.end()
        return tokens

    def _fault(self, message: str) -> InputError:
        mend = "Write it as in where = \"kind in ('a', 'b') and state = '1'\""
        return InputError(f"where = {self.condition!r}: {message}", file=self.source.label, mend=mend)

    def _next(self, *expected: str) -> tuple[str, str]:
        if self.at == len(self.tokens):
            raise self._fault("it ends too early")
        kind, value = self.tokens[self.at]
        if expected and value.lower() not in expected and kind not in expected:
            raise self._fault(f"{value!r} stands where {' or '.join(expected)} is expected")
        self.at += 1
        return kind, value

    def _accept(self, word: str) -> bool:
        if self.at < len(self.tokens):
            kind, value = self.tokens[self.at]
            if kind in ("word", "op") and value.lower() == word:
                self.at += 1
                return True
        return False

    def _or(self) -> Mask:
        result = self._and()
        while self._accept("or"):
            result = result | self._and()
        return result

    def _and(self) -> Mask:
        result = self._not()
        while self._accept("and"):
            result = result & self._not()
        return result

    def _not(self) -> Mask:
        if self._accept("not"):
            return ~self._not()
        if self._accept("("):
            result = self._or()
            self._next(")")
            return result
        return self._comparison()

    def _comparison(self) -> Mask:
        _, name = self._next("word", "quoted")
        if name not in self.frame.columns:
            raise missing_column(self.source, name, list(self.frame.columns))
        values = text_of(self.frame[name])
        if self._accept("is"):
            negated = self._accept("not")
            self._next("null")
            return np.array([(value is None) != negated for value in values], dtype=bool)
        negated = self._accept("not")
        _, operator = self._next("in") if negated else self._next("=", "!=", "<>", "in")
        wanted = self._list() if operator.lower() == "in" else {self._value()}
        negated = negated or operator in ("!=", "<>")
        return np.array([(value in wanted) != negated for value in values], dtype=bool)

    def _list(self) -> set[str]:
        self._next("(")
        wanted = {self._value()}
        while self._next(",", ")")[1] == ",":
            wanted.add(self._value())
        return wanted

    def _value(self) -> str:
        return self._next("text", "quoted", "word")[1].strip()
