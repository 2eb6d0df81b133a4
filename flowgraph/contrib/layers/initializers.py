"""Initializers scaled to a variable's shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.random import random_uniform, truncated_normal

Initializer = Callable[..., Tensor]


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = dtypes.float32,
) -> Initializer:
    """Return an initializer that draws with the variance ``factor / n``.

    Parameters
    ----------
    factor : float
    mode : {"FAN_IN", "FAN_OUT", "FAN_AVG"}
        What ``n`` is: the number of inputs of a unit, of outputs, or their mean.
    uniform : bool
        Draw from a uniform distribution; else from a truncated normal one.
    seed : int, optional
    dtype : DType

    Raises
    ------
    TypeError
        If `mode` is none of these, or the dtype is not a floating-point one.

    Notes
    -----
    With the defaults it is the one of He et al. (2015). The deviation of the truncated
    normal is 1.3 times as large, about what the truncation takes away.

    Examples
    --------
    >>> init = tf.contrib.layers.variance_scaling_initializer()
    >>> tf.get_variable("w", [3, 4], initializer=init)
    <tf.Variable 'w:0' shape=(3, 4) dtype=float32_ref>
    """
    _check(dtype)
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError("Unknown mode %s [FAN_IN, FAN_OUT, FAN_AVG]", mode)

    def initializer(shape: Any, dtype: Any = dtype, partition_info: Any = None) -> Tensor:
        _check(dtype)
        sizes = [float(size) for size in shape] or [1.0, 1.0]
        field = math.prod(sizes[:-2])
        fan_in, fan_out = sizes[-2 if len(sizes) > 1 else -1] * field, sizes[-1] * field
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return random_uniform(shape, -limit, limit, dtype, seed=seed)
        return truncated_normal(shape, 0.0, math.sqrt(1.3 * factor / n), dtype, seed=seed)

    return initializer


def _check(dtype: Any) -> None:
    if not as_dtype(dtype).is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = dtypes.float32
) -> Initializer:
    """Return an initializer with the variance ``2 / (inputs + outputs)`` (Glorot and Bengio, 2010).

    Parameters
    ----------
    uniform, seed, dtype
        Those of `variance_scaling_initializer`.

    Examples
    --------
    >>> tf.get_variable("w", [3, 4], initializer=tf.contrib.layers.xavier_initializer())
    <tf.Variable 'w:0' shape=(3, 4) dtype=float32_ref>
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)
