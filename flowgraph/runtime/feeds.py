"""Feeds: from what the caller gives to arrays of the right dtype and shape."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.cautions import LostFractionWarning, caution
from flowgraph.dtypes import Array
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.graph import Graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.convert import to_array
from flowgraph.ops.sparse import SparseTensor
from flowgraph.runtime import other_graph
from flowgraph.runtime.session_conversions import conversion_of
from flowgraph.shapes import TensorShape
from flowgraph.source import here


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
            yield _feedable(graph, tensor), part


def keys(graph: Graph, tensors: Sequence[Any]) -> list[Tensor]:
    """Return the tensors of `graph` that are to be fed.

    Raises
    ------
    TypeError, ValueError
        If one is no tensor of the graph, or may not be fed.
    """
    if not isinstance(tensors, list | tuple):
        raise TypeError("`feed_list` must be a list or tuple.")
    found = []
    for tensor in tensors:
        conversion = conversion_of(tensor)
        if conversion is not None and conversion.feed_function_for_partial_run is not None:
            found += [
                _feedable(graph, part) for part in conversion.feed_function_for_partial_run(tensor)
            ]
        else:
            found.append(_feedable(graph, tensor))
    return found


def _feedable(graph: Graph, key: Any) -> Tensor:
    element = _tensor(graph, key)
    if not graph.is_feedable(element):
        raise ValueError(f"Tensor {element} may not be fed.")
    return element


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
        return list(zip((key.indices, key.values, key.dense_shape), given, strict=True))
    conversion = conversion_of(key)
    if conversion is not None and conversion.feed_function is not None:
        return conversion.feed_function(key, value)
    return [(key, value)]


def _tensor(graph: Graph, key: Any) -> Tensor:
    try:
        return graph.as_graph_element(key, allow_operation=False)  # type: ignore[no-any-return]
    except (TypeError, ValueError, KeyError) as error:
        why = error.args[0] if error.args else error
        text = f"Cannot interpret feed_dict key as Tensor: {why}"
        raise TypeError(f"{text}{other_graph.explained(key, graph)}") from None


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
    elif hasattr(value, "_as_graph_element") or isinstance(value, Tensor):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include "
            "Python scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the "
            f"tensor object was {value} which was passed to the feed with key {tensor}.\n"
            f"  the value was made at\n  {value.op.site}\n"
            "  hint: run it first, feed_dict={x: sess.run(t)}, or build the graph with it "
            "in the placeholder's place"
        )
    else:
        array = _array(tensor, value)
    sizes = tensor._shape.sizes
    if sizes is not None and sizes != array.shape and not _fits(sizes, array.shape):
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
    if dtype.is_integer and isinstance(value, float | list | tuple | np.ndarray | np.floating):
        _look_for_fractions(tensor, value, array)
    return array


def _look_for_fractions(tensor: Tensor, value: Any, array: Array) -> None:
    """Warn if numbers that were fed lost their fractions, as they do in TensorFlow."""
    given = np.asarray(value)
    if given.dtype.kind != "f":
        return
    lost = given != array
    if not lost.any():
        return
    at = np.unravel_index(lost.argmax(), lost.shape)
    count = f", and so did {lost.sum() - 1} more" if lost.sum() > 1 else ""
    caution(
        LostFractionWarning,
        f"{tensor.name} holds {tensor.dtype.name}: {given[at]:.8g} was fed and became "
        f"{array[at]}{count}\n  the tensor was made at\n  {tensor.op.site}\n"
        "  hint: make it float32, or round the values before they are fed",
    )


def _fits(sizes: tuple[int | None, ...], shape: tuple[int, ...]) -> bool:
    return len(sizes) == len(shape) and all(
        wanted is None or wanted == n for wanted, n in zip(sizes, shape, strict=True)
    )


def _order(sizes: tuple[int | None, ...], shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the order of axes in which a shape fits, where that is the only mistake."""
    if len(sizes) != len(shape) or len(shape) > 4:
        return None
    orders = itertools.permutations(range(len(shape)))
    return next((o for o in orders if _fits(sizes, tuple(shape[axis] for axis in o))), None)


def _wrong_shape(tensor: Tensor, array: Array) -> str:
    wanted = tensor._shape
    first = (
        f"Cannot feed value of shape {array.shape!r} for Tensor {tensor.name!r}, "
        f"which has shape '{wanted}'"
    )
    return (
        f"{first}\n  the tensor was made at\n  {tensor.op.site}\n  it was fed at\n  {here()}"
        f"{_shape_hint(wanted, array)}"
    )


def _shape_hint(wanted: TensorShape, array: Array) -> str:
    sizes = wanted.sizes or ()
    if array.size == 0:
        return "\n  hint: the data are empty"
    order = _order(sizes, array.shape)
    if order is not None:
        call = ".T" if len(order) == 2 else f".transpose{order}"
        return f"\n  hint: the axes are in another order: feed value{call}"
    if sizes.count(None) <= 1:
        known = int(np.prod([n for n in sizes if n is not None], dtype=np.int64))
        fits = known and (array.size % known == 0 if None in sizes else array.size == known)
        if fits:
            new = ", ".join("-1" if n is None else str(n) for n in sizes)
            return f"\n  hint: the sizes match: feed value.reshape({new})"
    return ""


def _unreadable(tensor: Tensor, value: Any, error: Exception) -> str:
    text = (
        f"{error}\n  the value was fed for {tensor!r}, made at\n  {tensor.op.site}\n"
        f"  it was fed at\n  {here()}"
    )
    rows = list(value) if isinstance(value, np.ndarray) and value.ndim else value
    uneven = _uneven(rows, "")
    return f"{text}\n  hint: {uneven}: pad the rows to one length" if uneven else text


def _uneven(value: Any, place: str) -> str | None:
    """Say which row of nested lists has another length than the first."""
    if not isinstance(value, list | tuple) or not value:
        return None
    lengths = [len(row) if isinstance(row, list | tuple | np.ndarray) else None for row in value]
    for row, length in enumerate(lengths):
        if length != lengths[0]:
            return f"{_row(place, 0, lengths[0])}, {_row(place, row, length)}"
    found = (_uneven(row, f"{place}[{i}]") for i, row in enumerate(value))
    return next((text for text in found if text), None)


def _row(place: str, row: int, length: int | None) -> str:
    counted = "is no list" if length is None else f"has {length} elements"
    return f"value{place}[{row}] {counted}"
