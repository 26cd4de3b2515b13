"""The project's words for columns and kinds, and the names they go by in files, Chinese and English."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_AREA_CODE = (
    "area_code",
    "区划代码",
    "行政区划代码",
    "社区代码",
    "村代码",
    "村编码",
    "社区编码",
    "所属区划",
    "village_code",
    "community_code",
)
_AREA_NAME = (
    "area_name",
    "area",
    "所属社区",
    "所属村",
    "社区名称",
    "村名称",
    "行政村",
    "社区",
    "村",
    "village",
    "community",
)
_LON = ("lon", "lng", "long", "longitude", "经度", "x坐标", "x", "东经")
_LAT = ("lat", "latitude", "纬度", "y坐标", "y", "北纬")
_BUILDING = ("building", "楼栋", "楼号", "栋号", "幢号", "楼栋号", "楼栋名称", "建筑物", "建筑名称", "楼幢")
_PHONE = (
    "phone",
    "电话",
    "联系电话",
    "手机",
    "手机号",
    "手机号码",
    "值班电话",
    "电话号码",
    "mobile",
    "tel",
    "telephone",
)
_CONSENT = ("consent", "同意公开", "是否公开", "电话公开", "是否同意公开电话", "公开电话", "phone_public", "publish")
_GEOMETRY = ("geometry", "wkt", "geom", "几何")


def _level_names(level: int) -> tuple[str, ...]:
    """Names of the column that holds the grid of one level."""
    words = [f"{number}级网格" for number in ("一二三"[level - 1], level)]
    chinese = tuple(f"{word}{end}" for end in ("编码", "代码", "编号", "", "名称") for word in words)
    return (f"grid_code_l{level}", f"level {level} grid code", f"level {level} grid", f"level_{level}", *chinese)


#: By role: the project's word to the names it goes by, most certain first.
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "areas": {
        "code": (
            "code",
            "区划代码",
            "行政区划代码",
            "区划编码",
            "社区代码",
            "村代码",
            "村编码",
            "社区编码",
            "代码",
            "编码",
            "area_code",
            "id",
            "编号",
        ),
        "name": ("name", "名称", "区划名称", "社区名称", "村名称", "村名", "社区", "行政村", "area_name", "村居名称"),
        "kind": ("kind", "类型", "城乡", "城乡类型", "城乡分类", "区划类型", "type", "类别"),
        "parent_code": ("parent_code", "上级代码", "上级区划代码", "父级代码", "乡镇代码", "街道代码", "所属乡镇代码"),
        "geometry": _GEOMETRY,
    },
    "groups": {
        "code": ("code", "小组代码", "村民小组代码", "组代码", "代码", "编码", "编号", "id"),
        "name": ("name", "村民小组", "小组名称", "村民小组名称", "组名", "名称", "group"),
        "area_code": _AREA_CODE,
        "geometry": _GEOMETRY,
    },
    "households": {
        "id": ("id", "户编号", "户号", "户籍号", "家庭编号", "编号", "household_id", "hid"),
        "building": (*_BUILDING, "门牌号", "house"),
        "entrance": ("entrance", "单元", "单元号", "门洞"),
        "floor": ("floor", "楼层", "所在楼层", "层", "所在层"),
        "group": ("group", "村民小组", "小组", "组别", "所属小组", "组"),
        "address": ("address", "地址", "住址", "详细地址", "家庭住址", "门牌地址"),
        "residents": ("residents", "人口", "人口数", "人数", "常住人口", "家庭人口", "population"),
        "area_code": (*_AREA_CODE, "代码"),
        "area_name": _AREA_NAME,
        "households": ("households", "户数", "住户数", "总户数", "dwellings"),
        "floors": ("floors", "层数", "总层数", "楼层数", "地上层数", "storeys", "levels"),
        "lon": _LON,
        "lat": _LAT,
        "geometry": _GEOMETRY,
    },
    "buildings": {
        "building": (*_BUILDING, "name", "名称", "number", "编号", "门牌号", "house"),
        "area_code": (*_AREA_CODE, "代码"),
        "area_name": _AREA_NAME,
        "lon": _LON,
        "lat": _LAT,
        "geometry": _GEOMETRY,
    },
    "elements": {
        "id": ("id", "编号", "编码", "代码", "要素编号", "osm_id", "code"),
        "name": ("name", "名称", "要素名称"),
        "lon": _LON,
        "lat": _LAT,
        "geometry": _GEOMETRY,
    },
    "assignment": {  # which grid each household is in
        "id": ("household_id", "户编号", "户号", "户籍号", "家庭编号", "household", "hid", "住户编号", "id", "编号"),
        "building": _BUILDING,
        "entrance": ("entrance", "单元", "单元号", "门洞"),
        "floor_from": ("floor_from", "起始楼层", "楼层起", "楼层自", "最低层", "from_floor"),
        "floor_to": ("floor_to", "终止楼层", "楼层止", "楼层至", "最高层", "to_floor"),
        "floor": ("floor", "楼层", "所在楼层", "楼层范围", "层", "floors"),
        "address": ("address", "地址", "住址", "详细地址", "家庭住址", "门牌地址"),
        "area_code": _AREA_CODE,
        "l1": (*_level_names(1), "l1"),
        "l2": (*_level_names(2), "l2"),
        "l3": (*_level_names(3), "l3"),
        "grid": ("grid", "grid_code", "网格编码", "网格代码", "网格编号", "所属网格", "网格", "grid_name", "网格名称"),
    },
    "staff": {  # who looks after which grid
        "grid_code": ("grid_code", "网格编码", "网格代码", "网格编号", "所属网格编码", "grid", "code", "编码", "代码"),
        "role": ("role", "角色", "职务", "岗位", "人员类别", "人员类型", "身份", "duty", "position"),
        "name": ("name", "姓名", "人员姓名", "网格员姓名", "full_name"),
        "phone": _PHONE,
        "consent": _CONSENT,
        "term_from": (
            "term_from",
            "任期起",
            "任职日期",
            "上岗日期",
            "任期开始",
            "开始日期",
            "起始日期",
            "from",
            "start",
        ),
        "term_to": ("term_to", "任期止", "离任日期", "任期结束", "截止日期", "结束日期", "到期日期", "to", "end"),
    },
    "organisations": {  # what stands beside the grids
        "kind": ("kind", "组织类别", "组织类型", "类别", "类型", "type"),
        "name": ("name", "组织名称", "党组织名称", "名称", "organisation", "organization"),
        "code": ("code", "网格编码", "网格代码", "编码", "代码", "grid_code", *_AREA_CODE),
        "area_name": _AREA_NAME,
        "building": _BUILDING,
        "contact": ("contact", "负责人", "书记", "组长", "联系人", "书记姓名", "leader", "secretary"),
        "phone": _PHONE,
        "consent": _CONSENT,
    },
    "polygons": {  # grids drawn by hand
        "code": ("code", "网格编码", "网格代码", "网格编号", "grid_code", "编码", "代码", "编号", "grid_id"),
        "name": ("name", "网格名称", "名称", "网格名", "grid_name", "网格"),
        "level": ("level", "级别", "网格级别", "层级", "等级", "网格层级"),
        "parent": ("parent_code", "parent", "上级网格编码", "上级网格", "上级编码", "所属上级", "上级网格名称"),
        "geometry": _GEOMETRY,
    },
}

#: What a kind of area is called.
KINDS: dict[str, str] = {
    word: kind
    for kind, words in {
        "urban": ("urban", "city", "community", "城市", "城镇", "社区", "居委会", "居民委员会", "城市社区", "居委"),
        "rural": ("rural", "village", "农村", "乡村", "行政村", "村", "村委会", "村民委员会", "建制村", "村委"),
    }.items()
    for word in words
}


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Return a spelling that is the same for all ways to write one word.

    Parameters
    ----------
    text : str
        A column name, or a word.

    Returns
    -------
    str
        Half-width, lower case, without blanks, underscores and hyphens.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not c.isspace() and c not in "_-\ufeff")
