"""What is looked at, by class of element: the forms of phones, and the labels of what they send.

A checklist is kept by key, so that words may change and answers stay. A key that is not listed here any more is still told
as it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

#: Classes that elements may have, and what is looked at where there is no element.
FREE_PLACE = "place"


class Item(NamedTuple):
    """One line of a checklist.

    Parameters
    ----------
    key : str
        Its name in data.
    type : {"yes_no", "choice", "number", "text"}
        What an answer is: true or false, one of the options, a number, or a text.
    zh, en : str
        The question.
    options : tuple of (str, str, str)
        Of a choice: key, and its words in Chinese and English.
    unit : str
        Of a number.
    alarm : str
        The answer that points to a matter: "yes", "no", the key of an option, or nothing.
    """

    key: str
    type: str
    zh: str
    en: str
    options: tuple[tuple[str, str, str], ...] = ()
    unit: str = ""
    alarm: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as a phone is told.

        Returns
        -------
        dict
            JSON values.
        """
        told: dict[str, Any] = {"key": self.key, "type": self.type, "label": {"zh": self.zh, "en": self.en}}
        if self.options:
            told["options"] = [{"key": key, "label": {"zh": zh, "en": en}} for key, zh, en in self.options]
        if self.unit:
            told["unit"] = self.unit
        return told | ({"alarm": self.alarm} if self.alarm else {})


def _asked(key: str, zh: str, en: str, alarm: str = "yes") -> Item:
    return Item(key, "yes_no", zh, en, alarm=alarm)


_LEVEL = (("low", "低", "low"), ("normal", "正常", "normal"), ("high", "高", "high"))
_STATE = (("good", "良好", "good"), ("worn", "一般", "worn"), ("bad", "差", "bad"))

#: Class → its checklist, in the order of the form.
CHECKLISTS: dict[str, tuple[Item, ...]] = {
    "forest": (
        _asked("fire_use", "有野外用火", "fire in the open"),
        _asked("dry_litter", "林下可燃物多", "much dry litter"),
        _asked("felling", "有乱砍滥伐", "illegal felling"),
        _asked("pest", "有病虫害", "pests or disease"),
        _asked("sign", "防火警示牌完好", "fire signs are whole", alarm="no"),
    ),
    "river": (
        _asked("dumping", "有倾倒垃圾", "rubbish in the river"),
        _asked("occupation", "有侵占河道", "the bed is built on or farmed"),
        _asked("sand", "有非法采砂", "sand is dug without permit"),
        _asked("outfall", "有污水直排", "sewage runs in"),
        Item("level", "choice", "水位", "water level", _LEVEL, alarm="high"),
        Item("bank", "choice", "堤岸", "banks", _STATE, alarm="bad"),
    ),
    "gully": (
        _asked("blocked", "沟道堵塞", "the channel is blocked"),
        _asked("dwelling", "沟口有人居住", "people live at the mouth"),
        _asked("slide", "有滑坡迹象", "signs of sliding"),
        Item("dam", "choice", "淤地坝", "check dam", (*_STATE, ("none", "没有", "none")), alarm="bad"),
    ),
    "mine": (
        _asked("working", "有开采活动", "mining goes on"),
        _asked("sealed", "井口已封闭", "the mouth is sealed", alarm="no"),
        _asked("collapse", "有塌陷或裂缝", "subsidence or cracks"),
        _asked("fence", "警示与围栏完好", "signs and fence are whole", alarm="no"),
    ),
    "well": (
        _asked("cover", "井盖完好", "the cover is whole", alarm="no"),
        _asked("clear", "水质清澈", "the water is clear", alarm="no"),
        _asked("source_pollution", "周边有污染源", "something pollutes nearby"),
        Item("depth", "number", "水位埋深", "depth to the water", unit="m"),
    ),
    "farmland": (
        _asked("building", "有占用耕地建房", "something is built on it"),
        _asked("digging", "有取土挖砂", "soil or sand is dug"),
        _asked("abandoned", "有撂荒", "it lies fallow"),
        _asked("burning", "有焚烧秸秆", "straw is burnt"),
    ),
    "road": (
        Item("surface", "choice", "路面", "surface", _STATE, alarm="bad"),
        _asked("rockfall", "有落石或塌方", "rocks or earth on the road"),
        _asked("guard", "护栏标志完好", "guard rails and signs are whole", alarm="no"),
        _asked("blocked", "有堵塞占道", "something blocks it"),
    ),
    "hill": (
        _asked("crack", "坡顶有裂缝", "cracks at the top"),
        _asked("rockfall", "有落石", "rocks have fallen"),
        _asked("threat", "威胁房屋或道路", "houses or a road are below"),
        _asked("digging", "坡脚有开挖", "the foot is dug away"),
    ),
    FREE_PLACE: (
        _asked("house_crack", "房屋有裂缝倾斜", "a house is cracked or leans"),
        _asked("dumping", "有垃圾倾倒", "rubbish was dumped"),
        _asked("fire_use", "有用火隐患", "a risk of fire"),
    ),
}


def label(kind: str | None, key: str, language: str) -> str:
    """Return what a line of a checklist is called.

    Parameters
    ----------
    kind : str or None
        Class of the element; None for a free place.
    key : str
        Its name in data.
    language : str
        "zh" or "en".

    Returns
    -------
    str
        The question; the key itself where no such line is known.
    """
    for item in CHECKLISTS.get(kind or FREE_PLACE, ()):
        if item.key == key:
            return item.zh if language == "zh" else item.en
    return key
