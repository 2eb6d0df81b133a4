"""A graph's collections: named lists that programs and the library keep in it."""

from __future__ import annotations

import re
from typing import Any

from flowgraph import source


class Collections:
    """The part of a graph that keeps collections, and is closed by `finalize`."""

    def __init__(self) -> None:
        self._collections: dict[Any, list[Any]] = {}
        self._finalized = False
        self._finalized_at: source.Site | None = None

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Append `value` to the collection `name`."""
        self._check_not_finalized()
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Append `value` to each collection of `names`, one name or several."""
        for name in [names] if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """Return a copy of a collection.

        Parameters
        ----------
        name : str
            The collection; an unknown one is empty.
        scope : str, optional
            A regular expression that names must match from their start; items
            without a name are left out.
        """
        items = self._collections.get(name, [])
        if scope is None:
            return list(items)
        pattern = re.compile(scope)
        return [i for i in items if hasattr(i, "name") and pattern.match(i.name)]

    def get_collection_ref(self, name: Any) -> list[Any]:
        """Return a collection itself, so that changes to the list are kept."""
        return self._collections.setdefault(name, [])

    def get_all_collection_keys(self) -> list[Any]:
        """Return the names of the collections that exist."""
        return [name for name in self._collections if isinstance(name, str)]

    @property
    def collections(self) -> list[Any]:
        """The names of the collections that exist."""
        return list(self._collections)

    def clear_collection(self, name: Any) -> None:
        """Empty a collection."""
        self._check_not_finalized()
        self._collections.pop(name, None)

    @property
    def finalized(self) -> bool:
        """Whether operations can no longer be added."""
        return self._finalized

    def finalize(self) -> None:
        """Allow no more operations to be added."""
        if not self._finalized:
            self._finalized_at = source.here()
        self._finalized = True

    def _unsafe_unfinalize(self) -> None:
        """Allow operations to be added again; the name is TensorFlow's."""
        self._finalized = False

    def _check_not_finalized(self) -> None:
        if self._finalized:
            raise RuntimeError(
                "Graph is finalized and cannot be modified.\n  it was finalized at\n"
                f"  {self._finalized_at}"
            )
