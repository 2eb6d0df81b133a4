"""Learning rates that fall along a cosine."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.comparison import equal
from flowgraph.ops.core import constant, convert_to_tensor
from flowgraph.ops.magnitude import floor, minimum
from flowgraph.ops.random import random_normal
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import log, pow, sqrt
from flowgraph.ops.trigonometric import cos
from flowgraph.train.learning_rates import cast_all, required


def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: float = 0.0,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Return a rate that falls along half a cosine (Loshchilov and Hutter, 2017).

    ``learning_rate * ((1 - alpha) * (1 + cos(pi * global_step / decay_steps)) / 2 + alpha)``

    Parameters
    ----------
    learning_rate : float or Tensor
        At step 0.
    global_step : Variable or Tensor
    decay_steps : int or Tensor
    alpha : float
        The rate from `decay_steps` on, as a fraction of `learning_rate`.
    name : str, optional

    Raises
    ------
    ValueError
        If `global_step` is ``None``.

    Examples
    --------
    >>> print(tf.Session().run(tf.train.cosine_decay(1.0, tf.constant(10), 10, alpha=0.25)))
    0.25
    """
    required(global_step, "cosine_decay")
    with name_scope(name, "CosineDecay"):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps, step = cast_all(rate, decay_steps, global_step)
        part = minimum(step, steps) / steps
        wave = 0.5 * (1.0 + cos(constant(math.pi, rate.dtype) * part))
        return multiply(rate, (1 - alpha) * wave + alpha)


def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: Any = 2.0,
    m_mul: Any = 1.0,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """Return a rate that falls along half a cosine again and again.

    Loshchilov and Hutter, 2017: SGDR.

    Parameters
    ----------
    learning_rate : float or Tensor
        At step 0.
    global_step : Variable or Tensor
    first_decay_steps : int or Tensor
        Steps to the first restart.
    t_mul : float or Tensor
        How much longer each period is than the one before.
    m_mul : float or Tensor
        How the rate at a restart compares with that at the one before.
    alpha : float or Tensor
        The lowest rate, as a fraction of `learning_rate`.
    name : str, optional

    Raises
    ------
    ValueError
        If `global_step` is ``None``.

    Examples
    --------
    >>> rate = tf.train.cosine_decay_restarts(1.0, tf.constant(10), 10, m_mul=0.5)
    >>> print(tf.Session().run(rate))
    0.5
    """
    required(global_step, "cosine_decay_restarts")
    with name_scope(name, "SGDRDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        first, low, growth, height, step = cast_all(
            rate, first_decay_steps, alpha, t_mul, m_mul, global_step
        )
        done = step / first
        level = floor(done)
        # Periods grow as a geometric series; at a ratio of 1 its formula has no value.
        restarts = floor(log(1.0 - done * (1.0 - growth)) / log(growth))
        length = pow(growth, restarts)
        start = (1.0 - length) / (1.0 - growth)
        even = equal(growth, 1.0)
        part = where(even, done - level, (done - start) / length)
        peak = pow(height, where(even, level, restarts))
        wave = 0.5 * peak * (1.0 + cos(constant(math.pi, rate.dtype) * part))
        result = multiply(rate, (1 - low) * wave + low, name=scope)
        result.graph.inside += 8  # TensorFlow chooses by a cond
        return result


def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """Return a rate that falls along a line times a cosine (Bello et al., 2017).

    Parameters
    ----------
    learning_rate : float or Tensor
    global_step : Variable or Tensor
    decay_steps : int or Tensor
        The rate stays what it is from here on.
    num_periods : float or Tensor
        Periods of the cosine until then.
    alpha : float or Tensor
        Added to the line.
    beta : float or Tensor
        Added to the product.
    name : str, optional

    Raises
    ------
    ValueError
        If `global_step` is ``None``.

    Examples
    --------
    >>> rate = tf.train.linear_cosine_decay(1.0, tf.constant(10), 10, beta=0.25)
    >>> print(tf.Session().run(rate))
    0.25
    """
    required(global_step, "linear_cosine_decay")
    with name_scope(name, "LinearCosineDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps, periods, lift, base, step = cast_all(
            rate, decay_steps, num_periods, alpha, beta, global_step
        )
        step = minimum(step, steps)
        line = (steps - step) / steps
        return multiply(rate, (lift + line) * _wave(periods, step / steps) + base, name=scope)


def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: Any = 1.0,
    variance_decay: Any = 0.55,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """Return `linear_cosine_decay` with normal noise added to the line (Bello et al., 2017).

    Parameters
    ----------
    learning_rate, global_step, decay_steps, num_periods, alpha, beta, name
        As for `linear_cosine_decay`.
    initial_variance : float or Tensor
        Of the noise at step 0.
    variance_decay : float or Tensor
        The variance falls as ``(1 + global_step) ** -variance_decay``.

    Raises
    ------
    ValueError
        If `global_step` is ``None``.

    Examples
    --------
    >>> rate = tf.train.noisy_linear_cosine_decay(0.1, global_step=0, decay_steps=100)
    >>> rate.dtype, rate.shape
    (tf.float32, TensorShape([]))
    """
    required(global_step, "noisy_linear_cosine_decay")
    with name_scope(name, "NoisyLinearCosineDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps, variance, decay, periods, lift, base, step = cast_all(
            rate, decay_steps, initial_variance, variance_decay, num_periods, alpha, beta,
            global_step,
        )  # fmt: skip
        step = minimum(step, steps)
        line = (steps - step) / steps
        deviation = sqrt(variance / pow(1.0 + step, decay, name="Pow"))
        noisy = line + random_normal(line.shape, stddev=deviation, dtype=rate.dtype)
        return multiply(rate, (lift + noisy) * _wave(periods, step / steps) + base, name=scope)


def _wave(periods: Tensor, part: Tensor) -> Tensor:
    angle = constant(math.pi, part.dtype) * ((2.0 * periods) * part)
    return 0.5 * (1.0 + cos(angle))
