"""Counties and townships: what areas are rolled up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COUNTY_DIGITS, TOWNSHIP_DIGITS, AREA_DIGITS = 6, 9, 12


def county_and_township(areas: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the county and the township of each area.

    Parameters
    ----------
    areas : DataFrame
        The table ``areas``.

    Returns
    -------
    tuple of Series
        Codes. From an area's code of 12 digits; of other areas the township is the parent, and there is no county.
        Missing values where nothing says.
    """
    official = areas["code"].str.fullmatch(rf"[0-9]{{{AREA_DIGITS}}}")
    county = areas["code"].str[:COUNTY_DIGITS].where(official)
    return county, areas["code"].str[:TOWNSHIP_DIGITS].where(official, areas["parent_code"])
