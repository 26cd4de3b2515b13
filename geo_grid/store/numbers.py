"""Numbers of grid codes: a number once given under a parent is never given again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo_grid.store.backend import Transaction


def highest_numbers(grids: Iterable[tuple[Any, ...]]) -> dict[str, dict[str, int]]:
    """Return the highest number under each parent.

    Parameters
    ----------
    grids : iterable of tuple
        Code, parent_code (None at level 1) and area_code of grids.

    Returns
    -------
    dict of str to dict
        By area, then by code of the area or grid above; codes that do not begin with their parent's are left out.
    """
    out: dict[str, dict[str, int]] = {}
    for code, parent_code, area_code in grids:
        parent = parent_code or area_code
        digits = code[len(parent) :].lstrip("-_./")
        if code.startswith(parent) and digits.isascii() and digits.isdigit():
            numbers = out.setdefault(area_code, {})
            numbers[parent] = max(numbers.get(parent, 0), int(digits))
    return out


def raise_numbers(tx: Transaction, area: str, numbers: Mapping[str, int]) -> None:
    """Keep numbers in mind; none is ever lowered.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes.
    area : str
        Code of the area.
    numbers : mapping of str to int
        Highest number given by code of the parent.
    """
    if numbers:
        tx.many(
            "INSERT INTO code_numbers (parent_code, area_code, highest) VALUES (?, ?, ?)"
            " ON CONFLICT (parent_code) DO UPDATE SET highest ="
            " CASE WHEN excluded.highest > code_numbers.highest THEN excluded.highest ELSE code_numbers.highest END",
            sorted((parent, area, int(number)) for parent, number in numbers.items()),
        )


def keep_numbers(tx: Transaction, area: str | None = None) -> None:
    """Keep in mind the numbers the plan's tables show now, before they change.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes.
    area : str, optional
        Code of an area; all areas by default.
    """
    query = "SELECT code, parent_code, area_code FROM grids"
    rows = tx.rows(query) if area is None else tx.rows(f"{query} WHERE area_code = ?", (area,))
    for code, numbers in highest_numbers(rows).items():
        raise_numbers(tx, code, numbers)
