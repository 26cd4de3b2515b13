"""People and their roles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from geo_grid.errors import UsageError
from webmap.refusals import BadNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["planner", "inspector", "administrator"]

#: Roles, as they are written.
ROLES: tuple[Role, ...] = get_args(Role)

#: Signs of a name to sign in with, at most.
NAME_SIGNS = 64

#: What the beginning of an area code may look like.
PREFIX = re.compile(r"[^\s\x00-\x1f%]{0,32}")


class Person(NamedTuple):
    """Somebody with an account.

    Parameters
    ----------
    name : str
        What they sign in with.
    display : str
        What others see.
    role : {"planner", "inspector", "administrator"}
        What they do.
    prefix : str
        What the codes of their areas begin with; empty for the whole city.
    active : bool
        Whether they may sign in.
    """

    name: str
    display: str
    role: Role
    prefix: str
    active: bool = True

    def covers(self, code: str) -> bool:
        """Whether a code, or the beginning of one, is theirs.

        Parameters
        ----------
        code : str
            Code of an area or a grid, or another prefix.

        Returns
        -------
        bool
            True if all that begins so is theirs.
        """
        return code.startswith(self.prefix)


def person_of(row: Mapping[str, Any]) -> Person:
    """Return a stored account without its password.

    Parameters
    ----------
    row : mapping
        Row of ``accounts``.

    Returns
    -------
    Person
        Who it is.
    """
    return Person(row["name"], row["display"] or row["name"], row["role"], row["prefix"] or "", bool(row["active"]))


def check_name(name: str) -> str:
    """Return a name to sign in with, if it can be one.

    Parameters
    ----------
    name : str
        What somebody chose.

    Returns
    -------
    str
        The same.

    Raises
    ------
    BadNameError
        If it cannot.
    """
    # a slash, or dots alone, would be a step in the address of the account; what cannot be seen could not be told apart
    seen = name.isprintable() and name == name.strip() and "/" not in name and name.strip(".")
    if not seen or len(name) > NAME_SIGNS:
        raise BadNameError(
            "a name to sign in with has 1 to 64 signs of any script, none of them hidden or a slash, and no blank at an end",
            mend="Choose another name.",
        )
    return name


def check_role(role: str) -> Role:
    """Return a role, if it is one.

    Parameters
    ----------
    role : str
        A word.

    Returns
    -------
    {"planner", "inspector", "administrator"}
        The role.

    Raises
    ------
    UsageError
        If it is none.
    """
    for known in ROLES:
        if role == known:
            return known
    raise UsageError(f"there is no role {role[:40]!r}", mend=f"Choose one of {', '.join(ROLES)}.")


def check_prefix(prefix: str) -> str:
    """Return the beginning of codes, if it can be one.

    Parameters
    ----------
    prefix : str
        What somebody chose; empty for the whole city.

    Returns
    -------
    str
        The same.

    Raises
    ------
    UsageError
        If it cannot.
    """
    if not PREFIX.fullmatch(prefix):
        raise UsageError("the beginning of a code has at most 32 characters, and no blank", mend="Shorten it.")
    return prefix
