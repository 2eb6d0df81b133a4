"""The ops of accumulators: one to make each kind, and those that add, take and count."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.ops.accumulator_state import (
    BaseAccumulator,
    DenseAccumulator,
    Slices,
    SparseAccumulator,
)
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.host_values import host_array
from flowgraph.ops.shared_resources import shared
from flowgraph.shapes import TensorShape

_SCALAR = TensorShape.of(())
_HANDLE = TensorShape.of((2,))
_UNKNOWN = TensorShape.of(None)
_KINDS = Types(
    tuple(
        dtypes.as_dtype(name)
        for name in (
            *("float32", "float64", "int32", "uint8", "int16", "int8", "complex64", "int64"),
            *("qint8", "quint8", "qint32", "bfloat16", "uint16", "complex128", "float16"),
            *("uint32", "uint64"),
        )
    )
)
_WITH_KERNELS = (dtypes.float16, dtypes.float32, dtypes.float64)


class _Accumulator(Op, abstract=True):
    """A new accumulator, or the one of the same shared name."""

    is_stateful = True

    dtype: DType
    shape: TensorShape
    container: str = ""
    shared_name: str = ""
    reduction_type: str = "MEAN"

    kind: ClassVar[Any]

    def __post_init__(self) -> None:
        if self.dtype not in _KINDS:
            raise TypeError(
                f"Value passed to parameter 'dtype' has DataType {self.dtype.name} not in list of "
                f"allowed values: {_KINDS}"
            )
        if self.reduction_type not in ("MEAN", "SUM"):
            raise ValueError(
                f"Attr 'reduction_type' of '{self.type}' Op passed string "
                f'\'{self.reduction_type}\' not in: "MEAN", "SUM".'
            )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_HANDLE,)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def make(name: str) -> Any:
            is_mean = self.reduction_type == "MEAN"
            made = self.kind(name, self.dtype, self.shape, is_mean)
            resources.at_close(made.cancel)
            return made

        def kernel() -> Array:
            if self.dtype not in _WITH_KERNELS:
                raise invalid(
                    f"No OpKernel was registered to support Op '{self.type}' with dtype "
                    f"{self.dtype.name}"
                )
            held = shared(resources, operation, self.container, self.shared_name, make)
            return np.full((2,), held, object)

        return kernel


class ResourceConditionalAccumulator(_Accumulator):
    """An accumulator of dense gradients."""

    signature = Signature("-> handle: resource")
    kind = DenseAccumulator
    gradient = Op.not_differentiable


class SparseConditionalAccumulator(_Accumulator):
    """An accumulator of gradients that are slices."""

    signature = Signature("-> handle: ref(string)")
    kind = SparseAccumulator
    gradient = Op.not_differentiable


class _Access(Op, abstract=True):
    """An op on the accumulator behind a handle."""

    is_stateful = True
    gradient = Op.not_differentiable

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return ()


def _behind(handle: Array, kind: Any, dtype: DType | None = None) -> Any:
    """Return the accumulator that a handle holds, which must be of that kind and dtype."""
    held = handle.flat[0]
    if not isinstance(held, kind):
        raise invalid(f"Accumulator '{held.name}' is shared by ops of another kind.")
    if dtype is not None and held.dtype is not dtype:
        raise invalid(
            f"Accumulator '{held.name}' is of {held.dtype.name}, but {dtype.name} was asked for."
        )
    return held


def _scalar(value: Any, name: str) -> int:
    if np.ndim(value):
        raise invalid(f"Argument {name} must be scalar, but had bad shape {bracketed(value.shape)}")
    return int(value)


class _Count(_Access, abstract=True):
    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return np.array(len(_behind(inputs[0], BaseAccumulator)), np.int32)


class ResourceAccumulatorNumAccumulated(_Count):
    """How many gradients an accumulator has got."""

    signature = Signature("handle: resource -> num_accumulated: int32")


class AccumulatorNumAccumulated(_Count):
    """How many gradients an accumulator of slices has got."""

    signature = Signature("handle: ref(string) -> num_accumulated: int32")


class _SetStep(_Access, abstract=True):
    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        handle, step = inputs
        _behind(handle, BaseAccumulator).set_step(_scalar(step, "new_global_step"))
        return ()


class ResourceAccumulatorSetGlobalStep(_SetStep):
    """Sets the time step of an accumulator."""

    signature = Signature("handle: resource, new_global_step: int64")


class AccumulatorSetGlobalStep(_SetStep):
    """Sets the time step of an accumulator of slices."""

    signature = Signature("handle: ref(string), new_global_step: int64")


class ResourceAccumulatorApplyGradient(_Access):
    """Adds a gradient."""

    signature = Signature("handle: resource, local_step: int64, gradient: dtype", dtype=_KINDS)
    fills = 0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        handle, step, given = inputs
        gradient = host_array(given)
        held = _behind(handle, DenseAccumulator, dtypes.as_dtype(gradient.dtype))
        held.apply(_scalar(step, "local_step"), gradient)
        return ()


class SparseAccumulatorApplyGradient(_Access):
    """Adds a gradient that is slices."""

    signature = Signature(
        "handle: ref(string), local_step: int64, gradient_indices: int64, "
        "gradient_values: dtype, gradient_shape: int64",
        dtype=_KINDS,
    )
    fills = 0

    has_known_shape: bool

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        handle, step, *given = inputs
        indices, values, shape = map(host_array, given)
        held = _behind(handle, SparseAccumulator, dtypes.as_dtype(values.dtype))
        sizes = tuple(shape.tolist()) if self.has_known_shape else None
        held.apply(_scalar(step, "local_step"), Slices(indices, values, sizes))
        return ()


class ResourceAccumulatorTakeGradient(_Access):
    """Takes the average or sum of the gradients, when there are enough."""

    signature = Signature("handle: resource, num_required: int32 -> average: dtype", dtype=_KINDS)
    drains = 0

    dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return (_UNKNOWN,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        handle, required = inputs
        held = _behind(handle, DenseAccumulator, self.dtype)
        return held.take(_scalar(required, "num_required"))


class SparseAccumulatorTakeGradient(_Access):
    """Takes the average or sum of the slices, when there are enough."""

    signature = Signature(
        "handle: ref(string), num_required: int32 -> indices: int64, values: dtype, shape: int64",
        dtype=_KINDS,
    )
    drains = 0

    dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return (_UNKNOWN,) * 3

    def compute(self, xp: Any, *inputs: Any) -> Any:
        handle, required = inputs
        held = _behind(handle, SparseAccumulator, self.dtype)
        return held.take(_scalar(required, "num_required"))
