"""Elements that are kept: in memory or a file for another pass, or as windows of several."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from typing import Any

from flowgraph.dtypes import as_dtype
from flowgraph.errors import DataLossError
from flowgraph.formats.bundle import BundleReader, index_path
from flowgraph.formats.bundle_writer import Item, write_bundle
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid
from flowgraph.ops.dataset import (
    Context,
    DatasetValue,
    Element,
    Elements,
    Replayed,
    SameElements,
    TypedDatasetOp,
    kept,
    listed,
)


class CacheDataset(SameElements):
    """The elements, kept during the first whole pass: in memory, or in a file that is named."""

    signature = Signature("input_dataset: variant, filename: string -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, filename = dataset.inputs
        path = filename.item().decode()
        if not path:
            memory = dataset.state(_Memory)
            if memory.elements is not None:
                return Replayed(memory.elements)
            return _Recording(source.elements(context), memory.keep)
        if os.path.exists(index_path(path)):
            return _FromFile(path, len(self.output_types))
        return _Recording(source.elements(context), lambda elements: _write(path, elements))


class _Memory:
    """The elements of a cache, once all have been seen."""

    def __init__(self) -> None:
        self.elements: list[Element] | None = None

    def keep(self, elements: list[Element]) -> None:
        self.elements = elements


class _Recording(Elements):
    """Elements that are kept, and given to a function when all have been seen."""

    def __init__(self, source: Elements, keep: Callable[[list[Element]], None]) -> None:
        self._source = source
        self._keep = keep
        self._seen: list[Element] = []
        self._is_over = False

    def __next__(self) -> Element:
        if self._is_over:
            raise StopIteration
        try:
            element = next(self._source)
        except StopIteration:
            self._is_over = True
            self._keep(self._seen)
            raise
        element = tuple([kept(value) for value in element])
        self._seen.append(element)
        return element


def _key(element: int, component: int, components: int) -> str:
    """Name a value in a cache's file as TensorFlow does."""
    return f"{element:>7}_{component:>{len(str(components - 1))}}"


def _write(path: str, elements: list[Element]) -> None:
    count = len(elements[0]) if elements else 1
    write_bundle(
        path,
        [
            Item(_key(i, j, count), as_dtype(value.dtype), value)
            for i, element in enumerate(elements)
            for j, value in enumerate(element)
        ],
    )


class _FromFile(Elements):
    def __init__(self, path: str, components: int) -> None:
        self._reader = BundleReader(path)
        self._components = components
        self._next = 0

    def __next__(self) -> Element:
        keys = [_key(self._next, j, self._components) for j in range(self._components)]
        if keys[0] not in self._reader:
            raise StopIteration
        if any(key not in self._reader for key in keys):
            raise DataLossError(None, None, f"element {self._next} of a cache is incomplete")
        self._next += 1
        return tuple([self._reader.read(key) for key in keys])


class WindowDataset(TypedDatasetOp):
    """Datasets of elements that follow each other; each component is a dataset of its own."""

    signature = Signature(
        "input_dataset: variant, size: int64, shift: int64, stride: int64, drop_remainder: bool"
        " -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        for value, name in zip(inputs[1:4], ("size", "shift", "stride"), strict=True):
            if value <= 0:
                raise invalid(f"Window {name} must be greater than zero.")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, *sizes, drop = dataset.inputs
        return _Windows(source, context, [int(size) for size in sizes], bool(drop))


class _Windows(Elements):
    def __init__(
        self, source: DatasetValue, context: Context, sizes: list[int], drops: bool
    ) -> None:
        size, self._shift, self._stride = sizes
        self._span = (size - 1) * self._stride + 1
        self._source: Elements = source.elements(context)
        self._drops = drops
        self._held: deque[Element] = deque()
        self._before = 0

    def __next__(self) -> Element:
        while self._before:
            self._before -= 1
            next(self._source)
        while len(self._held) < self._span:
            try:
                self._held.append(tuple([kept(value) for value in next(self._source)]))
            except StopIteration:
                if self._drops or not self._held:
                    raise
                break
        window = list(self._held)[: self._span : self._stride]
        for _ in range(min(self._shift, len(self._held))):
            self._held.popleft()
        self._before = max(self._shift - self._span, 0)
        return tuple(
            [listed([(value,) for value in column]) for column in zip(*window, strict=True)]
        )
