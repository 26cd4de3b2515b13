"""Words of the report of a rebuild in Chinese and English."""

from __future__ import annotations

# key: Chinese, English
_WORDS: dict[str, tuple[str, str]] = {
    "title": ("重建变动报告", "Changes of the rebuild"),
    "sample": ("示例数据，仅供演示", "Sample data, for demonstration only"),
    "made": ("重建时间", "rebuilt at"),
    "zone": ("{time}（北京时间，UTC+8）", "{time} (Beijing time, UTC+8)"),
    "store": ("方案库", "store"),
    "program": ("程序版本", "program version"),
    "rows": ("住户数据行数", "rows of household data"),
    "rows_text": (
        "读入 {read:,} = 落图 {placed:,} + 隔离 {quarantined:,}",
        "{read:,} read = {placed:,} placed + {quarantined:,} quarantined",
    ),
    "flows": ("住户变动", "households"),
    "flows_text": ("新增 {come:,}，减少 {gone:,}", "{come:,} new, {gone:,} gone"),
    "areas": ("有变动的社区、村", "communities and villages with changes"),
    "areas_text": (
        "{touched:,}，其中调整网格 {mended:,}，重新划分 {redrawn:,}",
        "{touched:,}; in {mended:,} of these grids were mended, {redrawn:,} were drawn anew",
    ),
    "nothing": ("新数据与现方案一致，未作任何改动", "the new data say what the plan says: nothing was written"),
    "overview": ("概况", "Overview"),
    "totals": ("变动前后", "Before and after"),
    "townships": ("按乡镇（街道）", "By township"),
    "exceptions": ("例外网格变动", "Exceptions that changed"),
    "redrawn": ("重新划分的社区、村", "Areas drawn anew"),
    "crossed": ("越过网格户数区间", "Counts that crossed a band"),
    "changed": ("变动网格", "Grids that changed"),
    "unused": ("无法使用的行", "Rows that could not be used"),
    "columns": ("列说明", "Explanation of columns"),
    "none": ("无。", "None."),
    "others": ("其他文件", "other files"),
    "households": ("户数", "households"),
    "grids_1": ("1级网格", "level 1 grids"),
    "grids_2": ("2级网格", "level 2 grids"),
    "grids_3": ("3级网格", "level 3 grids"),
    "new": ("新设网格", "grids new"),
    "retired": ("撤销网格", "grids retired"),
    "grids_changed": ("其他变动网格", "grids changed otherwise"),
    "whole": ("全部", "all"),
    "none_known": ("未注明", "not known"),
    "page_lang": ("zh-CN", "en"),
    "n_exceptions": ("例外网格", "exceptions"),
    "count": ("数量", "count"),
    "before_of": ("{what}（前）", "{what}, before"),
    "after_of": ("{what}（后）", "{what}, after"),
    "ground_from": ("自 {grids} 划入", "ground from {grids}"),
    "ground_to": ("划给 {grids}", "ground to {grids}"),
    "for_band": ("因 {grids} 的户数越出区间", "because the households of {grids} left the band"),
    "for_group": ("新房归入其村民小组", "a new house went to its own villager group"),
    "and": ("、", ", "),
    "and_more": ("{some} 及另外 {n} 个网格", "{some} and {n} more"),
    "semicolon": ("；", "; "),
    "details": ("（{text}）", " ({text})"),
}

# column: Chinese, English, explanation in both
_COLUMNS: dict[str, tuple[str, str, str, str]] = {
    "what": ("项目", "what", "", ""),
    "difference": ("增减", "difference", "", ""),
    "township": ("乡镇代码", "township code", "", ""),
    "township_name": ("乡镇（街道）", "township", "", ""),
    "area": ("社区/村代码", "area code", "", ""),
    "area_name": ("社区/村", "community or village", "", ""),
    "level": ("级别", "level", "网格级别，1级最大", "level of the grid, 1 is the coarsest"),
    "grid": ("网格编码", "grid code", "重建前的编码；新设网格为其新编码", "as it was before; of a new grid its own"),
    "grid_name": ("网格名称", "grid name", "", ""),
    "change": ("变化", "change", "新增、消除，或户数、原因有变", "came, went, or its households or reason changed"),
    "before": ("原户数", "households before", "重建前的户数", "in the plan before the rebuild"),
    "with_new_data": (
        "新数据户数",
        "households by new data",
        "按新数据、网格未调整时的户数",
        "with the new data, before any grid was mended",
    ),
    "after": (
        "现户数",
        "households now",
        "重建后的户数；空为已撤销",
        "after the rebuild; empty where the grid is retired",
    ),
    "low": ("下限", "band from", "该网格户数区间的下限", "least households the grid may have"),
    "high": ("上限", "band to", "该网格户数区间的上限", "most households the grid may have"),
    "crossed": (
        "越过",
        "crossed",
        "新数据使户数由区间的哪一侧到了哪一侧",
        "from which side of the band to which the new data put the count",
    ),
    "came": ("新增户", "households new", "新数据中新出现的户", "households that only the new data have"),
    "gone": ("减少户", "households gone", "新数据中不再有的户", "households that the new data do not have any more"),
    "taken_over": (
        "调入户",
        "households taken over",
        "原在其他网格、调整后归入本网格的户",
        "were in another grid, came by mending",
    ),
    "given_away": (
        "调出户",
        "households given away",
        "原在本网格、调整后归入其他网格的户",
        "were in this grid, left by mending",
    ),
    "ground_taken": ("划入面积（m²）", "ground taken (m²)", "自其他网格划入的面积", "ground that was in other grids"),
    "ground_given": ("划出面积（m²）", "ground given (m²)", "划给其他网格的面积", "ground that is in other grids now"),
    "became": (
        "新编码",
        "new code",
        "上级网格编码变动时本网格的新编码；空为未变",
        "its code where the grid above got another; empty where it kept its own",
    ),
    "why": ("原因", "reason", "", ""),
    "reason_before": ("原例外原因", "reason before", "重建前为例外的原因", "why it was an exception before"),
    "reason": (
        "现例外原因",
        "reason now",
        "重建后为例外的原因；空为已在区间内",
        "why it is one now; empty where it is none",
    ),
    "how": ("方式", "how", "", ""),
    "source": ("文件", "file", "", ""),
    "row": ("行号", "row", "在该文件中的行号", "number of the row in that file"),
    "unused": ("无法使用的原因", "why it could not be used", "", ""),
    "was_in": (
        "该户原在网格",
        "household was in grid",
        "方案中同编号住户原在的网格，该户仅因此行无法使用而缺失",
        "grid of the household of the plan with the same id, which is missing only because of this row",
    ),
    "sample": ("示例数据", "sample data", "", ""),
}

