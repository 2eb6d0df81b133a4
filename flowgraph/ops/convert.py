"""From Python values to NumPy arrays, by TensorFlow's dtype rules."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.shapes import TensorShape


def to_array(value: Any, dtype: DType | None = None) -> Array:
    """Return `value` as an array of the dtype that TensorFlow would choose.

    Parameters
    ----------
    value : array, scalar, or nested list of them
        Python floats become float32, ints int32 (int64 if they need it),
        NumPy arrays keep their dtype.
    dtype : DType, optional
        The dtype to use instead.

    Raises
    ------
    TypeError
        If the elements are not of `dtype`, or are of no dtype at all.
    ValueError
        If `value` is a list with rows of unequal length.
    """
    if value is None:
        raise ValueError("None values not supported.")
    if dtype is not None and not dtype.is_numpy_compatible:
        raise TypeError(f"Cannot convert {value!r} to a constant of dtype {dtype.name}.")
    if isinstance(value, np.ndarray | np.generic):
        return _from_numpy(np.asarray(value), dtype)
    if dtype is not None:
        _check_elements(value, dtype)
        if dtype == dtypes.string:
            return _strings(np.asarray(value, dtype=object))
        try:
            with np.errstate(over="ignore"):
                return np.array(value, dtype=dtype.numpy)
        except OverflowError:
            raise TypeError(
                f"Expected {dtype.name}, got {value!r}, which is out of range."
            ) from None
        except ValueError as error:
            raise ValueError(_ragged(value) or str(error)) from None
    try:
        array = np.array(value)
    except ValueError as error:
        why = _ragged(value)
        raise ValueError(f"{_not_dense(value)}\n  {why}" if why else str(error)) from None
    except NotImplementedError:  # what a symbolic tensor says to NumPy
        raise TypeError("List of Tensors when single Tensor expected") from None
    if array.dtype == np.float64:
        with np.errstate(over="ignore"):  # too large for a float32 is infinite
            return array if _holds_numpy(value, np.float64) else array.astype(np.float32)
    if array.dtype == np.int64:
        narrow = array.astype(np.int32)
        return narrow if np.array_equal(narrow, array) else array
    if array.dtype == object and not _is_text(array):
        raise TypeError(_unconvertible(value, (str, bytes, numbers.Number, np.generic)))
    if array.dtype.kind in "SU":
        if not all(isinstance(v, str | bytes) for v in _leaves(value)):
            raise TypeError(_unconvertible(value, (str, bytes)))
        # NumPy's own strings lose the zeros at their end.
        return _strings(np.array(value, dtype=object))
    return _from_numpy(array, None)


def _unconvertible(value: Any, usable: tuple[type, ...]) -> str:
    first = (
        f"Failed to convert object of type {type(value)} to Tensor. Contents: {value}. "
        "Consider casting elements to a supported type."
    )
    bad = next((v for v in _leaves(value) if not isinstance(v, usable)), value)
    return first if bad is value else f"{first}\n  the element {bad!r} is of type {type(bad)}"


def _from_numpy(array: Array, dtype: DType | None) -> Array:
    if array.dtype.kind in "SUO":
        if dtype is not None and dtype != dtypes.string:
            raise TypeError(f"Expected {dtype.name}, got an array of {array.dtype} instead.")
        return _strings(array)
    if dtype is None:
        return array.astype(dtypes.as_dtype(array.dtype).numpy, copy=True)
    if dtype == dtypes.string:
        raise TypeError(f"Expected string, got an array of {array.dtype} instead.")
    with np.errstate(all="ignore"):
        return array.astype(dtype.numpy)


def _strings(array: Array) -> Array:
    result = np.empty(array.shape, dtype=object)
    flat = result.reshape(-1)
    for index, item in enumerate(array.reshape(-1)):
        if not isinstance(item, str | bytes):
            raise TypeError(
                f"Expected string, got {item!r} of type '{type(item).__name__}' instead."
            )
        flat[index] = item.encode() if isinstance(item, str) else bytes(item)
    return result


def _leaves(value: Any) -> Iterator[Any]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list | tuple):
            stack.extend(reversed(item))
        elif isinstance(item, np.ndarray):
            stack.extend(reversed(item.reshape(-1).tolist()))
        else:
            yield item


def _is_text(array: Array) -> bool:
    return all(isinstance(item, str | bytes) for item in array.reshape(-1))


def _holds_numpy(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, float)


_ACCEPTED: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("is_bool", (bool, np.bool_)),
    ("is_integer", (numbers.Integral,)),
    ("is_quantized", (numbers.Integral,)),
    ("is_floating", (numbers.Real, np.integer)),
    ("is_complex", (numbers.Complex, np.number)),
)


def _check_elements(value: Any, dtype: DType) -> None:
    """Raise unless every element may become one of `dtype`: 1.5 is no int, 1 no bool."""
    if dtype == dtypes.string:
        accepted: tuple[type, ...] = (str, bytes)
    else:
        accepted = next((types for kind, types in _ACCEPTED if getattr(dtype, kind)), (object,))
    for item in _leaves(value):
        if not isinstance(item, accepted) and hasattr(item, "__index__"):
            item = item.__index__()
        if not isinstance(item, accepted):
            fraction = dtype.is_integer and isinstance(item, float)
            hint = "\n  hint: tf.cast(x, tf.float32) makes floats of the integers it meets"
            raise TypeError(
                f"Expected {dtype.name}, got {item!r} of type '{type(item).__name__}' instead."
                f"{hint if fraction else ''}"
            )


def _ragged(value: Any) -> str | None:
    """Say which row of a nested list has another length than the first."""
    if not isinstance(value, list | tuple) or not value:
        return None
    lengths = [len(row) if isinstance(row, list | tuple | np.ndarray) else None for row in value]
    for row, length in enumerate(lengths):
        if length != lengths[0]:
            return (
                "setting an array element with a sequence. The rows have unequal lengths: "
                f"row 0 has {lengths[0]} elements, row {row} has {length}."
            )
    for row in value:
        inner = _ragged(row)
        if inner:
            return inner
    return None


def _not_dense(value: Any) -> str:
    """What TensorFlow says of a nested list whose rows differ in length."""
    got, level = [], [value]
    while all(isinstance(row, list | tuple) and len(row) == len(level[0]) for row in level):
        got.append(len(level[0]))
        level = [entry for row in level for entry in row]
    wanted, first = [], value
    while isinstance(first, list | tuple):
        wanted.append(len(first))
        first = first[0] if first else None
    return f"Argument must be a dense tensor: {value} - got shape {got}, but wanted {wanted}."


def repeat_to(array: Array, shape: TensorShape) -> Array:
    """Return `array` in `shape`; a shorter one is padded with its last element, or zeros.

    Raises
    ------
    ValueError
        If `array` has more elements than `shape`, and that has any.
    """
    count, sizes = shape.num_elements(), shape.sizes
    if count is None:
        raise ValueError(f"Cannot make a constant of the partial shape {shape}.")
    if not count:
        return np.empty(sizes, dtype=array.dtype)
    if array.size > count:
        raise ValueError(
            f"Too many elements provided. Needed at most {count}, but received {array.size}"
        )
    if array.size == count:
        return array.reshape(sizes)
    if array.size == 0:
        return (
            np.full(sizes, b"", dtype=object)
            if array.dtype == object
            else np.zeros(sizes, array.dtype)
        )
    flat = np.empty(count, dtype=array.dtype)
    flat[: array.size] = array.reshape(-1)
    flat[array.size :] = array.reshape(-1)[-1]
    return flat.reshape(sizes)
