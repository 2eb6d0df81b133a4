"""Checks that the ops of connectionist temporal classification share."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.merging import merge_sizes


def infer_sequences(inputs: Spec, lengths: Spec) -> tuple[int | None, ...]:
    """Return the sizes of the inputs: time, batch and classes, as far as they are known."""
    time, batch, classes = with_rank(inputs.shape, 3).sizes or (None,) * 3
    batch = merge_sizes(batch, (with_rank(lengths.shape, 1).sizes or (None,))[0])
    return time, batch, classes


def check_sequences(inputs: Array, lengths: Array, error: Any = invalid) -> None:
    """Raise unless inputs are of shape [time, batch, classes] with a length for each sequence."""
    if inputs.ndim != 3:
        raise invalid("inputs is not a 3-Tensor")
    if lengths.ndim != 1:
        raise invalid("sequence_length is not a vector")
    time, batch, _ = inputs.shape
    if lengths.size != batch:
        raise error(
            f"len(sequence_length) != batch_size.  len(sequence_length):  {lengths.size} "
            f"batch_size: {batch}"
        )
    if (lengths > time).any():
        raise error(f"sequence_length({int((lengths > time).argmax())}) <= {time}")


def log_softmax(xp: Any, x: Array) -> Array:
    """Return the logarithms of the classes' probabilities, over the last axis."""
    shifted = x - xp.max(x, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))


def log_sum(xp: Any, *terms: Array) -> Array:
    """Return ``log(sum(exp(term)))``, minus infinity where every term is."""
    largest = terms[0]
    for term in terms[1:]:
        largest = xp.maximum(largest, term)
    base = xp.where(np.isfinite(largest), largest, 0)
    return base + xp.log(sum(xp.exp(term - base) for term in terms))
