"""Bands of matrices."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply
from flowgraph.ops.diagonal import check_matrix
from flowgraph.ops.merging import matrices_sizes
from flowgraph.ops.types import INDEX64
from flowgraph.shapes import TensorShape


class MatrixBandPart(Op):
    """Matrices with everything set to zero outside of a band along the main diagonal."""

    signature = Signature(
        "input: T, num_lower: Tindex, num_upper: Tindex -> band: T", Tindex=INDEX64
    )
    host_inputs = (1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for bound in inputs[1:]:
            with_rank(bound.shape, 0)
        sizes = matrices_sizes(inputs[0])
        for bound, axis, name, what in (
            (inputs[1], -2, "num_lower", "rows"),
            (inputs[2], -1, "num_upper", "columns"),
        ):
            value = bound.static_value()
            count = None if sizes is None else sizes[axis]
            if value is not None and count is not None and value > count:
                raise ValueError(_band_text(name, what, count, int(value)))
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, lower, upper = inputs
        check_matrix(x)
        bounds = []
        for value, axis, name, what in (
            (lower, -2, "num_lower", "rows"),
            (upper, -1, "num_upper", "columns"),
        ):
            if value.ndim:
                raise invalid(f"{name} must be scalar, got shape {bracketed(value.shape)}")
            if int(value) > x.shape[axis]:
                raise invalid(_band_text(name, what, x.shape[axis], int(value)))
            bounds.append(int(value))
        offset = xp.arange(x.shape[-1]) - xp.arange(x.shape[-2])[:, None]
        inside = xp.ones(x.shape[-2:], dtype=bool)
        if bounds[0] >= 0:
            inside &= offset >= -bounds[0]
        if bounds[1] >= 0:
            inside &= offset <= bounds[1]
        return xp.where(inside, x, x.dtype.type(0))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        lower, upper = operation.inputs[1:]
        return apply(MatrixBandPart(), dys[0], lower, upper), None, None


def _band_text(name: str, what: str, count: int, value: int) -> str:
    return f"{name} must be negative or less or equal to number of {what} ({count}) got: {value}"


def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Set everything to zero outside of a band along the main diagonal.

    Parameters
    ----------
    input : Tensor
        Of shape ``[..., rows, columns]``.
    num_lower, num_upper : int or Tensor
        How many diagonals to keep below and above the main one; a negative number keeps all.
    name : str, optional

    Raises
    ------
    ValueError
        If there are not so many diagonals.

    Examples
    --------
    >>> tf.Session().run(tf.matrix_band_part([[1, 2], [3, 4]], -1, 0))
    array([[1, 0],
           [3, 4]], dtype=int32)
    """
    return apply(MatrixBandPart(), input, num_lower, num_upper, name=name)
