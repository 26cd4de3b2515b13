"""The lists of a rebuild as a file: a workbook of a sheet each, a table, or a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.rebuild.telling import Told

_TITLES = {
    "zh": {
        "crossed": "越过网格户数区间",
        "changed": "变动网格",
        "unused": "无法使用的行",
        "list": "清单",
        "page": "重建变动清单",
    },
    "en": {
        "crossed": "Crossed a band",
        "changed": "Grids that changed",
        "unused": "Rows not used",
        "list": "list",
        "page": "Changes of the rebuild",
    },
}
_HEADS = {
    "area": "社区/村代码",
    "area_name": "社区/村",
    "level": "级别",
    "grid": "网格编码",
    "grid_name": "网格名称",
    "before": "原户数",
    "with_new_data": "新数据户数",
    "low": "下限",
    "high": "上限",
    "crossed": "变化",
    "after": "现户数",
    "came": "新增户",
    "gone": "减少户",
    "taken_over": "调入户",
    "given_away": "调出户",
    "ground_taken": "划入面积（平方米）",
    "ground_given": "划出面积（平方米）",
    "became": "新编码",
    "why": "原因",
    "source": "文件",
    "row": "行号",
    "reason": "无法使用的原因",
    "was_in": "该户原在网格",
}
_WORDS = {
    "new households": "新增住户",
    "households gone": "住户减少",
    "retired": "撤销",
    "another code above": "上级网格编码变动",
    "took over for a band": "为满足户数区间调入",
    "gave away for a band": "为满足户数区间调出",
    "ground changed": "界线变动",
    "new": "新设",
    "drawn afresh": "地块重划",
    "below": "低于",
    "inside": "区间内",
    "above": "高于",
}


def write_changes(told: Told, path: Path, lang: str = "zh") -> None:
    """Write the lists of a rebuild.

    Parameters
    ----------
    told : Told
        The lists.
    path : Path
        File; its ending says what is written: .xlsx, .csv or .html.
    lang : str
        "zh" or "en".
    """
    titles = _TITLES[lang]
    frames = {titles[name]: _in_words(getattr(told, name), lang) for name in ("crossed", "changed")}
    if len(told.unused):
        frames[titles["unused"]] = _in_words(told.unused, lang)
    if path.suffix.lower() == ".xlsx":
        with pd.ExcelWriter(path, engine="openpyxl") as book:
            for title, frame in frames.items():
                frame.to_excel(book, sheet_name=title, index=False)
    elif path.suffix.lower() == ".csv":
        parts = [frame.assign(**{titles["list"]: title}) for title, frame in frames.items()]
        both = pd.concat([part.astype(object) for part in parts], ignore_index=True)
        columns = [titles["list"], *(name for name in both.columns if name != titles["list"])]
        both[columns].to_csv(path, index=False, encoding="utf-8-sig")  # spreadsheets take it for UTF-8 by its mark
    else:
        path.write_text(_page(frames, titles["page"], lang), encoding="utf-8")


def _in_words(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    whole = [name for name in frame.columns if name in {"before", "after", "low", "high"}]
    frame = frame.astype(dict.fromkeys(whole, "Int64"))
    if lang == "en":
        return frame.rename(columns={name: name.replace("_", " ") for name in frame.columns})
    for name, gap, new_gap in (("why", ", ", "、"), ("crossed", " → ", " → ")):
        if name in frame:
            frame[name] = [new_gap.join(_WORDS[word] for word in text.split(gap)) for text in frame[name]]
    return frame.rename(columns=_HEADS)


def _page(frames: dict[str, pd.DataFrame], title: str, lang: str) -> str:
    parts = [
        f"<h2>{escape(name)} ({len(frame)})</h2>" + frame.astype(object).to_html(index=False, na_rep="", border=0)
        for name, frame in frames.items()
    ]
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}"
        "td,th{border:1px solid #bbb;padding:.2rem .5rem;text-align:left}tr:nth-child(even){background:#f4f4f4}"
    )
    head = f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    body: Any = "".join(parts)
    return f"{head}<style>{style}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
