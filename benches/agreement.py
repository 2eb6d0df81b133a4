"""Whether the libraries compute the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

REFERENCES = ("numpy", "tensorflow", "torch", "jax", "planned", "native")
"""The first of these that is there is what the others are compared with."""


def disagreements(samples: Mapping[str, Sequence[Any]], tolerance: float) -> dict[str, str]:
    """Return what is wrong with the results of a library, by its name; nothing if they agree."""
    names = [name for name in REFERENCES if name in samples]
    wrong: dict[str, str] = {}
    for name in names[1:]:
        complaint = _compare(samples[name], samples[names[0]], tolerance)
        if complaint:
            wrong[name] = f"{complaint} {names[0]}"
    return wrong


def _compare(found: Sequence[Any], expected: Sequence[Any], tolerance: float) -> str:
    shapes = [[np.shape(array) for array in arrays] for arrays in (found, expected)]
    if shapes[0] != shapes[1]:
        return f"shapes {shapes[0]}, not {shapes[1]} of"
    for number, (mine, theirs) in enumerate(zip(found, expected, strict=True)):
        mine, theirs = np.asarray(mine, np.float64), np.asarray(theirs, np.float64)
        if not mine.size:
            continue
        if not (np.isfinite(mine).all() and np.isfinite(theirs).all()):
            return f"result {number} is not finite, as compared with"
        scale = float(np.abs(theirs).max()) or 1.0
        distance = float(np.abs(mine - theirs).max()) / scale
        if distance > tolerance:
            return f"result {number} is {distance:.1e} away from"
    return ""
