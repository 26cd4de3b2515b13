"""The ten tasks of the city: what a matter can be about, hazards first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """What a matter is about.

    Parameters
    ----------
    key : str
        Its name in data.
    zh, en : str
        Its name for people.
    hazard : bool
        Whether life may be in danger.
    mend_days : int
        Days from being found to being mended.
    check_days : int
        Days from being mended to being closed.
    classes : tuple of str
        Classes of elements it is usually found at, for the forms.
    photo_before, photo_after : bool
        Whether finding and mending need a photo.
    """

    key: str
    zh: str
    en: str
    hazard: bool
    mend_days: int
    check_days: int
    classes: tuple[str, ...] = ()
    photo_before: bool = True
    photo_after: bool = True


#: In the order of lists and forms.
CATEGORIES: dict[str, Category] = {
    category.key: category
    for category in (
        Category("house", "房屋安全", "unsafe houses", hazard=True, mend_days=3, check_days=3),
        Category(
            "landslide",
            "地质灾害",
            "landslides and collapses",
            hazard=True,
            mend_days=3,
            check_days=3,
            classes=("hill", "gully"),
        ),
        Category(
            "mining", "非法采矿", "illegal mining", hazard=True, mend_days=3, check_days=3, classes=("mine", "hill")
        ),
        Category("river", "河道四乱", "river encroachment", hazard=True, mend_days=7, check_days=7, classes=("river",)),
        Category(
            "forest_fire",
            "森林防火",
            "forest fire risk",
            hazard=True,
            mend_days=1,
            check_days=3,
            classes=("forest", "hill"),
        ),
        Category(
            "flood",
            "山洪与淤地坝",
            "flash floods and check dams",
            hazard=True,
            mend_days=3,
            check_days=3,
            classes=("gully", "river"),
        ),
        Category("road", "道路安全", "unsafe roads", hazard=True, mend_days=7, check_days=7, classes=("road",)),
        Category(
            "water",
            "饮水与水井",
            "wells and drinking water",
            hazard=False,
            mend_days=7,
            check_days=7,
            classes=("well",),
        ),
        Category(
            "farmland",
            "耕地保护",
            "occupied farmland",
            hazard=False,
            mend_days=30,
            check_days=15,
            classes=("farmland",),
        ),
        Category(
            "pollution",
            "污染与倾倒",
            "pollution and dumping",
            hazard=False,
            mend_days=7,
            check_days=7,
            classes=("river", "gully", "road"),
        ),
    )
}
