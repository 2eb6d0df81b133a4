"""Functions of one element that may be called with many at once, stacked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import Reshape
from flowgraph.ops.body import Body
from flowgraph.ops.constant import Const
from flowgraph.ops.core import Cast, Identity, Placeholder
from flowgraph.ops.masking import OneHot
from flowgraph.shapes import TensorShape

_EXACT = frozenset(
    (
        *("Abs", "Add", "AddV2", "Maximum", "Minimum", "Mul", "Neg", "RealDiv", "Sqrt", "Square"),
        *("Sub", "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "NotEqual"),
        *("LogicalAnd", "LogicalNot", "LogicalOr"),
    )
)
"""Elementwise ops whose results are exact or correctly rounded: the same in any loop."""


def vectorised(body: Body) -> Body | None:
    """Return a body that does to stacked elements what `body` does to each, or ``None``.

    There is one only where it gives the very same bits and cannot fail: all operations are
    exact, all shapes known, and broadcasting cannot meet the axis in front.
    """
    return _Copy(body).result


class _Copy:
    """The attempt to copy a body for stacked elements."""

    def __init__(self, body: Body) -> None:
        self.body = Body(body.outer, body._scope)
        self.copies: dict[Tensor, Tensor] = {}
        self.stacked: set[Tensor] = set()
        self.result: Body | None = None
        for tensor in body.parameters:
            self.stacked.add(tensor)
            shape = TensorShape.of((None,)).concatenate(tensor.shape)
            self.copies[tensor] = self.body.declare(tensor.dtype, shape, "stacked")
        for outer, inner in body.captures.items():
            self.copies[inner] = self.body.adopt(outer)
        if not body.parameters or not all(_is_plain(t) for t in self.copies):
            return
        if all(self._copy(operation) for operation in body.get_operations()):
            self.body.outputs = [self.copies[tensor] for tensor in body.outputs]
            self.result = self.body if self.stacked.issuperset(body.outputs) else None

    def _copy(self, operation: Operation) -> bool:
        """Copy an operation; False if that cannot be done."""
        op, inputs = operation.op, operation.inputs
        if isinstance(op, Placeholder):
            return True  # a parameter
        if operation.control_inputs or not all(_is_plain(t) for t in operation.outputs):
            return False
        if self.stacked.isdisjoint(inputs):
            if isinstance(op, Const) or not op.is_stateful:
                self._add(operation, [self.copies[tensor] for tensor in inputs])
                return True
            return False
        arguments = self._arguments(operation)
        if arguments is None:
            return False
        self.stacked.update(operation.outputs)
        self._add(operation, arguments)
        return True

    def _arguments(self, operation: Operation) -> list[Tensor] | None:
        """Return the inputs of an operation on stacked values, where it may work on them."""
        op, inputs = operation.op, operation.inputs
        copies = [self.copies[tensor] for tensor in inputs]
        if isinstance(op, Identity):
            return copies
        if isinstance(op, Cast):
            return copies if _is_number(op.DstT) and _is_number(inputs[0].dtype) else None
        if isinstance(op, Reshape) and inputs[1] not in self.stacked:
            return [copies[0], self._constant((-1, *(operation.outputs[0].shape.sizes or ())))]
        if isinstance(op, OneHot):
            return copies if op.axis == -1 and self.stacked.isdisjoint(inputs[1:]) else None
        if op.type not in _EXACT or (op.type == "RealDiv" and not inputs[0].dtype.is_floating):
            return None
        ranks = {len(tensor.shape) for tensor in inputs if tensor in self.stacked}
        others = [len(tensor.shape) for tensor in inputs if tensor not in self.stacked]
        fits = len(ranks) == 1 and max([*ranks, *others]) in ranks
        return copies if fits else None

    def _constant(self, sizes: Sequence[int | None]) -> Tensor:
        op = Const(value=np.array(sizes, np.int32), dtype=dtypes.int32)
        return self.body.add_operation(op, (), (dtypes.int32,), "shape")._outputs[0]

    def _add(self, operation: Operation, inputs: list[Tensor]) -> None:
        kinds = [tensor.dtype for tensor in operation.outputs]
        name = operation.name.rsplit("/", 1)[-1]
        copy = self.body.add_operation(operation.op, tuple(inputs), kinds, name)
        self.copies.update(zip(operation.outputs, copy.outputs, strict=True))


def _is_plain(tensor: Tensor) -> bool:
    """Whether a tensor is of numbers or strings, and of a known shape."""
    dtype = tensor.dtype
    return dtype.is_numpy_compatible and not dtype.is_ref_dtype and tensor.shape.is_fully_defined()


def _is_number(dtype: DType) -> bool:
    return dtype.is_floating or dtype.is_integer or dtype.is_bool
