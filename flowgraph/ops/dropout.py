"""Dropout: set elements to zero at random."""

from __future__ import annotations

import numbers
from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.core import cast, convert_to_tensor, shape
from flowgraph.ops.random import random_uniform
from flowgraph.shapes import TensorShape, as_shape


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """Set each element to zero with probability `rate`, and scale the others up [1]_.

    Parameters
    ----------
    x : Tensor
        Of a floating-point dtype.
    keep_prob : float or Tensor, optional
        ``1 - rate``.
    noise_shape : list of int or None, or Tensor, optional
        Where it is 1, a whole axis of `x` is kept or dropped together.
    seed : int, optional
    name : str, optional
    rate : float or Tensor, optional
        In ``[0, 1)``. With the number 0 the result is `x` itself.

    Returns
    -------
    Tensor
        Of the shape and dtype of `x`. The kept elements are divided by ``1 - rate``.

    Raises
    ------
    ValueError
        If neither `keep_prob` nor `rate` is given, or both, or it is out of range.

    References
    ----------
    .. [1] N. Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from
       Overfitting, 2014

    Examples
    --------
    >>> y = tf.Session().run(tf.nn.dropout(tf.ones([1000]), rate=0.5, seed=1))
    >>> sorted(set(y.tolist()))
    [0.0, 2.0]
    """
    try:
        keep = None if keep_prob is None else 1.0 - keep_prob
    except TypeError:
        raise ValueError(
            f"keep_prob must be a floating point number or Tensor (got {keep_prob!r})"
        ) from None
    rate = renamed_argument("rate", rate, "keep_prob", keep)
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    return dropout_v2(x, rate, noise_shape=noise_shape, seed=seed, name=name)


def dropout_v2(
    x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Do what `dropout` does, with the rate in its place."""
    with name_scope(name, "dropout", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(
                "x has to be a floating point tensor since it's going to be scaled. "
                f"Got a {x.dtype} tensor instead."
            )
        if isinstance(rate, numbers.Real) and not 0 <= float(rate) < 1:
            raise ValueError(
                f"rate must be a scalar tensor or a float in the range [0, 1), got {float(rate):g}"
            )
        if isinstance(rate, numbers.Real) and rate == 0:
            return x  # type: ignore[no-any-return]
        rate = convert_to_tensor(rate, dtype=x.dtype, name="rate")
        rate.shape.assert_has_rank(0)
        known = rate.static_value()
        if known is not None and known == 0:
            return x  # type: ignore[no-any-return]
        drawn = random_uniform(_noise_shape(x, noise_shape), seed=seed, dtype=x.dtype)
        scale = 1 / (1 - rate)
        kept = greater_equal(drawn, rate)
        result: Tensor = x * scale * cast(kept, x.dtype)
        result.set_shape(x.shape)
        return result


def _noise_shape(x: Tensor, given: Any) -> Any:
    """Return the shape of the draws: unknown sizes are those of `x`."""
    if given is None:
        return shape(x)
    try:
        sizes = as_shape(given).sizes
    except (TypeError, ValueError):
        return given  # a tensor, or a list that holds one
    known = x.shape.sizes
    if sizes is None or known is None or len(sizes) != len(known):
        return given
    return TensorShape.of(tuple(b if a is None else a for a, b in zip(sizes, known, strict=True)))
