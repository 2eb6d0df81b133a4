"""What reductions share: axes, shapes, and the way back from the reduced to the full shape."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, subtract
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.broadcasting import broadcast_to
from flowgraph.ops.checks import axis_within, invalid, renamed_argument
from flowgraph.ops.comparison import equal
from flowgraph.ops.core import INDEX, NUMBERS, apply, cast, constant, rank, shape, size
from flowgraph.ops.division import floormod
from flowgraph.ops.sequences import range as range_of
from flowgraph.shapes import TensorShape, unknown_shape


class Reduction(Op, abstract=True):
    """An op that takes many elements into one, along the axes of its second input."""

    signature = Signature("input: T, reduction_indices: Tidx -> output: T", T=NUMBERS, Tidx=INDEX)
    host_inputs = (1,)
    function: ClassVar[str]
    """The array module's name for it."""
    keeps_single: ClassVar[bool] = True
    """Whether a single element is its own result."""

    keep_dims: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes, indices = inputs[0].shape.sizes, inputs[1].static_value()
        if sizes is None or indices is None:
            ndims = len(sizes) if self.keep_dims and sizes is not None else None
            return (unknown_shape(ndims),)
        axes = _normalized(
            indices,
            len(sizes),
            "Invalid reduction dimension {} for input with {} dimensions.",
            ValueError,
        )
        if self.keep_dims:
            return (TensorShape.of(tuple(1 if i in axes else n for i, n in enumerate(sizes))),)
        return (TensorShape.of(tuple(n for i, n in enumerate(sizes) if i not in axes)),)

    def passes_through(self, *inputs: Spec) -> int | None:
        indices = inputs[1].static_value()  # as when an operand was not broadcast after all
        return 0 if self.keeps_single and indices is not None and not indices.size else None

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, indices = inputs
        axes = _run_axes(x, indices)
        return self.reduce(xp, x, axis=axes, keepdims=self.keep_dims)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        x, indices = inputs
        axes = _run_axes(x, indices)
        if self.writes_out(x, axes):
            self.reduce(xp, x, axis=axes, keepdims=self.keep_dims, out=out)
        else:
            xp.copyto(out, self.reduce(xp, x, axis=axes, keepdims=self.keep_dims))

    def reduce(self, xp: Any, x: Array, **options: Any) -> Array:
        """Reduce `x`; `options` are those of the array module's function."""
        return getattr(xp, self.function)(x, **options)

    def writes_out(self, x: Array, axes: tuple[int, ...]) -> bool:
        """Whether `reduce` takes ``out``."""
        return True


def _normalized(
    indices: Array, ndims: int, message: str, error: type[ValueError] | Any
) -> tuple[int, ...]:
    """Return the axes counted from the front, each once, in order."""
    found = {
        axis_within(int(i), ndims, message.format(i, ndims), error) for i in indices.reshape(-1)
    }
    return tuple(sorted(found))


def _run_axes(x: Array, indices: Array) -> tuple[int, ...]:
    message = "Invalid reduction dimension ({} for input with {} dimension(s)"
    return _normalized(indices, x.ndim, message, invalid)


class All(Reduction):
    """Whether all are true."""

    signature = Signature("input: bool, reduction_indices: Tidx -> output: bool", Tidx=INDEX)
    function = "all"


class AnyTrue(Reduction):
    """Whether any is true."""

    type = "Any"
    signature = Signature("input: bool, reduction_indices: Tidx -> output: bool", Tidx=INDEX)
    function = "any"


def static_axes(operation: Operation) -> tuple[int, ...] | None:
    """Return the axes that a reduction reduces, if the graph fixes them."""
    ndims, indices = operation.inputs[0].shape.ndims, operation.inputs[1].static_value()
    if ndims is None or indices is None:
        return None
    return tuple(sorted({int(i) % ndims for i in indices.reshape(-1)}))


def aligned(operation: Operation, tensor: Tensor) -> Tensor:
    """Give `tensor`, of the output's shape, axes of size 1 so that it broadcasts to the input."""
    if operation.op.attributes()["keep_dims"]:
        return tensor
    x, indices = operation.inputs
    axes = static_axes(operation)
    if axes is None:
        return reshape(tensor, reduced_shape(shape(x), indices))
    # Broadcasting itself puts axes in front.
    leading = next((i for i, axis in enumerate(axes) if axis != i), len(axes))
    for axis in axes[leading:]:
        tensor = expand_dims(tensor, axis - leading)
    return tensor


def spread(operation: Operation, dy: Tensor) -> Tensor:
    """Repeat `dy`, of the output's shape, along the reduced axes."""
    return broadcast_to(aligned(operation, dy), shape(operation.inputs[0]))


def reduced_shape(input_shape: Any, axes: Any) -> Tensor:
    """Return a shape with the sizes of `axes` replaced by 1.

    Parameters
    ----------
    input_shape : Tensor
        A shape, of int32.
    axes : Tensor
        Axes, a scalar or a vector; negative ones count from the end.

    Returns
    -------
    Tensor
        Of int32, as long as `input_shape`.
    """
    ndims = size(input_shape)
    places = floormod(add(reshape(cast(axes, dtypes.int32), [-1, 1]), ndims), ndims)
    reduced = apply(AnyTrue(), equal(range_of(ndims), places), 0)
    mask = cast(reduced, dtypes.int32)
    return add(multiply(input_shape, subtract(1, mask)), mask)


def _axes(input_tensor: Any, axis: Any) -> Any:
    """Return the axes to reduce: all of them if none are given."""
    if axis is not None:
        return axis
    if isinstance(input_tensor, Tensor) and input_tensor.shape.ndims is not None:
        return constant(np.arange(input_tensor.shape.ndims, dtype=np.int32))
    return range_of(0, rank(input_tensor))


def reduce_with(
    op: type[Reduction],
    input_tensor: Any,
    axis: Any,
    keepdims: Any,
    name: str | None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """Build a reduction from the arguments of its public function."""
    axis = renamed_argument("axis", axis, "reduction_indices", reduction_indices)
    keep = renamed_argument("keepdims", keepdims, "keep_dims", keep_dims) or False
    result = apply(op(keep_dims=keep), input_tensor, _axes(input_tensor, axis), name=name)
    if axis is None and not keep:
        result.set_shape(())
    return result
