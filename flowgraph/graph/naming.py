"""Which names operations and scopes may have, and how a graph makes them unique."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowgraph.graph.operation import Operation

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


class Names:
    """The part of a graph that gives names to operations and scopes."""

    def __init__(self) -> None:
        self._by_name: dict[str, Operation] = {}
        self._names: dict[str, int] = {}
        self._scope = ""

    def _full_name(self, name: str, kind: str) -> str:
        """Return the name of a new operation for which `name` was asked, as that of a `kind`."""
        if not isinstance(name, str):
            raise TypeError(f"The name of an operation is a string, not {name!r}.")
        if name.endswith("/"):
            full = name[:-1]
            if full in self._by_name:
                raise ValueError(
                    f"Duplicate node name in graph: '{full}'\n  the first was made at\n"
                    f"  {self._by_name[full].site}"
                )
            self._names.setdefault(full.lower(), 1)
            return full
        if not OP_NAME.match(name) and not (self._scope and SCOPE_NAME.match(name)):
            raise ValueError(invalid_name(name, kind))
        return self.unique_name(name)

    def reserve(self, other: Names) -> None:
        """Take the names of another graph as used, so that its operations can be copied here."""
        self._names.update(other._names)

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """Return `name` under the current scope, made unique by a suffix ``_1``, ``_2``...

        Names that differ only in case count as equal.
        """
        full = f"{self._scope}/{name}" if self._scope else name
        key = full.lower()
        used = self._names.get(key, 0)
        if not used:
            if mark_as_used:
                self._names[key] = 1
            return full
        number = used
        while f"{key}_{number}" in self._names:
            number += 1
        if mark_as_used:
            self._names[key] = number + 1
            self._names[f"{key}_{number}"] = 1
        return f"{full}_{number}"

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Put names made inside the block under `name`.

        Parameters
        ----------
        name : str or None
            Made unique; taken as it is if it ends in ``/``; ``None`` or ``""``
            goes back to the root.

        Yields
        ------
        str
            The scope's full name with a trailing ``/``, or ``""``.
        """
        if isinstance(name, bytes):
            name = name.decode()
        if not isinstance(name, str | None):
            raise TypeError(f"The name of a scope is a string, not {name!r}.")
        if name and not (OP_NAME if not self._scope else SCOPE_NAME).match(name):
            raise ValueError(invalid_name(name, "scope"))
        before = self._scope
        if not name:
            self._scope = ""
        elif name.endswith("/"):
            self._scope = name[:-1]
        else:
            self._scope = self.unique_name(name)
        try:
            yield f"{self._scope}/" if self._scope else ""
        finally:
            self._scope = before

    def get_name_scope(self) -> str:
        """Return the current name scope, without a trailing ``/``."""
        return self._scope
