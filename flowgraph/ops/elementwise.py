"""The families of elementwise ops: broadcasting shape rule, and NumPy ufuncs as kernels."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Types
from flowgraph.ops.checks import bracketed
from flowgraph.ops.core import FLOATS, INEXACT
from flowgraph.ops.hints import elementwise_hint
from flowgraph.shapes import TensorShape

SIGNED = Types(
    (*INEXACT.allowed, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64),
    listed="bfloat16, float16, float32, float64, int32, int64, complex64, complex128",
)
"""The number types with negatives."""

SIGNED_REALS = Types((*FLOATS.allowed, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64))
"""The number types with negatives and an order."""


class Elementwise(Op, abstract=True):
    """An op on each element, its inputs broadcast against each other.

    Where the op is a ufunc, naming it gives both kernels.
    """

    ufunc: ClassVar[str | None] = None
    inplace = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        shape = inputs[0].shape
        for other in inputs[1:]:
            shape = shapes.broadcast(shape, other.shape)
        return (shape,)

    def compute(self, xp: Any, *inputs: Array) -> Any:
        if self.ufunc is None:
            return super().compute(xp, *inputs)
        return getattr(xp, self.ufunc)(*inputs)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        if self.ufunc is None:
            xp.copyto(out, self.compute(xp, *inputs))
        else:
            getattr(xp, self.ufunc)(*inputs, out=out)

    def planned(self, xp: Any, out: Array, *inputs: Array) -> Callable[[], Any]:
        if self.ufunc is None or type(self).compute_into is not Elementwise.compute_into:
            return super().planned(xp, out, *inputs)
        function = getattr(xp, self.ufunc)
        if self.ufunc in ("maximum", "minimum"):  # NumPy wants the keyword there
            return functools.partial(function, *inputs, out=out)
        return functools.partial(function, *inputs, out)  # a keyword takes nearly as long again

    def failure(self, error: Exception, *inputs: Array) -> str:
        try:
            np.broadcast_shapes(*[value.shape for value in inputs])
        except ValueError:
            return f"Incompatible shapes: {' vs. '.join(bracketed(x.shape) for x in inputs)}"
        return str(error)

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        return elementwise_hint(inputs)


class Unary(Elementwise, abstract=True):
    """An elementwise op of one input."""


class Binary(Elementwise, abstract=True):
    """An elementwise op of two inputs that are broadcast against each other."""

    broadcasts = True


class Adjoint(Elementwise, abstract=True):
    """The gradient of an elementwise op, from its output and the output's gradient.

    Both inputs have the same shape; there is no broadcasting.
    """

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)
