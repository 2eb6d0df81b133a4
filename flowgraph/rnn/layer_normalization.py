"""Layer normalization within a cell."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.moments import moments
from flowgraph.ops.normalization import batch_normalization
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant
from flowgraph.variables.variable_scope import variable_scope


def layer_normalized(x: Tensor, scope: str, gain: float, shift: float) -> Tensor:
    """Return each row with mean 0 and variance 1, then scaled and shifted by variables.

    Parameters
    ----------
    x : Tensor
        ``(batch, units)``.
    scope : str
        Where the variables ``gamma`` and ``beta`` are.
    gain, shift : float
        What they begin with.
    """

    def variable(name: str, value: float | None = None) -> Any:
        initializer = None if value is None else Constant(value)
        return get_variable(name, x.shape[-1:], initializer=initializer, dtype=x.dtype)

    with variable_scope(scope):
        variable("gamma", gain)
        variable("beta", shift)
    with variable_scope(scope, reuse=True):
        beta, gamma = variable("beta"), variable("gamma")
        mean, variance = moments(x, [1], keep_dims=True)
        epsilon = 1e-3 if x.dtype is dtypes.float16 else 1e-12
        result = batch_normalization(x, mean, variance, beta, gamma, epsilon)
        result.set_shape(x.shape)
        return result
