"""Losses of each element by itself: logistic, Poisson, and the sum of squares."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, negative
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.comparison import greater_equal, less_equal, logical_and
from flowgraph.ops.core import apply, constant, convert_to_tensor
from flowgraph.ops.filling import ones_like, zeros_like
from flowgraph.ops.hints import check_named
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.rectification import relu
from flowgraph.ops.selection import where
from flowgraph.ops.suspicions import suspect_pairing, suspect_probabilities
from flowgraph.ops.transcendental import exp, log, log1p
from flowgraph.ops.types import NN_FLOATS
from flowgraph.shapes import TensorShape


class L2Loss(Op):
    """Half the sum of squares."""

    signature = Signature("t: T -> output: T", T=NN_FLOATS)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        flat = xp.ravel(inputs[0])
        wide = flat.astype(np.float32) if flat.dtype.itemsize == 2 else flat
        return (xp.dot(wide, wide) / 2).astype(flat.dtype)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (multiply(operation.inputs[0], dys[0]),)


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Return ``sum(t ** 2) / 2``.

    Parameters
    ----------
    t : Tensor
        Of a floating-point dtype.
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.nn.l2_loss([3.0, 4.0])))
    12.5
    """
    if isinstance(t, Tensor):
        suspect_pairing(t)
    return apply(L2Loss(), t, name=name)


def _check_same_shape(a: Tensor, b: Tensor, names: str) -> None:
    if not a.shape.is_compatible_with(b.shape):
        raise ValueError(f"{names} must have the same shape ({a.shape} vs {b.shape})")


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Return ``-labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits))``.

    Parameters
    ----------
    _sentinel : None
        Makes a call without the names `labels` and `logits` an error.
    labels : Tensor
        Probabilities, of the shape and dtype of `logits`.
    logits : Tensor
        Of a floating-point dtype.
    name : str, optional

    Returns
    -------
    Tensor
        One loss for each element.

    Raises
    ------
    ValueError
        If an argument is not named, is missing, or the shapes differ.

    Notes
    -----
    Written as ``max(x, 0) - x * labels + log(1 + exp(-abs(x)))``, which never overflows.

    Examples
    --------
    >>> loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[0.0])
    >>> tf.Session().run(loss)
    array([0.6931472], dtype=float32)
    """
    check_named("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _check_same_shape(logits, labels, "logits and labels")
        suspect_probabilities(logits, "Sigmoid", "sigmoid_cross_entropy_with_logits")
        zeros = zeros_like(logits, dtype=logits.dtype)
        is_positive = greater_equal(logits, zeros)
        positive = where(is_positive, logits, zeros)
        minus_magnitude = where(is_positive, negative(logits), logits)
        linear = positive - logits * labels
        return add(linear, log1p(exp(minus_magnitude)), name=scope)


def weighted_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Tensor:
    """Return the sigmoid cross entropy with the positive labels' part weighted.

    Parameters
    ----------
    labels : Tensor
        Probabilities, of the shape and dtype of `logits`.
    logits : Tensor
        Of a floating-point dtype.
    pos_weight : float or Tensor
        The factor: above 1 it raises recall, below 1 precision.
    name : str, optional
    targets : Tensor, optional
        The old name of `labels`.

    Returns
    -------
    Tensor
        One loss for each element.

    Raises
    ------
    ValueError
        If the shapes differ, or both `labels` and `targets` are given.

    Examples
    --------
    >>> loss = tf.nn.weighted_cross_entropy_with_logits([1.0], [0.0], pos_weight=2.0)
    >>> tf.Session().run(loss)
    array([1.3862944], dtype=float32)
    """
    labels = renamed_argument("labels", labels, "targets", targets)
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels" if targets is None else "targets")
        _check_same_shape(logits, labels, "logits and targets")
        weight = 1 + (pos_weight - 1) * labels
        linear = (1 - labels) * logits
        softplus = log1p(exp(negative(magnitude(logits)))) + relu(negative(logits))
        return add(linear, weight * softplus, name=scope)


def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Tensor:
    """Return the negative logarithm of a Poisson likelihood, given the logarithm of its rate.

    Parameters
    ----------
    targets : Tensor
        Counts, of the shape and dtype of `log_input`.
    log_input : Tensor
        Of a floating-point dtype.
    compute_full_loss : bool
        Add ``log(targets!)`` by Stirling's formula; it does not depend on `log_input`.
    name : str, optional

    Returns
    -------
    Tensor
        ``exp(log_input) - log_input * targets`` for each element.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> tf.Session().run(tf.nn.log_poisson_loss([2.0], [0.0]))
    array([1.], dtype=float32)
    """
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, name="targets")
        _check_same_shape(log_input, targets, "log_input and targets")
        result: Tensor = exp(log_input) - log_input * targets
        if compute_full_loss:
            half = constant(0.5, dtype=targets.dtype)
            circle = constant(2 * math.pi, dtype=targets.dtype)
            stirling = (targets * log(targets)) - targets + (half * log(circle * targets))
            zeros = zeros_like(targets, dtype=targets.dtype)
            ones = ones_like(targets, dtype=targets.dtype)
            is_small = logical_and(greater_equal(targets, zeros), less_equal(targets, ones))
            result += where(is_small, zeros, stirling)
        return result
