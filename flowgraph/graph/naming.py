"""Which names operations and scopes may have."""

from __future__ import annotations

import re

OP_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$")
SCOPE_NAME = re.compile(r"^[A-Za-z0-9_.\-/]*$")


def invalid_name(name: str, kind: str) -> str:
    """Return the message for a name with characters that TensorFlow does not allow."""
    slug = re.sub(r"[^A-Za-z0-9_.\-/]+", "_", name).strip("_-/") or kind
    return (
        f"'{name}' is not a valid {kind} name\n"
        "  allowed are the letters A to Z, digits, and the characters _ . - /; the first must be "
        f"a letter, a digit or a dot\n  hint: for example '{slug}'"
    )
