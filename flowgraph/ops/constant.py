"""Constants: values fixed when the graph is built."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.convert import repeat_to, to_array
from flowgraph.shapes import TensorShape, as_shape


class Const(Op):
    """A value fixed when the graph is built."""

    signature = Signature("-> output: dtype")

    value: Array
    dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(self.value.shape),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.asarray(self.value)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return ()

    def equivalence(self) -> tuple[Any, ...]:
        if self.value.dtype == object:
            return (self.type, self.value.shape, repr(self.value.tolist()))
        data = np.ascontiguousarray(self.value)
        digest = hashlib.blake2b(data.tobytes(), digest_size=16).digest()
        return (self.type, self.dtype.name, self.value.shape, digest)

    def attributes(self) -> dict[str, Any]:
        return {"dtype": self.dtype, "value": self.value}


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str | None = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """Return a tensor with a fixed value.

    Parameters
    ----------
    value : scalar, array or nested list
    dtype : DType, optional
        By default Python floats give float32 and ints int32.
    shape : list of int, optional
        If `value` has fewer elements, its last one is repeated.
    name : str
    verify_shape : bool
        Raise unless `value` has exactly `shape`.

    Raises
    ------
    TypeError
        If the elements are not of `dtype`.
    ValueError
        If `value` does not fit `shape`.

    Examples
    --------
    >>> tf.Session().run(tf.constant([1, 2], shape=[2, 2]))
    array([[1, 2],
           [2, 2]], dtype=int32)
    """
    kind = None if dtype is None else as_dtype(dtype).base_dtype
    wanted = None if shape is None else as_shape(shape)
    if wanted is not None and wanted.num_elements() == 0 and not isinstance(value, np.ndarray):
        value = []  # no element to take the dtype from
    array = to_array(value, kind)
    if wanted is not None:
        if verify_shape and tuple(wanted.as_list()) != array.shape:
            raise TypeError(
                f"Expected Tensor's shape: {tuple(wanted.as_list())}, got {array.shape}."
            )
        _check_size((wanted.num_elements() or 0) * array.itemsize)
        array = repeat_to(array, wanted)
    _check_size(array.nbytes)
    array.flags.writeable = False
    op = Const(value=array, dtype=kind or as_dtype(array.dtype))
    shapes = (TensorShape.of(array.shape),)
    return (
        get_default_graph()
        .add_operation(op, (), (op.dtype,), "Const" if name is None else name, shapes)
        ._outputs[0]
    )


def _check_size(nbytes: int) -> None:
    if nbytes >= 1 << 31:
        raise ValueError("Cannot create a tensor proto whose content is larger than 2GB.")
