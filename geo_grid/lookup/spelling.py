"""One spelling for all ways to write a name: widths, capitals, numerals, and Chinese by its sound."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from geo_grid.read.ledger import arabic_numerals

_GAPS = re.compile(r"[\s#\-—–_.,·、，。()（）\[\]【】]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_SUFFIXES = ("社区居民委员会", "村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区", "行政村", "村")


def plain(text: str) -> str:
    """Return text as it is compared.

    Parameters
    ----------
    text : str
        Anything a person typed.

    Returns
    -------
    str
        Half-width, lower case, without gaps and marks.
    """
    return _GAPS.sub("", unicodedata.normalize("NFKC", text).casefold())


def numbered(text: str) -> str:
    """Return text as it is compared, numerals as digits.

    Parameters
    ----------
    text : str
        What :func:`plain` returns.

    Returns
    -------
    str
        ``三号楼`` as ``3号楼``.
    """
    return arabic_numerals(text)


def short_area(name: str) -> str:
    """Return what people call an area.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    str
        Without 社区, 村, 村委会 and the like at the end, if two characters or more are left.
    """
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) >= len(suffix) + 2:
            return name[: -len(suffix)]
    return name


def syllables(text: str) -> str:
    """Return how Chinese text sounds.

    Parameters
    ----------
    text : str
        What :func:`plain` returns.

    Returns
    -------
    str
        ``FengShanSheQu``: pinyin without tones, each syllable with a capital; anything else stays as it is.
    """
    return _HAN.sub(lambda run: "".join(_sound(run.group())), heard(text))


def initials(text: str) -> str:
    """Return the first letters of how Chinese text sounds.

    Parameters
    ----------
    text : str
        What :func:`plain` returns.

    Returns
    -------
    str
        ``fssq``; anything but Chinese stays as it is.
    """
    return _HAN.sub(lambda run: "".join(word[0].lower() for word in _sound(run.group())), heard(text))


def heard(text: str) -> str:
    """Return a query as names sound.

    Parameters
    ----------
    text : str
        What :func:`plain` returns.

    Returns
    -------
    str
        With one letter for ü, which people type as ü, v or u: ``lüliang`` and ``lvliang`` as ``luliang``.
    """
    return text.replace("ü", "u").replace("v", "u")


@lru_cache(maxsize=65_536)
def _sound(run: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin  # its dictionary takes a tenth of a second to load

    return tuple(heard(word).capitalize() for word in lazy_pinyin(run))
