"""Attention that moves through the memory in one direction."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import ones, zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import clip_by_value
from flowgraph.ops.mapping import scan
from flowgraph.ops.masking import one_hot
from flowgraph.ops.random import random_normal
from flowgraph.ops.scan import cumprod, cumsum
from flowgraph.ops.transcendental import exp, log, sigmoid
from flowgraph.seq2seq.attention import (
    BahdanauScore,
    LuongScore,
    ProbabilityFunction,
    ScoredAttention,
)
from flowgraph.variables.get_variable import get_variable


def safe_cumprod(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """Return the cumulative product of numbers from 0 to 1, as a sum of logarithms.

    Zeros count as the smallest normal number, so that gradients are finite.

    Parameters
    ----------
    x : Tensor
        Floating-point numbers.
    *args, **kwargs
        As for `tf.cumsum`.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> tf.Session().run(tf.contrib.seq2seq.safe_cumprod([0.5, 0.5, 1.0]))
    array([0.5 , 0.25, 0.25], dtype=float32)
    """
    with name_scope(None, "SafeCumprod", [x]):
        x = convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        return exp(cumsum(log(clip_by_value(x, tiny, 1)), *args, **kwargs))


def monotonic_attention(p_choose_i: Any, previous_attention: Any, mode: str) -> Tensor:
    """Return where attention is after a step that only moves it forward [1]_.

    From where it was, attention goes on from step to step of the memory, and stops at each
    with a given probability.

    Parameters
    ----------
    p_choose_i : Tensor
        ``(batch, time)``: the probability to stop at each step.
    previous_attention : Tensor
        ``(batch, time)``: where attention was. Before the first step it is all at the start.
    mode : {"recursive", "parallel", "hard"}
        Recursive: step by step, exactly. Parallel: by cumulative products, faster, not exact
        where probabilities are near 0 or 1. Hard: for probabilities that are 0 or 1.

    Returns
    -------
    Tensor
        ``(batch, time)``. It sums to less than 1 where attention may leave the memory.

    Raises
    ------
    ValueError
        If there is no such mode.

    References
    ----------
    .. [1] C. Raffel et al., Online and Linear-Time Attention by Enforcing Monotonic
       Alignments, 2017

    Examples
    --------
    >>> attention = tf.contrib.seq2seq.monotonic_attention(
    ...     [[0.0, 1.0, 1.0]], [[1.0, 0.0, 0.0]], mode="hard")
    >>> tf.Session().run(attention)
    array([[0., 1., 0.]], dtype=float32)
    """
    p = convert_to_tensor(p_choose_i, name="p_choose_i")
    previous = convert_to_tensor(previous_attention, name="previous_attention")
    if mode == "recursive":
        return _recursive(p, previous)
    if mode == "parallel":
        passed = safe_cumprod(1 - p, axis=1, exclusive=True)
        arrived = cumsum(previous / clip_by_value(passed, 1e-10, 1.0), axis=1)
        # The order of the factors is that of their making, and so of rounding.
        return p * passed * arrived
    if mode == "hard":
        p = p * cumsum(previous, axis=1)
        return p * cumprod(1 - p, axis=1, exclusive=True)
    raise ValueError("mode must be 'recursive', 'parallel', or 'hard'.")


def _recursive(p: Tensor, previous: Tensor) -> Tensor:
    batch_size = p.shape[0].value or shape_of(p)[0]
    goes_on = concat([ones((batch_size, 1)), 1 - p[:, :-1]], 1)

    def arrived(before: Tensor, step: Any) -> Tensor:
        passing, here = step
        return reshape(passing * before + here, (batch_size,))

    steps = [transpose(goes_on), transpose(previous)]
    return p * transpose(scan(arrived, steps, zeros((batch_size,))))


def _monotonic(mode: str, noise: float, seed: int | None) -> ProbabilityFunction:
    """Return the function from scores and the last alignments to the next ones."""

    def probabilities(score: Tensor, previous: Tensor) -> Tensor:
        if noise > 0:
            score = score + noise * random_normal(shape_of(score), dtype=score.dtype, seed=seed)
        p = cast(score > 0, score.dtype) if mode == "hard" else sigmoid(score)
        return monotonic_attention(p, previous, mode)

    return probabilities


class _Monotonic(ScoredAttention):
    """A mechanism whose attention begins at the first step, with a bias on its scores."""

    _score_bias_init: float

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Tensor:
        first = zeros((batch_size,), dtype=dtypes.int32)
        return one_hot(first, self._alignments_size, dtype=dtype)

    def score(self, query: Tensor) -> Tensor:
        score: Tensor = super().score(query)
        bias: Any = get_variable(
            "attention_score_bias", dtype=query.dtype, initializer=self._score_bias_init
        )
        score += bias
        return score


class BahdanauMonotonicAttention(_Monotonic, BahdanauScore):
    """Monotonic attention [1]_ with the scores of `BahdanauAttention`.

    Parameters
    ----------
    num_units : int
    memory, memory_sequence_length, normalize, score_mask_value
        As for `BahdanauAttention`.
    sigmoid_noise : float
        The deviation of noise on the scores, which trains them to be large. 0 for use.
    sigmoid_noise_seed : int, optional
    score_bias_init : float
        What the bias on the scores begins with: negative for a long memory.
    mode : {"recursive", "parallel", "hard"}
        As for `monotonic_attention`; ``"hard"`` stops wherever a score is positive.
    dtype, name : optional
        As for `BahdanauAttention`.

    Raises
    ------
    ValueError
        If the depth of the memory is not known, or there is no such mode.

    References
    ----------
    .. [1] C. Raffel et al., Online and Linear-Time Attention by Enforcing Monotonic
       Alignments, 2017

    Examples
    --------
    >>> attention = tf.contrib.seq2seq.BahdanauMonotonicAttention(4, tf.ones([1, 3, 2]))
    >>> tf.Session().run(attention.initial_state(1, tf.float32))
    array([[1., 0., 0.]], dtype=float32)
    """

    scope_name = "bahdanau_monotonic_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str | None = "BahdanauMonotonicAttention",
    ) -> None:
        self._normalize = normalize
        self._score_bias_init = score_bias_init
        super().__init__(
            num_units, memory, memory_sequence_length,
            _monotonic(mode, sigmoid_noise, sigmoid_noise_seed),
            score_mask_value, dtype, None, name,
        )  # fmt: skip


class LuongMonotonicAttention(_Monotonic, LuongScore):
    """Monotonic attention [1]_ with the scores of `LuongAttention`.

    Parameters
    ----------
    num_units : int
    memory, memory_sequence_length, scale, score_mask_value
        As for `LuongAttention`.
    sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode
        As for `BahdanauMonotonicAttention`.
    dtype, name : optional
        As for `LuongAttention`.

    Raises
    ------
    ValueError
        If the depth of the memory is not known, or there is no such mode.

    References
    ----------
    .. [1] C. Raffel et al., Online and Linear-Time Attention by Enforcing Monotonic
       Alignments, 2017

    Examples
    --------
    >>> attention = tf.contrib.seq2seq.LuongMonotonicAttention(4, tf.ones([1, 3, 2]))
    >>> tf.Session().run(attention.initial_state(1, tf.float32))
    array([[1., 0., 0.]], dtype=float32)
    """

    scope_name = "luong_monotonic_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str | None = "LuongMonotonicAttention",
    ) -> None:
        self._scale = scale
        self._score_bias_init = score_bias_init
        super().__init__(
            num_units, memory, memory_sequence_length,
            _monotonic(mode, sigmoid_noise, sigmoid_noise_seed),
            score_mask_value, dtype, None, name,
        )  # fmt: skip
