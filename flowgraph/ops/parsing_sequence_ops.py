"""The ops that parse SequenceExample messages: a context, and lists of features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import Array, DType
from flowgraph.formats import examples as wire
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.host_values import host_array
from flowgraph.ops.parsing_columns import (
    TYPES,
    list_name,
    padded,
    ragged_parts,
    stacked,
    type_name,
    unparsable,
)
from flowgraph.shapes import TensorShape

_ROWS = TensorShape.of((None,))


class _Sequences:
    """Serialized SequenceExamples. Subclasses word the errors."""

    def __init__(self, serialized: Sequence[bytes], names: Sequence[str]) -> None:
        self.serialized = serialized
        self.names = names
        self.context: list[wire.Features] = []
        self.lists: list[dict[bytes, list[wire.Span]]] = []
        for data in serialized:
            try:
                self.context.append(wire.features_in(data))
                self.lists.append(wire.feature_lists_in(data))
            except ValueError:
                raise unparsable(data) from None

    def read(self, index: int, span: wire.Span) -> tuple[DType | None, Array]:
        """Return the dtype and values of a feature; ``None`` if it has neither."""
        try:
            return wire.values_of(self.serialized[index], span)
        except ValueError:
            raise unparsable(self.serialized[index]) from None

    def context_type(self, index: int, key: str, kind: DType, span: wire.Span) -> str:
        """Say that a feature of the context has another dtype."""
        return f"Error in context feature {key} in example {self.names[index]}"

    def context_count(self, index: int, key: str, kind: DType, count: int, sizes: Any) -> str:
        """Say that a feature of the context has another number of values, none if missing."""
        wanted = math.prod(sizes)
        return f"Inconsistent number of elements for feature {key}: {count} vs {wanted}"

    def context_missing(self, index: int, key: str, kind: DType, sizes: Any) -> str:
        """Say that a feature of the context is missing."""
        return self.context_count(index, key, kind, 0, sizes)

    def list_type(self, index: int, key: str, step: int, kind: DType, span: Any, word: str) -> str:
        """Say that a feature of a list has another dtype."""
        return f"Error in sequence feature {key} in example {self.names[index]}"

    def list_count(self, index: int, key: str, step: int, kind: DType, n: int, sizes: Any) -> str:
        """Say that a feature of a list has another number of values."""
        return f"Unexpected shape error in feature {key}"

    def list_missing(self, index: int, key: str) -> str:
        """Say that a list is missing."""
        return f"Missing feature {key} in example {self.names[index]}"

    # -- columns -------------------------------------------------------------------------------

    def context_dense(self, key: str, shape: TensorShape, default: Array, kind: DType) -> Array:
        """Return a feature of all contexts, stacked."""
        sizes: tuple[Any, ...] = shape.sizes or ()
        rows = []
        for index, features in enumerate(self.context):
            span = features.get(key.encode())
            found, values = (None, default) if span is None else self.read(index, span)
            if found is None or span is None:
                if not default.size:
                    raise invalid(self.context_missing(index, key, kind, sizes))
                rows.append(default.reshape(sizes))
                continue
            if found is not kind:
                raise invalid(self.context_type(index, key, kind, span))
            if values.size != math.prod(sizes):
                raise invalid(self.context_count(index, key, kind, values.size, sizes))
            rows.append(values.reshape(sizes))
        return stacked(rows, (len(rows), *sizes), kind)

    def context_ragged(self, key: str, kind: DType) -> list[Array]:
        """Return a feature of each context."""
        rows = []
        for index, features in enumerate(self.context):
            span = features.get(key.encode())
            nothing = np.empty(0, kind.numpy)
            found, values = (None, nothing) if span is None else self.read(index, span)
            if span is None or found is None:
                values = nothing
            elif found is not kind:
                raise invalid(self.context_type(index, key, kind, span))
            rows.append(values)
        return rows

    def list_dense(self, key: str, shape: TensorShape, kind: DType, may_miss: bool) -> list[Array]:
        """Return a list of each message, its features stacked."""
        sizes: tuple[Any, ...] = shape.sizes or ()
        rows = []
        for index, lists in enumerate(self.lists):
            spans = lists.get(key.encode())
            if spans is None:
                if not may_miss:
                    raise invalid(self.list_missing(index, key))
                spans = []
            steps = []
            for step, span in enumerate(spans):
                found, values = self.read(index, span)
                if found is None:
                    values = np.empty(0, kind.numpy)
                elif found is not kind:
                    raise invalid(self.list_type(index, key, step, kind, span, "list"))
                if values.size != math.prod(sizes):
                    raise invalid(self.list_count(index, key, step, kind, values.size, sizes))
                steps.append(values.reshape(sizes))
            rows.append(stacked(steps, (len(steps), *sizes), kind))
        return rows

    def list_ragged(self, key: str, kind: DType) -> list[list[Array]]:
        """Return a list of each message: the values of each of its features."""
        rows = []
        for index, lists in enumerate(self.lists):
            steps = []
            for step, span in enumerate(lists.get(key.encode(), ())):
                found, values = self.read(index, span)
                if found is None:
                    values = np.empty(0, kind.numpy)
                elif found is not kind:
                    raise invalid(self.list_type(index, key, step, kind, span, "List"))
                steps.append(values)
            rows.append(steps)
        return rows


class _Single(_Sequences):
    """One SequenceExample, whose mistakes are shown in full."""

    def _shown(self, span: wire.Span) -> str:
        data = self.serialized[0][slice(*span)]
        return str(protos.Feature.FromString(data)).rstrip()

    def context_type(self, index: int, key: str, kind: DType, span: wire.Span) -> str:
        return (
            f"Name: {self.names[0]}, Context feature: {key}.  Data types don't match. Expected "
            f"type: {type_name(kind)}  Feature is: {self._shown(span)}"
        )

    def context_missing(self, index: int, key: str, kind: DType, sizes: Any) -> str:
        return f"Name: {self.names[0]}, Context feature '{key}' is required but could not be found."

    def context_count(self, index: int, key: str, kind: DType, count: int, sizes: Any) -> str:
        return self.list_count(index, key, 0, kind, count, sizes)

    def list_type(self, index: int, key: str, step: int, kind: DType, span: Any, word: str) -> str:
        return (
            f"Name: {self.names[0]}, Feature {word}: {key}, Index: {step}.  Data types don't "
            f"match. Expected type: {type_name(kind)}  Feature is: {self._shown(span)}"
        )

    def list_count(self, index: int, key: str, step: int, kind: DType, n: int, sizes: Any) -> str:
        return (
            f"Name: {self.names[0]}, Key: {key}, Index: {step}.  Number of {list_name(kind)} "
            f"values != expected.  values size: {n} but output shape: {bracketed(sizes)}"
        )

    def list_missing(self, index: int, key: str) -> str:
        return (
            f"Name: {self.names[0]}, Feature list '{key}' is required but could not be found.  "
            "Did you mean to include it in feature_list_dense_missing_assumed_empty or "
            "feature_list_dense_defaults?"
        )


def _text(value: Any) -> str:
    return str(np.asarray(value, object).item().decode(errors="replace"))


class ParseSingleSequenceExample(Op):
    """Features of a serialized SequenceExample."""

    signature = Signature(
        "serialized: string, feature_list_dense_missing_assumed_empty: string, "
        "context_sparse_keys: Ncontext_sparse*string, context_dense_keys: Ncontext_dense*string, "
        "feature_list_sparse_keys: Nfeature_list_sparse*string, "
        "feature_list_dense_keys: Nfeature_list_dense*string, "
        "context_dense_defaults: list(Tcontext_dense), debug_name: string -> "
        "context_sparse_indices: Ncontext_sparse*int64, "
        "context_sparse_values: list(context_sparse_types), "
        "context_sparse_shapes: Ncontext_sparse*int64, "
        "context_dense_values: list(Tcontext_dense), "
        "feature_list_sparse_indices: Nfeature_list_sparse*int64, "
        "feature_list_sparse_values: list(feature_list_sparse_types), "
        "feature_list_sparse_shapes: Nfeature_list_sparse*int64, "
        "feature_list_dense_values: list(feature_list_dense_types)",
        Tcontext_dense=TYPES,
    )

    Ncontext_sparse: int = 0
    Ncontext_dense: int = 0
    Nfeature_list_sparse: int = 0
    Nfeature_list_dense: int = 0
    context_sparse_types: tuple[DType, ...] = ()
    feature_list_dense_types: tuple[DType, ...] = ()
    context_dense_shapes: tuple[TensorShape, ...] = ()
    feature_list_sparse_types: tuple[DType, ...] = ()
    feature_list_dense_shapes: tuple[TensorShape, ...] = ()

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (
            *_sparse_shapes(self.Ncontext_sparse, 1),
            *self.context_dense_shapes,
            *_sparse_shapes(self.Nfeature_list_sparse, 2),
            *(_ROWS.concatenate(shape) for shape in self.feature_list_dense_shapes),
        )

    def compute(self, xp: Any, *inputs: Any) -> tuple[Array, ...]:
        serialized, optional, *rest, name = inputs
        if np.ndim(serialized):
            raise invalid(
                f"Expected serialized to be a scalar, got shape: {bracketed(serialized.shape)}"
            )
        counts = [
            self.Ncontext_sparse,
            self.Ncontext_dense,
            self.Nfeature_list_sparse,
            self.Nfeature_list_dense,
        ]
        keys = []
        for count in counts:
            keys.append([_text(key) for key in rest[:count]])
            rest = rest[count:]
        message = _Single(
            [np.asarray(serialized, object).item()], [_text(name) if name.size else ""]
        )
        may_miss = {key.decode(errors="replace") for key in optional.reshape(-1).tolist()}
        context = []
        for key, kind in zip(keys[0], self.context_sparse_types, strict=True):
            (values,) = message.context_ragged(key, kind)
            places = np.arange(len(values), dtype=np.int64).reshape(-1, 1)
            context.append((places, values, np.array([len(values)], np.int64)))
        dense = [
            message.context_dense(key, shape, host_array(default), _kind(default))[0, ...]
            for key, shape, default in zip(keys[1], self.context_dense_shapes, rest, strict=True)
        ]
        ragged = [
            ragged_parts(message.list_ragged(key, kind)[0], kind)
            for key, kind in zip(keys[2], self.feature_list_sparse_types, strict=True)
        ]
        columns = zip(
            keys[3], self.feature_list_dense_shapes, self.feature_list_dense_types, strict=True
        )
        lists = [
            message.list_dense(key, shape, kind, key in may_miss)[0] for key, shape, kind in columns
        ]
        return (*_by_part(context), *dense, *_by_part(ragged), *lists)

    gradient = Op.not_differentiable


class ParseSequenceExample(Op):
    """Features of a batch of serialized SequenceExamples."""

    signature = Signature(
        "serialized: string, debug_name: string, context_dense_defaults: list(Tcontext_dense) -> "
        "context_sparse_indices: Ncontext_sparse*int64, "
        "context_sparse_values: list(context_sparse_types), "
        "context_sparse_shapes: Ncontext_sparse*int64, "
        "context_dense_values: list(Tcontext_dense), "
        "feature_list_sparse_indices: Nfeature_list_sparse*int64, "
        "feature_list_sparse_values: list(feature_list_sparse_types), "
        "feature_list_sparse_shapes: Nfeature_list_sparse*int64, "
        "feature_list_dense_values: list(feature_list_dense_types), "
        "feature_list_dense_lengths: Nfeature_list_dense*int64",
        Tcontext_dense=TYPES,
    )

    feature_list_dense_missing_assumed_empty: tuple[str, ...]
    context_sparse_keys: tuple[str, ...]
    context_dense_keys: tuple[str, ...]
    feature_list_sparse_keys: tuple[str, ...]
    feature_list_dense_keys: tuple[str, ...]
    Ncontext_sparse: int = 0
    Ncontext_dense: int = 0
    Nfeature_list_sparse: int = 0
    Nfeature_list_dense: int = 0
    context_sparse_types: tuple[DType, ...] = ()
    feature_list_dense_types: tuple[DType, ...] = ()
    context_dense_shapes: tuple[TensorShape, ...] = ()
    feature_list_sparse_types: tuple[DType, ...] = ()
    feature_list_dense_shapes: tuple[TensorShape, ...] = ()

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows = with_rank(inputs[0].shape, 1)
        steps = rows.concatenate(_ROWS)
        return (
            *_sparse_shapes(self.Ncontext_sparse, 2),
            *(rows.concatenate(shape) for shape in self.context_dense_shapes),
            *_sparse_shapes(self.Nfeature_list_sparse, 3),
            *(steps.concatenate(shape) for shape in self.feature_list_dense_shapes),
            *(rows for _ in self.feature_list_dense_shapes),
        )

    def compute(self, xp: Any, *inputs: Any) -> tuple[Array, ...]:
        serialized, debug_name, *defaults = inputs
        count = len(serialized)
        if debug_name.size not in (0, count):
            raise invalid(
                f"Expected len(debug_name) == len(serialized) == {count} but got {debug_name.size}"
            )
        names = [name.decode(errors="replace") for name in debug_name.tolist()]
        messages = _Sequences(
            [np.asarray(each, object).item() for each in serialized], names or ["<unknown>"] * count
        )
        context = [
            ragged_parts(messages.context_ragged(key, kind), kind)
            for key, kind in zip(self.context_sparse_keys, self.context_sparse_types, strict=True)
        ]
        dense = [
            messages.context_dense(key, shape, host_array(default), _kind(default))
            for key, shape, default in zip(
                self.context_dense_keys, self.context_dense_shapes, defaults, strict=True
            )
        ]
        ragged = [
            _two_deep(messages.list_ragged(key, kind), kind)
            for key, kind in zip(
                self.feature_list_sparse_keys, self.feature_list_sparse_types, strict=True
            )
        ]
        lists, lengths = [], []
        for key, shape, kind in zip(
            self.feature_list_dense_keys,
            self.feature_list_dense_shapes,
            self.feature_list_dense_types,
            strict=True,
        ):
            may_miss = key in self.feature_list_dense_missing_assumed_empty
            rows = messages.list_dense(key, shape, kind, may_miss)
            sizes = [len(row) for row in rows]
            padding = b"" if kind.numpy.hasobject else 0
            whole = (count, max(sizes, default=0), *(shape.sizes or ()))
            lists.append(padded(rows, whole, kind, padding))
            lengths.append(np.array(sizes, np.int64))
        return (*_by_part(context), *dense, *_by_part(ragged), *lists, *lengths)

    gradient = Op.not_differentiable


def _kind(default: Any) -> DType:
    return TYPES.allowed[{"f": 0, "i": 1, "O": 2}[host_array(default).dtype.kind]]


def _sparse_shapes(count: int, rank: int) -> list[TensorShape]:
    parts = (TensorShape.of((None, rank)), _ROWS, TensorShape.of((rank,)))
    return [part for part in parts for _ in range(count)]


def _by_part(sparse: Sequence[tuple[Array, ...]]) -> list[Array]:
    """Return the indices of all sparse tensors, then their values, then their shapes."""
    return [each[i] for i in range(3) for each in sparse]


def _two_deep(rows: list[list[Array]], kind: DType) -> tuple[Array, Array, Array]:
    """Return lists of lists of values as the parts of a sparse tensor of rank 3."""
    parts = [ragged_parts(steps, kind) for steps in rows]
    indices = [np.insert(part[0], 0, row, axis=1) for row, part in enumerate(parts)]
    values = np.concatenate([*(part[1] for part in parts), np.empty(0, kind.numpy)])
    sizes = [max((int(part[2][i]) for part in parts), default=0) for i in (0, 1)]
    return (
        np.concatenate([*indices, np.empty((0, 3), np.int64)]),
        values,
        np.array([len(rows), *sizes], np.int64),
    )
