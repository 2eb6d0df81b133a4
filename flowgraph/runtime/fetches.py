"""Fetches: from any nesting of fetchable things to tensors and operations, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from flowgraph.graph.composite import IndexedSlices, IndexedSlicesValue, SparseTensorValue
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.sparse import SparseTensor
from flowgraph.plan.plan import Request
from flowgraph.runtime import other_graph
from flowgraph.runtime.session_conversions import conversion_of
from flowgraph.source import here
from flowgraph.user_code import overwriting

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

    def request(self, feeds: Iterable[Tensor]) -> Request:
        """Return what a run with these feeds asks for."""
        return Request(self.graph, tuple(self.tensors), tuple(self.targets), tuple(feeds))

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

            def rebuild(values: list[Any]) -> Any:
                result = kind()
                for key, item in zip(keys, items, strict=True):
                    result[key] = item(values)
                return result

            return rebuild
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
        conversion = conversion_of(fetch)
        if conversion is not None and conversion.fetch_function is not None:
            wanted, contract = conversion.fetch_function(fetch)
            parts = [self._structure(each) for each in wanted]
            return lambda values: contract([part(values) for part in parts])
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
                f"{other_graph.explained(fetch, self.graph)}"
            ) from None
        except KeyError as error:
            raise ValueError(
                f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})"
            ) from None
        if not self.graph.is_fetchable(element):
            operation = element.op if isinstance(element, Tensor) else element
            raise ValueError(f"Operation {operation.name!r} has been marked as not fetchable.")
        if isinstance(element, Operation):
            self.targets.append(element)
            return lambda values: None
        index = self._index.setdefault(element, len(self.tensors))
        if index == len(self.tensors):
            self.tensors.append(element)
        return lambda values: values[index]

    def _invalid(self, fetch: Any, why: str) -> str:
        shown = str(fetch) if isinstance(fetch, np.generic) else repr(fetch)
        first = f"Fetch argument {shown} has invalid type {type(fetch)}"
        if fetch is not None:
            first += f", must be a string or Tensor. ({why})"
        lines = [first]
        place = _place(self._root, fetch)
        if place:
            lines.append(f"  it is fetches{place}")
        site = here()
        lines.append(f"  it was run at\n  {site}")
        if fetch is None:
            lines.append(
                "  hint: tf.summary.merge_all() is None when there is no summary, and a gradient "
                "is None where nothing depends on the variable"
            )
            return "\n".join(lines)
        overwritten = overwriting(site)
        if overwritten is not None:
            line, text = overwritten
            lines.append(
                f"  hint: the value took the name of its tensor at\n  {site.heading}, line {line}"
                f"\n    {text}\n  give the value another name"
            )
        elif isinstance(fetch, np.generic | np.ndarray):
            lines.append(
                "  hint: was the tensor's name overwritten by its value, as in "
                "`loss = sess.run(loss)`?"
            )
        return "\n".join(lines)


def _place(root: Any, fetch: Any) -> str:
    """Return the subscripts that lead from `root` to `fetch`, or ""."""
    waiting: list[tuple[Any, str]] = [(root, "")]
    while waiting:
        current, place = waiting.pop(0)
        if current is fetch:
            return place
        if isinstance(current, list | tuple):
            waiting += [(item, f"{place}[{i}]") for i, item in enumerate(current)]
        elif isinstance(current, Mapping):
            waiting += [(item, f"{place}[{key!r}]") for key, item in current.items()]
    return ""


def _maker(fetch: Any) -> Callable[[list[Any]], Any]:
    if isinstance(fetch, list):
        return list
    if hasattr(fetch, "_fields"):
        kind = type(fetch)
        return lambda values: kind(*values)
    return tuple
