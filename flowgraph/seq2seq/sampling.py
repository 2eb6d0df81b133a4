"""Draws of symbols, and of whether to draw one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.comparison import equal, less
from flowgraph.ops.core import cast, convert_to_tensor, rank
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.joining import concat
from flowgraph.ops.random import random_uniform
from flowgraph.ops.reduction import reduce_prod
from flowgraph.ops.sampling import multinomial
from flowgraph.ops.slicing import pad


def _drawn(draw: Callable[[Tensor], Tensor], sample_shape: Any) -> Tensor:
    """Return draws of which there are `sample_shape`: that in front of the shape of one."""
    with name_scope(None, "call_sampler", [sample_shape]):
        shape = convert_to_tensor(sample_shape, dtype=dtypes.int32, name="sample_shape")
        is_scalar = cast(equal(rank(shape), 0), dtypes.int32)
        shape = reshape(shape, pad(shape_of(shape), [[is_scalar, 0]], constant_values=1))
        draws = draw(reduce_prod(shape))
        return reshape(draws, concat([shape, shape_of(draws)[1:]], 0))


def bernoulli_sample(
    probability: Tensor, sample_shape: Any, dtype: Any = dtypes.int32, seed: int | None = None
) -> Tensor:
    """Return ``sample_shape`` draws of 1 with a probability, else 0."""
    shape = shape_of(probability)

    def draw(count: Tensor) -> Tensor:
        uniform = random_uniform(concat([[count], shape], 0), seed=seed, dtype=probability.dtype)
        return cast(less(uniform, probability), dtype)

    return _drawn(draw, sample_shape)


def categorical_sample(logits: Tensor, seed: int | None = None) -> Tensor:
    """Return a draw of a class for each row of logits, as int32."""
    classes = shape_of(logits)[-1]
    rows = shape_of(logits)[:-1]

    def draw(count: Tensor) -> Tensor:
        flat = logits if logits.shape.rank == 2 else reshape(logits, [-1, classes])
        dtype = dtypes.int64 if logits.dtype.size > 4 else dtypes.int32
        draws = multinomial(flat, count, seed=seed, output_dtype=dtype)
        draws = reshape(transpose(draws), concat([[count], rows], 0))
        return cast(draws, dtypes.int32)

    return _drawn(draw, ())
