"""The lists of a rebuild as they are shown: a head, tables in words, and what their columns mean."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geo_grid.rebuild.change_words import heading, key_text, word
from geo_grid.rebuild.tallying import COUNTED
from geo_grid.rebuild.unusable import reason_in_words
from geo_grid.report.words import reason_text
from geo_grid.telling import BEIJING

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.rebuild.rebuilding import Rebuilt
    from geo_grid.rebuild.telling import Told

_WHOLE = frozenset({"before", "after", "low", "high", "with_new_data"})
#: Grids that are named in a reason; of more their number is said.
_NAMED = 4
_BEIJING = dt.timezone(dt.timedelta(hours=BEIJING))


class Sheet(NamedTuple):
    """One table of the report.

    Parameters
    ----------
    key : str
        What it is of: "totals", "townships", "exceptions", "redrawn", "crossed", "changed", "unused".
    title : str
        Its title.
    columns : list of str
        Keys of its columns.
    heads : list of str
        Their headings.
    right : list of bool
        Which columns are numbers.
    rows : list of tuple
        Values: numbers, texts, None where there is nothing to say.
    """

    key: str
    title: str
    columns: list[str]
    heads: list[str]
    right: list[bool]
    rows: list[tuple[Any, ...]]


def facts(done: Rebuilt, lang: str, store: str) -> list[tuple[str, str]]:
    """Say what the report is of.

    Parameters
    ----------
    done : Rebuilt
        What a rebuild did.
    lang : str
        "zh" or "en".
    store : str
        Where the plan is, without a password.

    Returns
    -------
    list of tuple of str
        Names and values.
    """
    meta = done.meta
    made = dt.datetime.fromisoformat(str(meta["built_at"])).astimezone(_BEIJING)
    found = [(word("made", lang), word("zone", lang, time=f"{made:%Y-%m-%d %H:%M}"))]
    if store:
        found.append((word("store", lang), store))
    found += [
        (word("rows", lang), word("rows_text", lang, **meta["household_rows"])),
        (word("flows", lang), word("flows_text", lang, come=done.come, gone=done.gone)),
        (
            word("areas", lang),
            word("areas_text", lang, touched=done.touched, mended=done.mended, redrawn=done.redrawn),
        ),
        (word("program", lang), str(meta.get("program_version", ""))),
    ]
    if not done.written:
        found.append((word("nothing", lang), ""))
    return found


def sheets(done: Rebuilt, lang: str) -> list[Sheet]:
    """Put the lists in words.

    Parameters
    ----------
    done : Rebuilt
        What a rebuild did.
    lang : str
        "zh" or "en".

    Returns
    -------
    list of Sheet
        The tables, totals first.
    """
    told = done.told
    names = {str(code): str(name) for code, name in (done.meta.get("place_names") or {}).items()}
    frames = {
        "totals": _totals(told, lang),
        "townships": _townships(told, names, lang),
        "exceptions": _worded(
            told.exceptions,
            {
                "change": lambda text: key_text(text, lang),
                "reason_before": lambda text: reason_text(text, lang),
                "reason": lambda text: reason_text(text, lang),
            },
        ),
        "redrawn": _worded(told.redrawn, {"how": lambda text: key_text(text, lang), "why": _list_of("; ", lang)}),
        "crossed": _worded(told.crossed, {"crossed": _list_of(" → ", lang)}),
        "changed": _changed(told.changed, lang),
        "unused": _worded(told.unused, {"reason": lambda text: reason_in_words(text, lang)}).rename(
            columns={"reason": "unused"}
        ),
    }
    return [_sheet(key, frame, lang) for key, frame in frames.items()]


def _list_of(gap: str, lang: str) -> Callable[[str], str]:
    joined = gap if gap == " → " else word("semicolon", lang)
    return lambda text: joined.join(key_text(part, lang) for part in text.split(gap))


def _worded(frame: pd.DataFrame, words: dict[str, Callable[[str], str]]) -> pd.DataFrame:
    return frame.assign(**{name: [say(text) for text in frame[name]] for name, say in words.items()})


def _sheet(key: str, frame: pd.DataFrame, lang: str) -> Sheet:
    columns = list(frame.columns)
    right = [name in _WHOLE or _is_number(frame[name]) for name in columns]
    cells = [
        [None if pd.isna(value) or value == "" else int(value) if number else str(value) for value in frame[name]]
        for name, number in zip(columns, right, strict=True)
    ]
    heads = [heading(name, lang) for name in columns]
    return Sheet(key, word(key, lang), columns, heads, right, list(zip(*cells, strict=True)))


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column)) and column.name != "level"


def _counts_of(changed: pd.DataFrame) -> dict[str, pd.Series]:
    """Tell which grids are new, retired, and changed otherwise."""
    new, retired = changed["before"].isna(), changed["after"].isna()
    return {"new": new, "retired": retired & ~new, "grids_changed": ~new & ~retired}


def _totals(told: Told, lang: str) -> pd.DataFrame:
    sums = told.totals.sum(numeric_only=True)
    rows: list[tuple[Any, ...]] = []
    for name in COUNTED:
        before, after = int(sums[f"{name}_before"]), int(sums[f"{name}_after"])
        rows.append((word("n_exceptions" if name == "exceptions" else name, lang), before, after, after - before))
    frame = pd.DataFrame(rows, columns=["what", "before", "after", "difference"])
    for name, some in _counts_of(told.changed).items():
        frame.loc[len(frame)] = [word(name, lang), None, None, int(some.sum())]
    return frame.astype({"before": "Int64", "after": "Int64", "difference": "Int64"}).rename(
        columns={"before": "count_before", "after": "count_after"}
    )


def _townships(told: Told, names: dict[str, str], lang: str) -> pd.DataFrame:
    from geo_grid.figures.places import county_and_township

    totals = told.totals
    _, township = county_and_township(totals)
    township = township.where(township.notna(), "")
    sums = totals.select_dtypes("number").groupby(township.to_numpy()).sum()
    place = dict(zip(totals["code"], township, strict=True))
    mine = told.changed["area"].map(place)
    for name, some in _counts_of(told.changed).items():
        sums[name] = mine[some].value_counts().reindex(sums.index, fill_value=0)
    order = [column for name in COUNTED for column in (f"{name}_before", f"{name}_after")]
    sums = sums[[*order, "new", "retired", "grids_changed"]].astype("Int64")
    sums.insert(0, "township_name", [names.get(code, "") if code else word("none_known", lang) for code in sums.index])
    return sums.rename_axis("township").reset_index()


def _changed(changed: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Put the reason beside the name: further on it is out of sight."""
    frame = changed.drop(columns=["why", "ground_from", "ground_to", "for_band"])
    frame.insert(frame.columns.get_loc("grid_name") + 1, "why", pd.Series(_whys(changed, lang), dtype=object))
    return frame


def _whys(changed: pd.DataFrame, lang: str) -> list[str]:
    """Say why each grid changed, and of those whose ground did, whence, whither and what for."""
    names = dict(zip(changed["grid"], changed["grid_name"], strict=True))

    def called(codes: str) -> str:
        all_codes = codes.split(", ")
        some = word("and", lang).join(names.get(code) or code for code in all_codes[:_NAMED])
        return some if len(all_codes) <= _NAMED else word("and_more", lang, some=some, n=len(all_codes) - _NAMED)

    out = []
    columns = (changed[name] for name in ("why", "ground_from", "ground_to", "for_band"))
    for why, whence, whither, band in zip(*columns, strict=True):
        keys = why.split(", ")
        said = []
        for key in keys:
            text = key_text(key, lang)
            if key == "ground changed":
                parts = [("ground_from", whence), ("ground_to", whither), ("for_band", band)]
                details = [word(name, lang, grids=called(codes)) for name, codes in parts if codes]
                if not band and keys[-1] == key:  # neither a band nor a whole area: nothing else moves ground
                    details.append(word("for_group", lang))
                if details:
                    text += word("details", lang, text=word("semicolon", lang).join(details))
            said.append(text)
        out.append(word("semicolon", lang).join(said))
    return out
