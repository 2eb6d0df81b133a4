"""Seeds of the second and third random op that one sample takes."""

from __future__ import annotations

import hashlib


def salted_seed(seed: int | None, salt: str) -> int | None:
    """Return a seed that differs from `seed` in the same way in every program.

    Samples that are made of two random ops must not draw the same bits for both.
    """
    if seed is None:
        return None
    digest = hashlib.md5(f"{seed}{salt}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) & 0x7FFFFFFF
