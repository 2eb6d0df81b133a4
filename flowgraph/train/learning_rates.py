"""Learning rates that fall as the global step grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, negative
from flowgraph.ops.comparison import equal, greater
from flowgraph.ops.core import cast, constant, convert_to_tensor
from flowgraph.ops.division import truediv
from flowgraph.ops.magnitude import ceil, floor, minimum
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import exp, pow


def required(global_step: Any, function: str) -> None:
    """Raise if a function was given no global step."""
    if global_step is None:
        raise ValueError(f"global_step is required for {function}.")


def cast_all(rate: Tensor, *values: Any) -> list[Tensor]:
    """Return the values in the dtype of a rate."""
    return [cast(value, rate.dtype.base_dtype) for value in values]


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return ``learning_rate * decay_rate ** (global_step / decay_steps)``.

    Parameters
    ----------
    learning_rate : float or Tensor
        At step 0.
    global_step : Variable or Tensor
    decay_steps : int or Tensor
    decay_rate : float or Tensor
    staircase : bool
        Round the exponent down.
    name : str, optional

    Raises
    ------
    ValueError
        If `global_step` is ``None``.

    Examples
    --------
    >>> rate = tf.train.exponential_decay(0.5, tf.constant(20), 10, 0.5)
    >>> print(tf.Session().run(rate))
    0.125
    """
    required(global_step, "exponential_decay")
    with name_scope(name, "ExponentialDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps, factor, step = cast_all(rate, decay_steps, decay_rate, global_step)
        exponent = step / steps
        if staircase:
            exponent = floor(exponent)
        return multiply(rate, pow(factor, exponent, name="Pow"), name=scope)


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return ``learning_rate * exp(-decay_rate * global_step / decay_steps)``.

    Parameters
    ----------
    learning_rate, global_step, decay_steps, decay_rate, staircase, name
        As for `exponential_decay`.

    Raises
    ------
    ValueError
        If `global_step` is ``None``.

    Examples
    --------
    >>> rate = tf.train.natural_exp_decay(1.0, tf.constant(0), 10, 0.5)
    >>> print(tf.Session().run(rate))
    1.0
    """
    factor = exp(negative(decay_rate))
    return exponential_decay(learning_rate, global_step, decay_steps, factor, staircase, name)


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return ``learning_rate / (1 + decay_rate * global_step / decay_steps)``.

    Parameters
    ----------
    learning_rate, global_step, decay_steps, decay_rate, staircase, name
        As for `exponential_decay`; a staircase rounds ``global_step / decay_steps`` down.

    Raises
    ------
    ValueError
        If `global_step` is ``None``.

    Examples
    --------
    >>> rate = tf.train.inverse_time_decay(1.0, tf.constant(20), 10, 0.5)
    >>> print(tf.Session().run(rate))
    0.5
    """
    required(global_step, "inverse_time_decay")
    with name_scope(name, "InverseTimeDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps, factor, step = cast_all(rate, decay_steps, decay_rate, global_step)
        periods = step / steps
        if staircase:
            periods = floor(periods)
        one = cast(constant(1), rate.dtype)
        divisor = add(one, multiply(factor, periods), name="Add")
        return truediv(rate, divisor, name=scope)


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return a rate that falls to `end_learning_rate` by a power of the steps left.

    ``(learning_rate - end) * (1 - min(global_step, decay_steps) / decay_steps) ** power + end``

    Parameters
    ----------
    learning_rate : float or Tensor
        At step 0.
    global_step : Variable or Tensor
    decay_steps : int or Tensor
    end_learning_rate : float or Tensor
        From `decay_steps` on.
    power : float or Tensor
    cycle : bool
        Use the next multiple of `decay_steps` instead, so that the rate jumps up there.
    name : str, optional

    Raises
    ------
    ValueError
        If `global_step` is ``None``.

    Examples
    --------
    >>> rate = tf.train.polynomial_decay(1.0, tf.constant(5), 10, end_learning_rate=0.0)
    >>> print(tf.Session().run(rate))
    0.5
    """
    required(global_step, "polynomial_decay")
    with name_scope(name, "PolynomialDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        end, exponent, step, steps = cast_all(
            rate, end_learning_rate, power, global_step, decay_steps
        )
        if cycle:
            one = constant(1.0, rate.dtype)
            steps = multiply(steps, where(equal(step, 0), one, ceil(step / steps)))
        else:
            step = minimum(step, steps)
        left = pow(1 - step / steps, exponent, name="Pow")
        result = add(multiply(rate - end, left), end, name=scope)
        result.graph.inside += 6 if cycle else 1  # TensorFlow's cond; a constant made twice
        return result


def piecewise_constant(
    x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None
) -> Tensor:
    """Return ``values[i]`` for `x` above ``boundaries[i - 1]`` and up to ``boundaries[i]``.

    Parameters
    ----------
    x : Variable or Tensor
        A scalar, such as the global step.
    boundaries : list of number or Tensor
        Rising, of the dtype of `x`.
    values : list of number or Tensor
        One more than `boundaries`, all of one dtype.
    name : str, optional

    Raises
    ------
    ValueError
        If the lengths or the dtypes do not fit.

    Examples
    --------
    >>> rate = tf.train.piecewise_constant(tf.constant(10), [10, 20], [1.0, 0.5, 0.25])
    >>> print(tf.Session().run(rate))
    1.0
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    bounds = [convert_to_tensor(bound) for bound in boundaries]
    rates = [convert_to_tensor(rate) for rate in values]
    with name_scope(name, "PiecewiseConstant"):
        x = convert_to_tensor(x)
        kind = x.dtype.base_dtype
        for i, bound in enumerate(bounds):
            if bound.dtype.base_dtype is kind:
                continue
            exact = bound.static_value()
            # The global step is int64, where Python's integers have become int32.
            if not (bound.dtype.is_integer and kind.is_integer and exact is not None):
                raise ValueError(
                    f"Boundaries ({bound.dtype.base_dtype!r}) must have the same dtype as x "
                    f"({kind!r})."
                )
            bounds[i] = cast(bound, kind)
        for rate in rates[1:]:
            if rate.dtype.base_dtype is not rates[0].dtype.base_dtype:
                raise ValueError(
                    "Values must have elements all with the same dtype "
                    f"({rates[0].dtype.base_dtype!r} vs {rate.dtype.base_dtype!r})."
                )
        # TF picks one with `case`; all are at hand, so selecting is the same and cheaper.
        result = rates[0]
        for low, rate in zip(bounds, rates[1:], strict=True):
            result = where(greater(x, low), rate, result)
        # Seeds count the nodes of that `case`, whose conditions rule each other out.
        count = len(bounds)
        result.graph.inside += count**2 + 9 * count + 25
        return result
