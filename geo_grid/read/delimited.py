"""CSV and TSV, in whatever encoding and with whatever delimiter; rows of a wrong length are set aside, not guessed at."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_grid.errors import InputError
from geo_grid.read.table import Table
from geo_grid.read.text import TRIALS, by_mark, decodes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_grid.config import Source

_CHUNK = 1 << 20
_BLOCK = 1 << 25  # bytes; one row must fit
_DELIMITERS = ",;\t|"


def load_csv(source: Source, path: Path) -> Table:
    """Read a delimited text file; every cell stays text.

    Parameters
    ----------
    source : Source
        The source.
    path : Path
        Its file.

    Returns
    -------
    Table
        Without geometry; rows of a wrong length are in ``broken``.

    Raises
    ------
    InputError
        The file is empty, or in no known encoding, or no table.
    """
    encoding, note = _encoding(source, path)
    header = _header(source, path, encoding)
    _refuse_open_quote(source, path, encoding, _delimiter(header))
    frame, rows, broken = _parse(source, path, encoding, _delimiter(header))
    table = Table(source, frame, rows=rows, encoding=encoding, broken=broken)
    if note:
        table.notes.append(note)
    return table


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _encoding(source: Source, path: Path) -> tuple[str, str | None]:
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise InputError("the file is empty", file=source.label)
    marked = by_mark(head)
    if source.encoding:
        chosen = "utf-8-sig" if source.encoding == "utf-8" and marked == "utf-8-sig" else source.encoding
        if decodes(_chunks(path), chosen):
            return chosen, None
        mend = "Name the right encoding, or leave the key out"
        raise InputError(f"the text is not {source.encoding}, as configured", file=source.label, mend=mend)
    for name in (marked,) if marked else TRIALS:
        if decodes(_chunks(path), name):
            note = f"{source.label}: text read as {name.upper()}" if name == "gb18030" else None
            return name, note
    mend = 'Save it as UTF-8, or name its encoding, as in encoding = "GB18030"'
    raise InputError("the text is neither UTF-8 nor GB18030", file=source.label, mend=mend)


def _header(source: Source, path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline=None) as file:
        for line in file:
            if line.strip():
                return line
    raise InputError("the file has no header", file=source.label)


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _parse(
    source: Source, path: Path, encoding: str, delimiter: str
) -> tuple[pd.DataFrame, NDArray[np.int64], pd.DataFrame]:
    from pyarrow import ArrowInvalid, string
    from pyarrow import csv as arrow_csv

    wrong: list[tuple[int, str, str]] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        reason = f"the row has {row.actual_columns} cells where the header has {row.expected_columns}"
        wrong.append((row.number - 1, reason, json.dumps({"text": row.text}, ensure_ascii=False)))
        return "skip"

    # one thread: only then does the reader number the rows it sets aside
    options = {
        "read_options": arrow_csv.ReadOptions(use_threads=False, encoding=encoding, block_size=_BLOCK),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_aside
        ),
    }
    try:
        names = arrow_csv.open_csv(path, **options).schema.names
        wrong.clear()
        convert = arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, string()), strings_can_be_null=False)
        arrow = arrow_csv.read_csv(path, convert_options=convert, **options)
    except ArrowInvalid as error:
        mend = "Check its quotation marks and its last line"
        raise InputError(f"not a readable table: {error}", file=source.label, mend=mend) from None
    frame = arrow.rename_columns(unique_names(names)).to_pandas()
    broken = pd.DataFrame(wrong, columns=["row", "reason", "raw"])
    rows = np.setdiff1d(np.arange(1, len(frame) + len(broken) + 1), broken["row"].to_numpy(dtype=np.int64))
    return frame, rows.astype(np.int64), broken


def _refuse_open_quote(source: Source, path: Path, encoding: str, delimiter: str) -> None:
    """Refuse a file whose last quotation mark swallows all rows after it, which readers accept in silence."""
    if encoding != "utf-16" and sum(chunk.count(b'"') for chunk in _chunks(path)) % 2 == 0:
        return
    csv.field_size_limit(max(csv.field_size_limit(), path.stat().st_size))
    line = 0
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for _ in reader:
                line = reader.line_num
    except csv.Error as error:
        if "unexpected end" in str(error):
            message = f"a quotation mark after line {line} is never closed"
            raise InputError(message, file=source.label, mend="Close or remove it") from None


def unique_names(names: list[str]) -> list[str]:
    """Make column names unique by numbering later ones of the same name.

    Parameters
    ----------
    names : list of str
        Names as they stand in a header.

    Returns
    -------
    list of str
        Of the same length; blanks become "column 3" and the like.
    """
    seen: set[str] = set()
    result = []
    for position, given in enumerate(names, start=1):
        base = given.strip() or f"column {position}"
        name, count = base, 1
        while name in seen:
            count += 1
            name = f"{base} ({count})"
        seen.add(name)
        result.append(name)
    return result