_KEYS: dict[str, tuple[str, str]] = {
    "new households": ("新增住户", "new households"),
    "households gone": ("住户减少", "households gone"),
    "retired": ("撤销", "retired"),
    "another code above": ("上级网格编码变动", "the grid above got another code"),
    "took over for a band": ("为满足户数区间调入", "took households over so that a band holds"),
    "gave away for a band": ("为满足户数区间调出", "gave households away so that a band holds"),
    "ground changed": ("界线变动", "border moved"),
    "new": ("新设", "new grid"),
    "drawn afresh": ("地块重划", "area drawn anew with new cells"),
    "area drawn anew": ("所在社区（村）重新划分", "area drawn anew"),
    "below": ("低于", "below"),
    "inside": ("区间内", "inside"),
    "above": ("高于", "above"),
    "came": ("新增", "came"),
    "went": ("消除", "went"),
    "changed": ("有变", "changed"),
    "own ground": ("在原有地块上重新划分", "on its own ground"),
    "new cells": ("地块重划", "with new cells"),
    "a band is broken": (
        "户数越出区间，在原有单元间调整不能解决",
        "a count left its band, and moving units or households between grids did not do",
    ),
    "what was proved of an exception may hold no more": (
        "例外网格的户数有变，须重新论证",
        "households of an exception changed: it had to be proved anew",
    ),
    "grids are locked": ("有锁定的网格", "grids are locked"),
    "a grid has lost all its households": ("有网格已无住户", "a grid has lost all its households"),
    "a grid where nobody lived has households": ("无人居住的网格有了住户", "a grid where nobody lived has households"),
    "other villager groups are said": ("村民小组有变", "households have other villager groups"),
    "the area was redrawn by hand": ("曾由人工调整", "the area was redrawn by hand"),
    "other floors or doors are said of a building's households": (
        "楼栋内住户的单元、楼层有变",
        "households of a building have other floors or entrances",
    ),
    "a piece of the area without households has some now": (
        "原无住户的飞地有了住户",
        "a detached piece without households has some now",
    ),
    "a part of a building has fallen empty": ("楼栋的一部分已无住户", "a part of a building has fallen empty"),
}


def word(key: str, lang: str, **values: object) -> str:
    """Return a word or sentence.

    Parameters
    ----------
    key : str
        Which.
    lang : str
        "zh" or "en".
    **values : object
        What to fill in.

    Returns
    -------
    str
        The text.
    """
    return _WORDS[key][lang == "en"].format(**values)


def heading(column: str, lang: str) -> str:
    """Return the heading of a column.

    Parameters
    ----------
    column : str
        Its key; of the totals with ``_before`` or ``_after``.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        The heading.
    """
    if column in _COLUMNS:
        return _COLUMNS[column][lang == "en"]
    what, _, when = column.rpartition("_")
    if what and when in {"before", "after"}:
        return word(f"{when}_of", lang, what=word("n_exceptions" if what == "exceptions" else what, lang))
    return word(column, lang)


def explanations(lang: str) -> list[tuple[str, str]]:
    """Explain the columns that do not explain themselves.

    Parameters
    ----------
    lang : str
        "zh" or "en".

    Returns
    -------
    list of tuple of str
        Headings and explanations.
    """
    at = lang == "en"
    return [(text[at], text[2 + at]) for text in _COLUMNS.values() if text[2 + at]]


def key_text(key: str, lang: str) -> str:
    """Say one of the reasons and sides the lists name.

    Parameters
    ----------
    key : str
        As in :class:`geo_grid.rebuild.telling.Told`; any other text is returned as it is.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        The words.
    """
    pair = _KEYS.get(key)
    return pair[lang == "en"] if pair else key
