"""Numbers of grid codes: a number once given under a parent is never given again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo_grid.store.backend import Transaction


_FEW = 20
_RAISE = (
    "ON CONFLICT (parent_code) DO UPDATE SET highest ="
    " CASE WHEN excluded.highest > code_numbers.highest THEN excluded.highest ELSE code_numbers.highest END"
)


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


def raise_numbers(tx: Transaction, numbers: Mapping[str, Mapping[str, int]]) -> None:
    """Keep numbers in mind; none is ever lowered.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes.
    numbers : mapping of str to mapping of str to int
        By area the highest number given by code of the parent.
    """
    rows = [(parent, area, int(number)) for area, some in numbers.items() for parent, number in sorted(some.items())]
    if len(rows) <= _FEW:
        tx.many(f"INSERT INTO code_numbers (parent_code, area_code, highest) VALUES (?, ?, ?) {_RAISE}", rows)  # noqa: S608
        return
    tx.rows("CREATE TEMPORARY TABLE given (parent_code text, area_code text, highest bigint)")
    tx.fill("given", ("parent_code", "area_code", "highest"), rows)
    tx.rows(
        "INSERT INTO code_numbers (parent_code, area_code, highest)"  # noqa: S608
        f" SELECT parent_code, area_code, highest FROM given WHERE 1 = 1 {_RAISE}"
    )
    tx.rows("DROP TABLE given")


def keep_numbers(tx: Transaction, area: str | None = None) -> None:
    """Keep in mind the numbers the plan's tables show now, before they change: :func:`highest_numbers` as one statement.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes.
    area : str, optional
        Code of an area; all areas by default.
    """
    where = "" if area is None else " WHERE area_code = ?"
    query = f"SELECT code, area_code, coalesce(nullif(parent_code, ''), area_code) AS parent FROM grids{where}"  # noqa: S608
    query = (
        "SELECT parent, area_code, ltrim(substr(code, length(parent) + 1), '-_./') AS digits"  # noqa: S608
        f" FROM ({query}) AS g WHERE substr(code, 1, length(parent)) = parent"
    )
    tx.rows(
        "INSERT INTO code_numbers (parent_code, area_code, highest)"  # noqa: S608
        f" SELECT parent, min(area_code), max(CAST(digits AS bigint)) FROM ({query}) AS n"
        f" WHERE digits <> '' AND ltrim(digits, '0123456789') = '' GROUP BY parent ORDER BY 2, 1 {_RAISE}",
        () if area is None else (area,),
    )
