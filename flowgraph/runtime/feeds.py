"""Feeds: from what the caller gives to arrays of the right dtype and shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.graph import Graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.convert import to_array
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape


def flatten(graph: Graph, feed_dict: dict[Any, Any]) -> Iterator[tuple[Tensor, Any]]:
    """Return tensors of `graph` and the values fed for them.

    Raises
    ------
    TypeError, ValueError
        If a key is no tensor of the graph, or may not be fed.
    """
    if not isinstance(feed_dict, dict):
        raise TypeError(f"feed_dict must be a dictionary, not {type(feed_dict).__name__}.")
    for key, value in feed_dict.items():
        for tensor, part in _expand(key, value):
            element = _tensor(graph, tensor)
            if not graph.is_feedable(element):
                raise ValueError(f"Tensor {element} may not be fed.")
            yield element, part


def _expand(key: Any, value: Any) -> list[tuple[Any, Any]]:
    if isinstance(key, tuple):
        if not isinstance(value, tuple | list) or len(value) != len(key):
            raise ValueError(f"The feed for {key!r} must have {len(key)} parts.")
        return [pair for k, v in zip(key, value, strict=True) for pair in _expand(k, v)]
    if isinstance(key, IndexedSlices):
        parts = [key.values, key.indices, key.dense_shape]
        return [(p, v) for p, v in zip(parts, value, strict=False) if p is not None]
    if isinstance(key, SparseTensor):
        given = value
        if hasattr(value, "indices"):
            given = (value.indices, value.values, value.dense_shape)
        pairs = zip((key.indices, key.values, key.dense_shape), given, strict=True)
        # A dense shape that the graph fixes is not fed.
        return [(part, v) for part, v in pairs if part.op.type != "Const"]
    return [(key, value)]


def _tensor(graph: Graph, key: Any) -> Tensor:
    try:
        return graph.as_graph_element(key, allow_operation=False)  # type: ignore[no-any-return]
    except (TypeError, ValueError, KeyError) as error:
        why = error.args[0] if error.args else error
        raise TypeError(f"Cannot interpret feed_dict key as Tensor: {why}") from None


def to_feed(tensor: Tensor, value: Any) -> Array:
    """Return `value` as an array that may be fed for `tensor`.

    Raises
    ------
    TypeError
        If it is a tensor, or of a dtype that cannot become the tensor's.
    ValueError
        If its shape is not compatible with the tensor's.
    """
    dtype = tensor.dtype.base_dtype
    if type(value) is np.ndarray and value.dtype == dtype.numpy and dtype is not dtypes.string:
        array = value
    elif isinstance(value, Tensor):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include "
            "Python scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the "
            f"tensor object was {value} which was passed to the feed with key {tensor}.\n"
            "  hint: run the tensor first, feed_dict={x: sess.run(t)}, or build the graph with it "
            "in the placeholder's place"
        )
    else:
        array = _array(tensor, value)
    if tensor._shape.sizes is not None and not _fits(tensor._shape.sizes, array.shape):
        raise ValueError(_wrong_shape(tensor, array))
    return array


def _array(tensor: Tensor, value: Any) -> Array:
    dtype = tensor.dtype.base_dtype
    try:
        if dtype is dtypes.string:
            return to_array(
                value if isinstance(value, np.ndarray) else np.array(value, object), dtype
            )
        array = np.asarray(value, dtype=dtype.numpy)
    except OverflowError:
        raise OverflowError(
            f"the value {value!r} fed for Tensor {tensor.name!r} is too large for {dtype.name}"
        ) from None
    except (TypeError, ValueError) as error:
        raise type(error)(_unreadable(tensor, value, error)) from None
    if isinstance(value, int) and array.item() != value and dtype.is_integer:
        raise TypeError(
            f"Type of feed value {value} with type {type(value)} is not compatible with Tensor "
            f"type {dtype.numpy}. Try explicitly setting the type of the feed tensor to a larger "
            "type (e.g. int64)."
        )
    return array


def _fits(sizes: tuple[int | None, ...], shape: tuple[int, ...]) -> bool:
    return len(sizes) == len(shape) and all(
        wanted is None or wanted == n for wanted, n in zip(sizes, shape, strict=True)
    )


def _wrong_shape(tensor: Tensor, array: Array) -> str:
    wanted = tensor._shape
    first = (
        f"Cannot feed value of shape {array.shape!r} for Tensor {tensor.name!r}, "
        f"which has shape '{wanted}'"
    )
    return f"{first}\n  the tensor was made at\n  {tensor.op.site}{_shape_hint(wanted, array)}"


def _shape_hint(wanted: TensorShape, array: Array) -> str:
    sizes = wanted.sizes or ()
    if array.size == 0:
        return "\n  hint: the data are empty"
    if sizes.count(None) <= 1:
        known = int(np.prod([n for n in sizes if n is not None], dtype=np.int64))
        fits = known and (array.size % known == 0 if None in sizes else array.size == known)
        if fits:
            new = ", ".join("-1" if n is None else str(n) for n in sizes)
            return f"\n  hint: the sizes match: feed value.reshape({new})"
    return ""


def _unreadable(tensor: Tensor, value: Any, error: Exception) -> str:
    text = f"{error}\n  the value was fed for {tensor!r}, made at\n  {tensor.op.site}"
    if isinstance(value, list | tuple):
        lengths = [len(row) if hasattr(row, "__len__") else None for row in value]
        for row, length in enumerate(lengths):
            if length != lengths[0]:
                return f"{text}\n  row 0 has {lengths[0]} elements, row {row} has {length}"
    return text


def missing(placeholder: Tensor, path: list[str], fed: list[str]) -> str:
    """Return the message for a placeholder that a run needs and nobody fed."""
    sizes = placeholder._shape.sizes
    shape = ""
    if sizes is not None:
        shape = f" and shape [{','.join('?' if n is None else str(n) for n in sizes)}]"
    enum_names = {"float32": "float", "float64": "double", "float16": "half"}
    dtype = enum_names.get(placeholder.dtype.name, placeholder.dtype.name)
    name = placeholder.op.name
    first = f"You must feed a value for placeholder tensor '{name}' with dtype {dtype}{shape}"
    lines = [
        f"{first}\n\t [[node {name} (defined at {placeholder.op.site.filename}:"
        f"{placeholder.op.site.line}) ]]",
        f"  the placeholder was made at\n  {placeholder.op.site}",
        f"  it is needed by {' <- '.join(path)}",
        f"  fed were {', '.join(fed)}" if fed else "  nothing was fed",
    ]
    if "keep_prob" in name or "rate" in name or "training" in name:
        lines.append("  hint: tf.placeholder_with_default gives it a value when it is not fed")
    return "\n".join(lines)
