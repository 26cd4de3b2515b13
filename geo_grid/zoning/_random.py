"""A small generator of random numbers that compiled code can carry along (splitmix64, Steele et al. 2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    State = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32), np.uint64(11)


@njit(cache=True, inline="always")
def after(bits: np.uint64) -> np.uint64:
    """Return the state that follows."""
    return bits + _STEP


@njit(cache=True, inline="always")
def mixed(bits: np.uint64) -> np.uint64:
    """Return the 64 random bits of a state."""
    z = (bits ^ (bits >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@njit(cache=True, inline="always")
def draw(state: State) -> np.uint64:
    """Return the next 64 random bits."""
    state[0] = after(state[0])
    return mixed(state[0])


@njit(cache=True, inline="always")
def below(state: State, n: int) -> int:
    """Return a random integer in 0 … n − 1, for n < 2³²."""
    return np.int64(((draw(state) >> _S32) * np.uint64(n)) >> _S32)  # type: ignore[return-value]


@njit(cache=True, inline="always")
def uniform(state: State) -> float:
    """Return a random number in [0, 1)."""
    return np.float64(draw(state) >> _S11) * 1.1102230246251565e-16
