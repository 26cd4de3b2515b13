"""Numbers of an edition: as the public is told, and exactly, with vacancies, for those who are signed in."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from geo_grid.figures import city_figures, figures_told
from geo_grid.figures.workbook import figures_workbook
from geo_grid.people import vacancies

if TYPE_CHECKING:
    import datetime as dt

    from geo_grid.figures import CityFigures
    from geo_grid.figures.words import Lang
    from geo_grid.store.ledger import Ledger
    from webmap.public.edition import Edition

#: Prefixes whose exact numbers are kept for a while.
_KEPT = 8
_lock = threading.Lock()


def head(edition: Edition) -> dict[str, Any]:
    """Return what numbers are of.

    Parameters
    ----------
    edition : Edition
        What answers.

    Returns
    -------
    dict
        ``name, sample, version, built_at``.
    """
    meta = edition.plan.meta
    return {
        "name": str(meta.get("name") or ""),
        "sample": meta.get("sample") is True,
        "version": meta.get("version"),
        "built_at": meta.get("built_at"),
    }


def public_workbook(edition: Edition, lang: Lang) -> bytes:
    """Return the workbook everybody may have; made once of an edition.

    Parameters
    ----------
    edition : Edition
        What answers.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    bytes
        An XLSX file.
    """
    with _lock:
        kept: dict[str, bytes] = edition.kept.setdefault("workbooks", {})
        if lang not in kept:
            figures = city_figures(edition.plan.stored)
            least = edition.plan.least_count
            version, hours = edition.plan.meta.get("version"), edition.settings.utc_offset_hours
            kept[lang] = figures_workbook(figures, lang, least_count=least, version=version, utc_offset_hours=hours)
        return kept[lang]


def exact_figures(edition: Edition, ledger: Ledger, prefix: str, day: dt.date) -> CityFigures:
    """Count what lies below a prefix, with the grids nobody is in charge of on a day.

    Parameters
    ----------
    edition : Edition
        What is counted.
    ledger : Ledger
        Knows who is in charge.
    prefix : str
        Only areas whose code begins so.
    day : date
        The day.

    Returns
    -------
    CityFigures
        Exact, and not public.
    """
    key = prefix, ledger.people_stamp(), day
    with _lock:
        kept: dict[Any, CityFigures] = edition.kept.setdefault("exact", {})
        if key not in kept:
            while len(kept) >= _KEPT:
                kept.pop(next(iter(kept)))
            free = vacancies(ledger.staff(prefix=prefix), edition.plan.grids, day)
            kept[key] = city_figures(edition.plan.stored, free["code"].tolist(), prefix=prefix)
        return kept[key]


def exact_told(edition: Edition, figures: CityFigures, prefix: str) -> dict[str, Any]:
    """Return exact numbers as plain values.

    Parameters
    ----------
    edition : Edition
        What was counted.
    figures : CityFigures
        The numbers.
    prefix : str
        What they are bounded to.

    Returns
    -------
    dict
        As the public is told, with areas, exact counts and vacancies.
    """
    return head(edition) | {"exact": True, "prefix": prefix} | figures_told(figures, 0)
