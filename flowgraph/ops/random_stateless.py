"""Random numbers that depend on a seed alone, which is a tensor: the same at each run."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import INDEX, REALS, apply
from flowgraph.ops.types import INDEX64
from flowgraph.random_streams import PhiloxStream
from flowgraph.random_streams.philox import philox
from flowgraph.shapes import TensorShape

_SCRAMBLING = 0x02461E293EC8F720
"""The key with which TensorFlow mixes seeds, so that neither part needs to be random."""


def stream_of(seed: Array) -> PhiloxStream:
    """Return the stream of a seed of two integers.

    Raises
    ------
    InvalidArgumentError
        If it is not two integers.
    """
    if seed.shape != (2,):
        raise invalid(f"seed must have shape [2], not {bracketed(seed.shape)}")
    low, high = [int(part) % 2**64 for part in seed]
    words = philox(_SCRAMBLING, high, np.array([low], np.uint64))
    w0, w1, w2, w3 = [int(word[0]) for word in words]
    return PhiloxStream(w0 | w1 << 32, w2 | w3 << 32)


class StatelessMultinomial(Op):
    """Draws from distributions that unnormalized logarithms of probabilities give."""

    signature = Signature(
        "logits: T, num_samples: int32, seed: Tseed -> output: output_dtype",
        T=REALS,
        Tseed=INDEX64,
        output_dtype=INDEX,
    )
    host_inputs = (0, 1, 2)

    output_dtype: DType = dtypes.int64

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        logits = with_rank(inputs[0].shape, 2)
        with_rank(inputs[1].shape, 0)
        with_rank(inputs[2].shape, 1)
        count = inputs[1].static_value()
        return (TensorShape.of((logits.as_list()[0], None if count is None else int(count))),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        logits, count, seed = inputs
        if logits.ndim != 2:
            raise invalid(f"logits should be a matrix, got shape {bracketed(logits.shape)}")
        draws = stream_of(seed).multinomial(logits, int(count), self.output_dtype.numpy)
        return xp.asarray(draws)

    gradient = Op.not_differentiable


def stateless_multinomial(
    logits: Any,
    num_samples: Any,
    seed: Any,
    output_dtype: Any = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """Return draws from categorical distributions that depend on `seed` alone.

    Parameters
    ----------
    logits : Tensor
        Of shape ``[batch, classes]``: unnormalized logarithms of probabilities.
    num_samples : int or Tensor
        How many are drawn from each.
    seed : Tensor
        Two integers.
    output_dtype : DType
        int32 or int64.
    name : str, optional

    Returns
    -------
    Tensor
        Of shape ``[batch, num_samples]``.

    Examples
    --------
    >>> draws = tf.random.stateless_multinomial([[0.0, 0.0]], 5, seed=[1, 2])
    >>> draws.shape
    TensorShape([Dimension(1), Dimension(5)])
    """
    return apply(
        StatelessMultinomial(output_dtype=dtypes.as_dtype(output_dtype)),
        logits,
        num_samples,
        seed,
        name=name,
    )
