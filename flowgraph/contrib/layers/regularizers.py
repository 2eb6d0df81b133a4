"""Regularizers: functions of a variable that give a loss."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from flowgraph.graph.scope import (
    GraphKeys,
    add_to_collection,
    get_collection,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.add_n import add_n
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.filling import zeros
from flowgraph.ops.loss import l2_loss
from flowgraph.ops.magnitude import abs
from flowgraph.ops.reduction import reduce_sum

Regularizer = Callable[[Any], Tensor | None]


def _check(scale: Any) -> None:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"scale cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale:g}")


def _scaled(scale: Any, loss: Callable[[Any], Tensor], name: str) -> Regularizer:
    _check(scale)
    if isinstance(scale, numbers.Real) and scale == 0.0:
        return lambda _: None

    def regularizer(weights: Any) -> Tensor:
        with name_scope(None, name, [weights]) as scope:
            factor = convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return multiply(factor, loss(weights), name=scope)

    return regularizer


def l1_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """Return a regularizer ``scale * sum(abs(weights))``.

    Parameters
    ----------
    scale : float or Tensor
        With 0.0 the regularizer gives ``None``.
    scope : str, optional
        The name scope of its operations.

    Raises
    ------
    ValueError
        If `scale` is negative or an integer.

    Examples
    --------
    >>> regularizer = tf.contrib.layers.l1_regularizer(0.5)
    >>> print(tf.Session().run(regularizer(tf.constant([1.0, -3.0]))))
    2.0
    """
    return _scaled(scale, lambda weights: reduce_sum(abs(weights)), scope or "l1_regularizer")


def l2_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """Return a regularizer ``scale * sum(weights ** 2) / 2``. Parameters: `l1_regularizer`.

    Examples
    --------
    >>> regularizer = tf.contrib.layers.l2_regularizer(0.5)
    >>> print(tf.Session().run(regularizer(tf.constant([1.0, -3.0]))))
    2.5
    """
    return _scaled(scale, l2_loss, scope or "l2_regularizer")


def l1_l2_regularizer(
    scale_l1: Any = 1.0, scale_l2: Any = 1.0, scope: str | None = None
) -> Regularizer:
    """Return the sum of an `l1_regularizer` and an `l2_regularizer`."""
    _check(scale_l1)
    _check(scale_l2)
    parts = [l1_regularizer(scale_l1), l2_regularizer(scale_l2)]
    return _sum(parts, scope or "l1_l2_regularizer")


def sum_regularizer(
    regularizer_list: list[Regularizer | None], scope: str | None = None
) -> Regularizer | None:
    """Return the sum of regularizers, or ``None`` if there are none.

    Parameters
    ----------
    regularizer_list : list of callable or None
    scope : str, optional
        The name scope of its operations.
    """
    parts = [part for part in regularizer_list if part is not None]
    return _sum(parts, scope or "sum_regularizer") if parts else None


def _sum(parts: list[Regularizer], name: str) -> Regularizer:
    def regularizer(weights: Any) -> Tensor | None:
        with name_scope(None, name, [weights]) as scope:
            losses = [loss for part in parts if (loss := part(weights)) is not None]
            return add_n(losses, name=scope) if losses else None

    return regularizer


def apply_regularization(regularizer: Regularizer, weights_list: Any = None) -> Tensor:
    """Return the sum of a regularizer's losses, and list it as a regularization loss.

    Parameters
    ----------
    regularizer : callable
    weights_list : list of Tensor or Variable, optional
        What to apply it to; by default what ``GraphKeys.WEIGHTS`` lists.

    Raises
    ------
    ValueError
        If there are no weights, or a loss is not a scalar.

    Examples
    --------
    >>> regularizer = tf.contrib.layers.l2_regularizer(0.1)
    >>> weights = [tf.constant([2.0]), tf.constant([4.0])]
    >>> loss = tf.contrib.layers.apply_regularization(regularizer, weights)
    >>> print(tf.Session().run(loss))
    1.0
    """
    weights = weights_list or get_collection(GraphKeys.WEIGHTS)
    if not weights:
        raise ValueError("No weights to regularize.")
    with name_scope(None, "get_regularization_penalty", weights) as scope:
        given = [regularizer(each) for each in weights]
        losses = [zeros([]) if loss is None else loss for loss in given]
        for loss in losses:
            if loss.shape.ndims != 0:
                raise ValueError(
                    "regularizer must return a scalar Tensor instead of a Tensor with rank "
                    f"{loss.shape.ndims}."
                )
        total: Tensor = add_n(losses, name=scope)
    add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
    return total
