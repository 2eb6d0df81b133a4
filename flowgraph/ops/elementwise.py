"""The family of elementwise ops: broadcasting shape rule, and NumPy ufuncs as kernels."""

from __future__ import annotations

from typing import Any, ClassVar

from flowgraph import shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.shapes import TensorShape


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


class Unary(Elementwise, abstract=True):
    """An elementwise op of one input."""


class Binary(Elementwise, abstract=True):
    """An elementwise op of two inputs that are broadcast against each other."""

    broadcasts = True
