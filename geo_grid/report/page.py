"""The report as one printable page that asks no other host for anything."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.errors import UsageError
from geo_grid.report import tables
from geo_grid.report.words import check_lang, reason_text, word

if TYPE_CHECKING:
    from geo_grid.report.summary import Summary


def write_html(summary: Summary, path: str | Path, lang: str = "zh") -> None:
    """Write the report as a page to be printed and signed.

    Parameters
    ----------
    summary : Summary
        Figures.
    path : str or Path
        File to write; an older one is replaced.
    lang : {"zh", "en"}, default "zh"
        Language.

    Raises
    ------
    UsageError
        If the language is another, or the file cannot be written.
    """
    page = html(summary, lang)
    try:
        Path(path).write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", file=path, mend="Choose another file.") from None


def html(summary: Summary, lang: str = "zh") -> str:
    """Return the report as a page.

    Parameters
    ----------
    summary : Summary
        Figures.
    lang : {"zh", "en"}, default "zh"
        Language.

    Returns
    -------
    str
        HTML with its style inside, without scripts.

    Raises
    ------
    UsageError
        If the language is another.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    check_lang(lang)
    environment = Environment(
        loader=PackageLoader("geo_grid.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = lambda key, **values: word(key, lang, **values)
    reasons = [
        (reason_text(reason, lang), tables.exceptions(list(items), lang))
        for reason, items in groupby(summary.exceptions, key=lambda item: item.reason)
    ]
    rolled = (("s_counties", summary.counties), ("s_townships", summary.townships), ("s_areas", summary.areas))
    return environment.get_template("report.html").render(
        summary=summary,
        title=tables.title(summary),
        facts=tables.facts(summary, lang),
        households=tables.household_facts(summary, lang),
        quarantine=tables.quarantine(summary, lang),
        levels=tables.levels(summary.levels, lang),
        shapes=tables.shapes(summary.levels, lang),
        barriers=tables.barriers(summary, lang),
        elements=tables.elements(summary, lang),
        reasons=reasons,
        groups=[(key, tables.groups(groups, lang)) for key, groups in rolled if groups],
        notes=summary.meta.get("notes", []),
        signatures=("prepared", "reviewed", "approved"),
    )
