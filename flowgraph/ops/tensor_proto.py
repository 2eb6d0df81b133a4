"""TensorProto to and from arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph import dtypes, protos
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.ops.convert import to_array

MAX_BYTES = 1 << 31
"""The largest tensor that is read: what a file says is checked before memory is taken."""

_UNIFORM_BYTES = 64
"""A larger array of equal elements is written as one of them, and floats always are.

TensorFlow does so for `tf.zeros` and the like, but not for lists, and a constant does not say
which it was: equal floats mostly come from the former, short lists of ints from the latter.
"""

_FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
    "float16": "half_val",
    "bfloat16": "half_val",
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "string": "string_val",
    **dict.fromkeys(("int8", "int16", "int32", "uint8", "uint16"), "int_val"),
    **dict.fromkeys(("qint8", "qint16", "qint32", "quint8", "quint16"), "int_val"),
}
_BY_VALUE_ONLY = {"bfloat16", "bool", "complex64", "complex128", "float16", "string"}
_HALVES = {"float16", "bfloat16"}


def make_tensor_proto(
    values: Any,
    dtype: Any = None,
    shape: Any = None,
    verify_shape: bool = False,
    allow_broadcast: bool = False,
) -> Any:
    r"""Return a TensorProto.

    Parameters
    ----------
    values : scalar, array or nested list
        A TensorProto is returned as it is.
    dtype : DType, optional
        By default Python floats give float32 and ints int32.
    shape : list of int, optional
        If there are fewer values, a reader repeats the last one.
    verify_shape : bool
        Raise unless `values` has exactly `shape`.
    allow_broadcast : bool
        Fewer values than `shape` has are allowed for a single one only.

    Raises
    ------
    TypeError
        If the elements are not of `dtype`, or not of the shape that is asked for.
    ValueError
        If there are more values than `shape` has.

    Examples
    --------
    >>> tf.make_tensor_proto([1, 2]).tensor_content
    b'\x01\x00\x00\x00\x02\x00\x00\x00'
    """
    if isinstance(values, protos.TensorProto):
        return values
    kind = None if dtype is None else as_dtype(dtype).base_dtype
    array = to_array(values, kind)
    sizes = array.shape if shape is None else tuple(int(n) for n in shape)
    count = math.prod(sizes)
    if allow_broadcast:
        mismatched = array.shape not in ((), (1,)) and array.size != count
    else:
        mismatched = verify_shape and array.shape != sizes
    if mismatched:
        raise TypeError(f"Expected Tensor's shape: {sizes}, got {array.shape}.")
    if array.size > count:
        raise ValueError(
            f"Too many elements provided. Needed at most {count}, but received {array.size}"
        )
    return _written(array, kind or as_dtype(array.dtype), sizes)


def constant_proto(value: Array, dtype: DType) -> Any:
    """Return a constant's value as a TensorProto, short if all elements are equal."""
    likely = dtype.is_floating or value.nbytes > _UNIFORM_BYTES
    if value.size > 1 and value.dtype != object and likely:
        first = np.ascontiguousarray(value.reshape(-1)[:1])
        if value.tobytes() == first.tobytes() * value.size:
            return _written(first, dtype, value.shape)
    return _written(value, dtype, value.shape)


def content_proto(array: Array, dtype: DType) -> Any:
    """Return an array as a TensorProto of its bytes, which is how the runtime writes it."""
    if dtype == dtypes.string:
        return _written(array, dtype, array.shape)
    message = _begun(dtype, array.shape)
    message.tensor_content = _little_endian(array)
    return message


def _begun(dtype: DType, sizes: tuple[int, ...]) -> Any:
    message = protos.TensorProto(dtype=dtype.as_datatype_enum)
    message.tensor_shape.SetInParent()
    for size in sizes:
        message.tensor_shape.dim.add(size=size)
    return message


def _little_endian(array: Array) -> bytes:
    little: bytes = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return little


def _written(array: Array, dtype: DType, sizes: tuple[int, ...]) -> Any:
    message = _begun(dtype, sizes)
    if 1 < array.size == math.prod(sizes) and dtype.name not in _BY_VALUE_ONLY:
        message.tensor_content = _little_endian(array)
        return message
    flat = np.ascontiguousarray(array.reshape(-1))
    if dtype.name in _HALVES:
        flat = flat.view(np.uint16)
    elif dtype.is_complex:
        flat = flat.view(flat.real.dtype)
    getattr(message, _FIELDS[dtype.name]).extend(flat.tolist())
    return message


def make_ndarray(tensor: Any) -> Array:
    """Return the array that a TensorProto holds.

    Parameters
    ----------
    tensor : TensorProto

    Returns
    -------
    ndarray
        Of bytes objects for strings.

    Raises
    ------
    TypeError
        If the elements are of no type that an array can hold.
    ValueError
        If the values do not fit the shape, or the array is 2 GB or more.

    Examples
    --------
    >>> tf.make_ndarray(tf.make_tensor_proto([[1.0, 2.0]]))
    array([[1., 2.]], dtype=float32)
    """
    dtype = dtypes.as_dtype(tensor.dtype) if tensor.dtype else None
    if dtype is None or dtype.name not in _FIELDS:
        name = protos.DataType.Name(tensor.dtype)
        raise TypeError(f"Unsupported tensor type: {name}")
    sizes = tuple(d.size for d in tensor.tensor_shape.dim)
    if tensor.tensor_shape.unknown_rank or any(size < 0 for size in sizes):
        raise ValueError("a tensor's shape must be known")
    count = math.prod(sizes)
    if count * dtype.numpy.itemsize >= MAX_BYTES:
        raise ValueError(f"a tensor of shape {list(sizes)} has 2 GB or more")
    if tensor.tensor_content:
        return _from_content(tensor.tensor_content, dtype, count).reshape(sizes)
    values = getattr(tensor, _FIELDS[dtype.name])
    each = 2 if dtype.is_complex else 1
    if len(values) > count * each or len(values) % each:
        raise ValueError(
            f"{len(values) // each} values for a tensor of shape {list(sizes)}, which has {count}"
        )
    found = _from_values(values, dtype)
    result = np.full(count, b"", object) if dtype == dtypes.string else np.zeros(count, found.dtype)
    result[: found.size] = found
    if found.size:
        result[found.size :] = found[-1]
    return result.reshape(sizes)


def _from_content(content: bytes, dtype: DType, count: int) -> Array:
    if dtype == dtypes.string:
        raise NotImplementedError("a TensorProto of strings as tensor_content")
    if len(content) != count * dtype.numpy.itemsize:
        raise ValueError(f"{len(content)} bytes for {count} elements of {dtype.name}")
    read = np.frombuffer(content, dtype.numpy.newbyteorder("<"))
    return read.astype(dtype.numpy, copy=True)


def _from_values(values: Any, dtype: DType) -> Array:
    if dtype == dtypes.string:
        found = np.empty(len(values), dtype=object)
        found[:] = values
        return found
    if dtype.name in _HALVES:
        return np.array(values, dtype=np.int64).astype(np.uint16).view(dtype.numpy)
    if dtype.is_complex:
        return np.array(values, dtype=dtype.real_dtype.numpy).view(dtype.numpy)
    if dtype.numpy.kind in "iu":
        # int_val is 32 bits wide whatever the type: TensorFlow keeps the low bits.
        wide = np.uint64 if dtype == dtypes.uint64 else np.int64
        return np.array(values, dtype=wide).astype(dtype.numpy)
    return np.array(values, dtype=dtype.numpy)
