"""A linear map with variables of the scope that it is made in."""

from __future__ import annotations

from collections.abc import Sequence

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import bias_add
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope


class Linear:
    """``x @ kernel + bias``, of matrices side by side.

    Parameters
    ----------
    inputs : list of Tensor
        Matrices like those that it will be called with.
    size : int
        How many columns the result has.
    bias : bool

    Raises
    ------
    ValueError
        If one is no matrix, or its number of columns not known.
    """

    def __init__(self, inputs: Sequence[Tensor], size: int, bias: bool = True) -> None:
        shapes, depth = [x.shape for x in inputs], 0
        for shape in shapes:
            if shape.rank != 2:
                raise ValueError(f"linear is expecting 2D arguments: {shapes}")
            columns = shape[1].value
            if columns is None:
                raise ValueError(
                    f"linear expects shape[1] to be provided for shape {shape}, but saw {columns}"
                )
            depth += columns
        dtype = inputs[0].dtype
        with variable_scope(get_variable_scope()) as outer:
            self._kernel = get_variable("kernel", [depth, size], dtype=dtype)
            self._bias = None
            if bias:
                with variable_scope(outer):
                    zero = Constant(0.0, dtype=dtype)
                    self._bias = get_variable("bias", [size], dtype=dtype, initializer=zero)

    def __call__(self, inputs: Sequence[Tensor]) -> Tensor:
        x = inputs[0] if len(inputs) == 1 else concat(list(inputs), 1)
        product = matmul(x, self._kernel)
        return product if self._bias is None else bias_add(product, self._bias)
