"""Sequences out of a beam search: each is read backwards through its parents."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank
from flowgraph.ops.core import apply
from flowgraph.shapes import TensorShape


class GatherTree(Op):
    """The sequences that the last step's beams stand for."""

    signature = Signature(
        "step_ids: T, parent_ids: T, max_sequence_lengths: int32, end_token: T -> beams: T",
        T=Types((dtypes.int32,)),
    )

    gradient = Op.not_differentiable

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        steps, parents = (with_rank(spec.shape, 3) for spec in inputs[:2])
        lengths = with_rank(inputs[2].shape, 1)
        with_rank(inputs[3].shape, 0)
        time, batch, beams = merged(steps, parents).as_list()
        (rows,) = lengths.as_list()
        if batch is not None and rows is not None and batch != rows:
            raise ValueError(f"Dimensions must be equal, but are {batch} and {rows}")
        return (TensorShape.of((time, rows if batch is None else batch, beams)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        step_ids, parent_ids, lengths, end_token = inputs
        _check_shapes(step_ids, parent_ids, lengths, end_token)
        time, batch, width = step_ids.shape
        lengths = xp.minimum(lengths, time)[:, None]
        rows = xp.arange(batch)[:, None]
        result = xp.full(step_ids.shape, end_token, step_ids.dtype)
        followed = xp.broadcast_to(xp.arange(width), (batch, width))
        for level in reversed(range(time)):
            # Beyond its length, a row still stands at its last step, each beam at itself.
            within = level < lengths
            taken = step_ids[level][rows, followed]
            result[level] = xp.where(within, taken, end_token)
            parents = xp.where(within, parent_ids[level][rows, followed], followed)
            if level > 0:
                _check_parents(xp, parents, level, width)
            followed = xp.clip(parents, 0, max(width - 1, 0))
        ended = xp.cumsum(result == end_token, axis=0) > 0
        return xp.where(ended, end_token, result).astype(step_ids.dtype)


def _check_shapes(step_ids: Array, parent_ids: Array, lengths: Array, end_token: Array) -> None:
    steps, parents, rows = (bracketed(each.shape) for each in (step_ids, parent_ids, lengths))
    if step_ids.ndim != 3:
        raise invalid(f"step_ids must be a 3-tensor, saw shape: {steps}")
    if end_token.ndim != 0:
        raise invalid(f"end_token must be a scalar, saw shape: {bracketed(end_token.shape)}")
    if steps != parents:
        raise invalid(
            f"step_ids.shape must match parent_ids.shape.  but shapes are: {steps} and {parents}"
        )
    if lengths.ndim != 1:
        raise invalid(f"max_sequence_lengths must be a vector, saw shape: {rows}")
    if len(lengths) != step_ids.shape[1]:
        raise invalid(
            "batch size dimensions step_ids.shape[1] and max_sequence_lengths.shape[0] must "
            f"match.  but shapes are: {steps} and {rows}"
        )


def _check_parents(xp: Any, parents: Array, level: int, width: int) -> None:
    wrong = (parents < 0) | (parents >= width)
    if bool(xp.any(wrong)):
        row, beam = (int(n) for n in xp.argwhere(wrong)[0])
        raise invalid(
            f"Saw invalid parent id {int(parents[row, beam])} at (batch, time, beam) == "
            f"({row}, {level - 1}, {beam})"
        )


def gather_tree(
    step_ids: Any,
    parent_ids: Any,
    max_sequence_lengths: Any,
    end_token: Any,
    name: str | None = None,
) -> Tensor:
    """Return the sequences that beams of a search stand for, from the first step to the last.

    Parameters
    ----------
    step_ids : Tensor
        int32, ``(time, batch, beams)``: the symbol that each step added to each beam.
    parent_ids : Tensor
        int32, of the same shape: the beam of the step before that a step added it to.
    max_sequence_lengths : Tensor
        int32, ``(batch,)``: how many steps to look at.
    end_token : Tensor
        int32, a scalar. Stands for all that comes after the first one, or after the steps
        that are looked at.
    name : str, optional

    Returns
    -------
    Tensor
        int32, ``(time, batch, beams)``.

    Raises
    ------
    ValueError
        If ranks or sizes do not fit.
    TypeError
        If the ids are no int32.
    InvalidArgumentError
        When run: if ranks or sizes do not fit, or a parent is no beam.

    Examples
    --------
    >>> beams = tf.contrib.seq2seq.gather_tree(
    ...     [[[1, 2]], [[3, 4]]], [[[0, 0]], [[1, 0]]], [2], end_token=9)
    >>> tf.Session().run(beams)[:, 0, 0]  # the second beam of the first step, then the first
    array([2, 3], dtype=int32)
    """
    return apply(GatherTree(), step_ids, parent_ids, max_sequence_lengths, end_token, name=name)
