"""Which encoding a text is in: what the file says, else what it can be decoded by."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Tried in this order; GB18030 includes GBK and GB2312.
TRIALS = ("utf-8", "gb18030")

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def by_mark(head: bytes) -> str | None:
    """Return the encoding a byte order mark announces.

    Parameters
    ----------
    head : bytes
        Start of a file.

    Returns
    -------
    str or None
        Name of the encoding; None without a mark.
    """
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def decodes(chunks: Iterable[bytes], encoding: str, *, cut: bool = False) -> bool:
    """Tell whether bytes are text in an encoding.

    Parameters
    ----------
    chunks : iterable of bytes
        Pieces of one text, or with `cut` independent texts.
    encoding : str
        Name of the encoding.
    cut : bool
        Whether each piece is a text of its own whose last character may be cut off, as in DBF fields.

    Returns
    -------
    bool
        Whether all of it can be decoded.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
            if cut:
                decoder.reset()
        if not cut:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
