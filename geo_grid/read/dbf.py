"""The text of a Shapefile's DBF: found by .cpg, then by the language byte, then by trial."""

from __future__ import annotations

import codecs
import struct
from typing import TYPE_CHECKING

from geo_grid.errors import InputError
from geo_grid.read.text import TRIALS, decodes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo_grid.config import Source

#: Language bytes (LDID) that name a code page of East Asia; others say what the writer's computer was, not the text.
_LANGUAGES = {
    0x4D: "gb18030",
    0x7A: "gb18030",
    0x4F: "cp950",
    0x78: "cp950",
    0x13: "cp932",
    0x7B: "cp932",
    0x4E: "cp949",
    0x79: "cp949",
}

_BATCH = 4096


def text_encoding(source: Source, shapefile: Path) -> tuple[str, list[str]]:
    """Find out the encoding of a Shapefile's text.

    Parameters
    ----------
    source : Source
        The source; its ``encoding``, if given, must fit.
    shapefile : Path
        The ``.shp`` file.

    Returns
    -------
    encoding : str
        Name of the encoding.
    notes : list of str
        What was decided against what the files say.

    Raises
    ------
    InputError
        The attributes are missing or damaged, or in no known encoding.
    """
    dbf = _beside(shapefile, ".dbf")
    if dbf is None:
        mend = "Copy the .dbf beside the .shp, or pack both into the archive"
        raise InputError("the Shapefile has no .dbf", file=source.label, mend=mend)
    texts = set(_texts(source, dbf))
    if source.encoding:
        if decodes(texts, source.encoding, cut=True):
            return source.encoding, []
        mend = "Name the right encoding, or leave the key out"
        raise InputError(f"the text is not {source.encoding}, as configured", file=source.label, mend=mend)
    notes: list[str] = []
    for origin, name in _announced(shapefile, dbf):
        if name is not None and decodes(texts, name, cut=True):
            return name, notes
        notes.append(f"{source.label}: the {origin} does not fit the text")
    for name in TRIALS:
        if decodes(texts, name, cut=True):
            if texts:
                notes.append(f"{source.label}: text read as {name.upper()}, by trial")
            return name, notes
    mend = 'Name its encoding, as in encoding = "GB18030"'
    raise InputError("the text is neither UTF-8 nor GB18030", file=source.label, mend=mend)


def _beside(shapefile: Path, suffix: str) -> Path | None:
    return next(
        (p for p in (shapefile.with_suffix(suffix), shapefile.with_suffix(suffix.upper())) if p.is_file()), None
    )


def _announced(shapefile: Path, dbf: Path) -> Iterator[tuple[str, str | None]]:
    """Yield what the files say: the .cpg first, then the language byte."""
    cpg = _beside(shapefile, ".cpg")
    if cpg is not None:
        word = cpg.read_bytes()[:64].decode("ascii", "replace").strip().strip("\x00")
        yield f".cpg ({word})", _code_page(word)
    with dbf.open("rb") as file:
        language = _LANGUAGES.get(file.read(30)[29])
    if language:
        yield f"language byte ({language})", language


def _code_page(word: str) -> str | None:
    """Return the encoding a .cpg names; single-byte code pages decode anything, and so prove nothing."""
    name = word.lower().replace("ansi ", "cp").replace("oem ", "cp")
    name = {"936": "gb18030", "cp936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "65001": "utf-8"}.get(
        name, name
    )
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return None if info.name.startswith(("iso8859", "cp125", "ascii", "latin")) else info.name


def _texts(source: Source, dbf: Path) -> Iterator[bytes]:
    """Yield the field names and cell contents that are not plain ASCII."""
    data = dbf.read_bytes()
    fault = InputError("the .dbf is damaged or incomplete", file=source.label, mend="Export it again")
    if len(data) < 33:
        raise fault
    count, header, record = struct.unpack("<IHH", data[4:12])
    names, slices = _fields(data[: min(header, len(data))])
    if record == 0 or len(data) < header + count * record:
        raise fault
    yield from (name for name in names if not name.isascii())
    end = header + count * record
    for start in range(header, end, record * _BATCH):
        batch = data[start : min(start + record * _BATCH, end)]
        if not batch.isascii():
            yield from _cells(batch, record, slices)


def _fields(head: bytes) -> tuple[list[bytes], list[slice]]:
    """Return the names of all fields, and where in a record the text fields lie."""
    names, slices, offset = [], [], 1
    for at in range(32, len(head) - 31, 32):
        if head[at] == 0x0D:
            break
        names.append(head[at : at + 11].split(b"\x00")[0])
        width = head[at + 16]
        if head[at + 11 : at + 12] == b"C":
            slices.append(slice(offset, offset + width))
        offset += width
    return names, slices


def _cells(batch: bytes, record: int, slices: list[slice]) -> Iterator[bytes]:
    for begin in range(0, len(batch), record):
        row = batch[begin : begin + record]
        if not row.isascii():
            yield from (row[part].strip(b" \x00") for part in slices if not row[part].isascii())
