"""Fetches: from any nesting of fetchable things to tensors and operations, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowgraph.graph.composite import IndexedSlices, IndexedSlicesValue, SparseTensorValue
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.sparse import SparseTensor

Rebuild = Callable[[list[Any]], Any]
"""Makes the caller's structure from the values of the flat fetches."""


class Fetches:
    """A fetch argument taken apart.

    Attributes
    ----------
    tensors : list of Tensor
        What has values, each once.
    targets : list of Operation
        What only has to run.
    """

    def __init__(self, graph: Graph, fetches: Any) -> None:
        self.graph = graph
        self.tensors: list[Tensor] = []
        self.targets: list[Operation] = []
        self._index: dict[Tensor, int] = {}
        self._root = fetches
        self.rebuild = self._structure(fetches)

    def _structure(self, fetch: Any) -> Rebuild:
        if fetch is None:
            raise TypeError(
                self._invalid(fetch, "Can not convert a NoneType into a Tensor or Operation.")
            )
        if isinstance(fetch, list | tuple):
            parts = [self._structure(item) for item in fetch]
            make = _maker(fetch)
            return lambda values: make([part(values) for part in parts])
        if isinstance(fetch, Mapping):
            keys = list(fetch)
            items = [self._structure(fetch[key]) for key in keys]
            kind: Any = type(fetch)
            return lambda values: kind((k, i(values)) for k, i in zip(keys, items, strict=True))
        if isinstance(fetch, IndexedSlices):
            return self._composite(
                [fetch.values, fetch.indices, fetch.dense_shape], IndexedSlicesValue
            )
        if isinstance(fetch, SparseTensor):
            return self._composite(
                [fetch.indices, fetch.values, fetch.dense_shape], SparseTensorValue
            )
        if hasattr(fetch, "__attrs_attrs__"):
            names = [attribute.name for attribute in fetch.__attrs_attrs__]
            parts = [self._structure(getattr(fetch, name)) for name in names]
            attrs_kind: Any = type(fetch)
            return lambda values: attrs_kind(*[part(values) for part in parts])
        return self._element(fetch)

    def _composite(self, elements: list[Any], kind: Any) -> Rebuild:
        parts = [None if e is None else self._structure(e) for e in elements]
        return lambda values: kind(*[None if p is None else p(values) for p in parts])

    def _element(self, fetch: Any) -> Rebuild:
        try:
            element = self.graph.as_graph_element(fetch)
        except TypeError as error:
            raise TypeError(self._invalid(fetch, str(error))) from None
        except ValueError as error:
            raise ValueError(
                f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})"
                f"{_whose_graph(fetch, self.graph)}"
            ) from None
        except KeyError as error:
            raise ValueError(
                f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})"
            ) from None
        if not self.graph.is_fetchable(element):
            raise ValueError(f"Operation {element!r} has been marked as not fetchable.")
        if isinstance(element, Operation):
            self.targets.append(element)
            return lambda values: None
        index = self._index.setdefault(element, len(self.tensors))
        if index == len(self.tensors):
            self.tensors.append(element)
        return lambda values: values[index]

    def _invalid(self, fetch: Any, why: str) -> str:
        first = (
            f"Fetch argument {fetch!r} has invalid type {type(fetch)}, must be a string or "
            f"Tensor. ({why})"
        )
        if fetch is None:
            return (
                f"{first}\n  hint: tf.summary.merge_all() is None when there is no summary, and "
                "gradients are None where nothing depends on the variable"
            )
        return (
            f"{first}\n  hint: was the tensor's Python name overwritten by its value, as in "
            "`loss = sess.run(loss)`?"
        )


def _maker(fetch: Any) -> Callable[[list[Any]], Any]:
    if isinstance(fetch, list):
        return list
    if hasattr(fetch, "_fields"):
        kind = type(fetch)
        return lambda values: kind(*values)
    return tuple


def _whose_graph(fetch: Any, graph: Graph) -> str:
    """Say how an element came to be of another graph than the session's."""
    from flowgraph.graph import scope

    other = getattr(fetch, "graph", None)
    if other is None or other is graph:
        return ""
    lines = [
        f"\n  the session's graph has {len(graph.get_operations())} operations, "
        f"the fetch's graph has {len(other.get_operations())}",
    ]
    operation = getattr(fetch, "op", fetch)
    if hasattr(operation, "site"):
        lines.append(f"  the fetch was made at\n  {operation.site}")
    if scope.reset_site is not None:
        lines.append(f"  tf.reset_default_graph() was called at\n  {scope.reset_site}")
    lines.append("  hint: make the session after the graph, or tf.Session(graph=g)")
    return "\n".join(lines)
