"""`tf.ensure_shape`: what is known of a shape, checked when the graph runs."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.building import apply
from flowgraph.ops.checks import bracketed, merged, with_rank
from flowgraph.shapes import TensorShape, as_shape


class EnsureShape(Op):
    """The input, if its shape is compatible with the one given."""

    signature = Signature("input: T -> output: T")
    may_alias = True

    shape: TensorShape

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        if self.shape.sizes is None:
            return (inputs[0].shape,)
        return (merged(self.shape, with_rank(inputs[0].shape, len(self.shape.sizes))),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return self._checked(inputs[0], "input")

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        name = operation.inputs[0].op.name
        return lambda x: self._checked(x, name)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (dys[0],)

    def _checked(self, x: Array, name: str) -> Array:
        if not self.shape.is_compatible_with(x.shape):
            raise InvalidArgumentError(
                None,
                None,
                f"Shape of tensor {name} {bracketed(x.shape)} is not compatible with expected "
                f"shape {bracketed(self.shape.sizes or ())}.",
            )
        return x


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """Return a tensor, of which more of the shape is known then, and is checked at each run.

    Parameters
    ----------
    x : Tensor
    shape : TensorShape or list of int or None
        A shape that the tensor's must be compatible with. ``None`` instead of a size, or of the
        shape, stands for any.
    name : str, optional

    Returns
    -------
    Tensor
        The same values. `Tensor.set_shape` says the same without a check.

    Raises
    ------
    ValueError
        If what is known of the tensor's shape contradicts `shape`.
    InvalidArgumentError
        When run, if the tensor's shape does.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, None])
    >>> tf.ensure_shape(x, [None, 3])
    <tf.Tensor 'EnsureShape:0' shape=(?, 3) dtype=float32>
    """
    return apply(EnsureShape(shape=as_shape(shape)), x, name=name)
