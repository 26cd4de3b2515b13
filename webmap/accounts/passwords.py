"""Passwords: kept as argon2id hashes, checked in the same time whether or not the account exists."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geo_grid.errors import UsageError

#: Longest password that is read: hashing must not become work for its own sake.
LONGEST = 256
_FEWEST_DIFFERENT = 4
_HASHER = PasswordHasher()


@cache
def _nobody() -> str:
    """Return the hash of a password nobody knows: checking it takes as long as checking one that counts."""
    return _HASHER.hash(secrets.token_urlsafe())


def _same(password: str) -> str:
    """Return a password as every keyboard means it: full-width like half-width."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, name: str, fewest: int) -> None:
    """Refuse a password that is guessed too easily.

    Parameters
    ----------
    password : str
        What somebody chose.
    name : str
        What they sign in with.
    fewest : int
        Fewest characters.

    Raises
    ------
    UsageError
        If it is too short, too long, too plain, or the name.
    """
    if len(password) < fewest:
        raise UsageError(f"a password has at least {fewest} characters", mend="Choose a longer one.")
    if len(password) > LONGEST:
        raise UsageError(f"a password has at most {LONGEST} characters", mend="Choose a shorter one.")
    folded = _same(password).casefold()
    if len(set(folded)) < _FEWEST_DIFFERENT or folded == name.casefold():
        raise UsageError("this password is guessed too easily", mend="Choose another one.")


def hashed(password: str) -> str:
    """Return what is stored of a password.

    Parameters
    ----------
    password : str
        The password.

    Returns
    -------
    str
        Argon2id with its settings and salt.
    """
    return _HASHER.hash(_same(password))


def fits(stored: str | None, password: str) -> bool:
    """Whether a password is the one that was stored.

    Parameters
    ----------
    stored : str or None
        What is stored; None where there is no such account.
    password : str
        What somebody typed.

    Returns
    -------
    bool
        Never True without a stored hash.
    """
    try:
        _HASHER.verify(stored or _nobody(), _same(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Whether a hash was made with other settings than today's.

    Parameters
    ----------
    stored : str
        A hash.

    Returns
    -------
    bool
        True if it should be made anew at the next login.
    """
    return _HASHER.check_needs_rehash(stored)
