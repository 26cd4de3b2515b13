"""Limits of the desk, named and documented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """Limits of one desk.

    Parameters
    ----------
    areas_kept : int
        Areas kept ready in memory; one of 5,000 households takes about 20 MB.
    name_characters : int
        Longest name of a snapshot or a version.
    text_characters : int
        Longest reason, note or comment.
    """

    areas_kept: int = 24
    name_characters: int = 80
    text_characters: int = 2_000
